"""Write RecordIO-protobuf, byte for byte as SageMaker's Python SDK v2 does.

Sparse rows become records in two ways: a few one at a time, many by a compiled kernel. Dense ones differ in
their numbers alone, which are copied in between constant bytes. All ways write piece by piece, so that memory
use does not grow with ``X``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
from scipy import sparse

from course_utils.recordio.checks import about_bytes, checked
from course_utils.recordio.compiled import kernels_for
from course_utils.recordio.framing import LENGTH_LIMIT, MAGIC_BYTES, RecordIOError, frame, padded
from course_utils.recordio.protobuf import LABEL_HEAD, entry_head, sparse_features, varint, with_length

PIECE_BYTES = 1 << 18  # written at a time; stays in the processor's cache


def write(stream: BinaryIO, X, y=None) -> None:
    """Write one record per row of ``X``.

    Parameters
    ----------
    stream : binary file
        Anything with ``write(bytes)``; it is written piece by piece, so memory use does not grow with ``X``.
    X : sparse matrix or ndarray, shape (n, d), float32
        A SciPy sparse matrix gives sparse records: ``values``, ``keys`` (column numbers) and ``shape``
        (``[d]``) with its entries in stored order, explicit zeros included (formats other than CSR are
        converted to it). An ndarray gives dense records: all ``d`` values, no keys.
    y : array, shape (n,), float32, optional
        Labels. Without them the records have no label, as for predictions.

    Raises
    ------
    RecordIOError
        Before anything is written, where ``X`` or ``y`` is not of this form.
    """
    X, y = checked(X, y)
    rows = _rows(X, y)
    limit = 8 + padded(LENGTH_LIMIT - 1)
    if too_large := _too_large(rows, limit):
        row, size = too_large
        raise RecordIOError(f"Row {row} takes {size} bytes; RecordIO allows {limit} in a record.")
    first, room = 0, max(PIECE_BYTES, rows.largest)
    while first < X.shape[0]:
        first, piece = rows.encode(first, room)
        stream.write(piece)


def write_shards(folder: str | Path, X, y=None, max_bytes: int = 64 * 2**20) -> list[Path]:
    """Write ``X`` and ``y`` as files ``part-00000.pbr``, ``part-00001.pbr``, … of at most ``max_bytes`` each.

    Joined in the order of their names they are what :func:`write` makes. Such files (and only those) that an
    earlier call left in ``folder`` are replaced, surplus ones removed: SageMaker trains on everything it
    finds there.

    Returns
    -------
    list of Path
        The files, in order.

    Raises
    ------
    RecordIOError
        As :func:`write`; also where there is no row, or one record alone is larger than ``max_bytes``.
    """
    X, y = checked(X, y)
    if X.shape[0] == 0:
        raise RecordIOError(
            "X has no rows, so there would be no file to train on. Which step before lost them?"
        )
    rows = _rows(X, y)
    if too_large := _too_large(rows, max_bytes):
        row, size = too_large
        raise RecordIOError(
            f"Row {row} takes {size} bytes, more than max_bytes={max_bytes}. Allow larger files."
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("part-[0-9][0-9][0-9][0-9][0-9].pbr"):
        old.unlink()
    paths: list[Path] = []
    first = 0
    while first < X.shape[0]:
        paths.append(folder / f"part-{len(paths):05}.pbr")
        with paths[-1].open("wb") as stream:
            left, piece = max_bytes, b"first"
            while piece and first < X.shape[0]:  # no piece: the next record does not fit in what is left
                first, piece = rows.encode(first, min(left, max(PIECE_BYTES, rows.largest)))
                stream.write(piece)
                left -= len(piece)
    return paths


def write_labels(columns: Mapping[str, np.ndarray]) -> bytes:
    """Records without features and with named labels: the form of SageMaker's replies.

    Parameters
    ----------
    columns : mapping of str to array, shape (n,) or (n, m), float32
        For factorization machines ``score`` and, of a classifier, ``predicted_label``; k-NN tells about its
        neighbours with m numbers a row.
    """
    parts: list[bytes | np.ndarray] = []
    for name, values in columns.items():
        numbers = as_bytes(values)
        parts += [entry_head(b"\x12", name, numbers.shape[1]), numbers]
    return _same_layout(parts).tobytes()


# ---- rows to records ---------------------------------------------------------------------------------------


class _Rows(Protocol):
    """Rows that can be encoded; no record takes more than ``largest`` bytes."""

    X: sparse.csr_array | np.ndarray
    y: np.ndarray | None
    largest: int

    def encode(self, first: int, room: int) -> tuple[int, bytes]:
        """The records from row ``first`` on that fit in ``room`` bytes, and the row after them."""


def _rows(X: sparse.csr_array | np.ndarray, y: np.ndarray | None) -> _Rows:
    if not sparse.issparse(X):
        return _Dense(X, y)
    return (_Compiled if kernels_for(about_bytes(X)) else _OneByOne)(X, y)


def _too_large(rows: _Rows, limit: int) -> tuple[int, int] | None:
    """The largest of the records with more than ``limit`` bytes, and its size; None where there is none."""
    found = None
    first = 0
    while rows.largest > limit and first < rows.X.shape[0]:
        following, _ = rows.encode(first, limit)
        if following == first:
            one = _rows(rows.X[first : first + 1], None if rows.y is None else rows.y[first : first + 1])
            size = len(one.encode(0, one.largest)[1])
            found = max(found or (first, size), (first, size), key=lambda row_and_size: row_and_size[1])
            following = first + 1
        first = following
    return found


class _Sparse:
    """What the two encoders of sparse rows share: ``shape``, the field that ends each row's features."""

    def __init__(self, X: sparse.csr_array, y: np.ndarray | None):
        self.X, self.y = X, y
        width = varint(X.shape[1])
        self.shape = with_length(b"\x1a", width)
        self.nonzero_bytes = 4 + len(width)  # at most
        starts = range(0, X.shape[0], 1 << 16)
        longest = max((int(np.diff(X.indptr[i : i + (1 << 16) + 1]).max()) for i in starts), default=0)
        self.largest = 80 + self.nonzero_bytes * longest  # 80: header, tags, lengths, names, shape, label


class _OneByOne(_Sparse):
    """Sparse rows, one after the other."""

    def encode(self, first: int, room: int) -> tuple[int, bytes]:
        indptr, indices, X, y = self.X.indptr, self.X.indices, self.X, self.y
        out = bytearray()
        for row in range(first, X.shape[0]):
            entries = slice(indptr[row], indptr[row + 1])
            payload = sparse_features(
                X.data[entries].astype("<f4").tobytes(), indices[entries].tolist(), self.shape
            )
            if y is not None:
                payload += LABEL_HEAD + y[row].astype("<f4").tobytes()
            record = frame(payload)
            if len(out) + len(record) > room:
                return row, bytes(out)
            out += record
        return X.shape[0], bytes(out)


class _Compiled(_Sparse):
    """Sparse rows, by the compiled kernel."""

    def __init__(self, X: sparse.csr_array, y: np.ndarray | None):
        super().__init__(X, y)
        self.kernels = kernels_for(about_bytes(X))
        tail = self.shape + (LABEL_HEAD if y is not None else b"")
        labels = np.empty(0, np.float32) if y is None else y
        short = (self.kernels.SHORT_TENSOR - 4 - len(self.shape)) // self.nonzero_bytes
        self.matrix = self.kernels.read_only(X.indptr, X.indices, X.data, labels)
        self.layout = np.frombuffer(tail + bytes(-len(tail) % 8), np.int64), len(tail), len(self.shape), short
        self.room = -1

    def encode(self, first: int, room: int) -> tuple[int, bytes]:
        if room > self.room:
            out = np.empty(room + self.kernels.WRITE_SLACK, np.uint8)
            self.room, self.views = room, self.kernels.views(out)
        following, size = self.kernels.encode(first, *self.matrix, *self.layout, *self.views, room)
        return following, self.views[0][:size].tobytes()


class _Dense:
    """Dense rows: their records differ in some numbers alone."""

    def __init__(self, X: np.ndarray, y: np.ndarray | None):
        self.X, self.y = X, y
        self.head = entry_head(b"\n", "values", 4 * X.shape[1])
        payload = len(self.head) + 4 * X.shape[1] + (len(LABEL_HEAD) + 4) * (y is not None)
        self.largest = 8 + padded(payload)

    def encode(self, first: int, room: int) -> tuple[int, bytes]:
        following = min(first + room // self.largest, len(self.X))
        parts = [self.head, as_bytes(self.X[first:following])]
        if self.y is not None:
            parts += [LABEL_HEAD, as_bytes(self.y[first:following])]
        return following, _same_layout(parts).tobytes()


def _same_layout(parts: list[bytes | np.ndarray]) -> np.ndarray:
    """Records that differ in some numbers alone: constant bytes, and (n, m) uint8 with a row per record."""
    n = next(len(part) for part in parts if isinstance(part, np.ndarray))
    size = sum(part.shape[1] if isinstance(part, np.ndarray) else len(part) for part in parts)
    head = MAGIC_BYTES + size.to_bytes(4, "little")
    padding = bytes(padded(size) - size)
    columns = [
        part
        if isinstance(part, np.ndarray)
        else np.broadcast_to(np.frombuffer(part, np.uint8), (n, len(part)))
        for part in [head, *parts, padding]
    ]
    return np.concatenate(columns, axis=1)


def as_bytes(values: np.ndarray) -> np.ndarray:
    """The bytes of float32 numbers, little endian: (n,) -> (n, 4), (n, d) -> (n, 4·d) uint8."""
    rows = values if values.ndim == 2 else values[:, None]
    return np.ascontiguousarray(rows, "<f4").view(np.uint8)
