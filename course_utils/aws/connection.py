"""What ``connect`` returns: where the learner works, and what the course has left there."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

import pandas as pd

from course_utils.aws import leftovers, preflight, serving
from course_utils.aws.budget import Budget
from course_utils.aws.leftovers import BY_THE_SECOND, PREFIX, Leftover, NotDeleted


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
    run : str
        Value of the tag on everything that is made through this connection.
    budget : Budget or None
        What may be spent, and what was started so far; None without a limit (local mode only).
    """

    mode: Literal["local", "aws"]
    region: str
    role_arn: str
    bucket: str
    account_id: str
    endpoint_url: str | None
    run: str = field(default="", compare=False)
    budget: Budget | None = field(default=None, compare=False, repr=False)

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

    def preflight(self, request: Mapping[str, Any] | None = None, **arguments: Any) -> preflight.Report:
        """Look at a training job before it is started: role, quota, bucket, data, price. Starts nothing.

        Parameters
        ----------
        request : mapping, optional
            What ``create_training_job`` of boto3 would be given.
        **arguments
            Instead, what ``TrainingJob.create`` of the SageMaker SDK would be given.
        """
        return preflight.examine(self, preflight.as_request({**(request or {}), **arguments}))

    def endpoint(
        self,
        model_data: str,
        image: str,
        *,
        instance_type: str = "ml.t2.medium",
        instance_count: int = 1,
        name: str | None = None,
        timeout: float = 1800,
    ) -> AbstractContextManager[serving.Endpoint]:
        """An endpoint for the length of a ``with`` block; endpoint, configuration and model go at its end.

        They go after an error, too, and after Ctrl-C::

            with connection.endpoint(model_uri, image) as endpoint:
                reply = endpoint.invoke(request, content_type="application/json")

        Parameters
        ----------
        model_data : str
            Where the ``model.tar.gz`` lies in S3.
        image : str
            Address of the algorithm's image.
        instance_type, instance_count
        name : str, optional
            Of endpoint, configuration and model; a new one by default.
        timeout : float
            Seconds that it may take to come into service.

        Raises
        ------
        EndpointFailed
            When it does not come into service; nothing of it is left.
        BudgetRefused
            When it might cost more than the budget still has; nothing was sent.
        """
        variant = {
            "VariantName": "AllTraffic",
            "InitialInstanceCount": instance_count,
            "InstanceType": instance_type,
        }
        container = {"Image": image, "ModelDataUrl": model_data}
        return serving.endpoint(self, name or self.name("endpoint"), container, variant, timeout)

    def what_is_running(self) -> pd.DataFrame:
        """What the course left or still runs: a table with ``kind, name, status, since, costs``.

        ``costs`` is ``"by the second"`` for what is billed while it exists, ``"storage"`` for objects in S3
        and ``"nothing"`` for mere records. An empty table means that nothing is left.
        """
        return _table(self._left())

    def clean_up(self, *, wait: bool = True, timeout: float = 900) -> pd.DataFrame:
        """Stop and delete what the course made: jobs in progress, endpoints, configurations, models, objects.

        Only what bears the course's tag or a name that begins with ``fm-course-`` is touched.

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
        NotDeleted
            When the service refuses to stop or delete something; the text names it, and all else is gone.
        TimeoutError
            When jobs or endpoints are still there after ``timeout`` seconds; the text names them.
        """
        before = left = self._left()
        deadline = time.monotonic() + timeout
        while True:
            refused = leftovers.remove(self.client, self.bucket, left)
            hopeless = {each.left for each in refused if each.for_good or not wait}
            costly = [each for each in left if each.costs == BY_THE_SECOND]
            if not wait or hopeless.issuperset(costly):
                if refused:
                    raise NotDeleted("These are still there:\n" + "\n".join(f"  {each}" for each in refused))
                return _table(before)
            if time.monotonic() > deadline:
                raise TimeoutError(_explain_leftovers(costly, timeout, self.mode))
            time.sleep(0.2 if self.mode == "local" else 5)
            # Asked anew each time: an endpoint that was being made can be deleted later, and a job that was
            # stopped still uploads its artefact.
            left = self._left()

    def _left(self) -> list[Leftover]:
        return list(leftovers.find(self.client, self.bucket))


@cache
def _client(connection: Connection, service: str) -> Any:
    import boto3

    if connection.mode == "aws":
        return boto3.session.Session(region_name=connection.region).client(service)
    # Said here and not left to the environment: a local connection stays local when the mode is left.
    session = boto3.session.Session("local", "local", region_name=connection.region)
    return session.client(service, endpoint_url=connection.endpoint_url)


def _table(left: list[Leftover]) -> pd.DataFrame:
    whole_seconds = [replace(each, since=each.since.replace(microsecond=0)) for each in left]
    rows = [{column: asdict(each)[column] for column in _COLUMNS} for each in whole_seconds]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _explain_leftovers(left: list[Leftover], seconds: float, mode: str) -> str:
    names = "\n".join(f"  {each.kind} {each.name} is {each.status}" for each in left)
    remedy = {
        "local": "Stop the local SageMaker, which ends everything: type `python3 course.py local stop`.",
        "aws": "They cost money while they exist. Call clean_up() again in some minutes, and look at\n"
        "https://console.aws.amazon.com/sagemaker/ if they stay.",
    }[mode]
    return f"Still there after {seconds:g} seconds:\n{names}\n{remedy}"


_COLUMNS = ["kind", "name", "status", "since", "costs"]
