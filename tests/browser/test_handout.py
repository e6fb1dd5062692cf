"""The handout as a reader meets it: straight from the disk, without kernel, server and network."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from course_utils.build.handout.site import build

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handout of lessons 00 and 02."""
    return build([0, 2], tmp_path_factory.mktemp("handout") / "site").parent


@pytest.fixture
def lesson(site: Path, page: Page) -> Page:
    """Lesson 02, open."""
    page.goto((site / "02_star_trek.html").as_uri())
    return page


def test_no_page_names_another_machine_for_what_it_loads(site: Path) -> None:
    pages = [*site.rglob("*.html"), *site.rglob("*.css")]
    assert len(pages) > 5
    for path in pages:
        text = path.read_text(encoding="utf-8")
        loaded = re.findall(r'<(?:script|img|iframe|source)[^>]*\ssrc="([^"]+)"', text)
        loaded += re.findall(r'<link[^>]*rel="(?!canonical)[^"]*"[^>]*href="([^"]+)"', text)
        loaded += re.findall(r"(?:url\(|@import )['\"]?([^'\")]+)", text) if path.suffix == ".css" else []
        assert not [each for each in loaded if re.match(r"(https?:)?//", each)], path.name


def test_a_lesson_reads_without_a_kernel(lesson: Page, screenshots: Path) -> None:
    expect(lesson.get_by_role("heading", level=1)).to_contain_text(
        "Find out whether Alice would like Star Trek"
    )
    assert lesson.locator("math").count() > 5
    assert lesson.locator("math[display=block]").first.bounding_box()["height"] > 20
    figures = lesson.locator("img.fm-figure")
    assert figures.count() >= 3
    for figure in figures.all():
        assert len(figure.get_attribute("alt")) > 40
    assert "widget-view" not in lesson.content()
    lesson.screenshot(path=screenshots / "handout_lesson.png")


def test_help_opens_step_by_step(lesson: Page, screenshots: Path) -> None:
    hint = lesson.locator("details", has=lesson.locator("summary", has_text="Hint 1 of 3 for E2.1"))
    body = hint.locator("p").first
    expect(body).to_be_hidden()
    hint.locator("summary").focus()
    lesson.keyboard.press("Enter")
    expect(body).to_be_visible()
    hint.scroll_into_view_if_needed()
    lesson.screenshot(path=screenshots / "handout_hint.png")


def test_search_finds_a_lesson_without_a_server(lesson: Page, screenshots: Path) -> None:
    lesson.keyboard.press("Control+k")
    lesson.keyboard.type("interaction")
    lesson.keyboard.press("Enter")
    found = lesson.locator("#search-results li a")
    expect(found.first).to_be_visible()
    assert any("02_star_trek" in (each.get_attribute("href") or "") for each in found.all())
    lesson.screenshot(path=screenshots / "handout_search.png")


def test_light_and_dark(lesson: Page, screenshots: Path) -> None:
    figure = lesson.locator("img.fm-figure").first
    for mode in ("light", "dark"):
        lesson.get_by_role("button", name="Color mode").first.click()
        lesson.locator(f".theme-change-button[data-mode={mode}]").first.click()
        expect(lesson.locator("html")).to_have_attribute("data-theme", mode)
        figure.scroll_into_view_if_needed()
        lesson.screenshot(path=screenshots / f"handout_{mode}.png")


def test_a_projector_shows_every_line_of_code_whole(lesson: Page) -> None:
    lesson.set_viewport_size({"width": 1280, "height": 800})
    cut = "(all) => all.filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.textContent)"
    assert lesson.locator("div.cell_input pre").evaluate_all(cut) == []


def test_a_phone_can_show_it(lesson: Page, screenshots: Path) -> None:
    lesson.set_viewport_size({"width": 390, "height": 844})
    assert lesson.evaluate("document.documentElement.scrollWidth") <= 390
    lesson.screenshot(path=screenshots / "handout_phone.png")
