"""Lesson 08 as a student meets it: the byte microscope and the payload doctor, by mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_both_explorables_answer_to_mouse_and_keyboard(open_notebook: Callable, screenshots: Path) -> None:
    notebook = open_notebook("08_recordio.ipynb")
    page = notebook.page
    notebook.run_all()

    microscope = notebook.output("ByteMicroscope()")
    answer = microscope.locator(".fmc-answer").first
    expect(answer).to_contain_text("60 bytes")
    moved = microscope.locator(".fmc-chip-moved")
    expect(moved).to_have_count(0)

    notebook.press(notebook.knob(microscope, "Stars of the rating"), "ArrowLeft")
    expect(moved).to_have_count(1)
    expect(moved).to_contain_text("4.5 stars")

    notebook.drag(notebook.knob(microscope, "Number of all columns"), 160)
    expect(moved).not_to_have_count(1)

    microscope.get_by_role("button", name="Reset to the first record").click()
    expect(answer).to_contain_text("60 bytes")
    microscope.get_by_label("The record holds the stars").click()
    expect(answer).to_contain_text("40 bytes, and 11 of them")
    microscope.get_by_label("The record holds the stars").click()
    notebook.press(notebook.knob(microscope, "Stars of the rating"), "ArrowLeft")
    expect(moved).to_have_count(1)
    expect(moved).to_contain_text("4.5 stars")
    notebook.press(notebook.knob(microscope, "Part to explain"), "ArrowRight", times=6)
    expect(microscope.locator(".fmc-answer").last).to_contain_text("features.key")
    microscope.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "08_byte_microscope.png")

    doctor = notebook.output("PayloadDoctor()")
    card = doctor.locator(".fmc-card")
    expect(card).to_contain_text("Accepted")
    doctor.get_by_label("Request to examine").select_option("Broken D")
    expect(card).to_contain_text('"shape" is [2]')
    page.screenshot(path=screenshots / "08_payload_doctor.png")

    text = doctor.get_by_label("Body of the request")
    text.fill('{"instances": [{"features": [0, 1, 0, 0, 0, 0, 1]}]}')
    page.keyboard.press("Tab")
    expect(card).to_contain_text("Bob × Titanic")
    expect(doctor.get_by_label("Request to examine")).to_have_value("Your own text")
