"""Rows and labels out of RecordIO-protobuf and CSV, for training and for predictions alike."""

from __future__ import annotations

import io
from email.message import Message

import numpy as np
from scipy import sparse

from course_utils import recordio

CSV = "text/csv"


class RowsError(ValueError):
    """Bytes that cannot be read as rows; says where and why."""


def parameter(content_type: str, name: str) -> str | None:
    """``label_size`` or another parameter of a content type such as ``text/csv; label_size=1``."""
    header = Message()
    header["Content-Type"] = content_type
    return header.get_param(name)


def from_recordio(data: bytes) -> tuple[sparse.csr_array, np.ndarray | None]:
    """``X`` (n, d) float32 and labels, if there are any; whatever the tensors' type.

    Raises
    ------
    RowsError
    """
    try:
        return recordio.read(io.BytesIO(data), convert=True)
    except recordio.RecordIOError as error:
        raise RowsError(str(error)) from None


def from_csv(data: bytes, label_size: int) -> tuple[sparse.csr_array, np.ndarray | None]:
    """``X`` (n, d) float32 and, with ``label_size`` 1, the labels in the first column.

    Raises
    ------
    RowsError
    """
    if not data.strip():
        return sparse.csr_array((0, 0), dtype=np.float32), None
    try:
        with np.errstate(over="ignore"):  # infinity is for the caller to refuse
            table = np.loadtxt(
                io.BytesIO(data), np.float32, delimiter=",", comments=None, ndmin=2, encoding="utf-8"
            )
    except ValueError as error:
        raise RowsError(
            f"{str(error).splitlines()[0].rstrip('.')}. CSV has numbers alone, and no header"
        ) from None
    if table.shape[1] <= label_size:
        raise RowsError(f"its rows have {table.shape[1]} columns, and nothing is left beside the label")
    return sparse.csr_array(table[:, label_size:]), table[:, 0] if label_size else None
