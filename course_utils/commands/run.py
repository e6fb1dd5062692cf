"""Execute every lesson without a browser and report what came of it.

Writes build/report.json (figures, wall times, outcome of every check) and build/pages/NN_name.html, one page
for each lesson with its outputs.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from course_utils.build.execute import CellFailed, Execution, execute
from course_utils.build.pages import write_page
from course_utils.datasets import movielens
from course_utils.paths import BUILD, NOTEBOOKS

REPORT = BUILD / "report.json"
PAGES = BUILD / "pages"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lessons", nargs="*", metavar="NN", help="only these lessons (default: all)")
    parser.add_argument(
        "--timeout", type=int, default=300, help="seconds that one cell may take (default: 300)"
    )


def main(options: argparse.Namespace) -> int:
    chosen = choose(options.lessons)
    if not chosen:
        print(f"There is no lesson {' '.join(options.lessons)} in {NOTEBOOKS}.", file=sys.stderr)
        return 2
    console = Console()
    lessons = []
    with Progress(
        TextColumn("{task.description:24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("cells"),
        TimeElapsedColumn(),
        console=console,
    ) as progress:
        for path in chosen:
            lessons.append(run_lesson(path, options.timeout, progress))
    report = summary(lessons)
    BUILD.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    tell(report, console)
    return 0 if all(lesson["ok"] for lesson in lessons) else 1


def choose(numbers: list[str]) -> list[Path]:
    """The notebooks of these lessons, in order; all when none is named."""
    every = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    return [path for path in every if not numbers or path.name[:2] in numbers]


def run_lesson(path: Path, timeout: int, progress: Progress) -> dict[str, Any]:
    """Execute one notebook, write its page, and say what came of it."""
    bar = progress.add_task(path.stem, total=None)
    began, error = time.perf_counter(), None

    def advance(done: int, total: int, *_: object) -> None:
        progress.update(bar, completed=done, total=total)

    notebook = nbformat.read(path, as_version=4)
    try:
        # nothing of the learner's environment is changed: data and endpoint are those of this machine
        done = execute(notebook, lesson=path.stem, cwd=path.parent, timeout=timeout, env={}, on_cell=advance)
    except CellFailed as failed:
        done, error = failed.execution, str(failed)
    seconds = time.perf_counter() - began
    page = write_page(done.notebook, PAGES / f"{path.stem}.html")
    return outcome(path, done, seconds, error) | {"page": str(page.relative_to(BUILD))}


def outcome(path: Path, done: Execution, seconds: float, error: str | None) -> dict[str, Any]:
    return {
        "lesson": path.stem,
        "ok": error is None,
        "error": error,
        "seconds": round(seconds, 1),
        "checks": done.checks,
        "figures": done.records,
    }


def summary(lessons: list[dict[str, Any]]) -> dict[str, Any]:
    """The whole report; ``data`` says whether the figures are about MovieLens or about the made-up sample."""
    place = movielens.locate("ml-latest-small")
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "data": "ml-latest-small" if place else "made-up sample",
        "seconds": round(sum(lesson["seconds"] for lesson in lessons), 1),
        "lessons": lessons,
    }


def tell(report: dict[str, Any], console: Console) -> None:
    for lesson in report["lessons"]:
        mark = "OK  " if lesson["ok"] else "FAIL"
        console.print(f"{mark} {lesson['seconds']:6.1f} s  {lesson['lesson']}", highlight=False)
        if lesson["error"]:
            console.print(f"     {lesson['error']}", highlight=False, markup=False)
        for name, value in lesson["figures"].items():
            if isinstance(value, float):
                console.print(f"     {name} = {value:.4f}", highlight=False)
    console.print(f"Data: {report['data']}. Report: {REPORT}", highlight=False)
