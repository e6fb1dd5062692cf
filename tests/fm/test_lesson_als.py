"""The lesson's ALS against scipy's least squares, its own objective, and the compiled solver."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import lstsq
from scipy.sparse import csr_array

from course_utils.datasets import movielens
from course_utils.encode import FeatureMap
from course_utils.evaluate.metrics import rmse
from course_utils.evaluate.split import split_by_hash
from course_utils.fm import als
from course_utils.fm.lesson_als import by_column, fit, left_over, normal_equations


def pair_rows(n: int, users: int, items: int, seed: int = 0) -> tuple[csr_array, np.ndarray]:
    """One-hot (user, item) rows in random order, duplicates included, and ratings."""
    rng = np.random.default_rng(seed)
    columns = np.stack([rng.integers(0, users, n), users + rng.integers(0, items, n)], axis=1)
    X = np.zeros((n, users + items), np.float32)
    X[np.arange(n)[:, None], columns] = 1
    return csr_array(X), rng.normal(3, 1, n).astype(np.float32)


def objective(X, y, params, lambda_w: float, lambda_V: float) -> float:
    error = y - params.score(X).astype(np.float64)
    penalties = lambda_w * np.square(params.w, dtype=float).sum(), lambda_V * np.square(params.V).sum()
    return float(error @ error + sum(penalties))


def test_one_column_is_a_ridge_regression() -> None:
    """Ridge regression as least squares: below the rows, a row √λ for every coefficient, with target 0."""
    rng = np.random.default_rng(0)
    table = rng.normal(size=(9, 5))  # float64, so that tolerances can be tight
    table[:, 0] = 1
    partners, ratings = [np.array([5, 8, 6, 5]), np.array([7])], [rng.normal(size=4), rng.normal(size=1)]
    penalty = np.array([0.5, 2, 2, 2])
    systems = normal_equations(table, partners, ratings)
    theta = np.linalg.solve(systems[:, :-1, :-1] + np.diag(penalty), systems[:, :-1, -1:])
    errors = []
    for column in range(2):
        H, target = table[partners[column], :-1], ratings[column] - table[partners[column], -1]
        stacked = np.vstack([H, np.diag(np.sqrt(penalty))])
        expected, *_ = lstsq(stacked, np.r_[target, np.zeros(4)])
        np.testing.assert_allclose(theta[column, :, 0], expected, rtol=1e-10)
        errors.extend(target - H @ expected)
    assert left_over(systems, theta) == pytest.approx((np.sum(errors), np.sum(np.square(errors))))


def test_columns_find_their_partners_and_ratings() -> None:
    own, partner, y = np.array([2, 0, 2, 5]), np.array([7, 8, 9, 7]), np.array([1.0, 2, 3, 4])
    columns, partners, ratings = by_column(own, partner, y)
    assert list(columns) == [0, 2, 5]
    assert [list(found) for found in partners] == [[8], [7, 9], [7]]
    assert [list(found) for found in ratings] == [[2], [1, 3], [4]]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("k", [0, 1, 5])
def test_the_objective_never_increases_and_is_what_it_says(k, seed) -> None:
    X, y = pair_rows(800, 40, 30)
    settings = {"lambda_w": 0.3, "lambda_V": 0.7}
    told = []
    result = fit(X, y, k=k, epochs=15, sigma=0.5, seed=seed, on_epoch=told.append, **settings)
    assert told == result.history
    values = np.array([epoch.metrics["objective"] for epoch in result.history])
    assert (np.diff(values) <= 1e-6 * values[:-1]).all()
    assert values[-1] < values[0]
    assert values[-1] == pytest.approx(objective(X, y, result.params, **settings), rel=1e-5)
    assert result.history[-1].metrics["rmse"] == pytest.approx(rmse(y, result.params.score(X)), rel=1e-5)
    assert [epoch.epoch for epoch in result.history] == list(range(15))


def test_the_bias_takes_its_best_value_last() -> None:
    """One film is rated often and badly, ten are rated seldom and well: w0 has to move a long way."""
    user, film = np.arange(120) % 12, np.where(np.arange(120) < 100, 0, np.arange(120) % 10 + 1)
    y = np.where(film == 0, 1.0, 5.0)
    X = np.eye(12, 23)[user] + np.eye(23)[12 + film]
    result = fit(X, y, k=1, epochs=1, lambda_w=3.0, lambda_V=5.0)
    assert result.params.w0 - y.mean() > 0.1
    assert np.mean(y - result.params.score(X)) == pytest.approx(0, abs=1e-5)
    cost = objective(X, y, result.params, 3.0, 5.0)
    assert result.history[0].metrics["objective"] == pytest.approx(cost, rel=1e-5)


def test_it_ends_where_the_compiled_solver_does() -> None:
    X, y = pair_rows(300, 20, 15)
    ours = fit(X, y, k=2, epochs=1000, lambda_w=2.0, lambda_V=3.0, seed=4)
    config = als.ALSConfig(2, 1000, lambda_w=2.0, lambda_V=3.0)
    theirs = als.fit(X, y, config, seed=4)
    assert ours.history[-1].metrics["objective"] == pytest.approx(
        theirs.history[-1].metrics["objective"], rel=1e-4
    )
    np.testing.assert_allclose(ours.params.score(X), theirs.params.score(X), atol=1e-2)
    assert np.abs(ours.params.V).max() > 0.1  # not the trivial corner V = 0


def test_same_seed_same_model_whatever_the_order_of_rows() -> None:
    X, y = pair_rows(500, 20, 15)
    one = fit(X, y, k=4, seed=7).params
    np.testing.assert_array_equal(one.V, fit(X, y, k=4, seed=7).params.V)
    assert not np.array_equal(one.V, fit(X, y, k=4, seed=8).params.V)
    order = np.random.default_rng(0).permutation(500)
    np.testing.assert_allclose(one.V, fit(X[order], y[order], k=4, seed=7).params.V, atol=1e-6)


def test_odd_rows() -> None:
    X, y = pair_rows(50, 5, 5)
    wider = csr_array((X.data, X.indices.astype(np.int64), X.indptr.astype(np.int64)), shape=(50, 13))
    params = fit(wider, y).params
    assert not params.w[10:].any()  # never seen
    assert not params.V[10:].any()
    assert fit(X, np.full(50, 4.0)).params.score(X) == pytest.approx(np.full(50, 4.0), abs=0.01)
    one_rating = fit(np.array([[1, 1]]), [3.5], k=2).params
    assert one_rating.score([[1, 1]]) == pytest.approx([3.5], abs=1e-5)
    assert np.isfinite(fit(X, y * 1e5).params.V).all()


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.zeros((0, 3)), [], "no rows"),
        ([[np.nan, 1.0]], [1.0], "X holds nan in row 0"),
        ([[1.0, 1.0]], [np.inf], "y holds inf"),
        ([[1.0, 1.0]], [1.0, 2.0], "one label per row"),
        ([[1.0, 1.0]], [-1e30], r"y goes up to 1e\+30.*standard deviation"),
        ([[1.0, 2.0]], [1.0], "one user and one film.*fm.als.fit"),
        ([[1.0, 0.0]], [1.0], "one user and one film"),
        ([[1.0]], [1.0], "one user and one film"),
        ([[0.0, 0.0]], [1.0], "one user and one film"),
        ([[1, 1, 0], [0, 1, 1]], [1.0, 2.0], "one user and one film"),  # column 1 on both sides
    ],
)
def test_bad_rows_get_a_clear_error(X, y, message) -> None:
    with pytest.raises(ValueError, match=message):
        fit(np.array(X), y, k=2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"k": -1}, "k must be a whole number of at least 0, got -1"),
        ({"epochs": 0}, "epochs must be"),
        ({"lambda_w": 0}, "lambda_w must be a number above 0"),
        ({"lambda_V": np.nan}, "lambda_V must be"),
        ({"sigma": np.inf}, "sigma must be"),
    ],
)
def test_bad_settings_get_a_clear_error(change, message) -> None:
    with pytest.raises(ValueError, match=message):
        fit(np.array([[1, 1]]), [3.0], **change)


def test_it_predicts_as_well_as_the_compiled_solver(movielens_dir) -> None:
    train, test = split_by_hash(movielens.load("ml-latest-small", allow_sample=False).ratings)
    features = FeatureMap.fit(train)
    X, test_X = features.transform(train), features.transform(test)
    ours = fit(X, train.rating, k=8, epochs=20, seed=0).params
    theirs = als.fit(X, train.rating, als.ALSConfig(8, 20), seed=0).params
    errors = [rmse(test.rating, params.score(test_X).clip(0.5, 5)) for params in (ours, theirs)]
    assert errors[0] == pytest.approx(errors[1], abs=0.005)
    assert errors[0] < 0.87
