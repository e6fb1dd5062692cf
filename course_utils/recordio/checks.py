"""What may be written as RecordIO-protobuf, and what to do about everything else."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from course_utils.recordio.compiled import kernels_for
from course_utils.recordio.framing import RecordIOError


def checked(X, y) -> tuple[sparse.csr_array | np.ndarray, np.ndarray | None]:
    """X as CSR or ndarray and y as ndarray, or an error that says what to do."""
    if not (sparse.issparse(X) or isinstance(X, np.ndarray)):
        raise RecordIOError(
            f"X is a {type(X).__name__}; expected a SciPy sparse matrix or a NumPy array. Encode a table of "
            "ratings with FeatureMap.transform; other tables become arrays with .to_numpy(np.float32)."
        )
    if X.ndim != 2:
        raise RecordIOError(
            f"X has shape {X.shape}; expected two dimensions, rows and columns. "
            "One row alone is X.reshape(1, -1)."
        )
    if X.dtype != np.float32:
        raise RecordIOError(
            f"X holds {X.dtype}, but factorization machines read Float32 tensors only: "
            "convert with X.astype(np.float32)."
        )
    if X.shape[1] == 0:
        raise RecordIOError("X has no columns; expected at least one feature.")
    if sparse.issparse(X):
        X = _csr(X)
        if not _is_sound(X):
            _check_pointers(X)
            _check_columns(X)
            _check_finite(X.data, lambda at: f"row {_row_of(X, at)}, column {X.indices[at]} of X")
    else:
        _check_finite(X.reshape(-1), lambda at: f"row {at // X.shape[1]}, column {at % X.shape[1]} of X")
    if y is None:
        return X, None
    y = np.asarray(y)
    if y.shape != (X.shape[0],):
        raise RecordIOError(
            f"y has shape {y.shape} and X {X.shape}: expected one label per row, shape ({X.shape[0]},). "
            "Were X and y filtered or shuffled separately? A single column becomes a vector with y.ravel()."
        )
    if y.dtype != np.float32:
        raise RecordIOError(
            f"y holds {y.dtype}, but labels are Float32 tensors too: convert with y.astype(np.float32)."
        )
    _check_finite(y, lambda at: f"row {at} of y")
    return X, y


def _check_finite(values: np.ndarray, place) -> None:
    for start in range(0, len(values), 1 << 16):
        finite = np.isfinite(values[start : start + (1 << 16)])
        if not finite.all():
            at = start + int(np.argmin(finite))
            raise RecordIOError(
                f"{place(at)} is {values[at]}; expected a finite number. Find where it arose "
                "(a missing rating? a division by zero?) and fill or drop it before encoding."
            )


def about_bytes(X: sparse.csr_array) -> int:
    """About as many bytes as the records of ``X`` take."""
    return 50 * X.shape[0] + 6 * X.nnz


def _csr(X) -> sparse.csr_array:
    try:
        return sparse.csr_array(X)
    except ValueError as problem:
        raise _invalid(problem) from None


def _invalid(problem) -> RecordIOError:
    return RecordIOError(f"X is not a valid sparse matrix: {problem}. Make it anew from its source.")


def _is_sound(X: sparse.csr_array) -> bool:
    """A quick look at many rows; where it finds anything unusual, the checks below say what."""
    kernels = kernels_for(about_bytes(X))
    return kernels is not None and kernels.is_sound(
        *kernels.read_only(X.indptr, X.indices, X.data), X.shape[1]
    )


def _check_pointers(X: sparse.csr_array) -> None:
    if (np.diff(X.indptr) < 0).any():
        raise _invalid("index pointer must not fall")


def _check_columns(X: sparse.csr_array) -> None:
    """Each row may name a column from 0 to d-1, each at most once."""
    d = X.shape[1]
    if X.nnz and (X.indices.min() < 0 or X.indices.max() >= d):
        at = int(np.argmax((X.indices < 0) | (X.indices >= d)))
        raise RecordIOError(
            f"Row {_row_of(X, at)} of X names column {X.indices[at]}; expected 0 to {d - 1}, as X has "
            f"{d} columns. Ids are no column numbers: encode them with a FeatureMap."
        )
    if X.has_canonical_format:
        return
    ordered = X.copy()
    ordered.sort_indices()
    repeated = np.flatnonzero(np.diff(ordered.indices) == 0) + 1
    repeated = repeated[~np.isin(repeated, ordered.indptr)]
    if len(repeated):
        at = int(repeated[0])
        raise RecordIOError(
            f"Row {_row_of(ordered, at)} of X names column {ordered.indices[at]} twice: add such entries "
            "up with X.sum_duplicates(), or find out why the column is hot twice."
        )


def _row_of(X: sparse.csr_array, at: int) -> int:
    """The row of the entry at position ``at`` of ``X.data``."""
    return int(np.searchsorted(X.indptr, at, side="right")) - 1
