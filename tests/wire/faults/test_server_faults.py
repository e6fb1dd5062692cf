"""The server.

Each of these tests has a server of its own, in a state folder of its own.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sys

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError

from course_utils import aws
from course_utils.local_aws import server
from course_utils.local_aws.account import ROLE_ARN, default_bucket

pytestmark = pytest.mark.wire
BUCKET = default_bucket("us-east-1")
MB = 2**20
no_sigkill = pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGKILL")
no_limits = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process's files")


@pytest.fixture
def own(state_dir, install_fake):
    """A server of the test's own; what is left of it is stopped."""
    install_fake(state_dir)
    yield server.start(state_dir)
    if left := server.running(state_dir):
        left.stop()


def client_of(url, service):
    session = boto3.session.Session("test", "test", region_name="us-east-1")
    config = Config(retries={"total_max_attempts": 1})
    return session.client(service, endpoint_url=url, config=config)


def wait_for_job(sagemaker, name, *secondary):
    while True:
        job = sagemaker.describe_training_job(TrainingJobName=name)
        if job["TrainingJobStatus"] not in ("InProgress", "Stopping") or job["SecondaryStatus"] in secondary:
            return job


def kill(own):
    own.process.send_signal(signal.SIGKILL)
    own.process.wait(10)


@no_sigkill
def test_killed_while_a_job_runs(own, job_request, report, monkeypatch):
    """kill -9 of the server while a job runs

    SIGKILL to the server; then it is started again, and the notebook follows the job
    """
    s3, sagemaker = client_of(own.url, "s3"), client_of(own.url, "sagemaker")
    s3.put_object(Bucket=BUCKET, Key="fake/train/part-0", Body=b"1")
    sagemaker.create_training_job(
        **{**job_request, "TrainingJobName": "lost"}, HyperParameters={"sleep": "600"}
    )
    wait_for_job(sagemaker, "lost", "Training")
    kill(own)
    with pytest.raises(EndpointConnectionError):
        sagemaker.describe_training_job(TrainingJobName="lost")
    server.start(own.state_dir)
    monkeypatch.setenv("AWS_ENDPOINT_URL", own.url)
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "local")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with pytest.raises(aws.TrainingFailed) as failure:
        aws.follow("lost", poll=0.05, show=lambda _: None)
    _, reason, advice = str(failure.value).split("\n")
    report(reason.strip(), "the job is Failed, and its program is gone; objects and records are kept", advice)


@no_sigkill
def test_killed_while_an_object_comes_in(own, report):
    """kill -9 of the server during an upload

    SIGKILL after half of the body of a PutObject that replaces an object
    """
    s3 = client_of(own.url, "s3")
    s3.put_object(Bucket=BUCKET, Key="kept", Body=b"whole")
    connection = http.client.HTTPConnection("127.0.0.1", own.port, timeout=30)
    connection.putrequest("PUT", f"/{BUCKET}/kept")
    connection.putheader("Content-Length", str(4 * MB))
    connection.endheaders(bytes(2 * MB))
    kill(own)
    with pytest.raises((OSError, http.client.HTTPException)):
        connection.getresponse()
    connection.close()
    server.start(own.state_dir)
    assert s3.get_object(Bucket=BUCKET, Key="kept")["Body"].read() == b"whole"
    bodies = [path.stat().st_size for path in (own.state_dir / "s3" / "objects").iterdir()]
    assert bodies == [5]
    report(
        "the connection breaks off; boto3 tries again", "the old object is whole, and nothing else is left"
    )


def test_a_client_hangs_up(own, report):
    """A client hangs up during an upload

    the connection is closed after half of the body
    """
    with socket.create_connection(("127.0.0.1", own.port)) as half:
        half.sendall(
            f"PUT /{BUCKET}/half HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4000000\r\n\r\n".encode()
        )
        half.sendall(bytes(2 * MB))
    s3 = client_of(own.url, "s3")
    while list((own.state_dir / "s3" / "objects").iterdir()):
        pass
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
    report("–", "there is no object, and no half of one on disk")


@no_limits
def test_the_disk_is_full(own, job_request, refused, report):
    """A full disk

    the system takes no file beyond 64 kB of the server; PutObject of 1 MB
    """
    import resource

    s3, sagemaker = client_of(own.url, "s3"), client_of(own.url, "sagemaker")
    image = job_request["AlgorithmSpecification"]["TrainingImage"]
    model = {
        "PrimaryContainer": {"Image": image, "ModelDataUrl": f"s3://{BUCKET}/m.tar.gz"},
        "ExecutionRoleArn": ROLE_ARN,
    }
    s3.put_object(Bucket=BUCKET, Key="fake/train/part-0", Body=b"1")
    s3.put_object(Bucket=BUCKET, Key="m.tar.gz", Body=b"old")
    job_request["TrainingJobName"] = "full"
    sagemaker.create_training_job(**job_request, HyperParameters={"sleep": "600"})
    wait_for_job(sagemaker, "full", "Training")
    before = resource.prlimit(own.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(own.pid, resource.RLIMIT_FSIZE, (64 * 1024, before[1]))
    object_refused = refused(s3.put_object, Bucket=BUCKET, Key="m.tar.gz", Body=bytes(MB))
    model_refused = refused(sagemaker.create_model, ModelName="m", **model)
    stop_refused = refused(sagemaker.stop_training_job, TrainingJobName="full")
    assert stop_refused == model_refused
    job = wait_for_job(sagemaker, "full")
    resource.prlimit(own.pid, resource.RLIMIT_FSIZE, before)
    # It must be able to end. Whether its artefact still finds room below 64 kB is chance.
    assert job["TrainingJobStatus"] in ("Stopped", "Failed")
    assert s3.get_object(Bucket=BUCKET, Key="m.tar.gz")["Body"].read() == b"old"
    sagemaker.create_model(ModelName="m", **model)
    report(object_refused, "the old object is whole; with room again, all goes on")
    report(
        model_refused,
        "there is no model; with room again, it can be made",
        fault="A full disk when something is to be remembered",
        made="CreateModel",
    )


def test_the_port_is_taken(state_dir, report):
    """The port is taken

    `course local start --port` with a port on which another program listens
    """
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(server.ServerError) as error:
            server.start(state_dir, port=other.getsockname()[1])
    text = str(error.value).strip().splitlines()[-1]
    assert server.running(state_dir) is None
    report(text, "nothing runs; without a port it takes a free one")
