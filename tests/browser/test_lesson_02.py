"""Lesson 02 as a student meets it: JupyterLab, Chromium, a mouse and a keyboard."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

REACT_SECONDS = 20


def new_picture(laboratory: Locator, before: str) -> str:
    """The factor map's address (its bytes), once it is another one than ``before``."""
    deadline = time.monotonic() + REACT_SECONDS
    while (now := laboratory.locator("img").get_attribute("src")) == before:
        assert time.monotonic() < deadline, f"the picture has not changed for {REACT_SECONDS} s"
        laboratory.page.wait_for_timeout(20)
    return now


def test_the_lab_answers_to_mouse_and_keyboard_and_ratings(
    open_notebook: Callable, screenshots: Path
) -> None:
    notebook = open_notebook("02_star_trek.ipynb")
    notebook.run_all()
    laboratory = notebook.output("StarTrekLab()")
    notebook.unlock(laboratory)
    first = laboratory.locator("img").get_attribute("src")

    notebook.drag(notebook.knob(laboratory, "Number of factors"), 90)
    dragged = new_picture(laboratory, first)

    notebook.press(notebook.knob(laboratory, "λ_w"), "ArrowLeft")
    pressed = new_picture(laboratory, dragged)

    laboratory.get_by_role("button", name="Reset to Rendle's ratings").click()
    assert new_picture(laboratory, pressed) == first  # the same state is the same picture

    answer = laboratory.locator(".fmc-answer")
    before = answer.inner_text()
    laboratory.get_by_label("Alice rates Star Wars").select_option("5")
    expect(answer).not_to_have_text(before)
    new_picture(laboratory, first)
    assert laboratory.locator("img").get_attribute("alt").strip()

    laboratory.scroll_into_view_if_needed()
    notebook.page.screenshot(path=screenshots / "02_star_trek_lab.png")
