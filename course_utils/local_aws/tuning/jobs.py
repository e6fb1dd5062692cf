"""The records of tuning jobs, and of the training jobs that belong to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.errors import AwsError
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.state import Record
from course_utils.local_aws.training.run import KIND as TRAINING_JOB

KIND = "hyper-parameter-tuning-job"
ENDED = ("Completed", "Failed", "Stopped")


def find(platform: Platform, region: str, name: str) -> Record:
    """The record of a tuning job.

    Raises
    ------
    AwsError
        ``ResourceNotFound``.
    """
    record = platform.registry.get(KIND, region, name)
    if record is None:
        others = [each["HyperParameterTuningJobName"] for each in platform.registry.all(KIND, region)[-5:]]
        raise AwsError("ResourceNotFound", texts.tuning_job_not_found(name, others))
    return record


def parents(platform: Platform, region: str, warm_start: Mapping[str, Any]) -> list[Record]:
    """The tuning jobs of a ``WarmStartConfig``, as far as they have not been deleted."""
    names = [each["HyperParameterTuningJobName"] for each in warm_start["ParentHyperParameterTuningJobs"]]
    records = [platform.registry.get(KIND, region, name) for name in names]
    return [record for record in records if record is not None]


def training_jobs(platform: Platform, region: str, tuning_job: Record) -> list[Record]:
    """The training jobs that a tuning job has launched, oldest first."""
    return launched_by(tuning_job, platform.registry.all(TRAINING_JOB, region))


def launched_by(tuning_job: Record, jobs: list[Record]) -> list[Record]:
    """Those of some training jobs that a tuning job has launched."""
    return [
        job
        for job in jobs
        if job.get("TuningJobArn") == tuning_job["HyperParameterTuningJobArn"]
        # a deleted tuning job of the same name may have left its own behind
        and job["CreationTime"] >= tuning_job["CreationTime"]
    ]
