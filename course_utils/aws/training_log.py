"""``follow``: a training job's states and log lines as they come."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any

from course_utils.aws.polling import ENDED, seconds_between_looks

_LOG_GROUP = "/aws/sagemaker/TrainingJobs"


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
    statuses = 0
    tokens: dict[str, str] = {}
    while True:
        job = sagemaker.describe_training_job(TrainingJobName=job_name)
        over = job["TrainingJobStatus"] in ENDED
        transitions = job.get("SecondaryStatusTransitions", [])
        reached = len(transitions)
        # Statuses up to Training come before the log lines; those after it, behind them.
        before = [each for each in transitions[statuses:] if each["Status"] in _BEFORE_THE_LOG]
        for each in before:
            show(_status_line(each))
        for line in new_log_lines(logs, _LOG_GROUP, f"{job_name}/", tokens):
            if re.search(only, line):
                show(line)
        for each in transitions[statuses:]:
            if each not in before:
                show(_status_line(each))
        statuses = reached
        if over:
            break
        time.sleep(seconds_between_looks(poll))
    if job["TrainingJobStatus"] == "Failed":
        raise TrainingFailed(job)
    show(f"Billable seconds: {job.get('BillableTimeInSeconds', 0)}")
    return job


_BEFORE_THE_LOG = ("Starting", "Pending", "Downloading", "Training")


def _status_line(transition: dict[str, Any]) -> str:
    moment = transition["StartTime"].astimezone(UTC).strftime("%H:%M:%S")
    return f"{moment}  {transition['Status']:<12} {transition.get('StatusMessage', '')}".rstrip()


def new_log_lines(logs: Any, group: str, prefix: str, tokens: dict[str, str]) -> Iterator[str]:
    """Lines of a log group's streams that were not seen yet.

    Parameters
    ----------
    logs
        boto3 client of CloudWatch Logs.
    group : str
    prefix : str
        What the streams' names begin with; empty: all streams.
    tokens : dict
        Remembers how far each stream was read; empty at first.
    """
    chosen = {"logStreamNamePrefix": prefix} if prefix else {}
    try:
        streams = logs.describe_log_streams(logGroupName=group, **chosen)["logStreams"]
    except logs.exceptions.ResourceNotFoundException:
        return  # nothing has ever written a line
    for stream in streams:
        name = stream["logStreamName"]
        while True:
            token = {"nextToken": tokens[name]} if name in tokens else {}
            page = logs.get_log_events(logGroupName=group, logStreamName=name, startFromHead=True, **token)
            tokens[name] = page["nextForwardToken"]
            if not page["events"]:
                break
            for event in page["events"]:
                yield event["message"]


_ADVICE = {  # the first that a FailureReason begins with
    "ClientError: Data download failed": "The algorithm was not started. Check the channel's S3 address, and "
    "that the upload has ended; then start a job under a new name.",
    "ClientError: Artifact upload failed": "The work is done, but the artefact could not be stored. "
    "Check S3OutputPath; then start a job under a new name.",
    "ClientError": "The algorithm refused its input. The sentence above names the hyperparameter or channel "
    "to correct; then start a job under a new name.",
    "AlgorithmError": "The program itself failed. The log lines above end with the reason; a hyperparameter "
    "of the wrong kind is the usual one.",
    "InternalServerError": "That was not your doing. Start the job again under a new name.",
}
_KILLED = "exit code: 137"  # 128 + SIGKILL


def _explain_failure(job: dict[str, Any]) -> str:
    reason = job.get("FailureReason", "no reason was given")
    advice = next(
        (text for beginning, text in _ADVICE.items() if reason.startswith(beginning)),
        "Correct what it says and start a job under a new name.",
    )
    if reason.endswith(_KILLED):
        advice = (
            "The program was killed, most likely because memory ran out. Fewer columns, factors or rows help."
        )
    return f"Training job {job['TrainingJobName']} failed.\n  {reason}\n{advice}"
