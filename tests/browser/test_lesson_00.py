"""Lesson 00 as a student meets it: the slider goes to 7 by the keyboard, and a first answer is judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_the_slider_reaches_seven_and_the_check_answers(open_notebook: Callable, screenshots: Path) -> None:
    notebook = open_notebook("00_setup_check.ipynb")
    page = notebook.page
    notebook.run_all()

    warm_up = notebook.output("WarmUp()")
    expect(warm_up.get_by_text("Move it higher, to 7")).to_be_visible()
    notebook.press(warm_up.locator(".noUi-handle"), "ArrowRight", times=7)
    expect(warm_up.get_by_text("✔ It works")).to_be_visible()
    page.screenshot(path=screenshots / "00_setup_check.png")
    for key, end in (("End", 10), ("Home", 0)):
        notebook.press(warm_up.locator(".noUi-handle"), key)
        expect(warm_up.get_by_text(f"The slider is at {end}")).to_be_visible()

    task = notebook.cell("empty_cells =")
    expect(task.locator(".jp-OutputArea")).to_contain_text("not attempted")
