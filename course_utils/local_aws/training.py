"""Training jobs as a client sees them: Create, Describe, Stop and List."""

from __future__ import annotations

from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.account import sagemaker_arn
from course_utils.local_aws.errors import in_use, validation
from course_utils.local_aws.images import Image
from course_utils.local_aws.listing import page
from course_utils.local_aws.metrics import MetricScanner
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.state import Record, now
from course_utils.local_aws.storage import join_uri, split_uri
from course_utils.local_aws.training_run import KIND, TrainingRun, lose
from course_utils.local_aws.validation import fault, raise_faults


def create_training_job(platform: Platform, region: str, request: dict[str, Any]) -> dict[str, Any]:
    name = request["TrainingJobName"]
    arn = sagemaker_arn(region, KIND, name)
    image = _check(platform, region, request)
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
    TrainingRun(platform, region, name, image, scanner).start()
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
        records, request, name="TrainingJobName", status="TrainingJobStatus", descending=False
    )
    return {"TrainingJobSummaries": records, **token}


def _find(platform: Platform, region: str, name: str) -> Record:
    record = platform.registry.get(KIND, region, name)
    if record is None:
        jobs = platform.registry.all(KIND, region)
        raise validation(texts.job_not_found(name, [each["TrainingJobName"] for each in jobs[-5:]]))
    return record


def _check(platform: Platform, region: str, request: dict[str, Any]) -> Image:
    """What AWS checks beyond its service model; returns the image to run."""
    # These three are optional in the model for the sake of serverless jobs only.
    needed = ("AlgorithmSpecification", "ResourceConfig", "StoppingCondition")
    raise_faults(
        [
            fault(None, name[0].lower() + name[1:], "not be null")
            for name in needed
            if request.get(name) is None
        ]
    )
    _check_resources(request["ResourceConfig"])
    image = _check_algorithm(platform, request["AlgorithmSpecification"])
    if not platform.role_exists(request["RoleArn"]):
        raise validation(texts.role_not_assumable(request["RoleArn"]))
    name = request["TrainingJobName"]
    if platform.registry.get(KIND, region, name):
        raise in_use(texts.job_exists(sagemaker_arn(region, KIND, name)))
    output = request["OutputDataConfig"]
    if output.get("CompressionType") == "NONE":
        raise validation(texts.feature_unsupported("uncompressed output", "Use CompressionType GZIP."))
    channels = request.get("InputDataConfig", [])
    if len({each["ChannelName"] for each in channels}) < len(channels):
        raise validation(texts.channels_differ())
    for channel in channels:
        _check_channel(platform, region, channel, request)
    return image


def _check_resources(resources: dict[str, Any]) -> None:
    if resources.get("InstanceGroups"):
        raise validation(texts.feature_unsupported("InstanceGroups", "Give InstanceType and InstanceCount."))
    faults = []
    if resources.get("InstanceType") is None:
        faults.append(fault(None, "resourceConfig.instanceType", "not be null"))
    for member in ("InstanceCount", "VolumeSizeInGB"):
        value, path = resources.get(member), f"resourceConfig.{member[0].lower()}{member[1:]}"
        if value is None:
            faults.append(fault(None, path, "not be null"))
        elif value < 1:
            faults.append(fault(value, path, "have value greater than or equal to 1"))
    raise_faults(faults)
    if resources["InstanceCount"] > 1:
        raise validation(texts.feature_unsupported("several instances", "Set InstanceCount to 1."))


def _check_algorithm(platform: Platform, specification: dict[str, Any]) -> Image:
    uri = specification.get("TrainingImage")
    image = platform.images.find(uri) if uri else None
    if image is None:
        raise validation(texts.image_unknown(uri, platform.images.repositories()))
    if specification["TrainingInputMode"] != "File":
        mode = specification["TrainingInputMode"]
        raise validation(texts.feature_unsupported(f"the {mode} input mode", "Use TrainingInputMode File."))
    return image


def _check_channel(platform: Platform, region: str, channel: dict[str, Any], request: dict[str, Any]) -> None:
    source = channel["DataSource"].get("S3DataSource")
    if source is None:
        raise validation(texts.feature_unsupported("channels outside S3", "Give an S3DataSource."))
    if source["S3DataType"] != "S3Prefix":
        kind = source["S3DataType"]
        raise validation(texts.feature_unsupported(f"S3DataType {kind}", "Use S3Prefix."))
    if channel.get("InputMode", "File") != "File" or channel.get("CompressionType", "None") != "None":
        raise validation(
            texts.feature_unsupported("piped or compressed channels", "Use plain files in File mode.")
        )
    if not platform.storage.list(source["S3Uri"]):
        bucket, _ = split_uri(source["S3Uri"])
        raise validation(texts.no_data(source["S3Uri"], bucket, request["RoleArn"], region))


OPERATIONS = {
    "CreateTrainingJob": create_training_job,
    "DescribeTrainingJob": describe_training_job,
    "StopTrainingJob": stop_training_job,
    "ListTrainingJobs": list_training_jobs,
}
