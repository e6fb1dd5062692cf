"""Starts, finds and stops the local SageMaker, which runs as a background process of its own.

The state folder holds everything: what the server remembers, ``server.json`` (process, port), ``server.log``,
the profile that points AWS clients here, and the working folders of jobs and endpoints. Two state folders are
two servers that do not know each other.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from course_utils.local_aws import isolation

START_SECONDS = 180  # it takes 3 on an idle machine, but not every machine is idle
_STOP_SECONDS = 15
_ASK_SECONDS = 5
_MARK = "local-sagemaker.txt"
_MARK_TEXT = (
    "This folder belongs to the local SageMaker of the course. "
    "To empty it, type: python3 course.py local reset\n"
)
# What may lie in a folder before it is marked: the learner's own images, and what a start makes first.
_UNMARKED = {_MARK, "images.json", "server.log", "lock", "port", "server.json", "profile"}
_KEPT = (_MARK, "images.json")  # by reset: the mark, and the learner's own settings
_children: list[subprocess.Popen] = []  # servers that this process started, to be reaped when they end


class ServerError(RuntimeError):
    """The local SageMaker did not start or did not stop; the text says why."""


@dataclass(frozen=True)
class Server:
    """A running local SageMaker.

    Attributes
    ----------
    url : str
        ``http://127.0.0.1:<port>``.
    state_dir : Path
    process : psutil.Process
        Told from another process that got the same number later.
    """

    url: str
    state_dir: Path
    process: psutil.Process = field(repr=False)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def what_runs(self) -> list[dict[str, str]]:
        """``kind, region, name, status, since`` of the jobs that are not over, and of all endpoints."""
        return _ask(self.port, "running")

    @property
    def outlives(self) -> bool:
        """Whether it goes on when the process that had started it ends."""
        return _ask(self.port, "health")["outlives"]

    @property
    def ours(self) -> bool:
        """Whether this very Python process started it."""
        return any(child.pid == self.pid for child in _children)

    def stop(self) -> None:
        """Stop it, with its jobs and endpoints, and wait until the process is gone.

        Raises
        ------
        ServerError
            When it does not even die of SIGKILL.
        """
        for end in (self.process.terminate, self.process.kill):
            with contextlib.suppress(psutil.NoSuchProcess):
                end()
            if _wait(lambda: not _alive(self.process), _STOP_SECONDS):
                break
        else:
            raise ServerError(f"the local SageMaker (process {self.pid}) does not stop")
        for child in _children:
            child.poll()


def default_state_dir() -> Path:
    """``COURSE_STATE_DIR``, or a folder in the learner's home that no other copy of the course uses."""
    value = os.environ.get("COURSE_STATE_DIR")
    if value:
        return Path(value)
    copy = hashlib.sha256(str(Path(__file__).resolve().parents[2]).encode()).hexdigest()[:8]
    return Path.home() / ".local" / "share" / "fm-course" / f"sagemaker-{copy}"


def claim(folder: Path) -> None:
    """Make a state folder and mark it as ours.

    Raises
    ------
    ServerError
        When it holds something else, or cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (folder / _MARK).exists():
            return
        strangers = sorted({path.name for path in folder.iterdir()} - _UNMARKED)
        if strangers:
            raise ServerError(
                f"{folder} holds something else ({', '.join(strangers[:3])}), so it is no place for the "
                "local SageMaker. Set the environment variable COURSE_STATE_DIR to a new or empty folder."
            )
        (folder / _MARK).write_text(_MARK_TEXT, "utf-8")
    except OSError as error:
        raise ServerError(
            f"the local SageMaker cannot write to its state folder {folder} ({error}). "
            "Set the environment variable COURSE_STATE_DIR to a folder that you may write to."
        ) from error


def reset(state_dir: Path | str | None = None) -> None:
    """Stop the server and delete all that it remembers.

    Raises
    ------
    ServerError
        When the folder is not one of a local SageMaker, or the server does not stop.
    """
    folder = resolve(state_dir)
    if not folder.exists():
        return
    if not (folder / _MARK).is_file():
        raise ServerError(f"{folder} is no folder of the local SageMaker; nothing was deleted")
    if found := running(folder):
        found.stop()
    try:
        for path in folder.iterdir():
            if path.name in _KEPT:
                continue
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    except OSError as error:
        raise ServerError(f"not everything could be deleted: {error}") from error


def running(state_dir: Path | str | None = None) -> Server | None:
    """The server of a state folder, or None; a ``server.json`` left behind by a dead one does not count."""
    folder = resolve(state_dir)
    try:
        note = json.loads((folder / "server.json").read_text("utf-8"))
        process = psutil.Process(note["pid"])
        if not _answers(note, folder, process):
            return None  # somebody else has that port now
        return Server(f"http://127.0.0.1:{note['port']}", folder, process)
    except (OSError, ValueError, KeyError, http.client.HTTPException, psutil.Error):
        return None


def _answers(note: dict[str, int], folder: Path, process: psutil.Process) -> bool:
    """Whether the process that a ``server.json`` names is the folder's server."""
    try:
        health = _ask(note["port"], "health")
    except TimeoutError:  # too busy, or it hangs; then it can be stopped at least
        return str(folder) in process.cmdline()
    return health.get("state_dir") == str(folder) and health.get("pid") == note["pid"]


def start(state_dir: Path | str | None = None, *, port: int = 0, outlive: bool = True) -> Server:
    """Start a server in the background and wait until it answers; one that runs already is returned as it is.

    Parameters
    ----------
    state_dir : path, optional
        Default: :func:`default_state_dir`.
    port : int
        0: the port of last time if it is free, else any free one. Any other: this one or none.
    outlive : bool
        Whether the server goes on when this process ends. If not, it ends with this process, however that
        ends.

    Raises
    ------
    ServerError
        When the state folder cannot be written, when the server runs on another port than the one asked for,
        or, with the end of its log, when it does not come up.
    """
    folder = resolve(state_dir)
    if found := running(folder):
        if port not in (0, found.port):
            raise ServerError(f"it runs already, at {found.url}. Stop it first, or leave out the port.")
        return found
    claim(folder)
    log = folder / "server.log"
    command = [sys.executable, "-m", "course_utils.local_aws", "--port", str(port), "--state", str(folder)]
    with log.open("ab") as output:
        before = output.tell()
        process = subprocess.Popen(
            [*command, *([] if outlive else ["--until-stdin-ends"])],
            stdin=subprocess.DEVNULL if outlive else subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=isolation.without_aws(os.environ),
            start_new_session=True,  # a Ctrl-C in this terminal, or its end, is not meant for the server
        )
    _children.append(process)
    # A second start at the same moment loses the race for the folder and ends; the winner is as good.
    _wait(lambda: running(folder) is not None or process.poll() is not None, START_SECONDS)
    found = running(folder)
    if found is None:
        process.kill()
        tail = log.read_bytes()[before:].decode("utf-8", "replace")[-2000:]
        raise ServerError(f"the local SageMaker did not start. The end of {log}:\n{tail}")
    return found


def resolve(state_dir: Path | str | None) -> Path:
    """The state folder's full path; None is :func:`default_state_dir`."""
    return (default_state_dir() if state_dir is None else Path(state_dir)).expanduser().resolve()


def _ask(port: int, what: str) -> Any:
    """``GET /_local/<what>``."""
    # http.client and not urllib, which would obey the learner's proxy settings
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ASK_SECONDS)
    with contextlib.closing(connection):
        connection.request("GET", f"/_local/{what}")
        return json.loads(connection.getresponse().read())


def _alive(process: psutil.Process) -> bool:
    """Whether it runs; one that has ended, but that its parent has not noticed yet, does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    """Look every 20 ms until ``condition()`` holds; False when time runs out."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
