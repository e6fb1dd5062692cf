"""Build the notebooks from their sources in notebooks/source, or another edition of the course.

Sources are the only lesson files edited by hand. The student edition is committed in notebooks/; every other
edition goes to build/EDITION:

solved   the notebooks with every solution in place;
live     for live coding: what the instructor types is blank, and a line above each blank catches up;
slides   a reveal.js deck for each lesson, with speaker's notes; opens with a double click, needs no network;
handout  the website of the course.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from course_utils.build import CellFailed, SourceError, UnstableOutput, build_all, check_built, lint
from course_utils.paths import BUILD, NOTEBOOKS, SOURCES

STUDENT = "student"
NOTEBOOK_EDITIONS = (STUDENT, "solved", "live")
PAGE_EDITIONS = ("slides", "handout")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("lessons", nargs="*", type=int, metavar="NN", help="only these lessons")
    parser.add_argument(
        "--edition", choices=(*NOTEBOOK_EDITIONS, *PAGE_EDITIONS), default=STUDENT, help="default: student"
    )
    parser.add_argument("--no-execute", action="store_true", help="do not run the notebooks while building")
    parser.add_argument(
        "--check", action="store_true", help="build nothing; say which notebooks are out of date"
    )


def main(options: argparse.Namespace) -> int:
    edition = options.edition
    place = NOTEBOOKS if edition == STUDENT else BUILD / edition
    if edition in PAGE_EDITIONS and (options.check or options.no_execute):
        print(
            f"FIX  {edition} are pages: they always run, so leave out --check and --no-execute",
            file=sys.stderr,
        )
        return 2
    if options.check:
        return check(place, edition)
    only = {f"{number:02d}" for number in options.lessons}
    try:
        made = PAGES[edition](place, only) if edition in PAGE_EDITIONS else notebooks(place, only, options)
    except (SourceError, CellFailed, UnstableOutput) as error:
        print(f"FIX  {error}", file=sys.stderr)
        return 1
    print(f"OK   {made}")
    return 0


def check(place: Path, edition: str) -> int:
    """Say which notebooks no longer agree with their sources, and which rules the sources break."""
    wrong = check_built(SOURCES, place, edition)
    wrong += [fault for source in sorted(SOURCES.glob("*.py")) for fault in lint(source)]
    for fault in wrong:
        print(f"FIX  {fault}")
    again = "(after mending, type: python3 course.py build)"
    print("OK   notebooks and sources agree" if not wrong else again)
    return 1 if wrong else 0


def notebooks(place: Path, only: set[str], options: argparse.Namespace) -> str:
    run = not options.no_execute
    built = build_all(SOURCES, place, options.edition, execute=run, on_built=_say, only=only)
    return f"built {len(built)} notebooks in {place}"


def slides(place: Path, only: set[str]) -> str:
    from course_utils.build.slides import build_slides  # reveal.js and nbconvert: only who asks loads them

    built = build_slides(SOURCES, place, only=only, on_built=_say)
    return f"built {len(built)} decks; open {place / 'index.html'}"


def handout(place: Path, only: set[str]) -> str:
    from course_utils.build.handout.site import HandoutError, build  # Sphinx takes seconds to load

    try:
        return f"open {build(sorted(map(int, only)) or None, place)}"
    except HandoutError as error:
        raise SourceError(str(error)) from None


PAGES = {"slides": slides, "handout": handout}


def _say(path: Path) -> None:
    print(f"     {path.name}", flush=True)
