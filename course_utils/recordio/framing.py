"""RecordIO framing: where each record begins and ends.

On disk a record is ``magic (u32) · cflag and length (u32) · payload · 0 to 3 zero bytes``, little endian, so
that the next record starts on a multiple of four (dmlc-core, ``include/dmlc/recordio.h``).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

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

    def error(self, record: int, problem: str) -> RecordIOError:
        """The exception to raise for a problem in one record."""
        return bad_record(record, int(self.offset[record]), problem)


def bad_record(record: int, offset: int, problem: str) -> RecordIOError:
    """The exception for a problem in one record, naming it by number and byte offset."""
    return RecordIOError(f"Record {record} (at byte {offset}): {problem}")


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
    """Go from frame to frame, check each, and join records that come in parts."""
    start, stop, offset = [], [], []
    joined = bytearray()
    parts: list[bytes] = []
    at = 0
    while at < len(data):
        record = len(start)
        if not parts:
            offset.append(at)
        head = data[at : at + 8]
        if head[:4] != MAGIC_BYTES[: len(head)]:
            raise bad_record(
                record,
                at,
                f"expected the magic number {MAGIC_BYTES.hex(' ')}, found {head[:4].hex(' ')}. "
                "Is this really RecordIO (not CSV, JSON or gzip), and has nothing been added or cut out?",
            )
        if len(head) < 8:
            raise bad_record(
                record, at, f"the file ends inside the 8-byte header ({len(head)} bytes are left)."
            )
        word = struct.unpack("<I", head[4:])[0]
        part, length = word >> 29, word & (LENGTH_LIMIT - 1)
        begin, end = at + 8, at + 8 + length
        at = begin + padded(length)
        if at > len(data):
            raise bad_record(
                record,
                begin - 8,
                f"its header announces {length} bytes ({padded(length)} with padding), but only "
                f"{len(data) - begin} are left. The file is cut short, or the length is corrupt.",
            )
        if part > LAST or (part in (WHOLE, FIRST)) == bool(parts):
            raise bad_record(
                record,
                begin - 8,
                f"part marker {part} is out of place: a record is one part marked 0, "
                "or parts marked 1, 2, …, 3.",
            )
        if part == WHOLE:
            start.append(begin)
            stop.append(end)
            continue
        parts.append(data[begin:end])
        if part == LAST:  # the writer cut out a magic number between two parts; put it back
            payload = MAGIC_BYTES.join(parts)
            start.append(len(data) + len(joined))
            joined += payload
            stop.append(len(data) + len(joined))
            parts = []
    if parts:
        raise bad_record(len(start), offset[-1], "the file ends before the last part of this record.")
    return Frames(
        np.frombuffer(data + joined if joined else data, np.uint8),
        np.array(start, np.int64),
        np.array(stop, np.int64),
        np.array(offset, np.int64),
    )
