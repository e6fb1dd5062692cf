"""The command line: what it offers, refuses and passes on; the data, build and run commands."""

from __future__ import annotations

import json
import os
from pathlib import Path

import nbformat
import pytest

from course_utils import cli
from course_utils.commands import build, doctor, run
from course_utils.datasets import movielens
from course_utils.local_aws import server


def test_help_names_every_command(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert all(f"\n    {name} " in text for name in cli.COMMANDS)


def test_no_command_and_a_wrong_argument_are_refused(capsys: pytest.CaptureFixture) -> None:
    for arguments in ([], ["dance"], ["doctor", "--loudly"]):
        with pytest.raises(SystemExit) as stop:
            cli.main(arguments)
        assert stop.value.code == 2
    assert "--loudly" in capsys.readouterr().err


def test_relative_folders_hold_in_kernels_too(monkeypatch, tmp_path: Path) -> None:
    """A kernel runs in the notebook's folder; ``COURSE_DATA_DIR=archives`` must not change its meaning."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_DATA_DIR", "archives")
    seen = []
    monkeypatch.setattr(doctor, "main", lambda _options: seen.append(os.environ["COURSE_DATA_DIR"]) or 0)
    assert cli.main(["doctor"]) == 0
    assert seen == [str(tmp_path / "archives")]


def test_lab_refuses_a_lesson_that_is_not_there_before_it_starts_anything(
    capsys: pytest.CaptureFixture,
) -> None:
    assert cli.main(["lab", "--lesson", "77"]) == 2
    assert "There are: 00 01 02" in capsys.readouterr().err


def test_data_lists_every_archive_and_flags_a_damaged_one(monkeypatch, capsys, tmp_path: Path) -> None:
    assert cli.main(["data"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == list(movielens.ARCHIVES)
    assert all(line.startswith("--") for line in lines)
    (tmp_path / "ml-100k.zip").write_bytes(b"half a zip")
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path))
    assert cli.main(["data", "list"]) == 1
    assert "FIX  ml-100k" in capsys.readouterr().out


def test_data_get_without_a_network_says_what_to_do(capsys: pytest.CaptureFixture) -> None:
    assert cli.main(["data", "get", "ml-latest-small"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("FIX  ")
    assert "COURSE_DATA_DIR" in told


def test_local_status_without_a_server(capsys: pytest.CaptureFixture) -> None:
    assert cli.main(["local", "status"]) == 1
    assert "python3 course.py local start" in capsys.readouterr().out


@pytest.fixture(autouse=True)
def no_archives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this machine has, the tests begin without MovieLens."""
    monkeypatch.delenv("COURSE_DATA_DIR", raising=False)


SOURCE = """# %% [markdown]
# # Add two numbers
#
# **You will** add. **You need** nothing. **Time** 1 minute.

# %% tags=["nbval-check-output"]
print(1 + 1)
"""


@pytest.fixture
def course(monkeypatch, tmp_path: Path) -> Path:
    """A course of one small lesson, not built yet."""
    source = tmp_path / "notebooks/source"
    source.mkdir(parents=True)
    (source / "98_add.py").write_text(SOURCE)
    monkeypatch.setattr(build, "SOURCES", source)
    monkeypatch.setattr(build, "lint", lambda _: [])  # style has tests of its own
    monkeypatch.setattr(build, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(run, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(run, "BUILD", tmp_path / "build")
    monkeypatch.setattr(run, "REPORT", tmp_path / "build/report.json")
    monkeypatch.setattr(run, "PAGES", tmp_path / "build/pages")
    return tmp_path


def put_lesson(folder: Path, number: int, *codes: str) -> None:
    """Put a notebook of these code cells into a folder."""
    cells = [nbformat.v4.new_markdown_cell("# Add two numbers"), *map(nbformat.v4.new_code_cell, codes)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / f"{number}_add.ipynb")


def test_build_check_tells_a_stale_notebook_from_a_current_one(course: Path, capsys) -> None:
    assert cli.main(["build"]) == 0
    assert cli.main(["build", "--check"]) == 0
    source = course / "notebooks/source/98_add.py"
    source.write_text(source.read_text().replace("1 + 1", "2 + 2"))
    assert cli.main(["build", "--check"]) == 1
    assert "98_add.ipynb differs from its source" in capsys.readouterr().out


def test_run_reports_what_a_lesson_recorded_and_what_failed(course: Path, capsys) -> None:
    record = 'from course_utils.learn import record\nrecord("toy.rmse", 0.5)'
    put_lesson(course / "notebooks", 98, record, "1 / 0")
    assert cli.main(["run", "98"]) == 1
    report = json.loads((course / "build/report.json").read_text())
    (lesson,) = report["lessons"]
    assert report["data"] == "made-up sample"
    assert lesson["figures"] == {"toy.rmse": 0.5}
    assert "ZeroDivisionError" in lesson["error"]
    assert lesson["seconds"] > 0
    assert "Add two numbers" in (course / "build/pages/98_add.html").read_text()
    assert "toy.rmse = 0.5000" in capsys.readouterr().out


def test_run_names_every_lesson_that_is_not_there_and_runs_none(course: Path, capsys) -> None:
    put_lesson(course / "notebooks", 98)
    assert cli.main(["run", "98", "97", "3"]) == 2
    assert "There is no lesson 03 97. There are: 98" in capsys.readouterr().err
    assert not (course / "build").exists()


def test_run_reports_a_broken_notebook_and_a_damaged_archive(course: Path, monkeypatch, capsys) -> None:
    """As after a merge conflict, and after a download that was cut short."""
    (course / "notebooks/97_broken.ipynb").write_text("<<<<<<< HEAD\n{}\n")
    (course / "ml-latest-small.zip").write_bytes(b"half a zip")
    monkeypatch.setenv("COURSE_DATA_DIR", str(course))
    assert cli.main(["run"]) == 1
    report = json.loads((course / "build/report.json").read_text())
    assert "97_broken.ipynb is not a notebook" in report["lessons"][0]["error"]
    assert report["data"] == "a damaged ml-latest-small.zip"
    assert "FAIL" in capsys.readouterr().out


def test_a_local_sagemaker_that_cannot_start_is_told_without_a_traceback(monkeypatch, capsys) -> None:
    def refuse(**_: object) -> None:
        raise server.ServerError("no room for its state")

    monkeypatch.setattr(server, "start", refuse)
    assert cli.main(["local", "start"]) == 1
    assert capsys.readouterr().err == "FIX  no room for its state\n"
