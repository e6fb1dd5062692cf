"""Same numbers in, same bits out: wherever in memory the arrays happen to lie."""

from __future__ import annotations

from functools import partial
from itertools import permutations

import numpy as np
import pytest
from scipy.sparse import csr_array

from course_utils.fm import adam, als, gibbs, sgd
from course_utils.fm.coordinate import step_column


@pytest.mark.parametrize("n", [8, 31, 100])
@pytest.mark.parametrize("neighbours", [*permutations(["h", "e", "theta"], 2)], ids="-".join)
def test_a_step_does_not_depend_on_where_its_arrays_lie(neighbours, n) -> None:
    """One array lies before another in memory, at every distance from right before it."""
    rng, shapes = np.random.default_rng(0), {"h": (4, n), "e": (n,), "theta": (4,)}
    values = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    z, mean, precision = rng.normal(size=4).astype(np.float32), np.zeros(4, np.float32), np.ones(4)

    def step(h: np.ndarray, e: np.ndarray, theta: np.ndarray) -> np.ndarray:
        step_column(h, e, theta, 1.3, mean, precision, z)
        return np.concatenate([theta, e])

    expected = step(**{name: array.copy() for name, array in values.items()})
    first, second = (values[name] for name in neighbours)
    for gap in range(2 * n):
        memory = np.concatenate([first.ravel(), np.zeros(gap, np.float32), second.ravel()])
        placed = {name: array.copy() for name, array in values.items()}
        placed[neighbours[0]] = memory[: first.size].reshape(first.shape)
        placed[neighbours[1]] = memory[first.size + gap :].reshape(second.shape)
        np.testing.assert_array_equal(step(**placed), expected)


def hot_rows(n: int, widths: tuple[int, ...]) -> csr_array:
    """Rows with one hot column in each field."""
    first = np.cumsum((0, *widths[:-1]))
    columns = first + np.random.default_rng(0).integers(0, widths, (n, len(widths)))
    ends = np.arange(n + 1) * len(widths)
    return csr_array((np.ones(columns.size, np.float32), columns.ravel(), ends), shape=(n, sum(widths)))


ADAM = adam.AdamConfig(num_factors=3, epochs=3, mini_batch_size=64, predictor_type="regressor")
SOLVERS = {
    "als": partial(als.fit, config=als.ALSConfig(3, 3)),
    "gibbs": partial(gibbs.fit, config=gibbs.GibbsConfig(3, 6, 2, keep=2)),
    "sgd": partial(sgd.fit, config=sgd.SGDConfig(3, 3)),
    "adam": partial(adam.fit, config=ADAM),
}


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("rows", ["pairs", "real"])
def test_a_fit_does_not_depend_on_where_its_arrays_lie(solver, rows) -> None:
    """Other arrays come and go between the fits, so that each finds other gaps in memory."""
    X, rng = hot_rows(300, (8, 3)), np.random.default_rng(0)
    if rows == "real":
        X.data = rng.random(X.nnz).astype(np.float32)
    y = rng.normal(3, 1, 300).astype(np.float32)
    expected = SOLVERS[solver](X, y, seed=1).params
    for _ in range(100):
        others = [np.empty(size, np.uint8) for size in rng.integers(1, 16_000, 100)]
        others = [other for other in others if rng.random() < 0.5]
        found = SOLVERS[solver](X, y, seed=1).params
        assert found.w0 == expected.w0
        np.testing.assert_array_equal(found.w, expected.w)
        np.testing.assert_array_equal(found.V, expected.V)
