"""Say what is wrong with this machine and what to type; one line per check."""

from __future__ import annotations

import argparse

from course_utils.doctor import examine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def main(_options: argparse.Namespace) -> int:
    findings = examine()
    for finding in findings:
        print(finding)
    wrong = sum(not finding.ok for finding in findings)
    print("Everything is ready." if not wrong else f"{wrong} to mend, from the top down.")
    return 1 if wrong else 0
