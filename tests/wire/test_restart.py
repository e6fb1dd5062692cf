"""What a server was told outlives it, however it ends; what it was doing is ended, or taken up again."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from datetime import UTC, datetime
from itertools import pairwise
from types import SimpleNamespace

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from course_utils.local_aws import server
from course_utils.local_aws.account import ROLE_ARN, default_bucket

pytestmark = pytest.mark.wire
BUCKET = default_bucket("us-east-1")
IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/fake:1"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
JOB = {
    "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
    "RoleArn": ROLE_ARN,
    "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}
ENDED = ("Completed", "Failed", "Stopped")


class Clients:
    """boto3 clients of one server; they stay good after a restart, because the port does."""

    def __init__(self, url: str) -> None:
        session = boto3.session.Session("test", "test", region_name="us-east-1")
        for service in ("sagemaker", "sagemaker-runtime", "s3", "iam", "logs"):
            config = Config(retries={"total_max_attempts": 1})
            setattr(self, service.replace("-", "_"), session.client(service, endpoint_url=url, config=config))

    def serve(self, name: str, artefact: bytes | None = None) -> None:
        """Make an endpoint of the fake algorithm, with a model and a configuration of the same name."""
        self.s3.put_object(Bucket=BUCKET, Key=f"{name}.tar.gz", Body=artefact or archive())
        container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{name}.tar.gz"}
        variant = {
            "VariantName": "A",
            "ModelName": name,
            "InitialInstanceCount": 1,
            "InstanceType": "ml.m5.large",
        }
        self.sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE_ARN)
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)

    def wait_for_endpoint(self, name: str, *states: str) -> dict:
        while True:
            found = self.sagemaker.describe_endpoint(EndpointName=name)
            if found["EndpointStatus"] in states:
                return found

    def wait_for_job(self, name: str, *secondary: str) -> dict:
        while True:
            found = self.sagemaker.describe_training_job(TrainingJobName=name)
            if found["TrainingJobStatus"] in ENDED or found["SecondaryStatus"] in secondary:
                return found

    def log_of(self, job: str) -> list[str]:
        group = "/aws/sagemaker/TrainingJobs"
        streams = self.logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")
        return [
            event["message"]
            for stream in streams["logStreams"]
            for event in self.logs.get_log_events(
                logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
            )["events"]
        ]


def archive() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("weights")
        member.size = 2
        tar.addfile(member, io.BytesIO(b"42"))
    return buffer.getvalue()


def described(sagemaker, job: str) -> dict:
    found = sagemaker.describe_training_job(TrainingJobName=job)
    found.pop("ResponseMetadata")
    return found


def kill(own: server.Server) -> None:
    os.kill(own.pid, signal.SIGKILL)
    own.process.wait(10)


@pytest.fixture(scope="module")
def killed(tmp_path_factory, install_fake):
    """A busy server was shot and started again: what is told before, and clients for afterwards."""
    if os.name != "posix":
        pytest.skip("Windows has no SIGKILL")
    folder = tmp_path_factory.mktemp("killed")
    install_fake(folder)
    own = server.start(folder)
    clients = Clients(own.url)
    sagemaker, iam = clients.sagemaker, clients.iam

    iam.create_role(RoleName="mine", Path="/team/", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="mine", PolicyName="p", PolicyDocument=json.dumps(POLICY))
    for _ in range(3):
        iam.create_role(RoleName="gone", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.delete_role(RoleName="gone")
    sagemaker.create_training_job(
        TrainingJobName="done", **JOB, HyperParameters={"lines": "3"}, Tags=[{"Key": "k", "Value": "v"}]
    )
    clients.wait_for_job("done")
    clients.serve("e")
    clients.wait_for_endpoint("e", "InService")
    sagemaker.delete_model(ModelName="e")  # AWS, too, serves on from a deleted model
    sagemaker.delete_endpoint_config(EndpointConfigName="e")
    clients.serve("broken", b"no archive")
    clients.wait_for_endpoint("broken", "Failed")
    clients.serve("leaving")
    clients.wait_for_endpoint("leaving", "InService")
    clients.s3.put_object(Bucket=BUCKET, Key="kept", Body=b"whole", Metadata={"a": "b"})
    upload = clients.s3.create_multipart_upload(Bucket=BUCKET, Key="big")["UploadId"]
    part = clients.s3.upload_part(
        Bucket=BUCKET, Key="big", UploadId=upload, PartNumber=1, Body=b"1" * 5 * 2**20
    )
    before = SimpleNamespace(
        done=described(sagemaker, "done"),
        log=clients.log_of("done"),
        endpoint=sagemaker.describe_endpoint(EndpointName="e"),
        upload=upload,
        part=part["ETag"],
        time=datetime.now(UTC),
    )
    sagemaker.create_training_job(TrainingJobName="lost", **JOB, HyperParameters={"sleep": "600"})
    clients.wait_for_job("lost", "Training")
    while "ready" not in clients.log_of("lost"):
        pass
    uploading = half_a_put(own, "kept")
    sagemaker.delete_endpoint(EndpointName="leaving")
    clients.serve("coming")
    kill(own)
    uploading.close()

    again = server.start(folder)
    assert again.url == own.url
    yield SimpleNamespace(before=before, clients=clients, folder=folder)
    again.stop()


def half_a_put(own: server.Server, key: str) -> http.client.HTTPConnection:
    """Send half of an object's body, and see it arrive on disk; the connection must be kept open."""
    objects = own.state_dir / "s3" / "objects"
    before = set(objects.iterdir())
    connection = http.client.HTTPConnection("127.0.0.1", own.port)
    connection.putrequest("PUT", f"/{BUCKET}/{key}")
    connection.putheader("Content-Length", str(8 * 2**20))
    connection.endheaders(b"x" * 4 * 2**20)
    while not any(path.stat().st_size for path in set(objects.iterdir()) - before):
        pass
    return connection


def test_a_finished_job_is_the_same_to_the_microsecond(killed):
    assert described(killed.clients.sagemaker, "done") == killed.before.done
    arn = killed.before.done["TrainingJobArn"]
    assert killed.clients.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "k", "Value": "v"}]
    with pytest.raises(ClientError, match="already exists"):
        killed.clients.sagemaker.create_training_job(TrainingJobName="done", **JOB)


def test_its_log_and_artefact_are_there(killed):
    assert killed.clients.log_of("done") == killed.before.log
    bucket, key = killed.before.done["ModelArtifacts"]["S3ModelArtifacts"][5:].split("/", 1)
    body = killed.clients.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        assert tar.getnames() == ["weights"]


def test_a_job_that_was_running_has_failed_and_says_so(killed):
    job = described(killed.clients.sagemaker, "lost")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert job["FailureReason"].startswith("InternalServerError: the local SageMaker ended while")
    steps = job["SecondaryStatusTransitions"]
    assert [step["Status"] for step in steps] == ["Starting", "Downloading", "Training", "Failed"]
    assert all(one["EndTime"] == next_["StartTime"] for one, next_ in pairwise(steps))
    assert job["TrainingEndTime"] == steps[-1]["EndTime"] > killed.before.time
    assert "BillableTimeInSeconds" not in job
    assert "ready" in killed.clients.log_of("lost")
    assert not list((killed.folder / "jobs").rglob("*"))


def test_an_endpoint_comes_up_again_without_its_model_and_configuration(killed):
    found = killed.clients.wait_for_endpoint("e", "InService", "Failed")
    assert found["EndpointStatus"] == "InService"
    assert found["CreationTime"] == killed.before.endpoint["CreationTime"]
    reply = killed.clients.sagemaker_runtime.invoke_endpoint(EndpointName="e", Body=b"who")
    assert reply["Body"].read().endswith(b" 42")


def test_an_endpoint_that_was_being_made_is_made_and_one_that_was_being_deleted_is_gone(killed):
    assert killed.clients.wait_for_endpoint("coming", "InService", "Failed")["EndpointStatus"] == "InService"
    with pytest.raises(ClientError, match="Could not find"):
        killed.clients.sagemaker.describe_endpoint(EndpointName="leaving")
    broken = killed.clients.sagemaker.describe_endpoint(EndpointName="broken")
    assert broken["EndpointStatus"] == "Failed"


def test_half_an_upload_changes_nothing_and_leaves_nothing(killed):
    s3 = killed.clients.s3
    found = s3.get_object(Bucket=BUCKET, Key="kept")
    assert (found["Body"].read(), found["Metadata"]) == (b"whole", {"a": "b"})
    known = [item["Size"] for item in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    for upload in s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []):
        parts = s3.list_parts(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])["Parts"]
        known += [part["Size"] for part in parts]
    assert sum(each.stat().st_size for each in (killed.folder / "s3" / "objects").iterdir()) == sum(known)


def test_a_multipart_upload_goes_on(killed):
    s3, before = killed.clients.s3, killed.before
    second = s3.upload_part(Bucket=BUCKET, Key="big", UploadId=before.upload, PartNumber=2, Body=b"2")
    parts = [{"PartNumber": 1, "ETag": before.part}, {"PartNumber": 2, "ETag": second["ETag"]}]
    s3.complete_multipart_upload(
        Bucket=BUCKET, Key="big", UploadId=before.upload, MultipartUpload={"Parts": parts}
    )
    assert s3.get_object(Bucket=BUCKET, Key="big")["Body"].read() == b"1" * 5 * 2**20 + b"2"


def test_roles_are_remembered_and_trusted(killed):
    iam, sagemaker = killed.clients.iam, killed.clients.sagemaker
    role = iam.get_role(RoleName="mine")["Role"]
    assert role["Arn"] == "arn:aws:iam::123456789012:role/team/mine"
    assert role["AssumeRolePolicyDocument"] == TRUST
    assert iam.get_role_policy(RoleName="mine", PolicyName="p")["PolicyDocument"] == POLICY
    assert {each["RoleName"] for each in iam.list_roles()["Roles"]} == {"SageMakerRole", "mine"}
    sagemaker.create_training_job(TrainingJobName="other-role", **{**JOB, "RoleArn": role["Arn"]})
    assert killed.clients.wait_for_job("other-role")["TrainingJobStatus"] == "Completed"
    with pytest.raises(ClientError, match="Could not assume role"):
        sagemaker.create_training_job(
            TrainingJobName="no-role", **{**JOB, "RoleArn": ROLE_ARN.replace("SageMakerRole", "gone")}
        )


def test_an_orderly_stop_keeps_as_much(state_dir, install_fake):
    """Also the deletion of the account's first role, and an endpoint that was just being made."""
    install_fake(state_dir)
    own = server.start(state_dir)
    clients = Clients(own.url)
    clients.iam.create_role(RoleName="mine", AssumeRolePolicyDocument=json.dumps(TRUST))
    clients.sagemaker.create_training_job(TrainingJobName="stopped", **JOB, HyperParameters={"sleep": "600"})
    clients.wait_for_job("stopped", "Training")
    clients.serve("e")
    clients.iam.delete_role(RoleName="SageMakerRole")
    own.stop()
    again = server.start(state_dir)
    try:
        assert clients.wait_for_job("stopped")["TrainingJobStatus"] in ("Stopped", "Failed")
        assert clients.wait_for_endpoint("e", "InService", "Failed")["EndpointStatus"] == "InService"
        assert [each["RoleName"] for each in clients.iam.list_roles()["Roles"]] == ["mine"]
        clients.sagemaker.delete_endpoint(EndpointName="e")
    finally:
        again.stop()


def test_a_damaged_file_is_named_and_reset_helps(state_dir, tmp_path):
    server.start(state_dir).stop()
    for number, name in enumerate(("state.db", "logs.db", "s3/index.db")):
        folder = tmp_path / str(number)
        shutil.copytree(state_dir, folder)
        (folder / name).write_bytes(b"this is no database" * 400)
        (folder / f"{name}-wal").unlink(missing_ok=True)  # with it SQLite would mend the file
        with pytest.raises(server.ServerError, match=r"course\.py local reset") as error:
            server.start(folder)
        assert str(folder / name) in str(error.value)
        assert "Traceback" not in str(error.value)
    server.reset(folder)
    server.start(folder).stop()


def test_four_starts_at_once_are_one_server(state_dir):
    script = "from course_utils.local_aws import server; print(server.start().url)"
    starters = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    try:
        assert len({starter.communicate(timeout=60)[0] for starter in starters}) == 1
    finally:
        for starter in starters:
            with contextlib.suppress(ProcessLookupError):
                starter.kill()
        server.running(state_dir).stop()
