"""Side information: by hand, against a double loop, and every refusal."""

from __future__ import annotations

from time import process_time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array, csr_matrix

from course_utils.datasets import rendle, sample
from course_utils.encode import FeatureMap, Side, sides


@pytest.fixture
def toy() -> pd.DataFrame:
    return rendle.load().ratings


def rows_of(side: Side, feature_map: FeatureMap, block: str) -> dict:
    """The non-zeros of each row by what they stand for; rows by the id of their column."""
    at = dict(zip(feature_map.columns_of(block), feature_map.ids(block), strict=False))
    return {
        at[column]: {label: value for label, value in zip(side.labels, row, strict=True) if value}
        for column, row in zip(side.columns, side.rows.toarray(), strict=True)
    }


def root(n: int) -> np.float32:
    return np.float32(1 / np.sqrt(n))


# --- by hand


def test_seen_items_of_rendles_seven_ratings(toy) -> None:
    feature_map = FeatureMap.fit(toy, ("item", "user"))
    side = sides.seen_items(feature_map, toy)
    assert side.name == "seen_items"
    assert side.columns.tolist() == list(feature_map.columns_of("user")) == [4, 5, 6]
    assert rows_of(side, feature_map, "user") == {
        "Alice": {"Titanic": root(3), "Notting Hill": root(3), "Star Wars": root(3)},
        "Bob": {"Star Wars": root(2), "Star Trek": root(2)},
        "Charlie": {"Titanic": root(2), "Star Wars": root(2)},
    }


def test_seen_by_of_rendles_seven_ratings(toy) -> None:
    feature_map = FeatureMap.fit(toy, ("user", "item"))
    side = sides.seen_by(feature_map, toy)
    assert side.name == "seen_by"
    assert rows_of(side, feature_map, "item") == {
        "Titanic": {"Alice": root(2), "Charlie": root(2)},
        "Notting Hill": {"Alice": 1},
        "Star Wars": {"Alice": root(3), "Bob": root(3), "Charlie": root(3)},
        "Star Trek": {"Bob": 1},
    }


def test_genres(toy) -> None:
    feature_map = FeatureMap.fit(toy)
    items = pd.DataFrame(
        {"genres": [("Space", "War"), (), ["Sea"], ("Horror",)]},
        index=pd.Index(["Star Wars", "Notting Hill", "Titanic", "Jaws"], name="item"),
    )
    side = sides.genres(feature_map, items)
    assert side.labels == ["Horror", "Sea", "Space", "War"]
    assert rows_of(side, feature_map, "item") == {
        "Star Wars": {"Space": 1, "War": 1},
        "Notting Hill": {},
        "Titanic": {"Sea": 1},
        "Star Trek": {},  # not in the table
    }


def test_users_and_films_outside_the_map_are_left_out(toy) -> None:
    feature_map = FeatureMap.fit(toy[toy["user"] != "Bob"])
    side = sides.seen_items(feature_map, toy)
    assert set(rows_of(side, feature_map, "user")) == {"Alice", "Charlie"}
    assert side.labels == ["Notting Hill", "Star Wars", "Titanic"]


def test_a_user_without_ratings_has_an_empty_row(toy) -> None:
    feature_map = FeatureMap.fit(toy)
    side = sides.seen_items(feature_map, toy[toy["user"] == "Bob"])
    assert rows_of(side, feature_map, "user")["Alice"] == {}
    assert np.diff(side.rows.indptr).tolist() == [0, 2, 0]


def test_a_spare_column_has_no_row(toy) -> None:
    feature_map = FeatureMap.fit(toy, unknown="column")
    for side, block in (
        (sides.seen_items(feature_map, toy), "user"),
        (sides.seen_by(feature_map, toy), "item"),
    ):
        assert side.columns.tolist() == list(feature_map.columns_of(block))[:-1]


# --- against a double loop, on arbitrary tables

PAIRS = st.lists(st.tuples(st.integers(-2, 4), st.sampled_from("abcde")), min_size=1, max_size=20)


def frame(pairs) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["user", "item"])


@given(fitted=PAIRS, rated=PAIRS)
def test_every_side_says_what_a_double_loop_says(fitted, rated) -> None:
    feature_map = FeatureMap.fit(frame(fitted))
    users, films = feature_map.ids("user"), feature_map.ids("item")
    expected = np.array([[(user, film) in rated for film in films] for user in users], np.float64)
    if not expected.any():
        with pytest.raises(ValueError, match=r"None of the .* ratings names"):
            sides.seen_items(feature_map, frame(rated))
        return
    for side, block, table in (
        (sides.seen_items(feature_map, frame(rated)), "user", expected),
        (sides.seen_by(feature_map, frame(rated)), "item", expected.T),
    ):
        share = 1 / np.sqrt(np.maximum(table.sum(axis=1, keepdims=True), 1))
        np.testing.assert_array_equal(side.rows.toarray(), (table * share).astype(np.float32))
        assert side.columns.tolist() == list(feature_map.columns_of(block))
        assert side.rows.indices.dtype == side.rows.indptr.dtype == np.int32
        assert side.labels == feature_map.ids({"user": "item", "item": "user"}[block])


def test_making_sides_is_vectorised() -> None:
    """A loop over ratings would need seconds of computing for this."""
    ratings = pd.concat([sample.load().ratings] * 20, ignore_index=True)
    feature_map = FeatureMap.fit(ratings)
    started = process_time()
    assert sides.seen_items(feature_map, ratings).rows.nnz == sides.seen_by(feature_map, ratings).rows.nnz
    assert process_time() - started < 1


# --- refusals


def test_makers_refuse_what_does_not_fit(toy) -> None:
    feature_map = FeatureMap.fit(toy)
    with pytest.raises(ValueError, match="no block 'item'"):
        sides.seen_items(FeatureMap.fit(toy, ("user",)), toy)
    with pytest.raises(ValueError, match="no column 'item'"):
        sides.seen_by(feature_map, toy[["user"]])
    with pytest.raises(ValueError, match="never match"):
        sides.seen_items(feature_map, pd.DataFrame({"user": [1], "item": [2]}))
    with pytest.raises(ValueError, match=r"None of the 1 ratings"):
        sides.seen_by(feature_map, pd.DataFrame({"user": ["Alice"], "item": ["Jaws"]}))
    with pytest.raises(ValueError, match="Genres need items="):
        sides.genres(feature_map, None)
    strange = pd.DataFrame({"genres": [("Sea",)]}, index=pd.Index(["Jaws"], name="item"))
    with pytest.raises(ValueError, match=r"none of the map's 4 films, such as .*'Notting Hill'"):
        sides.genres(feature_map, strange)


COLUMNS = np.array([3, 5])
ROWS = csr_array(np.array([[1, 0, 2], [0, 0, 3]], np.float32))
UNSORTED = csr_array(
    (np.ones(2, np.float32), np.array([2, 0], np.int32), np.array([0, 2, 2], np.int32)), shape=(2, 3)
)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"columns": [3, 5]}, "int64 array of shape .*got list"),
        ({"columns": COLUMNS.astype(np.int32)}, "int64 array .*got ndarray of int32"),
        ({"columns": COLUMNS[:, None]}, r"with shape \(2, 1\)"),
        ({"columns": np.array([3, -1])}, "names column -1"),
        ({"columns": np.array([3, 3])}, "twice"),
        ({"columns": np.array([3])}, r"1 columns and 3 labels.*\(1, 3\); got \(2, 3\)"),
        ({"labels": ["a", "b"]}, r"2 columns and 2 labels"),
        ({"rows": ROWS.astype(np.float64)}, "float32, got csr_array of float64"),
        ({"rows": csr_matrix(ROWS)}, "got csr_matrix"),
        ({"rows": ROWS.tocsc()}, "got csc_array"),
        ({"rows": ROWS.toarray()}, "got ndarray"),
        ({"rows": UNSORTED}, "out of order"),
        ({"rows": ROWS * np.float32(np.nan)}, "NaN or infinity"),
    ],
)
def test_a_side_checks_its_parts(change, message) -> None:
    parts = {"name": "mine", "columns": COLUMNS, "rows": ROWS, "labels": ["a", "b", "c"]}
    assert Side(**parts).rows is ROWS
    with pytest.raises(ValueError, match=f"ide 'mine'.*{message}"):
        Side(**(parts | change))
