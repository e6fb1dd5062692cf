"""Lesson 03 as a student meets it: the proof's buttons, the pair race and the PCA lens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from course_utils.learn import lesson

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_proof_race_and_lens_answer_to_mouse_and_keyboard(open_notebook: Callable, screenshots: Path) -> None:
    notebook = open_notebook("03_linear_time.ipynb")
    page = notebook.page
    notebook.run_all()

    race = notebook.output("PairRace()")
    notebook.unlock(race)
    answer = race.locator(".fmc-answer")
    expect(answer).to_contain_text("4,950 pairs")
    notebook.press(notebook.knob(race, "Columns in the row"), "ArrowRight")
    expect(answer).to_contain_text("19,900 pairs")
    notebook.drag(notebook.knob(race, "Columns in the row"), 300)
    expect(answer).to_contain_text("319,600 pairs")
    expect(race.locator("table")).to_contain_text("estimated")
    expect(race.get_by_alt_text("At n = 800")).to_be_visible()
    race.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "03_pair_race.png")

    lens = notebook.output("PCALens()")
    notebook.unlock(lens)
    answer = lens.locator(".fmc-answer")
    expect(answer).to_contain_text("SVD says 0.0")
    lens.get_by_label("Read a blank as").select_option("unknown")
    expect(answer).to_contain_text("SVD says nothing")
    lens.get_by_label("Read a blank as").select_option("0 stars")
    notebook.press(notebook.knob(lens, "Number of factors"), "ArrowLeft")
    expect(answer).to_contain_text("SVD says 2.1")
    expect(lens.get_by_alt_text("k = 2, a blank read as 0 stars")).to_be_visible()
    lens.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "03_pca_lens.png")

    proof = notebook.output("parsons(")
    notebook.put_in_order(proof, lesson(3).parsons[0].lines)
    expect(proof).to_contain_text("✔ right")
    proof.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "03_proof.png")
