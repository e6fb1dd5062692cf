"""The kernels that Jupyter knows."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from course_utils.doctor import typed
from course_utils.doctor.finding import Finding

OURS = "python3"
"""The kernel that the lessons ask for."""

BARE = (
    "python",
    f"python{sys.version_info.major}",
    f"python{sys.version_info.major}.{sys.version_info.minor}",
)
"""Jupyter puts its own Python in the place of these names, whatever PATH would find."""


def kernels() -> Finding:
    """Lessons run in this very environment, and no kernel is left over from one that is gone."""
    from jupyter_client.kernelspec import KernelSpecManager

    manager = KernelSpecManager()
    for name in sorted(manager.find_kernel_specs(), key=lambda name: (name != OURS, name)):
        if fault := _fault(manager, name):
            return Finding("kernel", fault, typed.module(f"jupyter kernelspec remove -y {name}"))
    return Finding("kernel", "notebooks run in the course's own environment")


def _fault(manager, name: str) -> str:
    try:
        command = manager.get_kernel_spec(name).argv[0]
    except (ValueError, IndexError, TypeError) as error:  # what a kernel.json that is none leads to
        return f"the kernel {name} cannot be read ({type(error).__name__}: {error})"
    if command in BARE:
        return ""
    starts = shutil.which(command)
    if starts is None:
        return f"the kernel {name} would start {command}, which is not there any more"
    # Folders are compared, not files: the pythons of two environments are often links to the same one.
    if name == OURS and Path(starts).parent.resolve() != Path(sys.executable).parent.resolve():
        return f"notebooks would run in {command}, not in {sys.executable}"
    return ""
