"""Containers: what their programs leave behind must not hold up the platform."""

from __future__ import annotations

import os
import sys

import psutil
import pytest

from course_utils.local_aws.containers import container

SCRIPT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print(child.pid, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows has no sessions")
def test_a_daemon_that_holds_the_output_open_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(container, "_LAST_OUTPUT_SECONDS", 0.1)
    lines: list[str] = []
    started = container.Container([sys.executable, "-c", SCRIPT], tmp_path, {}, [lines.append])
    assert started.wait(30) == 0
    daemon = psutil.Process(int(lines[0]))
    assert daemon.is_running()
    daemon.kill()
