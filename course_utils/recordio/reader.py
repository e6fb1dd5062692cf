"""Read RecordIO-protobuf back into a sparse matrix and labels."""

from __future__ import annotations

from typing import BinaryIO, NamedTuple

import numpy as np
from scipy import sparse

from course_utils.recordio.cursors import ReadCursor, spread
from course_utils.recordio.framing import Frames, find_frames
from course_utils.recordio.protobuf import (
    FLOAT32_TENSOR,
    LABEL_HEAD,
    TENSOR_NAMES,
    Tensor,
    WireError,
    entry_head,
    read_record,
)

CHUNK_ROWS = 1 << 14


def read(stream: BinaryIO) -> tuple[sparse.csr_array, np.ndarray | None]:
    """Read all records of a file.

    Parameters
    ----------
    stream : binary file
        Anything with ``read() -> bytes``.

    Returns
    -------
    X : csr_array, shape (n, d), float32
        Entries in stored order, explicit zeros and NaN included; of dense records the numbers other than 0.
    y : ndarray, shape (n,), float32, or None
        Labels; None where no record has one (and where there is no record).

    Raises
    ------
    RecordIOError
        Where a record is cut short, corrupt, or not what a factorization machine can use: features that are
        no Float32Tensor, a column outside the shape, a width or a label that other records do not share. The
        message names the record and its byte offset. Fields that the format does not know are passed over.
    """
    frames = find_frames(stream.read())
    if len(frames) == 0:
        return sparse.csr_array((0, 0), dtype=np.float32), None
    chunks = []
    for first in range(0, len(frames), CHUNK_ROWS):
        rows = slice(first, min(first + CHUNK_ROWS, len(frames)))
        chunks.append(read_alike(frames, rows) or read_one_by_one(frames, rows))
    width, labelled, counts, keys, values, labels = (
        np.concatenate(column) for column in zip(*chunks, strict=True)
    )
    _check_shared(frames, width, "{} columns")
    _check_shared(frames, labelled, "a label: {}")
    shape = (len(frames), int(width[0]))
    index = np.int32 if max(shape[1], len(values)) < 2**31 else np.int64
    rows_end = np.append(0, np.cumsum(counts))
    X = sparse.csr_array((values, keys.astype(index), rows_end.astype(index)), shape=shape)
    return X, labels if labelled[0] else None


def read_labels(data: bytes) -> dict[str, np.ndarray]:
    """Read the named labels of records, as a reply of SageMaker holds them: ``{"score": (n,) float32, …}``.

    Raises
    ------
    RecordIOError
        Where a record is corrupt, or does not have the labels that the first one has.
    """
    frames = find_frames(data)
    if len(frames) == 0:
        return {}
    names = list(_labels(frames, 0))
    alike = _labels_alike(frames, names)
    if alike is not None:
        return alike
    rows = [_labels(frames, record) for record in range(len(frames))]
    for record, row in enumerate(rows):
        if row.keys() != rows[0].keys():
            raise frames.error(record, f"has labels {sorted(row)}, but record 0 has {sorted(names)}.")
    return {name: np.array([row[name] for row in rows], np.float32) for name in names}


def _labels_alike(frames: Frames, names: list[str]) -> dict[str, np.ndarray] | None:
    """The labels of all records at once, where all are laid out as :func:`write_labels` does."""
    record = ReadCursor(frames.data, frames.start)
    columns = {}
    for name in names:
        record.constant(entry_head(b"\x12", name, 4))
        columns[name] = record.float32()
    record.ok &= record.at == frames.stop
    return columns if record.ok.all() else None


class Chunk(NamedTuple):
    """Decoded records: width, labelled, counts per record; keys and values per non-zero; labels as many as
    there are."""

    width: np.ndarray
    labelled: np.ndarray
    counts: np.ndarray
    keys: np.ndarray
    values: np.ndarray
    labels: np.ndarray


def _check_shared(frames: Frames, column: np.ndarray, what: str) -> None:
    differs = column != column[0]
    if differs.any():
        record = int(np.argmax(differs))
        raise frames.error(
            record,
            f"has {what.format(column[record])}, but record 0 has {what.format(column[0])}; all must agree.",
        )


# ---- many records of the usual layout ----------------------------------------------------------------------


def read_alike(frames: Frames, rows: slice) -> Chunk | None:
    """Decode records that are laid out as all known writers do; None where one differs in any way.

    The steps are those of the writer. A record is trusted only if every tag is the expected one and every
    length ends where the message around it ends.
    """
    stop = frames.stop[rows]
    record = ReadCursor(frames.data, frames.start[rows])
    record.constant(b"\n")  # features
    entry_stop = record.varint() + record.at
    record.constant(b"\n\x06values\x12")
    value_stop = record.varint() + record.at
    record.constant(b"\x12")  # float32_tensor
    tensor_stop = record.varint() + record.at
    record.ok &= (tensor_stop == value_stop) & (tensor_stop == entry_stop)

    filled = record.peek() == ord("\n")
    part = ReadCursor(frames.data, record.at[filled])
    part.constant(b"\n")  # values
    value_bytes = part.varint()
    values_at = part.at.copy()
    part.at += value_bytes
    dense = np.array_equal(part.at, tensor_stop)
    if dense:
        record.at = part.at
        width = value_bytes // 4
    else:
        part.constant(b"\x12")  # keys
        key_bytes = part.varint()
        keys_at = part.at.copy()
        record.at[filled] = part.at + key_bytes
        record.constant(b"\x1a")  # shape
        shape_stop = record.varint() + record.at
        width = record.varint()
        record.ok &= (record.at == shape_stop) & (record.at == tensor_stop) & (width > 0)

    labelled = record.at < stop
    labels = np.empty(0, np.float32)
    if labelled.all():
        record.constant(LABEL_HEAD)
        labels = record.float32()
    record.ok &= record.at == stop
    if not (record.ok.all() and part.ok.all() and (value_bytes % 4 == 0).all()):
        return None

    counts = np.zeros(len(stop), np.int64)
    counts[filled] = value_bytes // 4
    values = frames.data[spread(values_at, value_bytes)].view("<f4")
    if dense:
        return Chunk(width, labelled, *_without_zeros(counts, spread(0 * counts, counts), values), labels)
    keys = _varints(frames.data[spread(keys_at, key_bytes)], key_bytes, counts[filled])
    if keys is None or (keys >= np.repeat(width, counts)).any():
        return None
    return Chunk(width, labelled, counts, keys, values, labels)


def _varints(data: np.ndarray, size: np.ndarray, counts: np.ndarray) -> np.ndarray | None:
    """Decode varints that lie one after the other: ``counts[i]`` of them in the i-th run of ``size[i]``
    bytes, or None."""
    last = data < 128  # the last byte of each number
    run_ends = np.cumsum(size)
    counted = np.append(0, np.cumsum(last))[run_ends]
    if not (np.array_equal(counted, np.cumsum(counts)) and last[run_ends[size > 0] - 1].all()):
        return None
    ends = np.flatnonzero(last) + 1
    cursor = ReadCursor(data, np.append(0, ends)[:-1])
    numbers = cursor.varint()
    return numbers if cursor.ok.all() else None


def _without_zeros(counts: np.ndarray, keys: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, ...]:
    """Drop what a sparse matrix need not store."""
    keep = values != 0
    kept = np.append(0, np.cumsum(keep))[np.append(0, np.cumsum(counts))]
    return np.diff(kept), keys[keep], values[keep]


# ---- any record --------------------------------------------------------------------------------------------


def read_one_by_one(frames: Frames, rows: slice) -> Chunk:
    """Decode records of any layout, field by field."""
    parsed = [_row(frames, record) for record in range(rows.start, rows.stop)]
    width, counts, keys, values, labels = zip(*parsed, strict=True)
    return Chunk(
        np.array(width, np.int64),
        np.array([label is not None for label in labels]),
        np.array(counts, np.int64),
        np.concatenate(keys).astype(np.int64),
        np.concatenate(values),
        np.array([label for label in labels if label is not None], np.float32),
    )


def _row(frames: Frames, record: int) -> tuple[int, int, np.ndarray, np.ndarray, float | None]:
    """(width, number of entries, keys, values, label or None) of one record."""
    features, label = _maps(frames, record)
    if "values" not in features:
        raise frames.error(record, f'has no features called "values" (it has: {sorted(features) or "none"}).')
    tensor = features["values"]
    values = _float32(frames, record, "features", tensor)
    keys = np.array(tensor.keys, np.uint64)
    if len(tensor.shape) > 1:
        raise frames.error(record, f"has shape {tensor.shape}; expected one number, the number of columns.")
    if len(keys) == 0 and len(values):  # dense
        width = len(values)
        if tensor.shape not in ([], [width]):
            raise frames.error(
                record, f"holds {width} values without keys, but says its shape is {tensor.shape}."
            )
        (count,), keys, values = _without_zeros(np.array([width]), np.arange(width), values)
    else:
        if len(keys) != len(values):
            raise frames.error(
                record, f"has {len(keys)} keys and {len(values)} values; expected one key per value."
            )
        if tensor.shape in ([], [0]) or tensor.shape[0] >= 2**63:
            raise frames.error(
                record, f"is sparse and says its shape is {tensor.shape}; expected the number of columns."
            )
        width, count = tensor.shape[0], len(values)
        if count and keys.max() >= width:
            raise frames.error(record, f"has key {keys.max()}, but its shape allows 0 to {width - 1}.")
    if "values" not in label:
        return width, count, keys, values, None
    number = _float32(frames, record, "label", label["values"])
    if len(number) != 1:
        raise frames.error(record, f"has {len(number)} numbers as its label; expected one.")
    return width, count, keys, values, number[0]


def _labels(frames: Frames, record: int) -> dict[str, np.float32]:
    row = {}
    for name, tensor in _maps(frames, record)[1].items():
        number = _float32(frames, record, f'label "{name}"', tensor)
        if len(number) != 1:
            raise frames.error(record, f'has {len(number)} numbers as its label "{name}"; expected one.')
        row[name] = number[0]
    return row


def _maps(frames: Frames, record: int) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    try:
        return read_record(frames.data.data, int(frames.start[record]), int(frames.stop[record]))
    except WireError as problem:
        raise frames.error(
            record, f"{problem}. The bytes are damaged, or hold no aialgs.data.Record."
        ) from None


def _float32(frames: Frames, record: int, what: str, tensor: Tensor) -> np.ndarray:
    if tensor.kind != FLOAT32_TENSOR:
        name = TENSOR_NAMES.get(tensor.kind, "no tensor")
        raise frames.error(
            record,
            f"its {what} is a {name}, but factorization machines need a Float32Tensor: write the file again "
            "from X.astype(np.float32) and y.astype(np.float32).",
        )
    return tensor.float32()
