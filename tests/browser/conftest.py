"""A real JupyterLab, opened by the course's own command, and a real Chromium in front of it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, sync_playwright

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
START_SECONDS = 120
OPEN_MS = 120_000
RUN_MS = 180_000
KERNEL_IS_IDLE = """() => {
  const widget = window.jupyterapp?.shell?.currentWidget;
  return widget?.context?.isReady && widget.sessionContext?.session?.kernel?.status === 'idle';
}"""


@dataclass(frozen=True)
class Lab:
    """A running ``course lab``: JupyterLab's address and token, and the local SageMaker's address."""

    url: str
    token: str
    sagemaker: str


@dataclass(frozen=True)
class Notebook:
    """One notebook, open in JupyterLab."""

    page: Page

    def command(self, name: str) -> None:
        """Carry out one of JupyterLab's commands and wait for it."""
        self.page.evaluate("name => window.jupyterapp.commands.execute(name)", name)

    def cell(self, text: str) -> Locator:
        """The first code cell whose input holds ``text``, scrolled into view."""
        cell = self.page.locator(".jp-CodeCell", has=self.page.locator(".jp-InputArea", has_text=text)).first
        cell.scroll_into_view_if_needed(timeout=RUN_MS)
        return cell


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
        process = subprocess.Popen(
            command,
            env=environment,
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=hear_ctrl_c,
        )
    try:
        url, token = wait_for(r"(http://127\.0\.0\.1:\d+)/lab\S*token=(\w+)", log, process)
        (sagemaker,) = wait_for(r"Local SageMaker: (http://127\.0\.0\.1:\d+)", log, process)
        yield Lab(url, token, sagemaker)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=60) == 0, log.read_text()[-3000:]
    for address in (url, sagemaker):
        with pytest.raises(OSError, match=r"refused"):
            socket.create_connection(("127.0.0.1", int(address.rsplit(":", 1)[1])), timeout=5)


def hear_ctrl_c() -> None:
    """Undo what a shell does to programs in its background: they and their children ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def page(chromium: str) -> Iterator[Page]:
    """A fresh browser window; a request to any other machine fails the test."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        foreign: list[str] = []
        page.on("request", lambda request: foreign.append(request.url) if leaves(request.url) else None)
        yield page
        browser.close()
    assert not foreign, "the page asked other machines"


@pytest.fixture
def open_notebook(lab: Lab, page: Page) -> Callable[[str], Notebook]:
    """Opens ``notebooks/<name>`` and waits until its kernel is idle."""

    def open_(name: str) -> Notebook:
        page.goto(f"{lab.url}/lab/tree/notebooks/{name}?token={lab.token}&reset")
        page.wait_for_function(KERNEL_IS_IDLE, timeout=OPEN_MS)
        return Notebook(page)

    return open_


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where screenshots are kept for people to look at."""
    folder = BUILD / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def leaves(url: str) -> bool:
    """Whether a request goes to another machine."""
    return not re.match(r"(data|blob|about):|(http|ws)s?://(127\.0\.0\.1|localhost)[:/]", url)


def wait_for(pattern: str, log: Path, process: subprocess.Popen) -> tuple[str, ...]:
    """The groups of ``pattern`` in the log, once it is there."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(pattern, log.read_text())
        if found:
            return found.groups()
        time.sleep(0.1)
    raise AssertionError(f"no {pattern} in the first {START_SECONDS} s of:\n{log.read_text()[-3000:]}")
