"""`course test`: what its phases run on; one failing phase is neither hidden nor the end of the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_utils import cli
from course_utils.commands import test as command


def phase(name: str) -> command.Phase:
    (found,) = [phase for group in command.phases(Path("scratch")) for phase in group if phase.name == name]
    return found


def test_a_failing_phase_is_counted_and_the_next_ones_still_run(monkeypatch, capsys) -> None:
    statuses = {"first": 0, "second": 3, "third": 0}
    groups = [("first",), ("second", "third")]
    made = [tuple(command.Phase(name, ()) for name in group) for group in groups]
    monkeypatch.setattr(command, "phases", lambda _: made)
    monkeypatch.setattr(command.Phase, "run", lambda self, _output=None: statuses[self.name])
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


def test_notebooks_run_unsolved_and_solved_on_sample_and_archives(monkeypatch) -> None:
    monkeypatch.setenv("COURSE_DATA_DIR", "/archives")
    states = set()
    for data, place in (("sample", None), ("archives", "/archives")):
        for kind, strict in (("unsolved", "unsolved"), ("solved", "1")):
            environment = phase(f"notebooks {kind}, on the {data}").environment
            assert (environment["COURSE_DATA_DIR"], environment["COURSE_STRICT"]) == (place, strict)
            states.add(environment["COURSE_STATE_DIR"])
    assert len(states) == 4  # a local SageMaker each: they run at the same time
    monkeypatch.delenv("COURSE_DATA_DIR")
    names = [phase.name for group in command.phases(Path("scratch")) for phase in group]
    assert "notebooks solved, on the sample" in names
    assert not [name for name in names if "archives" in name]


def test_phases_of_a_group_run_at_the_same_time_and_print_one_after_the_other(capfd, tmp_path) -> None:
    meet = (
        "import pathlib, sys, time\n"
        "mine, other = map(pathlib.Path, sys.argv[1:])\n"
        "print(mine.name); mine.touch()\n"
        "deadline = time.time() + 60\n"
        "while not other.exists() and time.time() < deadline: time.sleep(.01)\n"
        "print(mine.name); sys.exit(not other.exists())\n"
    )
    (tmp_path / "meet.py").write_text(meet)
    one, two = tmp_path / "one", tmp_path / "two"
    where = {"PYTHONPATH": str(tmp_path)}
    group = (
        command.Phase("first", ("meet", str(one), str(two)), where),
        command.Phase("second", ("meet", str(two), str(one)), where),
    )
    assert [status for _, status, _ in command.run_together(group)] == [0, 0]
    said = capfd.readouterr().out
    assert said.index("-- first\none\none\n") < said.index("-- second\ntwo\ntwo\n")


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
