"""The local SageMaker, and what this machine says about an AWS account. Nothing is asked of AWS."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from course_utils.doctor import typed
from course_utils.doctor.finding import Finding

HOME_REGION = "us-east-1"
"""The region that the lessons name."""

VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
"""Python's clients read the second, then the profile's file; other programs read the first before all."""


def local_sagemaker() -> Finding:
    """Whether the local SageMaker runs; either way is fine."""
    from course_utils.local_aws import server

    running = server.running()
    if running is None:
        return Finding("local SageMaker", "not running; lesson 09 starts it by itself")
    return Finding("local SageMaker", f"running at {running.url}")


def aws() -> Finding:
    """Whether there are AWS credentials; either way is fine."""
    if _has_credentials():
        return Finding("AWS", "you have AWS credentials; in local mode the course never uses them")
    return Finding("AWS", "no account configured, and that is fine: the course brings its own SageMaker")


def region() -> Finding:
    """AWS's region is one, the same for every client, and named when there is an account to use it with."""
    from botocore.exceptions import ConfigParseError
    from botocore.session import Session

    session = Session()
    try:
        in_file = session.full_config["profiles"].get(_profile(), {}).get("region")
    except ConfigParseError as error:
        return Finding("region", str(error), typed.setting("AWS_CONFIG_FILE", os.devnull))
    in_environment = {name: os.environ[name] for name in VARIABLES if os.environ.get(name)}
    named = in_environment | ({"the AWS configuration": in_file} if in_file else {})
    known = _regions(session)
    for where, value in named.items():
        if value not in known:
            return Finding(
                "region", f"{where} says {value!r}, no region with SageMaker", _set(_like(value, known))
            )
    if len(set(in_environment.values())) > 1:
        both = " and ".join(f"{name}={value}" for name, value in in_environment.items())
        fault = f"{both}: programs would work in different regions"
        return Finding("region", fault, _set(in_environment["AWS_DEFAULT_REGION"]))
    if not named and _has_credentials():
        return Finding("region", "you have AWS credentials, and no region is set", _set(HOME_REGION))
    return Finding("region", ", ".join(sorted(set(named.values()))) or "none set, none needed without AWS")


def _regions(session) -> list[str]:
    """The regions with SageMaker that botocore's own tables know."""
    partitions = session.get_available_partitions()
    return [
        name
        for each in partitions
        for name in session.get_available_regions("sagemaker", partition_name=each)
    ]


def _like(value: str, known: list[str]) -> str:
    return difflib.get_close_matches(value.lower(), known, 1, cutoff=0)[0]


def _set(name: str) -> str:
    return "; ".join(typed.setting(variable, name) for variable in VARIABLES)


def _profile() -> str:
    return os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or "default"


def _has_credentials() -> bool:
    file = os.environ.get("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")
    named = any(os.environ.get(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"))
    return named or Path(file).expanduser().is_file()
