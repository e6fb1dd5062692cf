"""The Gibbs sampler against analytic posteriors, planted models and real ratings."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.special import ndtr

from course_utils.encode import FeatureMap
from course_utils.encode.sides import Side
from course_utils.evaluate.metrics import rmse
from course_utils.fm.coordinate import Prior, Rows, posterior
from course_utils.fm.fields import Fields
from course_utils.fm.gibbs import GibbsConfig, _Beliefs, fit
from course_utils.fm.model import FMParameters, sigmoid
from course_utils.fm.probit import probabilities


def planted(n: int, users: int, items: int, k: int, noise: float, seed: int) -> tuple:
    """Pair rows, noisy ratings of a known model, and that model's own ratings."""
    rng = np.random.default_rng(seed)
    d = users + items
    columns = np.stack([rng.integers(0, users, n), users + rng.integers(0, items, n)], axis=1)
    X = csr_array((np.ones(2 * n, np.float32), columns.ravel(), np.arange(0, 2 * n + 1, 2)), shape=(n, d))
    truth = FMParameters(
        3.0, rng.normal(0, 0.3, d).astype(np.float32), rng.normal(0, 0.7, (d, k)).astype(np.float32)
    )
    score = truth.score(X)
    return X, (score + rng.normal(0, noise, n)).astype(np.float32), score


def test_a_draw_has_the_mean_and_spread_of_its_posterior() -> None:
    """y_r ~ normal(h_r θ, 1/α), θ ~ normal(μ, 1/λ): the product of the densities, on a fine grid."""
    h, y, alpha, mean, precision = np.array([1.0, -2.0, 0.5]), np.array([1.0, 2.0, 0.0]), 0.7, 0.4, 1.5
    grid = np.linspace(-6, 6, 20_001)
    log_density = -0.5 * alpha * ((y[:, None] - h[:, None] * grid) ** 2).sum(axis=0)
    density = np.exp(log_density - 0.5 * precision * (grid - mean) ** 2)
    density /= density.sum()
    expected = density @ grid
    spread = np.sqrt(density @ (grid - expected) ** 2)
    now = 0.9
    he, hh = h @ (y - h * now), h @ h
    assert posterior(now, he, hh, alpha, mean, precision, 0.0) == pytest.approx(expected)
    assert posterior(now, he, hh, alpha, mean, precision, 2.0) == pytest.approx(expected + 2 * spread)
    assert posterior(now, 0.0, 0.0, alpha, mean, 0.0, 2.0) == now


@pytest.mark.parametrize("design", [Rows, Fields])
def test_a_linear_model_is_drawn_from_its_exact_posterior(design) -> None:
    """With α, μ and λ fixed and k = 0 it is a multivariate normal of known mean and covariance."""
    X, y, _ = planted(60, 4, 3, 0, 0.5, seed=1)
    alpha, mu, lam = 4.0, 0.2, 3.0
    A = X.toarray().astype(np.float64)
    covariance = np.linalg.inv(alpha * A.T @ A + lam * np.eye(7))
    mean = covariance @ (alpha * A.T @ (y - 3.0) + lam * mu)

    rng, theta, rows = np.random.default_rng(0), np.zeros((7, 1), np.float32), design(X, y)
    prior = Prior(np.full((7, 1), mu, np.float32), np.zeros(7, np.int64), np.full((1, 1), lam))
    draws = []
    for _ in range(20_000):
        rows.sweep(3.0, theta, prior, alpha, rng.standard_normal((7, 1), dtype=np.float32))
        draws.append(theta[:, 0].copy())
    draws = np.array(draws[100:], np.float64)
    batches = draws[: len(draws) // 100 * 100].reshape(100, -1, 7).mean(axis=1)
    error = batches.std(axis=0) / 10  # of the mean, by batch means: successive draws are correlated
    assert (np.abs(draws.mean(axis=0) - mean) < 4.5 * error).all()
    assert error.max() < 0.02
    np.testing.assert_allclose(np.cov(draws.T), covariance, atol=0.1 * covariance.max())


def test_hyperparameters_are_drawn_from_their_posterior() -> None:
    """The draws of (λ, μ) given θ against a normal-gamma posterior, computed on a grid."""
    theta = np.random.default_rng(1).normal(0.5, 0.4, (40, 1)).astype(np.float32)
    lam, mu = np.meshgrid(np.linspace(0.5, 20, 800), np.linspace(-0.5, 1.5, 801), indexing="ij")
    log_density = (
        20 * np.log(lam)
        - 0.5 * lam * ((theta[:, 0, None, None] - mu) ** 2).sum(axis=0)
        + 0.5 * np.log(lam)  # μ ~ normal(0, 1/λ)
        - 0.5 * lam * mu**2
        - 0.5 * np.log(lam)  # λ ~ Γ(1/2, 1/2)
        - 0.5 * lam
    )
    density = np.exp(log_density - log_density.max())
    density /= density.sum()

    rng, beliefs = np.random.default_rng(0), _Beliefs(np.zeros(40, np.int64), (), 1, 0.1)
    draws = []
    for _ in range(20_000):
        beliefs.draw(theta, rng)
        draws.append((beliefs.prior.precision[0, 0], beliefs.prior.mean[0, 0]))
    draws = np.array(draws[100:])
    assert draws.mean(axis=0) == pytest.approx([(density * lam).sum(), (density * mu).sum()], rel=0.02)
    spread = [np.sqrt((density * (x - (density * x).sum()) ** 2).sum()) for x in (lam, mu)]
    assert draws.std(axis=0) == pytest.approx(spread, rel=0.03)


@pytest.mark.parametrize("noise", [0.3, 0.8])
def test_a_planted_model_and_its_noise_are_found(noise) -> None:
    X, y, truth = planted(12_000, 100, 60, 3, noise, seed=2)
    train, test = slice(2000, None), slice(0, 2000)
    result = fit(X[train], y[train], GibbsConfig(3, 300, 100, clip=False), predict_X=X[test], seed=0)
    assert result.averaged == 200
    assert rmse(truth[test], result.test_prediction) < 0.3 * noise  # of what no model can predict
    alphas = [epoch.metrics["noise_precision"] for epoch in result.history[100:]]
    assert np.mean(alphas) == pytest.approx(noise**-2, rel=0.05)
    assert rmse(result.test_prediction, result.params.score(X[test])) < 0.3 * noise
    last_draw = fit(X[train], y[train], GibbsConfig(3, 300, 299), seed=0).params.score(X[test])
    assert rmse(truth[test], result.test_prediction) < rmse(truth[test], last_draw)


def test_the_model_is_the_average_of_all_draws() -> None:
    X, y, _ = planted(300, 20, 10, 2, 0.5, seed=4)
    draws = [fit(X, y, GibbsConfig(2, n, n - 1), seed=0).params for n in (3, 4, 5)]
    assert draws[0].num_factors == 2
    expected = np.mean([draw.score(X) for draw in draws], axis=0)
    whole = fit(X, y, GibbsConfig(2, 5, 2, keep=3), seed=0).params
    assert whole.num_factors == 6
    np.testing.assert_allclose(whole.score(X), expected, atol=1e-5)
    cut = fit(X, y, GibbsConfig(2, 5, 2, keep=2), seed=0).params
    assert cut.num_factors == 2
    assert 1e-4 < rmse(expected, cut.score(X)) < 0.5 * rmse(expected, draws[-1].score(X))


@pytest.mark.parametrize("predictor_type", ["regressor", "binary_classifier", "ordinal"])
def test_the_fast_path_draws_what_the_general_one_draws(predictor_type, monkeypatch) -> None:
    X, y, _ = planted(3000, 60, 40, 3, 0.5, seed=3)
    y = y if predictor_type == "regressor" else (y > 3).astype(np.float32)
    groups = np.r_[np.zeros(60, int), np.ones(40, int)]
    rows = np.random.default_rng(0).random((40, 3)).astype(np.float32)
    sides = [Side("films", np.arange(60, 100), csr_array(rows), ["a", "b", "c"])]
    config = GibbsConfig(4, 6, 2, predictor_type=predictor_type)
    fast = fit(X, y, config, sides=sides, predict_X=X, seed=1)
    monkeypatch.setattr(Fields, "fits", staticmethod(lambda X: False))
    general = fit(X, y, config, sides=sides, predict_X=X, seed=1, groups=groups)
    np.testing.assert_allclose(fast.test_prediction, general.test_prediction, atol=1e-3)
    one_group = fit(X, y, config, sides=sides, predict_X=X, seed=1)
    assert np.abs(one_group.test_prediction - general.test_prediction).max() > 1e-3


@pytest.mark.parametrize("predictor_type", ["regressor", "binary_classifier", "ordinal"])
def test_same_seed_same_draws(predictor_type) -> None:
    X, y, _ = planted(500, 20, 10, 2, 0.5, seed=4)
    y = y if predictor_type == "regressor" else (y > 3).astype(np.float32)
    config = GibbsConfig(3, 20, 5, predictor_type=predictor_type)
    one, again, other = (fit(X, y, config, predict_X=X, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.test_prediction, again.test_prediction)
    np.testing.assert_array_equal(one.params.w, again.params.w)
    np.testing.assert_array_equal(one.params.V, again.params.V)
    assert [epoch.metrics for epoch in one.history] == [epoch.metrics for epoch in again.history]
    assert np.abs(one.test_prediction - other.test_prediction).max() > 1e-3


def test_predictions_are_averages_of_the_draws_after_burn_in() -> None:
    X, y, _ = planted(300, 20, 10, 2, 0.5, seed=4)
    last = [fit(X, y, GibbsConfig(2, n, n - 1, clip=False), seed=0).params.score(X) for n in (3, 4, 5)]
    result = fit(X, y, GibbsConfig(2, 5, 2, clip=False), predict_X=X, seed=0)
    np.testing.assert_allclose(result.test_prediction, np.mean(last, axis=0), atol=1e-5)
    clipped = fit(X, y, GibbsConfig(2, 5, 2), predict_X=X, seed=0)
    expected = np.mean([score.clip(y.min(), y.max()) for score in last], axis=0)
    np.testing.assert_allclose(clipped.test_prediction, expected, atol=1e-5)
    assert fit(X, y, GibbsConfig(2, 5, 2), seed=0).test_prediction is None


def test_classes_are_learned_with_honest_probabilities() -> None:
    X, _, truth = planted(12_000, 80, 50, 2, 0.0, seed=5)
    truth = truth - 3.0
    y = (truth + np.random.default_rng(0).normal(size=len(truth)) > 0).astype(np.float32)
    config = GibbsConfig(2, 150, 30, predictor_type="binary_classifier")
    result = fit(X[2000:], y[2000:], config, predict_X=X[:2000], seed=0)
    assert rmse(ndtr(truth[:2000]), result.test_prediction) < 0.1
    assert result.levels is None
    assert result.history[-1].metrics["accuracy"] > 0.7
    assert result.params.task == "binary_classifier"
    short = GibbsConfig(2, 1, 0, predictor_type="binary_classifier")
    one_draw = fit(X[2000:], y[2000:], short, predict_X=X[:2000], seed=0)
    assert np.abs(sigmoid(one_draw.params.score(X[:2000])) - one_draw.test_prediction).max() < 0.0096


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_alone_is_what_is_predicted(label) -> None:
    X, _, _ = planted(300, 20, 10, 2, 0.5, seed=4)
    config = GibbsConfig(2, 40, 10, predictor_type="binary_classifier")
    found = fit(X, np.full(300, label), config, predict_X=X, seed=0)
    assert np.abs(found.test_prediction - label).max() < 0.2
    ordinal = GibbsConfig(2, 40, 10, predictor_type="ordinal")
    assert fit(X, np.full(300, 3 + label), ordinal, predict_X=X, seed=0).test_prediction == pytest.approx(
        np.full(300, 3 + label)
    )


def test_uneven_stars_are_learned_as_ordered_classes() -> None:
    X, _, truth = planted(12_000, 80, 50, 2, 0.0, seed=5)
    cuts, values = np.array([-1.0, 0.0, 0.2]), np.array([1.0, 2.0, 3.0, 15.0])
    y = values[np.digitize(truth - 3.0 + np.random.default_rng(0).normal(size=len(truth)), cuts)]
    train, test = slice(2000, None), slice(0, 2000)
    expected = probabilities(truth[test].astype(np.float64) - 3.0, cuts) @ values

    def fitted(predictor_type: str):
        config = GibbsConfig(2, 150, 30, predictor_type=predictor_type)
        held_out = X[test], y[test]
        return fit(X[train], y[train], config, predict_X=X[test], validation=held_out, seed=0)

    ordinal, plain = fitted("ordinal"), fitted("regressor")
    assert ordinal.levels.tolist() == [1, 2, 3, 15]
    assert np.diff(ordinal.cutpoints) == pytest.approx(np.diff(cuts), rel=0.2)
    assert rmse(expected, ordinal.test_prediction) < 0.9 * rmse(expected, plain.test_prediction)
    assert rmse(ordinal.test_prediction, ordinal.predict(X[test])) < 0.3 * rmse(
        expected, ordinal.test_prediction
    )
    reported = ordinal.history[-1].metrics["validation_rmse"]
    assert reported == pytest.approx(rmse(y[test], ordinal.test_prediction))
    assert plain.levels is None
    np.testing.assert_array_equal(plain.predict(X[test]), plain.params.predict(X[test]))


def test_any_number_of_threads_gives_the_same_draws() -> None:
    X, y, _ = planted(300_000, 500, 400, 2, 0.5, seed=4)
    one, three = (fit(X, y, GibbsConfig(3, 4, 1), seed=1, threads=threads) for threads in (1, 3))
    np.testing.assert_array_equal(one.params.V, three.params.V)
    assert [epoch.metrics for epoch in one.history] == [epoch.metrics for epoch in three.history]


def test_stopping_and_ctrl_c_keep_what_was_drawn() -> None:
    X, y, _ = planted(300, 20, 10, 2, 0.5, seed=4)
    seen = []

    def interrupt(epoch) -> None:
        seen.append(epoch)
        if len(seen) == 3:
            raise KeyboardInterrupt

    config = GibbsConfig(2, 50, 1)
    interrupted = fit(X, y, config, predict_X=X, seed=0, on_epoch=interrupt)
    stopped = fit(X, y, config, predict_X=X, seed=0, should_stop=iter([False] * 3 + [True]).__next__)
    for result in (interrupted, stopped):
        assert len(result.history) == 3
        assert result.averaged == 2
    np.testing.assert_array_equal(interrupted.test_prediction, stopped.test_prediction)
    at_once = fit(X, y, config, predict_X=X, seed=0, should_stop=lambda: True)
    assert at_once.averaged == 0
    assert np.isfinite(at_once.test_prediction).all()


def test_odd_rows() -> None:
    config = GibbsConfig(2, 30, 5)
    X, y, _ = planted(50, 5, 5, 2, 0.5, seed=0)
    constant = fit(X, np.full(50, 4.0), config, predict_X=X, seed=0)
    assert constant.test_prediction == pytest.approx(np.full(50, 4.0))
    empty = fit(np.zeros((4, 3)), [1, 2, 3, 4], config, predict_X=np.zeros((0, 3)), seed=0)
    assert empty.test_prediction.shape == (0,)
    assert fit(np.zeros((3, 0)), [1, 2, 3], config, seed=0).params.feature_dim == 0
    one = fit(np.ones((200, 1)), y.mean() + np.arange(200) % 2, config, predict_X=np.ones((1, 1)), seed=0)
    assert one.test_prediction == pytest.approx([y.mean() + 0.5], abs=0.1)
    assert fit(X, y, GibbsConfig(0, 10, 5), predict_X=X, seed=0).params.V.shape == (10, 0)
    scaled = fit(X, 1e6 * y, config, predict_X=X, seed=0)
    assert np.isfinite(scaled.test_prediction).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"X": np.zeros((0, 2)), "y": []}, "no rows"),
        ({"X": [[np.inf, 1.0]], "y": [1]}, "X holds inf"),
        ({"X": [[1.0, 1.0]], "y": [np.nan]}, "y holds nan"),
        ({"X": [[1.0, 1.0]], "y": [1], "predict_X": [[1.0]]}, "feature_dim 2"),
        ({"X": [[1.0, 1.0]], "y": [1], "groups": [0]}, "groups"),
        ({"X": [[1.0, 1.0]], "y": [1], "threads": 0}, "threads must be at least 1, got 0"),
        ({"X": [[1.0, 1.0]], "y": [1], "groups": [0, -1]}, "groups"),
        ({"X": [[1.0, 1.0]], "y": [1], "groups": [0.0, 1.0]}, "groups"),
        (
            {"X": [[1.0]], "y": [3], "config": GibbsConfig(predictor_type="binary_classifier")},
            "labels 0 and 1",
        ),
        ({"X": [[1e30, 1.0], [1.0, 1e30]], "y": [1, 2]}, "diverged"),
    ],
)
def test_bad_rows_get_a_clear_error(arguments, message) -> None:
    with pytest.raises(ValueError, match=message):
        fit(**{"config": GibbsConfig(2, 3, 0), **arguments})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_factors": -1}, "num_factors"),
        ({"iterations": 0}, "iterations"),
        ({"burn_in": -1}, "burn_in"),
        ({"iterations": 10, "burn_in": 10}, "leaves none to average"),
        ({"keep": 0}, "keep"),
        ({"init_sigma": 0}, "init_sigma"),
        ({"predictor_type": "ranker"}, "predictor_type"),
    ],
)
def test_bad_settings_get_a_clear_error(change, message) -> None:
    with pytest.raises(ValueError, match=message):
        GibbsConfig(**change)


def test_on_the_published_fold_of_ml_100k(published_fold) -> None:
    """libFM's MCMC reaches .9043 to .9058 here; one FM with the best single set of weights about .925."""
    train, test = published_fold
    features = FeatureMap.fit(train)
    X, predict_X = features.transform(train), features.transform(test)
    result = fit(X, train.rating, GibbsConfig(8, 300), predict_X=predict_X, seed=0)
    assert rmse(test.rating, result.test_prediction) < 0.908
