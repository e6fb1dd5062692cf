"""Starting, finding and stopping servers by their state folders."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import psutil
import pytest

from course_utils.local_aws import server


def test_two_folders_are_two_servers_and_one_folder_is_one(tmp_path):
    first = server.start(tmp_path / "a")
    second = server.start(tmp_path / "b")
    try:
        assert first.url != second.url
        assert server.start(tmp_path / "a") == first
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
        assert outcome.returncode == server.FOLDER_IN_USE
        assert "runs already" in outcome.stderr
    finally:
        first.stop()
        second.stop()
    assert server.running(tmp_path / "a") is None
    assert server.running(tmp_path / "b") is None


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


def test_a_taken_port_is_said(tmp_path):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with pytest.raises(server.ServerError, match="Address already in use"):
            server.start(tmp_path, port=listener.getsockname()[1])
