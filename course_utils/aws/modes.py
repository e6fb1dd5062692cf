"""``connect``: the local SageMaker or AWS, and the checks on the way to each."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Iterator
from typing import Any, Literal

from course_utils.aws.connection import Connection
from course_utils.aws.environment import enter_local_environment, leave_local_environment
from course_utils.local_aws import redirect, server
from course_utils.local_aws.account import ACCOUNT_ID, ROLE_ARN, default_bucket


class ConnectionRefused(RuntimeError):
    """``connect`` cannot do what was asked; the text says what to do."""


def connect(
    mode: Literal["local", "aws"] = "local", *, region: str = "us-east-1", i_accept_charges: bool = False
) -> Connection:
    """Point every AWS client of this Python process at the local SageMaker, or at AWS.

    Parameters
    ----------
    mode : {"local", "aws"}
        ``"local"`` starts the local SageMaker if none runs (and stops it when this process ends); it needs no
        account and nothing can reach AWS. ``"aws"`` uses your own credentials and costs money.
    region : str
    i_accept_charges : bool
        Needed for ``"aws"``, unless the environment has ``COURSE_AWS_OPT_IN=yes``.

    Raises
    ------
    ConnectionRefused
        When the charges were not accepted, no credentials or role are found, or clients of another connection
        exist already.
    """
    if mode not in ("local", "aws"):
        raise ValueError(f'mode is {mode!r}; it must be "local" or "aws"')
    return _connect_local(region) if mode == "local" else _connect_aws(region, i_accept_charges)


def _connect_local(region: str) -> Connection:
    local = server.start(outlive=False)
    if local.ours:
        atexit.register(local.stop)  # ending with this process by itself, it would end a little later
    try:
        _refuse_old_clients(local.url)
    except ConnectionRefused:
        if local.ours:
            local.stop()
        raise
    enter_local_environment(local, region)
    connection = Connection("local", region, ROLE_ARN, default_bucket(region), ACCOUNT_ID, local.url)
    _prove_redirection(connection)
    _ensure_bucket(connection)
    print(f"Connected to the local SageMaker at {local.url}. Nothing here reaches AWS or costs money.")
    return connection


def _connect_aws(region: str, i_accept_charges: bool) -> Connection:
    import boto3
    import botocore.exceptions

    if not i_accept_charges and os.environ.get("COURSE_AWS_OPT_IN") != "yes":
        raise ConnectionRefused(
            "AWS charges for training jobs, endpoints and storage. If you want that, call\n"
            '    aws.connect("aws", i_accept_charges=True)\n'
            'or set COURSE_AWS_OPT_IN=yes. aws.connect("local") is free.'
        )
    _refuse_old_clients(None)
    leave_local_environment()
    os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"] = region
    session = boto3.session.Session(region_name=region)
    try:
        identity = session.client("sts").get_caller_identity()
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise ConnectionRefused(
            f"AWS does not know you: {error}\n"
            "Type `aws configure` (or `aws sso login`) in a terminal, then try again."
        ) from error
    account = identity["Account"]
    role = os.environ.get("SAGEMAKER_ROLE_ARN") or _role_of(identity["Arn"], session)
    connection = Connection("aws", region, role, f"sagemaker-{region}-{account}", account, None)
    _ensure_bucket(connection)
    print(
        f"Connected to AWS: account {account}, region {region},\nrole {role}, bucket {connection.bucket}.\n"
        "Training jobs and endpoints cost money from now on; clean_up() ends them."
    )
    return connection


def _role_of(caller: str, session: Any) -> str:
    """The role that the caller has assumed (as in a SageMaker notebook); a user has none."""
    _, _, assumed = caller.partition(":assumed-role/")
    if not assumed:
        raise ConnectionRefused(
            f"You are {caller}, which is not a role that SageMaker can run under. "
            "Set SAGEMAKER_ROLE_ARN to the ARN of a SageMaker execution role."
        )
    return session.client("iam").get_role(RoleName=assumed.split("/")[0])["Role"]["Arn"]


def _ensure_bucket(connection: Connection) -> None:
    s3 = connection.client("s3")
    try:
        s3.head_bucket(Bucket=connection.bucket, ExpectedBucketOwner=connection.account_id)
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise ConnectionRefused(f"The bucket {connection.bucket} is not usable: {error}") from error
        place = {"CreateBucketConfiguration": {"LocationConstraint": connection.region}}
        s3.create_bucket(Bucket=connection.bucket, **({} if connection.region == "us-east-1" else place))


def _refuse_old_clients(endpoint_url: str | None) -> None:
    """The SageMaker SDK keeps its clients for good; they must belong to ``endpoint_url``."""
    if any(_belongs_elsewhere(url, endpoint_url) for url in _sdk_client_urls()):
        raise ConnectionRefused(
            "The SageMaker SDK has made clients for another connection in this Python process, and it keeps "
            "them. Restart the kernel (Kernel ▸ Restart), and call aws.connect(…) before anything else."
        )


def _belongs_elsewhere(url: str, endpoint_url: str | None) -> bool:
    return url != endpoint_url if endpoint_url else url.startswith("http://127.0.0.1")


def _sdk_client_urls() -> Iterator[str]:
    """Addresses of the clients that the SageMaker SDK has cached."""
    utils = sys.modules.get("sagemaker.core.utils.utils")
    caches = getattr(getattr(utils, "_ClientCacheMeta", None), "_instances", {})
    for kept in caches.values():
        for holder in kept.values():
            yield holder.sagemaker_client.meta.endpoint_url


def _prove_redirection(connection: Connection) -> None:
    """Make sure, before anything is sent, that a client with AWS's own address is watched over."""
    import boto3

    region = connection.region
    session = boto3.session.Session(region_name=region)
    client = session.client("sts", endpoint_url=f"https://sts.{region}.amazonaws.com")
    if not redirect.is_redirected(client):
        raise ConnectionRefused(
            "This version of botocore does not load the plugin that keeps local mode local. "
            "Install the versions that the course was tested with: uv sync --frozen"
        )
