"""What to type, in the course's folder: in this system's words, for the environment that is running."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shlex
import shutil
import sys
from pathlib import Path

from course_utils.paths import ROOT

WINDOWS = os.name == "nt"  # where PowerShell is meant


def course(command: str) -> str:
    """A command of the course, through the door by which the learner came in."""
    if _made_by_uv():
        return f"uv run course {command}"
    if _course_is_installed() and not Path(sys.prefix, "course-ready").is_file():
        return f"course {command}"
    return f"{'py' if WINDOWS else 'python3'} course.py {command}"


def install(what: str = "-r requirements.lock -e .") -> str:
    """Put packages into the environment that is running; by default, all as they are locked."""
    if sys.prefix == sys.base_prefix and not Path(sys.prefix, "conda-meta").is_dir():
        return course("doctor")  # the system's own Python is no place for packages: the front door makes one
    return f"{_pip('install')} {what}"


def uninstall(what: str) -> str:
    """Take a package out of the environment that is running."""
    return f"{_pip('uninstall')} {what}"


def module(name: str) -> str:
    """``python -m name`` with the interpreter that is running."""
    return f"{_python()} -m {name}"


def setting(name: str, value: str) -> str:
    """Set an environment variable in this terminal."""
    return f'$Env:{name} = "{value}"' if WINDOWS else f"export {name}={shlex.quote(value)}"


def without(*names: str) -> str:
    """Forget environment variables in this terminal."""
    return (
        f"Remove-Item {','.join(f'Env:{name}' for name in names)}" if WINDOWS else f"unset {' '.join(names)}"
    )


def largest_folders() -> str:
    """Show what takes the most room."""
    return "start ms-settings:storagesense" if WINDOWS else "du -xhd1 ~ | sort -h"


def _pip(action: str) -> str:
    if importlib.util.find_spec("pip"):
        return module(f"pip {action}{' -y' if action == 'uninstall' else ''}")
    return f"uv pip {action} --python {_python()}"  # environments that uv made have no pip


def _python() -> str:
    running = Path(sys.executable)
    found = shutil.which("python")
    if found and Path(found).parent == running.parent:
        return "python"
    if running.is_relative_to(ROOT):
        return str(running.relative_to(ROOT))
    return f'& "{running}"' if WINDOWS else shlex.quote(str(running))


def _made_by_uv() -> bool:
    notes = Path(sys.prefix, "pyvenv.cfg")
    return notes.is_file() and "\nuv = " in notes.read_text(encoding="utf-8")


def _course_is_installed() -> bool:
    try:
        importlib.metadata.distribution("fm-course")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
