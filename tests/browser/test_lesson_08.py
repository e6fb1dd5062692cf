"""Lesson 08 as a student meets it: the byte microscope and the payload doctor, by mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

RUN_MS = 180_000
REACT_MS = 20_000


def handle(lab: Locator, slider: str) -> Locator:
    """The knob of the slider whose label holds this text, in view."""
    knob = lab.locator(".widget-slider", has_text=slider).locator(".noUi-handle")
    knob.scroll_into_view_if_needed()
    return knob


def test_both_explorables_answer_to_mouse_and_keyboard(open_notebook: Callable, screenshots: Path) -> None:
    notebook = open_notebook("08_recordio.ipynb")
    page = notebook.page
    notebook.command("notebook:run-all-cells")

    microscope = notebook.cell("ByteMicroscope()").locator(".jp-OutputArea")
    answer = microscope.locator(".fmc-answer").first
    expect(answer).to_contain_text("60 bytes", timeout=RUN_MS)
    moved = microscope.locator(".fmc-chip-moved")
    expect(moved).to_have_count(0)

    handle(microscope, "Stars of the rating").focus()
    page.keyboard.press("ArrowLeft")
    expect(moved).to_have_count(1, timeout=REACT_MS)
    expect(moved).to_contain_text("4.5 stars")

    box = handle(microscope, "Number of all columns").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    expect(moved).not_to_have_count(1, timeout=REACT_MS)

    microscope.get_by_role("button", name="Reset to the first record").click()
    expect(answer).to_contain_text("60 bytes", timeout=REACT_MS)
    microscope.get_by_label("The record holds the stars").click()
    expect(answer).to_contain_text("40 bytes, and 11 of them", timeout=REACT_MS)
    microscope.get_by_label("The record holds the stars").click()
    handle(microscope, "Stars of the rating").focus()
    page.keyboard.press("ArrowLeft")
    expect(moved).to_have_count(1, timeout=REACT_MS)
    expect(moved).to_contain_text("4.5 stars")
    handle(microscope, "Part to explain").focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect(microscope.locator(".fmc-answer").last).to_contain_text("features.key", timeout=REACT_MS)
    microscope.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "08_byte_microscope.png")

    doctor = notebook.cell("PayloadDoctor()").locator(".jp-OutputArea")
    card = doctor.locator(".fmc-card")
    expect(card).to_contain_text("Accepted", timeout=RUN_MS)
    doctor.get_by_label("Request to examine").select_option("Broken D")
    expect(card).to_contain_text('"shape" is [2]', timeout=REACT_MS)
    page.screenshot(path=screenshots / "08_payload_doctor.png")

    text = doctor.get_by_label("Body of the request")
    text.fill('{"instances": [{"features": [0, 1, 0, 0, 0, 0, 1]}]}')
    page.keyboard.press("Tab")
    expect(card).to_contain_text("Bob × Titanic", timeout=REACT_MS)
    expect(doctor.get_by_label("Request to examine")).to_have_value("Your own text")
