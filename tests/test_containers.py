"""Dev Container and Binder files, by their form: nothing here builds a container."""

from __future__ import annotations

import json
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from course_utils import cli
from course_utils.doctor import network
from course_utils.paths import ROOT

BINDER = ROOT / "binder"


@pytest.fixture(scope="module")
def dev() -> dict:
    return json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pythons() -> SpecifierSet:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return SpecifierSet(project["requires-python"])


def test_both_bring_a_python_that_the_course_takes(dev: dict, pythons: SpecifierSet) -> None:
    in_dev = re.fullmatch(r"python:(3\.\d+)-\w+", dev["image"])[1]
    in_binder = re.fullmatch(r"python-(3\.\d+)\n", (BINDER / "runtime.txt").read_text(encoding="utf-8"))[1]
    assert pythons.contains(in_dev)
    assert pythons.contains(in_binder)


def test_the_dev_container_calls_the_front_door(dev: dict) -> None:
    label = dev["portsAttributes"]["8888"]["label"]
    for command in (dev["postCreateCommand"], label.split("type: ")[1]):
        python, door, name = command.split()
        assert python == "python3"
        assert (ROOT / door).is_file()
        assert name in cli.COMMANDS


def test_the_dev_container_shows_jupyterlabs_port_and_no_other(dev: dict) -> None:
    assert dev["forwardPorts"] == [network.LAB_PORT]
    assert dev["portsAttributes"].keys() == {str(network.LAB_PORT)}
    assert dev["otherPortsAttributes"]["onAutoForward"] == "ignore"


def test_the_dev_container_keeps_its_environment_from_the_hosts(dev: dict) -> None:
    """The folder is shared with the host, whose .venv has another system's Python."""
    (mount,) = dev["mounts"]
    parts = dict(part.split("=", 1) for part in mount.split(","))
    assert parts["type"] == "volume"
    interpreter = dev["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert interpreter == f"{parts['target']}/bin/python"


def test_binder_installs_the_locked_packages_and_the_course() -> None:
    text = (BINDER / "requirements.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert lines == ["-r ../requirements.lock", "-e ."]
    locked = (BINDER / lines[0].removeprefix("-r ")).read_text(encoding="utf-8")
    names = {Requirement(line).name for line in locked.splitlines() if re.match(r"\w", line)}
    assert "jupyterlab" in names  # what Binder starts


def test_binder_takes_no_other_file_for_its_own() -> None:
    """A folder binder/ hides environment.yml from it; one more file there would change what it builds."""
    assert {path.name for path in BINDER.iterdir()} == {"requirements.txt", "runtime.txt"}
