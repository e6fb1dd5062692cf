"""One door to SageMaker, local or at AWS: ``connect``, ``follow``, and nothing left running.

The same notebook runs in both worlds; ``connect("local")`` or ``connect("aws")`` is the only line that
differs::

    from course_utils import aws

    here = aws.connect("local")
    sagemaker = here.client("sagemaker")

SDK clients read their settings when they are made, and the SageMaker SDK keeps its clients, so connect first.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from course_utils.local_aws import redirect, server
from course_utils.local_aws.account import ACCOUNT_ID, ROLE_ARN, default_bucket

PREFIX = "fm-course-"
"""Names of everything that the course makes begin with this, so that :meth:`Connection.clean_up` finds it."""

_LOG_GROUP = "/aws/sagemaker/TrainingJobs"
_RUNNING = ("InProgress", "Stopping")
_ENDED = ("Completed", "Failed", "Stopped")


class ConnectionRefused(RuntimeError):
    """``connect`` cannot do what was asked; the text says what to do."""


class TrainingFailed(RuntimeError):
    """A training job ended as Failed.

    Attributes
    ----------
    description : dict
        The job's last DescribeTrainingJob reply.
    """

    def __init__(self, description: dict[str, Any]) -> None:
        self.description = description
        super().__init__(_explain_failure(description))


@dataclass(frozen=True)
class Connection:
    """Where the learner works now.

    Attributes
    ----------
    mode : str
        ``"local"`` or ``"aws"``.
    region : str
    role_arn : str
        The role that training jobs and models run under.
    bucket : str
        The default bucket, which exists.
    account_id : str
    endpoint_url : str or None
        Address of the local SageMaker; None at AWS.
    """

    mode: Literal["local", "aws"]
    region: str
    role_arn: str
    bucket: str
    account_id: str
    endpoint_url: str | None

    def client(self, service: str) -> Any:
        """boto3 client of ``service`` ("sagemaker", "sagemaker-runtime", "s3", "logs" …)."""
        return _client(self, service)

    def name(self, kind: str) -> str:
        """A new name such as ``fm-course-train-20260301-101500-123``, which ``clean_up`` recognises."""
        return f"{PREFIX}{kind}-{datetime.now(UTC).strftime('%Y%m%d-%H%M%S-%f')[:-3]}"

    @property
    def s3_folder(self) -> str:
        """``s3://<bucket>/fm-course-data``: where the course keeps its objects; ``clean_up`` empties it."""
        return f"s3://{self.bucket}/{PREFIX}data"

    def what_is_running(self) -> pd.DataFrame:
        """What the course left or still runs: a table with ``kind, name, status, since, costs``.

        ``costs`` is ``"by the second"`` for what is billed while it exists, ``"storage"`` for objects in S3
        and ``"nothing"`` for mere records. An empty table means that nothing is left.
        """
        rows = [{column: row[column] for column in _COLUMNS} for row in self._left()]
        return pd.DataFrame(rows, columns=_COLUMNS)

    def clean_up(self, *, wait: bool = True) -> pd.DataFrame:
        """Stop and delete what the course made: jobs in progress, endpoints, configurations, models, objects.

        Only names that begin with ``fm-course-`` are touched.

        Parameters
        ----------
        wait : bool
            Return only when jobs and endpoints are really gone.

        Returns
        -------
        DataFrame
            What was stopped or deleted, in the columns of :meth:`what_is_running`.
        """
        before = self.what_is_running()
        sagemaker = self.client("sagemaker")
        while True:
            # Asked anew each time: an endpoint that was being made can be deleted later, and a job that was
            # stopped still uploads its artefact.
            left = list(self._left())
            for row in left:
                _delete(sagemaker, row["kind"], row["name"], row["status"])
            self._delete_objects()
            if not wait or all(row["costs"] != "by the second" for row in left):
                return before
            time.sleep(0.2 if self.mode == "local" else 5)

    def _left(self) -> Iterator[dict[str, Any]]:
        sagemaker = self.client("sagemaker")
        for kind, (operation, result, name, status, costs) in _KINDS.items():
            for page in sagemaker.get_paginator(operation).paginate(NameContains=PREFIX):
                for item in page[result]:
                    state = item[status] if status else "exists"
                    if not item[name].startswith(PREFIX) or (
                        kind == "training job" and state not in _RUNNING
                    ):
                        continue
                    yield {
                        "kind": kind,
                        "name": item[name],
                        "status": state,
                        "since": item["CreationTime"],
                        "costs": costs,
                    }
        objects = self._objects()
        if objects:
            yield {
                "kind": "objects",
                "name": f"s3://{self.bucket}/{PREFIX}*",
                "status": f"{len(objects)} objects, {sum(each['Size'] for each in objects) / 1e6:.1f} MB",
                "since": min(each["LastModified"] for each in objects),
                "costs": "storage",
            }

    def _objects(self) -> list[dict[str, Any]]:
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=PREFIX)
        return [item for page in pages for item in page.get("Contents", [])]

    def _delete_objects(self) -> None:
        s3, keys = self.client("s3"), [{"Key": item["Key"]} for item in self._objects()]
        for start in range(0, len(keys), 1000):
            s3.delete_objects(
                Bucket=self.bucket, Delete={"Objects": keys[start : start + 1000], "Quiet": True}
            )


@cache
def _client(connection: Connection, service: str) -> Any:
    import boto3

    return boto3.session.Session(region_name=connection.region).client(service)


_COLUMNS = ["kind", "name", "status", "since", "costs"]
_KINDS = {
    # kind: (operation, member of its reply, name, status, what it costs)
    "training job": (
        "list_training_jobs", "TrainingJobSummaries", "TrainingJobName", "TrainingJobStatus", "by the second",
    ),
    "endpoint": ("list_endpoints", "Endpoints", "EndpointName", "EndpointStatus", "by the second"),
    "endpoint config": ("list_endpoint_configs", "EndpointConfigs", "EndpointConfigName", None, "nothing"),
    "model": ("list_models", "Models", "ModelName", None, "nothing"),
}  # fmt: skip


def _delete(sagemaker: Any, kind: str, name: str, status: str) -> None:
    """Stop or delete one resource; one that has gone meanwhile, or is still being made, is left alone."""
    try:
        if kind == "training job" and status != "Stopping":
            sagemaker.stop_training_job(TrainingJobName=name)
        elif kind == "endpoint" and status != "Deleting":
            sagemaker.delete_endpoint(EndpointName=name)
        elif kind == "endpoint config":
            sagemaker.delete_endpoint_config(EndpointConfigName=name)
        elif kind == "model":
            sagemaker.delete_model(ModelName=name)
    except sagemaker.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in ("ValidationException", "ResourceNotFound"):
            raise


# --- connect ------------------------------------------------------------------------------------------------

_untouched: dict[str, str | None] = {}  # environment variables as they were before local mode changed them


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
    found = server.running()
    local = found or server.start()
    try:
        _refuse_old_clients(local.url)
    except ConnectionRefused:
        if found is None:
            local.stop()
        raise
    if found is None:
        atexit.register(local.stop)
    _enter_local_environment(local, region)
    connection = Connection("local", region, ROLE_ARN, default_bucket(region), ACCOUNT_ID, local.url)
    _prove_redirection(connection)
    _ensure_bucket(connection)
    print(f"Connected to the local SageMaker at {local.url}. Nothing here reaches AWS or costs money.")
    return connection


def _connect_aws(region: str, i_accept_charges: bool) -> Connection:
    import botocore.exceptions

    if not i_accept_charges and os.environ.get("COURSE_AWS_OPT_IN") != "yes":
        raise ConnectionRefused(
            "AWS charges for training jobs, endpoints and storage. If you want that, call\n"
            '    aws.connect("aws", i_accept_charges=True)\n'
            'or set COURSE_AWS_OPT_IN=yes. aws.connect("local") is free.'
        )
    _refuse_old_clients(None)
    _leave_local_environment()
    os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"] = region
    draft = Connection("aws", region, "", "", "", None)
    try:
        identity = draft.client("sts").get_caller_identity()
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise ConnectionRefused(
            f"AWS does not know you: {error}\n"
            "Type `aws configure` (or `aws sso login`) in a terminal, then try again."
        ) from error
    account = identity["Account"]
    role = os.environ.get("SAGEMAKER_ROLE_ARN") or _role_of(identity["Arn"], draft)
    connection = Connection("aws", region, role, f"sagemaker-{region}-{account}", account, None)
    _ensure_bucket(connection)
    print(
        f"Connected to AWS: account {account}, region {region},\nrole {role}, bucket {connection.bucket}.\n"
        "Training jobs and endpoints cost money from now on; clean_up() ends them."
    )
    return connection


def _role_of(caller: str, connection: Connection) -> str:
    """The role that the caller has assumed (as in a SageMaker notebook); a user has none."""
    _, _, assumed = caller.partition(":assumed-role/")
    if not assumed:
        raise ConnectionRefused(
            f"You are {caller}, which is not a role that SageMaker can run under. "
            "Set SAGEMAKER_ROLE_ARN to the ARN of a SageMaker execution role."
        )
    return connection.client("iam").get_role(RoleName=assumed.split("/")[0])["Role"]["Arn"]


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


# --- the environment of local mode --------------------------------------------------------------------------

_PLUGIN = f"fm_course={redirect.__name__}"
# A proxy must carry neither what goes to this machine nor what the plugin turns round on its way to AWS:
# botocore chooses the proxy by the address that a client was made with.
_NO_PROXY = "127.0.0.1,localhost,.amazonaws.com,.api.aws"


def _enter_local_environment(local: server.Server, region: str) -> None:
    """Change this process' settings so that every AWS client made from now on talks to ``local``."""
    files = local.state_dir / "profile"
    files.mkdir(parents=True, exist_ok=True)
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
        "NO_PROXY": _without_proxy(os.environ.get("NO_PROXY")),
        "no_proxy": _without_proxy(os.environ.get("no_proxy")),
    }
    # Credentials, profiles and endpoints of the learner's own would win over the profile: they step aside.
    strangers = [name for name in os.environ if name.startswith("AWS_") and name not in settings]
    for name in (*settings, *strangers):
        _untouched.setdefault(name, os.environ.get(name))
    for name in strangers:
        del os.environ[name]
    os.environ.update(settings)
    _forget_boto3_session()


def _leave_local_environment() -> None:
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


# --- follow -------------------------------------------------------------------------------------------------


def follow(
    job_name: str,
    *,
    only: str = "",
    poll: float | None = None,
    show: Callable[[str], object] = print,
) -> dict[str, Any]:
    """Print a training job's statuses and log lines as they come, until it ends.

    Parameters
    ----------
    job_name : str
    only : str
        Regular expression; of the log, only lines in which it is found are shown. Default: every line.
    poll : float, optional
        Seconds between two looks; default 0.2 locally, 5 at AWS.
    show : callable
        Called with every line.

    Returns
    -------
    dict
        The last DescribeTrainingJob reply (status Completed or Stopped).

    Raises
    ------
    TrainingFailed
        When the job failed; the text explains its FailureReason.
    """
    import boto3

    session = boto3.session.Session()
    sagemaker, logs = session.client("sagemaker"), session.client("logs")
    if poll is None:
        poll = 0.2 if redirect.ADDRESS_VARIABLE in os.environ else 5.0
    statuses = 0
    tokens: dict[str, str] = {}
    while True:
        job = sagemaker.describe_training_job(TrainingJobName=job_name)
        over = job["TrainingJobStatus"] in _ENDED
        transitions = job.get("SecondaryStatusTransitions", [])
        reached = len(transitions)
        # Statuses up to Training come before the log lines; those after it, behind them.
        before = [each for each in transitions[statuses:] if each["Status"] in _BEFORE_THE_LOG]
        for each in before:
            show(_status_line(each))
        for line in _new_log_lines(logs, job_name, tokens):
            if re.search(only, line):
                show(line)
        for each in transitions[statuses:]:
            if each not in before:
                show(_status_line(each))
        statuses = reached
        if over:
            break
        time.sleep(poll)
    if job["TrainingJobStatus"] == "Failed":
        raise TrainingFailed(job)
    show(f"Billable seconds: {job.get('BillableTimeInSeconds', 0)}")
    return job


_BEFORE_THE_LOG = ("Starting", "Pending", "Downloading", "Training")


def _status_line(transition: dict[str, Any]) -> str:
    moment = transition["StartTime"].astimezone(UTC).strftime("%H:%M:%S")
    return f"{moment}  {transition['Status']:<12} {transition.get('StatusMessage', '')}".rstrip()


def _new_log_lines(logs: Any, job_name: str, tokens: dict[str, str]) -> Iterator[str]:
    """Log lines that were not seen yet; ``tokens`` remembers how far each stream was read."""
    try:
        streams = logs.describe_log_streams(logGroupName=_LOG_GROUP, logStreamNamePrefix=f"{job_name}/")
    except logs.exceptions.ResourceNotFoundException:
        return  # no job has ever written a line
    for stream in streams["logStreams"]:
        name = stream["logStreamName"]
        while True:
            token = {"nextToken": tokens[name]} if name in tokens else {}
            page = logs.get_log_events(
                logGroupName=_LOG_GROUP, logStreamName=name, startFromHead=True, **token
            )
            tokens[name] = page["nextForwardToken"]
            if not page["events"]:
                break
            for event in page["events"]:
                yield event["message"]


_ADVICE = {
    "ClientError": "The algorithm refused its input. The sentence above names the hyperparameter or channel "
    "to correct; then start a job under a new name.",
    "AlgorithmError": "The program itself failed. The log lines above end with the reason; a hyperparameter "
    "of the wrong kind is the usual one.",
    "InternalServerError": "That was not your doing. Start the job again under a new name.",
}


def _explain_failure(job: dict[str, Any]) -> str:
    reason = job.get("FailureReason", "no reason was given")
    advice = _ADVICE.get(reason.split(":")[0], "Correct what it says and start a job under a new name.")
    return f"Training job {job['TrainingJobName']} failed.\n  {reason}\n{advice}"
