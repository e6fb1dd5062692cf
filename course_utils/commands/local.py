"""Start, stop or inspect the local SageMaker, the stand-in for AWS on this machine."""

from __future__ import annotations

import argparse
import sys

from course_utils.local_aws import server


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for action in (start, stop, status):
        actions.add_parser(action.__name__, help=action.__doc__).set_defaults(action=action)


def main(options: argparse.Namespace) -> int:
    try:
        return options.action()
    except server.ServerError as error:
        print(f"FIX  {error}", file=sys.stderr)
        return 1


def start() -> int:
    """start it in the background (nothing happens if it runs already)"""
    running = server.running() or server.start()
    print(f"OK  local SageMaker at {running.url}, process {running.pid}, files in {running.state_dir}")
    return 0


def stop() -> int:
    """stop it, with its training jobs and endpoints"""
    running = server.running()
    if running is None:
        print("OK  no local SageMaker was running")
    else:
        running.stop()
        print(f"OK  stopped the local SageMaker at {running.url}")
    return 0


def status() -> int:
    """say whether it runs, and where (exit status 1 when it does not)"""
    running = server.running()
    if running is None:
        print("--  no local SageMaker is running (type: python3 course.py local start)")
        return 1
    print(f"OK  local SageMaker at {running.url}, process {running.pid}, files in {running.state_dir}")
    return 0
