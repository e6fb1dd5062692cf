"""Top-N lists: against brute force, and as a learner would use them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from course_utils.datasets import rendle
from course_utils.encode import FeatureMap
from course_utils.fm.model import FMParameters
from course_utils.recommend import candidates, rank, top_n


def brute_force(params, feature_map, user, data, n, exclude_seen=True) -> list[int]:
    seen = set(data.ratings.loc[data.ratings["user"] == user, "item"]) if exclude_seen else set()
    scored = []
    for item in set(data.items.index) - seen:
        u, i = feature_map.column("user", user), feature_map.column("item", item)
        pair = float(params.V[u].astype(float) @ params.V[i].astype(float))
        scored.append((-np.float32(params.w0 + float(params.w[u]) + float(params.w[i]) + pair), item))
    return [item for _, item in sorted(scored)[:n]]


@pytest.mark.parametrize("exclude_seen", [True, False])
def test_lists_are_those_of_brute_force(params, feature_map, data, exclude_seen) -> None:
    users = data.ratings["user"].unique()[[5, 0, 17]].tolist()
    lists = top_n(params, feature_map, users, data, n=7, exclude_seen=exclude_seen)
    assert list(lists) == ["user", "rank", "item", "title", "score"]
    assert lists["user"].drop_duplicates().tolist() == users  # in the order asked for
    for user, own in lists.groupby("user"):
        assert own["item"].tolist() == brute_force(params, feature_map, user, data, 7, exclude_seen)
        assert own["rank"].tolist() == [1, 2, 3, 4, 5, 6, 7]
        assert own["score"].is_monotonic_decreasing
        assert own["title"].tolist() == data.items.loc[own["item"], "title"].tolist()


def test_one_user_needs_no_list(params, feature_map, data) -> None:
    user = int(data.ratings["user"].iloc[0])
    assert len(top_n(params, feature_map, user, data)) == 10


def test_candidates_are_the_unseen_films(data) -> None:
    user = data.ratings["user"].iloc[0]
    seen = set(data.ratings.loc[data.ratings["user"] == user, "item"])
    table = candidates(user, data)
    assert list(table) == ["user", "item"]
    assert set(table["item"]) == set(data.items.index) - seen
    assert table["item"].is_monotonic_increasing
    assert (table["user"] == user).all()
    assert len(candidates(user, data, exclude_seen=False)) == len(data.items)
    chosen = sorted(set(data.items.index) - seen)[3:6]
    assert candidates(user, data, items=[*chosen, *seen])["item"].tolist() == chosen


def test_the_two_halves_make_the_whole(params, feature_map, data) -> None:
    """Lesson 09 puts an endpoint between them."""
    user = data.ratings["user"].iloc[0]
    table = candidates(user, data)
    by_hand = rank(table, params.predict(feature_map.transform(table)), data, 10)
    pd.testing.assert_frame_equal(by_hand, top_n(params, feature_map, [user], data))


def test_ties_go_to_the_lower_id_whatever_the_row_order() -> None:
    data = rendle.load()
    table = pd.DataFrame({"user": "Bob", "item": ["Titanic", "Star Trek", "Notting Hill", "Star Wars"]})
    assert rank(table, [1, 1, 1, 2], data, 3)["item"].tolist() == ["Star Wars", "Notting Hill", "Star Trek"]
    backwards = rank(table.iloc[::-1], [2, 1, 1, 1], data, 3)
    assert backwards["item"].tolist() == ["Star Wars", "Notting Hill", "Star Trek"]


def test_rank_keeps_users_apart_and_gives_short_lists_whole() -> None:
    table = pd.DataFrame({"user": ["B", "A", "B"], "item": ["Titanic", "Titanic", "Star Wars"]})
    best = rank(table, [1, 9, 2], rendle.load(), 5)
    assert best[["user", "rank", "item", "score"]].to_numpy().tolist() == [
        ["B", 1, "Star Wars", 2],
        ["B", 2, "Titanic", 1],
        ["A", 1, "Titanic", 9],
    ]


def test_rank_refuses(data) -> None:
    table = candidates(data.ratings["user"].iloc[0], data)
    with pytest.raises(ValueError, match="one score per candidate"):
        rank(table, [1.0], data)
    with pytest.raises(ValueError, match="1 scores are NaN"):
        rank(table, np.append(np.zeros(len(table) - 1), np.nan), data)
    with pytest.raises(ValueError, match="at least one place"):
        rank(table, np.zeros(len(table)), data, 0)


def test_unknown_users_are_named(params, feature_map, data) -> None:
    with pytest.raises(ValueError, match="users is empty"):
        top_n(params, feature_map, [], data)
    with pytest.raises(ValueError, match="no user -1"):
        top_n(params, feature_map, [-1], data)
    first, second = data.ratings["user"].unique()[:2]
    narrow = FeatureMap.fit(data.ratings[data.ratings["user"] == first])
    small = FMParameters(
        3.0, np.zeros(narrow.feature_dim, np.float32), np.zeros((narrow.feature_dim, 1), np.float32)
    )
    with pytest.raises(ValueError, match=f"no column for user {second}"):
        top_n(small, narrow, [second], data)


def test_films_that_the_model_never_saw_are_left_out(data) -> None:
    user = data.ratings["user"].iloc[0]
    part = data.ratings[data.ratings["item"] < 20_000]
    narrow = FeatureMap.fit(part)
    zero = FMParameters(
        3.0, np.zeros(narrow.feature_dim, np.float32), np.zeros((narrow.feature_dim, 1), np.float32)
    )
    seen = set(data.ratings.loc[data.ratings["user"] == user, "item"])
    assert set(top_n(zero, narrow, [user], data, n=2000)["item"]) == set(part["item"]) - seen


def test_a_map_with_time_ranks_for_the_moment_after_the_last_rating() -> None:
    data = rendle.load()
    feature_map = FeatureMap.fit(data.ratings, ("item", "time", "last_item"))
    w = np.zeros(feature_map.feature_dim, np.float32)
    V = np.zeros((feature_map.feature_dim, 1), np.float32)
    V[feature_map.column("last_item", "Star Wars")] = V[feature_map.column("item", "Star Trek")] = 1
    # Alice's last film is Star Wars, and her rating of it is the last of all.
    lists = top_n(FMParameters(0.0, w, V), feature_map, ["Alice"], data)
    assert lists[["item", "score"]].to_numpy().tolist() == [["Star Trek", 1]]


def test_a_classifier_scores_in_probabilities(params, feature_map, data) -> None:
    user = data.ratings["user"].iloc[0]
    clicks = dataclasses.replace(params, task="binary_classifier")
    lists = [top_n(model, feature_map, [user], data) for model in (params, clicks)]
    assert lists[0]["item"].tolist() == lists[1]["item"].tolist()
    assert lists[1]["score"].between(0, 1).all()
