"""Run every test: style, units, wire, browser, and every notebook unsolved and solved.

Arguments that this command does not know go to pytest and replace the whole run,
for example: tests/fm -k replay.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from course_utils.build import build_environment
from course_utils.paths import BUILD, NOTEBOOKS, ROOT

SOLVED = BUILD / "solved"
PROSE = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md"),
    *("course_utils", "notebooks/source", "tests", "data", "benchmarks", "docs", "instructor"),
)
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

    def run(self, output: IO[bytes] | None = None) -> int:
        """Carry it out, and return its exit status; what it prints goes to ``output``, or straight out."""
        changed = {**os.environ, "COURSE_OFFLINE": "1", **self.environment}
        environment = {name: value for name, value in changed.items() if value is not None}
        command = (sys.executable, "-m", *self.command)
        return subprocess.run(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT if output else None
        ).returncode


def phases(scratch: Path) -> list[tuple[Phase, ...]]:
    """The whole test run, quickest first; the phases of one tuple run at the same time.

    Every notebook runs unsolved and solved, on the made-up sample and, where ``COURSE_DATA_DIR`` names a
    folder, on its archives.
    """
    archives = os.environ.get("COURSE_DATA_DIR")
    solved = Phase("solved edition", ("course_utils.cli", "build", "--edition", "solved", "--no-execute"))
    return [
        (Phase("style", ("ruff", "check", "--quiet", ".")),),
        (Phase("layout", ("ruff", "format", "--check", "--quiet", ".")),),
        (Phase("spelling", ("codespell_lib", *PROSE)),),
        (Phase("notebooks agree with their sources", ("course_utils.cli", "build", "--check")),),
        (Phase("tests", ("pytest", "-q", "--durations=8", *SIDE_BY_SIDE, "tests")),),
        (solved,),
        _notebooks(scratch, None),
        *([_notebooks(scratch, archives)] if archives else []),
    ]


def _notebooks(scratch: Path, archives: str | None) -> tuple[Phase, Phase]:
    """Every notebook unsolved, and solved, on one kind of data; each with a local SageMaker of its own."""
    data = "archives" if archives else "sample"
    own = {"COURSE_DATA_DIR": archives}
    unsolved = build_environment(scratch / f"unsolved-{data}", strict=False) | own
    solved = build_environment(scratch / f"solved-{data}", strict=True) | own
    return (
        Phase(
            f"notebooks unsolved, on the {data}",
            ("pytest", "-q", *NBVAL, str(NOTEBOOKS)),
            unsolved | {"COURSE_STRICT": "unsolved"},
        ),
        Phase(f"notebooks solved, on the {data}", ("pytest", "-q", *NBVAL, str(SOLVED)), solved),
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none of its own: pytest has plenty."""


def main(options: argparse.Namespace) -> int:
    if options.rest:
        return Phase("chosen tests", ("pytest", *options.rest)).run()
    results = []
    with tempfile.TemporaryDirectory(prefix="course-test-") as scratch:
        for group in phases(Path(scratch)):
            results += run_together(group)
    print("\n== summary")
    for name, status, seconds in results:
        print(f"{'OK  ' if status == 0 else 'FAIL'} {seconds:6.1f} s  {name}")
    failed = sum(status != 0 for _, status, _ in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


def run_together(group: tuple[Phase, ...]) -> list[tuple[str, int, float]]:
    """Run phases at the same time: name, exit status and seconds of each.

    A phase that is alone prints as it goes; what several print is shown one after the other, at the end.
    """
    print("\n== " + "\n== ".join(phase.name for phase in group), flush=True)
    if len(group) == 1:
        return [timed(group[0])]
    with contextlib.ExitStack() as stack:
        outputs = [stack.enter_context(tempfile.TemporaryFile()) for _ in group]
        with ThreadPoolExecutor(len(group)) as pool:
            results = list(pool.map(timed, group, outputs))
        for phase, output in zip(group, outputs, strict=True):
            output.seek(0)
            print(f"\n-- {phase.name}\n{output.read().decode(errors='replace')}", flush=True)
    return results


def timed(phase: Phase, output: IO[bytes] | None = None) -> tuple[str, int, float]:
    """Run one phase: its name, exit status and seconds."""
    began = time.perf_counter()
    return phase.name, phase.run(output), time.perf_counter() - began
