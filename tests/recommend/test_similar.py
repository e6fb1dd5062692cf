"""Films alike: cosines by hand, and the true model's genres."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from course_utils.encode import FeatureMap
from course_utils.fm.model import FMParameters
from course_utils.recommend import similar_items


def test_cosines_by_hand(params, feature_map) -> None:
    item = feature_map.ids("item")[3]

    def cosine(other) -> float:
        a, b = (params.V[feature_map.column("item", i)].astype(float) for i in (item, other))
        return float(a @ b / np.sqrt((a @ a) * (b @ b)))

    expected = sorted((-cosine(i), i) for i in feature_map.ids("item") if i != item)[:8]
    table = similar_items(params, feature_map, item, 8)
    assert list(table) == ["rank", "item", "similarity"]
    assert table["rank"].tolist() == list(range(1, 9))
    assert table["item"].tolist() == [i for _, i in expected]
    np.testing.assert_allclose(table["similarity"], [-c for c, _ in expected], rtol=1e-6)


def test_with_a_genre_block_films_unseen_in_training_are_judged_by_genre(data) -> None:
    cold = data.items.index[0]
    known = FeatureMap.fit(data.ratings[data.ratings["item"] != cold], ("item", "genre"), items=data.items)
    rng = np.random.default_rng(2)
    V = np.zeros((known.feature_dim, 12), np.float32)
    V[known.columns_of("genre")] = np.eye(12)
    V[known.columns_of("item")] = rng.normal(0, 1e-3, (len(known.ids("item")), 12))
    model = FMParameters(0.0, np.zeros(known.feature_dim, np.float32), V)
    for other in similar_items(model, known, cold, 3)["item"]:
        assert data.items.at[other, "genres"] == data.items.at[cold, "genres"]


def test_films_without_factors_come_last_but_before_opposites() -> None:
    ratings = pd.DataFrame({"user": 1, "item": ["a", "b", "c", "d"]})
    feature_map = FeatureMap.fit(ratings, ("item",))
    V = np.array([[1, 0], [0, 0], [-2, 0], [3, 0]], np.float32)
    model = FMParameters(0.0, np.zeros(4, np.float32), V)
    table = similar_items(model, feature_map, "a")
    assert table[["item", "similarity"]].to_numpy().tolist() == [["d", 1], ["b", 0], ["c", -1]]
    with pytest.raises(ValueError, match="no factors for film 'b'"):
        similar_items(model, feature_map, "b")
    with pytest.raises(ValueError, match="no factors for film 'z'"):
        similar_items(model, feature_map, "z")
    with pytest.raises(ValueError, match="at least one place"):
        similar_items(model, feature_map, "a", 0)
