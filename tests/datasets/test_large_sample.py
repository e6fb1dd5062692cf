"""The sample of any size: exact in shape, skewed as real catalogues are, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from course_utils.datasets.large_sample import Shape, _draw_distinct, _guide, generate
from course_utils.evaluate import Biases, rmse, split_by_hash

SHAPE = Shape(ratings=60_007, users=500, items=1301)


@pytest.fixture(scope="module")
def made():
    return generate(SHAPE)


def test_the_shape_is_exact_and_nobody_rates_a_film_twice(made) -> None:
    ratings = made.dataset.ratings
    assert len(ratings) == SHAPE.ratings
    assert ratings["user"].unique().tolist() == list(range(1, 501))
    assert sorted(ratings["item"].unique()) == list(range(1, 1302)) == made.dataset.items.index.tolist()
    assert not ratings.duplicated(["user", "item"]).any()
    assert ratings.groupby("user").size().min() >= 20
    assert set(ratings["rating"].unique()) == set(np.arange(1, 11) / 2)
    pd.testing.assert_frame_equal(ratings, ratings.sort_values(["user", "item"]))


def test_a_seed_decides_everything(made) -> None:
    pd.testing.assert_frame_equal(generate(SHAPE).dataset.ratings, made.dataset.ratings)
    assert not generate(SHAPE, seed=1).dataset.ratings.equals(made.dataset.ratings)


def test_few_films_and_few_users_make_most_of_the_ratings(made) -> None:
    for side, share in (("item", 0.2), ("user", 0.3)):
        counts = made.dataset.ratings[side].value_counts()
        assert counts.head(len(counts) // 10).sum() > share * SHAPE.ratings


def test_no_honest_model_gets_below_the_lowest_rmse(made) -> None:
    train, test = split_by_hash(made.dataset.ratings)
    assert 0.64 < made.lowest_rmse < 0.70
    assert rmse(test["rating"], Biases().fit(train).predict(test)) > made.lowest_rmse + 0.1


def test_draws_follow_the_weights() -> None:
    """One film for each of many people: how often each is drawn, against its weight."""
    weight = np.array([0.5, 0.001, 0.25, 0.0, 0.249])
    border = np.cumsum(weight)
    border[-1] = 1.0
    people = np.ones(40_000, np.int64)
    drawn = _draw_distinct(np.random.default_rng(0), people, 0 * people, np.arange(5), border, _guide(border))
    np.testing.assert_allclose(np.bincount(drawn, minlength=5) / len(people), weight, atol=0.01)
    assert 3 not in drawn


def test_impossible_shapes_are_refused() -> None:
    for shape in (Shape(100, 10, 1000), Shape(5000, 10, 1000)):
        with pytest.raises(ValueError, match="cannot be drawn"):
            generate(shape)
