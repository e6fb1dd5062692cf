"""Lesson 06 as a student meets it: JupyterLab, Chromium, a mouse and a keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

RUN_MS = 240_000
REACT_MS = 20_000


def handle(output: Locator, slider: str) -> Locator:
    """The knob of the slider whose label holds this text, in view."""
    knob = output.locator(".widget-slider", has_text=slider).locator(".noUi-handle")
    knob.scroll_into_view_if_needed()
    return knob


def test_map_and_explorer_open_after_a_prediction_and_answer(
    open_notebook: Callable, screenshots: Path
) -> None:
    notebook = open_notebook("06_train_and_distrust.ipynb")
    page = notebook.page
    # The lesson stops short of its answers, which would close the questions before the learner has a say.
    page.evaluate("""() => {
      const notebook = window.jupyterapp.shell.currentWidget.content;
      const answers = ['reveal("P6.4"', 'reveal("P6.7"'];
      notebook.widgets.forEach((cell, index) => {
        const text = cell.model.sharedModel.getSource();
        if (answers.some(answer => text.includes(answer)))
          cell.model.sharedModel.setSource('"not yet"');
      });
    }""")
    notebook.command("notebook:run-all-cells")

    map_ = notebook.cell("PersonalMap(").locator(".jp-OutputArea")
    expect(map_.get_by_label("Your predicted number")).to_be_visible(timeout=RUN_MS)
    expect(map_.locator(".fmc-overlap")).to_be_hidden()
    map_.get_by_label("Your predicted number").fill("0.1")
    map_.get_by_role("button", name="Lock in my answer").click()
    table, words = map_.locator(".fmc-overlap"), map_.locator(".fmc-answer")
    expect(table).to_contain_text("k = 8", timeout=REACT_MS)
    handle(map_, "Number of factors k").focus()
    page.keyboard.press("Home")
    expect(words).to_contain_text("the same ten films", timeout=REACT_MS)
    map_.get_by_label("Hide films already rated").focus()
    page.keyboard.press("Space")
    expect(words).to_contain_text("Two users share", timeout=REACT_MS)
    table.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "06_map_no_taste_hidden.png")
    map_.get_by_label("Hide films already rated").uncheck()
    box = handle(map_, "Number of factors k").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    expect(table).to_contain_text("k = 16", timeout=REACT_MS)
    map_.get_by_label("Settings of training").select_option("our settings")
    expect(words).to_contain_text("Two users share", timeout=REACT_MS)
    map_.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "06_personal_map.png")

    explorer = notebook.cell("TopNExplorer(").locator(".jp-OutputArea")
    expect(explorer.get_by_text("Two or three")).to_be_visible(timeout=RUN_MS)
    explorer.get_by_text("Two or three").click()
    explorer.get_by_role("button", name="Lock in my answer").click()
    words, lists = explorer.locator(".fmc-answer"), explorer.locator("table.fmc-bytes")
    expect(lists).to_have_count(2, timeout=REACT_MS)
    first = lists.nth(1).inner_text()
    page.screenshot(path=screenshots / "06_top_n_explorer_open.png")
    explorer.get_by_label("Hide films already rated").check()
    expect(words).to_contain_text("No film is rated already", timeout=REACT_MS)
    handle(explorer, "Weight of fame").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(lists.nth(1)).not_to_have_text(first, timeout=REACT_MS)
    explorer.get_by_label("User to look at").select_option(index=3)
    expect(lists.nth(0)).to_contain_text("rated best", timeout=REACT_MS)
    explorer.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "06_top_n_explorer.png")
    dark = "window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})"
    page.evaluate(dark)
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false", timeout=REACT_MS)
    page.screenshot(path=screenshots / "06_top_n_explorer_dark.png")
    notebook.cell("PersonalMap(").locator(".fmc-overlap").scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "06_personal_map_dark.png")
    for number, text in enumerate(("score_bars(", "slice_dots(")):
        notebook.cell(text).locator("img").scroll_into_view_if_needed()
        page.screenshot(path=screenshots / f"06_figure_{number}.png")
