"""Lesson 03 as a student meets it: the proof's buttons, the pair race and the PCA lens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from course_utils.learn import lesson

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

RUN_MS = 180_000
REACT_MS = 20_000


def handle(lab: Locator, slider: str) -> Locator:
    """The knob of the slider whose label holds this text, in view."""
    knob = lab.locator(".widget-slider", has_text=slider).locator(".noUi-handle")
    knob.scroll_into_view_if_needed()
    return knob


def opened(lab: Locator) -> None:
    """Lock in the first answer where the explorable still waits for one."""
    expect(lab.get_by_text("Number of factors k")).to_be_visible(timeout=RUN_MS)
    if not lab.locator("img").count():
        lab.get_by_role("radio").first.check()
        lab.get_by_role("button", name="Lock in my answer").click()
    expect(lab.locator("img")).to_be_visible(timeout=REACT_MS)


def test_proof_race_and_lens_answer_to_mouse_and_keyboard(open_notebook: Callable, screenshots: Path) -> None:
    notebook = open_notebook("03_linear_time.ipynb")
    page = notebook.page
    notebook.command("notebook:run-all-cells")

    race = notebook.cell("PairRace()").locator(".jp-OutputArea")
    opened(race)
    answer = race.locator(".fmc-answer")
    expect(answer).to_contain_text("4,950 pairs")
    handle(race, "Columns in the row").focus()
    page.keyboard.press("ArrowRight")
    expect(answer).to_contain_text("19,900 pairs", timeout=REACT_MS)
    box = handle(race, "Columns in the row").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    expect(answer).to_contain_text("319,600 pairs", timeout=REACT_MS)
    expect(race.locator("table")).to_contain_text("estimated", timeout=REACT_MS)
    expect(race.get_by_alt_text("At n = 800")).to_be_visible(timeout=REACT_MS)
    race.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "03_pair_race.png")

    lens = notebook.cell("PCALens()").locator(".jp-OutputArea")
    opened(lens)
    answer = lens.locator(".fmc-answer")
    expect(answer).to_contain_text("SVD says 0.0")
    lens.get_by_label("Read a blank as").select_option("unknown")
    expect(answer).to_contain_text("SVD says nothing", timeout=REACT_MS)
    lens.get_by_label("Read a blank as").select_option("0 stars")
    handle(lens, "Number of factors").focus()
    page.keyboard.press("ArrowLeft")
    expect(answer).to_contain_text("SVD says 2.1", timeout=REACT_MS)
    expect(lens.get_by_alt_text("k = 2, a blank read as 0 stars")).to_be_visible(timeout=REACT_MS)
    lens.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "03_pca_lens.png")

    proof = notebook.cell("parsons(").locator(".jp-OutputArea")
    lines = list(lesson(3).parsons[0].lines)
    expect(proof.locator(".fmc-quiet")).to_have_count(len(lines), timeout=REACT_MS)
    expect(proof.get_by_text(lines[0], exact=True)).to_be_visible(timeout=REACT_MS)
    shown = proof.locator(".fmc-quiet").all_inner_texts()
    for place, line in enumerate(lines):  # bring each line up to its place, one press at a time
        for now in range(shown.index(line), place, -1):
            proof.get_by_role("button", name=f"Move line {now + 1} up").press("Enter")
            shown[now - 1], shown[now] = shown[now], shown[now - 1]
            # Both lines: between the two the page shows one of them twice.
            expect(proof.locator(".fmc-quiet")).to_have_text(shown, timeout=REACT_MS)
    proof.get_by_role("button", name="Check my order").click()
    expect(proof).to_contain_text("✔ right", timeout=REACT_MS)
    proof.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "03_proof.png")
