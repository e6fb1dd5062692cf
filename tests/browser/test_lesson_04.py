"""Lesson 04 as a student meets it: the training bench by mouse and keyboard, and the step put in order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from course_utils.learn import lesson

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_the_bench_trains_when_a_slider_moves_and_the_step_can_be_ordered(
    open_notebook: Callable, screenshots: Path
) -> None:
    notebook = open_notebook("04_fm_in_numpy.ipynb")
    page = notebook.page
    notebook.run_all()

    bench = notebook.output("TrainingBench()")
    expect(bench.get_by_text("Number of factors k")).to_be_visible()
    notebook.unlock(bench)
    answer = bench.locator(".fmc-answer")
    expect(answer).to_contain_text("lowest 0.82 after epoch 17, then up to 0.93")

    notebook.press(notebook.knob(bench, "Learning rate"), "ArrowRight")
    expect(answer).to_contain_text("lowest 0.82 after epoch 7")
    notebook.drag(notebook.knob(bench, "Learning rate"), 400)
    expect(answer).to_contain_text("diverged in epoch 1")
    expect(bench.get_by_alt_text("learning rate 50")).to_be_visible()
    bench.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "04_training_bench_diverged.png")

    notebook.press(notebook.knob(bench, "Learning rate"), "ArrowLeft", times=4)
    expect(answer).to_contain_text("then up to 0.93")
    notebook.press(notebook.knob(bench, "λ for V"), "ArrowRight", times=3)
    expect(answer).to_contain_text("down to 0.79")
    expect(bench.locator("table")).to_contain_text("0.003")
    expect(bench.get_by_alt_text("λ for V 0.003")).to_be_visible()
    notebook.knob(bench, "Number of factors")
    page.screenshot(path=screenshots / "04_training_bench.png")

    step = notebook.output("parsons(")
    notebook.put_in_order(step, lesson(4).parsons[0].lines)
    expect(step).to_contain_text("✔ right")
    step.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "04_one_step.png")
