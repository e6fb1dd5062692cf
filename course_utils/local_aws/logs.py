"""Carries a container's output to CloudWatch Logs, line by line."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

_BATCH_EVENTS = 1000
_BATCH_SECONDS = 0.2
_LONGEST_LINE = 100_000  # CloudWatch takes 256 KiB an event, and 1 MiB a request


class LogStream:
    """One log stream; lines are sent in small batches by a thread of its own.

    Parameters
    ----------
    client
        boto3 client of CloudWatch Logs.
    group, stream : str
        Both are created when missing.

    Attributes
    ----------
    last_line : str
        What was written last.
    """

    def __init__(self, client: Any, group: str, stream: str) -> None:
        self.group, self.stream = group, stream
        self._client = client
        self._lines: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closed = False
        self.last_line = ""
        with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
            client.create_log_group(logGroupName=group)
        with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
            client.create_log_stream(logGroupName=group, logStreamName=stream)
        self._thread = threading.Thread(target=self._send_forever, name=f"log {stream}", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Queue one line (without its end-of-line); an empty one is dropped, as CloudWatch takes none."""
        text = line.replace("\t", "#011")[:_LONGEST_LINE]  # the way a TAB looks in real SageMaker logs
        if not text.strip():
            return
        with self._lock:
            self._lines.append({"timestamp": int(time.time() * 1000), "message": text})
            self.last_line = text
            full = len(self._lines) >= _BATCH_EVENTS
        if full:
            self._wake.set()

    def close(self) -> None:
        """Send what is queued and end the thread."""
        self._closed = True
        self._wake.set()
        self._thread.join(timeout=30)

    def _send_forever(self) -> None:
        while not self._closed:
            self._wake.wait(_BATCH_SECONDS)
            self._wake.clear()
            self._send()
        self._send()

    def _send(self) -> None:
        while self._lines:
            with self._lock:
                batch, self._lines = _first_batch(self._lines)
            self._client.put_log_events(logGroupName=self.group, logStreamName=self.stream, logEvents=batch)


def _first_batch(lines: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Split off as many lines as one request may carry."""
    size = 0
    for count, line in enumerate(lines[:_BATCH_EVENTS]):
        size += 4 * len(line["message"]) + 26  # at most 4 bytes a character, 26 of overhead
        if size > 1_000_000 and count:
            return lines[:count], lines[count:]
    return lines[:_BATCH_EVENTS], lines[_BATCH_EVENTS:]


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
