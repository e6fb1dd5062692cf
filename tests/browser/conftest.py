"""A real JupyterLab, opened by the course's own command, and a real Chromium in front of it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

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
expect.set_options(timeout=30_000)  # a busy machine may take its time; what comes sooner is seen sooner
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

    def run_all(self) -> None:
        """Run every cell and wait until the last one has ended."""
        self.page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")

    def dark(self) -> None:
        """Change to JupyterLab's dark theme."""
        theme = "{theme: 'JupyterLab Dark'}"
        self.page.evaluate(f"window.jupyterapp.commands.execute('apputils:change-theme', {theme})")
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-light", "false")

    def cell(self, text: str) -> Locator:
        """The first code cell whose input holds ``text``, scrolled into view."""
        cell = self.page.locator(".jp-CodeCell", has=self.page.locator(".jp-InputArea", has_text=text)).first
        cell.scroll_into_view_if_needed()
        return cell

    def output(self, text: str) -> Locator:
        """What the first code cell whose input holds ``text`` shows."""
        return self.cell(text).locator(".jp-OutputArea")

    def unlock(self, explorable: Locator) -> None:
        """Lock in the first answer where the explorable still waits for a prediction."""
        picture, first = explorable.locator("img"), explorable.get_by_role("radio").first
        expect(picture.or_(first).first).to_be_visible()
        if not picture.count():
            first.check()
            explorable.get_by_role("button", name="Lock in my answer").click()
        expect(picture.first).to_be_visible()

    def knob(self, explorable: Locator, slider: str) -> Locator:
        """The knob of the slider whose label holds this text, in view."""
        knob = explorable.locator(".widget-slider", has_text=slider).locator(".noUi-handle")
        knob.scroll_into_view_if_needed()
        return knob

    def drag(self, knob: Locator, pixels: int) -> None:
        """Take the knob with the mouse, so many pixels to the right (negative: to the left)."""
        box = knob.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + pixels, y, steps=6)
        self.page.mouse.up()

    def press(self, control: Locator, key: str, *, times: int = 1) -> None:
        """Reach a control by keyboard focus and press a key there.

        JupyterLab moves the focus itself now and then, so a key goes only to a control that has it.
        """
        control.focus()
        for _ in range(times):
            expect(control).to_be_focused()
            control.press(key)

    def put_in_order(self, puzzle: Locator, lines: Sequence[str]) -> None:
        """Bring each line of a puzzle up to its place, one press at a time, and have the order checked."""
        places = puzzle.locator(".fmc-quiet")
        expect(places).to_have_count(len(lines))
        expect(puzzle.get_by_text(lines[0], exact=True)).to_be_visible()
        shown = places.all_inner_texts()
        for place, line in enumerate(lines):
            for now in range(shown.index(line), place, -1):
                puzzle.get_by_role("button", name=f"Move line {now + 1} up").press("Enter")
                shown[now - 1], shown[now] = shown[now], shown[now - 1]
                # Both lines: between the two the page shows one of them twice.
                expect(places).to_have_text(shown)
        puzzle.get_by_role("button", name="Check my order").click()

    def check(self, choice: Locator) -> None:
        """Choose a radio button or tick a box with the space bar."""
        self.press(choice, "Space")
        expect(choice).to_be_checked()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's executable."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        reason = "no Chromium on this machine (Debian: apt install chromium)"
        pytest.fail(reason) if os.environ.get("COURSE_TEST_ALL") == "1" else pytest.skip(reason)
    return found


@contextlib.contextmanager
def course(home: Path, *arguments: str) -> Iterator[Lab]:
    """One of the commands that open JupyterLab, with a home of its own; stopped as Ctrl-C stops it."""
    log = home / "lab.log"
    command = [sys.executable, "-m", "course_utils.cli", *arguments, "--no-browser"]
    command += ["--LabApp.expose_app_in_browser=True"]
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
        url, token = wait_for(r"(http://127\.0\.0\.1:\d+)/\S*token=(\w+)", log, process)
        (sagemaker,) = wait_for(r"Local SageMaker: (http://127\.0\.0\.1:\d+)", log, process)
        yield Lab(url, token, sagemaker)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=60) == 0, log.read_text()[-3000:]
    for address in (url, sagemaker):
        with pytest.raises(OSError, match=r"refused"):
            socket.create_connection(("127.0.0.1", int(address.rsplit(":", 1)[1])), timeout=5)


@pytest.fixture(scope="session")
def lab(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """``course lab`` on a copy of the notebooks."""
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(NOTEBOOKS, home / "course/notebooks", ignore=shutil.ignore_patterns("source", ".*"))
    with course(home, "lab", f"--ServerApp.root_dir={home / 'course'}") as running:
        yield running


@pytest.fixture
def demo(chromium: str, tmp_path: Path) -> Iterator[Lab]:
    """``course demo 02``."""
    with course(tmp_path, "demo", "02") as running:
        yield running


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
    return not re.match(r"(data|blob|about|file):|(http|ws)s?://(127\.0\.0\.1|localhost)[:/]", url)


def wait_for(pattern: str, log: Path, process: subprocess.Popen) -> tuple[str, ...]:
    """The groups of ``pattern`` in the log, once it is there."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(pattern, log.read_text())
        if found:
            return found.groups()
        time.sleep(0.1)
    raise AssertionError(f"no {pattern} in the first {START_SECONDS} s of:\n{log.read_text()[-3000:]}")
