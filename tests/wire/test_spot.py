"""Managed spot training, checkpoints, and settings that mean nothing on one machine."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from course_utils.local_aws.account import default_bucket

pytestmark = pytest.mark.wire
BUCKET = default_bucket("us-east-1")
FM = "382416733822.dkr.ecr.us-east-1.amazonaws.com/factorization-machines:1"


def test_a_spot_job_describes_itself_and_costs_less(client, job_request, wait_for):
    job_request["EnableManagedSpotTraining"] = True
    job_request["StoppingCondition"] = {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 7200}
    job_request["HyperParameters"] = {"sleep": "2"}
    client("sagemaker").create_training_job(**job_request)
    job = wait_for(job_request["TrainingJobName"])
    assert job["TrainingJobStatus"] == "Completed"
    assert job["EnableManagedSpotTraining"] is True
    assert job["StoppingCondition"] == job_request["StoppingCondition"]
    assert 1 <= job["BillableTimeInSeconds"] < job["TrainingTimeInSeconds"]


@pytest.mark.parametrize(
    ("image", "spot", "condition", "says"),
    [
        ("fake", True, {"MaxRuntimeInSeconds": 60},
         "It must be present and be greater than or equal to MaxRuntimeInSeconds"),
        ("fake", True, {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 59},
         "It must be present and be greater than or equal to MaxRuntimeInSeconds"),
        ("fake", True, {"MaxWaitTimeInSeconds": 86399}, "greater than or equal to MaxRuntimeInSeconds"),
        ("fake", False, {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60},
         "It is only supported when EnableManagedSpotTraining is set to true"),
        (FM, True, {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 3601},
         "MaxWaitTimeInSeconds above 3600 is not supported for the given algorithm"),
    ],
)  # fmt: skip
def test_waiting_has_rules(client, job_request, image, spot, condition, says):
    if image == FM:
        job_request["AlgorithmSpecification"]["TrainingImage"] = FM
    job_request |= {"EnableManagedSpotTraining": spot, "StoppingCondition": condition}
    with pytest.raises(ClientError, match=says) as error:
        client("sagemaker").create_training_job(**job_request)
    assert error.value.response["Error"]["Code"] == "ValidationException"


def test_checkpoints_are_there_when_a_job_begins_and_kept_when_it_ends(
    client, job_request, wait_for, log_lines, name
):
    """Also when it fails: the next job goes on from them."""
    job_request["CheckpointConfig"] = {"S3Uri": f"s3://{BUCKET}/{name}/checkpoints"}
    for number, status in ((1, "1"), (2, "0")):
        job_request["TrainingJobName"] = f"{name}-{number}"
        job_request["HyperParameters"] = {"checkpoint": f"state-{number}", "exit": status}
        client("sagemaker").create_training_job(**job_request)
        wait_for(f"{name}-{number}")
    assert "checkpoints:  ['state-1']" in log_lines("/aws/sagemaker/TrainingJobs", f"{name}-2/")
    found = client("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"{name}/checkpoints/")["Contents"]
    assert [each["Key"].rsplit("/", 1)[1] for each in found] == ["state-1", "state-2"]


@pytest.mark.parametrize("path", ["/tmp/x", "/opt/ml", "/opt/ml/../../etc"])
def test_checkpoints_lie_below_opt_ml(client, job_request, path):
    job_request["CheckpointConfig"] = {"S3Uri": f"s3://{BUCKET}/checkpoints", "LocalPath": path}
    with pytest.raises(ClientError, match="does not offer this LocalPath of CheckpointConfig"):
        client("sagemaker").create_training_job(**job_request)


ECHOED = {
    "CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/checkpoints", "LocalPath": "/opt/ml/checkpoints"},
    "RetryStrategy": {"MaximumRetryAttempts": 3},
    "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
    "EnableNetworkIsolation": True,
    "EnableInterContainerTrafficEncryption": True,
    "Environment": {"COLOUR": "blue"},
    "ExperimentConfig": {"ExperimentName": "e"},
    "ProfilerConfig": {"DisableProfiler": True},
    "DebugHookConfig": {"S3OutputPath": f"s3://{BUCKET}/debug"},
}


def test_settings_without_a_meaning_here_are_kept(client, job_request, wait_for):
    job_request |= ECHOED
    job_request["ResourceConfig"] |= {"KeepAlivePeriodInSeconds": 600, "VolumeKmsKeyId": "key"}
    job_request["OutputDataConfig"] |= {"KmsKeyId": "key"}
    client("sagemaker").create_training_job(**job_request)
    job = wait_for(job_request["TrainingJobName"])
    assert job["TrainingJobStatus"] == "Completed"
    for member in (*ECHOED, "ResourceConfig"):
        assert job[member] == job_request[member], member
    assert job["OutputDataConfig"]["KmsKeyId"] == "key"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"MlflowConfig": {"MlflowResourceArn": "arn:aws:sagemaker:us-east-1:123456789012:mlflow-app/x"}},
         "MlflowConfig"),
        ({"TensorBoardOutputConfig": {"S3OutputPath": "s3://b/x"}}, "TensorBoardOutputConfig"),
        ({"ResourceConfig": {"InstanceGroups": [
            {"InstanceType": "ml.m5.large", "InstanceCount": 1, "InstanceGroupName": "g"}]}},
         "InstanceGroups"),
        ({"AlgorithmSpecification": {"ContainerArguments": ["now"]}}, "ContainerArguments"),
        ({"AlgorithmSpecification": {"AlgorithmName": "mine"}}, "AlgorithmName"),
        ({"OutputDataConfig": {"CompressionType": "NONE"}}, "uncompressed output"),
    ],
)  # fmt: skip
def test_what_would_change_the_job_is_refused(client, job_request, change, says):
    for member, value in change.items():
        job_request[member] = {**job_request.get(member, {}), **value}
    with pytest.raises(ClientError, match=rf"{says}"):
        client("sagemaker").create_training_job(**job_request)


def test_instances_with_a_gpu_are_accepted(client, job_request, wait_for):
    """As the real algorithm accepts them, though sparse rows gain nothing."""
    job_request["ResourceConfig"]["InstanceType"] = "ml.p3.2xlarge"
    client("sagemaker").create_training_job(**job_request)
    assert wait_for(job_request["TrainingJobName"])["TrainingJobStatus"] == "Completed"
