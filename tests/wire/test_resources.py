"""However much was asked of a server: afterwards its threads, files and processes are as many as before."""

from __future__ import annotations

import gc
import io
import json
import sys
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import psutil
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from course_utils.local_aws import server
from course_utils.local_aws.account import ROLE_ARN, default_bucket

pytestmark = pytest.mark.wire
BUCKET = default_bucket("us-east-1")
IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/quick:1"
FAKE = Path(__file__).parents[1] / "local_aws" / "fake_algorithm.py"
CALLERS = 8
JOBS, LINES, ENDPOINTS = 200, 10_000, 16
SLACK = 3  # such as a connection that is just being closed


@pytest.fixture
def own(tmp_path):
    settings = "json.load(open('input/config/hyperparameters.json'))"
    quick = f"import json; print(*range(int({settings}['lines'])), sep='\\n')"
    row = {
        "train": [sys.executable, "-S", "-c", quick],
        "serve": [sys.executable, str(FAKE), "serve"],
    }
    (tmp_path / "images.json").write_text(json.dumps({"quick": row}))
    started = server.start(tmp_path)
    yield started
    started.stop()


def client_of(own, service):
    config = Config(max_pool_connections=CALLERS, retries={"total_max_attempts": 1})
    session = boto3.session.Session("a", "b", region_name="us-east-1")
    return session.client(service, endpoint_url=own.url, config=config)


def held(own):
    """Threads, open files (and sockets) and processes of the server."""
    process = psutil.Process(own.pid)
    files = process.num_fds() if hasattr(process, "num_fds") else process.num_handles()
    return process.num_threads(), files, len(process.children(recursive=True))


def settle(own, limits, seconds=20):
    """Wait until the server holds no more than ``limits``; what it holds in the end."""
    deadline = time.monotonic() + seconds
    while any(now > limit for now, limit in zip(held(own), limits, strict=True)):
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return held(own)


def test_what_was_taken_is_given_back(own):
    sagemaker, s3, logs = (client_of(own, name) for name in ("sagemaker", "s3", "logs"))
    s3.put_object(Bucket=BUCKET, Key="m.tar.gz", Body=archive())
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/m.tar.gz"}
    sagemaker.create_model(ModelName="m", PrimaryContainer=container, ExecutionRoleArn=ROLE_ARN)
    burst(sagemaker, "warm-up", 3)
    endpoints(own, sagemaker, "warm-up", 1)
    for each in (sagemaker, s3, logs):
        each.close()
    time.sleep(0.5)
    before = held(own)

    burst(sagemaker, "burst", JOBS)
    [talker] = burst(sagemaker, "talker", 1, LINES)
    assert lines(logs, talker) == [str(number) for number in range(LINES)]
    endpoints(own, sagemaker, "many", ENDPOINTS)
    for each in (sagemaker, s3, logs):
        each.close()
    gc.collect()  # errors hold on to the connections that they came by
    limits = tuple(number + SLACK for number in before)
    after = settle(own, limits)
    assert all(now <= limit for now, limit in zip(after, limits, strict=True)), (before, after)
    for folder in ("jobs", "endpoints"):
        assert not [path for path in (own.state_dir / folder).rglob("*") if path.is_file()]


def burst(sagemaker, prefix, number, lines=1):
    """Make so many jobs at once; those that found a place, all of which are completed when this returns."""

    def create(job):
        try:
            sagemaker.create_training_job(
                TrainingJobName=job,
                AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
                RoleArn=ROLE_ARN,
                HyperParameters={"lines": str(lines)},
                OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out"},
                ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
                StoppingCondition={"MaxRuntimeInSeconds": 60},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceLimitExceeded":
                raise
            return None
        return job

    with ThreadPoolExecutor(CALLERS) as pool:
        jobs = [job for job in pool.map(create, (f"{prefix}-{n}" for n in range(number))) if job]
    for job in jobs:
        while (
            status := sagemaker.describe_training_job(TrainingJobName=job)["TrainingJobStatus"]
        ) != "Completed":
            assert status == "InProgress"
    return jobs


def lines(logs, job):
    group = "/aws/sagemaker/TrainingJobs"
    [stream] = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")["logStreams"]
    found, token = [], {}
    while True:
        page = logs.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True, **token
        )
        found += [event["message"] for event in page["events"]]
        if not page["events"]:
            return found
        token = {"nextToken": page["nextForwardToken"]}


def endpoints(own, sagemaker, prefix, number):
    """Make, ask and delete so many endpoints."""
    runtime = client_of(own, "sagemaker-runtime")
    names = [f"{prefix}-{n}" for n in range(number)]
    variant = {"VariantName": "A", "ModelName": "m", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    for name in names:
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    if number == ENDPOINTS:
        with pytest.raises(ClientError, match="with current utilization of 16 Instances") as error:
            sagemaker.create_endpoint(EndpointName="one-more", EndpointConfigName=names[0])
        assert error.value.response["Error"]["Code"] == "ResourceLimitExceeded"
    for name in names:
        while sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] != "InService":
            pass
    with ThreadPoolExecutor(CALLERS) as pool:
        asked = names * 5
        answers = pool.map(lambda name: runtime.invoke_endpoint(EndpointName=name, Body=name), asked)
        assert [reply["Body"].read().rsplit(b"|", 1)[1].decode() for reply in answers] == asked
    runtime.close()
    for name in names:
        sagemaker.delete_endpoint(EndpointName=name)
    for name in names:
        sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name, WaiterConfig={"Delay": 0.05})


def archive():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo("weights"))
    return buffer.getvalue()
