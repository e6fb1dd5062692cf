"""`course doctor`: each check is provoked to fail, and says what to type."""

from __future__ import annotations

import importlib.metadata
import json
import re
import shutil
import socket
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from course_utils import cli, doctor


def test_on_a_working_machine_every_line_is_ok(capsys: pytest.CaptureFixture) -> None:
    assert cli.main(["doctor"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert len(lines) == len(doctor.examine())
    assert all(line.startswith("OK   ") for line in lines), lines
    assert last == "Everything is ready."


def test_a_line_to_mend_names_what_to_type_and_the_exit_status_says_so(monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.setattr(doctor, "NOTEBOOKS", tmp_path)
    assert cli.main(["doctor"]) == 1
    wrong = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FIX")]
    assert len(wrong) == 1
    assert re.fullmatch(
        r"FIX  lessons: there is no notebook in .* \(type: python3 course.py build\)", wrong[0]
    )


def test_wrong_python(monkeypatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 2))
    finding = doctor.python()
    assert not finding.ok
    assert "3.10.2" in finding.detail


def test_missing_and_old_packages_are_named(monkeypatch) -> None:
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name == "moto":
            raise importlib.metadata.PackageNotFoundError(name)
        return "2.257.7" if name == "sagemaker" else real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    finding = doctor.packages()
    assert not finding.ok
    assert "moto is missing" in finding.detail
    assert "sagemaker 2.257.7, needs <4,>=3.27" in finding.detail


def test_missing_widget_manager(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert not doctor.widgets().ok


def test_a_kernel_of_another_environment(monkeypatch, tmp_path: Path) -> None:
    """Another environment's python may be a link to ours, or be gone."""
    (tmp_path / "bin").mkdir()
    linked, gone = tmp_path / "bin/python", tmp_path / "bin/gone"
    linked.symlink_to(sys.executable)
    folder = tmp_path / "kernels/python3"
    folder.mkdir(parents=True)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    for command, ok in ((linked, False), (gone, False), (sys.executable, True)):
        argv = {"argv": [str(command)], "display_name": "old", "language": "python"}
        (folder / "kernel.json").write_text(json.dumps(argv))
        finding = doctor.kernel()
        assert finding.ok == ok, command
        assert ok or str(command) in finding.detail


def test_full_disk(monkeypatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12, 5 * 2**20))
    finding = doctor.disk()
    assert not finding.ok
    assert "5 MiB free" in finding.detail


def test_no_loopback(monkeypatch) -> None:
    def refuse(*_args, **_options):
        raise OSError("cannot assign requested address")

    monkeypatch.setattr(socket, "create_server", refuse)
    assert not doctor.loopback().ok


def test_damaged_data(monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "ml-latest-small.zip").write_bytes(b"not a zip")
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path))
    finding = doctor.data()
    assert not finding.ok
    assert "ml-latest-small" in finding.fix
