"""Other people's programs, to measure ourselves against. Each is kept apart in ``build/peers/``, made once.

A benchmark asks for what it needs, and says so in its table where that cannot be had:

    try:
        python = environment("myfm", ["myfm"])
    except PeerUnavailable as reason:
        report.text(f"myFM not reachable: {reason}")
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PEERS = Path(__file__).resolve().parents[1] / "build" / "peers"
LIBFM_REPOSITORY = "https://github.com/srendle/libfm"
LIBFM_FLAGS = ["-O3", "-march=native"]


class PeerUnavailable(RuntimeError):
    """A peer cannot be had on this machine; the message says why."""


def environment(name: str, packages: list[str]) -> Path:
    """The Python of a virtual environment of its own, with ``packages`` installed.

    Parameters
    ----------
    name : str
        Folder under ``build/peers``.
    packages : list of str
        Arguments of ``pip install``. When they change, the environment is made anew.

    Returns
    -------
    Path of its Python

    Raises
    ------
    PeerUnavailable
        If a package cannot be installed.
    """
    folder = PEERS / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    installed = folder / "installed.txt"
    wanted = "\n".join(packages) + "\n"
    if not (installed.exists() and installed.read_text() == wanted):
        shutil.rmtree(folder, ignore_errors=True)
        _call([sys.executable, "-m", "venv", str(folder)], f"no virtual environment for {name}")
        _call([str(python), "-m", "pip", "install", "--quiet", *packages], f"pip could not install {name}")
        installed.write_text(wanted)
    return python


def libfm() -> Path:
    """libFM's command line program: the one that ``LIBFM`` names, or one built here for this very CPU.

    The sources are taken from ``build/peers/libfm/src``; git fetches them if that folder is missing.

    Raises
    ------
    PeerUnavailable
        If there is neither such a program nor a way to build it.
    """
    if given := os.environ.get("LIBFM"):
        if not os.access(given, os.X_OK):
            raise PeerUnavailable(f"LIBFM names {given!r}, which is not a program that can be run.")
        return Path(given)
    folder = PEERS / "libfm"
    sources, program = folder / "src", folder / "libFM"
    if not program.exists():
        if not sources.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _call(["git", "clone", "--quiet", LIBFM_REPOSITORY, str(sources)], "no libFM sources")
        main = sources / "src" / "libfm" / "libfm.cpp"
        _call(["g++", *LIBFM_FLAGS, str(main), "-o", str(program)], "libFM did not compile")
    return program


def libfm_build() -> str:
    """How the program of :func:`libfm` was built, for a report."""
    if "LIBFM" in os.environ:
        return "libFM: the program named by the environment variable LIBFM"
    compiler = subprocess.run(["g++", "--version"], capture_output=True, text=True).stdout.partition("\n")[0]
    return f"libFM: built from source by {compiler}, {' '.join(LIBFM_FLAGS)}"


def _call(command: list[str], complaint: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise PeerUnavailable(f"{complaint}: {command[0]} is not installed.") from error
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).strip().splitlines() or [f"exit status {error.returncode}"]
        raise PeerUnavailable(f"{complaint}: {said[-1].strip()}") from error
