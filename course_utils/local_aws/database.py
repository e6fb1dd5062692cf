"""One SQLite file, shared by the threads of one process.

What was committed survives the process, however that ends. Only a power cut can take the last moments.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from course_utils.local_aws import texts


class StateBroken(RuntimeError):
    """A file cannot be read; the text names it and says what to do."""


class Database:
    """A connection that several threads take in turns.

    Parameters
    ----------
    path : Path
        Made when missing, with its folder.
    schema : str
        ``CREATE … IF NOT EXISTS`` statements.
    version : int
        Of the schema; it changes when old files cannot be read any more.

    Raises
    ------
    StateBroken
        When there is such a file and it is damaged, or of another version.
    """

    def __init__(self, path: Path, schema: str, version: int = 1) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        with self.explaining():
            # Nobody else opens this file, so it needs no shared memory, which network folders lack.
            self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            [(found,)] = self._connection.execute("PRAGMA user_version")
            if found not in (0, version):
                raise ValueError(f"its version is {found}, and this program knows version {version}")
            [(verdict,)] = self._connection.execute("PRAGMA quick_check(1)")
            if verdict != "ok":
                raise ValueError(verdict)
            self._connection.executescript(f"{schema}; PRAGMA user_version = {version}")

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """What goes wrong while the file is being read becomes a :class:`StateBroken`."""
        try:
            yield
        except (sqlite3.DatabaseError, ValueError) as error:
            self._connection.close()
            if isinstance(error, sqlite3.OperationalError):
                raise  # the disk's fault (full, or not to be read), not the file's
            raise StateBroken(texts.state_broken(str(self.path), str(error))) from error

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """All or nothing of what is executed inside."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk has rolled it back already
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Nothing changes while this lasts, so rows may be fetched one by one."""
        with self._lock:
            yield self._connection

    def rows(self, query: str, *values: Any) -> list[tuple]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, *values: Any) -> tuple | None:
        with self._lock:
            return self._connection.execute(query, values).fetchone()

    def close(self) -> None:
        with self._lock:
            self._connection.close()
