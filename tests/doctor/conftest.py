"""A machine on which nothing is wrong, whatever the real one is like."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(autouse=True)
def calm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free_port: int) -> None:
    """No proxy, no AWS, no kernels of the learner's own, and JupyterLab's port is free."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower() in PROXIES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "aws-credentials"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_PORT", str(free_port))
    monkeypatch.delenv("COURSE_DATA_DIR", raising=False)


@pytest.fixture
def type_it(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Type a line into a shell, and go on with the environment that it leaves behind."""

    def typed(line: str) -> None:
        shown = subprocess.run(["sh", "-ec", f"{line}\nenv -0"], stdout=subprocess.PIPE, check=True).stdout
        after = dict(entry.split("=", 1) for entry in shown.decode().split("\0") if entry)
        for name in set(os.environ) - set(after):
            monkeypatch.delenv(name)
        for name, value in after.items():
            monkeypatch.setenv(name, value)

    return typed
