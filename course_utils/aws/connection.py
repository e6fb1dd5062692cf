"""What ``connect`` returns: where the learner works, and what the course has left there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

import pandas as pd

PREFIX = "fm-course-"
"""Names of everything that the course makes begin with this, so that :meth:`Connection.clean_up` finds it."""

_RUNNING = ("InProgress", "Stopping")


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
        """A new name such as ``fm-course-tune-260301-101500-123``, which ``clean_up`` recognises.

        Tuning jobs take names of at most 32 characters: keep ``kind`` to four for them.
        """
        return f"{PREFIX}{kind}-{datetime.now(UTC).strftime('%y%m%d-%H%M%S-%f')[:-3]}"

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

    def clean_up(self, *, wait: bool = True, timeout: float = 900) -> pd.DataFrame:
        """Stop and delete what the course made: jobs in progress, endpoints, configurations, models, objects.

        Only names that begin with ``fm-course-`` are touched.

        Parameters
        ----------
        wait : bool
            Return only when jobs and endpoints are really gone.
        timeout : float
            How many seconds to wait for that at most.

        Returns
        -------
        DataFrame
            What was stopped or deleted, in the columns of :meth:`what_is_running`.

        Raises
        ------
        TimeoutError
            When jobs or endpoints are still there after ``timeout`` seconds; the text names them.
        """
        before = self.what_is_running()
        deadline = time.monotonic() + timeout
        sagemaker = self.client("sagemaker")
        while True:
            # Asked anew each time: an endpoint that was being made can be deleted later, and a job that was
            # stopped still uploads its artefact.
            left = list(self._left())
            for row in left:
                _delete(sagemaker, row["kind"], row["name"], row["status"])
            self._delete_objects()
            costly = [row for row in left if row["costs"] == "by the second"]
            if not wait or not costly:
                return before
            if time.monotonic() > deadline:
                raise TimeoutError(_explain_leftovers(costly, timeout, self.mode))
            time.sleep(0.2 if self.mode == "local" else 5)

    def _left(self) -> Iterator[dict[str, Any]]:
        sagemaker = self.client("sagemaker")
        for kind, (operation, result, name, status, costs) in _KINDS.items():
            for page in sagemaker.get_paginator(operation).paginate(NameContains=PREFIX):
                for item in page[result]:
                    state = item[status] if status else "exists"
                    if not item[name].startswith(PREFIX) or (kind in _STOP and state not in _RUNNING):
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

    if connection.mode == "aws":
        return boto3.session.Session(region_name=connection.region).client(service)
    # Said here and not left to the environment: a local connection stays local when the mode is left.
    session = boto3.session.Session("local", "local", region_name=connection.region)
    return session.client(service, endpoint_url=connection.endpoint_url)


def _explain_leftovers(rows: list[dict[str, Any]], seconds: float, mode: str) -> str:
    names = "\n".join(f"  {row['kind']} {row['name']} is {row['status']}" for row in rows)
    remedy = {
        "local": "Stop the local SageMaker, which ends everything: type `python3 course.py local stop`.",
        "aws": "They cost money while they exist. Call clean_up() again in some minutes, and look at\n"
        "https://console.aws.amazon.com/sagemaker/ if they stay.",
    }[mode]
    return f"Still there after {seconds:g} seconds:\n{names}\n{remedy}"


_COLUMNS = ["kind", "name", "status", "since", "costs"]
_KINDS = {
    # kind: (operation, member of its reply, name, status, what it costs)
    # The tuning job first: it would start new training jobs for those that are stopped.
    "tuning job": (
        "list_hyper_parameter_tuning_jobs", "HyperParameterTuningJobSummaries", "HyperParameterTuningJobName",
        "HyperParameterTuningJobStatus", "by the second",
    ),
    "training job": (
        "list_training_jobs", "TrainingJobSummaries", "TrainingJobName", "TrainingJobStatus", "by the second",
    ),
    "transform job": (
        "list_transform_jobs", "TransformJobSummaries", "TransformJobName", "TransformJobStatus",
        "by the second",
    ),
    "endpoint": ("list_endpoints", "Endpoints", "EndpointName", "EndpointStatus", "by the second"),
    "endpoint config": ("list_endpoint_configs", "EndpointConfigs", "EndpointConfigName", None, "nothing"),
    "model": ("list_models", "Models", "ModelName", None, "nothing"),
}  # fmt: skip
_STOP = {
    # kind of job: (operation, parameter)
    "tuning job": ("stop_hyper_parameter_tuning_job", "HyperParameterTuningJobName"),
    "training job": ("stop_training_job", "TrainingJobName"),
    "transform job": ("stop_transform_job", "TransformJobName"),
}


def _delete(sagemaker: Any, kind: str, name: str, status: str) -> None:
    """Stop or delete one resource; one that has gone meanwhile, or is still being made, is left alone."""
    try:
        if kind in _STOP and status != "Stopping":
            operation, parameter = _STOP[kind]
            getattr(sagemaker, operation)(**{parameter: name})
        elif kind == "endpoint" and status != "Deleting":
            sagemaker.delete_endpoint(EndpointName=name)
        elif kind == "endpoint config":
            sagemaker.delete_endpoint_config(EndpointConfigName=name)
        elif kind == "model":
            sagemaker.delete_model(ModelName=name)
    except sagemaker.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in ("ValidationException", "ResourceNotFound"):
            raise
