"""Lists for everybody at once: blocks, ties, choices of films, cold films."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from course_utils.datasets import sample
from course_utils.encode import FeatureMap
from course_utils.evaluate import ItemKNN, Popularity, personalisation
from course_utils.fm.model import FMParameters
from course_utils.recommend import candidates, nearest, rank, top, top_n, top_n_by


def test_everybodys_lists_are_those_of_each(params, feature_map, data) -> None:
    lists = top_n(params, feature_map, None, data, n=5)
    assert lists["user"].drop_duplicates().tolist() == sorted(data.ratings["user"].unique())
    for user in data.ratings["user"].unique()[::97]:
        table = candidates(user, data)
        one = rank(table, params.predict(feature_map.transform(table)), data, 5)
        pd.testing.assert_frame_equal(lists[lists["user"] == user].reset_index(drop=True), one)


def test_no_film_is_shown_that_was_seen(params, feature_map, data) -> None:
    lists = top_n(params, feature_map, None, data, n=30)
    assert lists.merge(data.ratings, on=["user", "item"]).empty
    assert (lists.groupby("user").size() == 30).all()


@pytest.mark.parametrize("threads", [1, 3])
def test_blocks_and_threads_change_nothing(params, feature_map, data, monkeypatch, threads) -> None:
    whole = top_n(params, feature_map, None, data)
    monkeypatch.setattr(nearest, "_BLOCK_PAIRS", 5000)
    pd.testing.assert_frame_equal(top_n(params, feature_map, None, data, threads=threads), whole)


def test_equal_scores_go_to_the_lower_ids(feature_map, data) -> None:
    flat = FMParameters(
        3.0, np.zeros(feature_map.feature_dim, np.float32), np.zeros((feature_map.feature_dim, 0), np.float32)
    )
    lists = top_n(flat, feature_map, None, data, n=4)
    for user, own in lists[lists["user"].isin(lists["user"].unique()[::40])].groupby("user"):
        assert own["item"].tolist() == candidates(user, data)["item"].tolist()[:4]


def test_everybody_means_whom_the_model_knows(data) -> None:
    some = data.ratings["user"].unique()[:3]
    narrow = FeatureMap.fit(data.ratings[data.ratings["user"].isin(some)])
    model = FMParameters(
        3.0, np.zeros(narrow.feature_dim, np.float32), np.zeros((narrow.feature_dim, 1), np.float32)
    )
    assert set(top_n(model, narrow, None, data)["user"]) == set(some)
    others = dataclasses.replace(data, ratings=data.ratings[~data.ratings["user"].isin(some)])
    with pytest.raises(ValueError, match="knows none of the users"):
        top_n(model, narrow, None, others)


def test_who_has_seen_almost_everything_gets_what_is_left(params, feature_map, data) -> None:
    user, all_items = int(data.ratings["user"].iloc[0]), data.items.index
    left = all_items[[5, 700, 701, 1499]]
    seen = pd.DataFrame({"user": user, "item": all_items.difference(left), "rating": 3.0, "timestamp": 0})
    lists = top_n(params, feature_map, [user], dataclasses.replace(data, ratings=seen))
    assert sorted(lists["item"]) == sorted(left)
    nothing = top_n(params, feature_map, [user], dataclasses.replace(data, ratings=seen), items=seen["item"])
    assert len(nothing) == 0


def test_chosen_films_only(params, feature_map, data) -> None:
    chosen = feature_map.ids("item")[10:30]
    lists = top_n(params, feature_map, [int(data.ratings["user"].iloc[0])], data, 100, False, items=chosen)
    assert sorted(lists["item"]) == chosen


def test_cold_films_are_judged_by_their_genres(data, truth, true_params) -> None:
    """Forget a tenth of the films; the genres of the true model still know which of them a user will like."""
    cold = data.items.index[::10]
    train = data.ratings[~data.ratings["item"].isin(cold)]
    feature_map = FeatureMap.fit(train, sample.BLOCKS, items=data.items)
    place = {name: i for i, name in enumerate(truth.feature_map.column_names)}
    kept = [place[name] for name in feature_map.column_names]
    model = FMParameters(truth.w0, truth.w[kept], truth.V[kept])

    users = data.ratings["user"].unique()[:40]
    known = dataclasses.replace(data, ratings=train)
    lists = top_n(model, feature_map, users, known, n=len(cold), items=cold)
    assert (lists.groupby("user").size() == len(cold)).all()

    # By hand, for one pair: user, genres and time, each with its weight and with each other.
    row = lists.iloc[17]
    month = feature_map.transform(pd.DataFrame({"timestamp": [train["timestamp"].max() + 1]}), only=["time"])
    x = {feature_map.column("user", row["user"]): 1.0, feature_map.columns_of("time")[0]: month.sum()}
    x |= {feature_map.column("genre", genre): 1.0 for genre in data.items.at[row["item"], "genres"]}
    hot = list(x.items())
    by_hand = model.w0 + sum(float(model.w[i]) * xi for i, xi in hot)
    by_hand += sum(
        float(model.V[i] @ model.V[j]) * xi * xj for n, (i, xi) in enumerate(hot) for j, xj in hot[n + 1 :]
    )
    assert row["score"] == pytest.approx(by_hand, abs=1e-5)

    full = truth.feature_map.transform(lists.assign(timestamp=train["timestamp"].max() + 1))
    lists["true"] = true_params.score(full)
    agreement = [own["score"].corr(own["true"], method="spearman") for _, own in lists.groupby("user")]
    assert np.mean(agreement) > 0.2


def test_lists_from_anything_that_predicts(data) -> None:
    users = data.ratings["user"].unique()[:5].tolist()
    popular = top_n_by(Popularity().fit(data.ratings), users, data)
    assert popular["user"].drop_duplicates().tolist() == users
    assert popular.merge(data.ratings, on=["user", "item"]).empty
    counts = data.ratings["item"].value_counts()
    first = popular[popular["user"] == users[0]]
    assert first["score"].tolist() == counts[candidates(users[0], data)["item"]].nlargest(10).tolist()

    same = top_n_by(Popularity().fit(data.ratings), users, data, exclude_seen=False)
    assert personalisation([own["item"] for _, own in same.groupby("user")]) == 0
    model = ItemKNN().fit(data.ratings)
    own = top_n_by(model, users, data, n=3, items=data.items.index[:100])
    assert set(own["item"]) <= set(data.items.index[:100])
    np.testing.assert_allclose(own["score"], model.predict(own))
    with pytest.raises(ValueError, match="users is empty"):
        top_n_by(model, [], data)


def test_lists_from_anything_are_those_of_each_user_whatever_the_blocks(data, monkeypatch) -> None:
    class Coarse:
        """Scores with many ties."""

        def predict(self, table) -> np.ndarray:
            return (table["user"] * 31 + table["item"] * 17).to_numpy() % 7

    users = data.ratings["user"].unique()[:7].tolist()
    one_by_one = [
        rank(table, Coarse().predict(table), data, 12) for table in (candidates(user, data) for user in users)
    ]
    expected = pd.concat(one_by_one, ignore_index=True)
    pd.testing.assert_frame_equal(top_n_by(Coarse(), users, data, 12), expected)
    monkeypatch.setattr(top, "_BLOCK_ROWS", 4000)
    pd.testing.assert_frame_equal(top_n_by(Coarse(), users, data, 12), expected)
    assert top_n_by(Coarse(), None, data)["user"].nunique() == 600


def test_scores_that_are_not_numbers_are_refused(data) -> None:
    class Lost:
        def predict(self, table) -> np.ndarray:
            return np.full(len(table), np.nan)

    with pytest.raises(ValueError, match="NaN and cannot be ranked"):
        top_n_by(Lost(), [data.ratings["user"].iloc[0]], data)
