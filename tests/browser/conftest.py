"""A real JupyterLab, opened by the course's own command, and a real Chromium in front of it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from course_utils.paths import BUILD, NOTEBOOKS

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 90


@dataclass(frozen=True)
class Lab:
    """A running ``course lab``: JupyterLab's address with its token, and the local SageMaker's address."""

    url: str
    sagemaker: str


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's executable."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        reason = "no Chromium on this machine (Debian: apt install chromium)"
        pytest.fail(reason) if os.environ.get("COURSE_TEST_ALL") == "1" else pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def lab(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """``course lab`` on a copy of the notebooks, with a home of its own; stopped as Ctrl-C stops it."""
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(NOTEBOOKS, home / "course/notebooks", ignore=shutil.ignore_patterns("source", ".*"))
    log = home / "lab.log"
    command = [sys.executable, "-m", "course_utils.cli", "lab", "--no-browser"]
    command += [f"--ServerApp.root_dir={home / 'course'}", "--LabApp.expose_app_in_browser=True"]
    environment = {
        **os.environ,
        "HOME": str(home),
        "COURSE_OFFLINE": "1",
        "COURSE_STATE_DIR": str(home / "state"),
        "COURSE_CACHE_DIR": str(home / "cache"),
    }
    with log.open("w") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, start_new_session=True)
    try:
        url = _wait_for(r"http://127\.0\.0\.1:\d+/lab\S*token=\w+", log, process)
        sagemaker = _wait_for(r"Local SageMaker: (http://127\.0\.0\.1:\d+)", log, process)
        yield Lab(url, sagemaker)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=60) == 0, log.read_text()[-3000:]


@pytest.fixture
def page(chromium: str) -> Iterator[Page]:
    """A fresh browser window of a projector's size; a request to any other machine fails the test."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        foreign: list[str] = []
        page.on("request", lambda request: foreign.append(request.url) if _leaves(request.url) else None)
        yield page
        browser.close()
        assert not foreign, "the page asked other machines"


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where screenshots are kept for people to look at."""
    folder = BUILD / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _leaves(url: str) -> bool:
    return not re.match(r"(data|blob|about):|(http|ws)s?://(127\.0\.0\.1|localhost)[:/]", url)


def _wait_for(pattern: str, log: Path, process: subprocess.Popen) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(pattern, log.read_text())
        if found:
            return found.group(found.re.groups)
        time.sleep(0.1)
    raise AssertionError(f"no {pattern} in the first {START_SECONDS} s of:\n{log.read_text()[-3000:]}")
