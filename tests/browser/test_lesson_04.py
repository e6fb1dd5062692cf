"""Lesson 04 as a student meets it: the training bench by mouse and keyboard, and the step put in order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from course_utils.learn import lesson

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

RUN_MS = 180_000
REACT_MS = 20_000


def handle(bench: Locator, slider: str) -> Locator:
    """The knob of the slider whose label holds this text, in view."""
    knob = bench.locator(".widget-slider", has_text=slider).locator(".noUi-handle")
    knob.scroll_into_view_if_needed()
    return knob


def test_the_bench_trains_when_a_slider_moves_and_the_step_can_be_ordered(
    open_notebook: Callable, screenshots: Path
) -> None:
    notebook = open_notebook("04_fm_in_numpy.ipynb")
    page = notebook.page
    notebook.command("notebook:run-all-cells")

    bench = notebook.cell("TrainingBench()").locator(".jp-OutputArea")
    expect(bench.get_by_text("Number of factors k")).to_be_visible(timeout=RUN_MS)
    if not bench.locator("img").count():  # until "Run All" has come to the answer, the bench waits for one
        bench.get_by_role("radio").first.check()
        bench.get_by_role("button", name="Lock in my answer").click()
    expect(bench.locator("img")).to_be_visible(timeout=REACT_MS)
    answer = bench.locator(".fmc-answer")
    expect(answer).to_contain_text("lowest 0.82 after epoch 17, then up to 0.93")

    handle(bench, "Learning rate").focus()
    page.keyboard.press("ArrowRight")
    expect(answer).to_contain_text("lowest 0.82 after epoch 7", timeout=REACT_MS)
    box = handle(bench, "Learning rate").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    expect(answer).to_contain_text("diverged in epoch 1", timeout=REACT_MS)
    expect(bench.get_by_alt_text("learning rate 50")).to_be_visible(timeout=REACT_MS)
    bench.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "04_training_bench_diverged.png")

    handle(bench, "Learning rate").focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    expect(answer).to_contain_text("then up to 0.93", timeout=REACT_MS)
    handle(bench, "λ for V").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(answer).to_contain_text("down to 0.79", timeout=REACT_MS)
    expect(bench.locator("table")).to_contain_text("0.003", timeout=REACT_MS)
    expect(bench.get_by_alt_text("λ for V 0.003")).to_be_visible(timeout=REACT_MS)
    handle(bench, "Number of factors")
    page.screenshot(path=screenshots / "04_training_bench.png")

    step = notebook.cell("parsons(").locator(".jp-OutputArea")
    lines = list(lesson(4).parsons[0].lines)
    expect(step.locator(".fmc-quiet")).to_have_count(len(lines), timeout=REACT_MS)
    expect(step.get_by_text(lines[0], exact=True)).to_be_visible(timeout=REACT_MS)
    shown = step.locator(".fmc-quiet").all_inner_texts()
    for place, line in enumerate(lines):  # bring each line up to its place, one press at a time
        for now in range(shown.index(line), place, -1):
            step.get_by_role("button", name=f"Move line {now + 1} up").press("Enter")
            shown[now - 1], shown[now] = shown[now], shown[now - 1]
            expect(step.locator(".fmc-quiet")).to_have_text(shown, timeout=REACT_MS)
    step.get_by_role("button", name="Check my order").click()
    expect(step).to_contain_text("✔ right", timeout=REACT_MS)
    step.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "04_one_step.png")
