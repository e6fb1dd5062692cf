"""Lesson 99 as a student meets it: the map filled in by mouse and keyboard, quiz and rubric adding up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

RUN_MS = 180_000
REACT_MS = 20_000
DARK = "window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})"


def test_map_quiz_and_rubric_answer_to_mouse_and_keyboard(open_notebook: Callable, screenshots: Path) -> None:
    notebook = open_notebook("99_wrap_up.ipynb")
    page = notebook.page
    notebook.command("notebook:run-all-cells")

    board = notebook.cell("ConceptMap()").locator(".jp-OutputArea")
    drawing, card = board.locator("svg.fmc-map"), board.locator(".fmc-card")
    expect(drawing).to_contain_text("① ?", timeout=RUN_MS)
    place = board.get_by_role("button", name="Place it on the map")
    board.get_by_label("hold zeros for dislikes").check()
    place.click()
    expect(card).to_contain_text("A blank is not a zero", timeout=REACT_MS)
    expect(drawing).to_contain_text("✘")
    board.get_by_label("leave most pairs unknown").focus()
    page.keyboard.press("Space")
    place.focus()
    page.keyboard.press("Enter")
    expect(card).to_contain_text("1 of 10 blanks are right", timeout=REACT_MS)
    board.get_by_role("button", name="Go to the next blank").click()
    board.get_by_label("id map", exact=True).check(timeout=REACT_MS)
    place.click()
    expect(card).to_contain_text("2 of 10 blanks are right", timeout=REACT_MS)
    board.get_by_label("Blank to fill in").select_option(label="⑤ score of a click is judged by …")
    board.get_by_label("accuracy").check(timeout=REACT_MS)
    place.click()
    expect(card).to_contain_text("98 times", timeout=REACT_MS)
    board.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "99_concept_map.png")

    asked = notebook.cell('mixed = quiz("Q99")').locator(".jp-OutputArea")
    asked.get_by_label("Release it: a lower RMSE means better lists").check(timeout=RUN_MS)
    asked.get_by_role("button", name="Check my answer").first.click()
    expect(asked).to_contain_text("Read again: lesson 06", timeout=REACT_MS)
    score = notebook.cell("score = read_again(mixed)").locator(".jp-OutputArea")
    expect(score).to_contain_text("0 of 1 right at the first try; 17 still open", timeout=RUN_MS)
    expect(score).to_contain_text("(Q99.1)")
    score.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "99_read_again.png")

    sheet = notebook.cell("CapstoneRubric()").locator(".jp-OutputArea")
    expect(sheet).to_contain_text("0 of 18 points", timeout=RUN_MS)
    sheet.get_by_label("1. One command loads the data").check()
    sheet.get_by_label("1. A training job reads RecordIO").focus()
    page.keyboard.press("Space")
    expect(sheet).to_contain_text("2 of 18 points", timeout=REACT_MS)
    sheet.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "99_rubric.png")

    board.scroll_into_view_if_needed()
    page.evaluate(DARK)
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false", timeout=REACT_MS)
    page.screenshot(path=screenshots / "99_concept_map_dark.png")
