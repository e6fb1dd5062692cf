"""`course lab` stops what it started and nothing else; tests/browser opens the real JupyterLab with it."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass, field

import pytest

from course_utils import cli
from course_utils.commands import lab


@dataclass
class FakeServer:
    """Stands in for a local SageMaker; real ones are started in tests/wire."""

    url: str = "http://127.0.0.1:1"
    stops: list[bool] = field(default_factory=list)

    def stop(self) -> None:
        self.stops.append(True)


@pytest.fixture(autouse=True)
def signals():
    """The command changes how its process takes signals; here that process is pytest."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def local(monkeypatch) -> FakeServer:
    """The server that `lab` will start, unless a test says that one runs already."""
    server = FakeServer()
    monkeypatch.setattr(lab.server, "running", lambda: None)
    monkeypatch.setattr(lab.server, "start", lambda: server)
    return server


def jupyter_is(monkeypatch, code: str) -> None:
    monkeypatch.setattr(lab, "lab_command", lambda *_: [sys.executable, "-c", code])


@pytest.mark.parametrize(
    ("code", "status"),
    [("", 0), ("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 15)", 0)],
)
def test_the_server_that_it_started_stops_with_jupyterlab(monkeypatch, local, capsys, code, status) -> None:
    jupyter_is(monkeypatch, code)
    assert cli.main(["lab"]) == status
    assert local.stops == [True]
    assert "JupyterLab and the local SageMaker have stopped." in capsys.readouterr().out


def test_a_server_that_was_running_before_goes_on(monkeypatch, local, capsys) -> None:
    older = FakeServer("http://127.0.0.1:2")
    monkeypatch.setattr(lab.server, "running", lambda: older)
    jupyter_is(monkeypatch, "")
    assert cli.main(["lab"]) == 0
    assert older.stops == local.stops == []
    told = capsys.readouterr().out
    assert older.url in told
    assert "JupyterLab has stopped." in told


def test_jupyterlab_does_not_outlive_a_server_that_fails_to_start(monkeypatch, local) -> None:
    def fail() -> FakeServer:
        raise RuntimeError("no port is free")

    started = []
    real = lab.subprocess.Popen
    monkeypatch.setattr(lab.subprocess, "Popen", lambda *a, **k: started.append(real(*a, **k)) or started[0])
    monkeypatch.setattr(lab.server, "start", fail)
    jupyter_is(monkeypatch, "import time; time.sleep(600)")
    with pytest.raises(RuntimeError, match="no port is free"):
        cli.main(["lab"])
    assert started[0].poll() is not None


def test_other_arguments_go_to_jupyterlab_and_its_settings_stay_the_learners_own(monkeypatch, local) -> None:
    seen = {}

    def popen(command, env, **_options):
        seen.update(command=command, env=env)
        return real([sys.executable, "-c", ""])

    real = lab.subprocess.Popen
    monkeypatch.setattr(lab.subprocess, "Popen", popen)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/their/own")
    assert cli.main(["lab", "--no-browser", "--lesson", "2", "--port", "9000"]) == 0
    assert seen["command"][-3:] == ["--no-browser", "--port", "9000"]
    assert any(part.endswith("/lab/tree/notebooks/02_star_trek.ipynb") for part in seen["command"])
    assert seen["env"]["JUPYTER_CONFIG_PATH"] == f"{lab.JUPYTER_SETTINGS}{os.pathsep}/their/own"
