"""Show, fetch and check the MovieLens archives that the lessons use."""

from __future__ import annotations

import argparse
import sys

from course_utils.datasets import movielens


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    actions.add_parser("list", help="which archives there are (the default)")
    get = actions.add_parser("get", help="download one archive into the cache and check it")
    get.add_argument("name", choices=list(movielens.ARCHIVES), help="which archive")
    parser.set_defaults(name=None)


def main(options: argparse.Namespace) -> int:
    return show() if options.name is None else get(options.name)


def show() -> int:
    """One line for each archive; exit status 1 when one of them is damaged."""
    damaged = False
    for name in movielens.ARCHIVES:
        try:
            place = movielens.locate(name)
        except movielens.ArchiveError as error:
            damaged = True
            print(f"FIX  {name:16} {error}")
        else:
            missing = f"--   {name:16} not here (type: python3 course.py data get {name})"
            print(f"OK   {name:16} {place}" if place else missing)
    return 1 if damaged else 0


def get(name: str) -> int:
    """Download unless a good copy is here."""
    try:
        print(f"OK   {name} at {movielens.fetch(name)}")
    except (movielens.ArchiveError, movielens.DownloadError) as error:
        print(f"FIX  {error}", file=sys.stderr)
        return 1
    return 0
