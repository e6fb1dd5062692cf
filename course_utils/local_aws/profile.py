"""The settings with which any AWS client on this machine talks to the local SageMaker, and to nothing else.

They are environment variables and the files that these name, below ``profile/`` in the state folder. The
clients need nothing of this package: the botocore plugin that they load is a copy of
:mod:`~course_utils.local_aws.redirect`, which stands on its own.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from course_utils.local_aws import redirect, server
from course_utils.local_aws.account import ROLE_ARN, default_bucket

PLUGIN = "fm_course_redirect"
# A proxy must carry neither what goes to this machine nor what the plugin turns round on its way to AWS:
# botocore chooses the proxy by the address that a client was made with.
_NO_PROXY = "127.0.0.1,localhost,.amazonaws.com,.api.aws"
# An administrator's SDK configuration may lie in a bucket that is not here.
_FOREIGN = "SAGEMAKER_ADMIN_CONFIG_OVERRIDE"
# What a shell may hold besides its own variables of today, or gets later from an `aws` log-in.
USUAL_STRANGERS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_ENDPOINT_URL",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_CA_BUNDLE",
    _FOREIGN,
)


def settings(local: server.Server, region: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Write the profile's files; returns the variables to set in a process that has ``environ`` now.

    Raises
    ------
    ServerError
        When ``region`` cannot be one.
    """
    if not re.fullmatch("[a-z0-9-]+", region):  # it becomes the name of a folder
        raise server.ServerError(f"{region!r} is no AWS region")
    profile = local.state_dir / "profile"
    plugin, files = profile / "plugin", profile / region
    for folder in (plugin, files):
        folder.mkdir(parents=True, exist_ok=True)
    _copy_plugin(plugin)
    no_proxy = _joined(environ.get("no_proxy") or environ.get("NO_PROXY"), _NO_PROXY, ",")
    return {
        "AWS_CONFIG_FILE": str(_write_aws_config(files, local.url, region)),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(_write_sdk_config(files, region)),
        "SAGEMAKER_ROLE_ARN": ROLE_ARN,
        "BOTOCORE_EXPERIMENTAL__PLUGINS": f"fm_course={PLUGIN}",
        "PYTHONPATH": _joined(environ.get("PYTHONPATH"), str(plugin), os.pathsep),
        redirect.ADDRESS_VARIABLE: local.url,
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }


def strangers(environ: Iterable[str], ours: Iterable[str]) -> list[str]:
    """Variables that must go: credentials, profiles and endpoints of the learner's own would win."""
    foreign = {name for name in environ if name.startswith("AWS_") or name == _FOREIGN}
    return sorted(foreign - set(ours))


def _joined(already: str | None, ours: str, separator: str) -> str:
    """``ours`` behind what is there already, once."""
    if not already:
        return ours
    return already if ours in already else f"{already}{separator}{ours}"


def _copy_plugin(folder: Path) -> None:
    _replace(folder / f"{PLUGIN}.py", Path(redirect.__file__).read_text("utf-8"))


def _write_aws_config(folder: Path, url: str, region: str) -> Path:
    """An AWS profile whose keys no account knows."""
    return _replace(
        folder / "config",
        "[default]\n"
        f"region = {region}\n"
        "aws_access_key_id = local\n"
        "aws_secret_access_key = local\n"
        f"endpoint_url = {url}\n",
    )


def _write_sdk_config(folder: Path, region: str) -> Path:
    """Defaults of the SageMaker SDK: no telemetry, our bucket, our role. JSON is YAML, too."""
    sdk = {"Modules": {"TelemetryOptOut": True, "Session": {"DefaultS3Bucket": default_bucket(region)}}}
    roles = {"TrainingJob": {"RoleArn": ROLE_ARN}, "Model": {"ExecutionRoleArn": ROLE_ARN}}
    content = {"SchemaVersion": "1.0", "SageMaker": {"PythonSDK": sdk, **roles}}
    return _replace(folder / "sagemaker.yaml", json.dumps(content, indent=2))


def _replace(path: Path, text: str) -> Path:
    """Write a file in one piece: another process may read it just now."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(text, "utf-8")
    draft.replace(path)
    return path
