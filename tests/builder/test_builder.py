from __future__ import annotations

import copy
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from course_utils.build import CellFailed, SourceError, UnstableOutput, build_all, check_built, for_reading
from course_utils.build.editions import make
from course_utils.build.outputs import WIDGET, keep_checked
from course_utils.build.source import read
from course_utils.learn import reveal
from course_utils.learn.predictions import forget_predictions


@pytest.fixture(scope="module")
def twice_built(tmp_path_factory, lesson_text):
    """The small lesson, built and run twice: source folder, first notebook, second notebook."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "source").mkdir()
    (folder / "source" / "97_square.py").write_text(lesson_text)
    (one,) = build_all(folder / "source", folder / "one")
    (two,) = build_all(folder / "source", folder / "two")
    return folder / "source", one, two


@pytest.fixture
def built(twice_built, tmp_path) -> tuple[Path, Path]:
    """A copy of the built lesson to spoil: its source folder and its notebook."""
    source, one, _ = twice_built
    shutil.copytree(source, tmp_path / "source")
    shutil.copytree(one.parent, tmp_path / "out")
    return tmp_path / "source", tmp_path / "out" / one.name


def spoil(path, change):
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    nbformat.write(notebook, path)


def nbval(folder):
    """Run nbval over a folder as CI does; return its report."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval-lax",
        "--nbval-current-env",
        "--nbval-cell-timeout=60",
    ]
    quiet = ["-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    return subprocess.run(
        [*command, *quiet], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    ).stdout


def test_two_builds_are_the_same_bytes(twice_built):
    _, one, two = twice_built
    assert one.read_bytes() == two.read_bytes()


def test_outputs_are_kept_on_tagged_cells_only(twice_built):
    notebook = nbformat.read(twice_built[1], as_version=4)
    with_output = {
        cell.id: cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")
    }
    assert list(with_output) == ["nb97-004", "nb97-008"]
    # print and a recorded figure: the figure leaves no trace
    assert with_output["nb97-004"].outputs == [
        {"output_type": "stream", "name": "stdout", "text": "area 9.00\n"}
    ]
    # a widget leaves its static twin
    (twin,) = with_output["nb97-008"].outputs
    assert twin.data == {"text/html": "<p>A twin</p>", "text/plain": "A twin"}


def test_nbval_is_green_on_what_was_built_and_red_where_it_was_doctored(built):
    _, path = built

    def add_doctored_copies(notebook):
        """Of both cells that keep their output, run by the same kernel as the originals."""
        text, twin = copy.deepcopy([notebook.cells[2], notebook.cells[-1]])
        text.id, twin.id = "doctored-1", "doctored-2"
        text.outputs[0].text = "area 9.01\n"
        twin.outputs[0].data["text/html"] = "<p>Another</p>"
        notebook.cells += [text, twin]

    spoil(path, add_doctored_copies)
    report = nbval(path.parent)
    assert "2 failed, 5 passed" in report, report
    assert re.findall(r"FAILED 97_square.ipynb::Cell (\d+)", report) == ["5", "6"], report


def test_what_was_built_agrees_with_its_source(built):
    source, path = built
    assert check_built(source, path.parent) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda nb: nb.cells[0].update(source="# Cube numbers"), "differs from its source at cell nb97-001"),
        (lambda nb: nb.cells.pop(), "differs from its source"),
        (lambda nb: nb.cells[0].metadata.clear(), "differs from its source at cell nb97-001"),
        (lambda nb: nb.metadata.update(authors=[]), "differs from its source"),
        (lambda nb: nb.cells[2].update(execution_count=None, outputs=[]), "has not been run: cell nb97-004"),
        (lambda nb: nb.cells[1].update(execution_count=1), "keeps an output on cell nb97-003"),
    ],
)
def test_a_notebook_changed_by_hand_is_noticed(built, change, words):
    source, path = built
    spoil(path, change)
    (drift,) = check_built(source, path.parent)
    assert drift.startswith(f"97_square.ipynb {words}")


def test_a_changed_source_is_noticed(built):
    source, path = built
    text = source / "97_square.py"
    text.write_text(text.read_text().replace("3 * 3", "4 * 4"))
    assert check_built(source, path.parent) == ["97_square.ipynb differs from its source at cell nb97-004"]


def test_missing_left_over_and_broken_notebooks_are_noticed(built):
    source, path = built
    path.rename(path.with_name("96_old.ipynb"))
    assert check_built(source, path.parent) == ["97_square.ipynb is missing", "96_old.ipynb has no source"]
    path.write_text("not json")
    assert check_built(source, path.parent)[0] == "97_square.ipynb is not a notebook"


def test_kept_outputs_may_differ_without_being_drift(built):
    source, path = built
    spoil(path, lambda nb: nb.cells[2].outputs[0].update(text="area 9.01\n"))
    assert check_built(source, path.parent) == []


def test_building_without_running_keeps_outputs_while_the_code_is_the_same(built):
    source, path = built
    before = path.read_bytes()
    text = source / "97_square.py"
    build_all(source, path.parent, execute=False)
    assert path.read_bytes() == before
    text.write_text(text.read_text().replace("# # Square numbers", "# # Square a number"))
    build_all(source, path.parent, execute=False)
    assert check_built(source, path.parent) == []
    text.write_text(text.read_text().replace("3 * 3", "4 * 4"))
    build_all(source, path.parent, execute=False)
    assert check_built(source, path.parent) == [
        "97_square.ipynb has not been run: cell nb97-004 should keep its output"
    ]


def test_the_solved_edition_runs_strictly_and_offline(source_dir, edit, tmp_path):
    edit(
        "assert square(side) == 16",
        "import os\nassert square(side) == 16\n"
        'assert os.environ["COURSE_STRICT"] == os.environ["COURSE_OFFLINE"] == "1"\n'
        'assert "COURSE_DATA_DIR" not in os.environ\n'
        f"assert os.getcwd() == {str(tmp_path / 'solved')!r}",
    )
    seen = []
    (path,) = build_all(source_dir, tmp_path / "solved", "solved", on_built=seen.append)
    assert path.name == "97_square.ipynb"
    assert seen == [path]
    assert check_built(source_dir, tmp_path / "solved", "solved") == []
    assert check_built(source_dir, tmp_path / "solved", "student") != []


def test_some_lessons_are_built_and_the_others_are_left_alone(source_dir, tmp_path):
    text = (source_dir / "97_square.py").read_text()
    (source_dir / "98_fails.py").write_text(text.replace("from course_utils.learn import record", "1 / 0"))
    (path,) = build_all(source_dir, tmp_path / "some", only={"97"})
    assert [path] == list((tmp_path / "some").glob("*.ipynb"))
    with pytest.raises(SourceError, match=r"there is no lesson 96; there are: 97 98$"):
        build_all(source_dir, tmp_path / "none", only={"97", "96"})


def test_a_failing_lesson_leaves_the_old_notebook_alone(built):
    source, path = built
    before = path.read_bytes()
    text = source / "97_square.py"
    text.write_text(text.read_text().replace("from course_utils.learn import record", "1 / 0"))
    with pytest.raises(CellFailed, match=r"97_square, cell nb97-003, line 1: .*\n  ZeroDivisionError"):
        build_all(source, path.parent)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("/home/anna/course/notebooks", "a path of this machine: '/home/'"),
        (r"C:\Users\anna", "a path of this machine"),
        (".venv/lib/python3.11/site-packages/numpy", "a path of this machine"),
        ("<Figure at 0x7f00deadbeef>", "a memory address"),
        ("fit took 3.2 ms", "a timing"),
        ("VBox(children=(IPY_MODEL_1,))", "a widget's own id"),
    ],
)
def test_what_would_differ_on_the_next_machine_is_refused(source_dir, text, what):
    made = make(read(source_dir / "97_square.py"), "student")
    for output in (
        nbformat.v4.new_output("stream", text=text),
        nbformat.v4.new_output("execute_result", data={"text/html": text}, execution_count=1),
    ):
        executed = nbformat.from_dict(made)
        executed.cells[1].outputs = [output]  # not tagged: nobody minds
        assert keep_checked(made, executed) == made
        executed.cells[2].outputs = [output]
        with pytest.raises(
            UnstableOutput, match=f"nb97-004 is tagged nbval-check-output and shows {re.escape(what)}"
        ):
            keep_checked(made, executed)


def test_what_teaches_is_not_taken_for_a_path_or_a_timing(source_dir):
    made = make(read(source_dir / "97_square.py"), "student")
    executed = nbformat.from_dict(made)
    text = "/opt/ml/model · s3://bucket/tmp/x · POST /invocations · 0xCED7230A · 4.5 stars · 12 items · 3 s"
    executed.cells[2].outputs = [nbformat.v4.new_output("stream", text=text)]
    assert keep_checked(made, executed).cells[2].outputs[0].text == text


def test_the_page_without_a_kernel_shows_the_twin():
    live = {WIDGET: {"model_id": "1"}, "text/html": "<p>A twin</p>", "text/plain": "A twin"}
    bare = {WIDGET: {"model_id": "2"}, "text/plain": "IntSlider()"}
    outputs = [nbformat.v4.new_output("display_data", data=dict(data)) for data in (live, bare, {})]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=outputs)])
    page = for_reading(notebook)
    assert [set(output.data) for output in page.cells[0].outputs] == [{"text/html", "text/plain"}, set(bare)]
    assert set(notebook.cells[0].outputs[0].data) == set(live)


def test_a_page_does_not_reproach_its_reader_with_what_cannot_be_done_there():
    forget_predictions()
    said = reveal("P12.4", 26.0)._repr_html_()
    output = nbformat.v4.new_output("display_data", data={"text/html": said})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[output])])
    shown = for_reading(notebook).cells[0].outputs[0].data["text/html"]
    assert "What happened: More than ten terabytes." in shown
    assert "locked" in said
    assert "locked" not in shown
    assert "Next time" not in shown


def test_an_unknown_edition_and_an_unreadable_source(source_dir, tmp_path):
    with pytest.raises(KeyError, match="poster"):
        build_all(source_dir, tmp_path / "out", "poster")
    (source_dir / "intro.py").write_text("# %%\n")
    with pytest.raises(SourceError, match=r"intro.py: a lesson is named like '02_star_trek.py'"):
        check_built(source_dir, tmp_path / "out")
