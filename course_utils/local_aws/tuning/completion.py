"""When a tuning job is over, and with which status."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.state import Record, now
from course_utils.local_aws.training.metrics import float32
from course_utils.local_aws.tuning import results
from course_utils.local_aws.tuning.jobs import ENDED
from course_utils.local_aws.tuning.results import Objective

_HOPELESS_ATTEMPTS = 5  # as real tuning jobs have reported


@dataclass(frozen=True)
class Verdict:
    """A status to end with, and for ``Failed`` the reason."""

    status: str
    reason: str | None = None


def verdict(tuning_job: Record, jobs: Sequence[Record]) -> Verdict | None:
    """How the tuning job has to end, or None when it may go on.

    With a verdict no training job is launched any more, and those that run are stopped.
    """
    config = tuning_job["HyperParameterTuningJobConfig"]
    ended = [job for job in jobs if job["TrainingJobStatus"] in ENDED]
    if results.attempts(ended) >= _HOPELESS_ATTEMPTS and (failure := failed(tuning_job, ended)):
        return failure
    seconds = (now() - tuning_job["CreationTime"]).total_seconds()
    if seconds >= config["ResourceLimits"].get("MaxRuntimeInSeconds", math.inf):
        return failed(tuning_job, ended) or Verdict("Completed")
    criteria = config.get("TuningJobCompletionCriteria", {})
    return Verdict("Completed") if _good_enough(criteria, ended, Objective.of(tuning_job)) else None


def failed(tuning_job: Record, ended: Sequence[Record]) -> Verdict | None:
    """The verdict on a tuning job none of whose training jobs has an objective; None when one has."""
    objective = Objective.of(tuning_job)
    if any(objective.value(job) is not None for job in ended):
        return None
    attempts = results.attempts(ended)
    if any(job["TrainingJobStatus"] == "Completed" for job in ended):
        return Verdict("Failed", texts.no_objective_found(attempts))
    return Verdict("Failed", texts.no_training_job_succeeded(attempts))


def _good_enough(criteria: dict[str, Any], ended: Sequence[Record], objective: Objective) -> bool:
    target = criteria.get("TargetObjectiveMetricValue")
    best = results.best(ended, objective)
    if target is not None and best is not None and objective.loss(best) <= objective.sign * float32(target):
        return True
    most = criteria.get("BestObjectiveNotImproving", {}).get("MaxNumberOfTrainingJobsNotImproving", math.inf)
    return results.not_improving(ended, objective) >= most
