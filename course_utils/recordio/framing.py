"""RecordIO framing: where each record begins and ends.

On disk a record is ``magic (u32) · cflag and length (u32) · payload · 0 to 3 zero bytes``, little endian, so
that the next record starts on a multiple of four (dmlc-core, ``include/dmlc/recordio.h``).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

MAGIC = 0xCED7230A
MAGIC_BYTES = struct.pack("<I", MAGIC)
LENGTH_LIMIT = 1 << 29  # the length has 29 bits; the upper three say which part of a split record this is
WHOLE, FIRST, MIDDLE, LAST = range(4)


class RecordIOError(ValueError):
    """A matrix that cannot be written as RecordIO-protobuf, or bytes that cannot be read as such."""


def padded(length):
    """Length rounded up to a multiple of four (an int, or an array of them)."""
    return (length + 3) & ~3


def frame(payload: bytes) -> bytes:
    """A record on disk, in one frame."""
    return MAGIC_BYTES + len(payload).to_bytes(4, "little") + payload + bytes(-len(payload) % 4)


class Record(NamedTuple):
    """One record: its payload is ``data[start:stop]``, its first frame begins at byte ``offset`` of the file.

    The payload of a record in one frame lies in the file itself; parts are joined elsewhere.
    """

    number: int
    offset: int
    data: bytes | np.ndarray
    start: int
    stop: int

    def error(self, problem: str) -> RecordIOError:
        """The exception to raise for a problem in this record."""
        return bad_record(self.number, self.offset, problem)


@dataclass(frozen=True)
class Frames:
    """The payloads of a file: record ``i`` is ``data[start[i]:stop[i]]``.

    ``offset[i]`` is where its first frame begins in the file, for messages. Payloads that were split over
    several frames lie, joined, behind the end of the file's own bytes.
    """

    data: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    offset: np.ndarray

    def __len__(self) -> int:
        return len(self.start)

    def __getitem__(self, number: int) -> Record:
        offset, start, stop = (int(column[number]) for column in (self.offset, self.start, self.stop))
        return Record(number, offset, self.data, start, stop)


def bad_record(number: int, offset: int, problem: str) -> RecordIOError:
    """The exception for a problem in one record, naming it by number and byte offset."""
    return RecordIOError(f"Record {number} (at byte {offset}): {problem}")


def find_frames(data: bytes) -> Frames:
    """Find every record of a file.

    Parameters
    ----------
    data : bytes
        The whole file; empty means no records.

    Raises
    ------
    RecordIOError
        Where a frame does not start with the magic number, runs past the end, or belongs to no record.
    """
    return _find_by_magic(np.frombuffer(data, np.uint8)) or _walk(data)


def _find_by_magic(data: np.ndarray) -> Frames | None:
    """Find all frames at once, or None where that might differ from walking from frame to frame.

    Each magic number at a multiple of four is taken as a frame. If every frame then ends exactly where the
    next begins, walking would have found the same ones: the first is at 0, and each leads to the next.
    """
    words = data[: len(data) & ~3].view("<u4")
    start = np.flatnonzero(words[:-1] == MAGIC)
    if len(start) == 0 or start[0] != 0 or len(words) * 4 != len(data):
        return None
    header = words[start + 1].astype(np.int64)
    start = start.astype(np.int64) * 4 + 8
    next_frame = start + padded(header)
    whole = header < LENGTH_LIMIT  # no bit of cflag is set
    if not (whole.all() and np.array_equal(next_frame, np.append(start[1:] - 8, len(data)))):
        return None
    return Frames(data, start, start + header, start - 8)


def _walk(data: bytes) -> Frames:
    """Go from record to record."""
    start, stop, offset = [], [], []
    joined = bytearray()
    at = 0
    while at < len(data):
        record, at = read_record_at(data, at, len(start))
        shift = 0
        if record.data is not data:
            shift = len(data) + len(joined)
            joined += record.data
        start.append(record.start + shift)
        stop.append(record.stop + shift)
        offset.append(record.offset)
    return Frames(
        np.frombuffer(data + joined if joined else data, np.uint8),
        np.array(start, np.int64),
        np.array(stop, np.int64),
        np.array(offset, np.int64),
    )


def read_record_at(data: bytes, offset: int, number: int) -> tuple[Record, int]:
    """The record that begins at byte ``offset``, and where the next one begins.

    Parameters
    ----------
    data : bytes
        The whole file; ``offset`` is less than its length.
    offset, number : int
        The number, counted from 0, is for messages.

    Raises
    ------
    RecordIOError
        Where a frame does not start with the magic number, runs past the end, or belongs to no record.
    """
    parts: list[bytes] = []
    at = offset
    while at < len(data):
        part, begin, end = _read_frame(data, at, number)
        if part > LAST or (part in (WHOLE, FIRST)) == bool(parts):
            raise bad_record(
                number,
                at,
                f"part marker {part} is out of place: a record is one part marked 0, "
                "or parts marked 1, 2, …, 3.",
            )
        at = begin + padded(end - begin)
        if part == WHOLE:
            return Record(number, offset, data, begin, end), at
        parts.append(data[begin:end])
        if part == LAST:  # the writer cut out a magic number between two parts; put it back
            payload = MAGIC_BYTES.join(parts)
            return Record(number, offset, payload, 0, len(payload)), at
    raise bad_record(number, offset, "the file ends before the last part of this record.")


def _read_frame(data: bytes, at: int, number: int) -> tuple[int, int, int]:
    """Part marker, begin and end of the content of one frame."""
    head = data[at : at + 8]
    if head[:4] != MAGIC_BYTES[: len(head)]:
        raise bad_record(
            number,
            at,
            f"expected the magic number {MAGIC_BYTES.hex(' ')}, found {head[:4].hex(' ')}. "
            "Is this really RecordIO (not CSV, JSON or gzip), and has nothing been added or cut out?",
        )
    if len(head) < 8:
        raise bad_record(number, at, f"the file ends inside the 8-byte header ({len(head)} bytes are left).")
    word = int.from_bytes(head[4:], "little")
    part, length = word >> 29, word & (LENGTH_LIMIT - 1)
    begin = at + 8
    if begin + padded(length) > len(data):
        raise bad_record(
            number,
            at,
            f"its header announces {length} bytes ({padded(length)} with padding), but only "
            f"{len(data) - begin} are left. The file is cut short, or the length is corrupt.",
        )
    return part, begin, begin + length
