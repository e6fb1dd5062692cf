"""However the server ends, nothing of it lives on, and the next one starts."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import tarfile
from urllib.parse import urlsplit

import boto3
import psutil
import pytest

from course_utils.local_aws import server
from course_utils.local_aws.account import ROLE_ARN, default_bucket

pytestmark = pytest.mark.wire
BUCKET = default_bucket("us-east-1")


@pytest.fixture
def busy(state_dir, install_fake, job_request):
    """A server of its own with one running job (which has a child) and one endpoint: server, processes."""
    install_fake(state_dir)
    own = server.start(state_dir)

    def client(service):
        session = boto3.session.Session("test", "test", region_name="us-east-1")
        return session.client(service, endpoint_url=own.url)

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("weights")
        tar.addfile(member)
    s3, sagemaker = client("s3"), client("sagemaker")
    s3.put_object(Bucket=BUCKET, Key="m.tar.gz", Body=buffer.getvalue())
    s3.put_object(Bucket=BUCKET, Key="fake/train/part-0", Body=b"1")
    container = {
        "Image": job_request["AlgorithmSpecification"]["TrainingImage"],
        "ModelDataUrl": f"s3://{BUCKET}/m.tar.gz",
    }
    variant = {"VariantName": "A", "ModelName": "m", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    sagemaker.create_model(ModelName="m", PrimaryContainer=container, ExecutionRoleArn=ROLE_ARN)
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    sagemaker.create_training_job(**job_request, HyperParameters={"sleep": "600", "child": "1"})
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="e", WaiterConfig={"Delay": 0.05})
    while len(programs(own.pid)) < 4:  # the server, the trainer, its child, the serving process
        pass
    yield own, programs(own.pid)
    if server.running(state_dir):
        own.stop()


def programs(pid):
    """The server and everything below it, but for the guards, which hold no port and no data."""
    family = [psutil.Process(pid)]
    with contextlib.suppress(psutil.NoSuchProcess):
        family += family[0].children(recursive=True)
    return [process for process in family if "guard.py" not in " ".join(process.cmdline())]


def gone(processes):
    _, alive = psutil.wait_procs(processes, timeout=10)
    return [each for each in alive if each.status() != psutil.STATUS_ZOMBIE]


def test_stop_leaves_nothing(busy):
    own, processes = busy
    own.stop()
    assert gone(processes) == []
    assert server.running(own.state_dir) is None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", urlsplit(own.url).port))
    assert not (own.state_dir / "server.json").exists()
    assert list((own.state_dir / "endpoints").rglob("weights")) == []


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGKILL")
def test_a_killed_kernel_takes_its_server_along(state_dir):
    script = "from course_utils import aws; aws.connect(); input()"
    kernel = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert kernel.stdout.readline().startswith("Connected")
    own = server.running(state_dir)
    os.kill(kernel.pid, signal.SIGKILL)
    assert gone([own.process]) == []
    kernel.communicate()
    assert server.running(state_dir) is None


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGKILL")
def test_sigkill_of_the_server_takes_its_children_along_and_a_new_one_starts(busy):
    own, processes = busy
    os.kill(own.pid, signal.SIGKILL)
    assert gone(processes) == []
    assert (own.state_dir / "server.json").exists()  # stale
    assert server.running(own.state_dir) is None
    again = server.start(own.state_dir)
    assert again.url == own.url  # the same port, so clients made before still work
    assert again.pid != own.pid
    assert not (own.state_dir / "jobs").exists()  # with the learner's data in it
    again.stop()
