"""Build the notebooks from their sources in notebooks/source.

Sources are the only lesson files edited by hand. The student edition is committed in notebooks/; other
editions go to build/.
"""

from __future__ import annotations

import argparse
import sys

from course_utils.build import CellFailed, SourceError, UnstableOutput, build_all, check_built, lint
from course_utils.build.editions import EDITIONS
from course_utils.paths import BUILD, NOTEBOOKS, SOURCES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lessons", nargs="*", metavar="NN", help="only these lessons (default: all)")
    parser.add_argument("--edition", choices=sorted(EDITIONS), default="student", help="default: student")
    parser.add_argument("--no-execute", action="store_true", help="do not run the notebooks while building")
    parser.add_argument(
        "--check", action="store_true", help="build nothing; say which notebooks are out of date"
    )


def main(options: argparse.Namespace) -> int:
    place = NOTEBOOKS if options.edition == "student" else BUILD / options.edition
    if options.check:
        wrong = check_built(SOURCES, place, options.edition)
        wrong += [fault for source in sorted(SOURCES.glob("*.py")) for fault in lint(source)]
        for fault in wrong:
            print(f"FIX  {fault}")
        again = "(after mending, type: python3 course.py build)"
        print("OK   notebooks and sources agree" if not wrong else again)
        return 1 if wrong else 0
    try:
        built = build_all(
            SOURCES,
            place,
            options.edition,
            execute=not options.no_execute,
            on_built=lambda path: print(f"     {path.name}", flush=True),
            only={number.zfill(2) for number in options.lessons},
        )
    except (SourceError, CellFailed, UnstableOutput) as error:
        print(f"FIX  {error}", file=sys.stderr)
        return 1
    print(f"OK   built {len(built)} notebooks in {place}")
    return 0
