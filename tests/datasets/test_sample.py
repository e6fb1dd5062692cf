"""The made-up sample: small, reproducible, honest about itself, and learnable."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from course_utils.datasets import sample
from course_utils.evaluate import Biases, GlobalMean, personalisation, rmse, split_by_hash
from course_utils.fm.model import FMParameters
from course_utils.paths import ROOT
from course_utils.recommend import top_n

STORED = ROOT / "data" / "sample"


@pytest.fixture(scope="module")
def data():
    return sample.load()


@pytest.fixture(scope="module")
def truth():
    return sample.truth()


def test_regenerating_gives_the_stored_files(tmp_path, data) -> None:
    sample.write(tmp_path)
    fresh = pd.read_csv(tmp_path / "ratings.csv.gz")
    pd.testing.assert_frame_equal(fresh, data.ratings, check_dtype=False)
    assert (tmp_path / "items.csv").read_bytes() == (STORED / "items.csv").read_bytes()
    with np.load(tmp_path / "truth.npz") as new, np.load(STORED / "truth.npz") as old:
        assert set(new) == set(old)
        for name in old:
            np.testing.assert_array_equal(new[name], old[name])


def test_another_seed_gives_other_ratings() -> None:
    first, second = (sample.generate(seed, n_users=20, n_items=60)[0] for seed in (1, 2))
    assert not first.equals(second)


def test_it_is_shaped_like_movielens_and_small(data) -> None:
    r = data.ratings
    assert (r["user"].nunique(), r["item"].nunique(), len(data.items)) == (600, 1500, 1500)
    assert 60_000 <= len(r) <= 100_000
    assert not r.duplicated(["user", "item"]).any()
    assert set(r["rating"].unique()) == set(np.arange(1, 11) / 2)
    assert r.groupby("user").size().min() >= 20
    assert data.items.index.max() > 3 * len(data.items)  # ids have gaps: a position is not an id
    popularity = r["item"].value_counts()
    assert popularity.head(150).sum() > 0.35 * len(r)  # the top tenth of the films
    assert popularity.min() < 8  # and some nearly cold ones
    assert sum(file.stat().st_size for file in STORED.iterdir()) < 1_000_000


def test_nobody_rates_a_film_before_the_year_of_its_release(data) -> None:
    year = data.items["title"].str.extract(r"\((\d{4})\)$")[0].astype(int)
    rated = pd.to_datetime(data.ratings["timestamp"], unit="s").dt.year
    assert (rated.to_numpy() >= year.loc[data.ratings["item"]].to_numpy()).all()
    assert (year >= 2020).sum() > 100  # films keep coming out while people rate


def test_titles_differ(data) -> None:
    assert data.items["title"].is_unique


def test_the_notice_says_what_it_is_and_how_to_get_the_real_one(data) -> None:
    assert data.origin == data.name == "sample"
    for words in ("MADE-UP", "do not exist", "data get ml-latest-small", "COURSE_DATA_DIR"):
        assert words in data.notice


def test_stated_lowest_rmse_is_that_of_the_truth(data, truth) -> None:
    """The truth scored by the model code, the mean rating by integrating the noise numerically."""
    score = FMParameters(truth.w0, truth.w, truth.V).score(truth.feature_map.transform(data.ratings))
    grid = np.linspace(-5, 5, 2001)
    weight = np.exp(-(grid**2) / 2)
    some = slice(0, 5000)
    outcomes = np.clip(np.round(2 * (score[some, None] + truth.noise_sd * grid)) / 2, 0.5, 5)
    by_integral = outcomes @ (weight / weight.sum())
    np.testing.assert_allclose(sample.expected_rating(score[some], truth.noise_sd), by_integral, atol=2e-3)
    assert rmse(data.ratings["rating"], sample.expected_rating(score, truth.noise_sd)) == pytest.approx(
        truth.rmse, abs=1e-5
    )
    assert truth.rmse == pytest.approx(0.664, abs=0.001)


def test_signal_ladder_mean_biases_truth(data, truth) -> None:
    train, test = split_by_hash(data.ratings)
    mean, biases = (rmse(test["rating"], m.fit(train).predict(test)) for m in (GlobalMean(), Biases()))
    score = FMParameters(truth.w0, truth.w, truth.V).score(truth.feature_map.transform(test))
    floor = rmse(test["rating"], sample.expected_rating(score, truth.noise_sd))
    # The three figures that data/README.md quotes.
    assert (mean, biases, floor) == pytest.approx((1.055, 0.859, 0.665), abs=6e-4)


def test_tastes_can_be_learned_from_the_ratings(data, truth) -> None:
    """A few rounds of alternating least squares on what the biases leave over close half of the gap."""
    train, test = split_by_hash(data.ratings)
    biases = Biases().fit(train)
    left = train["rating"].to_numpy() - biases.predict(train)
    users, items = (np.unique(train[side]) for side in ("user", "item"))
    u, i = np.searchsorted(users, train["user"]), np.searchsorted(items, train["item"])
    P, Q = (np.random.default_rng(0).normal(0, 0.1, (len(side), 4)) for side in (users, items))
    for _ in range(6):
        for mine, theirs, a, b in ((P, Q, u, i), (Q, P, i, u)):
            for n, rows in enumerate(pd.Series(range(len(a))).groupby(a).indices.values()):
                x = theirs[b[rows]]
                mine[n] = np.linalg.solve(x.T @ x + 4 * np.eye(4), x.T @ left[rows])
    known = test[test["item"].isin(items)]
    taste = (P[np.searchsorted(users, known["user"])] * Q[np.searchsorted(items, known["item"])]).sum(axis=1)
    learned = rmse(known["rating"], biases.predict(known) + taste)
    assert truth.rmse < learned < (truth.rmse + rmse(known["rating"], biases.predict(known))) / 2


def test_true_lists_are_personal(data, truth) -> None:
    params = FMParameters(truth.w0, truth.w, truth.V)
    lists = top_n(params, truth.feature_map, data.ratings["user"].unique()[:12].tolist(), data)
    assert personalisation([group["item"] for _, group in lists.groupby("user")]) > 0.7


def test_the_truth_survives_json(tmp_path, truth) -> None:
    """The map that names the truth's columns is an ordinary map: it can be saved like any other."""
    truth.feature_map.save(tmp_path / "map.json")
    assert json.loads((tmp_path / "map.json").read_text())
    assert truth.feature_map.feature_dim == len(truth.w) == len(truth.V)
