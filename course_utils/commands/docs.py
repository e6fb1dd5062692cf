"""Make the documents that follow from others: the instructor's guide, the architecture's picture and table.

The guide comes from instructor/source and the lessons; picture and table come from the imports of the code.
"""

from __future__ import annotations

import argparse
import sys

from course_utils.build.architecture_page import PageError, architecture_files
from course_utils.build.guide import GUIDE, GuideError, guide
from course_utils.paths import ROOT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--check", action="store_true", help="write nothing; say which documents are out of date"
    )


def main(options: argparse.Namespace) -> int:
    try:
        text, without = guide()
        made = {GUIDE: text, **architecture_files()}
    except (GuideError, PageError) as error:
        print(f"FIX  {error}", file=sys.stderr)
        return 1
    for number in without:
        print(f"--   lesson {number} is not in the guide: instructor/source/{number}.md is not written")
    old = [path for path, wanted in made.items() if not path.is_file() or path.read_text("utf-8") != wanted]
    for path in old:
        name = path.relative_to(ROOT)
        if options.check:
            print(f"FIX  {name} is out of date; type: python3 course.py docs")
        else:
            path.write_text(made[path], encoding="utf-8")
            print(f"OK   wrote {name}")
    if not old:
        print("OK   guide, architecture page and picture are up to date")
    return 1 if old and options.check else 0
