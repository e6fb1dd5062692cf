"""How a tuning job stands, read off the records of its training jobs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from course_utils.local_aws.state import Record
from course_utils.local_aws.tuning.jobs import ENDED
from course_utils.local_aws.tuning.strategies import Trial

# A tuning job makes up for this many training jobs that the platform itself lost (a restart, a full disk).
_SPARE = 5
_LOST = "ServerEnded"  # a member of a training job's record that no reply shows
_IMPROVEMENT = 0.01  # of the best objective: what counts as an improvement


@dataclass(frozen=True)
class Objective:
    """What is tuned for.

    Attributes
    ----------
    metric : str
    sign : int
        1 when small values are good, -1 when large ones are: value times sign is a *loss*.
    """

    metric: str
    sign: int

    @classmethod
    def of(cls, tuning_job: Record) -> Objective:
        objective = tuning_job["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
        return cls(objective["MetricName"], 1 if objective["Type"] == "Minimize" else -1)

    def value(self, job: Record) -> float | None:
        """The final objective of a training job, or None when it has none (yet)."""
        if job["TrainingJobStatus"] not in ("Completed", "Stopped"):
            return None
        metrics = job.get("FinalMetricDataList", [])
        return next((each["Value"] for each in metrics if each["MetricName"] == self.metric), None)

    def loss(self, job: Record) -> float | None:
        value = self.value(job)
        return None if value is None else self.sign * value


def trial(job: Record, objective: Objective) -> Trial:
    """A training job, as a strategy sees it."""
    status = job["TrainingJobStatus"]
    return Trial(
        job["TunedHyperParameters"],
        objective.loss(job),
        pending=status not in ENDED,
        failed=status == "Failed",
    )


def summary(job: Record, objective: Objective) -> dict[str, Any]:
    """``HyperParameterTrainingJobSummary``."""
    value = objective.value(job)
    metric = None if value is None else {"MetricName": objective.metric, "Value": value}
    return {
        **job,
        "FinalHyperParameterTuningJobObjectiveMetric": metric,
        "ObjectiveStatus": _objective_status(job, value),
    }


def counters(jobs: Sequence[Record], objective: Objective) -> dict[str, dict[str, int]]:
    """``TrainingJobStatusCounters`` and ``ObjectiveStatusCounters``."""
    statuses = Counter(_counted_as(job) for job in jobs)
    objectives = Counter(_objective_status(job, objective.value(job)) for job in jobs)
    kinds = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
    return {
        "TrainingJobStatusCounters": {kind: statuses[kind] for kind in kinds},
        "ObjectiveStatusCounters": {kind: objectives[kind] for kind in ("Succeeded", "Pending", "Failed")},
    }


def best(jobs: Sequence[Record], objective: Objective) -> Record | None:
    """The completed training job with the best objective; the first of several."""
    done = [
        job for job in jobs if job["TrainingJobStatus"] == "Completed" and objective.value(job) is not None
    ]
    return min(done, key=objective.loss, default=None)


def not_improving(jobs: Sequence[Record], objective: Objective) -> int:
    """How many training jobs have ended since one improved the best objective by 1 % or more."""
    ended = [job for job in jobs if objective.loss(job) is not None]
    losses = [objective.loss(job) for job in sorted(ended, key=lambda job: job["TrainingEndTime"])]
    count, least = 0, math.inf
    for loss in losses:
        improved = loss < least and (math.isinf(least) or least - loss >= _IMPROVEMENT * abs(least))
        count = 0 if improved else count + 1
        least = min(least, loss)
    return count


def lost(job: Record) -> bool:
    """Whether a training job ended through no fault of its own, so that its values are still to be tried."""
    return _counted_as(job) == "RetryableError" or (job["TrainingJobStatus"] == "Stopped" and _LOST in job)


def mark_as_lost(job: Record) -> None:
    """Note in a running training job's record that the server ends, and stops it for that reason alone."""
    job[_LOST] = True


def attempts(jobs: Sequence[Record]) -> int:
    """How many training jobs count against the limits."""
    return len(jobs) - min(_SPARE, sum(map(lost, jobs)))


def _counted_as(job: Record) -> str:
    status = job["TrainingJobStatus"]
    if status == "Failed":
        internal = job.get("FailureReason", "").startswith("InternalServerError")
        return "RetryableError" if internal else "NonRetryableError"
    return status if status in ENDED else "InProgress"


def _objective_status(job: Record, value: float | None) -> str:
    if job["TrainingJobStatus"] not in ENDED:
        return "Pending"
    return "Failed" if value is None else "Succeeded"
