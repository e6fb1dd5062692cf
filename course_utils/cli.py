"""The ``course`` command: one subcommand for each module of :mod:`course_utils.commands`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

COMMANDS = ("lab", "run", "test", "doctor", "data", "local", "build")
PASS_ARGUMENTS_ON = ("lab", "test")  # to JupyterLab and to pytest
FOLDERS = ("COURSE_DATA_DIR", "COURSE_GOLDEN_DIR", "COURSE_CACHE_DIR", "COURSE_STATE_DIR")


def parser() -> argparse.ArgumentParser:
    """The whole command line; each command's module says its own arguments and its own help."""
    top = argparse.ArgumentParser(
        prog="course", description="Recommender systems with factorization machines"
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = importlib.import_module(f"course_utils.commands.{name}")
        summary = (module.__doc__ or "").splitlines()[0].rstrip(".")
        command = commands.add_parser(name, help=summary, description=module.__doc__)
        module.add_arguments(command)
        command.set_defaults(main=module.main, command=name)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status (0 when all went well)."""
    options, rest = parser().parse_known_args(arguments)
    if rest and options.command not in PASS_ARGUMENTS_ON:
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    options.rest = rest
    for name in FOLDERS:  # kernels run in other folders, where a relative path would name another place
        if os.environ.get(name):
            os.environ[name] = str(Path(os.environ[name]).expanduser().absolute())
    return options.main(options)


if __name__ == "__main__":
    sys.exit(main())
