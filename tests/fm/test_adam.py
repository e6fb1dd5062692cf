"""SageMaker's optimiser, against its equations written out in float64 and against finite differences."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from course_utils.fm import FMParameters
from course_utils.fm.adam import (
    AdamConfig,
    Optimiser,
    batch_gradient,
    evaluate,
    fit,
    number_columns,
    pair_gradient,
)
from course_utils.fm.lesson import predict_double_loop
from course_utils.fm.metrics import log_metrics


def rows(n: int, d: int, seed: int = 0) -> tuple[csr_array, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = random_array((n, d), density=0.35, rng=rng, format="csr").astype(np.float32)
    return X, rng.integers(1, 6, n).astype(np.float32)


def pairs(n: int, d: int, seed: int = 0) -> tuple[csr_array, np.ndarray]:
    """Rows of two columns with a 1 each: the fast path."""
    rng = np.random.default_rng(seed)
    X = np.zeros((n, d), np.float32)
    X[np.arange(n)[:, None], np.stack([rng.integers(0, 4, n), rng.integers(4, d, n)], axis=1)] = 1
    return csr_array(X), rng.integers(1, 6, n).astype(np.float32)


def starting_point(X, y, config: AdamConfig, seed: int) -> FMParameters:
    """The parameters before the first batch."""
    return fit(X, y, config, seed=seed, should_stop=lambda: True).params


def by_the_book(start: FMParameters, X, y, config: AdamConfig) -> tuple[FMParameters, list[np.ndarray]]:
    """The equations, dense and in float64, one row at a time; also each epoch's scores before each update."""
    X, y = X.toarray().astype(float), y.astype(float)
    B = config.mini_batch_size
    theta = {
        "bias": np.array([start.w0]),
        "linear": start.w.astype(float),
        "factors": start.V.astype(float),
    }
    m = {name: np.zeros_like(value) for name, value in theta.items()}
    v = {name: np.zeros_like(value) for name, value in theta.items()}
    eps = 1e-8 if config.eps is None else config.eps
    rescale = 1 / B if config.rescale_grad is None else config.rescale_grad
    t, scores = 0, []
    for _ in range(config.epochs):
        seen = []
        for first in range(0, len(y), B):
            t += 1
            batch = np.zeros((B, X.shape[1]))
            label = np.zeros(B)
            real = X[first : first + B]
            batch[: len(real)], label[: len(real)] = real, y[first : first + B]
            w0, w, V = theta["bias"], theta["linear"], theta["factors"]
            grad = {name: np.zeros_like(value) for name, value in theta.items()}
            for x, target in zip(batch, label, strict=True):
                score = predict_double_loop(x, w0[0], w, V)
                seen.append(score)
                p = 1 / (1 + np.exp(-score)) if config.predictor_type == "binary_classifier" else score
                grad["bias"] += p - target
                grad["linear"] += (p - target) * x
                grad["factors"] += (p - target) * (np.outer(x, x @ V) - V * (x**2)[:, None])
            hot = (real != 0).any(axis=0)
            for name in theta:
                touched = np.array([True]) if name == "bias" else hot
                value = theta[name][touched]
                g = rescale * grad[name][touched] + getattr(config, f"{name}_wd") * value
                if config.clip_gradient is not None:
                    g = np.clip(g, -config.clip_gradient, config.clip_gradient)
                m[name][touched] = 0.9 * m[name][touched] + 0.1 * g
                v[name][touched] = 0.999 * v[name][touched] + 0.001 * g**2
                lr = getattr(config, f"{name}_lr") * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
                theta[name][touched] = value - lr * m[name][touched] / (np.sqrt(v[name][touched]) + eps)
        scores.append(np.array(seen))
    w, V = theta["linear"].astype(np.float32), theta["factors"].astype(np.float32)
    return FMParameters(theta["bias"][0], w, V, config.predictor_type), scores


BASE = AdamConfig(
    num_factors=3,
    mini_batch_size=20,
    bias_init_sigma=0.5,
    linear_init_sigma=0.5,
    factors_init_sigma=0.5,
    linear_lr=0.01,
    factors_lr=0.01,
    linear_wd=0.1,
    factors_wd=0.2,
)


@pytest.mark.parametrize("task", ["regressor", "binary_classifier"])
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"epochs": 3},
        {"mini_batch_size": 7, "epochs": 2},
        {"mini_batch_size": 50},
        {"clip_gradient": 0.05, "epochs": 2},
        {"rescale_grad": 0.001, "eps": 0.01, "epochs": 2},
        {"num_factors": 0},
    ],
    ids=str,
)
@pytest.mark.parametrize("make", [rows, pairs])
def test_training_follows_the_equations(task, change, make) -> None:
    X, y = make(20, 9)
    y = y if task == "regressor" else (y > 3).astype(np.float32)
    config = dataclasses.replace(BASE, predictor_type=task, **change)
    book, scores = by_the_book(starting_point(X, y, config, 5), X, y, config)
    result = fit(X, y, config, seed=5)
    assert result.params.w0 == pytest.approx(book.w0, abs=1e-5)
    np.testing.assert_allclose(result.params.w, book.w, atol=1e-5)
    np.testing.assert_allclose(result.params.V, book.V, atol=1e-5)

    padded = np.pad(y, (0, -len(y) % config.mini_batch_size))
    assert [epoch.epoch for epoch in result.history] == list(range(config.epochs))
    assert {epoch.records for epoch in result.history} == {20}
    for epoch, before_update in zip(result.history, scores, strict=True):
        assert epoch.metrics == pytest.approx(log_metrics(before_update, padded, task), abs=1e-5)


@pytest.mark.parametrize("make", [rows, pairs])
@pytest.mark.parametrize("logistic", [False, True])
def test_the_compiled_gradient_equals_finite_differences(logistic, make) -> None:
    X, y = make(15, 6, seed=2)
    X = csr_array(X.toarray() * (np.arange(15) != 4)[:, None])  # one row is empty
    X, y = X.astype(np.float64), (y > 3).astype(float) if logistic else y.astype(float)
    rng = np.random.default_rng(1)
    w0, w, V = np.array([0.3]), rng.normal(size=6), rng.normal(size=(6, 2))

    def loss() -> float:
        score = np.array([predict_double_loop(x, w0[0], w, V) for x in X.toarray()])
        return np.sum(np.logaddexp(0, score) - y * score if logistic else (score - y) ** 2 / 2)

    scores, slots, grad_w, grad_V = np.empty(15), 5 - X.indices, np.zeros(6), np.zeros((6, 2))
    model_and_results = w0[0], w, V, logistic, scores, grad_w, grad_V
    if make is pairs:
        grad_w0 = pair_gradient(X.indptr, X.indices, slots, y, *model_and_results)
    else:
        grad_w0 = batch_gradient(X.indptr, X.indices, slots, X.data, y, *model_and_results)
    np.testing.assert_allclose(scores, [predict_double_loop(x, w0[0], w, V) for x in X.toarray()])
    grads = grad_w0, grad_w[::-1], grad_V[::-1]  # column 0 has the last slot
    for array, grad in zip((w0, w, V), grads, strict=True):
        for at in np.ndindex(array.shape):
            kept = array[at]
            array[at] = kept + 1e-6
            up = loss()
            array[at] = kept - 1e-6
            slope = (up - loss()) / 2e-6
            array[at] = kept
            assert np.reshape(grad, array.shape)[at] == pytest.approx(slope, abs=1e-6)


def test_columns_are_numbered_batch_by_batch() -> None:
    X, _ = rows(20, 9)
    slots, touched, ends = number_columns(X.indptr, X.indices, 5, 9)
    for batch in range(4):
        here = slice(X.indptr[5 * batch], X.indptr[5 * batch + 5])
        own = touched[ends[batch] : ends[batch + 1]]
        np.testing.assert_array_equal(own[slots[here]], X.indices[here])
        np.testing.assert_array_equal(np.sort(own), np.unique(X.indices[here]))


def test_columns_outside_the_batch_are_left_alone() -> None:
    """Lazy rows: no decay, no moments, not one bit of change."""
    X, y = rows(20, 9)
    wider = csr_array((X.data, X.indices, X.indptr), shape=(20, 12))
    start, end = starting_point(wider, y, BASE, 0), fit(wider, y, BASE, seed=0).params
    np.testing.assert_array_equal(end.w[9:], start.w[9:])
    np.testing.assert_array_equal(end.V[9:], start.V[9:])
    assert (end.V[:9] != start.V[:9]).all()


def test_rows_are_used_in_file_order_and_a_seed_fixes_the_rest() -> None:
    X, y = rows(60, 9)
    config = dataclasses.replace(BASE, epochs=2)
    one, again, other_seed = (fit(X, y, config, seed=seed) for seed in (3, 3, 4))
    reversed_file = fit(X[::-1], y[::-1], config, seed=3)
    np.testing.assert_array_equal(one.params.V, again.params.V)
    assert one.params.w0 == again.params.w0
    assert [epoch.metrics for epoch in one.history] == [epoch.metrics for epoch in again.history]
    assert np.abs(one.params.V - other_seed.params.V).max() > 0.01
    assert np.abs(one.params.V - reversed_file.params.V).max() > 0.01
    np.testing.assert_allclose(  # a batch is a sum: order within it does not matter
        fit(X, y, dataclasses.replace(config, mini_batch_size=60), seed=3).params.V,
        fit(X[::-1], y[::-1], dataclasses.replace(config, mini_batch_size=60), seed=3).params.V,
        atol=1e-5,
    )


def test_rows_are_left_as_they_were() -> None:
    X, y = rows(20, 9)
    kept, labels = X.copy(), y.copy()
    fit(X, y, BASE, seed=0)
    np.testing.assert_array_equal(X.toarray(), kept.toarray())
    np.testing.assert_array_equal(y, labels)


def test_batch_metrics_come_at_batch_0_and_every_500th_and_add_up() -> None:
    X, y = rows(1001, 5)
    frozen = {f"{group}_lr": 0.0 for group in ("bias", "linear", "factors")}
    config = AdamConfig(num_factors=2, mini_batch_size=1, epochs=2, **frozen)
    told = []
    result = fit(X, y, config, seed=0, on_batch=lambda *news: told.append(news))
    assert [news[:2] for news in told] == [(0, 0), (0, 500), (0, 1000), (1, 0), (1, 500), (1, 1000)]
    for _, batch, metrics in told:
        expected = evaluate(result.params, X[: batch + 1], y[: batch + 1])
        assert metrics == pytest.approx(expected, abs=1e-5)


def test_training_reports_each_epoch_and_stops_when_asked() -> None:
    X, y = rows(40, 9)
    config = dataclasses.replace(BASE, epochs=5)
    told, asked = [], []

    def should_stop() -> bool:
        asked.append(True)
        return len(asked) > 5

    result = fit(X, y, config, seed=1, on_epoch=told.append, should_stop=should_stop)
    assert told == result.history
    assert [epoch.epoch for epoch in told] == [0, 1]
    assert all(epoch.seconds > 0 for epoch in told)
    three_epochs = fit(X, y, dataclasses.replace(config, epochs=3), seed=1).params
    two_epochs = fit(X, y, dataclasses.replace(config, epochs=2), seed=1).params
    assert result.params.w0 not in (two_epochs.w0, three_epochs.w0), "it stopped between two batches"


class TwoHalves(Optimiser):
    """The step taken apart, as several hosts do."""

    def step(self, batch: tuple, scores: np.ndarray) -> None:
        self.update(batch[5], self.gradient(batch, scores))


@pytest.mark.parametrize("make", [rows, pairs])
def test_a_step_is_its_two_halves(make) -> None:
    X, y = make(50, 12)
    config = AdamConfig(num_factors=3, mini_batch_size=8, epochs=3, clip_gradient=0.5)
    whole, halves = (fit(X, y, config, seed=4, optimiser=each) for each in (Optimiser, TwoHalves))
    np.testing.assert_allclose(halves.params.V, whole.params.V, rtol=1e-5)
    np.testing.assert_allclose(halves.params.w, whole.params.w, rtol=1e-5)
    assert halves.history[-1].metrics == pytest.approx(whole.history[-1].metrics, rel=1e-5)


def test_rows_may_be_given_anew_for_each_epoch() -> None:
    """Also more of them, and with more columns in a batch, than the first epoch had."""
    X, y = rows(90, 40)
    config = AdamConfig(num_factors=2, mini_batch_size=10, epochs=2)
    told = []
    result = fit(X[:5], y[:5], config, seed=1, rows_of=lambda epoch: (X, y), on_epoch=told.append)
    assert [each.records for each in told] == [5, 90]
    again = fit(X, y, config, seed=1, rows_of=lambda epoch: (X, y))
    np.testing.assert_array_equal(again.params.V, fit(X, y, config, seed=1).params.V)
    assert np.isfinite(result.params.V).all()


def test_an_interrupted_training_keeps_what_it_has_learned() -> None:
    X, y = rows(40, 9)

    def interrupt(epoch) -> None:
        if epoch.epoch == 1:
            raise KeyboardInterrupt

    result = fit(X, y, dataclasses.replace(BASE, epochs=9), seed=1, on_epoch=interrupt)
    two_epochs = fit(X, y, dataclasses.replace(BASE, epochs=2), seed=1)
    assert len(result.history) == 2
    np.testing.assert_array_equal(result.params.V, two_epochs.params.V)


def test_parameters_start_as_configured() -> None:
    X, y = csr_array((1, 20_000), dtype=np.float32), np.ones(1)
    config = AdamConfig(
        num_factors=4,
        bias_init_method="constant",
        bias_init_value=-2.5,
        linear_init_method="uniform",
        linear_init_scale=0.3,
        factors_init_sigma=0.02,
    )
    start = starting_point(X, y, config, 0)
    assert start.w0 == -2.5
    assert np.abs(start.w).max() == pytest.approx(0.3, rel=1e-3)
    assert start.w.std() == pytest.approx(0.3 / np.sqrt(3), rel=0.02)
    assert start.V.std() == pytest.approx(0.02, rel=0.02)
    assert start.V.shape == (20_000, 4)
    assert start.V.dtype == start.w.dtype == np.float32


def test_a_classifier_finds_a_pair_that_no_linear_model_can() -> None:
    """Label 1 where exactly one of two switches is on (XOR): each switch alone says nothing."""
    switches = np.random.default_rng(0).integers(0, 2, (400, 2))
    X, y = (
        np.eye(4)[switches + np.array([0, 2])].sum(axis=1),
        (switches[:, 0] != switches[:, 1]).astype(float),
    )
    config = AdamConfig(
        num_factors=2,
        predictor_type="binary_classifier",
        epochs=60,
        mini_batch_size=40,
        factors_lr=0.05,
        linear_lr=0.05,
        factors_init_sigma=0.1,
    )
    accuracy = "binary_classification_accuracy"
    assert evaluate(fit(X, y, config, seed=0).params, X, y)[accuracy] == 1
    linear = dataclasses.replace(config, num_factors=0)
    assert evaluate(fit(X, y, linear, seed=0).params, X, y)[accuracy] < 0.8


def test_classifier_metrics_count_as_the_real_log_does() -> None:
    """A real job (64 rows a batch) logged accuracy 0.421875 and F1 0.05128…; that is 27 right, one of them a
    true positive, and a threshold at probability ½."""
    score = np.r_[0.0, -np.ones(26), np.ones(30), -np.ones(7)]
    y = np.r_[1.0, np.zeros(26), np.zeros(30), np.ones(7)]
    metrics = log_metrics(score, y, "binary_classifier")
    assert list(metrics) == [
        "binary_classification_accuracy",
        "binary_classification_cross_entropy",
        "binary_f_1.000",
    ]
    assert metrics["binary_classification_accuracy"] == 0.421875
    assert metrics["binary_f_1.000"] == pytest.approx(0.05128205128205128)
    p = 1 / (1 + np.exp(-score))
    assert metrics["binary_classification_cross_entropy"] == pytest.approx(
        -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    )
    assert log_metrics([-1.0, -1.0], [1.0, 0.0], "binary_classifier")["binary_f_1.000"] == 0
    assert list(log_metrics([1.0], [2.0], "regressor")) == ["rmse", "mse", "absolute_loss"]


def test_evaluate_counts_real_rows_only() -> None:
    X, y = rows(5, 4)
    params = FMParameters(3.0, np.zeros(4, np.float32), np.zeros((4, 2), np.float32))
    error = y.astype(float) - 3
    expected = {
        "rmse": np.sqrt(np.mean(error**2)),
        "mse": np.mean(error**2),
        "absolute_loss": np.mean(abs(error)),
    }
    assert evaluate(params, X, y) == pytest.approx(expected)
    with pytest.raises(ValueError, match="nothing to evaluate"):
        evaluate(params, X[:0], y[:0])


def test_hyperparameters_arrive_as_strings() -> None:
    config = AdamConfig.from_hyperparameters(
        {
            "epochs": 1,  # the one number in SageMaker's own default file
            "mini_batch_size": "994",
            "use_bias": "true",
            "bias_lr": ".21899531189430518",
            "factors_wd": "0.00001",
            "linear_init_method": "uniform",
            "linear_init_scale": "0.5",
            "clip_gradient": "2",
            "_optimizer": "adam",
            "_wd": "1.0",
            "feature_dim": "10334",
            "num_factors": "8",
            "predictor_type": "regressor",
        }
    )
    assert config == AdamConfig(
        num_factors=8,
        predictor_type="regressor",
        feature_dim=10334,
        mini_batch_size=994,
        bias_lr=0.21899531189430518,
        linear_init_method="uniform",
        linear_init_scale=0.5,
        clip_gradient=2.0,
    )
    assert isinstance(config.feature_dim, int)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"predictor_type": "classifier"}, "'regressor' or 'binary_classifier', got 'classifier'"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ({"mini_batch_size": 0.5}, "mini_batch_size must be a whole number of at least 1, got 0.5"),
        ({"epochs": 2.5}, "epochs must be a whole number of at least 1, got 2.5"),
        ({"num_factors": -1}, "num_factors must be a whole number of at least 0"),
        ({"factors_lr": -1.0}, "factors_lr must be a number of at least 0"),
        ({"linear_wd": float("nan")}, "linear_wd must be a number"),
        ({"bias_init_method": "zeros"}, "bias_init_method must be one of"),
        ({"factors_init_method": "uniform"}, "needs a factors_init_scale"),
        ({"linear_init_method": "constant"}, "needs a linear_init_value"),
    ],
)
def test_settings_out_of_range_are_refused(change, message) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(BASE, **change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": np.zeros((0, 4)), "y": []}, "no rows"),
        ({"X": np.full((2, 4), np.nan)}, "X holds nan in row 0, column 0"),
        ({"y": [1.0]}, r"one label per row of X, shape \(2,\); got shape \(1,\)"),
        ({"y": [1.0, np.nan]}, "y holds nan in row 1"),
        ({"y": [0, -1], "predictor_type": "binary_classifier"}, "labels 0 and 1; y holds -1 in row 1"),
        ({"feature_dim": 5}, "X has 4 columns, but the model has feature_dim 5"),
    ],
)
def test_rows_that_cannot_be_learned_from_are_refused(change, message) -> None:
    data = {"X": np.ones((2, 4)), "y": [1.0, 0.0]}
    data |= {name: change.pop(name) for name in ("X", "y") if name in (change := dict(change))}
    with pytest.raises(ValueError, match=message):
        fit(**data, config=dataclasses.replace(BASE, **change))


def test_odd_rows() -> None:
    X, _ = pairs(30, 8)
    slow = dataclasses.replace(BASE, epochs=2)
    empty_rows = fit(csr_array((4, 3), dtype=np.float32), [1, 2, 3, 4], slow, seed=0)
    before = starting_point(csr_array((4, 3), dtype=np.float32), [1, 2, 3, 4], slow, 0)
    assert empty_rows.params.w0 > before.w0
    np.testing.assert_array_equal(empty_rows.params.V, before.V)
    assert fit(np.zeros((3, 0)), [1, 2, 3], slow).params.V.shape == (0, 3)

    quick = AdamConfig(num_factors=2, epochs=400, mini_batch_size=6, bias_lr=0.05, linear_lr=0.05)
    quick = dataclasses.replace(quick, bias_wd=0.0, linear_wd=0.0)
    assert fit(np.ones((6, 1)), np.full(6, 4.0), quick, seed=0).params.score([[1.0]]) == pytest.approx(
        [4.0], abs=0.05
    )
    for label in (0, 1):
        classes = dataclasses.replace(quick, predictor_type="binary_classifier", mini_batch_size=30)
        assert fit(X, np.full(30, label), classes, seed=0).params.predict(X) == pytest.approx(label, abs=0.05)

    # one column named twice: adds up
    twice = csr_array((np.ones(2, np.float32), [1, 1], [0, 2]), shape=(1, 3))
    doubled = csr_array(np.array([[0, 2, 0]], np.float32))
    one, other = (fit(rows, [5.0], slow, seed=0).params for rows in (twice, doubled))
    np.testing.assert_array_equal(one.w, other.w)
    np.testing.assert_array_equal(one.V, other.V)


@pytest.mark.parametrize("make", [rows, pairs])
def test_wide_indices_are_welcome(make) -> None:
    X, y = make(40, 9)
    wide = csr_array((X.data, X.indices.astype(np.int64), X.indptr.astype(np.int64)), shape=X.shape)
    np.testing.assert_array_equal(fit(X, y, BASE, seed=0).params.V, fit(wide, y, BASE, seed=0).params.V)


def test_huge_values_are_refused_by_name() -> None:
    X = np.array([[1e30, 1e30], [1.0, 0.0]])
    with pytest.raises(ValueError, match="diverged: in epoch 0, batch 0"):
        fit(X, [1.0, 2.0], BASE, seed=0)


def test_divergence_is_reported_where_it_happens() -> None:
    X, y = rows(40, 9)
    wild = dataclasses.replace(BASE, factors_lr=512.0, rescale_grad=1e30, epochs=500)
    with pytest.raises(ValueError, match=r"diverged: in epoch \d+, batch \d.*smaller learning rates"):
        fit(X, y * 1e30, wild, seed=0)
