"""Popularity against counting by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from course_utils.evaluate import Popularity

RATINGS = pd.DataFrame({"user": [1, 2, 3, 1], "item": ["b", "b", "a", "c"], "rating": [4.0, 3.0, 5.0, 2.0]})
ITEMS = pd.DataFrame({"user": 9, "item": ["a", "b", "c", "new"]})


def test_counts() -> None:
    assert Popularity().fit(RATINGS).predict(ITEMS).tolist() == [1, 2, 1, 0]


def test_damped_means() -> None:
    mean = 14 / 4
    expected = [(5 + 2 * mean) / 3, (7 + 2 * mean) / 4, (2 + 2 * mean) / 3, mean]
    assert Popularity("mean", damping=2).fit(RATINGS).predict(ITEMS).tolist() == pytest.approx(expected)
    assert Popularity("mean", damping=0).fit(RATINGS).predict(ITEMS).tolist() == [5, 3.5, 2, mean]


def test_refusals() -> None:
    with pytest.raises(ValueError, match="by must be one of"):
        Popularity("likes")
    with pytest.raises(ValueError, match="at least 0"):
        Popularity(damping=-1)
    with pytest.raises(ValueError, match="'rating'"):
        Popularity().fit(RATINGS.drop(columns="rating"))
