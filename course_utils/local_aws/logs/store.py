"""CloudWatch Logs on disk: groups, streams and their lines in one SQLite file."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from course_utils.local_aws import texts
from course_utils.local_aws.database import Database
from course_utils.local_aws.errors import AwsError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS groups (
    id INTEGER PRIMARY KEY, region TEXT, name TEXT, created INTEGER, retention INTEGER,
    UNIQUE (region, name));
CREATE TABLE IF NOT EXISTS streams (
    id INTEGER PRIMARY KEY, grp INTEGER REFERENCES groups ON DELETE CASCADE, name TEXT, created INTEGER,
    UNIQUE (grp, name));
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, stream INTEGER REFERENCES streams ON DELETE CASCADE,
    time INTEGER, ingested INTEGER, message TEXT);
CREATE INDEX IF NOT EXISTS events_by_time ON events (stream, time, id);
"""
_STREAMS = """
SELECT id, name, created,
    (SELECT min(time) FROM events WHERE stream = streams.id),
    (SELECT max(time) FROM events WHERE stream = streams.id) AS last,
    (SELECT ingested FROM events WHERE stream = streams.id ORDER BY time DESC, id DESC LIMIT 1)
FROM streams WHERE grp = ?
"""
_DAY = 24 * 60 * 60 * 1000
_PAGE_BYTES = 1024 * 1024  # what one reply holds at most
BEGINNING = (0, 0)
END = (2**62, 0)
Position = tuple[int, int]
"""Time and number of an event; events are in this order."""


class Group(NamedTuple):
    id: int
    name: str
    created: int
    retention: int | None


class Stream(NamedTuple):
    """A log stream; the times of its events are None as long as there is none."""

    id: int
    name: str
    created: int
    first: int | None
    last: int | None
    ingested: int | None


class Event(NamedTuple):
    id: int
    stream: int
    time: int
    ingested: int
    message: str

    @property
    def position(self) -> Position:
        return self.time, self.id


def milliseconds() -> int:
    return int(time.time() * 1000)


class LogStore:
    """All log groups of one state folder. Safe to use from several threads.

    Times are milliseconds since 1970.

    Parameters
    ----------
    file : Path
    """

    def __init__(self, file: Path) -> None:
        self._database = Database(file, _SCHEMA)
        with self._database.changing() as database:
            database.execute(
                "DELETE FROM events WHERE time < (SELECT ? - retention * ? FROM streams "
                "JOIN groups ON groups.id = grp WHERE streams.id = stream)",
                (milliseconds(), _DAY),
            )

    def close(self) -> None:
        self._database.close()

    # --- groups ---------------------------------------------------------------------------------------------

    def create_group(self, region: str, name: str) -> bool:
        """Make a log group; False when it is there already."""
        with self._database.changing() as database:
            query = "INSERT INTO groups (region, name, created) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
            return database.execute(query, (region, name, milliseconds())).rowcount == 1

    def group(self, region: str, name: str) -> Group:
        """The log group of that name.

        Raises
        ------
        AwsError
            ``ResourceNotFoundException``.
        """
        query = "SELECT id, name, created, retention FROM groups WHERE region = ? AND name = ?"
        row = self._database.row(query, region, name)
        if row is None:
            raise AwsError("ResourceNotFoundException", texts.LOG_GROUP_UNKNOWN)
        return Group(*row)

    def groups(self, region: str) -> list[Group]:
        """All log groups, by name."""
        query = "SELECT id, name, created, retention FROM groups WHERE region = ? ORDER BY name"
        return [Group(*row) for row in self._database.rows(query, region)]

    def delete_group(self, group: Group) -> None:
        """Remove a group with its streams and events."""
        with self._database.changing() as database:
            database.execute("DELETE FROM groups WHERE id = ?", (group.id,))

    def keep_for(self, group: Group, days: int | None) -> None:
        """How long events are kept; older ones go now and whenever the server starts."""
        with self._database.changing() as database:
            database.execute("UPDATE groups SET retention = ? WHERE id = ?", (days, group.id))
            if days is not None:
                database.execute(
                    "DELETE FROM events WHERE time < ? AND stream IN (SELECT id FROM streams WHERE grp = ?)",
                    (milliseconds() - days * _DAY, group.id),
                )

    # --- streams --------------------------------------------------------------------------------------------

    def create_stream(self, group: Group, name: str) -> bool:
        """Make a log stream; False when it is there already."""
        with self._database.changing() as database:
            query = "INSERT INTO streams (grp, name, created) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
            return database.execute(query, (group.id, name, milliseconds())).rowcount == 1

    def stream(self, group: Group, name: str) -> Stream:
        """The log stream of that name.

        Raises
        ------
        AwsError
            ``ResourceNotFoundException``.
        """
        row = self._database.row(f"{_STREAMS} AND name = ?", group.id, name)
        if row is None:
            raise AwsError("ResourceNotFoundException", texts.LOG_STREAM_UNKNOWN)
        return Stream(*row)

    def streams(self, group: Group) -> list[Stream]:
        """All log streams of a group, by name."""
        return [Stream(*row) for row in self._database.rows(f"{_STREAMS} ORDER BY name", group.id)]

    def delete_stream(self, stream: Stream) -> None:
        with self._database.changing() as database:
            database.execute("DELETE FROM streams WHERE id = ?", (stream.id,))

    # --- events ---------------------------------------------------------------------------------------------

    def append(self, stream: int, events: Iterable[tuple[int, str]]) -> bool:
        """Add events, ``(time, message)``; False when the stream is no more."""
        now = milliseconds()
        with self._database.changing() as database:
            if not database.execute("SELECT 1 FROM streams WHERE id = ?", (stream,)).fetchone():
                return False
            database.executemany(
                "INSERT INTO events (stream, time, ingested, message) VALUES (?, ?, ?, ?)",
                ((stream, moment, now, message) for moment, message in events),
            )
            return True

    def read(
        self,
        streams: list[int],
        after: Position = BEGINNING,
        before: Position = END,
        *,
        limit: int,
        backward: bool = False,
        wanted: Callable[[str], bool] = lambda _: True,
    ) -> tuple[list[Event], bool]:
        """Events between two positions (both excluded) in their order, and whether there may be more.

        Parameters
        ----------
        streams : list of int
            Ids of the streams to read, as one sequence.
        after, before : tuple
        limit : int
            At most so many, and at most 1 MiB of them.
        backward : bool
            Take them from the end of the range instead of its beginning.
        wanted : callable
            Says whether a message counts.
        """
        chosen: list[Event] = []
        size, direction = 0, "DESC" if backward else "ASC"
        query = (
            "SELECT id, stream, time, ingested, message FROM events "
            "WHERE stream IN (SELECT value FROM json_each(?)) "
            f"AND (time, id) > (?, ?) AND (time, id) < (?, ?) ORDER BY time {direction}, id {direction}"
        )
        more = False
        with self._database.reading() as database:
            for row in database.execute(query, (json.dumps(streams), *after, *before)):
                event = Event(*row)
                if not wanted(event.message):
                    continue
                size += len(event.message.encode()) + 26
                if chosen and (len(chosen) >= limit or size > _PAGE_BYTES):
                    more = True
                    break
                chosen.append(event)
        return (chosen[::-1] if backward else chosen), more
