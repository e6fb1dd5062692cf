"""Slides and live notebooks as a class meets them: in Chromium, slides straight from the disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from course_utils.build import build_all
from course_utils.build.slides import build_slides
from course_utils.paths import SOURCES

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

READY = "window.Reveal && Reveal.isReady()"
# what the visible slide is, and whether all of it can be seen or reached
SLIDE = """() => {
  const slide = Reveal.getCurrentSlide();
  const scale = Number(slide.style.zoom || 1);
  return {
    seen: slide.offsetHeight * scale <= 721,
    scale,
    wide: [...slide.querySelectorAll('math, img, table')].some(
      (e) => e.getBoundingClientRect().right > innerWidth
    ),
    last: Reveal.isLastSlide(),
  };
}"""


@pytest.fixture(scope="module")
def deck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The slides of lesson 02."""
    folder = tmp_path_factory.mktemp("slides")
    (made,) = build_slides(SOURCES, folder, only={"02"})
    return made


@pytest.fixture
def live_notebook(lab: Any, tmp_path: Path) -> str:
    """The live edition of lesson 02, handed to JupyterLab; its name."""
    (built,) = build_all(SOURCES, tmp_path, "live", execute=False, only={"02"})
    content = {"type": "notebook", "content": json.loads(built.read_text(encoding="utf-8"))}
    address = f"{lab.url}/api/contents/notebooks/live_02.ipynb"
    headers = {"Authorization": f"token {lab.token}"}
    requests.put(address, json=content, headers=headers, timeout=30).raise_for_status()
    return "live_02.ipynb"


@pytest.fixture
def slides(deck: Path, page: Page) -> Page:
    """The deck, open on its first slide."""
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(deck.as_uri())
    page.wait_for_function(READY)
    return page


def test_no_slide_is_taller_or_wider_than_the_screen(slides: Page, screenshots: Path) -> None:
    slides.screenshot(path=screenshots / "slides_first.png")
    count, state = 0, slides.evaluate(SLIDE)
    while True:
        count += 1
        assert state["seen"], count
        assert state["scale"] >= 0.65, count
        assert not state["wide"], count
        if state["last"]:
            break
        slides.keyboard.press("Space")
        state = slides.evaluate(SLIDE)
    assert count == slides.evaluate("Reveal.getTotalSlides()") > 30


def test_keys_go_through_sections_and_formulas_and_figures_are_there(slides: Page, screenshots: Path) -> None:
    heading = slides.locator("section.present:not(.stack) > * h2, section.present:not(.stack) h2").first
    for title in ("1. Read the table", "2. Turn a rating", "3. Read the equation"):
        slides.keyboard.press("ArrowRight")
        expect(heading).to_contain_text(title)
    formula = slides.locator("section.present:not(.stack) math[display=block]").first
    assert formula.bounding_box()["height"] > 30
    slides.screenshot(path=screenshots / "slides_formula.png")
    assert slides.locator("img.fm-figure").count() >= 3
    assert "nothing was locked in" not in slides.content()


def test_the_speaker_s_window_shows_notes_without_a_network(slides: Page, screenshots: Path) -> None:
    with slides.expect_popup() as opened:
        slides.keyboard.press("s")
    speaker = opened.value
    foreign: list[str] = []
    speaker.on("request", lambda each: foreign.append(each.url) if each.url.startswith("http") else None)
    expect(speaker.locator(".speaker-controls-notes .value")).to_contain_text("Before class.")
    slides.keyboard.press("ArrowRight")
    expect(speaker.locator(".speaker-controls-notes .value")).to_contain_text("Hands up for Alice")
    speaker.screenshot(path=screenshots / "slides_speaker.png")
    assert not foreign


def test_a_live_notebook_runs_and_its_catch_up_lines_open(
    live_notebook: str, open_notebook: Callable, page: Page, screenshots: Path
) -> None:
    notebook = open_notebook(live_notebook)
    notebook.run_all()
    last = notebook.output('quiz("Q2")')
    expect(last).to_contain_text("Q2.6", timeout=180_000)
    assert not page.locator(".jp-OutputArea-output[data-mime-type*=stderr]").count()
    output = notebook.output('catch_up("nb02-013")')
    expect(output).to_contain_text("pairs, X and y")
    lines = output.get_by_text("X = np.array")
    expect(lines).to_be_hidden()
    output.get_by_text("Fell behind? The lines").click()
    expect(lines).to_be_visible()
    page.screenshot(path=screenshots / "live_catch_up.png")
