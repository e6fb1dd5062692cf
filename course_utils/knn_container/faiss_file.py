"""A flat index as the faiss library stores it: 45 bytes of header, then the points.

===== ======== =============================================================================
bytes type     content
===== ======== =============================================================================
4     text     ``IxF2``, a flat index for L2, or ``IxFI``, one for inner products
4     int32    d, the points' width
8     int64    n, how many there are
16    2 int64  2²⁰, without a meaning
1     bool     trained: a flat index always is
4     int32    the measure again: 0 inner product, 1 L2
8     uint64   n · d
4 n d float32  the points, row after row
===== ======== =============================================================================

All is little endian. ``faiss.read_index`` opens such a file, and what ``faiss.write_index`` makes of an
``IndexFlatL2`` or ``IndexFlatIP`` is read here.
"""

from __future__ import annotations

import struct

import numpy as np

_HEADER = struct.Struct("<4siqqq?iQ")
_MEANINGLESS = 1 << 20
_KINDS = {b"IxFI": 0, b"IxF2": 1}


class FaissError(ValueError):
    """Bytes that are no flat index."""


def write(points: np.ndarray, *, inner_product: bool) -> bytes:
    """The file of ``points``, (n, d) float32."""
    n, d = points.shape
    kind = b"IxFI" if inner_product else b"IxF2"
    header = _HEADER.pack(kind, d, n, _MEANINGLESS, _MEANINGLESS, True, _KINDS[kind], n * d)
    return header + np.ascontiguousarray(points, "<f4").tobytes()


def read(data: bytes) -> tuple[np.ndarray, bool]:
    """The points, (n, d) float32, and whether their measure is the inner product.

    Raises
    ------
    FaissError
        For anything else, such as an approximate index.
    """
    if len(data) < _HEADER.size:
        raise FaissError(f"it has {len(data)} bytes, and the header of a flat faiss index takes 45")
    kind, d, n, _, _, _, measure, count = _HEADER.unpack_from(data)
    if _KINDS.get(kind) != measure:
        raise FaissError(f"it begins with {kind!r}, and a flat faiss index with b'IxF2' or b'IxFI'")
    if n < 1 or d < 1 or n * d != count or len(data) != _HEADER.size + 4 * count:
        raise FaissError(
            f"it announces {n} points of {d} numbers, {count} in all, and {len(data) - 45} bytes follow"
        )
    return np.frombuffer(data, "<f4", offset=_HEADER.size).reshape(n, d), kind == b"IxFI"
