"""Fixtures that every test may use: where real data lies, and an offline, private home for state."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
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


@pytest.fixture(scope="session")
def java_and_spark() -> None:
    """A skip where Spark cannot run (a failure when CI promised that nothing is skipped)."""
    from course_utils.shards import cluster  # not for every test

    reason = cluster.what_is_missing()
    if reason:
        pytest.fail(reason) if os.environ.get("COURSE_TEST_ALL") == "1" else pytest.skip(reason)


@pytest.fixture(autouse=True)
def _private_and_offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test downloads anything, and none reads or writes the learner's own cache or state."""
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setenv("COURSE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("COURSE_STATE_DIR", str(tmp_path / "state"))


# What may differ between two runs of one job: times, what follows from times and from random numbers, and
# numbers of processes and threads. Everything else, every counter included, must be the same.
_FLOAT = r"\d+\.\d+(e-?\d+)?"
_VARYING = [
    (r"^\[\d\d/\d\d/\d{4} \d\d:\d\d:\d\d (INFO|WARNING) \d+\]", r"[\1]"),
    (r"^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\]", "[TIME]"),
    (rf'"(StartTime|EndTime)": {_FLOAT}', r'"\1": #'),
    (r'"duration": \d+', '"duration": #'),
    (rf'"sum": {_FLOAT}, "count": 1, "min": {_FLOAT}, "max": {_FLOAT}', "TIMES"),
    (rf"(<loss>|<score>|throughput)={_FLOAT}", r"\1=#"),
    (rf"(#test_score .*), {_FLOAT}\)", r"\1, #)"),
    (r"^Process \d+", "Process #"),
    (r"took \d+\.\d{3} seconds", "took # seconds"),
    (r'"\S+/state-0001\.params"', '"state-0001.params"'),
    (r"from [^:]+/default-conf\.json", "from default-conf.json"),
]
# Lines of real logs that ours has not: warnings of MXNet's C++ part and of Python 3.8 about files that are
# not here, with the lines of code that they quote; and the seams of the notebooks that the logs were copied
# from: the SDK printed the platform's lines between those of the container, and did not begin new ones.
_ONLY_IN_REAL_LOGS = re.compile(r"SyntaxWarning|RuntimeWarning|^  |/opt/brazil-pkg-cache/|^>>> OUT stream|^$")
_SEAM = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [A-Z][a-z]+ - [\w .]*(?=\[|Docker entrypoint)")


@pytest.fixture(scope="session")
def log_template() -> Callable[[str], list[str]]:
    """``log_template(log)``: the lines of a container's log without what differs from run to run."""

    def template(log: str) -> list[str]:
        lines = [_SEAM.sub("", line) for line in log.splitlines() if not _ONLY_IN_REAL_LOGS.search(line)]
        for pattern, masked in _VARYING:
            lines = [re.sub(pattern, masked, line) for line in lines]
        return lines

    return template


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    """A fresh state folder for one local SageMaker."""
    return tmp_path / "state"
