"""Pipe mode: a channel's objects flow into the job through named pipes, one for every pass over the data.

A program reads its first epoch from ``<channel>_0``, the next from ``<channel>_1`` and so on. Nothing is
kept: each epoch is read from S3 anew, in small pieces. Nothing waits for ever either: opening and writing are
tried again and again until a reader comes or the feeder is closed, because a blocked call could not be called
off.
"""

from __future__ import annotations

import errno
import gzip
import os
import random
import select
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from course_utils.local_aws.storage import Storage, StorageError
from course_utils.local_aws.training.channels import DataObject

SUPPORTED = hasattr(os, "mkfifo")
_PIECE = 64 * 1024  # what a pipe holds on Linux
_LOOK_SECONDS = 0.005  # how often to look for a reader
_STALL_SECONDS = 0.1  # how often to look, with a full pipe, whether the job has ended


class _Closed(Exception):
    """The job has ended."""


class PipeFeeder:
    """Feeds one channel of one host, epoch after epoch, until it is closed.

    Parameters
    ----------
    storage : Storage
    objects : list of DataObject
        What one epoch consists of.
    folder : Path
        Where the pipes appear: ``input/data`` of the container.
    channel : dict
        Its description in ``InputDataConfig``.
    on_fault : callable
        Told, before the reader can take the end of the pipe for the end of the data, why there is no more.
    """

    def __init__(
        self,
        storage: Storage,
        objects: list[DataObject],
        folder: Path,
        channel: dict[str, Any],
        on_fault: Callable[[str], None],
    ) -> None:
        self._storage, self._objects, self._on_fault = storage, objects, on_fault
        self._path = folder / channel["ChannelName"]
        self._unzip = channel.get("CompressionType") == "Gzip"
        self._shuffle: dict[str, int] | None = channel.get("ShuffleConfig")
        self._closed = threading.Event()
        folder.mkdir(parents=True, exist_ok=True)
        self._make(0)
        self._thread = threading.Thread(target=self._run, name=f"pipe {self._path.name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it, wherever it is."""
        self._closed.set()
        self._thread.join()

    def _pipe(self, epoch: int) -> Path:
        return self._path.with_name(f"{self._path.name}_{epoch}")

    def _make(self, epoch: int) -> None:
        os.mkfifo(self._pipe(epoch), 0o600)

    def _run(self) -> None:
        epoch = 0
        try:
            while True:
                self._make(epoch + 1)  # a reader that is done with one epoch finds the next one waiting
                self._feed(epoch)
                self._pipe(epoch).unlink()
                epoch += 1
        except _Closed:
            pass
        except OSError as error:  # such as a disk too full for one more pipe
            self._on_fault(str(error))

    def _feed(self, epoch: int) -> None:
        """One pass over the data; a reader that has had enough ends it."""
        pipe = self._open(self._pipe(epoch))
        try:
            for each in self._in_order(epoch):
                with self._storage.open(each.uri) as stream:
                    self._copy(gzip.GzipFile(fileobj=stream) if self._unzip else stream, pipe)
        except (BrokenPipeError, _Closed):
            pass
        except StorageError as error:
            self._give_up(str(error))
        except (OSError, EOFError, zlib.error) as error:  # what gzip says of bytes that it cannot unpack
            self._give_up(f"{each.uri}: {error}")
        finally:
            os.close(pipe)

    def _give_up(self, why: str) -> None:
        """Say why, and keep the pipe open until the job has ended: its end would mean the end of the data."""
        self._on_fault(why)
        self._closed.wait()

    def _in_order(self, epoch: int) -> list[DataObject]:
        """The objects of an epoch: by name or, with a ShuffleConfig, in another order every time."""
        if self._shuffle is None:
            return self._objects
        return random.Random(f"{self._shuffle['Seed']} {epoch}").sample(self._objects, len(self._objects))

    def _open(self, path: Path) -> int:
        """The pipe's writing end, as soon as there is a reader."""
        while not self._closed.is_set():
            try:
                return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
            self._closed.wait(_LOOK_SECONDS)
        raise _Closed

    def _copy(self, stream: IO[bytes], pipe: int) -> None:
        while piece := stream.read(_PIECE):
            left = memoryview(piece)
            while left:
                if self._closed.is_set():
                    raise _Closed
                _, ready, _ = select.select([], [pipe], [], _STALL_SECONDS)
                if ready:
                    left = left[os.write(pipe, left) :]
