from __future__ import annotations

import os

import nbformat
import pytest

from course_utils.build.execute import CellFailed, execute


def notebook(*codes):
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in codes])
    made.cells.insert(0, nbformat.v4.new_markdown_cell("# Title"))
    for number, cell in enumerate(made.cells, start=1):
        cell.id = f"nb97-{number:03d}"
    return made


RUN = (
    "import os, sys\nfrom IPython.display import display\nfrom course_utils.learn import Result, record",
    "record('rmse.fm', 0.87)\nrecord('top', ['Alien'])\nrecord('rmse.fm', 0.86)",
    "Result('E97.1', 'not attempted', 'words')",
    "print(os.getcwd())\nprint(*map(os.environ.get, ['COURSE_OFFLINE', 'COURSE_X', 'HOME_X']))",
    "import ipywidgets\nout = ipywidgets.Output()\nwith out:\n    print('captured')\nout",
    "print(out.outputs)",
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One run, looked at by several tests."""
    cwd = tmp_path_factory.mktemp("cwd")
    seen = []
    os.environ["HOME_X"] = "set"
    try:
        execution = execute(
            notebook(*RUN),
            lesson="97_square",
            cwd=cwd,
            timeout=60,
            env={"COURSE_OFFLINE": "1", "COURSE_X": "7", "HOME_X": None},
            on_cell=lambda done, total, cell, seconds: seen.append((done, total, cell.id, seconds)),
        )
    finally:
        del os.environ["HOME_X"]
    return execution, seen, cwd


def test_progress_and_timings_come_cell_by_cell(run):
    execution, seen, _ = run
    assert [(done, total) for done, total, _, _ in seen] == [(n, len(RUN)) for n in range(1, len(RUN) + 1)]
    assert execution.seconds == {cell_id: seconds for _, _, cell_id, seconds in seen}
    assert list(execution.seconds) == [f"nb97-{n:03d}" for n in range(2, len(RUN) + 2)]
    assert all(seconds >= 0 for seconds in execution.seconds.values())


def test_records_and_check_outcomes_are_collected(run):
    assert run[0].records == {"rmse.fm": 0.86, "top": ["Alien"]}
    assert run[0].checks == {"E97.1": "not attempted"}


def test_folder_and_environment(run):
    execution, _, cwd = run
    assert execution.notebook.cells[4].outputs[0].text == f"{cwd}\n1 7 None\n"


def test_a_recorded_figure_shows_nothing(run):
    assert [output.data for output in run[0].notebook.cells[2].outputs] == [{}, {}, {}]


def test_what_an_output_widget_captures_stays_out_of_the_kernel(run):
    """Telling the kernel can make nbclient miss a reply and wait for ever."""
    assert run[0].notebook.cells[6].outputs[0].text == "()\n"


def test_a_failing_cell_is_named_with_line_and_reason(tmp_path):
    bad = notebook("x = 1", "y = 0\ndef f():\n    return x / y\nf()\n", "never = 1")
    with pytest.raises(CellFailed) as caught:
        execute(bad, lesson="97_square", cwd=tmp_path, timeout=60)
    error = caught.value
    assert (error.cell_id, error.line) == ("nb97-003", 3)
    assert str(error) == (
        "97_square, cell nb97-003, line 3: return x / y\n  ZeroDivisionError: division by zero"
    )
    assert list(error.execution.seconds) == ["nb97-002", "nb97-003"]
    assert error.execution.notebook.cells[2].outputs[0].ename == "ZeroDivisionError"


def test_a_cell_that_takes_too_long_is_stopped(tmp_path):
    with pytest.raises(CellFailed, match=r"cell nb97-002\n  took longer than 1 seconds"):
        execute(notebook("import time; time.sleep(60)"), lesson="97_square", cwd=tmp_path, timeout=1)


def test_a_dead_kernel_is_noticed(tmp_path):
    with pytest.raises(CellFailed, match=r"cell nb97-002\n  the kernel died"):
        execute(notebook("import os; os._exit(1)"), lesson="97_square", cwd=tmp_path, timeout=60)
