"""``follow_tuning`` and ``follow_transform``: what a learner reads of a job and of its failure."""

from __future__ import annotations

import copy
import tarfile
from types import SimpleNamespace

import boto3
import pytest

from course_utils import aws
from course_utils.local_aws.account import ROLE_ARN, default_bucket

pytestmark = pytest.mark.wire
BUCKET = default_bucket("us-east-1")


@pytest.fixture(autouse=True)
def at_the_server(client, monkeypatch):
    """A session of this process is one of the server."""
    made = {service: client(service) for service in ("sagemaker", "s3")}  # before the way there is closed
    monkeypatch.setattr(boto3.session, "Session", lambda: SimpleNamespace(client=made.get))


@pytest.fixture
def start_tuning(client, job_request, name):
    """``start_tuning(goal)``: three jobs of the fake algorithm, which measure 0.0, 0.1 and 0.2."""

    def start(goal, **static):
        definition = {
            key: value for key, value in copy.deepcopy(job_request).items() if key != "TrainingJobName"
        }
        definition["AlgorithmSpecification"]["MetricDefinitions"] = [
            {"Name": "score", "Regex": r"score=(\S+)"}
        ]
        definition["StaticHyperParameters"] = static
        tuning = f"t{name[-30:].strip('-')}"
        client("sagemaker").create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=tuning,
            HyperParameterTuningJobConfig={
                "Strategy": "Grid",
                "HyperParameterTuningJobObjective": {"Type": goal, "MetricName": "score"},
                "ResourceLimits": {"MaxParallelTrainingJobs": 2},
                "ParameterRanges": {
                    "CategoricalParameterRanges": [{"Name": "lines", "Values": ["1", "2", "3"]}]
                },
            },
            TrainingJobDefinition=definition,
        )
        return tuning

    return start


@pytest.mark.parametrize(("goal", "order"), [("Maximize", [3, 2, 1]), ("Minimize", [1, 2, 3])])
def test_every_training_job_is_told_once_and_the_best_stands_first(start_tuning, goal, order):
    told = []
    table = aws.follow_tuning(start_tuning(goal), poll=0.1, show=told.append)
    assert table.columns.to_list() == ["job", "status", "lines", "score"]
    assert table["lines"].to_list() == order
    assert table["score"].to_list() == pytest.approx([(lines - 1) / 10 for lines in order])
    assert sorted(line.split()[1:] for line in told) == [
        ["Completed", "lines", str(lines), "score", f"{(lines - 1) / 10:.4g}"] for lines in (1, 2, 3)
    ]


def test_a_tuning_job_that_failed_says_why(start_tuning):
    with pytest.raises(aws.TuningFailed, match=r"failed\.\n  .+\n.*follow\(its name\)") as caught:
        aws.follow_tuning(start_tuning("Maximize", exit="1"), poll=0.1, show=[].append)
    assert caught.value.description["HyperParameterTuningJobStatus"] == "Failed"


@pytest.fixture
def start_transform(client, name, tmp_path):
    """``start_transform(body)``: a transform job of the fake algorithm over one object."""

    def start(body):
        sagemaker, s3 = client("sagemaker"), client("s3")
        s3.put_object(Bucket=BUCKET, Key=f"{name}/in/rows", Body=body)
        weights = tmp_path / "model.tar.gz"
        with tarfile.open(weights, "w:gz") as archive:
            archive.addfile(tarfile.TarInfo("weights"))
        s3.upload_file(str(weights), BUCKET, f"{name}/model.tar.gz")
        container = {
            "Image": "382416733822.dkr.ecr.us-east-1.amazonaws.com/fake:1",
            "ModelDataUrl": f"s3://{BUCKET}/{name}/model.tar.gz",
        }
        sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE_ARN)
        sagemaker.create_transform_job(
            TransformJobName=name,
            ModelName=name,
            TransformInput={
                "DataSource": {
                    "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{name}/in/"}
                }
            },
            TransformOutput={"S3OutputPath": f"s3://{BUCKET}/{name}/out"},
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        )
        return name

    return start


def test_a_transform_job_is_followed_to_its_end(start_transform):
    told = []
    job = aws.follow_transform(start_transform(b"hello"), poll=0.1, show=told.append)
    assert job["TransformJobStatus"] == "Completed"
    assert told[-1] == f"{job['TransformJobName']}  Completed"
    assert len(told) == len(set(told)) <= 2


def test_a_transform_job_that_failed_says_what_to_look_at(start_transform):
    with pytest.raises(aws.TransformFailed, match=r"ContentType and SplitType must suit") as caught:
        aws.follow_transform(start_transform(b"refuse"), poll=0.1, show=[].append)
    assert caught.value.description["FailureReason"] in str(caught.value)
