"""Run every test: style, units, wire, browser, and every notebook unsolved and solved.

Arguments that this command does not know go to pytest and replace the whole run,
for example: tests/fm -k replay.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from course_utils.build import build_environment
from course_utils.paths import BUILD, NOTEBOOKS, ROOT

SOLVED = BUILD / "solved"
PROSE = ("README.md", "course_utils", "notebooks/source", "tests", "data", "benchmarks")
# --nbval-lax compares the cells tagged nbval-check-output and runs the others
NBVAL = ("--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=120", "-p", "no:cacheprovider")
# Half of the tests wait for servers and browsers most of the time. A file's tests stay together.
SIDE_BY_SIDE = ("-n", "4", "--dist", "loadfile")


@dataclass(frozen=True)
class Phase:
    """One command of the run, with what it changes in the environment (None removes a variable)."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str | None] = field(default_factory=dict)

    def run(self) -> int:
        changed = {**os.environ, "COURSE_OFFLINE": "1", **self.environment}
        environment = {name: value for name, value in changed.items() if value is not None}
        return subprocess.run((sys.executable, "-m", *self.command), cwd=ROOT, env=environment).returncode


def phases(scratch: Path) -> list[Phase]:
    """The whole test run, quickest first.

    Between them the two notebook phases see both kinds of data: as students open them, the notebooks use the
    archives of ``COURSE_DATA_DIR`` where there are any; solved, they use the made-up sample.
    """
    sample = build_environment(scratch / "solved", strict=True)
    archives = {"COURSE_DATA_DIR": os.environ.get("COURSE_DATA_DIR")}
    as_found = build_environment(scratch / "student", strict=False) | archives | {"COURSE_STRICT": "unsolved"}
    return [
        Phase("style", ("ruff", "check", "--quiet", ".")),
        Phase("layout", ("ruff", "format", "--check", "--quiet", ".")),
        Phase("spelling", ("codespell_lib", *PROSE)),
        Phase("notebooks agree with their sources", ("course_utils.cli", "build", "--check")),
        Phase("tests", ("pytest", "-q", "--durations=8", *SIDE_BY_SIDE, "tests")),
        Phase("notebooks as students open them", ("pytest", "-q", *NBVAL, str(NOTEBOOKS)), as_found),
        Phase("solved edition", ("course_utils.cli", "build", "--edition", "solved", "--no-execute")),
        Phase("notebooks solved, on the sample", ("pytest", "-q", *NBVAL, str(SOLVED)), sample),
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none of its own: pytest has plenty."""


def main(options: argparse.Namespace) -> int:
    if options.rest:
        return Phase("chosen tests", ("pytest", *options.rest)).run()
    results = []
    with tempfile.TemporaryDirectory(prefix="course-test-") as scratch:
        for phase in phases(Path(scratch)):
            print(f"\n== {phase.name}", flush=True)
            began = time.perf_counter()
            results.append((phase.name, phase.run(), time.perf_counter() - began))
    print("\n== summary")
    for name, status, seconds in results:
        print(f"{'OK  ' if status == 0 else 'FAIL'} {seconds:6.1f} s  {name}")
    failed = sum(status != 0 for _, status, _ in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0
