"""The rebuild dial, driven in process: its replay, its bill, every control to its ends, its static twin."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from course_utils.datasets import kiosk
from course_utils.widgets import RebuildDial, rebuild_dial
from course_utils.widgets.rebuild_dial import (
    CADENCES,
    MISS,
    REPLAYED,
    TRAFFIC,
    Assumptions,
    bill,
    cheapest,
    follow,
    machine,
    scheduled,
    window,
)

SEEDS = range(10, 20)


@pytest.fixture
def dial() -> RebuildDial:
    return RebuildDial(question=None)


def results(dial: RebuildDial) -> tuple[str, str, str]:
    return dial.answer.value, dial.table.value, dial.chart.value


# ------------------------------------------------------------------------------------------------ the replay


@pytest.mark.parametrize("cadence", ["monthly", "weekly"])
def test_the_table_says_what_a_replay_day_by_day_says(cadence) -> None:
    events, built, model = kiosk.load(), None, None
    squared, missed, unseen, days = [], [], [], []
    for day in range(kiosk.FIRST_DAY, kiosk.DAYS):
        if built is None or day - built >= CADENCES[cadence]:
            known, built = window(events, day), day
            assert known["day"].max() < day
            model = machine().fit(known)
        today = events[events["day"] == day]
        error = model.predict(today) - today["rating"].to_numpy()
        squared.append(np.mean(error**2))
        missed.append(np.mean(np.abs(error) > MISS))
        strange = ~today["user"].isin(known["user"]) | ~today["item"].isin(known["item"])
        unseen.append(strange.mean())
        days.append(built)
    found = scheduled(cadence)
    np.testing.assert_array_equal(found.built, days)
    np.testing.assert_allclose(found.rmse, np.sqrt(squared), rtol=1e-5)
    np.testing.assert_allclose(found.missed, missed)
    np.testing.assert_allclose(found.unseen, unseen)
    assert found.total_rmse == pytest.approx(np.sqrt(np.mean(squared)))


def test_a_policy_is_asked_with_the_age_and_yesterdays_strangers() -> None:
    asked = []

    def policy(age, unseen):
        asked.append((age, unseen))
        return age >= 3

    found = follow(policy)
    judged = rebuild_dial.table()
    assert len(asked) == REPLAYED - 1
    assert [age for age, _ in asked[:6]] == [1, 2, 3, 1, 2, 3]
    for place, (age, unseen) in enumerate(asked):
        yesterday = kiosk.FIRST_DAY + place
        assert unseen == judged.unseen[yesterday + 1 - age, yesterday]
    assert found.rebuilds == (REPLAYED - 1) // 3


@pytest.mark.parametrize("seed", SEEDS)
def test_more_often_is_fresher_in_every_kiosk_with_less_and_less_to_gain(seed) -> None:
    stars = [scheduled(cadence, seed).total_rmse for cadence in CADENCES]
    strangers = [scheduled(cadence, seed).unseen.mean() for cadence in CADENCES]
    assert stars == sorted(stars, reverse=True)
    assert strangers == sorted(strangers, reverse=True)
    never, _, weekly, daily = stars
    assert weekly - daily < 0.5 * (never - weekly)
    aged = scheduled("never", seed).rmse
    assert np.sqrt(np.mean(aged[-28:] ** 2)) > np.sqrt(np.mean(aged[:7] ** 2)) + 0.2


@pytest.mark.parametrize("seed", SEEDS)
def test_drops_lift_the_unseen_share_at_once(seed) -> None:
    unseen = scheduled("never", seed).unseen
    first = kiosk.DROPS[0] - kiosk.FIRST_DAY
    assert unseen[:first].max() < 0.1
    assert unseen[first] > 0.25


# ------------------------------------------------------------------------------------------------ the bill


def test_a_bill_by_hand() -> None:
    found = scheduled("weekly")
    spent = bill(found, Assumptions(traffic=200, price=2.0, minutes=15.0, per_miss=0.01))
    assert found.rebuilds == 12
    assert spent.machines == pytest.approx(12 * 0.25 * 2.0)
    assert spent.misses == pytest.approx(200 * 90 * found.missed.mean() * 0.01)
    assert spent.together == spent.machines + spent.misses


def test_traffic_decides_which_cadence_costs_least() -> None:
    assert [cheapest(Assumptions(traffic=each)) for each in TRAFFIC] == [
        "never",
        "monthly",
        "weekly",
        "daily",
        "daily",
    ]
    assert cheapest(Assumptions(minutes=300)) != "weekly"
    assert cheapest(Assumptions(per_miss=0.0)) == "never"
    assert cheapest(Assumptions(price=0.0)) == "daily"
    assert cheapest(Assumptions(price=0.0, per_miss=0.0)) == "never"  # a tie: the slowest


@pytest.mark.parametrize("cadence", CADENCES)
def test_the_advice_never_contradicts_the_table(cadence) -> None:
    for traffic in TRAFFIC:
        given = Assumptions(traffic=traffic)
        says = rebuild_dial.advice(cadence, given)
        assert ("costs least of the four" in says) == (cheapest(given) == cadence)
        assert cheapest(given) in says


# ------------------------------------------------------------------------------------------------ reacting


def test_nothing_is_shown_before_a_prediction_is_locked() -> None:
    closed = RebuildDial()
    assert not closed.opened
    assert results(closed) == ("", "", "")
    closed.cadence.value = "daily"
    assert results(closed) == ("", "", "")
    closed.gate.choice.value = closed.gate.choice.options[0]
    closed.gate.lock.click()
    assert closed.opened
    assert "Daily: 89 rebuilds" in closed.answer.value
    assert "You predicted" in closed._said.value


@pytest.mark.parametrize(
    ("control", "value", "parts"),
    [
        ("cadence", "never", 3),
        ("traffic", 10, 2),
        ("price", 5.0, 2),
        ("minutes", 600.0, 2),
        ("per_miss", 0.1, 2),
    ],
)
def test_every_control_reaches_words_and_table(dial, control, value, parts) -> None:
    before = results(dial)
    getattr(dial, control).value = value
    changed = [old != new for old, new in zip(before, results(dial), strict=True)]
    assert changed[:parts] == [True] * parts
    assert changed[parts:] == [False] * (3 - parts)


@pytest.mark.parametrize("cadence", CADENCES)
@pytest.mark.parametrize("traffic", [TRAFFIC[0], TRAFFIC[-1]])
def test_every_corner(dial, cadence, traffic) -> None:
    dial.cadence.value, dial.traffic.value = cadence, traffic
    for price, minutes, per_miss in itertools.product((0.0, 1e9), (0.0, 1e9), (0.0, 1e9)):
        dial.price.value, dial.minutes.value, dial.per_miss.value = price, minutes, per_miss
        assert "nan" not in dial.table.value
        assert "inf" not in dial.table.value
        assert dial.table.value.count("✔ lowest") == 1
        assert f"▶ {cadence}" in dial.table.value
    assert len(re.search(r'alt="([^"]*)"', dial.chart.value)[1].split()) > 10


# ---------------------------------------------------------------------------------------------- for everybody


def test_what_is_assumed_is_called_an_assumption(dial) -> None:
    assert all("Assumed" in each.description for each in (dial.price, dial.minutes, dial.per_miss))
    dial.price.value = 7.5
    assert "Assumed: 7.5 USD for an hour" in dial.table.value


def test_titles_tell_a_climb_from_a_level_line() -> None:
    assert "climbs from 0.8 to 1.2" in rebuild_dial.course_title("never")
    assert "stays near 0.9" in rebuild_dial.course_title("weekly")
    assert "stays near 0.8" in rebuild_dial.course_title("daily")


def test_the_twin_says_what_the_widget_says(dial) -> None:
    bundle = RebuildDial()._repr_mimebundle_()
    assert dial.table.value in bundle["text/html"]
    for cadence in CADENCES:
        dial.cadence.value = cadence
        assert dial.answer.value in bundle["text/html"]
        assert dial.chart.value in bundle["text/html"]
    assert "<details>" in bundle["text/html"]
    assert "Weekly: 12 rebuilds" in bundle["text/plain"]


def test_everybody_can_use_it(dial, owe_everybody) -> None:
    owe_everybody(dial, controls=5)
