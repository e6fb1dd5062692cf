"""Lesson 01 as a student meets it: JupyterLab, Chromium, a mouse and a keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_microscope_and_trap_answer_to_mouse_and_keyboard(open_notebook: Callable, screenshots: Path) -> None:
    notebook = open_notebook("01_why_recommending_is_hard.ipynb")
    page = notebook.page
    notebook.run_all()

    microscope = notebook.output("SparsityMicroscope()")
    expect(microscope.get_by_text("Number of users")).to_be_visible()
    picture, words = microscope.locator("img"), microscope.locator(".fmc-answer")
    expect(words).to_contain_text("1.70 %")
    first = picture.get_attribute("alt")
    notebook.drag(notebook.knob(microscope, "Ratings per user"), 40)
    expect(words).not_to_contain_text("1.70 %")
    expect(picture).not_to_have_attribute("alt", first)
    microscope.get_by_label("Table to look at").select_option("MovieLens small: 610 users")
    expect(picture).to_have_attribute("alt", first)
    notebook.press(notebook.knob(microscope, "Number of things"), "ArrowLeft")
    expect(words).not_to_contain_text("1.70 %")
    microscope.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "01_sparsity_microscope.png")

    trap = notebook.output("WiperTrap()")
    words = trap.locator(".fmc-answer")
    expect(words).to_contain_text("2 of 4 places")
    trap.get_by_label("Train again every night").check()
    expect(words).to_contain_text("3 of 4 places")
    notebook.check(trap.get_by_label("Let the kind that was bought rest"))
    expect(words).to_contain_text("no wipers")
    notebook.press(notebook.knob(trap, "Day of the list"), "End")
    expect(words).to_contain_text("Day 400")
    expect(trap.get_by_alt_text("On day 400")).to_be_visible()
    trap.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "01_wiper_trap.png")
