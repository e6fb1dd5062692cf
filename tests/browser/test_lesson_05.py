"""Lesson 05 as a student meets it: the one-hot inspector, by mouse and keyboard, on light and on dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_the_inspector_answers_to_mouse_and_keyboard(open_notebook: Callable, screenshots: Path) -> None:
    notebook = open_notebook("05_movielens.ipynb")
    page = notebook.page
    notebook.run_all()

    inspector = notebook.output("OneHotInspector(past")
    words = inspector.locator(".fmc-answer")
    user = inspector.get_by_label("Id of the user")
    expect(user).to_be_visible()
    expect(words).to_contain_text("columns are hot")

    user.fill("999999")
    page.keyboard.press("Tab")
    status = inspector.get_by_role("status")
    expect(status).to_contain_text("user=?")
    inspector.get_by_label("An unknown id").select_option("leaves its block blank")
    expect(words).to_contain_text("is hot")
    expect(status).to_contain_text("Blank: user")
    inspector.get_by_label("An unknown id").select_option("is refused")
    expect(words).to_contain_text("The map refuses")
    inspector.get_by_label("An unknown id").select_option("goes to the spare column")

    notebook.check(inspector.get_by_label("Add the genre block"))
    expect(status).to_contain_text("genre=")
    expect(inspector.get_by_alt_text("The blocks of columns")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 1400})
    page.evaluate("document.activeElement.blur()")
    inspector.scroll_into_view_if_needed()
    inspector.screenshot(path=screenshots / "05_one_hot_inspector.png")
    notebook.dark()
    inspector.scroll_into_view_if_needed()
    inspector.screenshot(path=screenshots / "05_one_hot_inspector_dark.png")
