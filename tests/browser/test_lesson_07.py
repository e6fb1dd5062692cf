"""Lesson 07 as a student meets it: a slot that waits for a prediction, and answers to mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_the_slot_opens_and_is_sold_anew_with_every_bid(open_notebook: Callable, screenshots: Path) -> None:
    notebook = open_notebook("07_ad_clicks.ipynb")
    page = notebook.page
    notebook.run_all()

    slot = notebook.output("AdSlot()")
    expect(slot.get_by_text("Kind of page")).to_be_visible()
    notebook.unlock(slot)
    picture, words = slot.locator("img"), slot.locator(".fmc-answer")
    expect(words).to_contain_text("gives the slot to headsets")
    expect(slot.get_by_role("status")).to_contain_text("Mowers are clicked most, and bid too little")

    notebook.drag(notebook.knob(slot, "Bid for mowers"), 120)
    expect(words).to_contain_text("gives the slot to mowers")
    notebook.press(notebook.knob(slot, "Bid for mowers"), "Home")
    expect(words).to_contain_text("gives the slot to headsets")
    expect(slot.locator("table")).to_contain_text("▲")

    before = picture.get_attribute("alt")
    slot.get_by_label("Kind of page").select_option("sport")
    expect(words).to_contain_text("gives the slot to shoes")
    expect(words).to_contain_text("The linear model agrees")
    expect(picture).not_to_have_attribute("alt", before)
    notebook.press(notebook.knob(slot, "Hour of the day"), "ArrowLeft")
    expect(slot.get_by_alt_text("on a sport page at 19:00 on a phone")).to_be_visible()
    slot.get_by_label("Kind of page").select_option("games")
    expect(words).to_contain_text("gives the slot to headsets")
    slot.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "07_ad_slot.png")

    notebook.dark()
    slot.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "07_ad_slot_dark.png")
