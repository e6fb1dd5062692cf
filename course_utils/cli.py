"""The ``course`` command: one subcommand for each module of :mod:`course_utils.commands`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

COMMANDS = ("lab", "demo", "run", "test", "doctor", "data", "local", "aws", "build", "docs")
PASS_ARGUMENTS_ON = ("lab", "demo", "test")  # to JupyterLab and to pytest
FOLDERS = ("COURSE_DATA_DIR", "COURSE_GOLDEN_DIR", "COURSE_CACHE_DIR", "COURSE_STATE_DIR")


def parser(commands: Sequence[str] = COMMANDS) -> argparse.ArgumentParser:
    """The command line of these commands; each one's module says its own arguments and its own help."""
    top = argparse.ArgumentParser(
        prog="course", description="Recommender systems with factorization machines"
    )
    described = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in commands:
        module = importlib.import_module(f"course_utils.commands.{name}")
        summary = (module.__doc__ or "").splitlines()[0].rstrip(".")
        command = described.add_parser(name, help=summary, description=module.__doc__)
        module.add_arguments(command)
        command.set_defaults(main=module.main, command=name)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status (0 when all went well)."""
    arguments = sys.argv[1:] if arguments is None else arguments
    # Only the command that is asked for: importing them all takes seconds.
    line = parser(arguments[:1] if arguments and arguments[0] in COMMANDS else COMMANDS)
    options, rest = line.parse_known_args(arguments)
    if rest and options.command not in PASS_ARGUMENTS_ON:
        line.error(f"unrecognized arguments: {' '.join(rest)}")
    options.rest = rest
    for name in FOLDERS:  # kernels run in other folders, where a relative path would name another place
        if os.environ.get(name):
            os.environ[name] = str(Path(os.environ[name]).expanduser().absolute())
    return options.main(options)


if __name__ == "__main__":
    sys.exit(main())
