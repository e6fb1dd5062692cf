"""``course demo``: one explorable, large and without code, that runs as soon as it is open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

WAIT_MS = 120_000


def test_the_explorable_is_open_large_alone_and_reacts(demo: Any, page: Page, screenshots: Path) -> None:
    page.set_viewport_size({"width": 1600, "height": 900})
    page.goto(f"{demo.url}/doc/tree/build/demo/02_StarTrekLab.ipynb?token={demo.token}")
    picture = page.locator(".jp-OutputArea img")
    expect(picture).to_be_visible(timeout=WAIT_MS)  # nobody pressed Run, and no prediction was asked for
    page.screenshot(path=screenshots / "demo_star_trek.png")
    assert not page.get_by_role("button", name="Lock in my answer").count()
    expect(page.locator(".jp-CodeCell .jp-InputArea")).to_be_hidden()
    expect(page.locator(".jp-NotebookPanel-toolbar")).to_be_hidden()
    expect(page.locator("#jp-top-panel")).to_be_hidden()
    box = picture.bounding_box()
    assert box["width"] > 500
    assert box["y"] + box["height"] < 900  # the whole of it is on the screen

    knob = page.locator(".widget-slider", has_text="Number of factors").locator(".noUi-handle")
    box = knob.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = picture.get_attribute("src")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=6)
    page.mouse.up()
    expect(picture).not_to_have_attribute("src", before, timeout=WAIT_MS)
