from __future__ import annotations

import re

import pytest

from course_utils.build.slides import build_slides
from course_utils.build.source import SourceError


@pytest.fixture(scope="module")
def folder(tmp_path_factory, lesson_text):
    """The slides of the small lesson."""
    made = tmp_path_factory.mktemp("slides")
    (made / "source").mkdir()
    (made / "source/97_square.py").write_text(lesson_text)
    (path,) = build_slides(made / "source", made / "out")
    assert path == made / "out/97_square.html"
    return made / "out"


def test_a_deck_has_what_it_asks_for_beside_it_and_asks_nobody_else(folder):
    page = (folder / "97_square.html").read_text()
    asked = re.findall(r'(?:<script[^>]*src|<link[^>]*href)="([^"]+)"', page)
    assert {"reveal/dist/reveal.js", "reveal/plugin/notes/notes.js", "slides.js"} <= set(asked)
    assert all((folder / name).is_file() for name in asked)
    assert not re.search(r"(src|href)=.?(https?:)?//", page)
    assert "Permission is hereby granted" in (folder / "reveal/LICENSE").read_text()


def test_a_deck_has_outputs_twins_notes_and_solutions(folder):
    page = (folder / "97_square.html").read_text()
    assert "area 9.00" in page
    assert "<p>A twin</p>" in page
    assert "widget-view" not in page
    assert re.search(r'<aside class="notes">.*?Ask the class first\..*?</aside>', page, re.DOTALL)
    assert page.index('<span class="o">...</span>') < page.index("result")
    assert "### BEGIN" not in page


def test_the_first_page_lists_the_decks(folder):
    assert '<a href="97_square.html">Square numbers</a>' in (folder / "index.html").read_text()


def test_a_lesson_that_is_not_there_is_named(source_dir, tmp_path):
    with pytest.raises(SourceError, match="no lesson 98; there are: 97"):
        build_slides(source_dir, tmp_path / "out", only={"98"})
