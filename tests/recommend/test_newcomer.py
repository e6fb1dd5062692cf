"""Folding a user in: against a least-squares solver, and against the truth the sample was drawn from."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from course_utils.encode import FeatureMap
from course_utils.evaluate import Biases, Popularity, rmse
from course_utils.fm import als
from course_utils.fm.average import average
from course_utils.fm.model import FMParameters
from course_utils.recommend import NewUser, fold_in, rating_pushes, top_n, top_n_for_new_user


def of(data, user) -> pd.DataFrame:
    return data.ratings[data.ratings["user"] == user]


def test_the_answer_is_that_of_a_least_squares_solver(data, truth, true_params) -> None:
    own = of(data, data.ratings["user"].iloc[0])[:15]
    # An unknown user's columns are blank, which leaves the rest of each row.
    X = truth.feature_map.transform(own.assign(user=-1)).toarray().astype(float)
    rest = true_params.score(X).astype(float)
    A = np.column_stack([np.ones(len(own)), X @ true_params.V])
    users = truth.feature_map.columns_of("user")
    trained = np.column_stack([truth.w, truth.V])[list(users)].astype(float)
    mean, root = trained.mean(axis=0), np.linalg.cholesky(np.linalg.inv(np.cov(trained.T, bias=True))).T
    rows = np.vstack([A / 0.7, root])
    expected = np.linalg.lstsq(rows, np.append((own["rating"] - rest) / 0.7, root @ mean), rcond=None)[0]
    w, v = fold_in(true_params, truth.feature_map, own, noise_sd=0.7)
    np.testing.assert_allclose([w, *v], expected, atol=1e-5)
    assert v.dtype == np.float32


def scores_of(params, feature_map, new, table) -> np.ndarray:
    """What a folded-in user's rows score: an unknown user's columns are blank, and w and v come on top."""
    X = feature_map.transform(table.assign(user=-1))
    return params.score(X) + new.w + X @ params.V.astype(float) @ new.v


def test_an_average_of_copies_folds_in_as_the_model_itself(params, feature_map, data) -> None:
    """Factors that always go together must not count as so many independent ones."""
    own = of(data, data.ratings["user"].iloc[0])
    copies = average([params] * 5)
    assert copies.num_factors == 15
    expected, found = (
        scores_of(p, feature_map, fold_in(p, feature_map, own[:10]), own) for p in (params, copies)
    )
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_a_classifiers_answer_is_that_of_an_optimiser(params, feature_map, data, seed) -> None:
    rng = np.random.default_rng(seed)
    clicks = dataclasses.replace(params, V=params.V * np.float32(1 + seed), task="binary_classifier", w0=0.5)
    own = of(data, data.ratings["user"].unique()[seed])[:12].assign(rating=rng.integers(0, 2, 12))
    X = feature_map.transform(own.assign(user=-1)).toarray().astype(float)
    rest, A = clicks.score(X).astype(float), np.column_stack([np.ones(12), X @ clicks.V])
    users = feature_map.columns_of("user")
    trained = np.column_stack([clicks.w, clicks.V])[list(users)].astype(float)
    mean, precision = trained.mean(axis=0), np.linalg.inv(np.cov(trained.T, bias=True))

    def loss(theta) -> float:
        score, off = rest + A @ theta, theta - mean
        return np.sum(np.logaddexp(0, score) - own["rating"] * score) + off @ precision @ off / 2

    expected = minimize(loss, mean, tol=1e-10).x
    w, v = fold_in(clicks, feature_map, own)
    np.testing.assert_allclose([w, *v], expected, atol=2e-3)
    new = NewUser(w, v)
    table = top_n_for_new_user(clicks, feature_map, new, data, n=2000)
    np.testing.assert_allclose(table["score"], expit(scores_of(clicks, feature_map, new, table)), atol=1e-5)


def test_ten_ratings_folded_in_are_worth_a_full_training(data) -> None:
    """Thirty newcomers with ten ratings each, ten times over: error on all their other ratings."""
    found = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        late = data.ratings["user"].isin(rng.choice(data.ratings["user"].unique(), 30, replace=False))
        old, new = data.ratings[~late], data.ratings[late].sample(frac=1, random_state=seed)
        first = new.groupby("user").cumcount() < 10
        given, later = new[first], new[~first]
        everything = pd.concat([old, given])
        config = als.ALSConfig(num_factors=4, epochs=12)

        def trained(rows, config=config, seed=seed):
            feature_map = FeatureMap.fit(rows)
            return als.fit(feature_map.transform(rows), rows["rating"], config, seed=seed).params, feature_map

        model, known = trained(old)
        again, known_again = trained(everything)
        folded = pd.Series(0.0, later.index)
        for user, own in given.groupby("user"):
            rows = later[later["user"] == user]
            folded[rows.index] = scores_of(model, known, fold_in(model, known, own), rows)
        guesses = {
            "folded in": folded,
            "trained again": again.predict(known_again.transform(later)),
            "biases": Biases().fit(everything).predict(later),
            "popularity": Popularity("mean").fit(everything).predict(later),
        }
        found.append({name: rmse(later["rating"], guess) for name, guess in guesses.items()})
    errors = pd.DataFrame(found)
    assert (errors["folded in"] < errors["trained again"] + 0.02).all()
    assert (errors["folded in"] < errors["biases"] - 0.01).all()
    assert (errors["folded in"] < errors["popularity"] - 0.05).all()


def test_exact_ratings_give_the_user_back(params, feature_map, data) -> None:
    user = data.ratings["user"].iloc[0]
    own = of(data, user)
    own = own.assign(rating=params.predict(feature_map.transform(own)))
    w, v = fold_in(params, feature_map, own.drop(columns="user"), noise_sd=1e-3)
    column = feature_map.column("user", user)
    np.testing.assert_allclose([w, *v], [params.w[column], *params.V[column]], atol=1e-3)


def test_a_trained_user_folded_in_ranks_films_as_before(data, truth, true_params) -> None:
    """From real, noisy ratings; the model is the true one."""
    agreement = []
    for user in data.ratings["user"].value_counts().index[:200:20]:
        own = of(data, user)
        known = top_n(true_params, truth.feature_map, [user], data, n=2000).set_index("item")["score"]
        new = fold_in(true_params, truth.feature_map, own, noise_sd=truth.noise_sd)
        again = top_n_for_new_user(true_params, truth.feature_map, new, data, n=2000, seen=own["item"])
        assert set(again["item"]) == set(known.index)
        agreement.append(known.corr(again.set_index("item")["score"], method="spearman"))
    assert np.mean(agreement) > 0.95
    assert min(agreement) > 0.9


def test_so_does_one_whom_a_solver_trained(data, feature_map) -> None:
    config = als.ALSConfig(num_factors=4, epochs=15)
    model = als.fit(feature_map.transform(data.ratings), data.ratings["rating"], config, seed=0).params
    for user in data.ratings["user"].unique()[::60]:
        own = of(data, user)
        known = top_n(model, feature_map, [user], data, n=2000).set_index("item")["score"]
        new = fold_in(model, feature_map, own)
        again = top_n_for_new_user(model, feature_map, new, data, n=2000, seen=own["item"])
        assert known.corr(again.set_index("item")["score"], method="spearman") > 0.95


def test_ten_ratings_are_better_than_none(data, truth, true_params) -> None:
    errors = {"ten": [], "none": []}
    users = truth.feature_map.columns_of("user")
    average = NewUser(float(truth.w[list(users)].mean()), truth.V[list(users)].mean(axis=0))
    for user in data.ratings["user"].unique()[:60]:
        own = of(data, user).sample(frac=1, random_state=0)
        first, later = own[:10], own[10:]
        X = truth.feature_map.transform(later.assign(user=-1))
        a = X @ truth.V
        for name, (w, v) in (("ten", fold_in(true_params, truth.feature_map, first)), ("none", average)):
            errors[name].append(rmse(later["rating"], true_params.score(X) + w + a @ v))
    assert np.mean(errors["ten"]) < np.mean(errors["none"]) - 0.05


def test_the_list_is_that_of_the_same_user_trained(data, truth, true_params) -> None:
    """The user's own trained numbers, handed in as a newcomer's, make the user's own list."""
    user = data.ratings["user"].iloc[0]
    column = truth.feature_map.column("user", user)
    same = NewUser(float(truth.w[column]), truth.V[column])
    own = top_n(true_params, truth.feature_map, [user], data)
    lists = top_n_for_new_user(true_params, truth.feature_map, same, data, seen=of(data, user)["item"])
    pd.testing.assert_frame_equal(lists, own.drop(columns="user"), rtol=1e-6)


def test_refusals(params, feature_map, data) -> None:
    own = of(data, data.ratings["user"].iloc[0])
    with pytest.raises(ValueError, match="labels 0 and 1"):
        fold_in(dataclasses.replace(params, task="binary_classifier"), feature_map, own)
    with pytest.raises(ValueError, match="above 0"):
        fold_in(params, feature_map, own, noise_sd=0)
    with pytest.raises(ValueError, match="0 rows"):
        fold_in(params, feature_map, own[:0])
    with pytest.raises(ValueError, match="rows of 600"):
        fold_in(params, feature_map, data.ratings)
    items = FeatureMap.fit(data.ratings, ("item",))
    model = FMParameters(0.0, np.zeros(1500, np.float32), np.zeros((1500, 1), np.float32))
    with pytest.raises(ValueError, match="no block 'user'"):
        fold_in(model, items, own)


def test_the_pushes_of_all_ratings_add_up_to_what_they_changed(data, truth) -> None:
    """For a machine with genres too: nothing else puts a newcomer's films into another order."""
    feature_map = FeatureMap.fit(data.ratings, ("user", "item", "genre"), items=data.items)
    rng = np.random.default_rng(3)
    d = feature_map.feature_dim
    model = FMParameters(
        3.0, rng.normal(0, 0.3, d).astype(np.float32), rng.normal(0, 0.5, (d, 3)).astype(np.float32)
    )
    own, films = (
        of(data, data.ratings["user"].iloc[0])[:10],
        data.items.index[:50].intersection(feature_map.ids("item")),
    )
    pushes = rating_pushes(model, feature_map, own, films)
    assert pushes.shape == (len(films), 10)
    assert pushes.columns.tolist() == own["item"].tolist()
    users = feature_map.columns_of("user")
    mean = NewUser(0.0, model.V[users.start : users.stop].mean(axis=0))
    table = pd.DataFrame({"item": films, "user": -1})
    found = scores_of(model, feature_map, fold_in(model, feature_map, own)._replace(w=0.0), table)
    before = scores_of(model, feature_map, mean, table)
    np.testing.assert_allclose(pushes.sum(axis=1), found - before, atol=1e-5)


def test_a_rating_as_expected_pushes_nothing(params, feature_map, data) -> None:
    users = feature_map.columns_of("user")
    mean = NewUser(params.w[users.start : users.stop].mean(), params.V[users.start : users.stop].mean(axis=0))
    own = of(data, data.ratings["user"].iloc[0])[:3]
    own = own.assign(rating=scores_of(params, feature_map, mean, own) + np.array([0.0, 1.0, -1.0]))
    pushes = rating_pushes(params, feature_map, own, data.items.index[:20])
    np.testing.assert_allclose(pushes.iloc[:, 0], 0, atol=1e-5)
    assert pushes.iloc[:, 1:].abs().to_numpy().max() > 0.01


def test_a_classifier_has_no_pushes(params, feature_map, data) -> None:
    clicks = dataclasses.replace(params, task="binary_classifier")
    own = of(data, data.ratings["user"].iloc[0])[:3].assign(rating=1)
    with pytest.raises(ValueError, match="sum over the ratings"):
        rating_pushes(clicks, feature_map, own, data.items.index[:5])
