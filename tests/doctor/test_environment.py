"""Wrong Python, missing and old packages, two SDKs at once, no widget manager."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from course_utils.doctor import environment, typed
from course_utils.paths import ROOT


def pretend(place: Path, name: str, version: str) -> Path:
    """A folder of packages in which ``name`` looks installed."""
    notes = place / f"{name}-{version}.dist-info"
    notes.mkdir(parents=True)
    (notes / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8"
    )
    return place


def test_wrong_python(monkeypatch) -> None:
    for version in ((3, 10, 2), (3, 14, 0)):
        monkeypatch.setattr(sys, "version_info", version)
        finding = environment.python()
        assert ".".join(map(str, version)) in finding.detail
        assert finding.fix.endswith(" course.py doctor")


def test_missing_and_old_packages_are_named(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(pretend(tmp_path, "moto", "4.2.14"))
    finding = environment.packages()
    assert finding.detail == "moto 4.2.14, needs >=5.2"
    assert finding.fix == typed.install()
    monkeypatch.setattr(sys, "path", [str(pretend(tmp_path / "bare", "fm_course", "0.1.0"))])
    needs = "Requires-Dist: moto>=5.2\nRequires-Dist: numpy>=2.2\n"
    with (tmp_path / "bare/fm_course-0.1.0.dist-info/METADATA").open("a", encoding="utf-8") as notes:
        notes.write(needs)
    assert environment.packages().detail == "moto is missing; numpy is missing"


def test_the_course_is_not_installed_in_this_python(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    finding = environment.packages()
    assert "the course is not installed" in finding.detail
    assert finding.fix


def test_version_2_of_the_sdk_in_the_place_of_3_or_beside_it(monkeypatch, tmp_path: Path) -> None:
    assert environment.sdk().ok
    monkeypatch.syspath_prepend(pretend(tmp_path, "sagemaker", "2.257.7"))
    finding = environment.sdk()
    assert finding.detail == "sagemaker 2.257.7, needs <4,>=3.27"
    assert "uninstall" in finding.fix
    assert typed.install() in finding.fix
    monkeypatch.setattr(sys, "path", [*sys.path[1:], str(tmp_path)])  # now it stands behind version 3
    assert "several at once: 3." in environment.sdk().detail


def test_files_of_version_2_left_in_version_3(monkeypatch, tmp_path: Path) -> None:
    mixed = tmp_path / "sagemaker"
    mixed.mkdir()
    for name in ("__init__.py", "estimator.py"):
        (mixed / name).touch()
    monkeypatch.delitem(sys.modules, "sagemaker", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    finding = environment.sdk()
    assert f"with files of version 2 in {mixed}" in finding.detail
    assert "uninstall" in finding.fix


def test_an_environment_without_the_widget_manager(tmp_path: Path) -> None:
    """A real environment that has every package, and none of JupyterLab's extensions."""
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    scripts = "Scripts" if os.name == "nt" else "bin"
    (packages,) = [path for path in (tmp_path / "bare").rglob("site-packages") if path.is_dir()]
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    command = [tmp_path / "bare" / scripts / "python", "-m", "course_utils.cli", "doctor"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    wrong = [line for line in done.stdout.splitlines() if line.startswith("FIX")]
    assert len(wrong) == 1, done
    assert wrong[0].startswith("FIX  widgets: JupyterLab's widget manager is missing")
    assert "--force-reinstall --no-deps -c requirements.lock jupyterlab-widgets" in wrong[0]
