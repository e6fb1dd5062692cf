"""Slices by what the training rows knew."""

from __future__ import annotations

import pandas as pd
import pytest

from course_utils.datasets import rendle
from course_utils.evaluate import by_slice, cold_warm, mae

TABLE = pd.DataFrame(
    [
        ("Alice", "Titanic"),  # 3 ratings, 2 ratings
        ("Bob", "Titanic"),  # 2, 2
        ("Alice", "Notting Hill"),  # 3, 1
        ("Dora", "Jaws"),  # strangers
    ],
    columns=["user", "item"],
    index=[7, 5, 3, 1],
)


def test_rows_are_named_for_what_was_known() -> None:
    train = rendle.load().ratings
    assert train["user"].value_counts()[["Alice", "Bob"]].tolist() == [3, 2]
    assert train["item"].value_counts()[["Titanic", "Notting Hill"]].tolist() == [2, 1]
    for least, expected in (
        (1, ["warm", "warm", "warm", "cold both"]),
        (2, ["warm", "warm", "cold item", "cold both"]),
        (3, ["cold item", "cold both", "cold item", "cold both"]),
    ):
        labels = cold_warm(train, TABLE, min_ratings=least)
        assert labels.tolist() == expected
        assert labels.index.tolist() == [7, 5, 3, 1]
    warm_film = cold_warm(train[train["user"] != "Bob"], TABLE, min_ratings=1)
    assert warm_film.tolist() == ["warm", "cold user", "warm", "cold both"]
    with pytest.raises(ValueError, match="at least 1"):
        cold_warm(train, TABLE, min_ratings=0)


def test_a_metric_by_slice() -> None:
    slices = cold_warm(rendle.load().ratings, TABLE, min_ratings=2)
    table = by_slice(mae, [1, 2, 3, 4], [1, 3, 5, 4], slices)
    assert table.index.tolist() == ["warm", "cold item", "cold both", "all"]
    assert table.to_numpy().tolist() == [[2, 0.5], [1, 2], [1, 0], [4, 0.75]]
