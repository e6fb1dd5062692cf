"""Keeps the learner's AWS set-up out of the server's process, and the server's files in its state folder."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

_ACCESS_KEY = re.compile(r"A[KS]IA[A-Z0-9]{12,}")
_SECRET_KEY = re.compile(r"[A-Za-z0-9/+]{40}")
_TOKENS = ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")


def without_aws(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that a server may see: none of the learner's AWS set-up, and no proxy."""
    return {name: value for name, value in environ.items() if not _is_foreign(name)}


def credentials(environ: Mapping[str, str]) -> list[str]:
    """Names of the variables that hold what looks like credentials of a real AWS account."""
    return sorted(name for name, value in environ.items() if _is_credential(name, value))


def explain(names: list[str]) -> str:
    """What to tell somebody who starts the server beside real credentials."""
    return (
        f"The local SageMaker does not start beside real AWS credentials, and {', '.join(names)} "
        "looks like some.\nStart it with `python3 course.py local start`, which hides them from it, "
        f"or take them away first: unset {' '.join(names)}"
    )


def seclude(state_dir: Path) -> None:
    """From now on this process sees no AWS set-up, and its home and temporary folder lie in ``state_dir``."""
    temporary = state_dir / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(mode=0o700)
    tempfile.tempdir = None  # looked up anew
    for name in list(os.environ):
        if _is_foreign(name):
            del os.environ[name]
    os.environ.update(
        dict.fromkeys(("HOME", "USERPROFILE"), str(state_dir)),  # where ~/.aws would be
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary)),
        **dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "BOTO_CONFIG"), os.devnull),
        AWS_EC2_METADATA_DISABLED="true",
        MOTO_DISABLE_GLOBAL_CORS="true",  # no web page may read what is here
    )


def _is_foreign(name: str) -> bool:
    return name.upper().startswith(("AWS_", "BOTO", "SAGEMAKER_")) or name.lower().endswith("_proxy")


def _is_credential(name: str, value: str) -> bool:
    if name in _TOKENS:
        return bool(value.strip())
    if name == "AWS_SECRET_ACCESS_KEY":
        return bool(_SECRET_KEY.fullmatch(value.strip()))
    return name.startswith("AWS_") and bool(_ACCESS_KEY.fullmatch(value.strip()))
