"""What can be wrong with a learner's machine, and what to type about it.

Every check returns a :class:`Finding`; none changes anything, and none needs the network. ``course doctor``
prints them, lesson 00 shows them.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from course_utils.paths import NOTEBOOKS, ROOT, lesson_notebooks

SET_UP_AGAIN = "python3 course.py doctor, after deleting the folder .venv"
NEEDED_BYTES = 1 << 30


@dataclass(frozen=True)
class Finding:
    """One line of the report: what was looked at, what was found, and what to type when it is wrong."""

    subject: str
    detail: str
    fix: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing needs doing."""
        return not self.fix

    def __str__(self) -> str:
        if self.ok:
            return f"OK   {self.subject}: {self.detail}"
        return f"FIX  {self.subject}: {self.detail} (type: {self.fix})"


def examine() -> list[Finding]:
    """Every check, in the order in which a learner should mend what is wrong."""
    checks: tuple[Callable[[], Finding], ...] = (
        python, packages, widgets, kernel, lessons, data, disk, loopback, local_sagemaker, aws,
    )  # fmt: skip
    return [check() for check in checks]


def python() -> Finding:
    """The interpreter is one that the course is tested with."""
    have = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Finding("Python", f"{have} (needs 3.11 to 3.13)")
    return Finding("Python", f"{have} is outside 3.11 to 3.13", "python3.12 course.py doctor")


def packages() -> Finding:
    """Every dependency is installed, in a version that fits."""
    wrong, right = [], 0
    for line in importlib.metadata.requires("fm-course") or []:
        wanted = Requirement(line)
        try:
            have = importlib.metadata.version(wanted.name)
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{wanted.name} is missing")
            continue
        if wanted.specifier.contains(have, prereleases=True):
            right += 1
        else:
            wrong.append(f"{wanted.name} {have}, needs {wanted.specifier}")
    if wrong:
        return Finding("packages", "; ".join(wrong), SET_UP_AGAIN)
    return Finding("packages", f"all {right} as the course needs them")


def widgets() -> Finding:
    """JupyterLab can draw widgets."""
    manager = Path(sys.prefix, "share/jupyter/labextensions/@jupyter-widgets/jupyterlab-manager/package.json")
    if not manager.is_file():
        return Finding("widgets", "JupyterLab's widget manager is missing", SET_UP_AGAIN)
    return Finding("widgets", f"JupyterLab widget manager {json.loads(manager.read_text())['version']}")


def kernel() -> Finding:
    """Notebooks run in this very environment, not in one that an older installation left behind."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        command = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except NoSuchKernel:
        return Finding("kernel", "there is no kernel named python3", SET_UP_AGAIN)
    starts = shutil.which(command) or command
    # Folders are compared, not files: the pythons of two environments are often links to the same one.
    ours = Path(starts).parent.resolve() == Path(sys.executable).parent.resolve()
    if command in ("python", "python3") or ours:
        return Finding("kernel", "notebooks run in the course's own environment")
    elsewhere = f"notebooks would run in {command}, not in {sys.executable}"
    return Finding("kernel", elsewhere, "jupyter kernelspec remove python3")


def lessons() -> Finding:
    """The notebooks are built."""
    have = lesson_notebooks(NOTEBOOKS)
    if not have:
        return Finding("lessons", f"there is no notebook in {NOTEBOOKS}", "python3 course.py build")
    return Finding("lessons", f"{len(have)} notebooks in {NOTEBOOKS.name}/")


def data() -> Finding:
    """MovieLens is here and whole; that it is absent is no fault."""
    from course_utils.datasets import movielens

    name = "ml-latest-small"
    try:
        place = movielens.locate(name)
    except movielens.ArchiveError as error:
        first_line = str(error).splitlines()[0]
        return Finding("data", first_line, f"python3 course.py data get {name}")
    if place is None:
        return Finding(
            "data", f"{name} is not here yet: the lessons fetch it, or use the made-up sample offline"
        )
    return Finding("data", f"{name} at {place}")


def disk() -> Finding:
    """There is room for archives, models and logs."""
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES:
        return Finding("disk", f"{free / 2**20:,.0f} MiB free, the course needs 1 GiB", "df -h .")
    return Finding("disk", f"{free / 2**30:,.1f} GiB free (needs 1)")


def loopback() -> Finding:
    """Servers can listen on this machine's own address."""
    try:
        with socket.create_server(("127.0.0.1", 0)):
            return Finding("network", "servers can listen on 127.0.0.1; the course needs no other network")
    except OSError as error:
        return Finding("network", f"nothing can listen on 127.0.0.1: {error}", "ip addr show lo")


def local_sagemaker() -> Finding:
    """Whether the local SageMaker runs; either way is fine."""
    from course_utils.local_aws import server

    running = server.running()
    if running is None:
        return Finding("local SageMaker", "not running; lesson 09 starts it by itself")
    return Finding("local SageMaker", f"running at {running.url}")


def aws() -> Finding:
    """Whether there are AWS credentials; either way is fine."""
    named = [name for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE") if os.environ.get(name)]
    if named or Path("~/.aws/credentials").expanduser().exists():
        return Finding("AWS", "you have AWS credentials; in local mode the course never uses them")
    return Finding("AWS", "no account configured, and that is fine: the course brings its own SageMaker")
