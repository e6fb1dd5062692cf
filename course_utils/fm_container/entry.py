"""The entry point of a container: ``train`` or ``serve``, and the first lines of the log."""

from __future__ import annotations

import sys
from importlib import import_module

WRONG_CALL = 64
_VERBS = ("train", "serve")


def enter(package: str, arguments: list[str], usage: str) -> int:
    """Run the ``main`` of a package's module ``train`` or ``serve``; returns the exit code.

    Parameters
    ----------
    package : str
        Name of the container's package.
    arguments : list of str
        The verb; anything else shows the usage, and the exit code is 64.
    usage : str
    """
    if len(arguments) != 1 or arguments[0] not in _VERBS:
        sys.stderr.write(usage)
        return WRONG_CALL
    [verb] = arguments
    print(f"Docker entrypoint called with argument(s): {verb}", flush=True)
    print("Running default environment configuration script", flush=True)
    if verb == "train":
        # jsonschema would load this for a format that no schema here has, and that takes over a second.
        sys.modules.setdefault("rfc3987_syntax", None)
    # Imported this late so that the first lines of the log appear at once.
    return import_module(f"{package}.{verb}").main()
