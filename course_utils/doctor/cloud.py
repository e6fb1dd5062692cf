"""The local SageMaker, and what this machine says about an AWS account. Nothing is asked of AWS."""

from __future__ import annotations

import difflib
import os
from typing import TYPE_CHECKING

from course_utils.doctor import typed
from course_utils.doctor.finding import Finding

if TYPE_CHECKING:
    from botocore.session import Session

HOME_REGION = "us-east-1"
"""The region that the lessons name."""

VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
"""Python's clients read the second, then the profile's file; other programs read the first before all."""

SIGNED_IN_BY = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
"""Variables from which botocore takes credentials without a profile: keys, a token file, a container."""

PROFILE_SIGNS_IN_BY = (
    "aws_access_key_id",
    "sso_session",
    "sso_start_url",
    "login_session",
    "credential_process",
    "web_identity_token_file",
    "role_arn",
)
"""Settings of a profile from which botocore takes credentials."""


def local_sagemaker() -> Finding:
    """Whether the local SageMaker runs; either way is fine."""
    from course_utils.local_aws import server

    running = server.running()
    if running is None:
        return Finding("local SageMaker", "not running; lesson 09 starts it by itself")
    return Finding("local SageMaker", f"running at {running.url}")


def aws() -> Finding:
    """Whether there are AWS credentials; either way is fine, unless a profile is meant that is not there."""
    from botocore.exceptions import ConfigParseError

    session = _session()
    try:
        profiles = session.full_config["profiles"]
    except ConfigParseError as error:
        return _unreadable("AWS", error)
    if session.profile and session.profile not in profiles:
        names = [name for name in ("AWS_DEFAULT_PROFILE", "AWS_PROFILE") if os.environ.get(name)]
        fault = f"{names[0]} says {session.profile!r}, and no file of AWS's has a profile of that name"
        return Finding("AWS", fault, typed.without(*names))
    if _has_credentials(session):
        return Finding("AWS", "you have AWS credentials; in local mode the course never uses them")
    return Finding("AWS", "no account configured, and that is fine: the course brings its own SageMaker")


def region() -> Finding:
    """AWS's region is one, the same for every client, and named when there is an account to use it with."""
    from botocore.exceptions import ConfigParseError

    session = _session()
    try:
        in_file = _chosen_profile(session).get("region")
    except ConfigParseError as error:
        return _unreadable("region", error)
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
    if not named and _has_credentials(session):
        return Finding("region", "you have AWS credentials, and no region is set", _set(HOME_REGION))
    return Finding("region", ", ".join(sorted(set(named.values()))) or "none set, none needed without AWS")


def _session() -> Session:
    """What AWS's own client would read; we never ask it for credentials, since that may use the network."""
    from botocore.session import Session

    return Session()


def _chosen_profile(session: Session) -> dict[str, str]:
    return session.full_config["profiles"].get(session.profile or "default", {})


def _has_credentials(session: Session) -> bool:
    return any(os.environ.get(name) for name in SIGNED_IN_BY) or any(
        _chosen_profile(session).get(name) for name in PROFILE_SIGNS_IN_BY
    )


def _unreadable(subject: str, error: Exception) -> Finding:
    """A file of AWS's that is no such file; what to type leaves it aside."""
    credentials = os.path.expanduser(_session().get_config_variable("credentials_file"))
    at_fault = "AWS_SHARED_CREDENTIALS_FILE" if credentials in str(error) else "AWS_CONFIG_FILE"
    return Finding(subject, str(error), typed.setting(at_fault, os.devnull))


def _regions(session: Session) -> list[str]:
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
