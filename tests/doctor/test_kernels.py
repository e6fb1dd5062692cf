"""Kernels that start another environment, or none."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from jupyter_client import KernelManager

from course_utils.doctor import kernels

Register = Callable[..., None]


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Register:
    """``register("old", "/gone/python")``: as `ipykernel install` writes it."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "registered"))

    def write(name: str, command: object) -> None:
        folder = tmp_path / "registered/kernels" / name
        folder.mkdir(parents=True, exist_ok=True)
        spec = {"argv": [str(command)], "display_name": name, "language": "python"}
        (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")

    return write


def test_the_lessons_kernel_starts_another_environment(register: Register, tmp_path: Path) -> None:
    """The other environment's python may be a link to ours, or be gone."""
    (tmp_path / "bin").mkdir()
    linked, gone = tmp_path / "bin/python", tmp_path / "bin/gone"
    linked.symlink_to(sys.executable)
    for command, ok in ((linked, False), (gone, False), (sys.executable, True)):
        register("python3", command)
        finding = kernels.kernels()
        assert finding.ok == ok, command
        assert ok or str(command) in finding.detail


def test_jupyter_itself_is_what_a_bare_python_means(register: Register, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    register("python3", "python")
    assert kernels.kernels().ok
    assert KernelManager(kernel_name="python3").format_kernel_cmd()[0] == sys.executable


def test_a_kernel_whose_environment_is_gone_and_what_to_type_removes_it(register, tmp_path, type_it) -> None:
    register("old-course", tmp_path / "deleted/bin/python")
    finding = kernels.kernels()
    assert f"old-course would start {tmp_path}/deleted/bin/python, which is not there" in finding.detail
    type_it(finding.fix)
    assert kernels.kernels().ok


def test_a_living_kernel_of_another_name_is_no_fault(register: Register, tmp_path: Path) -> None:
    other = tmp_path / "other/bin/python"
    other.parent.mkdir(parents=True)
    other.symlink_to(sys.executable)
    register("other-project", other)
    assert kernels.kernels().ok


def test_a_kernel_that_cannot_be_read(register: Register, tmp_path: Path) -> None:
    register("torn", sys.executable)
    (tmp_path / "registered/kernels/torn/kernel.json").write_text('{"argv": [', encoding="utf-8")
    finding = kernels.kernels()
    assert "torn cannot be read" in finding.detail
    assert finding.fix.endswith("kernelspec remove -y torn")
