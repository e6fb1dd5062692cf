"""Item k-NN against loops over users and films."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from course_utils.datasets import sample
from course_utils.evaluate import Biases, ItemKNN, rmse, split_by_hash


@pytest.fixture(scope="module")
def ratings() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    pairs = [(u, 10 * i) for u in range(12) for i in range(9) if rng.random() < 0.6]
    table = pd.DataFrame(pairs, columns=["user", "item"])
    return table.assign(rating=rng.integers(1, 11, len(table)) / 2)


def looped(ratings, user, item, k, adjusted, shrinkage) -> float:
    rated = {(u, i): r for u, i, r in ratings.itertuples(index=False)}
    biases = Biases().fit(ratings)

    def b(u, i):
        return biases.predict(pd.DataFrame({"user": [u], "item": [i]}))[0]

    def a(u, i):
        own = [r for (v, _), r in rated.items() if v == u]
        return rated[u, i] - (sum(own) / len(own) if adjusted else 0)

    neighbours = []
    for v, j in rated:
        if v != user or j == item:
            continue
        common = [u for u in {u for u, _ in rated} if (u, item) in rated and (u, j) in rated]
        top = sum(a(u, item) * a(u, j) for u in common)
        below = math.sqrt(sum(a(u, item) ** 2 for u in common) * sum(a(u, j) ** 2 for u in common))
        if top > 0:
            similarity = top / below * len(common) / (len(common) + shrinkage)
            neighbours.append((similarity, rated[user, j] - b(user, j)))
    best = sorted(neighbours, reverse=True)[:k]
    weight = sum(s for s, _ in best)
    return b(user, item) + (sum(s * d for s, d in best) / weight if weight else 0)


@pytest.mark.parametrize(
    ("k", "similarity", "shrinkage"), [(2, "adjusted", 3), (3, "cosine", 0), (99, "cosine", 1)]
)
def test_predictions_are_those_of_the_loops(ratings, k, similarity, shrinkage) -> None:
    model = ItemKNN(k, similarity=similarity, shrinkage=shrinkage).fit(ratings)
    table = pd.DataFrame([(u, 10 * i) for i in range(9) for u in (7, 0, 11)], columns=["user", "item"])
    expected = [
        looped(ratings, u, i, k, similarity == "adjusted", shrinkage)
        for u, i in table.itertuples(index=False)
    ]
    np.testing.assert_allclose(model.predict(table), expected, rtol=1e-5)


def test_blocks_of_items_make_no_difference(ratings, monkeypatch) -> None:
    whole = ItemKNN().fit(ratings).weights.toarray()
    monkeypatch.setattr("course_utils.evaluate.neighbours._BLOCK_ITEMS", 4)
    np.testing.assert_array_equal(ItemKNN().fit(ratings).weights.toarray(), whole)
    np.testing.assert_array_equal(whole, whole.T)


def test_strangers_get_the_bias_model(ratings) -> None:
    table = pd.DataFrame({"user": [-1, 0], "item": [10, -5]})
    model = ItemKNN().fit(ratings)
    np.testing.assert_array_equal(model.predict(table), model.biases.predict(table))
    assert len(model.predict(table[:0])) == 0


def test_it_beats_the_biases_where_tastes_exist() -> None:
    train, test = split_by_hash(sample.load().ratings)
    assert rmse(test["rating"], ItemKNN().fit(train).predict(test)) < rmse(
        test["rating"], Biases().fit(train).predict(test)
    )


def test_refusals(ratings) -> None:
    with pytest.raises(ValueError, match="similarity must be one of"):
        ItemKNN(similarity="jaccard")
    with pytest.raises(ValueError, match="at least 1"):
        ItemKNN(0)
    with pytest.raises(ValueError, match="1 rows repeat"):
        ItemKNN().fit(pd.concat([ratings, ratings[:1]]))
