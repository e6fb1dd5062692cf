"""What AWS checks in CreateTrainingJob beyond its service model, and what is not offered here."""

from __future__ import annotations

from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.account import sagemaker_arn
from course_utils.local_aws.containers.images import Image
from course_utils.local_aws.errors import AwsError, in_use, validation
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.storage import split_uri
from course_utils.local_aws.training import pipes
from course_utils.local_aws.training.channels import input_mode
from course_utils.local_aws.training.opt_ml import checkpoint_folder
from course_utils.local_aws.training.run import KIND
from course_utils.local_aws.validation import fault, raise_faults

INSTANCES = 16  # of all jobs together: each is a process with a few hundred MB
SPOT_WAIT_SECONDS = 3600  # the longest MaxWaitTimeInSeconds of algorithms that write no checkpoints

# What would change the outcome of a job is refused. Other members (VpcConfig, keys, retries, warm pools,
# profiling) mean nothing on one machine: they are stored, and described as they came.
_NOT_OFFERED = {
    "ServerlessJobConfig": "Give AlgorithmSpecification and ResourceConfig.",
    "MlflowConfig": "Leave it out.",
    "ModelPackageConfig": "Create a model from the job's artefact.",
    "DebugRuleConfigurations": "Look at the metrics in the job's log.",
    "TensorBoardOutputConfig": "Look at the metrics in the job's log.",
}
_ALGORITHM_NOT_OFFERED = {
    "AlgorithmName": "Give a TrainingImage.",
    "ContainerEntrypoint": "The image's own entry point is run.",
    "ContainerArguments": "The image is called with the word train.",
    "TrainingImageConfig": "Images are taken from the image table.",
}
_RESOURCES_NOT_OFFERED = dict.fromkeys(
    ("InstanceGroups", "InstancePreferences", "TrainingPlanArn", "InstancePlacementConfig"),
    "Give InstanceType and InstanceCount.",
)


def check(platform: Platform, region: str, request: dict[str, Any]) -> Image:
    """Refuse a request that AWS would refuse, or that cannot be served here; returns the image to run.

    Raises
    ------
    AwsError
    """
    # These three are optional in the model for the sake of serverless jobs only.
    needed = ("AlgorithmSpecification", "ResourceConfig", "StoppingCondition")
    _refuse(request, _NOT_OFFERED)
    raise_faults(
        [
            fault(None, name[0].lower() + name[1:], "not be null")
            for name in needed
            if request.get(name) is None
        ]
    )
    image = _check_algorithm(platform, request["AlgorithmSpecification"])
    _check_resources(platform, request["ResourceConfig"], image)
    _check_waiting(request, image)
    if not platform.role_exists(request["RoleArn"]):
        raise validation(texts.role_not_assumable(request["RoleArn"]))
    name = request["TrainingJobName"]
    if platform.registry.get(KIND, region, name):
        raise in_use(texts.job_exists(sagemaker_arn(region, KIND, name)))
    if request["OutputDataConfig"].get("CompressionType") == "NONE":
        raise validation(texts.feature_unsupported("uncompressed output", "Use CompressionType GZIP."))
    _check_checkpoints(request)
    channels = request.get("InputDataConfig", [])
    if len({each["ChannelName"] for each in channels}) < len(channels):
        raise validation(texts.channels_differ())
    for channel in channels:
        _check_channel(platform, region, channel, request, image)
    return image


def _refuse(given: dict[str, Any], not_offered: dict[str, str]) -> None:
    for name, instead in not_offered.items():
        if given.get(name):
            raise validation(texts.feature_unsupported(name, instead))


def _check_algorithm(platform: Platform, specification: dict[str, Any]) -> Image:
    _refuse(specification, _ALGORITHM_NOT_OFFERED)
    uri = specification.get("TrainingImage")
    image = platform.images.find(uri) if uri else None
    if image is None:
        raise validation(texts.image_unknown(uri, platform.images.repositories()))
    return image


def _check_resources(platform: Platform, resources: dict[str, Any], image: Image) -> None:
    _refuse(resources, _RESOURCES_NOT_OFFERED)
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
    count = resources["InstanceCount"]
    if count > 1 and not image.distributed:
        raise validation(texts.one_instance_only(image.repository))
    used = sum(run.instances for key, run in list(platform.running.items()) if key[0] == KIND)
    if used + count > INSTANCES:
        what = f"{resources['InstanceType']} for training job usage"
        text = texts.limit_exceeded(what, INSTANCES, count, used)
        raise AwsError("ResourceLimitExceeded", text)


def _check_waiting(request: dict[str, Any], image: Image) -> None:
    """Managed spot training and its MaxWaitTimeInSeconds."""
    condition = request["StoppingCondition"]
    wait = condition.get("MaxWaitTimeInSeconds")
    if not request.get("EnableManagedSpotTraining"):
        if wait is not None:
            raise validation(texts.WAIT_WITHOUT_SPOT)
    elif wait is None or wait < condition.get("MaxRuntimeInSeconds", 86400):
        raise validation(texts.SPOT_WITHOUT_WAIT)
    elif wait > SPOT_WAIT_SECONDS and not image.checkpoints:
        raise validation(texts.wait_too_long(SPOT_WAIT_SECONDS))


def _check_checkpoints(request: dict[str, Any]) -> None:
    if "CheckpointConfig" in request:
        try:
            checkpoint_folder(request)
        except ValueError as error:
            instead = f"Leave LocalPath out ({error})."
            raise validation(
                texts.feature_unsupported("this LocalPath of CheckpointConfig", instead)
            ) from error


def _check_channel(
    platform: Platform, region: str, channel: dict[str, Any], request: dict[str, Any], image: Image
) -> None:
    if channel["ChannelName"] in (".", ".."):
        raise validation(texts.channel_is_no_folder(channel["ChannelName"]))
    source = channel["DataSource"].get("S3DataSource")
    if source is None:
        raise validation(texts.feature_unsupported("channels outside S3", "Give an S3DataSource."))
    if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
        kind = source["S3DataType"]
        raise validation(texts.feature_unsupported(f"S3DataType {kind}", "Use S3Prefix or ManifestFile."))
    _refuse(source, {"InstanceGroupNames": "Every host gets the channel."})
    _refuse(source, dict.fromkeys(("ModelAccessConfig", "HubAccessConfig"), "Leave it out."))
    mode = input_mode(channel, request)
    if mode not in image.input_modes:
        instead = f"{image.repository} reads {' or '.join(image.input_modes)} here."
        raise validation(texts.feature_unsupported(f"the {mode} input mode of {image.repository}", instead))
    if mode == "Pipe" and not pipes.SUPPORTED:
        raise validation(texts.feature_unsupported("Pipe mode on Windows", "Use the File input mode."))
    if channel.get("RecordWrapperType", "None") != "None":
        raise validation(
            texts.feature_unsupported("RecordWrapperType RecordIO", "Write the objects as RecordIO yourself.")
        )
    if channel.get("CompressionType", "None") != "None" and mode != "Pipe":
        raise validation(texts.gzip_without_pipe(mode))
    found = platform.storage.list(source["S3Uri"])
    if source["S3DataType"] == "ManifestFile" and split_uri(source["S3Uri"])[1] not in found:
        found = []
    where = platform.storage.region(source["S3Uri"])
    if not found or where != region:
        bucket, _ = split_uri(source["S3Uri"])
        raise validation(texts.no_data(source["S3Uri"], bucket, request["RoleArn"], region, where))
