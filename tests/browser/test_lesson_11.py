"""Lesson 11 as a student meets it: JupyterLab, Chromium, a mouse and a keyboard."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

RUN_MS = 180_000
REACT_MS = 20_000


@pytest.fixture
def desk(open_notebook: Callable) -> Locator:
    """The output of rate-ten-films after Run All."""
    notebook = open_notebook("11_your_own_list.ipynb")
    notebook.command("notebook:run-all-cells")
    output = notebook.cell("RateTenFilms(").locator(".jp-OutputArea")
    expect(output.get_by_text("Ten films that were not rated")).to_be_visible(timeout=RUN_MS)
    return output


def photograph(desk: Locator, path: Path) -> None:
    desk.evaluate("box => box.scrollIntoView({block: 'start'})")
    desk.page.wait_for_timeout(300)
    desk.page.screenshot(path=path)


def test_a_newcomer_rates_films_by_keyboard_and_takes_the_list_along(
    desk: Locator, screenshots: Path, tmp_path: Path
) -> None:
    page, words = desk.page, desk.locator(".fmc-answer")
    expect(desk.get_by_text("An example, not you")).to_be_visible()
    expect(words).to_contain_text("10 ratings: this list shares")
    films = desk.locator("table.fmc-list tbody th")
    assert films.count() == 10
    example = films.all_inner_texts()
    photograph(desk, screenshots / "11_rate_ten_films_example.png")

    desk.get_by_role("button", name="Rate them myself").click()
    expect(words).to_contain_text("everybody's list", timeout=REACT_MS)
    expect(desk.get_by_text("They stay in this notebook's kernel")).to_be_visible()

    pickers = desk.locator("select:visible")
    pickers.nth(1).focus()  # 0 chooses which twenty films are shown
    for stars in "5152415341":
        page.keyboard.press(stars)
        page.keyboard.press("Tab")
    expect(words).to_contain_text("10 ratings", timeout=REACT_MS)
    assert films.all_inner_texts() != example
    expect(desk.get_by_text("★", exact=False).last).to_be_visible()

    desk.get_by_label("Films to rate").select_option("21 to 40 of the best known")
    desk.locator("select:visible").nth(3).select_option("5 ★★★★★")
    expect(words).to_contain_text("11 ratings", timeout=REACT_MS)
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

    page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    page.wait_for_timeout(1500)
    photograph(desk, screenshots / "11_rate_ten_films_dark.png")
