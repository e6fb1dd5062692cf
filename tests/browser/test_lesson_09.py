"""Lesson 09 as a student meets it: run to its end, the job timeline answers to mouse, keyboard and typing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

RUN_MS = 240_000
REACT_MS = 20_000


def handle(lab: Locator, slider: str) -> Locator:
    """The knob of the slider whose label holds this text, in view."""
    knob = lab.locator(".widget-slider", has_text=slider).locator(".noUi-handle")
    knob.scroll_into_view_if_needed()
    return knob


def test_the_timeline_waits_then_adds_up_what_is_set(open_notebook: Callable, screenshots: Path) -> None:
    notebook = open_notebook("09_sagemaker.ipynb")
    page = notebook.page
    notebook.command("notebook:run-all-cells")

    timeline = notebook.cell("JobTimeline(").locator(".jp-OutputArea")
    expect(timeline.get_by_text("Hours the endpoint runs")).to_be_visible(timeout=RUN_MS)
    if not timeline.locator("img").count():
        timeline.get_by_role("radio").first.check()
        timeline.get_by_role("button", name="Lock in my answer").click()
    expect(timeline.locator("img")).to_be_visible(timeout=REACT_MS)
    answer = timeline.locator(".fmc-answer")
    expect(answer).to_contain_text("The endpoint costs 409 times the training")
    page.set_viewport_size({"width": 1280, "height": 1400})
    notebook.cell("JobTimeline(")
    page.screenshot(path=screenshots / "09_job_timeline.png")

    handle(timeline, "Hours the endpoint runs").focus()
    page.keyboard.press("ArrowRight")
    expect(answer).to_contain_text("168 hours cost $9.41", timeout=REACT_MS)
    handle(timeline, "Number of machines").focus()
    page.keyboard.press("ArrowRight")
    expect(answer).to_contain_text("274 billed seconds on 2 machines", timeout=REACT_MS)
    box = handle(timeline, "Minutes in the what-if").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    expect(answer).to_contain_text("18,216 billed seconds", timeout=REACT_MS)
    timeline.get_by_label("Kind of training machine").select_option("ml.p3.2xlarge")
    price = timeline.get_by_label("Its price, dollars an hour")
    expect(price).to_have_value("3.825", timeout=REACT_MS)
    price.fill("1")
    price.press("Enter")
    expect(answer).to_contain_text("cost $10.12", timeout=REACT_MS)
    expect(answer).to_contain_text("The training costs 1.1 times the endpoint")
    timeline.get_by_label("Stages of the job").select_option("the job that you ran")
    expect(timeline.get_by_alt_text("Uploading")).to_be_visible(timeout=REACT_MS)
    page.screenshot(path=screenshots / "09_job_timeline_own_job.png")

    dark = "window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})"
    page.evaluate(dark)
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false", timeout=REACT_MS)
    timeline.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "09_job_timeline_dark.png")

    left = notebook.cell("left running").locator(".jp-OutputArea")
    expect(left).to_contain_text("left running: 0", timeout=RUN_MS)
