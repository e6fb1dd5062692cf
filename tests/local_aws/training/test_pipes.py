"""The feeder of Pipe mode: readers that stall, leave or never come."""

from __future__ import annotations

import io
import os
import threading
import tracemalloc

import pytest

from course_utils.local_aws.storage import StorageError
from course_utils.local_aws.training.channels import DataObject
from course_utils.local_aws.training.pipes import PipeFeeder

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")


class Endless(io.RawIOBase):
    """An object of ``size`` bytes, whichever lie in the buffer."""

    def __init__(self, size):
        self._left = size

    def readable(self):
        return True

    def readinto(self, buffer):
        count = min(len(buffer), self._left)
        self._left -= count
        return count


class Storage:
    """One object of a size, and none of any other name."""

    def __init__(self, size):
        self._size = size

    def open(self, uri):
        if uri != "s3://bucket/a":
            raise StorageError(f"{uri}: The specified key does not exist.")
        return io.BufferedReader(Endless(self._size))


@pytest.fixture
def feed(tmp_path):
    """``feed(size, names)``: a feeder, and what it complained of; closed at the end."""
    feeders = []

    def start(size, names=("a",)):
        faults = []
        objects = [DataObject(f"s3://bucket/{name}", name) for name in names]
        feeders.append(PipeFeeder(Storage(size), objects, tmp_path, {"ChannelName": "train"}, faults.append))
        return feeders[-1], faults

    yield start
    for feeder in feeders:
        feeder.close()
    assert [thread for thread in threading.enumerate() if thread.name == "pipe train"] == []


def test_nobody_reads(feed):
    feeder, faults = feed(10)
    feeder.close()
    assert faults == []


def test_a_reader_stalls(feed, tmp_path):
    """It holds the pipe open and takes only the beginning; closing must not wait for it."""
    feeder, faults = feed(10_000_000)
    with open(tmp_path / "train_0", "rb", buffering=0) as pipe:
        assert len(pipe.read(1)) == 1
        feeder.close()
    assert faults == []


def test_a_reader_leaves_and_comes_back_for_the_next_epoch(feed, tmp_path):
    feed(1_000_000)
    for epoch in range(3):
        with open(tmp_path / f"train_{epoch}", "rb") as pipe:
            assert len(pipe.read(10)) == 10
    with open(tmp_path / "train_3", "rb") as pipe:
        assert len(pipe.read()) == 1_000_000
    with pytest.raises(FileNotFoundError):
        (tmp_path / "train_2").stat()


def test_the_end_of_the_pipe_is_never_the_end_of_half_the_data(feed, tmp_path):
    """The second object is missing: the reader gets the first one, and then waits."""
    feeder, faults = feed(100, ("a", "b"))
    with open(tmp_path / "train_0", "rb", buffering=0) as pipe:
        assert len(pipe.read(100)) == 100
        while not faults:
            pass
        os.set_blocking(pipe.fileno(), False)
        assert pipe.read(1) is None  # b"" would be the end
        feeder.close()
        assert pipe.read(1) == b""
    assert faults == ["s3://bucket/b: The specified key does not exist."]


def test_a_large_object_is_not_held_in_memory(feed, tmp_path):
    tracemalloc.start()
    feed(50_000_000)
    with open(tmp_path / "train_0", "rb", buffering=0) as pipe:
        total = 0
        while piece := pipe.read(65536):
            total += len(piece)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == 50_000_000
    assert peak < 1_000_000
