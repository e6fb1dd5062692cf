"""Open the course in JupyterLab, with the local SageMaker beside it; Ctrl-C stops both.

Arguments that this command does not know go to JupyterLab, for example --port 9000.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from course_utils.local_aws import server
from course_utils.paths import ROOT, lesson_notebooks

# JupyterLab settings of the course: they apply to this start only, the learner's own stay untouched.
JUPYTER_SETTINGS = Path(__file__).resolve().parents[1] / "jupyter"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_browser_argument(parser)
    parser.add_argument("--lesson", default="00", metavar="NN", help="open this lesson first (default: 00)")


def add_browser_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-browser", action="store_true", help="print the address instead of opening it")


def main(options: argparse.Namespace) -> int:
    lessons = lesson_notebooks()
    lesson = lessons.get(options.lesson.zfill(2))
    if lesson is None:
        print(f"There is no lesson {options.lesson}. There are: {' '.join(lessons)}", file=sys.stderr)
        return 2
    return open_lab(f"/lab/tree/{lesson.relative_to(ROOT).as_posix()}", options)


def open_lab(page: str, options: argparse.Namespace, *settings: str) -> int:
    """Open a page of JupyterLab, with the local SageMaker beside it, and wait until Ctrl-C has stopped both.

    Parameters
    ----------
    page : str
        Path of its address, such as ``/lab/tree/notebooks/02_star_trek.ipynb``.
    options : Namespace
        Of the command: ``no_browser``, and ``rest``, the arguments that go to JupyterLab.
    settings : str
        More of JupyterLab's arguments.
    """
    lab = subprocess.Popen(lab_command(page, options, *settings), cwd=ROOT, env=lab_environment())
    signal.signal(signal.SIGTERM, lambda *_: lab.terminate())
    local = server.running()
    ours = local is None
    try:
        local = local or server.start()
        print(f"Local SageMaker: {local.url}   (nothing here can reach AWS or cost money)", flush=True)
        return wait(lab)
    except server.ServerError as error:
        print(f"FIX  {error}", file=sys.stderr)
        return 1
    finally:
        if lab.poll() is None:
            lab.terminate()
            lab.wait()
        if ours and local is not None:
            local.stop()
        print("JupyterLab and the local SageMaker have stopped." if ours else "JupyterLab has stopped.")


def lab_command(page: str, options: argparse.Namespace, *settings: str) -> list[str]:
    command = [
        *(sys.executable, "-m", "jupyterlab", "-y"),  # -y: Ctrl-C stops at once, without a question
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.allow_root=True",  # containers run as root; the server listens on loopback only
        "--ServerApp.log_level=ERROR",  # the address is still printed, and nothing else
        f"--LabApp.default_url={page}",
        *settings,
    ]
    return [*command, *(["--no-browser"] if options.no_browser else []), *options.rest]


def lab_environment() -> dict[str, str]:
    others = os.environ.get("JUPYTER_CONFIG_PATH")
    path = os.pathsep.join([str(JUPYTER_SETTINGS), *([others] if others else [])])
    return {**os.environ, "JUPYTER_CONFIG_PATH": path, "JUPYTER_PREFER_ENV_PATH": "1"}


def wait(process: subprocess.Popen) -> int:
    """Wait for JupyterLab to end. A Ctrl-C reaches it too and stops it; here it is outlived."""

    def outlive(_signal: int, _frame: FrameType | None) -> None:
        return None

    signal.signal(signal.SIGINT, outlive)
    status = process.wait()
    return 0 if status in (0, -signal.SIGTERM, -signal.SIGINT) else status
