"""The ad slot, driven in process: its story, every slot and bid, what waits for the lock, its static twin."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from course_utils.datasets.clicks import ADS, DEVICES, HOURS, PAGES
from course_utils.learn import reveal
from course_utils.widgets import AdSlot, ad_slot
from course_utils.widgets.ad_slot import BIDS, HIGHEST_BID, Slot, ad_rates, rates, winner, worth


@pytest.fixture
def slot() -> AdSlot:
    return AdSlot(question=None)


def plain(slot: AdSlot) -> str:
    html = slot.answer.value + slot.table.value + slot.chart.value
    return re.sub(r"base64,[^\"]+|<style>.*?</style>", "", html, flags=re.DOTALL)


# ------------------------------------------------------------------------------------------------ the story


def test_rates_are_probabilities_of_the_log() -> None:
    found = rates()
    assert set(found) == {"machine", "linear", "truth"}
    for table in found.values():
        assert table.shape == (len(PAGES), len(ADS), len(HOURS), len(DEVICES))
        assert (table > 0).all()
        assert (table < 0.5).all()


def test_the_most_clicked_ad_does_not_get_the_first_slot() -> None:
    start = Slot()
    for who in ("machine", "truth"):
        assert ADS[int(np.argmax(ad_rates(start, who)))] == "mowers"
        assert winner(start, who) == "headsets"
    assert winner(start, "linear") == "shoes"


def test_the_linear_model_has_one_order_of_ads_everywhere() -> None:
    orders = {tuple(np.argsort(ad_rates(Slot(page, hour), "linear"))) for page in PAGES for hour in HOURS}
    assert len(orders) == 1
    assert len({winner(Slot(page), "machine") for page in PAGES}) >= 3


def test_worth_is_rate_times_bid() -> None:
    start = Slot(bids=(0, 10, 20, 30, 40, 50))
    np.testing.assert_allclose(
        worth(start, "machine"), 1000 * ad_rates(start, "machine") * [0, 10, 20, 30, 40, 50]
    )


def test_mowers_win_from_the_bid_that_the_first_question_asks_for() -> None:
    start = Slot()
    rate = dict(zip(ADS, ad_rates(start, "machine"), strict=True))
    enough = BIDS["headsets"] * rate["headsets"] / rate["mowers"]
    assert 30 < enough < 55
    for bid, expected in ((int(enough), "headsets"), (int(enough) + 1, "mowers")):
        assert winner(Slot(bids=(55, 40, 50, 60, bid, 15)), "machine") == expected


def test_from_morning_to_evening_coffee_falls_and_headsets_rise_most() -> None:
    """What the third question under the slot asks about."""
    for page in PAGES:
        before, after = (ad_rates(Slot(page, hour), "machine") for hour in (8, 20))
        change = dict(zip(ADS, after / before, strict=True))
        assert min(change, key=change.get) == "coffee"
        assert change["coffee"] < 1
        assert max(change, key=change.get) == "headsets"
        linear = ad_rates(Slot(page, 20), "linear") / ad_rates(Slot(page, 8), "linear")
        assert np.ptp(linear) < 0.05 * linear.mean()


# ------------------------------------------------------------------------------------------------ reacting


def test_results_wait_for_a_locked_prediction() -> None:
    slot = AdSlot()
    slot.page.value = "sport"
    assert slot.answer.value == slot.table.value == slot.chart.value == ""
    slot.gate.choice.value = slot.gate.choice.options[0]
    slot.gate.lock.click()
    assert slot.opened
    assert "The machine gives the slot to shoes" in slot.answer.value


def test_a_revealed_answer_opens_the_slot_as_run_all_does() -> None:
    slot = AdSlot()
    reveal("P7.5", "headsets")
    assert slot.opened
    assert "headsets" in slot.answer.value


@pytest.mark.parametrize(
    ("control", "value"), [("page", "travel"), ("hour", 8), ("device", "tablet"), *BIDS.items()]
)
def test_every_control_changes_what_is_shown(slot, control, value) -> None:
    table, chart = slot.table.value, slot.chart.value
    knob = slot.bids[control] if control in BIDS else getattr(slot, control)
    knob.value = value + 15 if control in BIDS else value
    assert slot.chart.value != chart
    assert (slot.table.value == table) == (control in BIDS), "rates do not hang on bids"


@pytest.mark.parametrize(("page", "hour", "device"), [*itertools.product(PAGES, (0, 23), DEVICES)])
def test_every_corner_is_sane(slot, page, hour, device) -> None:
    slot.page.value, slot.hour.value, slot.device.value = page, hour, device
    text = plain(slot)
    assert not re.search(r"\bnan\b|\binf\b|None|Traceback", text)
    assert f"The machine gives the slot to {winner(slot.slot, 'machine')}" in text
    assert text.count("▲") == 3, "in the caption, and beside one ad for each model"
    assert re.search(r'alt="[^"]{40,}"', text)


def test_bids_at_both_ends(slot) -> None:
    for slider in slot.bids.values():
        slider.value = 0
    assert "Nobody bids" in slot.answer.value
    for slider in slot.bids.values():
        slider.value = HIGHEST_BID
    assert "The machine gives the slot to mowers" in slot.answer.value, "equal bids: the most clicked"
    assert "clicked most, too" in slot.answer.value


# ---------------------------------------------------------------------------------------------- for everybody


def test_the_twin_says_what_the_widget_says(slot) -> None:
    bundle = slot._repr_mimebundle_()
    for part in (slot.answer.value, slot.table.value, slot.chart.value):
        assert part in bundle["text/html"]
    slot.bids["mowers"].value = 60
    for part in (slot.answer.value, slot.table.value, slot.chart.value):
        assert part in bundle["text/html"]
    assert ad_slot.verdict(Slot()) in bundle["text/plain"]


def test_everybody_can_use_it(slot, owe_everybody) -> None:
    owe_everybody(slot, controls=9)
