"""The kiosk keeps its four rules, whatever the seed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from course_utils.datasets import kiosk

SEEDS = range(10)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_day_has_as_many_ratings_in_the_order_of_time(seed) -> None:
    events = kiosk.load(seed)
    assert (events.groupby("day").size() == kiosk.EVENTS_A_DAY).all()
    assert events["day"].nunique() == kiosk.DAYS
    assert events["timestamp"].is_monotonic_increasing
    since = (events["timestamp"] - pd.Timestamp("2026-01-01").timestamp()) // 86_400
    np.testing.assert_array_equal(since, events["day"])
    assert set(events["rating"]) <= set(np.arange(1, 11) / 2)


@pytest.mark.parametrize("seed", SEEDS)
def test_films_arrive_in_drops_and_are_talked_about(seed) -> None:
    events = kiosk.load(seed)
    first = events.groupby("item")["day"].min()
    late = first[first > kiosk.FIRST_DAY]
    nearest = late.map(lambda day: max(drop for drop in kiosk.DROPS if drop <= day))
    assert (late - nearest).median() <= 2
    on_the_day = events[events["day"] == kiosk.DROPS[0]]
    share = np.isin(on_the_day["item"], first.index[first >= kiosk.DROPS[0]]).mean()
    assert share > 0.2  # 14 of 94 films, 15 %, with no buzz


@pytest.mark.parametrize("seed", SEEDS)
def test_tastes_walk_so_that_old_ratings_of_a_pair_of_neighbours_mislead(seed) -> None:
    """The same user and film, far apart in time, agree less than close together."""
    events = kiosk.load(seed)
    pairs = events.merge(events, on=["user", "item"])
    pairs = pairs[pairs["timestamp_x"] < pairs["timestamp_y"]]
    apart = pairs["day_y"] - pairs["day_x"]
    change = (pairs["rating_y"] - pairs["rating_x"]).abs()
    assert change[apart <= 10].mean() + 0.3 < change[apart >= 50].mean()


def test_one_seed_is_one_kiosk() -> None:
    pd.testing.assert_frame_equal(kiosk.load(3), kiosk.load(3))
    assert not kiosk.load(3).equals(kiosk.load(4))
