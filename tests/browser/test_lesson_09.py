"""Lesson 09 as a student meets it: run to its end, the job timeline answers to mouse, keyboard and typing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_the_timeline_waits_then_adds_up_what_is_set(open_notebook: Callable, screenshots: Path) -> None:
    notebook = open_notebook("09_sagemaker.ipynb")
    page = notebook.page
    notebook.run_all()

    timeline = notebook.output("JobTimeline(")
    expect(timeline.get_by_text("Hours the endpoint runs")).to_be_visible()
    notebook.unlock(timeline)
    answer = timeline.locator(".fmc-answer")
    expect(answer).to_contain_text("The endpoint costs 409 times the training")
    page.set_viewport_size({"width": 1280, "height": 1400})
    notebook.cell("JobTimeline(")
    page.screenshot(path=screenshots / "09_job_timeline.png")

    notebook.press(notebook.knob(timeline, "Hours the endpoint runs"), "ArrowRight")
    expect(answer).to_contain_text("168 hours cost $9.41")
    notebook.press(notebook.knob(timeline, "Number of machines"), "ArrowRight")
    expect(answer).to_contain_text("274 billed seconds on 2 machines")
    notebook.drag(notebook.knob(timeline, "Minutes in the what-if"), 300)
    expect(answer).to_contain_text("18,216 billed seconds")
    timeline.get_by_label("Kind of training machine").select_option("ml.p3.2xlarge")
    price = timeline.get_by_label("Its price, dollars an hour")
    expect(price).to_have_value("3.825")
    price.fill("1")
    price.press("Enter")
    expect(answer).to_contain_text("cost $10.12")
    expect(answer).to_contain_text("The training costs 1.1 times the endpoint")
    timeline.get_by_label("Stages of the job").select_option("the job that you ran")
    expect(timeline.get_by_alt_text("Uploading")).to_be_visible()
    page.screenshot(path=screenshots / "09_job_timeline_own_job.png")

    notebook.dark()
    timeline.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "09_job_timeline_dark.png")

    left = notebook.output("left running")
    expect(left).to_contain_text("left running: 0")
