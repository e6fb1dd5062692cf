"""What runs now, in all regions: for `course local status`."""

from __future__ import annotations

from course_utils.local_aws.platform import Platform

_STATUSES = {
    "training-job": "TrainingJobStatus",
    "hyper-parameter-tuning-job": "HyperParameterTuningJobStatus",
    "transform-job": "TransformJobStatus",
    "endpoint": "EndpointStatus",
}
_OVER = ("Completed", "Failed", "Stopped")


def what_runs(platform: Platform) -> list[dict[str, str]]:
    """``kind, region, name, status, since`` of the jobs that are not over, and of all endpoints."""
    return [
        {
            "kind": kind,
            "region": region,
            "name": name,
            "status": record[status],
            "since": record["CreationTime"].isoformat(timespec="seconds"),
        }
        for kind, status in _STATUSES.items()
        for region, name, record in platform.registry.everywhere(kind)
        if kind == "endpoint" or record[status] not in _OVER
    ]
