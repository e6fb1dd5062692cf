"""Side information against ridge regression on joined columns, exact posteriors and planted genres."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from course_utils.encode.sides import Side
from course_utils.evaluate.metrics import rmse
from course_utils.fm import als, gibbs
from course_utils.fm.sides import SideEffects


def side(name: str, columns: np.ndarray, rows: np.ndarray) -> Side:
    return Side(
        name, np.asarray(columns, np.int64), csr_array(rows.astype(np.float32)), list(range(rows.shape[1]))
    )


def rated(n: int, users: int, items: int, seed: int) -> csr_array:
    rng = np.random.default_rng(seed)
    columns = np.stack([rng.integers(0, users, n), users + rng.integers(0, items, n)], axis=1)
    d = users + items
    return csr_array((np.ones(2 * n, np.float32), columns.ravel(), np.arange(0, 2 * n + 1, 2)), shape=(n, d))


def sparse_table(shape: tuple[int, int], seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape) * (rng.random(shape) < 0.4)


def test_a_linear_model_with_a_side_is_ridge_on_the_joined_columns() -> None:
    """θ = z + B β with penalties on z and β: rows x beside rows x B, solved at once by least squares."""
    X, B = rated(80, 6, 5, seed=0), sparse_table((5, 3), seed=1)
    y = np.random.default_rng(2).normal(3, 1, 80)
    config = als.ALSConfig(0, 2000, lambda_w=2.0, lambda_side=0.3)
    fitted = als.fit(X, y, config, sides=[side("genre", np.arange(6, 11), B)], seed=0)

    dense = X.toarray().astype(np.float64)
    joined = np.hstack([np.ones((80, 1)), dense, dense[:, 6:] @ B])
    penalty = np.sqrt(np.r_[0, np.full(11, 2.0), np.full(3, 0.6)])
    solution, *_ = np.linalg.lstsq(np.vstack([joined, np.diag(penalty)]), np.r_[y, np.zeros(15)], rcond=None)
    np.testing.assert_allclose(fitted.params.score(X), joined @ solution, atol=2e-4)
    of_films = solution[7:12] + B @ solution[12:]
    np.testing.assert_allclose(fitted.params.w[6:], of_films, atol=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_als_never_increases_its_objective_with_sides(seed) -> None:
    X, rng = rated(800, 30, 20, seed), np.random.default_rng(seed)
    sides = [
        side("a", np.arange(30), sparse_table((30, 7), seed)),
        side("b", np.arange(30, 50), sparse_table((20, 4), seed)),
        side("c", np.arange(35, 45), sparse_table((10, 2), seed)),
    ]
    config = als.ALSConfig(3, 25, lambda_w=0.5, lambda_V=0.7, lambda_side=0.2, init_sigma=0.5)
    history = als.fit(X, rng.normal(3, 1, 800), config, sides=sides, seed=seed).history
    values = np.array([epoch.metrics["objective"] for epoch in history])
    assert (np.diff(values) <= 2e-6 * values[:-1]).all()


def test_coefficients_are_drawn_from_their_exact_posterior() -> None:
    """With θ, μ, λ and the prior fixed, β is a multivariate normal of known mean and covariance."""
    B, theta = sparse_table((12, 3), seed=3), np.random.default_rng(4).normal(size=(12, 1)).astype(np.float32)
    noise, intercept, mean, precision = np.array([2.0]), np.array([0.3]), 0.5, np.array([1.5])
    covariance = np.linalg.inv(noise[0] * B.T @ B + precision[0] * np.eye(3))
    expected = covariance @ (noise[0] * B.T @ (theta[:, 0] - 0.3) + precision[0] * mean)

    effects = SideEffects([side("s", np.arange(12), B)], np.zeros(12, np.int64), 1)
    rng, draws = np.random.default_rng(0), []
    for _ in range(20_000):
        z = rng.standard_normal((3, 1), dtype=np.float32)
        effects.sweep(0, theta, noise, intercept, np.full((3, 1), mean), precision, z)
        draws.append(effects.beta[0][:, 0].copy())
    draws = np.array(draws[100:], np.float64)
    np.testing.assert_allclose(effects.explained[:, 0], B @ draws[-1], atol=1e-4)
    np.testing.assert_allclose(draws.mean(axis=0), expected, atol=0.02)
    np.testing.assert_allclose(np.cov(draws.T), covariance, atol=0.05 * covariance.max())


@pytest.mark.parametrize("seed", range(10))
def test_a_film_that_nobody_rated_is_known_by_its_genres(seed) -> None:
    """Ratings planted from genres: a new film is a blank without the side, and nearly known with it."""
    users, items, k, rng = 60, 80, 2, np.random.default_rng(seed)
    genres = (rng.random((items, 5)) < 0.4).astype(float)
    tastes, kinds = rng.normal(0, 0.7, (users, k)), rng.normal(0, 0.7, (5, k))
    X = rated(9000, users, items, seed)
    user, item = X.indices[0::2], X.indices[1::2] - users
    truth = 3 + genres[item] @ rng.normal(0, 0.4, 5) + (tastes[user] * (genres @ kinds)[item]).sum(axis=1)
    y = truth + rng.normal(0, 0.5, len(truth))
    new = item >= 70
    of_films = side("genre", np.arange(users, users + items), genres)
    config = gibbs.GibbsConfig(k, 120, 40, clip=False)
    errors = {
        name: rmse(
            truth[new], gibbs.fit(X[~new], y[~new], config, predict_X=X[new], seed=0, **more).test_prediction
        )
        for name, more in {"blank": {}, "by genre": {"sides": [of_films]}}.items()
    }
    assert errors["by genre"] < 0.35 * errors["blank"]
    best = als.fit(X[~new], y[~new], als.ALSConfig(k, 60, 0, 0.5, 0.5, 0.1), sides=[of_films], seed=0).params
    assert rmse(truth[new], best.score(X[new])) < 0.6 * errors["blank"]


@pytest.mark.parametrize("solver", [als, gibbs])
@pytest.mark.parametrize(
    ("columns", "message"), [([3, 4], "describes column 4, but X has 4"), ([1, 2], "several groups")]
)
def test_a_side_that_does_not_fit_gets_a_clear_error(solver, columns, message) -> None:
    X = np.array([[1, 0, 1, 0], [0, 1, 0, 1]], np.float32)
    with pytest.raises(ValueError, match=message):
        solver.fit(X, [1, 2], sides=[side("odd", columns, np.ones((2, 1)))])


@pytest.mark.movielens
def test_side_information_helps_on_the_published_fold(published_fold) -> None:
    """u1 of ml-100k: .905 with users and films only; .884 is the best published figure we know."""
    from course_utils.encode import FeatureMap, sides

    train, test = published_fold
    features = FeatureMap.fit(train, ("user", "item", "day"))
    known = [sides.seen_items(features, train), sides.seen_by(features, train)]
    config = gibbs.GibbsConfig(8, 150, predictor_type="ordinal")
    X, predict_X = features.transform(train), features.transform(test)
    result = gibbs.fit(X, train.rating, config, sides=known, predict_X=predict_X, seed=0)
    assert rmse(test.rating, result.test_prediction) < 0.888
