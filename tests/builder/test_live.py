from __future__ import annotations

import re
from types import SimpleNamespace

import nbformat
import pytest

from course_utils.build import build_all, live, source
from course_utils.build.editions import make
from course_utils.build.execute import execute
from course_utils.paths import SOURCES

LESSONS = source.sources(SOURCES)


@pytest.fixture
def names(monkeypatch, source_dir):
    """The names of a notebook in which `catch_up` is called; its lessons are the small one."""
    monkeypatch.setattr(live, "SOURCES", source_dir)
    shell = SimpleNamespace(user_ns={})
    monkeypatch.setattr(live, "get_ipython", lambda: shell)
    return shell.user_ns


def test_catching_up_makes_the_names_and_offers_the_lines(names):
    card = live.catch_up("nb97-005")
    assert names["square"](3) == 9
    assert "square(x)" in repr(card)
    assert "return result" in card._repr_html_()
    assert "<details><summary>Fell behind?" in card._repr_html_()


def test_what_is_only_shown_waits_for_the_cell_below(names, edit, capsys):
    edit("def square(x):", "loud = [print(1)]\nprint(2)\nrecord('area', 3)\ndef square(x):")
    live.catch_up("nb97-005")
    assert capsys.readouterr().out == ""
    assert names["loud"] == [None]


def test_calls_that_do_something_are_made(names, edit):
    edit("def square(x):", "sides = [2, 1]\nsides.sort()\ndef square(x):")
    live.catch_up("nb97-005")
    assert names["sides"] == [1, 2]


def test_a_cell_that_needs_the_cells_above_says_so(names, edit):
    edit("def square(x):", "twice = 2 * area\ndef square(x):")
    with pytest.raises(live.CannotCatchUp, match=r"'area' is not defined: run the cells above"):
        live.catch_up("nb97-005")


@pytest.mark.parametrize("cell_id", ["nb97-003", "nb97-001", "nb00-005", "97", ""])
def test_only_blank_cells_can_be_caught_up_with(names, cell_id):
    with pytest.raises(live.CannotCatchUp, match="no lesson has a blank cell"):
        live.catch_up(cell_id)


def test_catching_up_needs_a_notebook(monkeypatch, source_dir):
    monkeypatch.setattr(live, "SOURCES", source_dir)
    with pytest.raises(live.CannotCatchUp, match="works in a notebook"):
        live.catch_up("nb97-005")


@pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.path.stem for lesson in LESSONS])
def test_every_blank_of_the_lessons_has_a_line_above_it_that_works(lesson):
    cells = make(lesson, "live").cells
    called = [re.search(r'^catch_up\("(.+)"\)$', cell.source, re.MULTILINE) for cell in cells]
    for found, below in zip(called, cells[1:], strict=False):
        if found:
            assert below.id == found[1]
            assert "# Type along" in below.source
            assert live.lines_of(found[1]) not in below.source
    blanks = [cell for cell in lesson.cells if cell.cell_type == "code" and live.is_blank(cell)]
    assert sum(found is not None for found in called) == len(blanks)


def test_a_lesson_runs_whether_anybody_types_or_not(tmp_path):
    (path,) = build_all(SOURCES, tmp_path, "live", only={"02"})  # nobody types
    notebook = nbformat.read(path, as_version=4)
    typed = next(cell for cell in notebook.cells if cell.id == "nb02-024")
    typed.source = live.lines_of("nb02-024").replace("seed=0", "seed=3")
    last = next(cell for cell in notebook.cells if cell.id == "nb02-025")
    last.source = "print(model is not None, 'catch_up' in dir())"
    notebook.cells = notebook.cells[: notebook.cells.index(last) + 1]
    done = execute(notebook, lesson="02", cwd=tmp_path).notebook
    assert "Charlie" in typed.outputs[0].text  # the typed lines print; those of catch_up did not
    assert done.cells[-1].outputs[0].text == "True True\n"
