"""``follow_transform``: wait for a batch transform job, and say why it failed if it did."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from course_utils.aws.polling import ENDED, seconds_between_looks


class TransformFailed(RuntimeError):
    """A batch transform job ended as Failed; the text holds its reason.

    Attributes
    ----------
    description : dict
        The job's last DescribeTransformJob reply.
    """

    def __init__(self, description: dict[str, Any]) -> None:
        self.description = description
        super().__init__(
            f"Transform job {description['TransformJobName']} failed.\n"
            f"  {description.get('FailureReason', 'no reason was given')}\n"
            "ContentType and SplitType must suit the input: application/x-recordio-protobuf goes with "
            "RecordIO, application/jsonlines with Line. Correct them and start a job under a new name."
        )


def follow_transform(
    name: str, *, poll: float | None = None, show: Callable[[str], object] = print
) -> dict[str, Any]:
    """Print a transform job's statuses until it ends.

    Parameters
    ----------
    name : str
    poll : float, optional
        Seconds between two looks; default 0.2 locally, 5 at AWS.
    show : callable
        Called with every new status.

    Returns
    -------
    dict
        The last DescribeTransformJob reply (status Completed or Stopped).

    Raises
    ------
    TransformFailed
        When the job failed.
    """
    import boto3

    sagemaker = boto3.session.Session().client("sagemaker")
    last = None
    while True:
        job = sagemaker.describe_transform_job(TransformJobName=name)
        status = job["TransformJobStatus"]
        if status != last:
            show(f"{name}  {status}")
            last = status
        if status in ENDED:
            break
        time.sleep(seconds_between_looks(poll))
    if status == "Failed":
        raise TransformFailed(job)
    return job
