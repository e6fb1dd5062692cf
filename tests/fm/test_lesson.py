"""Lesson 04's factorization machine, against the double loop and finite differences; lesson 02's claims."""

from __future__ import annotations

from time import process_time

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from course_utils.datasets import rendle
from course_utils.encode import FeatureMap
from course_utils.fm import FMParameters
from course_utils.fm.lesson import fit_toy, fit_toy_many, gradients, loss, predict, predict_double_loop, sgd


@pytest.fixture
def small() -> tuple:
    """Rows with 0 to 5 values that are not all 1, and parameters of no special form."""
    rng = np.random.default_rng(3)
    X = random_array((12, 6), density=0.5, rng=rng).toarray()
    X[0] = 0
    return X, rng.normal(3, 1, 12), 0.7, rng.normal(size=6), rng.normal(size=(6, 3))


@pytest.mark.parametrize("form", [np.asarray, csr_array])
def test_the_linear_time_form_equals_the_double_loop(small, form) -> None:
    X, _, w0, w, V = small
    np.testing.assert_allclose(
        predict(form(X), w0, w, V), [predict_double_loop(x, w0, w, V) for x in X], rtol=1e-12
    )


def slope(function, array: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """Central finite differences of ``function()`` in each entry of ``array``."""
    result = np.empty_like(array)
    for at in np.ndindex(array.shape):
        kept = array[at]
        array[at] = kept + step
        up = function()
        array[at] = kept - step
        result[at] = (up - function()) / (2 * step)
        array[at] = kept
    return result


def mean_loss(X, y, w0, w, V, task) -> float:
    """What the gradients claim to be the slope of: half of MSE, or the log-loss."""
    value = loss(X, y, w0, w, V, task)
    return value**2 / 2 if task == "regressor" else value


@pytest.mark.parametrize("task", ["regressor", "binary_classifier"])
@pytest.mark.parametrize("form", [np.asarray, csr_array])
def test_gradients_equal_finite_differences(small, task, form) -> None:
    X, y, w0, w, V = small
    X, y, w0 = form(X), y if task == "regressor" else (y > 3).astype(float), np.array([w0])
    for ours, theirs in zip(gradients(X, y, w0, w, V, task), (w0, w, V), strict=True):
        numeric = slope(lambda: mean_loss(X, y, w0, w, V, task), theirs)
        np.testing.assert_allclose(np.ravel(ours), numeric.ravel(), atol=1e-8)


def test_vectors_that_start_at_zero_never_learn_a_pair(small) -> None:
    X, y, w0, w, V = small
    assert not gradients(X, y, w0, w, np.zeros_like(V))[2].any()


def test_one_sgd_batch_is_one_step_against_the_gradient(small) -> None:
    X, y, *_ = small
    V = np.random.default_rng(5).normal(0, 0.05, (6, 2))
    grad_w0, grad_w, grad_V = gradients(X, y, y.mean(), np.zeros(6), V)
    params = sgd(X, y, k=2, epochs=1, batch_size=99, lr=0.5, bias_lr=0.25, lambda_V=0.1, seed=5).params
    assert params.w0 == pytest.approx(y.mean() - 0.25 * grad_w0)
    np.testing.assert_allclose(params.w, -0.5 * grad_w, atol=1e-6)
    np.testing.assert_allclose(params.V, V - 0.5 * (grad_V + 0.1 * V), atol=1e-6)


@pytest.fixture(scope="module")
def planted() -> tuple:
    """3,000 ratings of 60 users and 40 films by a known factorization machine plus noise of 0.3 stars."""
    rng = np.random.default_rng(0)
    truth = FMParameters(
        3.5, rng.normal(0, 0.3, 100).astype(np.float32), rng.normal(0, 0.6, (100, 3)).astype(np.float32)
    )
    columns = np.stack([rng.integers(0, 60, 3000), rng.integers(60, 100, 3000)], axis=1)
    X = csr_array((np.ones(6000), columns.ravel(), np.arange(0, 6001, 2)), shape=(3000, 100))
    return X, truth.score(X) + rng.normal(0, 0.3, 3000)


def test_sgd_learns_what_a_linear_model_cannot(planted) -> None:
    X, y = planted
    held_out = (X[2500:], y[2500:])
    pairs, linear = (
        sgd(X[:2500], y[:2500], k=k, epochs=40, lr=2, batch_size=50, validation=held_out).history
        for k in (3, 0)
    )
    best = min(epoch.metrics["validation_loss"] for epoch in pairs)
    assert best < 0.5
    assert best < min(epoch.metrics["validation_loss"] for epoch in linear) - 0.3
    assert pairs[-1].metrics["train_loss"] < pairs[0].metrics["train_loss"]


def test_with_validation_rows_the_best_epoch_is_kept(planted) -> None:
    """Trained long without regularisation, the model gets worse on new rows; the kept one is the best."""
    X, y = planted
    held_out = (X[2500:], y[2500:])
    settings = {"k": 16, "epochs": 40, "lr": 5, "batch_size": 50, "lambda_w": 0, "lambda_V": 0}
    result = sgd(X[:400], y[:400], validation=held_out, **settings)
    losses = [epoch.metrics["validation_loss"] for epoch in result.history]
    assert np.argmin(losses) < len(losses) - 1
    assert losses[-1] > min(losses)
    kept = np.sqrt(np.mean((result.params.score(held_out[0]) - held_out[1]) ** 2))
    assert kept == pytest.approx(min(losses), abs=1e-5)


def test_sgd_repeats_itself_for_a_seed(planted) -> None:
    X, y = planted
    one, same, other = (sgd(X, y, epochs=1, lr=1, seed=seed).params for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.V, same.V)
    assert (one.V != other.V).any()


def test_sgd_learns_classes(planted) -> None:
    X, y = planted
    classes = (y > 3.5).astype(float)
    result = sgd(X, classes, k=3, epochs=30, lr=5, batch_size=50, task="binary_classifier")
    assert result.params.task == "binary_classifier"
    assert np.mean((result.params.predict(X) > 0.5) == classes) > 0.85


def test_sgd_says_what_is_wrong(planted) -> None:
    X, y = planted
    with pytest.raises(ValueError, match="one label per row"):
        sgd(X, y[:-1])
    with pytest.raises(ValueError, match="labels 0 and 1"):
        sgd(X, y, task="binary_classifier")
    with pytest.raises(ValueError, match="no rows"):
        sgd(X[:0], y[:0])
    for validation in (None, (X, y)):  # early stopping must not hide it behind an earlier model
        with np.errstate(all="ignore"), pytest.raises(ValueError, match=r"diverged.*smaller learning rate"):
            sgd(X, y, lr=1e4, epochs=3, validation=validation)


class Toy:
    """Rendle's seven ratings as one-hot rows, and what a model says about a user and a film."""

    def __init__(self) -> None:
        self.ratings = rendle.load().ratings
        self.map = FeatureMap.fit(self.ratings)
        self.X, self.y = self.map.transform(self.ratings), self.ratings["rating"].to_numpy()

    def ask(self, models: list[FMParameters], user: str, film: str) -> np.ndarray:
        x = np.zeros((1, self.map.feature_dim))
        x[0, [self.map.column("user", user), self.map.column("item", film)]] = 1
        return np.array([model.score(x)[0] for model in models])

    def gap(self, models: list[FMParameters]) -> np.ndarray:
        """How much more Charlie would like Star Trek than Alice."""
        return self.ask(models, "Charlie", "Star Trek") - self.ask(models, "Alice", "Star Trek")


@pytest.fixture(scope="module")
def toy() -> Toy:
    return Toy()


@pytest.mark.parametrize("k", [2, 3])
def test_with_the_course_settings_every_seed_says_the_same_of_star_trek(toy, k) -> None:
    models = fit_toy_many(toy.X, toy.y, range(20), k=k)
    np.testing.assert_allclose(toy.ask(models, "Alice", "Star Trek"), 2.2, atol=0.05)
    np.testing.assert_allclose(toy.ask(models, "Charlie", "Star Trek"), 4.0, atol=0.08)
    assert all(np.abs(model.score(toy.X) - toy.y).max() < 0.25 for model in models)


@pytest.mark.parametrize("k", [2, 3])
def test_without_regularisation_the_order_is_seed_luck(toy, k) -> None:
    """Every model fits the seven ratings exactly, and they disagree about the eighth."""
    models = fit_toy_many(toy.X, toy.y, range(20), k=k, lambda_w=0, lambda_V=0)
    assert all(np.abs(model.score(toy.X) - toy.y).max() < 0.01 for model in models)
    assert 3 <= np.sum(toy.gap(models) < 0) <= 17
    assert np.ptp(toy.ask(models, "Alice", "Star Trek")) > 0.3


@pytest.mark.parametrize("strength", [0.01, 0.03, 0.1])
def test_equal_light_regularisation_agrees_but_hardly_tells_them_apart(toy, strength) -> None:
    gap = toy.gap(fit_toy_many(toy.X, toy.y, range(20), lambda_w=strength, lambda_V=strength))
    assert gap.min() > 0
    assert gap.max() < 0.2


def test_a_fixed_bias_leaves_the_order_to_the_seed_again(toy) -> None:
    models = fit_toy_many(toy.X, toy.y, range(20), learn_w0=False)
    assert all(model.w0 == pytest.approx(toy.y.mean()) for model in models)
    assert 0 < np.sum(toy.gap(models) < 0.05) < 20


@pytest.mark.parametrize(
    ("user", "film", "rating"),
    [("Alice", "Star Wars", 5), ("Bob", "Star Wars", 1), ("Bob", "Star Trek", 1), ("Charlie", "Titanic", 5)],
)
@pytest.mark.parametrize("k", [2, 3])
def test_one_other_rating_makes_alice_like_star_trek(toy, user, film, rating, k) -> None:
    edited = toy.y.copy()
    edited[(toy.ratings["user"] == user) & (toy.ratings["item"] == film)] = rating
    assert (toy.ask(fit_toy_many(toy.X, edited, range(10), k=k), "Alice", "Star Trek") >= 3.5).all()


def test_the_toy_ends_where_its_objective_is_flat(toy) -> None:
    """Finite differences of ½ mean (ŷ - y)² + ½ λ_w ‖w‖² + ½ λ_V ‖V‖², in w0, w and V, are all near 0."""
    fitted = fit_toy(toy.X, toy.y, steps=3000)
    w0, w, V = np.array([fitted.w0]), fitted.w.astype(float), fitted.V.astype(float)

    def objective() -> float:
        data = mean_loss(toy.X, toy.y, w0, w, V, "regressor")
        return data + (w**2).sum() / 2 + 0.03 * (V**2).sum() / 2

    for array in (w0, w, V):
        np.testing.assert_allclose(slope(objective, array), 0, atol=1e-5)


def test_many_seeds_at_once_are_the_same_as_one_by_one(toy) -> None:
    for seed, model in zip((4, 9), fit_toy_many(toy.X, toy.y, (4, 9)), strict=True):
        alone = fit_toy(toy.X, toy.y, seed=seed)
        assert alone.w0 == pytest.approx(model.w0)
        np.testing.assert_allclose(alone.V, model.V, atol=1e-5)


def test_a_slider_can_refit_the_toy(toy) -> None:
    def seconds() -> float:
        started = process_time()
        fit_toy(toy.X, toy.y)
        return process_time() - started

    assert min(seconds() for _ in range(5)) < 0.15
