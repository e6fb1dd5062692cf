"""A container without Docker: a process, its private ``/opt/ml`` and its output.

The program is told where its ``/opt/ml`` lies by ``SAGEMAKER_BASE_DIR``, and it sees no credentials. It runs
under :mod:`~course_utils.local_aws.containers.guard`, so it dies with the server.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from course_utils.local_aws import texts
from course_utils.local_aws.containers import guard
from course_utils.local_aws.logs.stream import pump

OPT_ML = "/opt/ml"
_LAST_OUTPUT_SECONDS = 10
# What a program needs of this machine; everything else (credentials, proxies, the learner's settings) stays
# outside.
_PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT", "TEMP")
# What decides which code is run. Whoever may ask for a job, such as another user of a shared machine, may not
# by that run programs in the learner's name.
_RESERVED = re.compile(
    r"(LD|DYLD)_.*|PYTHON.*|PATH|HOME|TMPDIR|TEMP|SYSTEMROOT|COMSPEC|PATHEXT", re.IGNORECASE
)


class Container:
    """A started program.

    Parameters
    ----------
    command : list of str
        What to run.
    root : Path
        Its ``/opt/ml``; also its working folder and its home.
    environment : dict
        Variables besides the machine's own, whose names it cannot have; the log says so.
    sinks : list of callable
        Each gets every line of its output.
    """

    def __init__(
        self, command: list[str], root: Path, environment: dict[str, str], sinks: list[Callable[[str], None]]
    ) -> None:
        machine = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        refused = sorted(name for name in environment if _RESERVED.fullmatch(name))
        for sink in sinks:
            for name in refused:
                sink(texts.variable_reserved(name))
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=root,
            env={
                **machine,
                "HOME": str(root),
                "PYTHONUNBUFFERED": "1",
                "AWS_EC2_METADATA_DISABLED": "true",
                **{name: value for name, value in environment.items() if name not in refused},
                "SAGEMAKER_BASE_DIR": str(root),
            },
            start_new_session=os.name == "posix",
        )
        self._orders = threading.Lock()  # several threads may stop it and wait for it
        self._output = pump(self._guard.stdout, [as_seen_inside(root, sink) for sink in sinks])

    @property
    def running(self) -> bool:
        return self._guard.poll() is None

    def wait(self, timeout: float | None = None) -> int:
        """Exit status, once the program has ended and its output is read.

        Output that something it left behind still holds open is not waited for.

        Raises
        ------
        subprocess.TimeoutExpired
            When it still runs after ``timeout`` seconds.
        """
        status = self._guard.wait(timeout)
        self._output.join(_LAST_OUTPUT_SECONDS)
        with self._orders:
            self._guard.stdin.close()
        return 128 - status if status < 0 else status  # negative: the guard itself was killed

    def terminate(self) -> None:
        """Ask the program to end (SIGTERM), as ``docker stop`` does."""
        self._order(b"T")

    def stop(self, grace: float) -> int:
        """Ask it to end, kill it after ``grace`` seconds; returns the exit status."""
        self.terminate()
        try:
            return self.wait(grace)
        except subprocess.TimeoutExpired:
            self._order(b"K")
            return self.wait()

    def _order(self, order: bytes) -> None:
        with self._orders, contextlib.suppress(OSError, ValueError):  # it has ended already
            os.write(self._guard.stdin.fileno(), order)  # unbuffered: an order never waits


def as_seen_inside(root: Path, sink: Callable[[str], None]) -> Callable[[str], None]:
    """``sink`` for lines in which the container's root is written ``/opt/ml``, as a real container has it."""
    outside = str(root)
    return lambda line: sink(line.replace(outside, OPT_ML))


def write_config(root: Path, name: str, content: object) -> None:
    """Write ``input/config/<name>.json`` under ``root``."""
    folder = root / "input" / "config"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(content), "utf-8")
