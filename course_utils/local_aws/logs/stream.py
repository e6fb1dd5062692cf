"""Carries a container's output to CloudWatch Logs, line by line."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable

from course_utils.local_aws.logs.store import LogStore, milliseconds

_LONGEST_LINE = 100_000  # CloudWatch takes 256 KiB an event
_log = logging.getLogger(__name__)


class LogStream:
    """One log stream; a line is on disk when :meth:`write` returns.

    Parameters
    ----------
    store : LogStore
    region, group, stream : str
        Group and stream are created when missing.

    Attributes
    ----------
    last_line : str
        What was written last.
    """

    def __init__(self, store: LogStore, region: str, group: str, stream: str) -> None:
        self.group, self.stream = group, stream
        self._store, self._region = store, region
        self._lock = threading.Lock()
        self._last_time = 0
        self._closed = False
        self.last_line = ""
        self._id = self._find()

    def _find(self) -> int:
        self._store.create_group(self._region, self.group)
        group = self._store.group(self._region, self.group)
        self._store.create_stream(group, self.stream)
        return self._store.stream(group, self.stream).id

    def write(self, line: str) -> None:
        """Add one line (without its end-of-line); an empty one is dropped, as CloudWatch takes none.

        A full disk loses the line, because it must not hold up the container.
        """
        text = line.replace("\t", "#011")[:_LONGEST_LINE]  # the way a TAB looks in real SageMaker logs
        if not text.strip():
            return
        with self._lock:
            self.last_line = text
            if self._closed:
                return
            self._last_time = max(self._last_time, milliseconds())  # clocks may be set back
            try:
                if not self._store.append(self._id, [(self._last_time, text)]):
                    self._id = self._find()  # somebody deleted it
                    self._store.append(self._id, [(self._last_time, text)])
            except sqlite3.Error as error:
                _log.warning("a line of %s is lost: %s", self.stream, error)

    def close(self) -> None:
        """Take no more lines."""
        with self._lock:
            self._closed = True


def pump(pipe: Iterable[bytes], sinks: list[Callable[[str], None]]) -> threading.Thread:
    """Read ``pipe`` to its end in a thread and give every line to every sink."""

    def read() -> None:
        for raw in pipe:
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            for sink in sinks:
                sink(line)

    thread = threading.Thread(target=read, name="container output", daemon=True)
    thread.start()
    return thread
