"""Lesson 10 as a student meets it: JupyterLab, Chromium, a mouse and a keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

RUN_MS = 180_000
REACT_MS = 20_000


def test_the_dial_answers_to_mouse_keyboard_and_other_prices(
    open_notebook: Callable, screenshots: Path
) -> None:
    notebook = open_notebook("10_rebuild.ipynb")
    page = notebook.page
    notebook.command("notebook:run-all-cells")

    reveal = notebook.cell('reveal("P10.4"')
    expect(reveal.locator(".jp-OutputArea")).to_contain_text("P10.4", timeout=RUN_MS)
    dial = notebook.cell("RebuildDial()").locator(".jp-OutputArea")
    words, picture = dial.locator(".fmc-answer"), dial.locator("img")
    expect(words).to_contain_text("Weekly: 12 rebuilds", timeout=RUN_MS)

    slider = dial.locator(".widget-slider", has_text="Rebuild the model")
    knob = slider.locator(".noUi-handle")
    knob.scroll_into_view_if_needed()
    box = knob.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] - 400, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    expect(words).to_contain_text("Never: no rebuild", timeout=REACT_MS)
    expect(picture).to_have_attribute("alt", re.compile("the error climbs"), timeout=REACT_MS)
    page.screenshot(path=screenshots / "10_rebuild_dial_never.png")

    knob.focus()
    page.keyboard.press("End")
    expect(words).to_contain_text("Daily: 89 rebuilds", timeout=REACT_MS)
    traffic = dial.locator(".widget-slider", has_text="Recommendations a day").locator(".noUi-handle")
    traffic.focus()
    page.keyboard.press("End")
    expect(dial.get_by_role("row", name="daily")).to_contain_text("✔ lowest", timeout=REACT_MS)
    price = dial.get_by_label("Assumed price, USD an hour")
    price.fill("20000")
    price.press("Tab")
    expect(price).to_have_value("1000", timeout=REACT_MS)
    expect(dial.get_by_role("row", name="daily")).not_to_contain_text("✔ lowest", timeout=REACT_MS)
    price.fill("0.115")
    price.press("Tab")
    expect(dial.get_by_role("row", name="daily")).to_contain_text("✔ lowest", timeout=REACT_MS)
    slider.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "10_rebuild_dial.png")
    dark = "window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})"
    page.evaluate(dark)
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    page.screenshot(path=screenshots / "10_rebuild_dial_dark.png")
