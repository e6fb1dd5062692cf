"""Learners' programs, run as they would be on AWS, in processes that only environment variables lead here.

The scripts in ``scripts/`` are what a learner would write for AWS, without an edit. Each runs in an empty
folder that holds ``ratings.csv``, under a watch that refuses whatever would leave this machine.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from course_utils import artifact
from course_utils.local_aws.server import Server
from course_utils.paths import BUILD, ROOT

HERE = Path(__file__).parent
USERS, FILMS = 60, 90


# --- other versions of the SDK, each in an environment of its own ---------------------------------


@pytest.fixture(scope="session")
def sdk_v1() -> Path:
    """Folder of the programs of an environment with the SDK v1."""
    return programs_of("sdk_v1")


@pytest.fixture(scope="session")
def sdk_v2() -> Path:
    """Folder of the programs of an environment with the SDK v2 and the ``aws`` command."""
    return programs_of("sdk_v2")


def programs_of(name: str) -> Path:
    """Programs of the environment with the packages that ``<name>.txt`` pins."""
    try:
        return make_environment(BUILD / "clients" / name, HERE / f"{name}.txt")
    except CannotInstall as reason:
        if os.environ.get("COURSE_TEST_ALL") == "1":
            pytest.fail(str(reason))
        pytest.skip(str(reason))


@pytest.fixture
def environments() -> SimpleNamespace:
    """``environments.make(folder, pins)``, which may raise ``environments.Unreachable``."""
    return SimpleNamespace(make=make_environment, Unreachable=CannotInstall)


class CannotInstall(RuntimeError):
    """The package registry is out of reach, or there is no room; the text says what was said."""


def make_environment(folder: Path, pins: Path) -> Path:
    """Fill ``folder`` with a virtual environment of exactly the packages of ``pins``, unless it is there.

    Returns
    -------
    Folder of its programs

    Raises
    ------
    CannotInstall
        With the installer's own words.
    """
    ready = folder / "course-ready"  # written last, so a folder without it is half-made
    wanted = f"{folder}\n{sys.version}\n{hashlib.sha256(pins.read_bytes()).hexdigest()}\n"
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with only_one(folder.with_suffix(".lock")):
        if ready.is_file() and ready.read_text("utf-8") == wanted:
            return programs
        shutil.rmtree(folder, ignore_errors=True)
        python = str(programs / "python")
        # uv takes seconds where pip takes most of a minute. Whoever set up the course without it has pip.
        own = Path(sys.executable).with_name("uv.exe" if os.name == "nt" else "uv")
        uv = str(own) if own.exists() else shutil.which("uv")
        if uv:
            install(uv, "venv", "--quiet", "--python", sys.executable, str(folder))
            install(uv, "pip", "install", "--quiet", "--no-deps", "--python", python, "-r", str(pins))
        else:
            install(sys.executable, "-m", "venv", str(folder))
            install(python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", str(pins))
        ready.write_text(wanted, "utf-8")
        return programs


def install(*command: str) -> None:
    settings = {**os.environ, "UV_SYSTEM_CERTS": "1", "UV_PYTHON_DOWNLOADS": "never"}
    outcome = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    if outcome.returncode:
        raise CannotInstall(
            "Other versions of the SDK cannot be installed, perhaps because the package registry is out of "
            f"reach: {outcome.stderr.strip()[-500:]}"
        )


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Two test runs at once: the second waits for the first. (Windows has no such locks: run one there.)"""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# --- a learner's folder and settings -------------------------------------------------------------


@pytest.fixture(scope="session")
def settings(local: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a learner's process: an empty HOME, and what ``course local env`` says."""
    ours = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path_factory.mktemp("home"))}
    command = [sys.executable, "-m", "course_utils.cli", "local", "env", "--shell", "json"]
    outcome = subprocess.run(
        command,
        env={**ours, "COURSE_STATE_DIR": str(local.state_dir)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(outcome.stdout)
    return ours | {name: value for name, value in said.items() if value is not None}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder but for ``ratings.csv``: the films of the sample that were rated most."""
    table = pd.read_csv(ROOT / "data" / "sample" / "ratings.csv.gz")
    for column, most in (("item", FILMS), ("user", USERS)):
        kept = table[column].value_counts().index[:most]
        table = table[table[column].isin(kept)]
    place = tmp_path / "learner"
    place.mkdir()
    table.sample(1200, random_state=0).to_csv(place / "ratings.csv", index=False)
    return place


@pytest.fixture
def encoded(folder: Path) -> tuple[csr_array, np.ndarray]:
    """``ratings.csv`` as the scripts encode it, with one column for each user and film, and the ratings."""
    table = pd.read_csv(folder / "ratings.csv")
    users, films = (np.unique(table[name], return_inverse=True)[1] for name in ("user", "item"))
    columns = np.stack([users, users.max() + 1 + films], axis=1)
    rows = np.arange(0, columns.size + 1, 2)
    X = csr_array((np.ones(columns.size, np.float32), columns.ravel(), rows))
    return X, table.rating.to_numpy(np.float32)


@pytest.fixture
def scores_of(client: Callable[[str], Any], tmp_path: Path) -> Callable[[str, csr_array], np.ndarray]:
    """``scores_of(uri, X)``: what the model of an artefact in S3 says, by our own reader of artefacts."""

    def predict(uri: str, X: csr_array) -> np.ndarray:
        bucket, key = uri.removeprefix("s3://").split("/", 1)
        client("s3").download_file(bucket, key, str(tmp_path / "model.tar.gz"))
        return artifact.load(tmp_path / "model.tar.gz").params.predict(X)

    return predict


@pytest.fixture
def run_script(folder: Path, settings: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., str]]:
    """``run_script("v2_estimator.py", programs)``: what a learner's script says, with ``programs`` on PATH.

    Further arguments are folders with packages that the learner has, too. The script's naps are cut (see
    ``short_naps.py``); nothing else differs from a learner's own call.
    """
    watch, shims = tmp_path / "watch", tmp_path / "shims"
    watch.mkdir()
    shims.mkdir()
    shutil.copy(HERE.parent / "loopback_only" / "sitecustomize.py", watch)  # writes its notes beside itself

    def run(script: str, programs: Path, *packages: Path) -> str:
        naps = [str(programs / "python"), str(HERE / "short_naps.py")]
        write_program(shims / "aws", f'{shlex.join([*naps, str(programs / "aws")])} "$@"')
        write_program(shims / "sleep", "/bin/sleep 0.25")
        path = HERE / "scripts" / script
        environment = {
            **settings,
            "PATH": os.pathsep.join([str(shims), str(programs), settings["PATH"]]),
            "PYTHONPATH": os.pathsep.join([str(watch), settings["PYTHONPATH"], *map(str, packages)]),
        }
        outcome = subprocess.run(
            [*(naps if path.suffix == ".py" else ["sh"]), str(path)],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=200,
            check=False,
        )
        assert outcome.returncode == 0, outcome.stdout[-5000:]
        return outcome.stdout

    yield run
    assert (watch / "watched.txt").exists(), "no process was watched"
    left = watch / "left-this-machine.txt"
    assert not left.exists(), left.read_text()


@pytest.fixture(scope="session")
def told() -> Callable[[str, str], str]:
    """``told(output, "role")``: the rest of the one line ``role: …`` of a script's output."""

    def find(output: str, word: str) -> str:
        [line] = [line for line in output.splitlines() if line.startswith(f"{word}: ")]
        return line.removeprefix(f"{word}: ")

    return find


def write_program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\nexec {line}\n")
    path.chmod(0o755)
