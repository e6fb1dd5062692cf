"""Who gets how many rows: even, whole mini-batches, no row twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.shards import Plan, rows_of_shards


@given(rows=st.integers(1, 10**7), shards=st.integers(1, 50), batch=st.integers(1, 5000))
def test_shards_are_even_and_whole(rows, shards, batch) -> None:
    if rows // batch < shards:
        with pytest.raises(ValueError, match="too few"):
            rows_of_shards(rows, shards, batch)
        return
    sizes = rows_of_shards(rows, shards, batch)
    assert len(sizes) == shards
    assert rows - batch < sum(sizes) <= rows
    assert all(size % batch == 0 for size in sizes)
    assert max(sizes) - min(sizes) <= batch


@given(
    counts=st.lists(st.integers(0, 400), min_size=1, max_size=9).filter(sum),
    shards=st.integers(1, 7),
    batch=st.integers(1, 30),
)
def test_partitions_together_deal_what_was_planned(counts, shards, batch) -> None:
    if sum(counts) // batch < shards:
        return
    plan = Plan(tuple(counts), shards, batch)
    kept = np.subtract(counts, plan.left_out)
    assert (np.array(plan.left_out) >= 0).all()
    assert sum(plan.left_out) == sum(counts) % batch
    assert (np.abs(plan.left_out - np.array(counts) * (sum(counts) % batch) / sum(counts)) < 1).all()
    places = [first + np.arange(n) for first, n in zip(plan.first, kept, strict=True)]
    np.testing.assert_array_equal(np.concatenate(places), np.arange(sum(kept)))
    dealt = np.bincount(plan.shard_of(np.concatenate(places)), minlength=shards)
    assert dealt.tolist() == plan.sizes


def test_each_partition_reaches_every_shard_alike() -> None:
    plan = Plan((400, 800), 4, 100)
    for first, count in zip(plan.first, plan.counts, strict=True):
        assert np.bincount(plan.shard_of(first + np.arange(count))).tolist() == [count // 4] * 4


@pytest.mark.parametrize(("shards", "batch"), [(0, 10), (4, 0), (-1, 10)])
def test_nonsense_is_named(shards, batch) -> None:
    with pytest.raises(ValueError, match=f"shards={shards} and batch={batch}"):
        rows_of_shards(100, shards, batch)
