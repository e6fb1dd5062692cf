"""Whatever table comes in: checked CSR float32 goes out, or a plain error, and the table stays as it was."""

from __future__ import annotations

import copy
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from course_utils.fm.rows import as_csr, as_labels

pytestmark = pytest.mark.filterwarnings("error", "ignore:the matrix subclass:PendingDeprecationWarning")

DENSE = np.array([[0, 1.5, 0, -2], [0, 0, 0, 0], [3, 0, 0.25, 0]])


def wide(X) -> sparse.csr_array:
    X = sparse.csr_array(X)
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    return X


def unsorted(X) -> sparse.csr_array:
    X = sparse.csr_array(X)
    return sparse.csr_array((X.data[[1, 0, 2, 3]], X.indices[[1, 0, 2, 3]], X.indptr), shape=X.shape)


def in_halves(X) -> sparse.csr_array:
    """Each number as two halves under the same column."""
    X = sparse.csr_array(X)
    return sparse.csr_array((np.repeat(X.data / 2, 2), np.repeat(X.indices, 2), 2 * X.indptr), shape=X.shape)


def with_explicit_zeros(X) -> sparse.csr_array:
    n, d = X.shape
    return sparse.csr_array((X.ravel(), np.tile(np.arange(d), n), np.arange(n + 1) * d), shape=(n, d))


def strided(X) -> sparse.csr_array:
    X = sparse.csr_array(X.astype(np.float32))
    X.data, X.indices = np.repeat(X.data, 2)[::2], np.repeat(X.indices, 2)[::2]
    return X


def read_only(X) -> np.ndarray:
    X = X.astype(np.float32)
    X.setflags(write=False)
    return X


def read_only_csr(X) -> sparse.csr_array:
    X = unsorted(X.astype(np.float32))
    for part in (X.data, X.indices, X.indptr):
        part.setflags(write=False)
    return X


FORMS = {
    "float64": lambda X: X,
    "float16": lambda X: X.astype(np.float16),
    "longdouble": lambda X: X.astype(np.longdouble),
    "list": lambda X: X.tolist(),
    "Fortran order": np.asfortranarray,
    "every second row": lambda X: np.repeat(X, 2, axis=0)[::2],
    "CSR of every second number": strided,
    "backwards": lambda X: np.ascontiguousarray(X[::-1, ::-1])[::-1, ::-1],
    "read-only": read_only,
    "big-endian": lambda X: X.astype(">f4"),
    "np.matrix": np.matrix,
    "masked without gaps": np.ma.array,
    "DataFrame": pd.DataFrame,
    "sparse DataFrame": lambda X: pd.DataFrame.sparse.from_spmatrix(sparse.csr_matrix(X)),
    "csr_matrix": sparse.csr_matrix,
    "CSC": sparse.csc_array,
    "COO": sparse.coo_array,
    "DOK": sparse.dok_array,
    "LIL": sparse.lil_array,
    "int64 indices": wide,
    "unsorted": unsorted,
    "duplicates": in_halves,
    "explicit zeros": with_explicit_zeros,
    "read-only CSR": read_only_csr,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_table_is_the_same_rows(form) -> None:
    X = FORMS[form](DENSE.copy())
    before = copy.deepcopy(X)
    rows = as_csr(X)
    np.testing.assert_array_equal(rows.toarray(), DENSE)
    assert rows.format == "csr"
    assert rows.has_canonical_format
    for part, dtype in ((rows.data, np.float32), (rows.indices, np.int32), (rows.indptr, np.int32)):
        assert part.dtype == dtype
        assert part.flags.carray  # contiguous and writeable
    if not sparse.issparse(X):
        np.testing.assert_array_equal(np.asarray(X), np.asarray(before))
    elif X.format == "csr":
        for part in ("data", "indices", "indptr"):
            np.testing.assert_array_equal(getattr(X, part), getattr(before, part))
            assert getattr(X, part).dtype == getattr(before, part).dtype


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64])
def test_whole_numbers_and_truth_values_are_numbers(dtype) -> None:
    rows = as_csr((DENSE > 0).astype(dtype))
    np.testing.assert_array_equal(rows.toarray(), DENSE > 0)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (1, 1)])
def test_empty_tables_are_tables(shape) -> None:
    for X in (np.zeros(shape), sparse.csr_array(shape), sparse.coo_array(shape)):
        assert as_csr(X).shape == shape


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (None, r"shape \(\)"),
        (3.0, r"shape \(\)"),
        ([], r"shape \(0,\)"),
        (DENSE[0], r"shape \(4,\).*np\.newaxis"),
        (sparse.coo_array(DENSE[0]), r"shape \(4,\).*np\.newaxis"),
        (DENSE[None], r"shape \(1, 3, 4\)"),
        ([[1.0, 2.0], [3.0]], "X is no table of numbers"),
        ([["a", "b"]], "real numbers, got dtype <U1.*one-hot"),
        (DENSE.astype(object), r"real numbers, got dtype object.*\.astype\(float\)"),
        (pd.DataFrame({"user": ["Ann", "Bob"], "age": [30, 40]}), "real numbers, got dtype object.*one-hot"),
        (DENSE + 0j, "real numbers, got dtype complex128"),
        (np.array([["2024-01-01"]], "M8[D]"), "real numbers, got dtype datetime64"),
        (np.array([[5]], "m8[s]"), "real numbers, got dtype timedelta64"),
        (np.ma.array(DENSE, mask=DENSE > 0), "X is a masked array with gaps"),
        (
            np.where(DENSE > 0, np.nan, 0),
            r"X holds nan in row 0, column 1 \(3 such.*Drop or fill missing",
        ),
        (np.where(DENSE < 0, -np.inf, 0), r"X holds -inf in row 0, column 3.*division by 0"),
        (DENSE * 1e39, r"X holds inf in row 0, column 1 \(3 such.*up to 3\.4e38"),
        (sparse.csr_array(DENSE * 1e300), "X holds inf in row 0, column 1"),
        (in_halves(np.full((1, 1), 6e38)), "X holds inf in row 0, column 0"),  # the halves are finite
    ],
)
def test_what_is_no_table_of_finite_numbers_is_refused(X, message) -> None:
    with pytest.raises(ValueError, match=message):
        as_csr(X)


@pytest.mark.parametrize(("part", "value"), [("indices", 99), ("indices", -1), ("indptr", 3), ("indptr", 99)])
def test_damaged_csr_never_reaches_compiled_code(part, value) -> None:
    X = sparse.csr_array(DENSE.astype(np.float32))
    getattr(X, part)[1] = value
    with pytest.raises(ValueError, match="X is damaged"):
        as_csr(X)


LABELS = [1.0, 0.0, 1.0]


@pytest.mark.parametrize(
    "y",
    [
        LABELS,
        tuple(LABELS),
        np.array(LABELS, bool),
        np.array(LABELS, np.int64),
        np.array(LABELS, object),
        [Decimal(1), 0, True],
        np.repeat(LABELS, 2)[::2],
        read_only(np.array(LABELS)),
        np.repeat(LABELS, 2).astype(np.float32)[::2],
        pd.Series(LABELS, index=[7, 7, 7], dtype=np.float32),
        pd.Series(LABELS).astype("Int64"),
        pd.Series(LABELS).astype("category"),
    ],
    ids=str,
)
def test_every_form_of_labels_is_the_same_labels(y) -> None:
    for task in ("regressor", "binary_classifier"):
        labels = as_labels(y, 3, task)
        assert labels.dtype == np.float32
        assert labels.flags.carray  # contiguous and writeable
        assert labels.tolist() == LABELS


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "y must hold one|got shape"),
        (1.0, r"got shape \(\)"),
        ([1.0], r"shape \(3,\); got shape \(1,\)"),
        (np.ones((3, 1)), r"shape \(3,\); got shape \(3, 1\)"),
        (np.array([LABELS]), r"got shape \(1, 3\)"),
        (sparse.csr_array(np.ones((3, 1))), "one real number per row"),
        ([[1], [1, 2], [3]], "y is no table of numbers"),
        (["4", "5", "3"], "real numbers, got dtype <U1"),
        (np.array(["4", "good", 3], object), "one real number per row of X: could not convert"),
        (np.array(LABELS) + 1j, "real numbers, got dtype complex128"),
        (np.array(["2024-01-01"] * 3, "M8[D]"), "real numbers, got dtype datetime64"),
        ([10**400, 1, 1], "one real number per row"),
        (np.ma.array(LABELS, mask=[0, 0, 1]), "y is a masked array with gaps"),
        (pd.array([1, None, 0], dtype="Int64"), "y is a masked array with gaps"),
        ([1, None, 0], "y holds nan in row 1.*rows without a label"),
        ([1, 0, np.nan], "y holds nan in row 2.*rows without a label"),
        ([1e39, 0, 1], "y holds inf in row 0.*up to 3.4e38"),
    ],
    ids=str,
)
def test_what_is_no_label_is_refused(y, message) -> None:
    for task in ("regressor", "binary_classifier"):
        with pytest.raises(ValueError, match=message):
            as_labels(y, 3, task)


@pytest.mark.parametrize("stranger", [2, -1, 0.5])
def test_a_class_is_0_or_1(stranger) -> None:
    assert as_labels([0, 1, stranger], 3, "regressor")[2] == stranger
    with pytest.raises(ValueError, match=f"labels 0 and 1; y holds {stranger} in row 2.*rating >= 4"):
        as_labels([0, 1, stranger], 3, "binary_classifier")
