"""The checksums that S3 knows for objects, fed piece by piece like those of ``hashlib``.

CRC32C and CRC64NVME are in no standard library. A CRC is linear, so a piece is cut into lanes that NumPy
feeds side by side; the lanes' registers are then moved to their place and added.
"""

from __future__ import annotations

import hashlib
import zlib
from base64 import b64encode
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

_LANE = 256
_SHORT = 256  # below this a plain loop is faster


class _Polynomial:
    """Tables of one CRC; polynomials are written with the lowest power in the highest bit."""

    def __init__(self, bits: int, reflected: int) -> None:
        self.bits = bits
        self.mask = (1 << bits) - 1
        self.table = []
        for value in range(256):
            for _ in range(8):
                value = value >> 1 ^ (reflected if value & 1 else 0)
            self.table.append(value)

    @cached_property
    def wide_table(self) -> np.ndarray:
        return np.array(self.table, np.uint64)

    @cached_property
    def lane_shift(self) -> list[list[int]]:
        """For each byte of a register and each of its values: the register after a lane of zeros."""
        positions = np.arange(self.bits // 8, dtype=np.uint64)[:, None] * np.uint64(8)
        registers = np.arange(256, dtype=np.uint64) << positions
        for _ in range(_LANE):
            registers = self.wide_table[registers & np.uint64(255)] ^ registers >> np.uint64(8)
        return registers.tolist()

    def shift_lane(self, register: int) -> int:
        moved = 0
        for row in self.lane_shift:
            moved ^= row[register & 255]
            register >>= 8
        return moved

    def feed(self, register: int, data: bytes) -> int:
        """The register after ``data``."""
        if len(data) < _SHORT:
            for byte in data:
                register = self.table[(register ^ byte) & 255] ^ register >> 8
            return register
        # A register acts like itself added to the first bytes; zeros before those change nothing.
        padded = np.zeros(-(-len(data) // _LANE) * _LANE, np.uint8)
        padded[-len(data) :] = np.frombuffer(data, np.uint8)
        first = padded[len(padded) - len(data) :][: self.bits // 8]
        first ^= np.frombuffer(register.to_bytes(self.bits // 8, "little"), np.uint8)
        lanes = np.zeros(len(padded) // _LANE, np.uint64)
        for column in np.ascontiguousarray(padded.reshape(-1, _LANE).T):
            lanes = self.wide_table[(lanes ^ column) & np.uint64(255)] ^ lanes >> np.uint64(8)
        register = 0
        for lane in lanes.tolist():
            register = self.shift_lane(register) ^ lane
        return register

    @lru_cache(maxsize=64)  # noqa: B019 - there are three of these, and they live as long as the process
    def zeros(self, count: int) -> tuple[int, ...]:
        """What ``count`` zero bytes make of each single bit of a register."""
        if count == 1:
            return tuple(self.feed(1 << bit, b"\0") for bit in range(self.bits))
        half = self.zeros(count // 2)
        whole = tuple(_apply(half, column) for column in half)
        return tuple(self.feed(column, b"\0") for column in whole) if count % 2 else whole


def _apply(columns: tuple[int, ...], register: int) -> int:
    result = 0
    for column in columns:
        if register & 1:
            result ^= column
        register >>= 1
    return result


CRC32 = _Polynomial(32, 0xEDB88320)
CRC32C = _Polynomial(32, 0x82F63B78)
CRC64NVME = _Polynomial(64, 0x9A6C9329AC4BC9B5)


class _Crc:
    def __init__(self, polynomial: _Polynomial) -> None:
        self._polynomial, self._register = polynomial, polynomial.mask

    def update(self, data: bytes) -> None:
        self._register = self._polynomial.feed(self._register, data)

    def digest(self) -> bytes:
        return (self._register ^ self._polynomial.mask).to_bytes(self._polynomial.bits // 8, "big")


class _Zlib:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


ALGORITHMS: dict[str, Callable[[], Any]] = {
    "crc32": _Zlib,
    "crc32c": lambda: _Crc(CRC32C),
    "crc64nvme": lambda: _Crc(CRC64NVME),
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
    "md5": hashlib.md5,
}
_POLYNOMIALS = {"crc32": CRC32, "crc32c": CRC32C, "crc64nvme": CRC64NVME}


def of_parts(algorithm: str, parts: list[bytes]) -> str:
    """The COMPOSITE checksum of an upload: the checksum of its parts' checksums, and their number."""
    digest = ALGORITHMS[algorithm]()
    digest.update(b"".join(parts))
    return f"{b64encode(digest.digest()).decode()}-{len(parts)}"


def of_whole(algorithm: str, parts: list[tuple[bytes, int]]) -> str:
    """The FULL_OBJECT checksum of an upload, from its parts' checksums and sizes; CRCs only."""
    polynomial = _POLYNOMIALS[algorithm]
    whole = 0
    for checksum, size in parts:
        moved = _apply(polynomial.zeros(size), whole) if size else whole
        whole = moved ^ int.from_bytes(checksum, "big")
    return b64encode(whole.to_bytes(polynomial.bits // 8, "big")).decode()


def has_full_object(algorithm: str) -> bool:
    return algorithm in _POLYNOMIALS
