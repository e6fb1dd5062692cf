"""What the course has made and not taken away: found by its tag or its names, in any run, after any crash.

Everything that is made while a connection exists bears the tag ``fm-course``, whatever its name and whichever
SDK made it (:mod:`course_utils.aws.gate`). Names that begin with ``fm-course-`` count, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from course_utils.aws.gate import TAG

PREFIX = "fm-course-"
"""Names that the course chooses begin with this, and so do the keys of its objects."""

BY_THE_SECOND = "by the second"
_RUNNING = ("InProgress", "Stopping")
_GONE = ("ValidationException", "ResourceNotFound", "ResourceNotFoundException")
_FORBIDDEN = ("AccessDenied", "AccessDeniedException")
_NOT_OFFERED = "UnknownOperationException"  # the local SageMaker has no processing jobs
_LATER = ("Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown")
_BEING_MADE = ("Creating", "Updating", "SystemUpdating", "RollingBack")
_ENDPOINT_LOGS = "/aws/sagemaker/Endpoints/"
_JOB_LOGS = ("/aws/sagemaker/TrainingJobs", "/aws/sagemaker/TransformJobs", "/aws/sagemaker/ProcessingJobs")

Client = Callable[[str], Any]
"""``client("s3")``: a boto3 client."""


@dataclass(frozen=True)
class Leftover:
    """One thing that is still there.

    Attributes
    ----------
    kind, name, status : str
    since : datetime
    costs : str
        ``"by the second"``, ``"storage"`` or ``"nothing"``.
    run : str
        Which run made it, as its tag says; empty where there is no tag.
    """

    kind: str
    name: str
    status: str
    since: datetime
    costs: str
    run: str = ""


@dataclass(frozen=True)
class _Kind:
    """How one kind of resource is listed."""

    operation: str
    result: str
    stem: str  # of the members: TrainingJob for TrainingJobName, TrainingJobArn, TrainingJobStatus
    costs: str
    stop: str | None = None
    has_status: bool = True


_KINDS = {
    # The tuning job first: it would start new training jobs for those that are stopped.
    "tuning job": _Kind(
        "list_hyper_parameter_tuning_jobs", "HyperParameterTuningJobSummaries", "HyperParameterTuningJob",
        BY_THE_SECOND, "stop_hyper_parameter_tuning_job",
    ),
    "training job": _Kind(
        "list_training_jobs", "TrainingJobSummaries", "TrainingJob", BY_THE_SECOND, "stop_training_job"
    ),
    "transform job": _Kind(
        "list_transform_jobs", "TransformJobSummaries", "TransformJob", BY_THE_SECOND, "stop_transform_job"
    ),
    "processing job": _Kind(
        "list_processing_jobs", "ProcessingJobSummaries", "ProcessingJob",
        BY_THE_SECOND, "stop_processing_job",
    ),
    "endpoint": _Kind("list_endpoints", "Endpoints", "Endpoint", BY_THE_SECOND),
    "endpoint config": _Kind(
        "list_endpoint_configs", "EndpointConfigs", "EndpointConfig", "nothing", has_status=False
    ),
    "model": _Kind("list_models", "Models", "Model", "nothing", has_status=False),
}  # fmt: skip


def look(client: Client, bucket: str) -> tuple[list[Leftover], list[str]]:
    """Everything of one region, logs too; and what could not be looked at, in words."""
    parts = {
        "SageMaker": lambda: _all_resources(client),
        f"the bucket {bucket}": lambda: _stored(client, bucket),
        "the logs": lambda: find_logs(client),
    }
    found, unknown = [], []
    for name, part in parts.items():
        try:
            found += part()
        except (ClientError, BotoCoreError) as error:
            unknown.append(f"{name} could not be looked at: {error}")
    return found, unknown


def find(client: Client, bucket: str) -> Iterator[Leftover]:
    """Jobs in progress, endpoints, configurations and models of one region, and the objects of a bucket."""
    yield from _all_resources(client)
    yield from _stored(client, bucket)


def _all_resources(client: Client) -> Iterator[Leftover]:
    sagemaker = client("sagemaker")
    for name, kind in _KINDS.items():
        yield from _resources(sagemaker, name, kind)


def _stored(client: Client, bucket: str) -> Iterator[Leftover]:
    objects = _objects(client("s3"), bucket)
    if objects:
        size = sum(each["Size"] for each in objects) / 1e6
        yield Leftover(
            "objects",
            f"s3://{bucket}/{PREFIX}*",
            f"{len(objects)} objects, {size:.1f} MB",
            min(each["LastModified"] for each in objects),
            "storage",
        )


def running(client: Client) -> Iterator[Leftover]:
    """What is billed by the second, of one region."""
    sagemaker = client("sagemaker")
    for name, kind in _KINDS.items():
        if kind.costs == BY_THE_SECOND:
            yield from _resources(sagemaker, name, kind)


def _resources(sagemaker: Any, name: str, kind: _Kind) -> Iterator[Leftover]:
    try:
        yield from _listed(sagemaker, name, kind)
    except ClientError as error:
        if error.response["Error"]["Code"] != _NOT_OFFERED:
            raise


def _listed(sagemaker: Any, name: str, kind: _Kind) -> Iterator[Leftover]:
    pages = sagemaker.get_paginator(kind.operation)
    # Of jobs, those that run: an account may have a long history, and what is over costs nothing.
    for wanted in [{"StatusEquals": status} for status in _RUNNING] if kind.stop else [{}]:
        for page in pages.paginate(**wanted):
            for item in page[kind.result]:
                run = _run_of(sagemaker, item[f"{kind.stem}Arn"])
                if run is None and not item[f"{kind.stem}Name"].startswith(PREFIX):
                    continue
                status = item[f"{kind.stem}Status"] if kind.has_status else "exists"
                yield Leftover(
                    name, item[f"{kind.stem}Name"], status, item["CreationTime"], kind.costs, run or ""
                )


def _run_of(sagemaker: Any, arn: str) -> str | None:
    """The value of the course's tag, or None without one, or where nobody may look."""
    try:
        pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
        tags = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
    except ClientError as error:
        if error.response["Error"]["Code"] in (*_GONE, *_FORBIDDEN):  # gone since it was listed, or not ours
            return None
        raise
    return tags.get(TAG)


class NotDeleted(RuntimeError):
    """The service answered, and something is still there; the text says what."""


@dataclass(frozen=True)
class Refusal:
    """What could not be stopped or deleted, and why.

    Attributes
    ----------
    left : Leftover
    error : Exception
    """

    left: Leftover
    error: Exception

    @property
    def for_good(self) -> bool:
        """Whether asking again is no use: it was not for too many questions at a time."""
        return not (isinstance(self.error, ClientError) and self.error.response["Error"]["Code"] in _LATER)

    def __str__(self) -> str:
        return f"{self.left.kind} {self.left.name}: {self.error}"


def remove(client: Client, bucket: str, left: list[Leftover]) -> list[Refusal]:
    """Stop or delete these as far as that can be done now; what is still being made stays for next time.

    One refusal keeps nothing else from being deleted; all of them are returned.
    """
    # AWS: the configuration of an endpoint must stay while the endpoint is being made.
    being_made = any(each.kind == "endpoint" and each.status in _BEING_MADE for each in left)
    refused = []
    for each in left:
        if being_made and each.kind in ("endpoint config", "model"):
            continue
        try:
            _remove(client, bucket, each)
        except (ClientError, BotoCoreError, NotDeleted) as error:
            refused.append(Refusal(each, error))
    return refused


def _remove(client: Client, bucket: str, left: Leftover) -> None:
    if left.kind == "objects":
        _delete_objects(client("s3"), bucket)
    elif left.kind in _LOG_KINDS:
        _LOG_KINDS[left.kind](client("logs"), left.name)
    else:
        _remove_resource(client("sagemaker"), left)


def _remove_resource(sagemaker: Any, left: Leftover) -> None:
    kind = _KINDS[left.kind]
    if left.status in ("Stopping", "Deleting"):
        return
    operation = kind.stop or f"delete_{kind.operation.removeprefix('list_').removesuffix('s')}"
    try:
        getattr(sagemaker, operation)(**{f"{kind.stem}Name": left.name})
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise


def _objects(s3: Any, bucket: str) -> list[dict[str, Any]]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=PREFIX)
    try:
        return [item for page in pages for item in page.get("Contents", [])]
    except s3.exceptions.NoSuchBucket:
        return []


def _delete_objects(s3: Any, bucket: str) -> None:
    keys = [{"Key": item["Key"]} for item in _objects(s3, bucket)]
    for start in range(0, len(keys), 1000):
        asked = {"Objects": keys[start : start + 1000], "Quiet": True}
        if errors := s3.delete_objects(Bucket=bucket, Delete=asked).get("Errors"):
            first = f"{errors[0]['Key']}: {errors[0].get('Message', errors[0].get('Code'))}"
            raise NotDeleted(f"{len(errors)} objects of s3://{bucket} are still there, such as {first}")


# --- logs ---------------------------------------------------------------------------------------------------


def find_logs(client: Client) -> Iterator[Leftover]:
    """Log groups of the course's endpoints, and log streams of its jobs, told by their names."""
    logs = client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate(
        logGroupNamePrefix=_ENDPOINT_LOGS + PREFIX
    ):
        for group in page["logGroups"]:
            size = f"{group.get('storedBytes', 0) / 1e6:.1f} MB"
            yield Leftover(
                "log group", group["logGroupName"], size, _moment(group["creationTime"]), "storage"
            )
    for group in _JOB_LOGS:
        streams = _streams(logs, group)
        if streams:
            since = _moment(min(each["creationTime"] for each in streams))
            yield Leftover("log streams", f"{group}:{PREFIX}*", f"{len(streams)} streams", since, "storage")


def _streams(logs: Any, group: str) -> list[dict[str, Any]]:
    pages = logs.get_paginator("describe_log_streams")
    try:
        return [
            stream
            for page in pages.paginate(logGroupName=group, logStreamNamePrefix=PREFIX)
            for stream in page["logStreams"]
        ]
    except logs.exceptions.ResourceNotFoundException:
        return []


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _delete_group(logs: Any, name: str) -> None:
    try:
        logs.delete_log_group(logGroupName=name)
    except logs.exceptions.ResourceNotFoundException:
        return


def _delete_streams(logs: Any, name: str) -> None:
    group = name.split(":")[0]
    for stream in _streams(logs, group):
        logs.delete_log_stream(logGroupName=group, logStreamName=stream["logStreamName"])


_LOG_KINDS = {"log group": _delete_group, "log streams": _delete_streams}
