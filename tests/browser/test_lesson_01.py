"""Lesson 01 as a student meets it: JupyterLab, Chromium, a mouse and a keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

RUN_MS = 180_000
REACT_MS = 20_000


def handle(output: Locator, slider: str) -> Locator:
    """The knob of the slider whose label holds this text, in view."""
    knob = output.locator(".widget-slider", has_text=slider).locator(".noUi-handle")
    knob.scroll_into_view_if_needed()
    return knob


def test_microscope_and_trap_answer_to_mouse_and_keyboard(open_notebook: Callable, screenshots: Path) -> None:
    notebook = open_notebook("01_why_recommending_is_hard.ipynb")
    page = notebook.page
    notebook.command("notebook:run-all-cells")

    microscope = notebook.cell("SparsityMicroscope()").locator(".jp-OutputArea")
    expect(microscope.get_by_text("Number of users")).to_be_visible(timeout=RUN_MS)
    picture, words = microscope.locator("img"), microscope.locator(".fmc-answer")
    expect(words).to_contain_text("1.70 %")
    first = picture.get_attribute("alt")
    box = handle(microscope, "Ratings per user").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    expect(words).not_to_contain_text("1.70 %", timeout=REACT_MS)
    expect(picture).not_to_have_attribute("alt", first, timeout=REACT_MS)
    microscope.get_by_label("Table to look at").select_option("MovieLens small: 610 users")
    expect(picture).to_have_attribute("alt", first, timeout=REACT_MS)
    handle(microscope, "Number of things").focus()
    page.keyboard.press("ArrowLeft")
    expect(words).not_to_contain_text("1.70 %", timeout=REACT_MS)
    microscope.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "01_sparsity_microscope.png")

    trap = notebook.cell("WiperTrap()").locator(".jp-OutputArea")
    words = trap.locator(".fmc-answer")
    expect(words).to_contain_text("2 of 4 places", timeout=RUN_MS)
    trap.get_by_label("Train again every night").check()
    expect(words).to_contain_text("3 of 4 places", timeout=REACT_MS)
    trap.get_by_label("Let the kind that was bought rest").focus()
    page.keyboard.press("Space")
    expect(words).to_contain_text("no wipers", timeout=REACT_MS)
    handle(trap, "Day of the list").focus()
    page.keyboard.press("End")
    expect(words).to_contain_text("Day 400", timeout=REACT_MS)
    expect(trap.get_by_alt_text("On day 400")).to_be_visible(timeout=REACT_MS)
    trap.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "01_wiper_trap.png")
