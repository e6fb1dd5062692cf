"""Lesson 12 as a student meets it: JupyterLab, Chromium, a mouse and a keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_the_dial_answers_to_mouse_and_keyboard(open_notebook: Callable, screenshots: Path) -> None:
    notebook = open_notebook("12_past_one_machine.ipynb")
    page = notebook.page
    notebook.run_all()
    expect(notebook.output('print("left running:"')).to_contain_text("left running: 0")

    dial = notebook.output("ScaleDial()")
    notebook.unlock(dial)
    words, picture = dial.locator(".fmc-answer"), dial.locator("img")
    expect(words).to_contain_text("1,000,000,000 ratings, k = 16")
    expect(words).to_contain_text("on 1 machine")

    notebook.press(notebook.knob(dial, "Machines that share rows"), "End")
    expect(words).to_contain_text("on 32 machines")
    ratings = notebook.knob(dial, "Ratings in the table")
    notebook.drag(ratings, -400)
    expect(words).to_contain_text("100,000 ratings")
    expect(dial).to_contain_text("you may not need any of this")
    notebook.press(ratings, "End")
    expect(dial).to_contain_text("STOP")
    expect(picture).to_have_attribute("alt", re.compile("At 10,000,000,000 ratings"))
    dial.get_by_label("Type of the machines").select_option("ml.m5.4xlarge")
    expect(dial).to_contain_text("It fits on these machines")
    dial.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "12_scale_dial.png")
    notebook.dark()
    page.screenshot(path=screenshots / "12_scale_dial_dark.png")
