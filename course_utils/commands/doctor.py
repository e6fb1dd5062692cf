"""Say what is wrong with this machine and what to type; one line per check.

Nothing is asked of any other machine, unless you say --online.
"""

from __future__ import annotations

import argparse

from course_utils.doctor import examine
from course_utils.paths import ROOT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--online", action="store_true", help="also ask MovieLens' server whether downloads would work"
    )


def main(options: argparse.Namespace) -> int:
    findings = examine(online=options.online)
    for finding in findings:
        print(finding)
    wrong = sum(not finding.ok for finding in findings)
    print(f"{wrong} to mend, from the top down, in a terminal in {ROOT}" if wrong else "Everything is ready.")
    return 1 if wrong else 0
