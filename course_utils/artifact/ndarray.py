"""MXNet's file format for a list of named arrays (``.params``), little endian.

Source: apache/mxnet ``src/ndarray/ndarray.cc`` (``NDArray::Save``), version 2 of the array header, which
every known SageMaker artefact uses. Arrays are dense or *row-sparse*: of the latter only some rows are
stored, with their numbers.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

LIST_MAGIC = 0x112
ARRAY_MAGIC = 0xF993FAC9
DENSE, ROW_SPARSE = 0, 1
CPU = struct.pack("<ii", 1, 0)  # the device an array was saved from: CPU number 0
DTYPES = dict(enumerate(np.dtype(name) for name in ("<f4", "<f8", "<f2", "u1", "<i4", "i1", "<i8")))
TYPE_FLAGS = {dtype: flag for flag, dtype in DTYPES.items()}
MAX_DIMENSIONS = 8
MAX_BYTES = 1 << 30  # of one artefact, unpacked; a guard against files made to exhaust memory


class ArtifactError(ValueError):
    """A model artefact that cannot be read, or a model that cannot be saved as one."""


@dataclass(frozen=True, eq=False)
class RowSparse:
    """An array of which only the rows ``indices`` are stored; all others are zero.

    Parameters
    ----------
    values : ndarray, shape (m, …)
    indices : ndarray, shape (m,), int64, rising
    shape : tuple of int
        Of the whole array.
    """

    values: np.ndarray
    indices: np.ndarray
    shape: tuple[int, ...]

    def to_dense(self) -> np.ndarray:
        """The whole array, rows that are not stored filled with zeros."""
        if math.prod(self.shape) * self.values.itemsize > MAX_BYTES:
            raise ArtifactError(
                f"An array of shape {self.shape} would take more than {MAX_BYTES} bytes of memory."
            )
        dense = np.zeros(self.shape, self.values.dtype)
        dense[self.indices] = self.values
        return dense


class _Reader:
    """A position in the bytes, never moved past their end."""

    def __init__(self, data: bytes):
        self.data = data
        self.at = 0

    def take(self, count: int) -> int:
        """Step over ``count`` bytes; gives where they begin."""
        left = len(self.data) - self.at
        if not 0 <= count <= left:
            raise ArtifactError(
                f"The parameter file is cut short or corrupt: {count} bytes are announced at byte {self.at}, "
                f"{left} are left."
            )
        self.at += count
        return self.at - count

    def numbers(self, form: str) -> tuple[int, ...]:
        return struct.unpack_from(form, self.data, self.take(struct.calcsize(form)))

    def shape(self) -> tuple[int, ...]:
        (ndim,) = self.numbers("<i")
        if not 1 <= ndim <= MAX_DIMENSIONS:
            raise ArtifactError(
                f"An array with {ndim} dimensions (at byte {self.at - 4}); expected 1 to {MAX_DIMENSIONS}."
            )
        shape = self.numbers(f"<{ndim}q")
        if min(shape) < 0:
            raise ArtifactError(f"An array with the negative shape {shape} (at byte {self.at}).")
        return shape

    def dtype(self) -> np.dtype:
        (flag,) = self.numbers("<i")
        if flag not in DTYPES:
            raise ArtifactError(f"Arrays of MXNet's type {flag} are not supported (at byte {self.at - 4}).")
        return DTYPES[flag]

    def array(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """A view of the bytes; the size is checked against what is there, so a wild shape allocates
        nothing."""
        count = math.prod(shape)
        return np.frombuffer(self.data, dtype, count, self.take(count * dtype.itemsize)).reshape(shape)


def read_params(data: bytes) -> dict[str, np.ndarray | RowSparse]:
    """Read MXNet's saved list of arrays.

    Parameters
    ----------
    data : bytes
        The whole file, at least as far as it goes.

    Returns
    -------
    dict of str to ndarray or RowSparse
        In stored order. The arrays are read-only views of ``data``.

    Raises
    ------
    ArtifactError
        Where the file is cut short, corrupt, or of a kind that SageMaker's algorithm does not write.
    """
    reader = _Reader(data)
    magic, _, count = reader.numbers("<QQQ")
    if magic != LIST_MAGIC:
        raise ArtifactError(
            f"This is no MXNet parameter file: it begins with {magic:#x}, expected {LIST_MAGIC:#x}."
        )
    arrays = []
    for _ in range(count):
        arrays.append(_read_array(reader))
    (name_count,) = reader.numbers("<Q")
    if name_count != count:
        raise ArtifactError(f"The parameter file holds {count} arrays, but {name_count} names.")
    named = {}
    for array in arrays:
        (length,) = reader.numbers("<Q")
        start = reader.take(length)
        named[data[start : reader.at].decode("utf-8", "replace")] = array
    if len(named) != count or reader.at != len(data):
        raise ArtifactError("The parameter file names an array twice, or goes on behind its end.")
    return named


def _read_array(reader: _Reader) -> np.ndarray | RowSparse:
    magic, storage = reader.numbers("<Ii")
    if magic != ARRAY_MAGIC or storage not in (DENSE, ROW_SPARSE):
        raise ArtifactError(
            f"An array with header {magic:#x} and storage type {storage} (at byte {reader.at - 8}); expected "
            f"{ARRAY_MAGIC:#x} and {DENSE} (dense) or {ROW_SPARSE} (row-sparse)."
        )
    stored_shape = reader.shape() if storage == ROW_SPARSE else None
    shape = reader.shape()
    reader.take(len(CPU))
    dtype = reader.dtype()
    if stored_shape is None:
        return reader.array(shape, dtype)
    index_dtype, index_shape = reader.dtype(), reader.shape()
    values = reader.array(stored_shape, dtype)
    indices = reader.array(index_shape, index_dtype)
    if index_dtype != np.int64 or index_shape != stored_shape[:1] or stored_shape[1:] != shape[1:]:
        raise ArtifactError(
            f"A row-sparse array of shape {shape} stores rows of shape {stored_shape} with "
            f"{index_dtype} row numbers of shape {index_shape}: these do not fit together."
        )
    if len(indices) and (indices[0] < 0 or indices[-1] >= shape[0] or (np.diff(indices) <= 0).any()):
        raise ArtifactError(
            f"The row numbers of a row-sparse array do not rise from 0 to at most {shape[0] - 1}."
        )
    return RowSparse(values, indices, shape)


def write_params(arrays: Mapping[str, np.ndarray | RowSparse]) -> bytes:
    """The bytes of MXNet's saved list of arrays; the reverse of :func:`read_params`."""
    parts = [struct.pack("<QQQ", LIST_MAGIC, 0, len(arrays))]
    for array in arrays.values():
        sparse = isinstance(array, RowSparse)
        values = array.values if sparse else array
        if values.dtype not in TYPE_FLAGS:
            raise ArtifactError(f"MXNet has no arrays of {values.dtype}; convert with .astype(np.float32).")
        parts.append(struct.pack("<Ii", ARRAY_MAGIC, ROW_SPARSE if sparse else DENSE))
        if sparse:
            parts.append(_shape(values.shape))
        parts += [_shape(array.shape), CPU, struct.pack("<i", TYPE_FLAGS[values.dtype])]
        if sparse:
            parts += [struct.pack("<i", TYPE_FLAGS[array.indices.dtype]), _shape(array.indices.shape)]
        parts.append(values.tobytes())
        if sparse:
            parts.append(array.indices.tobytes())
    parts.append(struct.pack("<Q", len(arrays)))
    for name in arrays:
        parts += [struct.pack("<Q", len(name.encode())), name.encode()]
    return b"".join(parts)


def _shape(shape: tuple[int, ...]) -> bytes:
    return struct.pack(f"<i{len(shape)}q", len(shape), *shape)
