"""`course test`: what its phases run on; one failing phase is neither hidden nor the end of the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_utils import cli
from course_utils.commands import test as command


def phase(name: str) -> command.Phase:
    (found,) = [phase for phase in command.phases(Path("scratch")) if phase.name == name]
    return found


def test_a_failing_phase_is_counted_and_the_next_ones_still_run(monkeypatch, capsys) -> None:
    statuses = {"first": 0, "second": 3, "third": 0}
    monkeypatch.setattr(command, "phases", lambda _: [command.Phase(name, ()) for name in statuses])
    monkeypatch.setattr(command.Phase, "run", lambda self: statuses[self.name])
    assert cli.main(["test"]) == 1
    summary = capsys.readouterr().out.split("== summary\n")[1].splitlines()
    assert [line.split()[0] for line in summary[:3]] == ["OK", "FAIL", "OK"]
    assert summary[3] == "2 passed, 1 failed"
    statuses["second"] = 0
    assert cli.main(["test"]) == 0


def test_other_arguments_go_to_pytest_and_its_status_comes_back(monkeypatch) -> None:
    ran = []
    monkeypatch.setattr(command.Phase, "run", lambda self: ran.append(self.command) or 5)
    assert cli.main(["test", "tests/fm", "-k", "replay"]) == 5
    assert ran == [("pytest", "tests/fm", "-k", "replay")]


def test_student_notebooks_see_the_archives_and_solved_ones_the_sample(monkeypatch) -> None:
    monkeypatch.setenv("COURSE_DATA_DIR", "/archives")
    student, solved = (
        phase(name).environment
        for name in ("notebooks as students open them", "notebooks solved, on the sample")
    )
    assert (student["COURSE_DATA_DIR"], student["COURSE_STRICT"]) == ("/archives", "unsolved")
    assert (solved["COURSE_DATA_DIR"], solved["COURSE_STRICT"]) == (None, "1")


@pytest.mark.parametrize("value", ["7", None])
def test_a_phase_changes_its_own_environment_only(monkeypatch, value) -> None:
    monkeypatch.setenv("COURSE_X", "6")
    seen = {}
    monkeypatch.setattr(
        command.subprocess,
        "run",
        lambda *_args, env, **_options: seen.update(env) or command.subprocess.CompletedProcess((), 0),
    )
    assert command.Phase("any", ("pytest",), {"COURSE_X": value}).run() == 0
    assert seen.get("COURSE_X") == value
    assert seen["COURSE_OFFLINE"] == "1"
