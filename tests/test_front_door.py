"""course.py: which Python it takes, and when it sets things up again."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from course_utils import cli
from course_utils.paths import ROOT


@pytest.fixture
def door(tmp_path: Path) -> ModuleType:
    """course.py, standing in a folder of its own."""
    for name in ("course.py", "uv.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    spec = importlib.util.spec_from_file_location("front_door", tmp_path / "course.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_takes_this_python(door: ModuleType) -> None:
    assert door.suitable_python() == sys.executable


@pytest.mark.parametrize("version", [(3, 10, 9), (3, 14, 0)])
def test_it_looks_for_a_fitting_python_on_the_path(door, monkeypatch, tmp_path, version) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    fitting = tmp_path / "python3.12"
    fitting.write_text("#!/bin/sh\n")
    fitting.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert door.suitable_python() == str(fitting)


def test_without_a_fitting_python_it_says_which_ones_fit(door, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11, 3\.12 or 3\.13; this is 3\.9\.1"):
        door.suitable_python()


@pytest.fixture
def come(door: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[list[str]]]:
    """``come("lab")``: go through the door for that command; returns the programs that set things up.

    Set-up is the real one, but the programs that it calls (venv, pip, uv) are only noted.
    """
    called: list[list[str]] = []

    def run(step: str, command: list[object], **_options: object) -> None:
        called.append([Path(command[0]).name, *map(str, command[1:])])
        if step == "making .venv":
            door.BIN.mkdir(parents=True)
            door.PYTHON.symlink_to(sys.executable)

    def through(*arguments: str) -> list[list[str]]:
        called.clear()
        monkeypatch.setattr(sys, "argv", ["course.py", *arguments])
        door.main()
        assert handed_over[-1] == [str(door.PYTHON), "-m", "course_utils.cli", *arguments]
        return list(called)

    handed_over: list[list[str]] = []
    monkeypatch.setattr(door, "run", run)
    monkeypatch.setattr(door.os, "execv", lambda _path, command: handed_over.append(command))
    return through


def groups_of(calls: list[list[str]]) -> list[str]:
    """The extra groups that ``uv sync`` was asked for; one sync is expected."""
    (sync,) = [call for call in calls if call[1] == "sync"]
    return [word for word in sync if word.startswith("--group")]


def test_it_sets_up_again_when_the_lock_file_changes_and_not_otherwise(door, come) -> None:
    assert groups_of(come("doctor")) == []
    assert come("doctor") == []
    (door.HERE / "uv.lock").write_text("changed")
    calls = come("doctor")
    assert groups_of(calls) == []
    assert not any("venv" in call for call in calls)  # the environment itself is kept
    assert come("doctor") == []


def test_only_the_tests_get_spark_and_what_is_there_stays(door, come) -> None:
    """lab, test, lab, test: one set-up for each of the first two, none after that."""
    assert groups_of(come("lab")) == []
    assert groups_of(come("test", "tests/fm")) == ["--group=spark"]
    assert come("lab") == come("test") == come() == []
    (door.HERE / "uv.lock").write_text("changed")
    assert groups_of(come("lab")) == ["--group=spark"]  # else an old one would stay beside new packages


def test_the_groups_that_it_asks_for_are_in_pyproject(door) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for command, groups in door.MORE_FOR.items():
        assert command in cli.COMMANDS
        assert groups <= set(project["dependency-groups"]) - set(project["tool"]["uv"]["default-groups"])


def test_a_moved_or_broken_environment_is_not_used(door, monkeypatch) -> None:
    door.BIN.mkdir(parents=True)
    (door.BIN / "python").symlink_to(sys.executable)
    door.READY.write_text("\n".join(door.state(set())), encoding="utf-8")
    assert door.usable()
    (door.BIN / "python").unlink()
    (door.BIN / "python").write_text("#!/bin/sh\nexit 1\n")
    (door.BIN / "python").chmod(0o755)
    assert not door.usable()
    door.READY.write_text("/somewhere/else\nabc\n")
    assert not door.usable()


def test_a_step_that_fails_says_which_and_how_to_begin_afresh(door) -> None:
    with pytest.raises(SystemExit, match=r"(?s)stopped at: making tea.*begin afresh, delete .*\.venv"):
        door.run("making tea", [sys.executable, "-c", "raise SystemExit(3)"])
