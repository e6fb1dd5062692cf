"""ALS against plain NumPy, closed forms, finite differences and real ratings."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from course_utils.encode import FeatureMap
from course_utils.encode.sides import Side
from course_utils.evaluate.metrics import rmse
from course_utils.fm.als import ALSConfig, fit
from course_utils.fm.coordinate import Rows
from course_utils.fm.crew import Crew
from course_utils.fm.fields import Fields, arrange
from course_utils.fm.lesson import predict_double_loop


def pair_rows(n: int, users: int, items: int, seed: int = 0) -> tuple[csr_array, np.ndarray]:
    """One-hot (user, item) rows in random order, duplicates included, and ratings."""
    return field_rows(n, (users, items), seed)


def field_rows(n: int, widths: tuple[int, ...], seed: int = 0) -> tuple[csr_array, np.ndarray]:
    """Rows with one hot column in each field, in random order, duplicates included, and ratings."""
    rng = np.random.default_rng(seed)
    first = np.cumsum((0, *widths[:-1]))
    columns = first + rng.integers(0, widths, (n, len(widths)))
    X = np.zeros((n, sum(widths)), np.float32)
    X[np.arange(n)[:, None], columns] = 1
    return csr_array(X), rng.normal(3, 1, n).astype(np.float32)


def real_rows(n: int, d: int, seed: int = 0) -> tuple[csr_array, np.ndarray]:
    """Real-valued rows of 0 to d non-zeros."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) * (rng.random((n, d)) < 0.4)
    return csr_array(X.astype(np.float32)), rng.normal(3, 1, n).astype(np.float32)


def scores(X: np.ndarray, w0, w, V) -> np.ndarray:
    return np.array([predict_double_loop(x, w0, w, V) for x in X])


def objective(X, y, w0, w, V, config: ALSConfig) -> float:
    return (
        ((y - scores(X, w0, w, V)) ** 2).sum()
        + config.lambda_w0 * w0**2
        + config.lambda_w * (w**2).sum()
        + config.lambda_V * (V**2).sum()
    )


def by_the_book(X: np.ndarray, y: np.ndarray, w0, w, V, config: ALSConfig) -> tuple:
    """One sweep in float64, everything recomputed from the definition before each single step."""
    w, V = w.astype(np.float64), V.astype(np.float64)

    def best(theta: float, h: np.ndarray, penalty: float) -> float:
        e = y - scores(X, w0, w, V)
        return h @ (e + h * theta) / (h @ h + penalty)

    for j in range(X.shape[1]):
        w[j] = best(w[j], X[:, j], config.lambda_w)
        for f in range(V.shape[1]):
            others = X @ V[:, f] - X[:, j] * V[j, f]
            V[j, f] = best(V[j, f], X[:, j] * others, config.lambda_V)
    return best(w0, np.ones(len(y)), config.lambda_w0), w, V


def start_of(X, y, config: ALSConfig, seed: int):
    """The parameters before the first sweep: what is left when training is stopped at once."""
    return fit(X, y, config, seed=seed, should_stop=lambda: True).params


CONFIG = ALSConfig(num_factors=3, epochs=2, lambda_w0=0.5, lambda_w=0.3, lambda_V=0.7, init_sigma=0.5)


@pytest.mark.parametrize(
    "make",
    [lambda: pair_rows(60, 6, 5), lambda: field_rows(60, (5, 4, 3, 2)), lambda: real_rows(40, 7)],
    ids=["pairs", "four fields", "real"],
)
def test_sweeps_follow_the_equations(make) -> None:
    X, y = make()
    begin, dense = start_of(X, y, CONFIG, 1), X.toarray().astype(np.float64)
    state = begin.w0, begin.w, begin.V
    result = fit(X, y, CONFIG, seed=1)
    for epoch in result.history:
        state = by_the_book(dense, y, *state, CONFIG)
        error = y - scores(dense, *state)
        assert epoch.metrics["mse"] == pytest.approx((error**2).mean(), rel=1e-4)
        assert epoch.metrics["rmse"] == pytest.approx(np.sqrt((error**2).mean()), rel=1e-4)
        assert epoch.metrics["objective"] == pytest.approx(objective(dense, y, *state, CONFIG), rel=1e-4)
    w0, w, V = state
    assert result.params.w0 == pytest.approx(w0, abs=1e-4)
    np.testing.assert_allclose(result.params.w, w, atol=1e-4)
    np.testing.assert_allclose(result.params.V, V, atol=1e-4)


@pytest.mark.parametrize("widths", [(80, 60), (80, 60, 7)])
def test_the_fast_path_gives_the_numbers_of_the_general_one(widths, monkeypatch) -> None:
    X, y = field_rows(5000, widths)
    assert isinstance(arrange(X, y, None, (), Crew(1)), Fields)
    config = ALSConfig(num_factors=8, epochs=5)
    fast = fit(X, y, config, seed=3)
    monkeypatch.setattr(Fields, "fits", staticmethod(lambda X: False))
    general = fit(X, y, config, seed=3)
    np.testing.assert_allclose(fast.params.V, general.params.V, atol=2e-5)
    np.testing.assert_allclose(fast.params.w, general.params.w, atol=2e-5)
    assert fast.history[-1].metrics == pytest.approx(general.history[-1].metrics, rel=1e-5)


def test_any_number_of_threads_gives_the_same_bits() -> None:
    X, y = field_rows(300_000, (400, 300, 20))
    one, two, five = (fit(X, y, ALSConfig(4, 3), seed=1, threads=threads) for threads in (1, 2, 5))
    for other in (two, five):
        np.testing.assert_array_equal(one.params.V, other.params.V)
        assert [epoch.metrics for epoch in one.history] == [epoch.metrics for epoch in other.history]


def test_a_column_without_rows_joins_its_kin() -> None:
    X, y = field_rows(200, (6, 5, 4))
    X = csr_array((X.data, X.indices + (X.indices >= 6) + (X.indices >= 11), X.indptr), shape=(200, 17))
    kin = Side("kin", np.array([5, 6]), csr_array(np.ones((2, 1), np.float32)), ["same"])
    assert Fields(X, y, sides=[kin]).groups.tolist() == [0] * 7 + [1] * 5 + [0] + [2] * 4
    by_hand = np.repeat([0, 1, 2], (7, 6, 4))
    members = [set(np.concatenate(field.portions)) for field in Fields(X, y, by_hand)._fields]
    assert members == [set(range(7)), set(range(7, 13)), set(range(13, 17))]


@pytest.mark.parametrize(
    "rows",
    [
        [[1, 0, 1], [0, 1, 2]],  # not a one
        [[1, 0, 1], [0, 1, 0]],  # one column only
        [[1, 1, 0], [0, 1, 1]],  # column 1 on both sides
        [[1, 1, 1], [1, 0, 1]],
    ],
)
def test_only_ones_from_disjoint_fields_take_the_fast_path(rows) -> None:
    X = csr_array(np.array(rows, np.float32))
    assert isinstance(arrange(X, np.zeros(2, np.float32), None, (), Crew(1)), Rows)


@pytest.mark.parametrize("make", [lambda: pair_rows(2000, 40, 30), lambda: real_rows(300, 12)])
@pytest.mark.parametrize("seed", range(3))
def test_the_objective_never_increases(make, seed) -> None:
    X, y = make()
    history = fit(X, y, ALSConfig(4, 30, lambda_w=0.1, lambda_V=0.2, init_sigma=1.0), seed=seed).history
    values = np.array([epoch.metrics["objective"] for epoch in history])
    assert (np.diff(values) <= 2e-6 * values[:-1]).all()
    assert values[-1] < 0.99 * values[0]


@pytest.mark.parametrize("make", [lambda: pair_rows(60, 6, 5), lambda: real_rows(40, 6)])
def test_where_it_ends_nothing_pulls_any_more(make) -> None:
    X, y = make()
    config = ALSConfig(2, 3000, lambda_w0=0.4, lambda_w=1.0, lambda_V=2.0, init_sigma=0.5)
    end = fit(X, y, config, seed=2).params
    dense, w, V, step = X.toarray().astype(np.float64), end.w.astype(float), end.V.astype(float), 1e-3
    assert np.abs(V).max() > 0.1  # not the trivial corner V = 0

    def slope(w0_step=0.0, w_step=0.0, V_step=0.0) -> float:
        ends = [
            objective(dense, y, end.w0 + s * w0_step, w + s * w_step, V + s * V_step, config)
            for s in (step, -step)
        ]
        return (ends[0] - ends[1]) / (2 * step)

    slopes = [slope(w0_step=1.0)]
    slopes += [slope(w_step=unit) for unit in np.eye(len(w))]
    slopes += [slope(V_step=unit.reshape(V.shape)) for unit in np.eye(V.size)]
    assert np.abs(slopes).max() < 2e-3


def test_without_factors_it_is_ridge_regression() -> None:
    X, y = real_rows(80, 10)
    config = ALSConfig(num_factors=0, epochs=300, lambda_w0=0.5, lambda_w=3.0)
    params = fit(X, y, config).params
    A = np.column_stack([np.ones(80), X.toarray()]).astype(np.float64)
    ridge = np.linalg.solve(A.T @ A + np.diag([0.5] + [3.0] * 10), A.T @ y)
    np.testing.assert_allclose(np.r_[params.w0, params.w], ridge, atol=1e-5)
    assert params.V.shape == (10, 0)


def test_same_seed_same_model_and_row_order_does_not_matter() -> None:
    X, y = pair_rows(500, 20, 15)
    config = ALSConfig(4, 10)
    one = fit(X, y, config, seed=7).params
    again = fit(X, y, config, seed=7).params
    np.testing.assert_array_equal(one.V, again.V)
    assert not np.array_equal(one.V, fit(X, y, config, seed=8).params.V)
    order = np.random.default_rng(0).permutation(500)
    np.testing.assert_allclose(one.V, fit(X[order], y[order], config, seed=7).params.V, atol=1e-4)


def test_validation_rows_pick_the_best_epoch() -> None:
    X, y = pair_rows(300, 20, 15)
    held_out = X[:60], y[:60]
    config = ALSConfig(8, 5, lambda_w=1.0, lambda_V=0.5)
    result = fit(X[60:], y[60:], config, seed=0, validation=held_out)
    values = [epoch.metrics["validation_rmse"] for epoch in result.history]
    assert min(values) < values[-1]  # pure noise is learned by heart: later epochs are worse
    assert rmse(held_out[1], result.params.score(held_out[0])) == pytest.approx(min(values))


def test_stopping_and_ctrl_c_keep_what_was_learned() -> None:
    X, y = pair_rows(300, 20, 15)
    seen = []

    def interrupt(epoch) -> None:
        seen.append(epoch)
        if len(seen) == 3:
            raise KeyboardInterrupt

    interrupted = fit(X, y, ALSConfig(4, 50), seed=0, on_epoch=interrupt)
    stopped = fit(X, y, ALSConfig(4, 50), seed=0, should_stop=iter([False] * 3 + [True]).__next__)
    three = fit(X, y, ALSConfig(4, 3), seed=0)
    for result in (interrupted, stopped):
        assert [epoch.epoch for epoch in result.history] == [0, 1, 2]
        np.testing.assert_array_equal(result.params.V, three.params.V)
    assert {epoch.records for epoch in seen} == {300}


def test_odd_rows() -> None:
    X, _ = pair_rows(50, 5, 5)
    empty_rows = csr_array(np.zeros((4, 3), np.float32))
    params = fit(empty_rows, [1, 2, 3, 4], ALSConfig(2, 3)).params
    assert params.w0 == pytest.approx(2.5)
    assert not params.w.any()

    assert fit(X, np.full(50, 4.0), ALSConfig(2, 20)).params.score(X) == pytest.approx(
        np.full(50, 4.0), abs=0.01
    )
    one_column = fit(np.ones((6, 1)), np.arange(6.0), ALSConfig(2, 5, lambda_w=1.0)).params
    assert one_column.score(np.ones((1, 1))) == pytest.approx([2.5], abs=1e-5)
    assert fit(np.zeros((3, 0)), [1, 2, 3], ALSConfig(2, 2)).params.w0 == pytest.approx(2.0)

    twice = csr_array(
        (np.ones(2, np.float32), [1, 1], [0, 2]), shape=(1, 3)
    )  # one column named twice: adds up
    doubled = csr_array(np.array([[0, 2, 0]], np.float32))
    config = ALSConfig(1, 3, lambda_w0=1.0)
    assert fit(twice, [5.0], config, seed=0).params.w[1] == fit(doubled, [5.0], config, seed=0).params.w[1]

    unregularised = fit(empty_rows, [1, 2, 3, 4], ALSConfig(2, 3, lambda_w=0, lambda_V=0)).params
    assert np.isfinite(unregularised.V).all()


def test_wide_indices_are_welcome() -> None:
    X, y = real_rows(50, 6)
    wide = csr_array((X.data, X.indices.astype(np.int64), X.indptr.astype(np.int64)), shape=X.shape)
    np.testing.assert_array_equal(fit(X, y, seed=0).params.V, fit(wide, y, seed=0).params.V)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.zeros((0, 3)), [], "no rows"),
        ([[np.nan, 1.0]], [1.0], "X holds nan in row 0"),
        ([[1.0, 1.0]], [np.inf], "y holds inf"),
        ([[1.0, 1.0]], [1.0, 2.0], "one label per row"),
        ([[1e30, 1.0], [1.0, 1e30]], [1.0, 2.0], "diverged.*standard deviation"),
    ],
)
def test_bad_rows_get_a_clear_error(X, y, message) -> None:
    with pytest.raises(ValueError, match=message):
        fit(np.array(X), y, ALSConfig(2, 3))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_factors": -1}, "num_factors"),
        ({"num_factors": 2.5}, "num_factors"),
        ({"epochs": 0}, "epochs"),
        ({"lambda_V": -1}, "lambda_V"),
        ({"lambda_w": np.nan}, "lambda_w"),
        ({"init_sigma": np.inf}, "init_sigma"),
    ],
)
def test_bad_settings_get_a_clear_error(change, message) -> None:
    with pytest.raises(ValueError, match=message):
        ALSConfig(**change)


def test_on_the_published_fold_of_ml_100k(published_fold) -> None:
    """libFM's ALS reaches .9265 here, with the same regularisation."""
    train, test = published_fold
    features = FeatureMap.fit(train)
    params = fit(features.transform(train), train.rating, ALSConfig(8, 30), seed=0).params
    assert rmse(test.rating, params.score(features.transform(test)).clip(1, 5)) < 0.9275
