"""Compiled SGD against its equations one row at a time, finite differences, lesson 04 and real ratings."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.sparse import csr_array

from course_utils.datasets import movielens
from course_utils.encode import FeatureMap
from course_utils.evaluate.metrics import rmse
from course_utils.evaluate.split import split_by_hash
from course_utils.fm import lesson, sgd
from course_utils.fm.lesson import predict_double_loop
from course_utils.fm.metrics import evaluate
from course_utils.fm.sgd import SGDConfig, fit, learn_pairs, learn_rows


def pair_rows(n: int, users: int, items: int, seed: int = 0) -> tuple[csr_array, np.ndarray]:
    """One-hot (user, item) rows in random order, duplicates included, and ratings."""
    rng = np.random.default_rng(seed)
    columns = np.stack([rng.integers(0, users, n), users + rng.integers(0, items, n)], axis=1)
    X = np.zeros((n, users + items), np.float32)
    X[np.arange(n)[:, None], columns] = 1
    return csr_array(X), rng.normal(3, 1, n).astype(np.float32)


def real_rows(n: int, d: int, seed: int = 0) -> tuple[csr_array, np.ndarray]:
    """Real-valued rows of 0 to d non-zeros."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) * (rng.random((n, d)) < 0.4)
    return csr_array(X.astype(np.float32)), rng.normal(3, 1, n).astype(np.float32)


def loss(x, y, w0, w, V, task: str) -> float:
    """What one row's step goes down: ½ (y - ŷ)², or the log-loss."""
    score = predict_double_loop(x, w0, w, V)
    return 0.5 * (score - y) ** 2 if task == "regressor" else np.logaddexp(0, score) - y * score


def by_the_book(X, y, order, w0, w, V, config: SGDConfig) -> tuple:
    """One epoch in float64: the definition's gradient for every single row; also the summed loss."""
    w, V, total = w.astype(np.float64), V.astype(np.float64), 0.0
    for row in order:
        x, hot = X[row], X[row] != 0
        own = loss(x, y[row], w0, w, V, config.predictor_type)
        total += 2 * own if config.predictor_type == "regressor" else own
        score = predict_double_loop(x, w0, w, V)
        e = (score if config.predictor_type == "regressor" else 1 / (1 + np.exp(-score))) - y[row]
        grad_w = e * x + config.lambda_w * w * hot
        grad_V = e * (np.outer(x, x @ V) - V * (x**2)[:, None]) + config.lambda_V * V * hot[:, None]
        w0 = w0 - config.bias_learning_rate * e
        w, V = w - config.learning_rate * grad_w, V - config.learning_rate * grad_V
    return w0, w, V, total


def compiled(X: csr_array, y, order, w0, w, V, config: SGDConfig, kernel=learn_rows) -> tuple:
    w, V, order = w.astype(np.float32), V.astype(np.float32), np.asarray(order)
    rates = config.learning_rate, config.bias_learning_rate, config.lambda_w, config.lambda_V
    settings = *map(np.float32, rates), config.predictor_type == "binary_classifier"
    if kernel is learn_pairs:
        data = (X.indices.reshape(-1, 2),)
    else:
        data = X.indptr.astype(np.int64), X.indices, X.data
    w0, total = kernel(order, 1, *data, y, np.float32(w0), w, V, *settings)
    return w0, w, V, total


CONFIG = SGDConfig(3, learning_rate=0.05, bias_learning_rate=0.02, lambda_w=0.3, lambda_V=0.7)
TASKS = ["regressor", "binary_classifier"]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("kind", ["pairs by the fast path", "pairs", "real"])
@pytest.mark.parametrize("k", [0, 1, 3, 21])
def test_an_epoch_follows_the_equations(task, kind, k) -> None:
    X, y = real_rows(40, 7) if kind == "real" else pair_rows(60, 6, 5)
    y = y if task == "regressor" else (y > 3).astype(np.float32)
    config, rng = dataclasses.replace(CONFIG, predictor_type=task), np.random.default_rng(1)
    order = rng.permutation(len(y))
    start = 0.3, rng.normal(0, 0.5, X.shape[1]), rng.normal(0, 0.3, (X.shape[1], k))
    ours = compiled(X, y, order, *start, config, learn_pairs if "fast" in kind else learn_rows)
    book = by_the_book(X.toarray().astype(np.float64), y, order, *start, config)
    for value, expected in zip(ours, book, strict=True):
        np.testing.assert_allclose(value, expected, rtol=2e-5, atol=1e-5)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("pairs", [True, False])
def test_one_update_goes_down_the_slope_that_finite_differences_find(task, pairs) -> None:
    rng = np.random.default_rng(2)
    x = np.array([0, 1.0, 0, 1.0]) if pairs else np.array([0.5, -1.0, 0, 2.0])
    y = np.array([1.0], np.float32)
    w0, w, V = np.array([0.3]), rng.normal(size=4), rng.normal(size=(4, 2))
    config = dataclasses.replace(CONFIG, predictor_type=task, learning_rate=0.5, bias_learning_rate=0.5)
    after = compiled(csr_array(x[None].astype(np.float32)), y, [0], w0[0], w, V, config,
                     learn_pairs if pairs else learn_rows)  # fmt: skip

    def objective() -> float:
        hot = x != 0
        penalty = config.lambda_w * (w[hot] ** 2).sum() + config.lambda_V * (V[hot] ** 2).sum()
        return loss(x, 1.0, w0[0], w, V, task) + 0.5 * penalty

    for before, new in zip((w0, w, V), after[:3], strict=True):
        for at in np.ndindex(before.shape):
            kept = before[at]
            before[at] = kept + 1e-5
            up = objective()
            before[at] = kept - 1e-5
            slope = (up - objective()) / 2e-5
            before[at] = kept
            assert np.reshape(new, before.shape)[at] == pytest.approx(kept - 0.5 * slope, abs=2e-5)


@pytest.mark.parametrize("regularised", [False, True])
def test_it_takes_the_steps_of_lesson_04(regularised) -> None:
    """Same seed, same start, same order of rows. The lesson pulls every column towards 0 in every step, so
    with λ > 0 every column must occur in every row."""
    X, y = real_rows(50, 6, seed=4)
    if regularised:
        X = csr_array(np.random.default_rng(0).normal(0, 0.5, (50, 6)).astype(np.float32))
    lambdas = {"lambda_w": 0.2, "lambda_V": 0.3} if regularised else {"lambda_w": 0.0, "lambda_V": 0.0}
    config = SGDConfig(4, 3, learning_rate=0.01, bias_learning_rate=0.005, init_sigma=0.2, **lambdas)
    ours = fit(X, y, config, seed=9).params
    theirs = lesson.sgd(
        X, y, k=4, epochs=3, batch_size=1, lr=0.01, bias_lr=0.005, sigma=0.2, seed=9, **lambdas
    ).params
    assert ours.w0 == pytest.approx(theirs.w0, abs=1e-4)
    np.testing.assert_allclose(ours.w, theirs.w, atol=1e-4)
    np.testing.assert_allclose(ours.V, theirs.V, atol=1e-4)
    assert np.abs(ours.w).max() > 0.05


def test_pairs_take_the_fast_path_and_other_rows_do_not(monkeypatch) -> None:
    taken = []
    for name in ("learn_pairs", "learn_rows"):
        kernel = getattr(sgd, name)
        monkeypatch.setattr(
            sgd, name, lambda *values, name=name, kernel=kernel: (taken.append(name), kernel(*values))[1]
        )
    X, y = pair_rows(30, 4, 4)
    other = X.copy()
    other.data[7] = 2
    for rows in (X, other, real_rows(30, 5)[0]):
        fit(rows, y, SGDConfig(2, epochs=1))
    assert taken == ["learn_pairs", "learn_rows", "learn_rows"]


@pytest.mark.parametrize("make", [pair_rows, lambda n, *_: real_rows(n, 7)], ids=["pairs", "real"])
@pytest.mark.parametrize("n", [64, 200, 640])
def test_many_rows_are_visited_in_runs_each_epoch_every_row_once(monkeypatch, make, n) -> None:
    """The rows are shuffled; then an epoch is a shuffle of runs, the last of which may be short."""
    X, y = make(n, 6, 5)
    settings = {"lambda_w": 0.1, "lambda_V": 0.2, "init_sigma": 0.3}
    config = SGDConfig(2, 2, learning_rate=0.02, bias_learning_rate=0.01, **settings)
    monkeypatch.setattr(sgd, "_MANY_ROWS", 10)
    ours = fit(X, y, config, seed=3)

    rng = np.random.default_rng(3)
    state = y.mean(), np.zeros(X.shape[1]), rng.normal(0, 0.3, (X.shape[1], 2))
    shuffled = rng.permutation(n)
    for epoch in ours.history:
        runs = rng.permutation(-(-n // 64))
        order = np.concatenate([shuffled[64 * run : 64 * run + 64] for run in runs])
        np.testing.assert_array_equal(np.sort(order), np.arange(n))
        *state, total = by_the_book(X.toarray().astype(np.float64), y, order, *state, config)
        assert epoch.metrics["mse"] == pytest.approx(total / n, rel=1e-4)
    for value, expected in zip((ours.params.w0, ours.params.w, ours.params.V), state, strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-4)


def test_metrics_are_what_rows_cost_before_they_were_learned_from() -> None:
    X, y = real_rows(60, 7)
    frozen = SGDConfig(2, epochs=1, learning_rate=0.0, bias_learning_rate=0.0, init_sigma=0.5)
    result = fit(X, y, frozen, seed=0)
    expected = evaluate(result.params, X, y)
    assert result.history[0].metrics == pytest.approx(
        {"rmse": expected["rmse"], "mse": expected["mse"]}, rel=1e-5
    )
    frozen, y = dataclasses.replace(frozen, predictor_type="binary_classifier"), (y > 3).astype(float)
    result = fit(X, y, frozen, seed=0, validation=(X, y))
    name = "binary_classification_cross_entropy"
    cost = pytest.approx(evaluate(result.params, X, y)[name], rel=1e-5)
    assert result.history[0].metrics == {name: cost, f"validation_{name}": cost}


def test_same_seed_same_model() -> None:
    X, y = pair_rows(3000, 20, 15)
    one, again, other = (fit(X, y, SGDConfig(4, epochs=3), seed=seed) for seed in (7, 7, 8))
    np.testing.assert_array_equal(one.params.V, again.params.V)
    np.testing.assert_array_equal(one.params.w, again.params.w)
    assert one.params.w0 == again.params.w0
    assert [epoch.metrics for epoch in one.history] == [epoch.metrics for epoch in again.history]
    assert not np.array_equal(one.params.V, other.params.V)


def test_sorted_rows_are_as_good_as_shuffled_ones() -> None:
    """Ratings sorted by their value: learned in file order, the last ones would be all that it remembers."""
    X, y = pair_rows(4000, 30, 20)
    order = np.argsort(y)
    params = fit(X[order], y[order], SGDConfig(2, epochs=5, bias_learning_rate=0.01), seed=0).params
    assert rmse(y, params.score(X)) < 1.0
    assert params.score(X).mean() == pytest.approx(y.mean(), abs=0.1)


def test_validation_rows_pick_the_best_epoch() -> None:
    X, y = pair_rows(300, 20, 15)
    held_out = X[:60], y[:60]
    config = SGDConfig(8, 60, learning_rate=0.05, lambda_w=0.0, lambda_V=0.0)
    result = fit(X[60:], y[60:], config, seed=0, validation=held_out)
    values = [epoch.metrics["validation_rmse"] for epoch in result.history]
    assert min(values) < values[-1] - 0.05  # pure noise is learned by heart: later epochs are worse
    assert rmse(held_out[1], result.params.score(held_out[0])) == pytest.approx(min(values))


def test_stopping_and_ctrl_c_keep_what_was_learned() -> None:
    X, y = pair_rows(300, 20, 15)
    seen = []

    def interrupt(epoch) -> None:
        seen.append(epoch)
        if len(seen) == 3:
            raise KeyboardInterrupt

    interrupted = fit(X, y, SGDConfig(4, 50), seed=0, on_epoch=interrupt)
    stopped = fit(X, y, SGDConfig(4, 50), seed=0, should_stop=iter([False] * 3 + [True]).__next__)
    three = fit(X, y, SGDConfig(4, 3), seed=0)
    for result in (interrupted, stopped):
        assert [epoch.epoch for epoch in result.history] == [0, 1, 2]
        np.testing.assert_array_equal(result.params.V, three.params.V)
    assert {epoch.records for epoch in seen} == {300}
    before_the_first = fit(X, y, SGDConfig(4, 50), seed=0, should_stop=lambda: True)
    assert before_the_first.history == []
    assert before_the_first.params.w0 == pytest.approx(y.mean(), abs=1e-6)


def test_a_classifier_finds_a_pair_that_no_linear_model_can() -> None:
    """Label 1 where exactly one of two switches is on (XOR): each switch alone says nothing."""
    switches = np.random.default_rng(0).integers(0, 2, (400, 2))
    X = np.eye(4)[switches + np.array([0, 2])].sum(axis=1)
    y = (switches[:, 0] != switches[:, 1]).astype(float)
    config = SGDConfig(2, 100, learning_rate=0.1, lambda_V=0.001, predictor_type="binary_classifier")
    accuracy = "binary_classification_accuracy"
    assert evaluate(fit(X, y, config, seed=0).params, X, y)[accuracy] == 1
    linear = dataclasses.replace(config, num_factors=0)
    assert evaluate(fit(X, y, linear, seed=0).params, X, y)[accuracy] < 0.8


def test_odd_rows() -> None:
    X, _ = pair_rows(50, 5, 5)
    empty_rows = csr_array(np.zeros((4, 3), np.float32))
    params = fit(empty_rows, [1, 2, 3, 4], SGDConfig(2, 3)).params
    assert params.w0 == pytest.approx(2.5, abs=0.01)
    assert not params.w.any()

    constant = fit(X, np.full(50, 4.0), SGDConfig(2, 300)).params.score(X)
    assert constant == pytest.approx(np.full(50, 4.0), abs=0.02)
    for label in (0, 1):
        classifier = SGDConfig(2, 50, predictor_type="binary_classifier")
        assert fit(X, np.full(50, label), classifier).params.predict(X) == pytest.approx(label, abs=0.05)
    one_column = SGDConfig(2, 500, learning_rate=0.02, lambda_w=0.0)
    score = fit(np.ones((6, 1)), np.arange(6.0), one_column, seed=0).params.score(np.ones((1, 1)))
    assert score == pytest.approx([2.5], abs=0.2)
    assert fit(np.zeros((3, 0)), [1, 2, 3], SGDConfig(2, 2)).params.w0 == pytest.approx(2.0, abs=0.01)
    assert fit(X, np.ones(50), SGDConfig(0, 2)).params.V.shape == (10, 0)

    # one column named twice: adds up
    twice = csr_array((np.ones(2, np.float32), [1, 1], [0, 2]), shape=(1, 3))
    doubled = csr_array(np.array([[0, 2, 0]], np.float32))
    w_twice, w_doubled = (fit(rows, [5.0], SGDConfig(1, 3), seed=0).params.w for rows in (twice, doubled))
    np.testing.assert_array_equal(w_twice, w_doubled)


@pytest.mark.parametrize("make", [lambda: pair_rows(50, 4, 4), lambda: real_rows(50, 6)])
def test_wide_indices_are_welcome(make) -> None:
    X, y = make()
    wide = csr_array((X.data, X.indices.astype(np.int64), X.indptr.astype(np.int64)), shape=X.shape)
    config = SGDConfig(2, 3)
    np.testing.assert_array_equal(fit(X, y, config, seed=0).params.V, fit(wide, y, config, seed=0).params.V)


def test_rows_are_left_as_they_were() -> None:
    X, y = real_rows(20, 9)
    kept, labels = X.copy(), y.copy()
    fit(X, y, SGDConfig(2, 2), seed=0)
    np.testing.assert_array_equal(X.toarray(), kept.toarray())
    np.testing.assert_array_equal(y, labels)


@pytest.mark.parametrize("validation", [False, True])
@pytest.mark.parametrize("make", [lambda: pair_rows(300, 20, 15), lambda: real_rows(300, 9)])
def test_divergence_is_named_and_a_cure_suggested(make, validation) -> None:
    X, y = make()
    with pytest.raises(ValueError, match=r"diverged in epoch \d+.*learning_rate, such as 1 instead of 10"):
        fit(X, y, SGDConfig(4, 50, learning_rate=10.0), seed=0, validation=(X, y) if validation else None)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.zeros((0, 3)), [], "no rows"),
        ([[np.nan, 1.0]], [1.0], "X holds nan in row 0"),
        ([[np.inf, 1.0]], [1.0], "X holds inf in row 0"),
        ([[1.0, 1.0]], [np.nan], "y holds nan"),
        ([[1.0, 1.0]], [1.0, 2.0], "one label per row"),
        ([[1e30, 1.0], [1.0, 1e30]], [1.0, 2.0], "diverged.*standard deviation"),
    ],
)
def test_bad_rows_get_a_clear_error(X, y, message) -> None:
    with pytest.raises(ValueError, match=message):
        fit(np.array(X), y, SGDConfig(2, 3))


def test_bad_labels_and_bad_validation_rows_get_a_clear_error() -> None:
    X, y = pair_rows(20, 4, 4)
    with pytest.raises(ValueError, match="labels 0 and 1"):
        fit(X, np.arange(20), SGDConfig(2, predictor_type="binary_classifier"))
    with pytest.raises(ValueError, match="X has 3 columns, but the model has feature_dim 8"):
        fit(X, y, SGDConfig(2), validation=(np.ones((2, 3)), [1.0, 2.0]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_factors": -1}, "num_factors"),
        ({"num_factors": 2.5}, "num_factors"),
        ({"predictor_type": "classifier"}, "'regressor' or 'binary_classifier', got 'classifier'"),
        ({"epochs": 0}, "epochs"),
        ({"learning_rate": -1}, "learning_rate"),
        ({"bias_learning_rate": np.nan}, "bias_learning_rate"),
        ({"lambda_V": -1}, "lambda_V"),
        ({"lambda_w": np.nan}, "lambda_w"),
        ({"init_sigma": np.inf}, "init_sigma"),
    ],
)
def test_bad_settings_get_a_clear_error(change, message) -> None:
    with pytest.raises(ValueError, match=message):
        SGDConfig(**change)


def test_on_the_published_fold_of_ml_100k(published_fold) -> None:
    """libFM reaches .9324 here with SGD; seeds differ by .002."""
    train, test = published_fold
    features = FeatureMap.fit(train)
    params = fit(features.transform(train), train.rating, SGDConfig(8), seed=0).params
    assert rmse(test.rating, params.score(features.transform(test)).clip(1, 5)) < 0.936


def test_on_ml_latest_small(movielens_dir) -> None:
    train, test = split_by_hash(movielens.load("ml-latest-small", allow_sample=False).ratings)
    features = FeatureMap.fit(train)
    params = fit(features.transform(train), train.rating, SGDConfig(8), seed=0).params
    assert rmse(test.rating, params.score(features.transform(test)).clip(0.5, 5)) < 0.86
