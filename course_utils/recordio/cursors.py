"""Many records at once: a cursor holds one position per record, and each step moves all of them.

Writing ``cursor.constant(b"\\n")`` puts that byte into every record; the next step continues behind it,
wherever that is in each. So a function that writes one record field by field writes thousands, and NumPy
does the loop.
"""

from __future__ import annotations

import numpy as np


def varint_length(numbers: np.ndarray) -> np.ndarray:
    """Bytes that each number ≥ 0 takes as a varint (int64)."""
    length = np.ones(len(numbers), np.int64)
    top = int(numbers.max(initial=0))
    bits = 7
    while top >> bits:
        length += numbers >= (1 << bits)
        bits += 7
    return length


class WriteCursor:
    """Positions ``at`` (int64, one per record) in the byte array ``out``."""

    def __init__(self, out: np.ndarray, at: np.ndarray):
        self.out = out
        self.at = at.copy()

    def constant(self, content: bytes) -> None:
        """The same bytes in every record."""
        for j, byte in enumerate(content):
            self.out[j:][self.at] = byte
        self.at += len(content)

    def varint(self, numbers: np.ndarray) -> None:
        """One whole number ≥ 0 per record."""
        length = varint_length(numbers)
        here = slice(None)
        for j in range(int(length.max(initial=0))):
            more = length > j + 1
            byte = (numbers >> 7 * j).astype(np.uint8) & 127 | more.astype(np.uint8) << 7
            self.out[j:][self.at[here]] = byte[here]
            here = more  # only the records whose number goes on
        self.at += length

    def float32(self, values: np.ndarray) -> None:
        """One float32 per record."""
        for j, byte in enumerate(as_bytes(values).T):
            self.out[j:][self.at] = byte
        self.at += 4


class ReadCursor:
    """Positions ``at`` (int64, one per record) in ``data``; ``ok`` turns false where a record is not as
    expected.

    Positions past the end read the last byte: the lengths are checked in the end, and a record that is not
    ``ok`` is looked at again, one field at a time.
    """

    def __init__(self, data: np.ndarray, at: np.ndarray):
        self.data = data
        self.at = at.copy()
        self.ok = np.ones(len(at), bool)

    def peek(self) -> np.ndarray:
        """The next byte of each record."""
        return self.data.take(self.at, mode="clip")

    def constant(self, content: bytes) -> None:
        """These bytes are expected in every record."""
        for j, byte in enumerate(content):
            self.ok &= self.data.take(self.at + j, mode="clip") == byte
        self.at += len(content)

    def varint(self) -> np.ndarray:
        """One whole number per record (int64, at most 2**56; longer ones are not ``ok``)."""
        numbers = np.zeros(len(self.at), np.int64)
        more = np.ones(len(self.at), bool)
        for j in range(8):
            byte = np.where(more, self.peek(), 0)
            numbers |= (byte & 127).astype(np.int64) << 7 * j
            self.at += more
            more = byte > 127
            if not more.any():
                return numbers
        self.ok &= ~more
        return numbers

    def float32(self) -> np.ndarray:
        """One float32 per record."""
        content = np.empty((len(self.at), 4), np.uint8)
        for j in range(4):
            content[:, j] = self.data.take(self.at + j, mode="clip")
        self.at += 4
        return content.view("<f4")[:, 0]


def as_bytes(values: np.ndarray) -> np.ndarray:
    """The bytes of float32 numbers, little endian: (n,) -> (n, 4), (n, d) -> (n, 4·d) uint8."""
    rows = values if values.ndim == 2 else values[:, None]
    return np.ascontiguousarray(rows, "<f4").view(np.uint8)


def spread(start: np.ndarray, count: np.ndarray, step: int = 1) -> np.ndarray:
    """The positions of many ranges, one after the other: start[0], start[0] + step, …, start[1], …"""
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(start - step * (ends - count), count) + step * np.arange(total)
