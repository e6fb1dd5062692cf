"""Show one explorable of a lesson, large and without code, for the projector; Ctrl-C stops everything.

It opens in JupyterLab beside the local SageMaker, as `lab` does, with its prediction already answered.
Arguments that this command does not know go to JupyterLab, for example --port 9000.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import nbformat

from course_utils.build import SourceError
from course_utils.build.demo import demo, explorables
from course_utils.build.source import Source, sources
from course_utils.commands.lab import JUPYTER_SETTINGS, add_browser_argument, open_lab
from course_utils.paths import BUILD, ROOT, SOURCES

DEMOS = BUILD / "demo"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "lesson", nargs="?", type=int, metavar="LESSON", help="the lesson's number, such as 02"
    )
    parser.add_argument("explorable", nargs="?", help="which one, by its name (default: the lesson's first)")
    parser.add_argument("--list", action="store_true", help="open nothing; list the explorables")
    add_browser_argument(parser)


def main(options: argparse.Namespace) -> int:
    lessons = {source.number: source for source in sources(SOURCES)}
    if options.lesson is not None and options.lesson not in lessons:
        known = " ".join(f"{number:02d}" for number in lessons)
        print(f"There is no lesson {options.lesson:02d}. There are: {known}", file=sys.stderr)
        return 2
    if options.list:
        chosen = lessons.values() if options.lesson is None else [lessons[options.lesson]]
        print("\n".join(f"{source.number:02d}  {' '.join(explorables(source))}" for source in chosen))
        return 0
    if options.lesson is None:
        print("Which lesson? Type: course demo 02   (course demo --list shows all)", file=sys.stderr)
        return 2
    try:
        notebook = write_demo(lessons[options.lesson], options.explorable)
    except SourceError as error:
        print(f"FIX  {error}", file=sys.stderr)
        return 2
    extensions = JUPYTER_SETTINGS / "labextensions"
    page = f"/doc/tree/{notebook.relative_to(ROOT).as_posix()}"
    return open_lab(page, options, f"--LabApp.extra_labextensions_path={extensions}")


def write_demo(source: Source, name: str | None) -> Path:
    """Write the notebook of an explorable, by default the lesson's first, and return its path."""
    found = explorables(source)
    notebook = demo(source, name or (found[0] if found else ""))
    path = DEMOS / f"{source.number:02d}_{name or found[0]}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path
