"""Write RecordIO-protobuf, byte for byte as SageMaker's Python SDK v2 does, for a whole matrix at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from scipy import sparse

from course_utils.recordio.checks import checked
from course_utils.recordio.cursors import WriteCursor, as_bytes, spread, varint_length
from course_utils.recordio.framing import LENGTH_LIMIT, MAGIC_BYTES, RecordIOError, padded
from course_utils.recordio.protobuf import LABEL_HEAD, entry_head, varint

CHUNK_ROWS = 1 << 14  # rows and non-zeros written at a time: their work arrays stay in the processor's cache
CHUNK_NONZEROS = 1 << 16


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
    for piece in _encode(X, y):
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
    size = np.concatenate([_sizes(X[a:b], y is not None) for a, b in _chunks(X)])
    if size.max() > max_bytes:
        row = int(size.argmax())
        raise RecordIOError(
            f"Row {row} takes {size[row]} bytes, more than max_bytes={max_bytes}. Allow larger files."
        )
    ends = np.cumsum(size)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("part-[0-9][0-9][0-9][0-9][0-9].pbr"):
        old.unlink()
    paths: list[Path] = []
    first, written = 0, 0
    while first < len(size):
        stop = int(np.searchsorted(ends, written + max_bytes, side="right"))
        paths.append(folder / f"part-{len(paths):05}.pbr")
        with paths[-1].open("wb") as stream:
            for piece in _encode(X[first:stop], None if y is None else y[first:stop]):
                stream.write(piece)
        first, written = stop, int(ends[stop - 1])
    return paths


def write_labels(columns: Mapping[str, np.ndarray]) -> bytes:
    """Records without features and with named labels: the form of SageMaker's replies.

    Parameters
    ----------
    columns : mapping of str to array, shape (n,), float32
        For factorization machines ``score`` and, of a classifier, ``predicted_label``.
    """
    parts: list[bytes | np.ndarray] = []
    for name, values in columns.items():
        parts += [entry_head(b"\x12", name, 4), as_bytes(values)]
    return _same_layout(parts).tobytes()


def _encode(X: sparse.csr_array | np.ndarray, y: np.ndarray | None) -> Iterator[bytes]:
    for start, stop in _chunks(X):
        labels = None if y is None else y[start:stop]
        if sparse.issparse(X):
            yield _sparse_records(X[start:stop], labels).tobytes()
        else:
            parts = [entry_head(b"\n", "values", 4 * X.shape[1]), as_bytes(X[start:stop])]
            if labels is not None:
                parts += [LABEL_HEAD, as_bytes(labels)]
            yield _same_layout(parts).tobytes()


def _chunks(X: sparse.csr_array | np.ndarray) -> Iterator[tuple[int, int]]:
    """Ranges of rows to write at a time: at least one row, else bounded in rows and in non-zeros."""
    nonzeros = X.indptr if sparse.issparse(X) else np.arange(X.shape[0] + 1) * X.shape[1]
    start = 0
    while start < X.shape[0]:
        enough = int(np.searchsorted(nonzeros, nonzeros[start] + CHUNK_NONZEROS, side="right")) - 1
        stop = min(max(enough, start + 1), start + CHUNK_ROWS)
        yield start, stop
        start = stop


def _same_layout(parts: list[bytes | np.ndarray]) -> np.ndarray:
    """Records that differ in some numbers alone: constant bytes, and (n, m) uint8 with a row per record."""
    n = next(len(part) for part in parts if isinstance(part, np.ndarray))
    size = sum(part.shape[1] if isinstance(part, np.ndarray) else len(part) for part in parts)
    _check_size(np.array([size]))
    head = MAGIC_BYTES + size.to_bytes(4, "little")
    padding = bytes(padded(size) - size)
    columns = [
        part
        if isinstance(part, np.ndarray)
        else np.broadcast_to(np.frombuffer(part, np.uint8), (n, len(part)))
        for part in [head, *parts, padding]
    ]
    return np.concatenate(columns, axis=1)


class _Layout(NamedTuple):
    """Lengths in bytes, one per record, from the inside out; ``on_disk`` has header and padding."""

    values: np.ndarray
    keys: np.ndarray
    tensor: np.ndarray
    value: np.ndarray
    entry: np.ndarray
    payload: np.ndarray
    on_disk: np.ndarray


def _sparse_layout(X: sparse.csr_array, key_ends: np.ndarray, labelled: bool) -> _Layout:
    """Lengths of the parts of each record; ``key_ends`` (nnz + 1) adds up the bytes of the keys."""
    values = 4 * np.diff(X.indptr).astype(np.int64)
    keys = np.diff(key_ends[X.indptr])
    numbers = 1 + varint_length(values) + values + 1 + varint_length(keys) + keys
    tensor = np.where(values > 0, numbers, 0) + 2 + len(varint(X.shape[1]))
    value = 1 + varint_length(tensor) + tensor
    entry = 9 + varint_length(value) + value
    payload = 1 + varint_length(entry) + entry + (len(LABEL_HEAD) + 4 if labelled else 0)
    return _Layout(values, keys, tensor, value, entry, payload, 8 + padded(payload))


def _key_ends(X: sparse.csr_array) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(varint_length(X.indices))])


def _sizes(X: sparse.csr_array | np.ndarray, labelled: bool) -> np.ndarray:
    """Bytes on disk of each record."""
    if sparse.issparse(X):
        return _sparse_layout(X, _key_ends(X), labelled).on_disk
    payload = (
        len(entry_head(b"\n", "values", 4 * X.shape[1])) + 4 * X.shape[1] + (len(LABEL_HEAD) + 4) * labelled
    )
    return np.full(len(X), 8 + padded(payload))


def _check_size(payload: np.ndarray) -> None:
    if payload.max(initial=0) >= LENGTH_LIMIT:
        raise RecordIOError(
            f"A row takes {payload.max()} bytes; RecordIO allows less than {LENGTH_LIMIT} in a record."
        )


def _sparse_records(X: sparse.csr_array, y: np.ndarray | None) -> np.ndarray:
    """The records of all rows of ``X``: one step per field of the format, each step for all rows."""
    key_ends = _key_ends(X)
    size = _sparse_layout(X, key_ends, y is not None)
    _check_size(size.payload)
    ends = np.cumsum(size.on_disk)
    start = ends - size.on_disk
    out = np.zeros(int(ends[-1]), np.uint8)

    out.view("<u4")[start // 4] = int.from_bytes(MAGIC_BYTES, "little")
    out.view("<u4")[start // 4 + 1] = size.payload
    record = WriteCursor(out, start + 8)
    record.constant(b"\n")  # features
    record.varint(size.entry)
    record.constant(b"\n\x06values\x12")  # name: "values", then its Value
    record.varint(size.value)
    record.constant(b"\x12")  # float32_tensor
    record.varint(size.tensor)

    filled = size.values > 0  # an empty row has a shape and nothing else
    values, key_bytes, counts = size.values[filled], size.keys[filled], size.values[filled] // 4
    part = WriteCursor(out, record.at[filled])
    part.constant(b"\n")  # values
    part.varint(values)
    WriteCursor(out, spread(part.at, counts, 4)).float32(X.data)
    part.at += values
    part.constant(b"\x12")  # keys
    part.varint(key_bytes)
    first = key_ends[X.indptr[:-1][filled]]  # where the row's keys begin among the bytes of all keys
    WriteCursor(out, np.repeat(part.at - first, counts) + key_ends[:-1]).varint(X.indices)
    record.at[filled] = part.at + key_bytes

    record.constant(b"\x1a" + varint(len(varint(X.shape[1]))) + varint(X.shape[1]))  # shape
    if y is not None:
        record.constant(LABEL_HEAD)
        record.float32(y)
    return out
