"""Lesson 99 as a student meets it: the map filled in by mouse and keyboard, quiz and rubric adding up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_map_quiz_and_rubric_answer_to_mouse_and_keyboard(open_notebook: Callable, screenshots: Path) -> None:
    notebook = open_notebook("99_wrap_up.ipynb")
    page = notebook.page
    notebook.run_all()

    board = notebook.output("ConceptMap()")
    drawing, card = board.locator("svg.fmc-map"), board.locator(".fmc-card")
    expect(drawing).to_contain_text("① ?")
    place = board.get_by_role("button", name="Place it on the map")
    board.get_by_label("hold zeros for dislikes").check()
    place.click()
    expect(card).to_contain_text("A blank is not a zero")
    expect(drawing).to_contain_text("✘")
    notebook.check(board.get_by_label("leave most pairs unknown"))
    notebook.press(place, "Enter")
    expect(card).to_contain_text("1 of 10 blanks are right")
    board.get_by_role("button", name="Go to the next blank").click()
    board.get_by_label("id map", exact=True).check()
    place.click()
    expect(card).to_contain_text("2 of 10 blanks are right")
    board.get_by_label("Blank to fill in").select_option(label="⑤ score of a click is judged by …")
    board.get_by_label("accuracy").check()
    place.click()
    expect(card).to_contain_text("98 times")
    board.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "99_concept_map.png")

    asked = notebook.output('mixed = quiz("Q99")')
    asked.get_by_label("Release it: a lower RMSE means better lists").check()
    asked.get_by_role("button", name="Check my answer").first.click()
    expect(asked).to_contain_text("Read again: lesson 06")
    score = notebook.output("score = read_again(mixed)")
    expect(score).to_contain_text("0 of 1 right at the first try; 17 still open")
    expect(score).to_contain_text("(Q99.1)")
    score.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "99_read_again.png")

    sheet = notebook.output("CapstoneRubric()")
    expect(sheet).to_contain_text("0 of 18 points")
    sheet.get_by_label("1. One command loads the data").check()
    notebook.check(sheet.get_by_label("1. A training job reads RecordIO"))
    expect(sheet).to_contain_text("2 of 18 points")
    sheet.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "99_rubric.png")

    board.scroll_into_view_if_needed()
    notebook.dark()
    page.screenshot(path=screenshots / "99_concept_map_dark.png")
