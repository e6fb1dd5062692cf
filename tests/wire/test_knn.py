"""k-NN over the wire: the top-N trick from a factorization machine to lists, and jobs of other kinds."""

from __future__ import annotations

import io
import json
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from botocore.exceptions import ClientError

from course_utils import artifact, recordio
from course_utils.datasets import sample
from course_utils.fm.model import FMParameters
from course_utils.local_aws.account import ROLE_ARN, default_bucket
from course_utils.recommend import (
    Vectors,
    item_vectors,
    neighbours_needed,
    top_n,
    top_n_from_neighbours,
    user_vectors,
)

pytestmark = pytest.mark.wire
BUCKET = default_bucket("us-east-1")
IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/knn:1"
VERBOSE = "application/jsonlines; verbose=true"
RECORDIO = "application/x-recordio-protobuf"


def train(client, name, channels, *, mode="File", content_type=None, **hyperparameters):
    """Run a k-NN job on ``{"train": bytes, …}``; returns its description."""
    inputs = []
    for channel, data in channels.items():
        client("s3").put_object(Bucket=BUCKET, Key=f"{name}/{channel}/part-0", Body=data)
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{name}/{channel}"}
        inputs.append({"ChannelName": channel, "DataSource": {"S3DataSource": source}})
        if content_type:
            inputs[-1]["ContentType"] = content_type
    sagemaker = client("sagemaker")
    sagemaker.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": mode},
        RoleArn=ROLE_ARN,
        HyperParameters={key: str(value) for key, value in hyperparameters.items()},
        InputDataConfig=inputs,
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/{name}/output"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )
    while True:
        job = sagemaker.describe_training_job(TrainingJobName=name)
        if job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"):
            return job


class Trick(NamedTuple):
    """A model of k-NN made from a factorization machine, and what it has to answer."""

    model: str
    users: Vectors
    items: Vectors
    expected: pd.DataFrame

    def check(self, lines: bytes) -> None:
        """The lines of a verbose answer about all users amount to the machine's own lists."""
        answers = [json.loads(line) for line in lines.decode().splitlines()]
        found = top_n_from_neighbours(answers, self.users, self.items, sample.load())
        pd.testing.assert_frame_equal(found.drop(columns="score"), self.expected.drop(columns="score"))


@pytest.fixture(scope="module")
def trick(client, tmp_path_factory) -> Trick:
    truth, data, name = sample.truth(), sample.load(), "knn-trick"
    some = data.ratings["user"].unique()[:60]
    archive = tmp_path_factory.mktemp("knn") / "model.tar.gz"
    artifact.save(archive, FMParameters(truth.w0, truth.w, truth.V), {})
    params = artifact.load(archive).params
    items, users = (
        item_vectors(params, truth.feature_map),
        user_vectors(params, truth.feature_map, some, data),
    )
    rows = io.BytesIO()
    recordio.write(rows, items.X, items.labels)
    job = train(
        client,
        name,
        {"train": rows.getvalue()},
        feature_dim=items.X.shape[1],
        k=neighbours_needed(users, items, data),
        index_metric="INNER_PRODUCT",
        predictor_type="classifier",
        sample_size=200000,
    )
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    client("sagemaker").create_model(
        ModelName=name,
        ExecutionRoleArn=ROLE_ARN,
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]},
    )
    return Trick(name, users, items, top_n(params, truth.feature_map, some, data))


def test_an_endpoint_answers_with_the_lists_of_the_machine(client, trick, name):
    sagemaker = client("sagemaker")
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": trick.model,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    waiter = sagemaker.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 400})
    body = "".join(json.dumps({"features": row}) + "\n" for row in trick.users.X.tolist())

    def invoke(body, content_type="application/jsonlines", accept=VERBOSE):
        reply = client("sagemaker-runtime").invoke_endpoint(
            EndpointName=name, Body=body, ContentType=content_type, Accept=accept
        )
        return reply["Body"].read()

    trick.check(invoke(body))
    [best] = json.loads(invoke(body.splitlines()[0] + "\n", accept="application/json"))["predictions"]
    assert best.keys() == {"predicted_label"}
    with pytest.raises(
        ClientError, match=r"\(400\).*unable to evaluate payload provided.*there are 2 values"
    ):
        invoke('{"features": [1, 2]}\n')
    with pytest.raises(ClientError, match=r"\(415\).*k-NN reads application/json"):
        invoke(body, content_type="text/plain")
    sagemaker.delete_endpoint(EndpointName=name)


def test_a_batch_transform_job_writes_the_lists_of_the_machine(client, trick, name):
    """As AWS's notebook has it: RecordIO in, no AssembleWith, verbose JSON Lines out."""
    rows = io.BytesIO()
    recordio.write(rows, trick.users.X)
    client("s3").put_object(Bucket=BUCKET, Key=f"{name}/in/users.protobuf", Body=rows.getvalue())
    sagemaker = client("sagemaker")
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{name}/in/"}
    sagemaker.create_transform_job(
        TransformJobName=name,
        ModelName=trick.model,
        TransformInput={
            "DataSource": {"S3DataSource": source},
            "ContentType": RECORDIO,
            "SplitType": "RecordIO",
        },
        TransformOutput={"S3OutputPath": f"s3://{BUCKET}/{name}/out", "Accept": VERBOSE},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        MaxPayloadInMB=1,
    )
    waiter = sagemaker.get_waiter("transform_job_completed_or_stopped")
    waiter.wait(TransformJobName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 400})
    written = client("s3").get_object(Bucket=BUCKET, Key=f"{name}/out/users.protobuf.out")["Body"].read()
    trick.check(written)


@pytest.mark.parametrize("mode", ["File", "Pipe"])
def test_a_csv_job_is_scored(client, name, mode, log_lines):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 200)
    table = np.column_stack([y, rng.normal(size=(200, 5)) + 5 * y[:, None]])
    train_rows, test_rows = (
        "".join(",".join(map(str, row)) + "\n" for row in rows.tolist())
        for rows in (table[:150], table[150:])
    )
    job = train(
        client,
        name,
        {"train": train_rows, "test": test_rows},
        mode=mode,
        content_type="text/csv; label_size=1",
        feature_dim=5,
        k=3,
        predictor_type="classifier",
        sample_size=1000,
    )
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    final = {each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]}
    assert final.keys() == {"test:accuracy", "train:progress", "train:throughput"}
    assert final["test:accuracy"] > 0.9
    lines = log_lines("/aws/sagemaker/TrainingJobs", f"{name}/")
    assert any("The index holds 150 of 150 rows" in line for line in lines)
    assert any('"data_pipeline": "/opt/ml/input/data/train"' in line for line in lines)


def test_a_job_that_fails_says_why(client, name):
    job = train(client, name, {"train": b"1,2,3\n"}, content_type="text/csv", feature_dim=2, k=2,
                predictor_type="regressor", sample_size=10)  # fmt: skip
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(
        "ClientError: Hyperparameter 'k' is 2, but the index holds 1 points"
    )
    assert job["FailureReason"].endswith("exit code: 2")


def test_several_instances_are_refused(client, job_request):
    job_request["AlgorithmSpecification"]["TrainingImage"] = IMAGE
    job_request["ResourceConfig"]["InstanceCount"] = 2
    with pytest.raises(ClientError, match="InstanceCount"):
        client("sagemaker").create_training_job(**job_request)
