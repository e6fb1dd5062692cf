"""course.py: which Python it takes, and when it sets things up again."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

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


def test_it_sets_up_again_when_the_lock_file_changes_and_not_otherwise(door, monkeypatch) -> None:
    door.BIN.mkdir(parents=True)
    (door.BIN / "python").symlink_to(sys.executable)
    ran, set_up = [], []
    monkeypatch.setattr(door, "set_up", lambda: (set_up.append(True), door.READY.write_text(door.state())))
    monkeypatch.setattr(door.os, "execv", lambda _path, command: ran.append(command))
    monkeypatch.setattr(door.subprocess, "call", lambda _command: 0)
    monkeypatch.setattr(sys, "argv", ["course.py", "doctor"])
    for expected in (1, 1):
        door.main()
        assert len(set_up) == expected
    (door.HERE / "uv.lock").write_text("changed")
    door.main()
    assert len(set_up) == 2
    assert ran[-1][-1] == "doctor"


def test_a_moved_or_broken_environment_is_not_used(door, monkeypatch) -> None:
    door.BIN.mkdir(parents=True)
    (door.BIN / "python").symlink_to(sys.executable)
    door.READY.write_text(door.state())
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
