"""Real people get lists of their own: the split that a real SageMaker job was trained on.

Over ten seeds (benchmarks/results/lists.md) Gibbs sampling with 32 factors and side information gives a
personalisation of 0.97, and any two of the three users below share at most 2 films of 10; without side
information 0.94, and up to 4. The job itself, replayed: 0.57, and 6 to 8 films.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from course_utils.datasets import movielens
from course_utils.encode import FeatureMap, sides
from course_utils.evaluate import Biases, personalisation
from course_utils.fm import gibbs
from course_utils.recommend import top_n, top_n_by

USERS = [1, 210, 334]  # at the places 0, 209 and 333


@pytest.fixture(scope="module")
def train(golden_dir, movielens_dir):
    """The job's training rows with MovieLens' own ids: its columns are users, then films, both ascending."""
    data = movielens.load("ml-latest-small", allow_sample=False)
    text = (golden_dir / "fm-regressor-ml-latest-small" / "user_movie_train.svm").read_text()
    rating, user, film = np.array(text.replace(":1", "").split(), float).reshape(-1, 3).T
    users, films = (np.unique(data.ratings[side]) for side in ("user", "item"))
    rows = pd.DataFrame(
        {"user": users[user.astype(int)], "item": films[film.astype(int) - len(users)], "rating": rating}
    )
    known = rows.merge(data.ratings, on=["user", "item", "rating"], how="left", validate="1:1")
    assert known["timestamp"].notna().all()
    return replace(data, ratings=known.astype({"timestamp": "int64"}))


def shared(lists: pd.DataFrame) -> list[int]:
    """How many films every two of the three users' lists have in common."""
    own = [set(lists.loc[lists["user"] == user, "item"]) for user in USERS]
    return [len(a & b) for a, b in combinations(own, 2)]


def test_lists_are_personal(train) -> None:
    feature_map = FeatureMap.fit(train.ratings)
    config = gibbs.GibbsConfig(num_factors=32, iterations=150)
    known = [
        sides.seen_items(feature_map, train.ratings),
        sides.seen_by(feature_map, train.ratings),
        sides.genres(feature_map, train.items),
    ]
    X, y = feature_map.transform(train.ratings), train.ratings["rating"]
    params = gibbs.fit(X, y, config, sides=known, seed=0).params
    lists = top_n(params, feature_map, None, train)
    assert lists.groupby("user").size().tolist() == [10] * 610
    assert personalisation([own["item"] for _, own in lists.groupby("user")]) >= 0.7
    assert max(shared(lists)) <= 3


def test_biases_alone_show_everybody_the_same(train) -> None:
    lists = top_n_by(Biases().fit(train.ratings), None, train)
    assert personalisation([own["item"] for _, own in lists.groupby("user")]) < 0.1
    assert min(shared(lists)) >= 9
