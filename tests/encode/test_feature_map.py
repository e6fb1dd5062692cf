"""Ids to columns: the paper's own matrix, a plain double loop, and every refusal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from time import process_time
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.datasets import rendle, sample
from course_utils.encode import BLOCKS, FeatureMap, UnknownIdError

THIRD, HALF = 1 / 3, 1 / 2

# Rendle 2010, figure 1, row by row: user A B C | film TI NH SW ST | other films rated TI NH SW ST | time |
# last film rated TI NH SW ST. (The paper prints 0.3 for a third.)
FIGURE_1 = [
    [1, 0, 0, 1, 0, 0, 0, THIRD, THIRD, THIRD, 0, 13, 0, 0, 0, 0],
    [1, 0, 0, 0, 1, 0, 0, THIRD, THIRD, THIRD, 0, 14, 1, 0, 0, 0],
    [1, 0, 0, 0, 0, 1, 0, THIRD, THIRD, THIRD, 0, 16, 0, 1, 0, 0],
    [0, 1, 0, 0, 0, 1, 0, 0, 0, HALF, HALF, 5, 0, 0, 0, 0],
    [0, 1, 0, 0, 0, 0, 1, 0, 0, HALF, HALF, 8, 0, 0, 1, 0],
    [0, 0, 1, 1, 0, 0, 0, HALF, 0, HALF, 0, 9, 0, 0, 0, 0],
    [0, 0, 1, 0, 0, 1, 0, HALF, 0, HALF, 0, 12, 1, 0, 0, 0],
]


def paper_columns() -> list[str]:
    films = rendle.PAPER_ORDER
    return [
        *(f"user={user}" for user in ("Alice", "Bob", "Charlie")),
        *(f"item={film}" for film in films),
        *(f"other_items={film}" for film in films),
        "time",
        *(f"last_item={film}" for film in films),
    ]


@pytest.fixture
def toy() -> pd.DataFrame:
    return rendle.load().ratings


@pytest.fixture
def paper_map(toy) -> FeatureMap:
    blocks = ("user", "item", "other_items", "time", "last_item")
    return FeatureMap.fit(toy, blocks, time_origin=rendle.MONTH_ORIGIN, time_scale=1)


def as_table(feature_map: FeatureMap, rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(feature_map.transform(rows).toarray(), columns=feature_map.column_names)


def test_rendles_figure_1(toy, paper_map) -> None:
    assert paper_map.feature_dim == 16
    np.testing.assert_array_equal(
        as_table(paper_map, toy)[paper_columns()].to_numpy(), np.array(FIGURE_1, dtype=np.float32)
    )


def test_form_of_the_result(toy, paper_map) -> None:
    X = paper_map.transform(toy)
    assert X.format == "csr"
    assert X.dtype == np.float32
    assert X.indices.dtype == X.indptr.dtype == np.int32
    assert X.shape == (7, 16)
    # Checked here, not through the flag that scipy computes once and keeps.
    assert all((np.diff(X.indices[a:b]) > 0).all() for a, b in zip(X.indptr, X.indptr[1:], strict=False))


def test_columns_stand_in_the_order_of_blocks_and_ids(toy) -> None:
    feature_map = FeatureMap.fit(toy, ("item", "user"))
    assert feature_map.column_names == [
        "item=Notting Hill",
        "item=Star Trek",
        "item=Star Wars",
        "item=Titanic",
        "user=Alice",
        "user=Bob",
        "user=Charlie",
    ]
    assert feature_map.columns_of("user") == range(4, 7)
    assert feature_map.column("user", "Bob") == 5
    assert feature_map.ids("user") == ["Alice", "Bob", "Charlie"]
    assert feature_map.blocks == ("item", "user")
    assert repr(feature_map) == "FeatureMap(item: 4, user: 3; feature_dim=7, unknown='zero')"


def test_row_order_and_row_labels_do_not_matter(toy, paper_map) -> None:
    shuffled = toy.sample(frac=1, random_state=3)
    again = FeatureMap.fit(
        shuffled, paper_map.blocks, time_origin=rendle.MONTH_ORIGIN, time_scale=1
    ).transform(shuffled)
    np.testing.assert_array_equal(again.toarray(), paper_map.transform(toy).toarray()[shuffled.index])


# --- the blocks one by one


def test_genres_come_from_the_items_table_also_for_a_film_nobody_rated() -> None:
    ratings = pd.DataFrame({"user": [1], "item": [20]})
    items = pd.DataFrame(
        {"title": ["a", "b", "c"], "genres": [("War",), ("Drama", "War"), ()]},
        index=pd.Index([30, 20, 10], name="item"),
    )
    feature_map = FeatureMap.fit(ratings, ("genre",), items=items)
    assert feature_map.column_names == ["genre=Drama", "genre=War"]
    rows = pd.DataFrame({"item": [10, 20, 30, 99]})
    assert feature_map.transform(rows).toarray().tolist() == [[0, 0], [1, 1], [0, 1], [0, 0]]


def test_time_runs_from_0_to_1_over_the_training_months() -> None:
    seconds = (
        pd.to_datetime(["2020-01-31", "2020-02-01", "2021-01-15", "2019-12-31"]).as_unit("s").astype(int)
    )
    table = pd.DataFrame({"user": 1, "item": 1, "timestamp": seconds})
    feature_map = FeatureMap.fit(table.iloc[:3], ("time",))
    np.testing.assert_allclose(
        feature_map.transform(table).toarray()[:, 0], [0, 1 / 12, 1, -1 / 12], rtol=1e-6
    )
    single = FeatureMap.fit(table.iloc[:1], ("time",))  # one month only: months, not a division by 0
    assert single.transform(table).toarray()[:, 0].tolist() == [0, 1, 12, -1]


def test_time_may_begin_elsewhere_and_have_another_scale(toy) -> None:
    def times(**settings) -> list[float]:
        return FeatureMap.fit(toy, ("time",), **settings).transform(toy).toarray()[:, 0].tolist()

    months = np.array([row[11] for row in FIGURE_1])  # the last is 16, the first 5
    assert times(time_origin=rendle.MONTH_ORIGIN) == pytest.approx(months / 16)
    assert times(time_scale=12) == pytest.approx((months - 5) / 12)


def test_a_day_is_a_calendar_day_in_utc() -> None:
    moments = ["2020-02-28T23:59:59", "2020-02-29T00:00:00", "2020-02-29T23:59:59", "1969-12-31T23:59:59"]
    table = pd.DataFrame({"timestamp": pd.to_datetime(moments).as_unit("s").astype(int)})
    feature_map = FeatureMap.fit(table, ("day",))
    assert feature_map.column_names == ["day=1969-12-31", "day=2020-02-28", "day=2020-02-29"]
    assert feature_map.transform(table).indices.tolist() == [1, 2, 2, 0]
    assert feature_map.column("day", "2020-02-29") == 2


@pytest.mark.parametrize(("unknown", "hot"), [("zero", []), ("column", [1])])
def test_a_day_without_training_rows(unknown, hot) -> None:
    feature_map = FeatureMap.fit(pd.DataFrame({"timestamp": [86400]}), ("day",), unknown=unknown)
    assert feature_map.transform(pd.DataFrame({"timestamp": [0]})).indices.tolist() == hot
    strict = FeatureMap.fit(pd.DataFrame({"timestamp": [86400]}), ("day",), unknown="error")
    with pytest.raises(UnknownIdError, match=r"1 day id.*'1970-01-01'"):
        strict.transform(pd.DataFrame({"timestamp": [0, 86400, 1]}))


def test_last_item_means_an_earlier_second_among_the_training_rows() -> None:
    train = pd.DataFrame(
        {"user": [1, 1, 1, 2], "item": [5, 6, 7, 8], "timestamp": [100, 100, 300, 50]}, index=[9, 9, 9, 9]
    )
    feature_map = FeatureMap.fit(train, ("last_item",))
    asked = pd.DataFrame({"user": [1, 1, 1, 1, 2, 2, 3], "timestamp": [99, 100, 101, 10**10, 50, 51, 60]})
    hot = feature_map.transform(asked)
    names = np.array([*feature_map.ids("last_item"), 0])
    seen = [names[row.indices].tolist() for row in (hot[[i]] for i in range(hot.shape[0]))]
    assert seen == [[], [], [6], [7], [], [8], []]


def test_other_items_are_those_of_training_whatever_is_asked(toy) -> None:
    feature_map = FeatureMap.fit(toy, ("other_items",))
    alice = feature_map.transform(pd.DataFrame({"user": ["Alice"]}))
    assert sorted(alice.data) == pytest.approx([THIRD] * 3)
    twice = FeatureMap.fit(pd.concat([toy, toy]), ("other_items",))  # rated twice, counted once
    assert (twice.transform(toy) != feature_map.transform(toy)).nnz == 0


# --- ids that training has not seen

STRANGER = pd.DataFrame({"user": ["Dora"], "item": ["Titanic"], "timestamp": [10**9]})


def test_unknown_zero_leaves_the_block_blank(toy) -> None:
    row = as_table(FeatureMap.fit(toy, ("user", "item", "other_items", "last_item")), STRANGER).iloc[0]
    assert row[row > 0].to_dict() == {"item=Titanic": 1}


def test_unknown_error_names_the_id(toy) -> None:
    for blocks in (("user", "item"), ("other_items",), ("last_item",)):
        with pytest.raises(UnknownIdError, match=r"user id.*'Dora'"):
            FeatureMap.fit(toy, blocks, unknown="error").transform(STRANGER)
    numbers = pd.DataFrame({"user": [1], "item": [1]})
    with pytest.raises(UnknownIdError, match=r"4 item id.*: 3, 4, 5, …\."):
        FeatureMap.fit(numbers, unknown="error").transform(pd.DataFrame({"user": 1, "item": [3, 4, 5, 6, 1]}))


def test_unknown_column_is_one_spare_column_per_block(toy) -> None:
    items = rendle.load().items.assign(genres=[("Drama",)] * 4)
    feature_map = FeatureMap.fit(toy, BLOCKS, items=items, unknown="column")
    names = [name for name in feature_map.column_names if name.endswith("=?")]
    assert names == ["user=?", "item=?", "genre=?", "day=?", "other_items=?", "last_item=?"]
    row = as_table(feature_map, STRANGER).drop(columns="time").iloc[0]
    assert set(row[row > 0].index) == {
        "user=?",
        "item=Titanic",
        "genre=Drama",
        "day=?",
        "other_items=?",
        "last_item=?",
    }
    row = (
        as_table(feature_map, STRANGER.assign(user="Bob", item="Jaws", timestamp=0))
        .drop(columns="time")
        .iloc[0]
    )
    assert set(row[row > 0].index) >= {"user=Bob", "item=?", "genre=?"}
    assert "last_item=?" not in row[row > 0]  # a first film is blank, not unknown
    assert as_table(feature_map, toy)[names].to_numpy().sum() == 0


def test_column_of_an_unknown_id(toy) -> None:
    with pytest.raises(UnknownIdError, match=r"no column for 'Dora'.*'Alice'"):
        FeatureMap.fit(toy).column("user", "Dora")


# --- refusals


@pytest.mark.parametrize(
    ("change", "blocks", "message"),
    [
        (lambda t: t.drop(columns="item"), ("user", "item"), "no column 'item'; it has \\['user'"),
        (lambda t: t.drop(columns="timestamp"), ("time",), "no column 'timestamp'"),
        (lambda t: t.iloc[:0], ("user",), "no rows"),
        (
            lambda t: t.assign(rating=[5, None, 1, 4, 5, 1, 5]),
            ("user",),
            "'rating' is empty in 1 row.*index 1",
        ),
        (
            lambda t: t.assign(user=["A", None, "A", "B", "B", "C", "C"]),
            ("user",),
            "'user' is empty in 1 row",
        ),
        (lambda t: t.assign(timestamp=pd.NA), ("time",), "'timestamp' is empty in 7"),
        (lambda t: t.drop(columns="timestamp"), ("day",), "no column 'timestamp'"),
        (lambda t: t.assign(timestamp=pd.NA), ("last_item",), "'timestamp' is empty in 7"),
        (lambda t: t.assign(user=np.arange(7.0)), ("user",), "dtype float64.*astype"),
        (lambda t: t.assign(user=[1, "b", 2, 3, 4, 5, 6]), ("user",), "whole numbers or text"),
        (lambda t: t, ("user", "user"), "\\['user'\\] stand more often"),
        (lambda t: t, ("user", "director"), "blocks must name some of"),
        (lambda t: t, (), "blocks must name some of"),
        (lambda t: t, "user", "sequence of names"),
        (lambda t: t, ("genre",), "items=dataset.items"),
    ],
)
def test_fit_refuses(toy, change, blocks, message) -> None:
    with pytest.raises(ValueError, match=message):
        FeatureMap.fit(change(toy), blocks)


def test_fit_refuses_a_wrong_policy_and_wrong_items(toy) -> None:
    with pytest.raises(ValueError, match="unknown must be one of"):
        FeatureMap.fit(toy, unknown="ignore")
    items = rendle.load().items
    with pytest.raises(ValueError, match="some film twice"):
        FeatureMap.fit(toy, ("genre",), items=pd.concat([items, items]))


@pytest.mark.parametrize("genres", ["Drama|War", None, 3.0])
def test_genres_are_lists_of_texts(toy, genres) -> None:
    items = rendle.load().items
    items["genres"] = [("Drama",), genres, ("War",), ()]
    with pytest.raises(ValueError, match=f"genres of item '{items.index[1]}' are .*expected a tuple"):
        FeatureMap.fit(toy, ("genre",), items=items)


def test_transform_refuses_ids_of_another_type(toy) -> None:
    with pytest.raises(ValueError, match=r"whole numbers here.*fitted on text.*never match"):
        FeatureMap.fit(toy).transform(pd.DataFrame({"user": [1], "item": ["Titanic"]}))
    numbers = FeatureMap.fit(pd.DataFrame({"user": [1], "item": [1]}))
    with pytest.raises(ValueError, match=r"text here.*fitted on whole numbers"):
        numbers.transform(pd.DataFrame({"user": ["1"], "item": [1]}))


def test_transform_refuses_gaps_and_missing_columns(toy) -> None:
    feature_map = FeatureMap.fit(toy)
    with pytest.raises(ValueError, match="no column 'item'"):
        feature_map.transform(toy[["user"]])
    with pytest.raises(ValueError, match="'rating' is empty"):
        feature_map.transform(toy.assign(rating=np.nan))


def test_some_blocks_alone_leave_the_others_blank(toy, paper_map) -> None:
    whole, films = paper_map.transform(toy), paper_map.transform(toy[["item"]], only=["item"])
    at = list(paper_map.columns_of("item"))
    np.testing.assert_array_equal(films[:, at].toarray(), whole[:, at].toarray())
    assert films.shape == whole.shape
    assert films.dtype == np.float32
    assert films.nnz == 7
    rest = paper_map.transform(toy.drop(columns="item"), only=set(paper_map.blocks) - {"item"})
    np.testing.assert_array_equal((films + rest).toarray(), whole.toarray())
    assert paper_map.transform(toy, only=()).nnz == 0
    with pytest.raises(ValueError, match="no block 'genre'"):
        paper_map.transform(toy, only=["genre"])


def test_asking_for_a_block_that_is_not_there(toy) -> None:
    with pytest.raises(ValueError, match="no block 'genre'; it has \\['user', 'item'\\]"):
        FeatureMap.fit(toy).columns_of("genre")


def test_no_candidates_is_no_error(toy) -> None:
    for blocks in (("user", "item"), BLOCKS[3:]):
        assert FeatureMap.fit(toy, blocks).transform(toy.iloc[:0]).shape[0] == 0


@pytest.mark.parametrize("dtype", ["object", "category", "string", "str"])
def test_text_ids_in_any_of_pandas_clothes(toy, dtype) -> None:
    plain = FeatureMap.fit(toy)
    dressed = toy.astype({"user": dtype, "item": dtype})
    assert (FeatureMap.fit(dressed).transform(dressed) != plain.transform(toy)).nnz == 0
    assert (plain.transform(dressed) != plain.transform(toy)).nnz == 0


@pytest.mark.parametrize("dtype", ["int32", "uint16", "Int64", "category"])
def test_number_ids_in_any_of_pandas_clothes(dtype) -> None:
    table = pd.DataFrame({"user": [7, 3, 7], "item": [9, 9, 2]})
    dressed = table.astype(dtype)
    feature_map = FeatureMap.fit(dressed)
    assert feature_map.ids("user") == [3, 7]
    assert (feature_map.transform(dressed) != FeatureMap.fit(table).transform(table)).nnz == 0


# --- saving


@pytest.mark.parametrize("unknown", ["zero", "error", "column"])
def test_save_and_load_keep_everything(tmp_path, unknown) -> None:
    data = sample.load()
    train, rest = data.ratings.iloc[::50], data.ratings.iloc[::25]
    feature_map = FeatureMap.fit(train, BLOCKS, items=data.items, unknown=unknown)
    feature_map.save(tmp_path / "map.json")
    again = FeatureMap.load(tmp_path / "map.json")
    assert again.column_names == feature_map.column_names
    assert again.unknown == unknown
    assert {type(id) for id in again.ids("item")} == {int}
    table = train if unknown == "error" else rest
    assert (again.transform(table) != feature_map.transform(table)).nnz == 0
    if unknown == "error":
        with pytest.raises(UnknownIdError):
            again.transform(rest)


WRITTEN_BEFORE_THE_DAY_BLOCK = """{"format": "fm-course feature map 1", "blocks": [
{"name": "user", "key": "user", "ids": ["A", "B"], "share": false, "unknown": "column"},
{"name": "item", "key": "item", "ids": [5, 7], "share": false, "unknown": "column"},
{"name": "genre", "key": "item", "ids": [5, 7, 9], "share": false, "unknown": "column",
 "labels": ["Drama", "War"], "members": [[1], [0, 1], []]},
{"name": "time", "origin": "2010-01", "scale": 1.0},
{"name": "other_items", "key": "user", "ids": ["A", "B"], "share": true, "unknown": "column",
 "labels": [5, 7], "members": [[1], [0, 1]]},
{"name": "last_item", "users": ["A", "B"], "items": [5, 7],
 "history": [[0, 1, 1], [1265000000, 1262304000, 1262304001], [1, 1, 0]], "unknown": "column"}],
"unknown": "column"}"""


def test_a_file_of_an_earlier_version(tmp_path) -> None:
    (tmp_path / "map.json").write_text(WRITTEN_BEFORE_THE_DAY_BLOCK)
    table = pd.DataFrame(
        {"user": ["B", "A", "C"], "item": [5, 7, 9], "timestamp": [1262304001, 1265000000, 1262304000]}
    )
    assert FeatureMap.load(tmp_path / "map.json").transform(table).toarray().tolist() == [
        [0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0.5, 0.5, 0, 0, 1, 0],
        [1, 0, 0, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1],
    ]


def test_a_file_says_what_it_said_in_earlier_versions(tmp_path) -> None:
    (tmp_path / "old.json").write_text(WRITTEN_BEFORE_THE_DAY_BLOCK)
    FeatureMap.load(tmp_path / "old.json").save(tmp_path / "map.json")
    assert json.loads((tmp_path / "map.json").read_text()) == json.loads(WRITTEN_BEFORE_THE_DAY_BLOCK)


def test_text_ids_stay_text(toy, tmp_path) -> None:
    table = toy.assign(user=["1", "1", "1", "2", "2", "3", "3"])
    FeatureMap.fit(table).save(tmp_path / "map.json")
    again = FeatureMap.load(tmp_path / "map.json")
    assert again.ids("user") == ["1", "2", "3"]
    assert (again.transform(table) != FeatureMap.fit(table).transform(table)).nnz == 0


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "other"}', "not json"])
def test_load_refuses_other_files(tmp_path, content) -> None:
    (tmp_path / "map.json").write_text(content)
    with pytest.raises(ValueError, match="not a feature map"):
        FeatureMap.load(tmp_path / "map.json")


def test_the_file_is_plain_json(toy, tmp_path) -> None:
    FeatureMap.fit(toy).save(tmp_path / "map.json")
    assert json.loads((tmp_path / "map.json").read_text())["blocks"][0]["ids"] == ["Alice", "Bob", "Charlie"]


# --- against a plain double loop, on arbitrary tables

MOMENTS = st.builds(
    lambda month, day, second: 10**9 + month * 30 * 86400 + day * 86400 + second,
    st.integers(0, 2),
    st.integers(0, 2),
    st.integers(0, 2),
)
FILMS = st.integers(10**12, 10**12 + 5)
RATING_ROW = st.tuples(st.integers(-3, 4), FILMS, MOMENTS)
RATING_ROWS = st.lists(RATING_ROW, min_size=1, max_size=25)
GENRES = st.dictionaries(FILMS, st.lists(st.sampled_from("abc"), max_size=3), min_size=1)


def frame(rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["user", "item", "timestamp"]).astype("int64")


def items_table(genres: dict[int, list[str]]) -> pd.DataFrame:
    return pd.DataFrame({"genres": list(genres.values())}, index=pd.Index(list(genres), name="item"))


def months(second: int) -> int:
    day = datetime.fromtimestamp(second, UTC)
    return 12 * day.year + day.month


def one_row(train: list[tuple], genres: dict, spare: bool, user: int, film: int, second: int) -> dict:
    """The non-zeros of one row by column name, from the definition of each block."""
    users, films = ({row[place] for row in train} for place in (0, 1))
    days = {str(datetime.fromtimestamp(row[2], UTC).date()) for row in train}
    day = str(datetime.fromtimestamp(second, UTC).date())
    row = {"day": day if day in days else "?", "user": user if user in users else "?"}
    row = {f"{block}={id}": 1 for block, id in (row | {"item": film if film in films else "?"}).items()}
    row |= {f"genre={genre}": 1 for genre in genres.get(film, "?")}
    rated = {row[1] for row in train if row[0] == user}
    row |= {f"other_items={other}": np.float32(1 / len(rated)) for other in rated}
    before = sorted((row[2], n) for n, row in enumerate(train) if row[0] == user and row[2] < second)
    if before:
        row[f"last_item={train[before[-1][1]][1]}"] = 1
    if user not in users:
        row |= {"other_items=?": 1, "last_item=?": 1}
    first, last = min(months(row[2]) for row in train), max(months(row[2]) for row in train)
    row["time"] = np.float32((months(second) - first) / max(last - first, 1))
    return {name: value for name, value in row.items() if value and (spare or not name.endswith("?"))}


@given(
    train=RATING_ROWS,
    asked=RATING_ROWS,
    genres=GENRES,
    unknown=st.sampled_from(["zero", "column"]),
    blocks=st.permutations(BLOCKS),
    at_once=st.sampled_from([1, 7, 1 << 20]),
)
def test_every_row_says_what_a_plain_loop_says(train, asked, genres, unknown, blocks, at_once) -> None:
    feature_map = FeatureMap.fit(frame(train), blocks, items=items_table(genres), unknown=unknown)
    with mock.patch("course_utils.encode.feature_map._COPIED_AT_ONCE", at_once):
        X = feature_map.transform(frame(asked)).toarray()
    for x, row in zip(X, asked, strict=True):
        named = zip(feature_map.column_names, x, strict=True)
        assert {name: value for name, value in named if value} == one_row(
            train, genres, unknown == "column", *row
        )


@given(train=RATING_ROWS, row=RATING_ROW, block=st.sampled_from(["user", "item", "day", "other_items"]))
def test_a_strict_map_refuses_exactly_unknown_ids(train, row, block) -> None:
    feature_map = FeatureMap.fit(frame(train), (block,), unknown="error")
    key = {
        "user": lambda row: row[0],
        "other_items": lambda row: row[0],
        "item": lambda row: row[1],
        "day": lambda row: row[2] // 86400,
    }[block]
    if key(row) in {key(other) for other in train}:
        assert feature_map.transform(frame([row])).nnz
    else:
        with pytest.raises(UnknownIdError):
            feature_map.transform(frame([row]))


def test_encoding_is_vectorised() -> None:
    """A loop over rows would need seconds of computing for this, however busy the machine is otherwise."""
    ratings = sample.load().ratings
    feature_map = FeatureMap.fit(ratings)
    table = pd.concat([ratings] * 4, ignore_index=True)
    started = process_time()
    assert feature_map.transform(table).nnz == 2 * len(table)
    assert process_time() - started < 1
