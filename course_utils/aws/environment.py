"""The settings of this process that point every AWS client at the local SageMaker, and the way back."""

from __future__ import annotations

import os
import sys

from course_utils.local_aws import profile, redirect, server

_untouched: dict[str, str | None] = {}  # environment variables as they were before local mode changed them


def enter_local_environment(local: server.Server, region: str) -> None:
    """Change this process' settings so that every AWS client made from now on talks to ``local``."""
    # This process, which cannot see a new PYTHONPATH, takes the plugin's original and not the copy.
    sys.modules[profile.PLUGIN] = redirect
    settings = profile.settings(local, region, os.environ)
    strangers = profile.strangers(os.environ, settings)
    for name in (*settings, *strangers):
        _untouched.setdefault(name, os.environ.get(name))
    for name in strangers:
        del os.environ[name]
    os.environ.update(settings)
    redirect.stand_guard()
    _forget_boto3_session()


def leave_local_environment() -> None:
    """Give the learner's own settings back."""
    for name, value in _untouched.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    _untouched.clear()
    _forget_boto3_session()


def _forget_boto3_session() -> None:
    """``boto3.client(…)`` uses a session that remembers the settings of its first use."""
    boto3 = sys.modules.get("boto3")
    if boto3 is not None:
        boto3.DEFAULT_SESSION = None
