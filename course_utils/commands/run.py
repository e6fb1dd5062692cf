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
from course_utils.paths import BUILD, NOTEBOOKS, lesson_notebooks

REPORT = BUILD / "report.json"
PAGES = BUILD / "pages"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lessons", nargs="*", metavar="NN", help="only these lessons (default: all)")
    parser.add_argument(
        "--timeout", type=int, default=300, metavar="SECONDS", help="for one cell (default: 300)"
    )


def main(options: argparse.Namespace) -> int:
    every = lesson_notebooks(NOTEBOOKS)
    wanted = sorted({number.zfill(2) for number in options.lessons} or every)
    unknown = [number for number in wanted if number not in every]
    if unknown or not every:
        which = " ".join(unknown) or "at all"
        print(f"There is no lesson {which}. There are: {' '.join(every) or 'none'}", file=sys.stderr)
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
        for number in wanted:
            lessons.append(run_lesson(every[number], options.timeout, progress))
    report = summary(lessons)
    BUILD.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    tell(report, console)
    return 0 if all(lesson["ok"] for lesson in lessons) else 1


def run_lesson(path: Path, timeout: int, progress: Progress) -> dict[str, Any]:
    """Execute one notebook, write its page, and say what came of it."""
    bar = progress.add_task(path.stem, total=None)
    began = time.perf_counter()
    done, error = Execution(nbformat.v4.new_notebook()), None

    def advance(done: int, total: int, *_: object) -> None:
        progress.update(bar, completed=done, total=total)

    try:
        notebook = nbformat.read(path, as_version=4)
        # nothing of the learner's environment is changed: data and endpoint are those of this machine
        done = execute(notebook, lesson=path.stem, cwd=path.parent, timeout=timeout, env={}, on_cell=advance)
    except CellFailed as failed:
        done, error = failed.execution, str(failed)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError):
        error = f"{path.name} is not a notebook (type: python3 course.py build)"
    seconds = time.perf_counter() - began
    page = write_page(done.notebook, PAGES / f"{path.stem}.html")
    return {
        "lesson": path.stem,
        "ok": error is None,
        "error": error,
        "seconds": round(seconds, 1),
        "checks": done.checks,
        "figures": done.records,
        "page": str(page.relative_to(BUILD)),
    }


def summary(lessons: list[dict[str, Any]]) -> dict[str, Any]:
    """The whole report; ``data`` says whether the figures are about MovieLens or about the made-up sample."""
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "data": data_found(),
        "seconds": round(sum(lesson["seconds"] for lesson in lessons), 1),
        "lessons": lessons,
    }


def data_found() -> str:
    """Asked after the lessons have run, because they may have fetched the archive."""
    try:
        return "ml-latest-small" if movielens.locate("ml-latest-small") else "made-up sample"
    except movielens.ArchiveError:
        return "a damaged ml-latest-small.zip"


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
