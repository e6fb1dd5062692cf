"""boto3: every waiter and every paginator of a whole cycle."""

from __future__ import annotations

import io
import json

import pytest
from botocore.exceptions import WaiterError

from course_utils import recordio
from course_utils.local_aws.account import ROLE_ARN

pytestmark = pytest.mark.wire
IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/factorization-machines:1"
RECORDIO = "application/x-recordio-protobuf"
BUCKET = "sagemaker-us-east-1-123456789012"
QUICK = {"Delay": 0.05, "MaxAttempts": 1200}


@pytest.fixture
def wait(client):
    """``wait("endpoint_in_service", EndpointName=…)``: boto3's own waiter, asking more often."""
    return lambda name, **what: client("sagemaker").get_waiter(name).wait(**what, WaiterConfig=QUICK)


def paged(client, operation, member, **request):
    """All items of a listing, three to a page; says how many pages there were."""
    pages = list(client("sagemaker").get_paginator(operation).paginate(MaxResults=3, **request))
    return len(pages), [item for page in pages for item in page[member]]


def test_waiters_and_paginators_of_a_whole_cycle(client, name, wait, encoded, scores_of):
    sagemaker, s3 = client("sagemaker"), client("s3")
    X, y = encoded
    stream = io.BytesIO()
    recordio.write(stream, X, y)
    s3.put_object(Bucket=BUCKET, Key=f"{name}/train/part-0", Body=stream.getvalue())
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{name}/train"}
    request = {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": ROLE_ARN,
        "HyperParameters": {
            "feature_dim": str(X.shape[1]),
            "num_factors": "4",
            "predictor_type": "regressor",
        },
        "InputDataConfig": [
            {"ChannelName": "train", "ContentType": RECORDIO, "DataSource": {"S3DataSource": source}}
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/{name}/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }
    sagemaker.create_training_job(**request)
    wait("training_job_completed_or_stopped", TrainingJobName=name)
    wrong = {**request, "TrainingJobName": f"{name}-wrong", "HyperParameters": {"num_factors": "4"}}
    sagemaker.create_training_job(**wrong)
    with pytest.raises(WaiterError, match="terminal failure state"):
        wait("training_job_completed_or_stopped", TrainingJobName=f"{name}-wrong")

    artefact = sagemaker.describe_training_job(TrainingJobName=name)["ModelArtifacts"]["S3ModelArtifacts"]
    container = {"Image": IMAGE, "ModelDataUrl": artefact}
    for number in range(4):
        each = f"{name}-{number}"
        sagemaker.create_model(ModelName=each, PrimaryContainer=container, ExecutionRoleArn=ROLE_ARN)
        variant = {
            "VariantName": "AllTraffic",
            "ModelName": each,
            "InitialInstanceCount": 1,
            "InstanceType": "ml.m5.large",
        }
        sagemaker.create_endpoint_config(EndpointConfigName=each, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=f"{name}-0")
    wait("endpoint_in_service", EndpointName=name)
    instance = {"features": X[:1].toarray()[0].tolist()}
    reply = client("sagemaker-runtime").invoke_endpoint(
        EndpointName=name, Body=json.dumps({"instances": [instance]}), ContentType="application/json"
    )
    expected = scores_of(artefact, X[:1])
    assert json.load(reply["Body"])["predictions"] == [{"score": pytest.approx(expected[0], abs=1e-5)}]

    assert paged(client, "list_models", "Models", NameContains=name)[0] == 2
    pages, configs = paged(client, "list_endpoint_configs", "EndpointConfigs", NameContains=name)
    assert (pages, len(configs)) == (2, 4)
    assert paged(client, "list_endpoints", "Endpoints", NameContains=name)[1][0]["EndpointName"] == name
    found = paged(
        client, "list_training_jobs", "TrainingJobSummaries", NameContains=name, StatusEquals="Failed"
    )
    assert [each["TrainingJobName"] for each in found[1]] == [f"{name}-wrong"]

    sagemaker.delete_endpoint(EndpointName=name)
    wait("endpoint_deleted", EndpointName=name)
    with pytest.raises(WaiterError, match="terminal failure"):
        wait("endpoint_in_service", EndpointName=name)
