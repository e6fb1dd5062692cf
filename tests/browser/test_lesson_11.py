"""Lesson 11 as a student meets it: JupyterLab, Chromium, a mouse and a keyboard."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def photograph(desk: Locator, path: Path) -> None:
    desk.evaluate("box => box.scrollIntoView({block: 'start'})")
    desk.page.wait_for_timeout(300)
    desk.page.screenshot(path=path)


def test_a_newcomer_rates_films_by_keyboard_and_takes_the_list_along(
    open_notebook: Callable, screenshots: Path, tmp_path: Path
) -> None:
    notebook = open_notebook("11_your_own_list.ipynb")
    notebook.run_all()
    desk = notebook.output("RateTenFilms(")
    page, words = notebook.page, desk.locator(".fmc-answer")
    expect(desk.get_by_text("An example, not you")).to_be_visible()
    expect(words).to_contain_text("10 ratings: this list shares")
    films = desk.locator("table.fmc-list tbody th")
    assert films.count() == 10
    example = films.all_inner_texts()
    photograph(desk, screenshots / "11_rate_ten_films_example.png")

    desk.get_by_role("button", name="Rate them myself").click()
    expect(words).to_contain_text("everybody's list")
    expect(desk.get_by_text("They stay in this notebook's kernel")).to_be_visible()

    pickers = desk.locator("select:visible")  # 0 chooses which twenty films are shown
    notebook.press(pickers.nth(1), "5")
    for place, stars in enumerate("152415341", start=2):
        page.keyboard.press("Tab")
        expect(pickers.nth(place)).to_be_focused()
        page.keyboard.press(stars)
    expect(words).to_contain_text("10 ratings")
    assert films.all_inner_texts() != example
    expect(desk.get_by_text("★", exact=False).last).to_be_visible()

    desk.get_by_label("Films to rate").select_option("21 to 40 of the best known")
    desk.locator("select:visible").nth(3).select_option("5 ★★★★★")
    expect(words).to_contain_text("11 ratings")
    desk.get_by_label("Films to rate").select_option("1 to 20 of the best known")
    photograph(desk, screenshots / "11_rate_ten_films.png")

    with page.expect_download() as download:
        desk.get_by_text("Save this list as a file").click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    rows = list(csv.DictReader(saved.open(encoding="utf-8")))
    assert saved.name == "my_list.csv"
    assert [row["rank"] for row in rows] == [str(rank) for rank in range(1, 11)]
    assert rows[0]["title"] in films.first.inner_text()

    notebook.dark()
    photograph(desk, screenshots / "11_rate_ten_films_dark.png")
