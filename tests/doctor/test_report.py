"""`course doctor` as a whole: a healthy machine, what a fault looks like, no other machine asked."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils import cli, doctor
from course_utils.doctor import folders
from course_utils.paths import ROOT

# Every connection and every name that is looked up, noted by Python itself.
WATCHED = """
import json, sys
asked = []
def note(event, arguments):
    if event == "socket.connect":
        asked.append(arguments[1][0] if isinstance(arguments[1], tuple) else "a file")
    if event == "socket.getaddrinfo":
        asked.append(arguments[0])
sys.addaudithook(note)
from course_utils import cli
cli.main(["doctor", *sys.argv[1:]])
print(json.dumps([str(place) for place in asked]))
"""


def test_on_a_working_machine_every_line_is_ok(capsys: pytest.CaptureFixture) -> None:
    assert cli.main(["doctor"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert len(lines) == len(doctor.CHECKS)
    assert all(line.startswith("OK   ") for line in lines), lines
    assert last == "Everything is ready."


def test_a_line_to_mend_names_what_to_type_and_the_exit_status_says_so(monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.setattr(folders, "NOTEBOOKS", tmp_path)
    assert cli.main(["doctor"]) == 1
    *lines, last = capsys.readouterr().out.splitlines()
    (wrong,) = [line for line in lines if line.startswith("FIX")]
    assert re.fullmatch(r"FIX  lessons: there is no notebook in .* \(type: .*course(\.py)? build\)", wrong)
    assert last == f"1 to mend, from the top down, in a terminal in {ROOT}"


def watched(*arguments: str) -> set[str]:
    """Whom `course doctor` speaks to."""
    command = [sys.executable, "-c", WATCHED, *arguments]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return set(json.loads(said.splitlines()[-1]))


def test_it_asks_no_other_machine_unless_it_is_told_to(monkeypatch, free_port, tmp_path: Path) -> None:
    """Also where there are a proxy, an account and a local SageMaker that has died."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:3128")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA0000000000000000")
    state = Path(os.environ["COURSE_STATE_DIR"])
    state.mkdir()
    (state / "server.json").write_text(json.dumps({"pid": os.getpid(), "port": free_port}), encoding="utf-8")
    assert watched() <= {"127.0.0.1", "localhost", "None"}
    assert "proxy.invalid" in watched("--online")


def test_without_any_package_the_report_still_says_what_to_type() -> None:
    """A Python that sees the course's folder and nothing that the course needs."""
    command = [sys.executable, "-S", "-m", "course_utils.cli", "doctor"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    (packages,) = [line for line in lines if line.startswith("FIX  packages: cannot be looked at")]
    assert "No module named 'packaging'" in packages
    assert "(type: " in packages
    assert len(lines) == len(doctor.CHECKS) + 1


def test_every_line_to_mend_ends_in_one_thing_to_type() -> None:
    assert str(doctor.Finding("tea", "cold", "boil")) == "FIX  tea: cold (type: boil)"
    assert str(doctor.Finding("tea", "hot")) == "OK   tea: hot"
