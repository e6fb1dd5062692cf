"""Run every test: style, units, wire, browser, and every notebook unsolved and solved.

Arguments that this command does not know go to pytest and replace the whole run,
for example: tests/fm -k replay.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field

from course_utils.paths import BUILD, NOTEBOOKS, ROOT

SOLVED = BUILD / "solved"
PROSE = ("README.md", "course_utils", "notebooks/source", "tests", "data", "benchmarks")
NBVAL = ("--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=120", "-p", "no:cacheprovider")


@dataclass(frozen=True)
class Phase:
    """One command of the run, with what it adds to the environment."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)

    def run(self) -> int:
        environment = {**os.environ, "COURSE_OFFLINE": "1", **self.environment}
        return subprocess.run((sys.executable, "-m", *self.command), cwd=ROOT, env=environment).returncode


def phases() -> list[Phase]:
    """The whole test run, quickest first."""
    return [
        Phase("style: ruff", ("ruff", "check", "--quiet", ".")),
        Phase("style: format", ("ruff", "format", "--check", "--quiet", ".")),
        Phase("spelling", ("codespell_lib", *PROSE)),
        Phase("built notebooks are current", ("course_utils.cli", "build", "--check")),
        Phase("tests", ("pytest", "-q", "tests")),
        Phase("notebooks, as a student opens them", ("pytest", "-q", *NBVAL, str(NOTEBOOKS))),
        Phase("solved edition", ("course_utils.cli", "build", "--edition", "solved", "--no-execute")),
        Phase("notebooks, solved", ("pytest", "-q", *NBVAL, str(SOLVED)), {"COURSE_STRICT": "1"}),
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none of its own: pytest has plenty."""


def main(options: argparse.Namespace) -> int:
    if options.rest:
        return Phase("chosen tests", ("pytest", *options.rest)).run()
    results = []
    for phase in phases():
        print(f"\n== {phase.name}", flush=True)
        began = time.perf_counter()
        results.append((phase.name, phase.run(), time.perf_counter() - began))
    print("\n== summary")
    for name, status, seconds in results:
        print(f"{'OK  ' if status == 0 else 'FAIL'} {seconds:6.1f} s  {name}")
    failed = sum(status != 0 for _, status, _ in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0
