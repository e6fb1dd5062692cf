"""Splits that anybody can repeat: checked against a plain-Python reimplementation and pinned values."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.datasets import sample
from course_utils.evaluate import split_by_hash, split_by_time

MASK = 2**64 - 1


def mix(x: int) -> int:
    """splitmix64, written down from its definition with Python's own integers."""
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def in_test(user, item, share: float, salt: str) -> bool:
    hashed = [
        mix((i & MASK) ^ digest(salt)) if isinstance(i, int) else digest(f"{salt}\0{i}") for i in (user, item)
    ]
    return mix((mix(hashed[0]) + hashed[1]) & MASK) < share * 2**64


ids = st.one_of(
    st.tuples(st.just("int64"), st.lists(st.tuples(*[st.integers(-5, 2**62)] * 2), min_size=1)),
    st.tuples(st.just("object"), st.lists(st.tuples(*[st.text(max_size=5)] * 2), min_size=1)),
)


@given(ids, st.floats(0.05, 0.95), st.sampled_from(["", "other"]))
def test_a_pairs_side_follows_from_its_ids_alone(typed_pairs, share, salt) -> None:
    dtype, pairs = typed_pairs
    table = pd.DataFrame(pairs, columns=["user", "item"], dtype=dtype)
    train, test = split_by_hash(table, share, salt)
    expected = [in_test(user, item, share, salt) for user, item in pairs]
    assert test.index.tolist() == np.flatnonzero(expected).tolist()
    assert train.index.tolist() == np.flatnonzero(~np.array(expected)).tolist()


def test_pinned_so_that_published_figures_stay_true() -> None:
    grid = pd.DataFrame([(u, i) for u in range(1, 6) for i in range(1, 21)], columns=["user", "item"])
    _, test = split_by_hash(grid, 0.1)
    assert list(test.itertuples(index=False, name=None)) == [(1, 5), (3, 1), (3, 7), (4, 3), (4, 6), (5, 3)]


def test_row_order_does_not_matter_and_every_row_is_somewhere() -> None:
    ratings = sample.load().ratings
    train, test = split_by_hash(ratings)
    assert len(train) + len(test) == len(ratings)
    assert len(test) / len(ratings) == pytest.approx(0.1, abs=0.005)
    shuffled = ratings.sample(frac=1, random_state=0)
    assert set(split_by_hash(shuffled)[1].index) == set(test.index)
    assert split_by_hash(shuffled)[1].index.equals(shuffled.index[shuffled.index.isin(test.index)])


def test_another_salt_gives_an_unrelated_split() -> None:
    ratings = sample.load().ratings
    first, second = (set(split_by_hash(ratings, 0.5, salt)[1].index) for salt in ("", "again"))
    assert len(first & second) / len(ratings) == pytest.approx(0.25, abs=0.01)


def test_a_larger_share_only_adds_rows() -> None:
    ratings = sample.load().ratings
    small, large = (set(split_by_hash(ratings, share)[1].index) for share in (0.1, 0.2))
    assert small < large


def test_user_and_item_do_not_change_places() -> None:
    pairs = pd.DataFrame({"user": np.arange(2000), "item": np.arange(2000) + 1})
    swapped = pairs.rename(columns={"user": "item", "item": "user"})
    assert set(split_by_hash(pairs, 0.5)[1].index) != set(split_by_hash(swapped, 0.5)[1].index)


def test_time_split_has_no_future_in_the_past() -> None:
    ratings = sample.load().ratings
    train, test = split_by_time(ratings, 0.2)
    assert train["timestamp"].max() < test["timestamp"].min()
    assert len(train) + len(test) == len(ratings)
    assert 0.199 < len(test) / len(ratings) <= 0.2


def test_rows_of_one_second_stay_together() -> None:
    table = pd.DataFrame({"timestamp": [5, 3, 3, 3, 1, 3, 3, 3, 3, 3]})
    train, test = split_by_time(table, 0.5)
    assert (test.index.tolist(), len(train)) == ([0], 9)
    with pytest.raises(ValueError, match="No row is later"):
        split_by_time(table.iloc[1:4])


def test_time_split_needs_timestamps() -> None:
    with pytest.raises(ValueError, match="'timestamp' is empty"):
        split_by_time(pd.DataFrame({"timestamp": pd.array([pd.NA, 1], dtype="Int64")}))
    with pytest.raises(ValueError, match="no rows"):
        split_by_time(pd.DataFrame({"timestamp": []}))


@pytest.mark.parametrize("share", [0, 1, 10, -0.1])
@pytest.mark.parametrize("split", [split_by_hash, split_by_time])
def test_share_must_be_a_share(split, share) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        split(sample.load().ratings, share)
