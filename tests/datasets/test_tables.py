"""The form that every data set has."""

from __future__ import annotations

import pandas as pd
import pytest

from course_utils.datasets import Dataset

RATINGS = pd.DataFrame({"user": [1], "item": [70], "rating": [3.5], "timestamp": [0]})
ITEMS = pd.DataFrame(
    {"title": ["Seventy", "Three"], "genres": [("Drama",), ()]}, index=pd.Index([70, 3], name="item")
)


def test_titles_are_looked_up_by_id_not_by_position() -> None:
    data = Dataset("tiny", RATINGS, ITEMS, "built-in")
    assert data.titles([3, 70, 3]) == ["Three", "Seventy", "Three"]
    assert data.titles(pd.Series([70], index=[5])) == ["Seventy"]
    assert data.titles([]) == []


def test_unknown_id_is_named() -> None:
    with pytest.raises(KeyError, match="no film with id 0 "):
        Dataset("tiny", RATINGS, ITEMS, "built-in").titles([70, 0])


@pytest.mark.parametrize(
    ("ratings", "items", "message"),
    [
        (RATINGS.drop(columns="timestamp"), ITEMS, "ratings table lacks \\['timestamp'\\]"),
        (RATINGS, ITEMS.drop(columns="genres"), "items table lacks"),
        (RATINGS, ITEMS.reset_index(), "indexed by 'item'"),
        (RATINGS, pd.concat([ITEMS, ITEMS]), "each id once"),
    ],
)
def test_wrong_tables_are_refused(ratings, items, message) -> None:
    with pytest.raises(ValueError, match=message):
        Dataset("tiny", ratings, items, "built-in")
