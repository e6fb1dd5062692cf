"""One door for feature rows: whatever array comes in, checked CSR float32 goes out."""

from __future__ import annotations

import numpy as np
from scipy import sparse

REAL = "buif"  # NumPy's letters for truth values, whole numbers and floats


def as_csr(X, feature_dim: int | None = None) -> sparse.csr_array:
    """Check feature rows and return them as canonical CSR (sorted columns, no duplicates), float32.

    Arrays are contiguous and writeable, and indices int32 wherever they fit: compiled code is compiled anew
    for each other kind.

    Parameters
    ----------
    X : (n, d) scipy sparse array or matrix, or dense array
        One row per example. Never changed; copied only where the form has to change.
    feature_dim : int, optional
        The number of columns that the model expects.

    Raises
    ------
    ValueError
        If X is not a table of finite numbers, or has another number of columns than ``feature_dim``.
    """
    if not sparse.issparse(X):
        X = _as_array(X, "X")
    if X.ndim != 2:
        raise ValueError(
            f"X must be a table with one row per example, shape (n, d); got shape {X.shape}. "
            "For a single example pass X[np.newaxis, :]."
        )
    if X.dtype.kind not in REAL:
        raise ValueError(
            f"X must hold real numbers, got dtype {X.dtype}. Ids and words become numbers by one-hot "
            "encoding: see course_utils.encode.FeatureMap. Numbers kept as objects do by .astype(float)."
        )
    if feature_dim is not None and X.shape[1] != feature_dim:
        raise ValueError(
            f"X has {X.shape[1]} columns, but the model has feature_dim {feature_dim}. "
            "Transform the rows with the same FeatureMap that made the training rows."
        )
    try:
        with np.errstate(over="ignore"):  # what overflows is named below
            rows = sparse.csr_array(X, dtype=np.float32)
        rows.check_format(full_check=True)  # compiled code would read and write outside of its arrays
    except ValueError as problem:
        raise ValueError(f"X is damaged: {problem}. Build it anew instead of changing its indices.") from None
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    index = np.int32 if max(rows.nnz, *rows.shape) < 1 << 31 else np.int64
    for part, dtype in (("data", np.float32), ("indices", index), ("indptr", index)):
        setattr(rows, part, np.require(getattr(rows, part), dtype, "CW"))
    bad = np.flatnonzero(~np.isfinite(rows.data))
    if bad.size:
        row = int(np.searchsorted(rows.indptr, bad[0], side="right")) - 1
        raise ValueError(
            f"X holds {rows.data[bad[0]]} in row {row}, column {rows.indices[bad[0]]} "
            f"({bad.size} such value(s) in all). {_cure(rows.data[bad[0]], 'missing values')}"
        )
    return rows


def as_labels(y, count: int, task: str) -> np.ndarray:
    """Check labels and return them as (count,) float32, contiguous and writeable.

    Parameters
    ----------
    y : array_like
        One number per row: ratings for a "regressor", 0 or 1 for a "binary_classifier".
    count : int
        The number of rows of X.

    Raises
    ------
    ValueError
        If there is another number of labels, one is missing or infinite, or a class is neither 0 nor 1.
    """
    given = _as_array(y, "y")
    if given.dtype.kind not in REAL + "O":
        raise ValueError(
            f"y must hold real numbers, got dtype {given.dtype}. Convert it, or pick another column."
        )
    try:
        with np.errstate(over="ignore"):  # what overflows is named below
            labels = np.require(y, np.float32, "CW")
    except (TypeError, ValueError, OverflowError) as problem:
        raise ValueError(f"y must hold one real number per row of X: {problem}") from None
    if labels.shape != (count,):
        raise ValueError(f"y must hold one label per row of X, shape ({count},); got shape {labels.shape}.")
    if not np.isfinite(labels).all():
        row = int(np.flatnonzero(~np.isfinite(labels))[0])
        raise ValueError(f"y holds {labels[row]} in row {row}. {_cure(labels[row], 'rows without a label')}")
    if task == "binary_classifier" and not np.isin(labels, (0, 1)).all():
        row = int(np.flatnonzero(~np.isin(labels, (0, 1)))[0])
        raise ValueError(
            f"A binary_classifier needs the labels 0 and 1; y holds {labels[row]:g} in row {row}. "
            "Turn ratings into classes first, for example y = (rating >= 4)."
        )
    return labels


def as_examples(X, y, task: str, feature_dim: int | None = None) -> tuple[sparse.csr_array, np.ndarray]:
    """Check rows to learn from (or to be judged by) together with their labels; there must be at least one.

    Parameters, results and errors are those of :func:`as_csr` and :func:`as_labels`.
    """
    rows = as_csr(X, feature_dim)
    if not rows.shape[0]:
        raise ValueError("X has no rows, so there is nothing to learn from and nothing to evaluate.")
    return rows, as_labels(y, rows.shape[0], task)


def _cure(value: np.float32, absent: str) -> str:
    if np.isnan(value):
        return f"Drop or fill {absent} first."
    return "float32 holds numbers up to 3.4e38: divide by a constant, or look for a division by 0."


def _as_array(values, name: str) -> np.ndarray:
    if np.ma.is_masked(values):
        raise ValueError(f"{name} is a masked array with gaps. Drop or fill them first.")
    try:
        return np.asarray(values)
    except ValueError as problem:
        raise ValueError(f"{name} is no table of numbers: {problem}") from None
