"""Read RecordIO-protobuf back into a sparse matrix and labels.

Records are read plainly, one at a time. In longer files a compiled kernel does most of the work: it reads on
as long as records are laid out as all known writers do it, and leaves any other to the plain reader, which
also finds the words for what is wrong with it.
"""

from __future__ import annotations

from types import ModuleType
from typing import BinaryIO, NamedTuple

import numpy as np
from scipy import sparse

from course_utils.recordio.compiled import kernels_for
from course_utils.recordio.framing import Record, find_frames, frame, read_record_at
from course_utils.recordio.protobuf import (
    FLOAT32_TENSOR,
    NUMBERS,
    TENSOR_NAMES,
    Tensor,
    WireError,
    entry_head,
    read_record,
)


def read(stream: BinaryIO, *, convert: bool = False) -> tuple[sparse.csr_array, np.ndarray | None]:
    """Read all records of a file.

    Parameters
    ----------
    stream : binary file
        Anything with ``read() -> bytes``.
    convert : bool
        Take Float64Tensors and Int32Tensors too, rounded to float32, as k-NN does but not factorization
        machines. They are read one record at a time.

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
    data = stream.read()
    if not data:
        return sparse.csr_array((0, 0), dtype=np.float32), None
    return read_with(kernels_for(len(data)), data, convert)


def read_with(
    kernels: ModuleType | None, data: bytes, convert: bool = False
) -> tuple[sparse.csr_array, np.ndarray | None]:
    """As :func:`read`, with the compiled kernels or without."""
    record, at = read_record_at(data, 0, 0)
    rows = _Rows(read_row(record, convert), at, len(data))
    views = kernels and kernels.views(np.frombuffer(memoryview(data).toreadonly(), np.uint8))
    while at < len(data):
        if kernels:
            at = rows.decode(kernels, views, at)
        if at < len(data):
            record, at = read_record_at(data, at, rows.count)
            rows.append(record, read_row(record, convert), at)
    return rows.matrix()


class Row(NamedTuple):
    """The content of one record: its width, the columns and numbers that are stored, and its label."""

    width: int
    keys: np.ndarray
    values: np.ndarray
    label: np.float32 | None


class _Rows:
    """The rows read so far, in arrays that are made longer as needed.

    Parameters
    ----------
    first : Row
        Says what all share: the width, and whether there are labels.
    at, size : int
        The byte where the second record begins, and how many bytes there are.
    """

    def __init__(self, first: Row, at: int, size: int):
        self.width, self.labelled, self.size = first.width, first.label is not None, size
        self.count = 0
        rows, nonzeros = self._expected(1, at), self._expected(len(first.values), at)
        index = np.int32 if max(first.width, nonzeros) < 2**31 else np.int64
        self.indptr, self.labels = np.empty(1 + rows, index), np.empty(rows, np.float32)
        self.indices, self.values = np.empty(nonzeros, index), np.empty(nonzeros, np.float32)
        self.indptr[0] = 0
        self._append(first, at)

    def _expected(self, number: int, at: int) -> int:
        """A little more than there will be in the end, if there are ``number`` before byte ``at``."""
        return int(1.02 * number * max(self.size / at, 1)) + 1

    @property
    def nonzeros(self) -> int:
        return int(self.indptr[self.count])

    def append(self, record: Record, row: Row, at: int) -> None:
        """Add a row that was read plainly up to byte ``at``, if it has what all share."""
        for own, first, what in (
            (row.width, self.width, "{} columns"),
            (row.label is not None, self.labelled, "a label: {}"),
        ):
            if own != first:
                raise record.error(
                    f"has {what.format(own)}, but record 0 has {what.format(first)}; all must agree."
                )
        self._append(row, at)

    def _append(self, row: Row, at: int) -> None:
        self._make_room(len(row.values), at)
        entries = slice(self.nonzeros, self.nonzeros + len(row.values))
        self.indices[entries], self.values[entries] = row.keys, row.values
        if self.labelled:
            self.labels[self.count] = row.label
        self.count += 1
        self.indptr[self.count] = entries.stop

    def _make_room(self, nonzeros: int, at: int) -> None:
        """Allow for one more row with so many non-zeros, and for what the rest of the file may hold."""
        if self.count == len(self.labels):
            rows = self._expected(self.count + 1, at)
            self.labels.resize(rows, refcheck=False)
            self.indptr.resize(1 + rows, refcheck=False)
        if self.nonzeros + nonzeros > len(self.values):
            nonzeros = self._expected(self.nonzeros + nonzeros, at)
            if nonzeros >= 2**31:
                self.indices, self.indptr = self.indices.astype(np.int64), self.indptr.astype(np.int64)
            self.indices.resize(nonzeros, refcheck=False)
            self.values.resize(nonzeros, refcheck=False)

    def decode(self, kernels: ModuleType, views: tuple, at: int) -> int:
        """Let the kernel read from byte ``at`` on; gives the position where it stopped."""
        wanted = 0
        while wanted >= 0:
            at, self.count, wanted = kernels.decode(
                *views,
                at,
                self.width,
                self.labelled,
                self.indptr,
                self.indices,
                self.values.view(np.int32),
                self.labels.view(np.int32),
                self.count,
            )
            if wanted >= 0:
                self._make_room(wanted, at)
        return at

    def matrix(self) -> tuple[sparse.csr_array, np.ndarray | None]:
        """X and y."""
        nonzeros = self.nonzeros
        for array, size in (
            (self.indptr, self.count + 1),
            (self.indices, nonzeros),
            (self.values, nonzeros),
            (self.labels, self.count),
        ):
            array.resize(size, refcheck=False)
        X = sparse.csr_array((self.values, self.indices, self.indptr), shape=(self.count, self.width))
        return X, self.labels if self.labelled else None


# ---- named labels ------------------------------------------------------------------------------------------


def read_labels(data: bytes) -> dict[str, np.ndarray]:
    """Read the named labels of records, as a reply of SageMaker holds them: ``{"score": (n,) float32, …}``.

    Raises
    ------
    RecordIOError
        Where a record is corrupt, or does not have the labels that the first one has.
    """
    if not data:
        return {}
    names = list(_labels(read_record_at(data, 0, 0)[0]))
    alike = _labels_alike(data, names)
    if alike is not None:
        return alike
    frames = find_frames(data)
    rows = []
    for number in range(len(frames)):
        rows.append(_labels(frames[number]))
        if rows[-1].keys() != rows[0].keys():
            raise frames[number].error(f"has labels {sorted(rows[-1])}, but record 0 has {sorted(names)}.")
    return {name: np.array([row[name] for row in rows], np.float32) for name in names}


def _labels_alike(data: bytes, names: list[str]) -> dict[str, np.ndarray] | None:
    """The labels of all records at once, where all are laid out as :func:`write_labels` does."""
    heads = [entry_head(b"\x12", name, 4) for name in names]
    sample = np.frombuffer(frame(b"".join(head + bytes(4) for head in heads)), np.uint8)
    if len(data) % len(sample):
        return None
    table = np.frombuffer(data, np.uint8).reshape(-1, len(sample))
    ends = 8 + np.cumsum([len(head) + 4 for head in heads])
    own = [slice(end - 4, end) for end in ends]
    constant = np.ones(len(sample), bool)
    for columns in own:
        constant[columns] = False
    if (table[:, constant] != sample[constant]).any():
        return None
    return {
        name: np.ascontiguousarray(table[:, columns]).view("<f4")[:, 0]
        for name, columns in zip(names, own, strict=True)
    }


# ---- any record --------------------------------------------------------------------------------------------


def read_row(record: Record, convert: bool = False) -> Row:
    """Decode a record of any layout, field by field."""
    features, label = _maps(record)
    if "values" not in features:
        raise record.error(f'has no features called "values" (it has: {sorted(features) or "none"}).')
    tensor = features["values"]
    values = _float32(record, "features", tensor, convert)
    keys = np.array(tensor.keys, np.uint64)
    if len(tensor.shape) > 1:
        raise record.error(f"has shape {tensor.shape}; expected one number, the number of columns.")
    if len(keys) == 0 and len(values):  # dense
        width = len(values)
        if tensor.shape not in ([], [width]):
            raise record.error(f"holds {width} values without keys, but says its shape is {tensor.shape}.")
        keys = np.flatnonzero(values)  # what a sparse matrix need not store is left out
        values = values[keys]
    else:
        if len(keys) != len(values):
            raise record.error(f"has {len(keys)} keys and {len(values)} values; expected one key per value.")
        if tensor.shape in ([], [0]) or tensor.shape[0] >= 2**63:
            raise record.error(
                f"is sparse and says its shape is {tensor.shape}; expected the number of columns."
            )
        width = tensor.shape[0]
        if len(keys) and keys.max() >= width:
            raise record.error(f"has key {keys.max()}, but its shape allows 0 to {width - 1}.")
    if "values" not in label:
        return Row(width, keys, values, None)
    number = _float32(record, "label", label["values"], convert)
    if len(number) != 1:
        raise record.error(f"has {len(number)} numbers as its label; expected one.")
    return Row(width, keys, values, number[0])


def _labels(record: Record) -> dict[str, np.float32]:
    row = {}
    for name, tensor in _maps(record)[1].items():
        number = _float32(record, f'label "{name}"', tensor)
        if len(number) != 1:
            raise record.error(f'has {len(number)} numbers as its label "{name}"; expected one.')
        row[name] = number[0]
    return row


def _maps(record: Record) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    try:
        return read_record(memoryview(record.data), record.start, record.stop)
    except WireError as problem:
        raise record.error(f"{problem}. The bytes are damaged, or hold no aialgs.data.Record.") from None


def _float32(record: Record, what: str, tensor: Tensor, convert: bool = False) -> np.ndarray:
    if tensor.kind not in (NUMBERS if convert else (FLOAT32_TENSOR,)):
        name = TENSOR_NAMES.get(tensor.kind, "no tensor")
        needed = "numbers are needed" if convert else "factorization machines need a Float32Tensor"
        raise record.error(
            f"its {what} is a {name}, but {needed}: write the file again from X.astype(np.float32) and "
            "y.astype(np.float32)."
        )
    return tensor.float32()
