"""Training jobs as a client sees them: Create, Describe, Stop and List."""

from __future__ import annotations

from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.account import sagemaker_arn
from course_utils.local_aws.errors import in_use, validation
from course_utils.local_aws.listing import page
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.state import Record, now
from course_utils.local_aws.storage import join_uri
from course_utils.local_aws.training import request as training_request
from course_utils.local_aws.training.metrics import MetricScanner
from course_utils.local_aws.training.run import KIND, TrainingRun, lose


def create_training_job(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    name = request["TrainingJobName"]
    arn = sagemaker_arn(region, KIND, name)
    image = training_request.check(platform, region, request)
    specification = request["AlgorithmSpecification"]
    metrics = image.metrics or specification.get("MetricDefinitions", [])
    scanner = MetricScanner(metrics)
    created = now()
    record = {
        "EnableNetworkIsolation": False,
        "EnableInterContainerTrafficEncryption": False,
        "EnableManagedSpotTraining": False,
        **request,
        "TrainingJobArn": arn,
        "OutputDataConfig": {"KmsKeyId": "", **request["OutputDataConfig"]},  # which SDK v2 reads unasked
        "AlgorithmSpecification": {
            "EnableSageMakerMetricsTimeSeries": False,
            **specification,
            **({"MetricDefinitions": metrics} if metrics else {}),
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400, **request["StoppingCondition"]},
        # The service model calls this one required, so it names the artefact's place from the start.
        "ModelArtifacts": {
            "S3ModelArtifacts": join_uri(
                request["OutputDataConfig"]["S3OutputPath"], name, "output", "model.tar.gz"
            )
        },
        "TrainingJobStatus": "InProgress",
        "SecondaryStatus": "Starting",
        "SecondaryStatusTransitions": [
            {"Status": "Starting", "StartTime": created, "StatusMessage": texts.JOB_STARTING}
        ],
        "CreationTime": created,
        "LastModifiedTime": created,
    }
    if not platform.registry.add(KIND, region, name, record):
        raise in_use(texts.job_exists(arn))
    platform.registry.tag(arn, request.get("Tags", []))
    instances = request["ResourceConfig"]["InstanceCount"]
    TrainingRun(platform, region, name, image, scanner, instances).start()
    return {"TrainingJobArn": arn}


def recover(platform: Platform) -> None:
    """What an earlier server had not finished has failed."""
    for region, name, job in platform.registry.everywhere(KIND):
        if job["TrainingJobStatus"] in ("InProgress", "Stopping"):
            platform.registry.change(KIND, region, name, lose)


def describe_training_job(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    return _find(platform, region, request["TrainingJobName"])


def stop_training_job(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    name = request["TrainingJobName"]
    status = _find(platform, region, name)["TrainingJobStatus"]
    if status not in ("InProgress", "Stopping"):
        raise validation(texts.job_already_ended(status))
    run = platform.running.get((KIND, region, name))
    if run is not None:  # None: it ended in this very moment
        run.request_stop()
    return {}


def list_training_jobs(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    records = platform.registry.all(KIND, region)
    records, token = page(
        records,
        request,
        name="TrainingJobName",
        status="TrainingJobStatus",
        descending=False,
        after_is_exclusive=True,
        status_after_paging="MaxResults" in request,
    )
    return {"TrainingJobSummaries": records, **token}


def _find(platform: Platform, region: str, name: str) -> Record:
    record = platform.registry.get(KIND, region, name)
    if record is None:
        jobs = platform.registry.all(KIND, region)
        raise validation(texts.job_not_found(name, [each["TrainingJobName"] for each in jobs[-5:]]))
    return record


OPERATIONS = {
    "CreateTrainingJob": create_training_job,
    "DescribeTrainingJob": describe_training_job,
    "StopTrainingJob": stop_training_job,
    "ListTrainingJobs": list_training_jobs,
}
