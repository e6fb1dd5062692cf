"""The handout: what becomes of a lesson's widgets, checks and links, and a site that asks nobody."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_utils.build.handout import front
from course_utils.build.handout.lessons import HandoutError, help_with, page
from course_utils.build.handout.site import build
from course_utils.learn.catalogue import exercise
from course_utils.learn.checks import METADATA_KEY
from course_utils.paths import NOTEBOOKS, lesson_notebooks

WIDGET = "application/vnd.jupyter.widget-view+json"


def ran(*outputs) -> nbformat.NotebookNode:
    return new_notebook(cells=[new_code_cell("Panel()", outputs=list(outputs))])


def shown(data: dict, metadata: dict | None = None):
    return new_output("display_data", data=data, metadata=metadata or {})


# ------------------------------------------------------------------------------------------------ one page


def test_a_widget_gives_way_to_its_twin() -> None:
    made, styles = page(
        ran(shown({WIDGET: {"model_id": "1"}, "text/html": "<style>p {}</style><p>A twin</p>"})), frozenset()
    )
    (output,) = made.cells[0].outputs
    assert output.data == {"text/html": "<p>A twin</p>"}
    assert styles == {"p {}"}


def test_a_widget_without_a_twin_is_no_page() -> None:
    with pytest.raises(HandoutError, match="without a static twin"):
        page(ran(shown({WIDGET: {"model_id": "1"}, "text/plain": "IntSlider(value=3)"})), frozenset())


def test_a_progress_bar_that_ended_leaves_nothing() -> None:
    made, _ = page(ran(shown({WIDGET: {"model_id": "1"}, "text/plain": "Output()"})), frozenset())
    assert made.cells[0].outputs == []


def test_a_check_gives_way_to_hints_and_solution() -> None:
    made, _ = page(
        ran(shown({"text/html": "<p>Not attempted</p>"}, {METADATA_KEY: {"exercise": "E2.1"}})), frozenset()
    )
    html = made.cells[0].outputs[0].data["text/html"]
    assert "Not attempted" not in html
    assert html.count("<details>") == len(exercise("E2.1").hints) + 1


def test_help_is_folded_and_the_solution_comes_last() -> None:
    html = help_with(exercise("E2.1"))
    places = [html.index(words) for words in ("Hint 1", "Hint 2", "Hint 3", "One solution")]
    assert places == sorted(places)
    assert not re.search(r"<details[^>]*open", html)


def test_links_lead_to_pages_that_are_there() -> None:
    text = '<a href="02_star_trek.ipynb">two</a> and <a href="03_linear_time.ipynb">three</a>'
    made, _ = page(ran(shown({"text/html": f"<p>{text}</p>"})), frozenset({"02_star_trek"}))
    assert (
        made.cells[0].outputs[0].data["text/html"] == '<p><a href="02_star_trek.html">two</a> and three</p>'
    )


# ------------------------------------------------------------------------------------------- the first page


@pytest.mark.parametrize(
    ("data", "words"), [(front.REAL, "MovieLens latest-small"), (front.SAMPLE, "about made-up ratings")]
)
def test_the_first_page_says_whose_ratings_the_figures_are_about(data, words) -> None:
    notebooks = list(lesson_notebooks(NOTEBOOKS).values())
    text = front.front_page(notebooks, data)
    assert words in text
    for notebook in notebooks:
        title = nbformat.read(notebook, as_version=4).cells[0].source.splitlines()[0].removeprefix("# ")
        assert f"| [{title}]({notebook.stem}.ipynb) |" in text


def test_a_lesson_without_its_promise_is_named(tmp_path: Path) -> None:
    path = tmp_path / "97_square.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell("# Square\n\nNo promise.")]), path)
    with pytest.raises(ValueError, match=r"97_square\.ipynb lacks"):
        front.front_page([path], front.REAL)


# ------------------------------------------------------------------------------------------------- the site


def test_a_lesson_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(HandoutError, match="there is no lesson 77; there are: 00 01"):
        build([2, 77], tmp_path / "site")
    assert not (tmp_path / "site").exists()
