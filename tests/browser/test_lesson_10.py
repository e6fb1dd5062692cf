"""Lesson 10 as a student meets it: JupyterLab, Chromium, a mouse and a keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_the_dial_answers_to_mouse_keyboard_and_other_prices(
    open_notebook: Callable, screenshots: Path
) -> None:
    notebook = open_notebook("10_rebuild.ipynb")
    page = notebook.page
    notebook.run_all()

    reveal = notebook.cell('reveal("P10.4"')
    expect(reveal.locator(".jp-OutputArea")).to_contain_text("P10.4")
    dial = notebook.output("RebuildDial()")
    words, picture = dial.locator(".fmc-answer"), dial.locator("img")
    expect(words).to_contain_text("Weekly: 12 rebuilds")

    slider = dial.locator(".widget-slider", has_text="Rebuild the model")
    knob = slider.locator(".noUi-handle")
    knob.scroll_into_view_if_needed()
    notebook.drag(knob, -400)
    expect(words).to_contain_text("Never: no rebuild")
    expect(picture).to_have_attribute("alt", re.compile("the error climbs"))
    page.screenshot(path=screenshots / "10_rebuild_dial_never.png")

    notebook.press(knob, "End")
    expect(words).to_contain_text("Daily: 89 rebuilds")
    traffic = dial.locator(".widget-slider", has_text="Recommendations a day").locator(".noUi-handle")
    notebook.press(traffic, "End")
    expect(dial.get_by_role("row", name="daily")).to_contain_text("✔ lowest")
    price = dial.get_by_label("Assumed price, USD an hour")
    price.fill("20000")
    price.press("Tab")
    expect(price).to_have_value("1000")
    expect(dial.get_by_role("row", name="daily")).not_to_contain_text("✔ lowest")
    price.fill("0.115")
    price.press("Tab")
    expect(dial.get_by_role("row", name="daily")).to_contain_text("✔ lowest")
    slider.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "10_rebuild_dial.png")
    notebook.dark()
    page.screenshot(path=screenshots / "10_rebuild_dial_dark.png")
