"""The settings of this process that point every AWS client at the local SageMaker, and the way back."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from course_utils.local_aws import redirect, server
from course_utils.local_aws.account import ROLE_ARN, default_bucket

_untouched: dict[str, str | None] = {}  # environment variables as they were before local mode changed them

_PLUGIN = f"fm_course={redirect.__name__}"
# A proxy must carry neither what goes to this machine nor what the plugin turns round on its way to AWS:
# botocore chooses the proxy by the address that a client was made with.
_NO_PROXY = "127.0.0.1,localhost,.amazonaws.com,.api.aws"


def enter_local_environment(local: server.Server, region: str) -> None:
    """Change this process' settings so that every AWS client made from now on talks to ``local``."""
    files = local.state_dir / "profile"
    files.mkdir(parents=True, exist_ok=True)
    no_proxy = _without_proxy(os.environ.get("no_proxy") or os.environ.get("NO_PROXY"))
    settings = {
        "AWS_CONFIG_FILE": str(_write_aws_config(files, local.url, region)),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(_write_sdk_config(files, region)),
        "SAGEMAKER_ROLE_ARN": ROLE_ARN,
        "BOTOCORE_EXPERIMENTAL__PLUGINS": _PLUGIN,
        redirect.ADDRESS_VARIABLE: local.url,
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }
    # Credentials, profiles and endpoints of the learner's own would win over the profile: they step aside.
    # So does an administrator's SDK configuration, which may lie in a bucket that is not here.
    strangers = [
        name
        for name in os.environ
        if (name.startswith("AWS_") or name == "SAGEMAKER_ADMIN_CONFIG_OVERRIDE") and name not in settings
    ]
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


def _without_proxy(already: str | None) -> str:
    if already and _NO_PROXY in already:
        return already
    return f"{already},{_NO_PROXY}" if already else _NO_PROXY


def _write_aws_config(folder: Path, url: str, region: str) -> Path:
    """An AWS profile whose keys no account knows."""
    path = folder / "config"
    path.write_text(
        "[default]\n"
        f"region = {region}\n"
        "aws_access_key_id = local\n"
        "aws_secret_access_key = local\n"
        f"endpoint_url = {url}\n",
        "utf-8",
    )
    return path


def _write_sdk_config(folder: Path, region: str) -> Path:
    """Defaults of the SageMaker SDK: no telemetry, our bucket, our role. JSON is YAML, too."""
    path = folder / "sagemaker.yaml"
    sdk = {"Modules": {"TelemetryOptOut": True, "Session": {"DefaultS3Bucket": default_bucket(region)}}}
    roles = {"TrainingJob": {"RoleArn": ROLE_ARN}, "Model": {"ExecutionRoleArn": ROLE_ARN}}
    path.write_text(
        json.dumps({"SchemaVersion": "1.0", "SageMaker": {"PythonSDK": sdk, **roles}}, indent=2), "utf-8"
    )
    return path
