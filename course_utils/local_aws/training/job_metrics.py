"""Every value of a job's metrics in CloudWatch, where ``TrainingJobAnalytics`` of the SDKs looks for them.

moto answers CloudWatch and keeps all in RAM. So the values of ended jobs are kept beside the jobs, and moto
is told of them, and of those of running jobs, just before it answers.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from course_utils.local_aws.account import ACCOUNT_ID
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.training.metrics import MetricScanner

SERVICE = "monitoring"
"""What CloudWatch's requests are signed for."""
KIND = "training-metrics"
_NAMESPACE = "/aws/sagemaker/TrainingJobs"
_JOB = "training-job"

Points = dict[str, list[tuple[float, datetime]]]


def keep(platform: Platform, region: str, job: str, scanner: MetricScanner) -> None:
    """Write down what an ended job has measured."""
    points = {name: [list(point) for point in scanner.history(name)] for name in scanner.names()}
    if points:
        with contextlib.suppress(sqlite3.Error):  # a full disk costs the curve, not the job
            platform.registry.add(KIND, region, job, {"Points": points})


class CloudWatchFeed:
    """Tells moto's CloudWatch what it has not been told yet."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._lock = threading.Lock()
        self._told: dict[tuple[str, str, str], int] = {}

    def bring_up_to_date(self) -> None:
        with self._lock:
            for region, job, points in self._everything():
                for metric, values in points.items():
                    told = self._told.get((region, job, metric), 0)
                    _tell(region, job, metric, values[told:])
                    self._told[region, job, metric] = len(values)

    def _everything(self) -> Iterator[tuple[str, str, Points]]:
        # Running jobs first: one that ends in between is met again among the others.
        for (kind, region, job), run in list(self._platform.running.items()):
            if kind == _JOB:
                yield region, job, {name: run.scanner.history(name) for name in run.scanner.names()}
        for region, job, record in self._platform.registry.everywhere(KIND):
            yield region, job, record["Points"]


def _tell(region: str, job: str, metric: str, values: list[tuple[float, datetime]]) -> None:
    if not values:
        return
    from moto.cloudwatch.models import cloudwatch_backends  # here, because moto takes long to import

    dimensions = [{"Name": "TrainingJobName", "Value": job}]
    data: list[dict[str, Any]] = [
        {"MetricName": metric, "Dimensions": dimensions, "Value": value, "Timestamp": _as_moto_has_it(when)}
        for value, when in values
    ]
    cloudwatch_backends[ACCOUNT_ID][region].put_metric_data(_NAMESPACE, data)


def _as_moto_has_it(moment: datetime) -> datetime:
    """UTC without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None)
