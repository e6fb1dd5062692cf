"""Lesson 02 as a student meets it: JupyterLab, Chromium, a mouse and a keyboard."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

RUN_MS = 180_000
REACT_SECONDS = 20


@pytest.fixture
def laboratory(open_notebook: Callable) -> Locator:
    """The output of the Star Trek lab after Run All, its results shown."""
    notebook = open_notebook("02_star_trek.ipynb")
    notebook.command("notebook:run-all-cells")
    output = notebook.cell("StarTrekLab()").locator(".jp-OutputArea")
    expect(output.get_by_text("Seed of the start")).to_be_visible(timeout=RUN_MS)
    if not output.locator("img").count():  # still locked: a prediction comes first
        output.get_by_role("radio").first.check()
        output.get_by_role("button", name="Lock in my answer").click()
    expect(output.locator("img")).to_be_visible()
    return output


def new_picture(laboratory: Locator, before: str) -> str:
    """The factor map's address (its bytes), once it is another one than ``before``."""
    deadline = time.monotonic() + REACT_SECONDS
    while (now := laboratory.locator("img").get_attribute("src")) == before:
        assert time.monotonic() < deadline, f"the picture has not changed for {REACT_SECONDS} s"
        laboratory.page.wait_for_timeout(20)
    return now


def handle(laboratory: Locator, slider: str) -> Locator:
    """The knob of the slider whose label holds this text, in view."""
    knob = laboratory.locator(".widget-slider", has_text=slider).locator(".noUi-handle")
    knob.scroll_into_view_if_needed()
    return knob


def test_the_lab_answers_to_mouse_and_keyboard_and_ratings(laboratory: Locator, screenshots: Path) -> None:
    page = laboratory.page
    first = laboratory.locator("img").get_attribute("src")

    box = handle(laboratory, "Number of factors").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    dragged = new_picture(laboratory, first)

    handle(laboratory, "λ_w").focus()
    page.keyboard.press("ArrowLeft")
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
    page.screenshot(path=screenshots / "02_star_trek_lab.png")
