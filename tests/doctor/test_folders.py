"""Missing lessons and data, a full disk."""

from __future__ import annotations

import shutil
from pathlib import Path

from course_utils.datasets import movielens, tables
from course_utils.doctor import folders


def test_no_lessons(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(folders, "NOTEBOOKS", tmp_path)
    assert folders.lessons().fix.endswith(" build")


def test_full_disk(monkeypatch, tmp_path: Path) -> None:
    """The disk is the real one; the course is made to need more than it has."""
    monkeypatch.setenv("COURSE_CACHE_DIR", str(tmp_path / "not/yet/there"))
    assert folders.disk().ok
    monkeypatch.setattr(folders, "NEEDED_BYTES", 2 * shutil.disk_usage(tmp_path).total)
    finding = folders.disk()
    assert "MiB free at /" in finding.detail
    assert finding.fix


def test_a_small_disk_counts_wherever_the_course_writes(monkeypatch, tmp_path: Path) -> None:
    """Homes and caches may lie on other disks than the course."""
    real = shutil.disk_usage
    small = tmp_path / "small"
    small.mkdir()

    def usage(place: Path):
        return real(place)._replace(free=5 * 2**20) if Path(place) == small else real(place)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    for variable in ("COURSE_CACHE_DIR", "COURSE_STATE_DIR"):
        with monkeypatch.context() as here:
            here.setenv(variable, str(small / "later"))
            assert f"5 MiB free at {small}" in folders.disk().detail
    assert folders.disk().ok


def test_damaged_data(monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "ml-latest-small.zip").write_bytes(b"not a zip")
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path))
    finding = folders.data()
    assert "is no complete zip file" in finding.detail
    assert finding.fix.endswith("data get ml-latest-small")


def test_data_that_are_not_where_the_learner_says(monkeypatch, tmp_path: Path) -> None:
    assert folders.data().ok  # nobody said that there are any
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "mistyped"))
    finding = folders.data()
    assert f"COURSE_DATA_DIR names {tmp_path / 'mistyped'}" in finding.detail
    assert finding.fix.endswith("data get ml-latest-small")


def test_real_data(movielens_dir: Path, monkeypatch) -> None:
    monkeypatch.setenv("COURSE_DATA_DIR", str(movielens_dir))
    finding = folders.data()
    assert finding.ok
    assert str(movielens.locate()) in finding.detail


def test_the_courses_own_tables_are_gone(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    finding = folders.data()
    assert "rendle.csv is missing" in finding.detail
    assert finding.fix == "git restore data"
