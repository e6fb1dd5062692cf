"""What the local SageMaker remembers: one table of records for each kind of resource and region.

A record is a dict with the members of the resource's Describe reply. Readers get copies, so a reply never
shows half of a change.

Everything is kept twice: in memory, where it is read, and in the file ``state.db`` (SQLite), which outlives
the process. A change is in the file before its method returns, so what a client was told is never lost.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from course_utils.local_aws.database import Database

Record = dict[str, Any]
Key = tuple[str, str, str]

FILE = "state.db"
_TABLES = """
CREATE TABLE IF NOT EXISTS records (
    kind TEXT, region TEXT, name TEXT, record TEXT NOT NULL, PRIMARY KEY (kind, region, name));
CREATE TABLE IF NOT EXISTS tags (arn TEXT PRIMARY KEY, tags TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS calls (number INTEGER PRIMARY KEY, subject TEXT, form TEXT NOT NULL);
"""
_SAVE = """
INSERT INTO records VALUES (?, ?, ?, ?)
ON CONFLICT (kind, region, name) DO UPDATE SET record = excluded.record
"""
_EPOCH = datetime.fromtimestamp(0, UTC)
_MOMENT = "$microseconds"  # a map that a client sends holds strings only: none is mistaken for a moment
_log = logging.getLogger(__name__)


def now() -> datetime:
    return datetime.now(UTC)


class Registry:
    """All resources, and their tags. Safe to use from several threads, and from one process at a time.

    Parameters
    ----------
    folder : Path
        Where the file ``state.db`` lies or will lie.

    Raises
    ------
    StateBroken
        When there is such a file and it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = threading.RLock()
        self._records: dict[Key, Record] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._unsaved: set[Key] = set()
        self._database = Database(folder / FILE, _TABLES)
        with self._database.explaining():
            self._load()

    def _load(self) -> None:
        for kind, region, name, record in self._database.rows(
            "SELECT kind, region, name, record FROM records ORDER BY rowid"
        ):
            self._records[kind, region, name] = _decode(record)
        for arn, tags in self._database.rows("SELECT arn, tags FROM tags"):
            self._tags[arn] = json.loads(tags)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    # --- records --------------------------------------------------------------------------------------------

    def add(self, kind: str, region: str, name: str, record: Record) -> bool:
        """Store a new record; False (and nothing changes) when the name is taken."""
        with self._lock:
            key = kind, region, name
            if key in self._records:
                return False
            text = _encode(record)
            self._write(_SAVE, (*key, text))
            self._records[key] = _decode(text)
            return True

    def get(self, kind: str, region: str, name: str) -> Record | None:
        """A copy of the record, or None."""
        with self._lock:
            return _copy(self._records.get((kind, region, name)))

    def all(self, kind: str, region: str) -> list[Record]:
        """Copies of all records of one kind, oldest first."""
        with self._lock:
            return [_copy(record) for key, record in self._records.items() if key[:2] == (kind, region)]

    def everywhere(self, kind: str) -> list[tuple[str, str, Record]]:
        """Region, name and a copy of every record of one kind, oldest first."""
        with self._lock:
            return [
                (key[1], key[2], _copy(record)) for key, record in self._records.items() if key[0] == kind
            ]

    def change(self, kind: str, region: str, name: str, change: Callable[[Record], None]) -> bool:
        """Apply ``change`` to the stored record in one piece; False when there is none (any more).

        When the file takes no more (a full disk), the change holds in memory all the same, because a job must
        be able to end; :meth:`save` tells.
        """
        with self._lock:
            key = kind, region, name
            if key not in self._records:
                return False
            record = _copy(self._records[key])
            change(record)
            record["LastModifiedTime"] = now()
            text = _encode(record)
            self._records[key] = _decode(text)  # just what a restart would read
            try:
                self._write(_SAVE, (*key, text))
            except sqlite3.Error:
                _log.exception("%s is not saved yet: %s", FILE, key)
                self._unsaved.add(key)
            return True

    def remove(self, kind: str, region: str, name: str) -> Record | None:
        """Take the record out; None when there is none."""
        with self._lock:
            key = kind, region, name
            self._write("DELETE FROM records WHERE (kind, region, name) = (?, ?, ?)", key)
            self._unsaved.discard(key)
            return self._records.pop(key, None)

    def save(self) -> None:
        """Write what an earlier :meth:`change` could not.

        Raises
        ------
        sqlite3.Error
            When it still cannot be written.
        """
        with self._lock:
            for key in list(self._unsaved):
                self._write(_SAVE, (*key, _encode(self._records[key])))
                self._unsaved.discard(key)

    # --- tags -----------------------------------------------------------------------------------------------

    def tag(self, arn: str, tags: list[dict[str, str]]) -> list[dict[str, str]]:
        """Add ``[{"Key": …, "Value": …}]`` to the tags of ``arn`` and return all of them."""
        with self._lock:
            if tags:
                self._keep_tags(arn, self._tags.get(arn, {}) | {tag["Key"]: tag["Value"] for tag in tags})
            return self.tags(arn)

    def untag(self, arn: str, keys: list[str] | None = None) -> None:
        """Remove the named tags of ``arn``, or (None) all."""
        with self._lock:
            old = self._tags.get(arn, {})
            left = {key: value for key, value in old.items() if keys is not None and key not in keys}
            if left != old:
                self._keep_tags(arn, left)

    def tags(self, arn: str) -> list[dict[str, str]]:
        with self._lock:
            return [{"Key": key, "Value": value} for key, value in self._tags.get(arn, {}).items()]

    def _keep_tags(self, arn: str, tags: dict[str, str]) -> None:
        self._write("INSERT OR REPLACE INTO tags VALUES (?, ?)", (arn, json.dumps(tags)))
        self._tags[arn] = tags

    # --- calls: what another service was told, for it to be told again -------------------------------------

    def remember_call(self, form: str, subject: str) -> None:
        """Keep one successful request; ``subject`` is what it was about (or empty)."""
        with self._lock:
            self._write("INSERT INTO calls (subject, form) VALUES (?, ?)", (subject, form))

    def forget_calls(self, subject: str) -> None:
        """Drop the requests about something that is no more."""
        with self._lock:
            self._write("DELETE FROM calls WHERE subject = ?", (subject,))

    def calls(self) -> list[str]:
        """All requests, oldest first."""
        with self._lock:
            return [form for (form,) in self._database.rows("SELECT form FROM calls ORDER BY number")]

    def _write(self, statement: str, values: tuple) -> None:
        with self._database.changing() as database:
            database.execute(statement, values)


def _copy(value: Any) -> Any:
    """Like ``copy.deepcopy``, and several times as fast, because a record holds so few types."""
    if isinstance(value, dict):
        return {key: _copy(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_copy(each) for each in value]
    return value


def _encode(record: Record) -> str:
    return json.dumps(record, default=_encode_moment)


def _encode_moment(value: object) -> dict[str, int]:
    if not isinstance(value, datetime):
        raise TypeError(f"a record holds JSON types and datetime, not {type(value).__name__}")
    return {_MOMENT: (value - _EPOCH) // timedelta(microseconds=1)}


def _decode(text: str) -> Record:
    return json.loads(text, object_hook=_decode_moment)


def _decode_moment(value: dict[str, Any]) -> Any:
    if value.keys() == {_MOMENT} and isinstance(value[_MOMENT], int):
        return _EPOCH + timedelta(microseconds=value[_MOMENT])
    return value
