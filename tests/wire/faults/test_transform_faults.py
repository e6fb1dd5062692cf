"""Batch transform jobs.

They are run by the real algorithm, all at a time; its model knows ten columns.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from course_utils import artifact
from course_utils.fm.model import FMParameters
from course_utils.local_aws.account import ROLE_ARN, default_bucket

pytestmark = pytest.mark.wire
BUCKET = default_bucket("us-east-1")
IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/factorization-machines:1"
WIDTH = 10
MB = 2**20
LINES, RECORDIO = "application/jsonlines", "application/x-recordio-protobuf"


def line(width=WIDTH, pad=0):
    return json.dumps({"features": [0.5] * width, "pad": "x" * pad}).encode() + b"\n"


# fault, how it is made, the object, what of TransformInput and of the request is different, the FailureReason
CASES = [
    ("RecordIO that ends too early", "the last 7 bytes of the object are cut off",
     lambda records: records(labels=None)[:-7], {"SplitType": "RecordIO", "ContentType": RECORDIO}, {},
     "ClientError: Record 2"),
    ("RecordIO sent whole that ends too early", "the same, and SplitType None",
     lambda records: records(labels=None)[:-7], {"SplitType": "None", "ContentType": RECORDIO}, {},
     "ClientError: 400"),
    ("RecordIO in single records", "BatchStrategy SingleRecord",
     lambda records: records(labels=None), {"SplitType": "RecordIO", "ContentType": RECORDIO},
     {"BatchStrategy": "SingleRecord"}, "ClientError: 400"),
    ("Wrong content type", "JSON Lines sent as text/csv",
     lambda _: line(), {"SplitType": "Line", "ContentType": "text/csv"}, {}, "ClientError: 415"),
    ("One bad record among good ones", "the third line is of another width",
     lambda _: line() * 2 + line(WIDTH - 1) + line(), {"SplitType": "Line", "ContentType": LINES}, {},
     "ClientError: 400"),
    ("A record larger than the payload", "a line of 1.5 MB, MaxPayloadInMB 1",
     lambda _: line() + line(pad=3 * MB // 2), {"SplitType": "Line", "ContentType": LINES},
     {"MaxPayloadInMB": 1}, "ClientError: a record is larger than MaxPayloadInMB"),
    ("Gzip that is none", "plain JSON Lines and CompressionType Gzip",
     lambda _: line(), {"SplitType": "Line", "ContentType": LINES, "CompressionType": "Gzip"}, {},
     "ClientError: Not a gzipped file"),
]  # fmt: skip


@pytest.fixture(scope="module")
def model(client, tmp_path_factory):
    """Name of a model of the real algorithm."""
    rng = np.random.default_rng(4)
    w, V = rng.normal(0, 1, WIDTH).astype(np.float32), rng.normal(0, 0.5, (WIDTH, 3)).astype(np.float32)
    archive = tmp_path_factory.mktemp("model") / "model.tar.gz"
    artifact.save(archive, FMParameters(0.5, w, V, "regressor"), {})
    client("s3").upload_file(str(archive), BUCKET, "transform-faults/model.tar.gz")
    client("sagemaker").create_model(
        ModelName="transform-faults",
        ExecutionRoleArn=ROLE_ARN,
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/transform-faults/model.tar.gz"},
    )
    return "transform-faults"


@pytest.fixture(scope="module")
def jobs(client, model, records):
    """The jobs of all cases, started together."""
    names = []
    for number, (_, _, data, source, settings, _) in enumerate(CASES):
        name = f"broken-transform-{number}"
        client("s3").put_object(Bucket=BUCKET, Key=f"{name}/in/bad", Body=data(records))
        client("sagemaker").create_transform_job(
            TransformJobName=name,
            ModelName=model,
            TransformInput={
                "DataSource": {
                    "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{name}/in/"}
                },
                **source,
            },
            TransformOutput={"S3OutputPath": f"s3://{BUCKET}/{name}/out"},
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
            **settings,
        )
        names.append(name)
    return names


@pytest.mark.parametrize(
    ("number", "fault", "made", "reason"),
    [(number, fault, how, reason) for number, (fault, how, *_, reason) in enumerate(CASES)],
    ids=[fault for fault, *_ in CASES],
)
def test_what_cannot_be_transformed(client, jobs, report, number, fault, made, reason):
    while True:
        job = client("sagemaker").describe_transform_job(TransformJobName=jobs[number])
        if job["TransformJobStatus"] not in ("InProgress", "Stopping"):
            break
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(reason)
    assert client("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"{jobs[number]}/out")["KeyCount"] == 0
    report(
        job["FailureReason"].replace(f"{BUCKET}/{jobs[number]}", "BUCKET/NAME"),
        "the job is Failed; the object has no output",
    )
