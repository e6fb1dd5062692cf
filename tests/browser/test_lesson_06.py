"""Lesson 06 as a student meets it: JupyterLab, Chromium, a mouse and a keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


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
    notebook.run_all()

    map_ = notebook.output("PersonalMap(")
    expect(map_.get_by_label("Your predicted number")).to_be_visible()
    expect(map_.locator(".fmc-overlap")).to_be_hidden()
    map_.get_by_label("Your predicted number").fill("0.1")
    map_.get_by_role("button", name="Lock in my answer").click()
    table, words = map_.locator(".fmc-overlap"), map_.locator(".fmc-answer")
    expect(table).to_contain_text("k = 8")
    notebook.press(notebook.knob(map_, "Number of factors k"), "Home")
    expect(words).to_contain_text("the same ten films")
    notebook.check(map_.get_by_label("Hide films already rated"))
    expect(words).to_contain_text("Two users share")
    table.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "06_map_no_taste_hidden.png")
    map_.get_by_label("Hide films already rated").uncheck()
    notebook.drag(notebook.knob(map_, "Number of factors k"), 400)
    expect(table).to_contain_text("k = 16")
    map_.get_by_label("Settings of training").select_option("our settings")
    expect(words).to_contain_text("Two users share")
    map_.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "06_personal_map.png")

    explorer = notebook.output("TopNExplorer(")
    expect(explorer.get_by_text("Two or three")).to_be_visible()
    explorer.get_by_text("Two or three").click()
    explorer.get_by_role("button", name="Lock in my answer").click()
    words, lists = explorer.locator(".fmc-answer"), explorer.locator("table.fmc-bytes")
    expect(lists).to_have_count(2)
    first = lists.nth(1).inner_text()
    page.screenshot(path=screenshots / "06_top_n_explorer_open.png")
    explorer.get_by_label("Hide films already rated").check()
    expect(words).to_contain_text("No film is rated already")
    notebook.press(notebook.knob(explorer, "Weight of fame"), "ArrowRight", times=3)
    expect(lists.nth(1)).not_to_have_text(first)
    explorer.get_by_label("User to look at").select_option(index=3)
    expect(lists.nth(0)).to_contain_text("rated best")
    explorer.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "06_top_n_explorer.png")
    notebook.dark()
    page.screenshot(path=screenshots / "06_top_n_explorer_dark.png")
    notebook.cell("PersonalMap(").locator(".fmc-overlap").scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "06_personal_map_dark.png")
    for number, text in enumerate(("score_bars(", "slice_dots(")):
        notebook.cell(text).locator("img").scroll_into_view_if_needed()
        page.screenshot(path=screenshots / f"06_figure_{number}.png")
