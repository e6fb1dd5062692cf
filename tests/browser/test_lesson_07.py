"""Lesson 07 as a student meets it: a slot that waits for a prediction, and answers to mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

RUN_MS = 180_000
REACT_MS = 20_000


def handle(slot: Locator, slider: str) -> Locator:
    """The knob of the slider whose label holds this text, in view."""
    knob = slot.locator(".widget-slider", has_text=slider).locator(".noUi-handle")
    knob.scroll_into_view_if_needed()
    return knob


def test_the_slot_opens_and_is_sold_anew_with_every_bid(open_notebook: Callable, screenshots: Path) -> None:
    notebook = open_notebook("07_ad_clicks.ipynb")
    page = notebook.page
    notebook.command("notebook:run-all-cells")

    slot = notebook.cell("AdSlot()").locator(".jp-OutputArea")
    expect(slot.get_by_text("Kind of page")).to_be_visible(timeout=RUN_MS)
    if not slot.locator("img").count():  # the cell that reveals has not come yet
        slot.get_by_role("radio").first.check()
        slot.get_by_role("button", name="Lock in my answer").click()
    picture, words = slot.locator("img"), slot.locator(".fmc-answer")
    expect(words).to_contain_text("gives the slot to headsets", timeout=RUN_MS)
    expect(slot.get_by_role("status")).to_contain_text("Mowers are clicked most, and bid too little")

    bid = handle(slot, "Bid for mowers")
    box = bid.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    expect(words).to_contain_text("gives the slot to mowers", timeout=REACT_MS)
    handle(slot, "Bid for mowers").focus()
    page.keyboard.press("Home")
    expect(words).to_contain_text("gives the slot to headsets", timeout=REACT_MS)
    expect(slot.locator("table")).to_contain_text("▲", timeout=REACT_MS)

    before = picture.get_attribute("alt")
    slot.get_by_label("Kind of page").select_option("sport")
    expect(words).to_contain_text("gives the slot to shoes", timeout=REACT_MS)
    expect(words).to_contain_text("The linear model agrees")
    expect(picture).not_to_have_attribute("alt", before, timeout=REACT_MS)
    handle(slot, "Hour of the day").focus()
    page.keyboard.press("ArrowLeft")
    expect(slot.get_by_alt_text("on a sport page at 19:00 on a phone")).to_be_visible(timeout=REACT_MS)
    slot.get_by_label("Kind of page").select_option("games")
    expect(words).to_contain_text("gives the slot to headsets", timeout=REACT_MS)
    slot.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "07_ad_slot.png")

    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
        expect(words).to_be_visible()
        page.wait_for_timeout(500)
        slot.scroll_into_view_if_needed()
        page.screenshot(path=screenshots / f"07_ad_slot_{theme.split()[1].lower()}.png")
