"""Fixtures that every test may use: where real data lies, and an offline, private home for state."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Examples have no time limit of their own: a busy machine would fail them.
settings.register_profile("course", deadline=None)
settings.load_profile("course")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for real data is marked so: ``-m "not golden and not movielens"`` leaves it out."""
    for item in items:
        for fixture, marker in (("golden_dir", "golden"), ("movielens_dir", "movielens")):
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)


def _folder_from(variable: str, what: str) -> Path:
    """The folder that ``variable`` names, or a skip (a failure when CI promised that nothing is skipped)."""
    value = os.environ.get(variable)
    if value and Path(value).is_dir():
        return Path(value)
    reason = f"{what} is not here: set {variable} to its folder (now {value!r})"
    if os.environ.get("COURSE_TEST_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def golden_dir() -> Path:
    """Folder of files that real SageMaker jobs left behind."""
    return _folder_from("COURSE_GOLDEN_DIR", "the golden data")


@pytest.fixture(scope="session")
def movielens_dir() -> Path:
    """Folder that holds real MovieLens archives."""
    return _folder_from("COURSE_DATA_DIR", "real MovieLens data")


@pytest.fixture(autouse=True)
def _private_and_offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test downloads anything, and none reads or writes the learner's own cache or state."""
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setenv("COURSE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("COURSE_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    """A fresh state folder for one local SageMaker."""
    return tmp_path / "state"
