"""Every solver on rows that are hardly rows: a clear model or a clear error, and never a silent NaN.

Warnings are errors in this file: a learner should not have to wonder what "overflow encountered" means.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from course_utils.encode.sides import Side
from course_utils.fm import FitResult, FMParameters, adam, als, gibbs, lesson, sgd
from course_utils.fm.model import Task

pytestmark = pytest.mark.filterwarnings("error")


@dataclass(frozen=True)
class Solver:
    """``fit(X, y, k, seed)`` trains shortly; with ``fast=True`` at absurd learning rates, if it has any."""

    fit: Callable[..., FitResult]
    task: Task = "regressor"
    has_rates: bool = False
    has_validation: bool = True
    has_sides: bool = False


def by_als(X, y, k=2, seed=0, **more) -> FitResult:
    return als.fit(X, y, als.ALSConfig(k, 4), seed=seed, **more)


def by_gibbs(predictor_type: str) -> Callable[..., FitResult]:
    def fit(X, y, k=2, seed=0, **more) -> FitResult:
        config = gibbs.GibbsConfig(k, 6, burn_in=2, predictor_type=predictor_type)
        return gibbs.fit(X, y, config, seed=seed, **more)

    return fit


def by_adam(task: Task) -> Callable[..., FitResult]:
    def fit(X, y, k=2, seed=0, fast=False) -> FitResult:
        rates = dict.fromkeys(("bias_lr", "linear_lr", "factors_lr"), 1e30) if fast else {}
        return adam.fit(X, y, adam.AdamConfig(k, task, epochs=3, mini_batch_size=5, **rates), seed=seed)

    return fit


def by_sgd(task: Task) -> Callable[..., FitResult]:
    def fit(X, y, k=2, seed=0, fast=False, **more) -> FitResult:
        rates = dict.fromkeys(("learning_rate", "bias_learning_rate"), 1e10) if fast else {}
        config = sgd.SGDConfig(k, epochs=3, predictor_type=task, **rates)
        return sgd.fit(X, y, config, seed=seed, **more)

    return fit


def by_lesson(task: Task) -> Callable[..., FitResult]:
    def fit(X, y, k=2, seed=0, fast=False, **more) -> FitResult:
        rates = {"lr": 1e20, "bias_lr": 1e20} if fast else {}
        return lesson.sgd(X, y, k=k, epochs=3, seed=seed, task=task, **rates, **more)

    return fit


def by_toy(X, y, k=2, seed=0, fast=False) -> FitResult:
    rates = {"lr": 1e20} if fast else {}
    return FitResult(lesson.fit_toy(X, y, k=k, seed=seed, steps=50, **rates))


SOLVERS = {
    "als": Solver(by_als, has_sides=True),
    "gibbs": Solver(by_gibbs("regressor"), has_sides=True),
    "gibbs ordinal": Solver(by_gibbs("ordinal"), has_sides=True),
    "gibbs classifier": Solver(by_gibbs("binary_classifier"), "binary_classifier", has_sides=True),
    "adam": Solver(by_adam("regressor"), has_rates=True, has_validation=False),
    "adam classifier": Solver(by_adam("binary_classifier"), "binary_classifier", True, False),
    "sgd": Solver(by_sgd("regressor"), has_rates=True),
    "sgd classifier": Solver(by_sgd("binary_classifier"), "binary_classifier", True),
    "lesson": Solver(by_lesson("regressor"), has_rates=True),
    "lesson classifier": Solver(by_lesson("binary_classifier"), "binary_classifier", True),
    "lesson toy": Solver(by_toy, has_rates=True, has_validation=False),
}


def each_solver(where: Callable[[Solver], bool] = lambda solver: True):
    chosen = {name: solver for name, solver in SOLVERS.items() if where(solver)}
    return pytest.mark.parametrize("solver", chosen.values(), ids=chosen)


N, D = 12, 5
_rng = np.random.default_rng(0)
REAL = (_rng.normal(size=(N, D)) * (_rng.random((N, D)) < 0.5)).round(1).astype(np.float32)
PAIRS = np.zeros((N, D), np.float32)  # two users and three films
PAIRS[np.arange(N), np.arange(N) % 2] = PAIRS[np.arange(N), 2 + np.arange(N) // 4] = 1
LABELS = np.array([0, 1, 1, 0, 1, 1, 0, 0, 1, 0, 1, 1], np.float32)


def assert_sound(result: FitResult, X) -> None:
    """FMParameters and metrics hold finite numbers only, and rows are scored with them."""
    assert result.params.feature_dim == X.shape[1]
    assert np.isfinite(result.params.score(X)).all()
    assert all(np.isfinite(value) for epoch in result.history for value in epoch.metrics.values())


def assert_same(one: FMParameters, other: FMParameters) -> None:
    assert one.w0 == other.w0
    np.testing.assert_array_equal(one.w, other.w)
    np.testing.assert_array_equal(one.V, other.V)


DIVERGED = re.compile("diverged.*(smaller.*learning.rate|standard deviation)", re.DOTALL | re.IGNORECASE)


def assert_a_model_or_named_divergence(fit: Callable[[], FitResult], X) -> None:
    try:
        params = fit().params
    except ValueError as error:
        if not DIVERGED.search(str(error)):
            raise
    else:
        assert not np.isnan(params.score(X)).any()


# ---- little to learn from ----

ZEROS = sparse.csr_array((np.zeros(N), np.arange(N) % D, np.arange(N + 1)), shape=(N, D))
LITTLE = {
    "no columns": (np.zeros((N, 0)), LABELS),
    "empty rows only": (np.zeros((N, D)), LABELS),
    "explicit zeros only": (ZEROS, LABELS),
    "an empty row": (np.vstack([REAL[1:], np.zeros((1, D))]), LABELS),
    "one column": (REAL[:, :1], LABELS),
    "one row": (REAL[:1], LABELS[:1]),
    "one empty row": (np.zeros((1, D)), LABELS[:1]),
    "one number": (np.ones((1, 1)), [1.0]),
    "one pair": (PAIRS[:1], LABELS[:1]),
    "the same pair again and again": (np.ones((N, 2)), LABELS),
    "columns that never occur": (np.hstack([PAIRS, np.zeros((N, 20))]), LABELS),
    "labels all 0": (REAL, np.zeros(N)),
    "labels all 1": (REAL, np.ones(N)),
    "pairs, labels all 1": (PAIRS, np.ones(N)),
    "tiny numbers": (REAL * np.float32(1e-30), LABELS),
    "subnormal numbers": (REAL * np.float32(1e-44), LABELS),
}


@each_solver()
@pytest.mark.parametrize("case", LITTLE)
def test_little_to_learn_from(solver, case) -> None:
    X, y = LITTLE[case]
    assert_sound(solver.fit(X, y), X)


@each_solver()
@pytest.mark.parametrize("X", [REAL, PAIRS], ids=["real values", "pairs"])
def test_without_factors_the_model_is_linear(solver, X) -> None:
    result = solver.fit(X, LABELS, k=0)
    assert_sound(result, X)
    assert result.params.V.shape == (D, 0)
    assert result.params.w.any()


# ---- the same rows in other clothes ----


def wide(X: sparse.csr_array) -> sparse.csr_array:
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    return X


def unsorted_halves(X: sparse.csr_array) -> sparse.csr_array:
    """Columns from last to first, each number as two halves."""
    indices = np.concatenate([row[::-1] for row in np.split(X.indices, X.indptr[1:-1])])
    data = np.concatenate([row[::-1] for row in np.split(X.data, X.indptr[1:-1])])
    return sparse.csr_array((np.repeat(data / 2, 2), np.repeat(indices, 2), 2 * X.indptr), shape=X.shape)


FORMS = {
    "dense float64": lambda X: X.toarray().astype(np.float64),
    "Fortran order": lambda X: np.asfortranarray(X.toarray()),
    "DataFrame": lambda X: pd.DataFrame(X.toarray()),
    "CSC": sparse.csc_array,
    "COO": sparse.coo_array,
    "csr_matrix": sparse.csr_matrix,
    "int64 indices": wide,
    "unsorted, with duplicates": unsorted_halves,
}


@each_solver()
@pytest.mark.parametrize("X", [REAL, PAIRS], ids=["real values", "pairs"])
def test_the_form_of_rows_and_labels_does_not_matter(solver, X) -> None:
    expected = solver.fit(sparse.csr_array(X), LABELS).params
    for change in FORMS.values():
        assert_same(solver.fit(change(sparse.csr_array(X)), LABELS).params, expected)
    for labels in (
        LABELS.tolist(),
        LABELS > 0,
        LABELS.astype(np.int64),
        LABELS.astype(np.float64),
        LABELS.astype(object),
        np.repeat(LABELS, 2)[::2],
        pd.Series(LABELS, index=range(90, 90 + N)),
    ):
        assert_same(solver.fit(X, labels).params, expected)


@each_solver()
@pytest.mark.parametrize("form", [sparse.csr_array, unsorted_halves], ids=["CSR", "unsorted"])
@pytest.mark.parametrize("rows", [REAL, PAIRS], ids=["real values", "pairs"])
def test_rows_and_labels_stay_as_they_were(solver, form, rows) -> None:
    X, y = form(sparse.csr_array(rows)), LABELS.copy()
    before = X.data.copy(), X.indices.copy(), X.indptr.copy()
    solver.fit(X, y)
    for part, was in zip((X.data, X.indices, X.indptr), before, strict=True):
        np.testing.assert_array_equal(part, was)
        assert part.dtype == was.dtype
    np.testing.assert_array_equal(y, LABELS)


@each_solver()
def test_read_only_rows_are_read(solver) -> None:
    dense, y = REAL.copy(), LABELS.copy()
    X = sparse.csr_array(dense)
    for part in (dense, y, X.data, X.indices, X.indptr):
        part.setflags(write=False)
    assert_same(solver.fit(X, y).params, solver.fit(dense, y).params)


@each_solver()
@pytest.mark.parametrize("X", [REAL, PAIRS], ids=["real values", "pairs"])
def test_a_seed_decides_everything(solver, X) -> None:
    np.random.seed(1)  # NumPy's global generator has no say
    one = solver.fit(X, LABELS, seed=7).params
    np.random.seed(2)
    assert_same(solver.fit(X, LABELS, seed=7).params, one)
    assert not np.array_equal(solver.fit(X, LABELS, seed=8).params.V, one.V)


# ---- what nobody can learn from ----


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver's work begins with drawing where V starts."""

    def fail(seed=None):
        raise AssertionError("work has begun")

    monkeypatch.setattr(np.random, "default_rng", fail)


NOT_ROWS = {
    "no rows": (np.zeros((0, D)), [], "X has no rows"),
    "nothing at all": (np.zeros((0, 0)), [], "X has no rows"),
    "NaN in X": (np.where(REAL > 0, np.nan, REAL), LABELS, r"X holds nan in row \d+, column \d"),
    "infinity in X": (np.where(REAL > 0, np.inf, REAL), LABELS, r"X holds inf in row \d+, column \d"),
    "X beyond float32": (PAIRS * np.float64(1e39), LABELS, r"X holds inf in row 0.*float32"),
    "X of one dimension": (REAL[0], LABELS, r"shape \(n, d\); got shape \(5,\)"),
    "X of three dimensions": (REAL[None], LABELS, r"shape \(n, d\); got shape \(1, 12, 5\)"),
    "X of words": (np.full((N, D), "film"), LABELS, "X must hold real numbers"),
    "a label short": (REAL, LABELS[1:], r"one label per row of X, shape \(12,\); got shape \(11,\)"),
    "labels as a column": (REAL, LABELS[:, None], r"got shape \(12, 1\)"),
    "NaN in y": (REAL, np.where(LABELS > 0, np.nan, LABELS), "y holds nan in row 1"),
    "infinity in y": (REAL, np.where(LABELS > 0, -np.inf, LABELS), "y holds -inf in row 1"),
    "y beyond float32": (REAL, LABELS * np.float64(1e39), "y holds inf in row 1.*float32"),
    "labels of words": (REAL, ["good"] * N, "y must hold real numbers"),
    "missing labels": (REAL, [None] * N, "y holds nan in row 0"),
}


@each_solver()
@pytest.mark.parametrize("case", NOT_ROWS)
def test_what_nobody_can_learn_from_is_refused_before_any_work(solver, case, no_work) -> None:
    X, y, message = NOT_ROWS[case]
    with pytest.raises(ValueError, match=message):
        solver.fit(X, y)


@each_solver(lambda solver: solver.task == "binary_classifier")
def test_classes_are_0_and_1(solver, no_work) -> None:
    with pytest.raises(ValueError, match="labels 0 and 1; y holds 5 in row 1"):
        solver.fit(REAL, LABELS * 5)


@each_solver(lambda solver: solver.has_validation)
@pytest.mark.parametrize(
    ("held_out", "message"),
    [
        ((REAL[:, 1:], LABELS), "X has 4 columns, but the model has feature_dim 5"),
        ((REAL * np.nan, LABELS), "X holds nan"),
        ((REAL, LABELS[1:]), "one label per row"),
        ((REAL[:0], LABELS[:0]), "no rows"),
    ],
    ids=["columns", "NaN", "labels", "no rows"],
)
def test_held_out_rows_are_checked_before_any_work(solver, held_out, message, no_work) -> None:
    with pytest.raises(ValueError, match=message):
        solver.fit(REAL, LABELS, validation=held_out)


# ---- what is known of columns ----

SIDES = {
    "of no column": ([], np.zeros((0, 2))),
    "without features": ([0, 1], np.zeros((2, 0))),
    "all zeros": ([0, 1], np.zeros((2, 3))),
    "of a column that never occurs": ([5], np.ones((1, 2))),
    "of every film, all alike": ([2, 3, 4], np.ones((3, 1))),
    "tiny": ([0, 1], np.full((2, 2), 1e-40)),
    "huge": ([0, 1], np.full((2, 2), 1e20)),
}


@each_solver(lambda solver: solver.has_sides)
@pytest.mark.parametrize("case", SIDES)
@pytest.mark.parametrize("X", [REAL, PAIRS], ids=["real values", "pairs"])
def test_sides_that_say_little_or_too_much(solver, case, X) -> None:
    columns, rows = SIDES[case]
    rows = sparse.csr_array(np.asarray(rows, np.float32))
    side = Side("side", np.array(columns, np.int64), rows, [f"feature {i}" for i in range(rows.shape[1])])
    wider = np.hstack([X, np.zeros((N, 1))])
    assert_a_model_or_named_divergence(lambda: solver.fit(wider, LABELS, sides=[side]), wider)


# ---- huge numbers, huge steps ----

ONE_HUGE = REAL.copy()
ONE_HUGE[3, 2] = 1e20
HUGE = {
    "1e6": REAL * np.float32(1e6),
    "1e10": REAL * np.float32(1e10),
    "1e20": REAL * np.float32(1e20),
    "1e38": REAL * np.float32(1e38),
    "a whole number": np.full((N, D), 10**18),
    "one of 1e20": ONE_HUGE,
    "pairs of 1e20": PAIRS * np.float32(1e20),
}


@each_solver()
@pytest.mark.parametrize("case", HUGE)
def test_huge_numbers_end_in_a_model_or_in_named_divergence(solver, case) -> None:
    X = HUGE[case]
    assert_a_model_or_named_divergence(lambda: solver.fit(X, LABELS), X)
    if solver.has_validation:
        assert_a_model_or_named_divergence(lambda: solver.fit(X, LABELS, validation=(X, LABELS)), X)


@each_solver(lambda solver: solver.task == "regressor")
@pytest.mark.parametrize("size", [1e10, 1e20, 3e38])
@pytest.mark.parametrize("X", [REAL, PAIRS], ids=["real values", "pairs"])
def test_huge_labels_end_in_a_model_or_in_named_divergence(solver, size, X) -> None:
    assert_a_model_or_named_divergence(lambda: solver.fit(X, LABELS * np.float32(size)), X)


@each_solver(lambda solver: solver.has_rates)
@pytest.mark.parametrize("X", [REAL, PAIRS], ids=["real values", "pairs"])
def test_huge_steps_diverge_by_name(solver, X) -> None:
    with pytest.raises(ValueError, match=DIVERGED):
        solver.fit(X, LABELS, fast=True)
    if solver.has_validation:
        with pytest.raises(ValueError, match=DIVERGED):
            solver.fit(X, LABELS, fast=True, validation=(X, LABELS))


# ---- what Gibbs sampling predicts ----


@pytest.mark.parametrize("predictor_type", ["regressor", "binary_classifier", "ordinal"])
def test_gibbs_predicts_any_finite_row_and_refuses_others(predictor_type) -> None:
    result = by_gibbs(predictor_type)(REAL, LABELS, predict_X=np.zeros((0, D)))
    assert result.test_prediction.shape == result.predict(np.zeros((0, D))).shape == (0,)
    for size in (0, 1e-40, 1, 1e10, 3e38):
        prediction = result.predict(np.sign(REAL) * np.float32(size))
        assert not np.isnan(prediction).any()
        if predictor_type != "regressor":
            assert ((prediction >= 0) & (prediction <= 1)).all()
    for rows, message in (
        (REAL[:, 1:], "X has 4 columns"),
        (REAL * np.nan, "X holds nan"),
        (REAL[0], "shape"),
    ):
        with pytest.raises(ValueError, match=message):
            result.predict(rows)
        with pytest.raises(ValueError, match=message):
            by_gibbs(predictor_type)(REAL, LABELS, predict_X=rows)
