"""The Python that runs, and what is installed in it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import sys
from pathlib import Path

from course_utils.doctor import typed
from course_utils.doctor.finding import Finding

COURSE = "fm-course"
SDK = "sagemaker"
MANAGER = "@jupyter-widgets/jupyterlab-manager"


def python() -> Finding:
    """The interpreter is one that the course is tested with."""
    have = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Finding("Python", f"{have} (needs 3.11 to 3.13)")
    other = "py -3.12" if typed.WINDOWS else "python3.12"
    return Finding("Python", f"{have} is outside 3.11 to 3.13", f"{other} course.py doctor")


def packages() -> Finding:
    """Every dependency is installed, in a version that fits. The SDK has a check of its own."""
    from packaging.requirements import Requirement

    try:
        wanted = [Requirement(line) for line in importlib.metadata.requires(COURSE) or []]
    except importlib.metadata.PackageNotFoundError:
        return Finding(
            "packages", f"the course is not installed in this Python, {sys.executable}", typed.install()
        )
    wrong = [fault for each in wanted if each.name != SDK and (fault := _fault(each.name, each.specifier))]
    if wrong:
        return Finding("packages", "; ".join(wrong), typed.install())
    return Finding("packages", f"all {len(wanted)} as the course needs them")


def sdk() -> Finding:
    """SageMaker's SDK is version 3, alone: version 2 installed over it leaves a mixture of both."""
    from packaging.requirements import Requirement

    subject = "SageMaker SDK"
    wanted = {each.name: each for each in map(Requirement, importlib.metadata.requires(COURSE) or [])}[SDK]
    copies = [each.version for each in importlib.metadata.distributions(name=SDK)]
    again = f"{typed.uninstall(SDK)}; {typed.install()}"
    if fault := _fault(SDK, wanted.specifier):
        return Finding(subject, fault, again if copies else typed.install())
    if len(set(copies)) > 1:
        return Finding(subject, f"several at once: {' and '.join(copies)}", again)
    if remains := _version_2_files():
        return Finding(subject, f"{copies[0]}, with files of version 2 in {remains}", again)
    return Finding(subject, f"{copies[0]} (needs {wanted.specifier})")


def widgets() -> Finding:
    """JupyterLab can draw widgets."""
    from jupyter_client.kernelspec import KernelSpecManager

    # JupyterLab looks for its extensions beside the kernels.
    places = [
        Path(kernels).parent / "labextensions" / MANAGER / "package.json"
        for kernels in KernelSpecManager().kernel_dirs
    ]
    for place in places:
        if place.is_file():
            version = json.loads(place.read_text(encoding="utf-8"))["version"]
            return Finding("widgets", f"JupyterLab widget manager {version}")
    again = typed.install("--force-reinstall --no-deps -c requirements.lock jupyterlab-widgets")
    return Finding(
        "widgets", "JupyterLab's widget manager is missing: sliders and buttons would not show", again
    )


def _fault(name: str, specifier) -> str:
    """What is wrong with an installed package; nothing when it fits."""
    try:
        have = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return f"{name} is missing"
    return "" if specifier.contains(have, prereleases=True) else f"{name} {have}, needs {specifier}"


def _version_2_files() -> str:
    """The folder of ``sagemaker`` that holds a module which only version 2 has."""
    found = importlib.util.find_spec(SDK)
    folders = (found and found.submodule_search_locations) or []
    return next((folder for folder in folders if Path(folder, "estimator.py").is_file()), "")
