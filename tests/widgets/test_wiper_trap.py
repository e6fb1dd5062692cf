"""The wiper trap, driven in process: the story it tells, every switch on every day, its static twin."""

from __future__ import annotations

import itertools
import re

import pytest

from course_utils.widgets import WiperTrap, wiper_trap
from course_utils.widgets.wiper_trap import (
    BOUGHT_ON,
    LAST_DAY,
    PLACES,
    REST,
    WIPERS,
    Switches,
    offers,
    wiper_places,
)

ALL_SWITCHES = [Switches(*state) for state in itertools.product([False, True], repeat=3)]


@pytest.fixture
def trap() -> WiperTrap:
    return WiperTrap()


def things(day: int, switches: Switches) -> list[str]:
    return [offer.thing for offer in offers(day, switches)]


# ------------------------------------------------------------------------------------------------ the story


def test_without_training_the_purchase_changes_nothing() -> None:
    assert {tuple(things(day, Switches())) for day in range(BOUGHT_ON, LAST_DAY + 1)} == {
        tuple(things(BOUGHT_ON, Switches()))
    }


def test_training_on_the_purchase_makes_it_worse() -> None:
    assert wiper_places(10, Switches()) == 2
    assert wiper_places(10, Switches(retrain=True)) == 3


def test_hiding_the_thing_leaves_its_sisters() -> None:
    for retrain in (False, True):
        assert "standard wipers" not in things(10, Switches(retrain=retrain, hide=True))
        assert wiper_places(10, Switches(retrain=retrain, hide=True)) == 2


@pytest.mark.parametrize("retrain", [False, True])
def test_a_rest_ends_on_its_day(retrain) -> None:
    resting = Switches(retrain=retrain, rest=True)
    last = BOUGHT_ON + REST[WIPERS]
    assert all(wiper_places(day, resting) == 0 for day in range(BOUGHT_ON + 1, last + 1))
    assert wiper_places(last + 1, resting) > 0
    assert wiper_trap.course_title(resting) == "No wipers for 180 days, then they return"


def test_on_day_200_hiding_does_harm() -> None:
    assert "standard wipers" in things(200, Switches(retrain=True, rest=True))
    assert "standard wipers" not in things(200, Switches(retrain=True, hide=True, rest=True))
    assert "never the pair that fitted" in wiper_trap.verdict(200, Switches(True, True, True))


@pytest.mark.parametrize("switches", ALL_SWITCHES, ids=str)
def test_lists_are_ordered_and_full(switches) -> None:
    for day in range(BOUGHT_ON, LAST_DAY + 1):
        found = offers(day, switches)
        scores = [offer.score for offer in found]
        assert scores == sorted(scores, reverse=True)
        assert len(found) == (PLACES if not switches.rest else len(found)) >= 2


# ------------------------------------------------------------------------------------------------ reacting


@pytest.mark.parametrize("switch", ["retrain", "hide", "rest"])
def test_every_switch_reaches_list_and_words(trap, switch) -> None:
    before = trap.answer.value, trap.offers.value
    getattr(trap, switch).value = True
    after = trap.answer.value, trap.offers.value
    assert all(old != new for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize("switches", ALL_SWITCHES, ids=str)
@pytest.mark.parametrize("day", [BOUGHT_ON + 1, 32, 200, LAST_DAY])
def test_every_corner(trap, day, switches) -> None:
    trap.day.value, trap.retrain.value = day, switches.retrain
    trap.hide.value, trap.rest.value = switches.hide, switches.rest
    assert trap.switches == switches
    assert f"Day {day}:" in trap.answer.value
    assert "0 of 4 places go to wipers, but" not in trap.answer.value
    assert len(re.search(r'alt="([^"]*)"', trap.course.value)[1].split()) > 4


# ---------------------------------------------------------------------------------------------- for everybody


def test_what_colour_says_a_word_says_too(trap) -> None:
    assert trap.offers.value.count("▲ wipers") == 2
    assert trap.offers.value.count("bought before") == 1


def test_the_twin_says_what_the_widget_says(trap) -> None:
    bundle = trap._repr_mimebundle_()
    for part in (trap.answer.value, trap.offers.value, trap.course.value):
        assert part in bundle["text/html"]
    trap.retrain.value = trap.hide.value = trap.rest.value = True
    trap.day.value = 200
    for part in (trap.answer.value, trap.offers.value, trap.course.value):
        assert part in bundle["text/html"]
    assert "That is the trap" in bundle["text/plain"]


def test_everybody_can_use_it(trap, owe_everybody) -> None:
    owe_everybody(trap, controls=4)
