"""Prove the README's two commands on a machine that has never seen the course.

    python3 tests/fresh_clone.py [--keep]

Clones the committed state into a temporary folder, reads the two commands out of the README, and runs them as
a newcomer would: empty HOME, empty environment, the system's own Python. Not collected by pytest: it takes
minutes and would call itself. Standard library only, so that it needs no set-up of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PASSED_ON = ("COURSE_DATA_DIR", "COURSE_GOLDEN_DIR", "COURSE_TEST_ALL", "SSL_CERT_FILE", "PIP_CERT")
LAB_DEADLINE = 600


def readme_commands(folder: Path) -> list[list[str]]:
    """The command lines of README's first shell block, without their comments."""
    block = re.search(r"```sh\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL).group(1)
    return [line.split("#")[0].split() for line in block.splitlines() if line.strip()]


def newcomer(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8", **kept}


def timed(name: str, began: float) -> None:
    print(f"== {name}: {time.monotonic() - began:.0f} s", flush=True)


def open_lab(command: list[str], folder: Path, environment: dict[str, str], name: str) -> None:
    """Start the lab command, wait until JupyterLab answers, stop it, and see that both servers are gone."""
    began = time.monotonic()
    log = folder.parent / f"{name}.log"
    with log.open("w") as out:
        lab = subprocess.Popen(
            [*command, "--no-browser"],
            cwd=folder,
            env=environment,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            page = wait_for(r"http://127\.0\.0\.1:\d+/lab\S*token=\w+", log, lab)
            local = wait_for(r"Local SageMaker: (http://127\.0\.0\.1:\d+)", log, lab)
            with urllib.request.urlopen(page) as reply:
                assert "JupyterLab" in reply.read().decode()
            timed(f"{name}: JupyterLab and the local SageMaker answer", began)
        finally:
            os.killpg(lab.pid, signal.SIGINT)  # what Ctrl-C does
            assert lab.wait(timeout=60) == 0, log.read_text()[-3000:]
    for url in (page, local):
        try:
            urllib.request.urlopen(url, timeout=5)
        except OSError:
            continue
        raise AssertionError(f"{url} still answers after Ctrl-C")


def wait_for(pattern: str, log: Path, process: subprocess.Popen) -> str:
    """The text that ``pattern`` matches in the log (its first group when it has one), once it is there."""
    deadline = time.monotonic() + LAB_DEADLINE
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(pattern, log.read_text())
        if found:
            return found.group(found.re.groups)
        time.sleep(0.2)
    raise AssertionError(f"no {pattern} in:\n{log.read_text()[-3000:]}")


def main() -> int:
    # A shell that starts this in the background lets it ignore Ctrl-C, and so would all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    work = Path(tempfile.mkdtemp(prefix="fm-course-fresh-"))
    try:
        clone, home = work / "a newcomer's folder", work / "home"
        home.mkdir()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        lab, test = readme_commands(clone)
        environment = newcomer(home)
        open_lab(lab, clone, environment, "cold lab")
        open_lab(lab, clone, environment, "warm lab")
        began = time.monotonic()
        status = subprocess.run(test, cwd=clone, env=environment).returncode
        timed("test", began)
        left = subprocess.run(
            ["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True
        ).stdout
        assert not left, f"the commands changed the tree:\n{left}"
        return status
    finally:
        if "--keep" in sys.argv:
            print(f"kept: {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
