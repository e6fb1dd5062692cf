"""Rendle's seven ratings, as printed in the paper."""

from __future__ import annotations

import pytest

from course_utils.datasets import rendle, tables


def test_the_seven_ratings_of_the_paper() -> None:
    data = rendle.load()
    rows = data.ratings.assign(month=rendle.month_number(data.ratings["timestamp"]))
    assert rows[["user", "item", "rating", "month"]].to_numpy().tolist() == [
        ["Alice", "Titanic", 5, 13],
        ["Alice", "Notting Hill", 3, 14],
        ["Alice", "Star Wars", 1, 16],
        ["Bob", "Star Wars", 4, 5],
        ["Bob", "Star Trek", 5, 8],
        ["Charlie", "Titanic", 1, 9],
        ["Charlie", "Star Wars", 5, 12],
    ]
    assert data.origin == "built-in"
    assert data.notice == ""
    assert data.ratings["timestamp"].dtype == "int64"
    assert data.ratings["rating"].dtype == "float64"


def test_every_film_has_a_title() -> None:
    assert rendle.load().titles(["Star Trek", "Titanic"]) == ["Star Trek", "Titanic"]


def test_month_number_counts_calendar_months() -> None:
    assert rendle.month_number(1230767999) == 0  # 2008-12-31 23:59:59 UTC
    assert rendle.month_number(1230768000) == 1  # one second later


def test_missing_data_folder_says_what_to_do(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    with pytest.raises(FileNotFoundError, match="full clone"):
        rendle.load()
