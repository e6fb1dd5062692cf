"""Starting, finding and stopping servers by their state folders."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from course_utils.local_aws import __main__ as program
from course_utils.local_aws import server


def test_two_folders_are_two_servers_and_one_folder_is_one(tmp_path):
    first = server.start(tmp_path / "a")
    second = server.start(tmp_path / "b")
    try:
        assert first.url != second.url
        assert server.start(tmp_path / "a") == first
        assert first.state_dir.stat().st_mode & 0o077 == 0 or os.name != "posix"
        assert server.running(tmp_path / "b") == second
        listening = {
            connection.laddr.ip
            for connection in psutil.Process(first.pid).net_connections()
            if connection.status == psutil.CONN_LISTEN
        }
        assert listening == {"127.0.0.1"}
        # A process that is started by hand on a folder in use gives way.
        outcome = subprocess.run(
            [sys.executable, "-m", "course_utils.local_aws", "--state", str(tmp_path / "a")],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert outcome.returncode == program.FOLDER_IN_USE
        assert "runs already" in outcome.stderr
    finally:
        first.stop()
        second.stop()
    assert server.running(tmp_path / "a") is None
    assert server.running(tmp_path / "b") is None


def test_another_process_can_stop_it_while_its_starter_lives(tmp_path):
    """Its starter has not noticed the end yet, so there is a zombie; and stopping twice hurts nobody."""
    started = server.start(tmp_path)
    assert started.ours
    outcome = subprocess.run(
        [sys.executable, "-m", "course_utils.cli", "local", "stop"],
        env={**os.environ, "COURSE_STATE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert server.running(tmp_path) is None
    started.stop()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGSTOP")
def test_a_server_that_hangs_is_found_and_can_be_stopped(tmp_path, monkeypatch):
    started = server.start(tmp_path)
    os.kill(started.pid, signal.SIGSTOP)
    try:
        monkeypatch.setattr(server, "_ASK_SECONDS", 0.2)
        monkeypatch.setattr(server, "_STOP_SECONDS", 3)
        server.running(tmp_path).stop()
        assert not started.process.is_running() or started.process.status() == psutil.STATUS_ZOMBIE
        assert server.running(tmp_path) is None
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            started.process.kill()


def test_a_server_that_ends_with_its_starter_says_nothing_at_its_end(tmp_path):
    started = server.start(tmp_path, outlive=False)
    started.stop()
    assert (tmp_path / "server.log").read_text() == f"local SageMaker at {started.url}\n"


def test_a_folder_that_is_being_left_is_waited_for_and_one_in_use_is_not(tmp_path, monkeypatch):
    answers = iter([False, False, True])
    monkeypatch.setattr(program, "try_lock", lambda _: next(answers))
    assert program.lock_folder(None, tmp_path)
    assert list(answers) == []
    monkeypatch.setattr(program, "try_lock", lambda _: False)
    monkeypatch.setattr(program, "running", lambda _: object())
    assert not program.lock_folder(None, tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no flock")
def test_a_folder_that_knows_no_locks_is_an_error_and_not_taken_for_one_in_use(tmp_path, monkeypatch):
    import fcntl

    def no_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    with (tmp_path / "lock").open("w") as first, (tmp_path / "lock").open("w") as second:
        assert program.try_lock(first)
        assert not program.try_lock(second)
        monkeypatch.setattr(fcntl, "flock", no_locks)
        with pytest.raises(OSError, match="No locks"):
            program.try_lock(second)


def test_a_folder_that_cannot_be_written_is_said_with_its_remedy(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(server.ServerError, match="Set the environment variable COURSE_STATE_DIR"):
        server.start(tmp_path / "file" / "state")


def test_a_folder_that_cannot_be_used_is_said_without_a_traceback(tmp_path):
    (tmp_path / "images.json").write_text("{}")
    server.claim(tmp_path)
    (tmp_path / "state.db").mkdir()
    with pytest.raises(server.ServerError, match="cannot use its state folder") as error:
        server.start(tmp_path)
    assert "Traceback" not in str(error.value)


def test_a_note_of_a_dead_or_foreign_server_does_not_count(tmp_path):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        note = {"pid": os.getpid(), "port": listener.getsockname()[1]}
        (tmp_path / "server.json").write_text(json.dumps(note))
    assert server.running(tmp_path) is None
    other = server.start(tmp_path / "other")
    try:
        (tmp_path / "server.json").write_text(
            json.dumps({"pid": other.pid, "port": urlsplit(other.url).port})
        )
        assert server.running(tmp_path) is None  # that server belongs to another folder
        (tmp_path / "server.json").write_text("{broken")
        assert server.running(tmp_path) is None
    finally:
        other.stop()


def test_two_copies_of_the_course_do_not_share_a_folder(tmp_path, monkeypatch):
    package = Path(server.__file__).parents[1]
    for name in ("__init__.py", "local_aws/__init__.py", "local_aws/server.py", "local_aws/isolation.py"):
        copied = tmp_path / "copy" / "course_utils" / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(package / name, copied)
    monkeypatch.delenv("COURSE_STATE_DIR")
    monkeypatch.setenv("HOME", str(tmp_path))
    script = "from course_utils.local_aws import server; print(server.default_state_dir())"
    folders = {
        subprocess.run(
            [sys.executable, "-P", "-c", script],
            env={"PYTHONPATH": str(copy), "HOME": str(tmp_path), "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for copy in (package.parent, tmp_path / "copy", tmp_path / "copy")
    }
    assert len(folders) == 2
    assert str(server.default_state_dir()) in folders
    assert {Path(folder).parent for folder in folders} == {tmp_path / ".local" / "share" / "fm-course"}


def test_last_times_port_is_taken_again_unless_somebody_else_has_it(tmp_path):
    ports = []
    for _ in range(2):
        started = server.start(tmp_path)
        ports.append(started.port)
        started.stop()
    assert ports[0] == ports[1]
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", ports[0]))
        other.listen()
        started = server.start(tmp_path)
        started.stop()
        assert started.port != ports[0]


def test_a_folder_with_something_else_in_it_is_not_taken_over(tmp_path):
    (tmp_path / "images.json").write_text("{}")
    server.claim(tmp_path)
    server.claim(tmp_path)
    (tmp_path / "later.txt").touch()
    server.claim(tmp_path)  # it is ours, whatever is put there later
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").touch()
    with pytest.raises(server.ServerError, match=r"holds something else \(thesis.txt\)"):
        server.claim(tmp_path / "other")
    with pytest.raises(server.ServerError, match="nothing was deleted"):
        server.reset(tmp_path / "other")


def test_a_taken_port_is_said(tmp_path):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        (tmp_path / "server.log").write_text("what an earlier server said\n")
        with pytest.raises(server.ServerError, match=r"port \d+ cannot be used .*already in use") as error:
            server.start(tmp_path, port=listener.getsockname()[1])
        assert "earlier" not in str(error.value)
