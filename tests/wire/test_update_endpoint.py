"""Endpoints that change and containers that die, over the wire with boto3."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import tarfile
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.exceptions import ClientError, WaiterError
from botocore.validate import ParamValidator

from course_utils.local_aws import server
from course_utils.local_aws.account import ROLE_ARN, default_bucket

pytestmark = pytest.mark.wire
IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/fake-model:1"
BUCKET = default_bucket("us-east-1")
NOTHING = {"S3Uri": f"s3://{BUCKET}/no/", "S3DataType": "S3Prefix", "CompressionType": "None"}


class Stage:
    """Makes models, configurations and endpoints whose names begin alike."""

    def __init__(self, client, name):
        self.client, self.name = client, name
        self.sagemaker, self.runtime = client("sagemaker"), client("sagemaker-runtime")

    def model(self, label, environment=None, **container):
        container = {"Image": IMAGE, "Environment": {"NAME": label, **(environment or {})}, **container}
        self.sagemaker.create_model(
            ModelName=f"{self.name}-{label}", PrimaryContainer=container, ExecutionRoleArn=ROLE_ARN
        )

    def config(self, label, *variants):
        """``config("c", ("A", "model", 2, 0.5))``: variants with a name, a model, a count and a weight."""
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=f"{self.name}-{label}",
            ProductionVariants=[
                {
                    "VariantName": variant,
                    "ModelName": f"{self.name}-{model}",
                    "InitialInstanceCount": count,
                    "InitialVariantWeight": weight,
                    "InstanceType": "ml.m5.large",
                }
                for variant, model, count, weight in variants
            ],
        )

    def create(self, label):
        self.sagemaker.create_endpoint(EndpointName=self.name, EndpointConfigName=f"{self.name}-{label}")
        return self.settled()

    def simple(self, label="old", environment=None, count=1):
        self.model(label, environment)
        self.config(label, ("A", label, count, 1.0))
        return self.create(label)

    def update(self, label, **settings):
        self.sagemaker.update_endpoint(
            EndpointName=self.name, EndpointConfigName=f"{self.name}-{label}", **settings
        )

    def describe(self):
        return self.sagemaker.describe_endpoint(EndpointName=self.name)

    def settled(self):
        """The description, once nothing is going on any more."""
        while (found := self.describe())["EndpointStatus"] in ("Creating", "Updating", "SystemUpdating"):
            pass
        return found

    def ask(self, body=b"who", **more):
        return self.runtime.invoke_endpoint(EndpointName=self.name, Body=body, **more)

    def who(self, **more):
        return json.loads(self.ask(**more)["Body"].read())


@pytest.fixture
def stage(client, name):
    made = Stage(client, name)
    yield made
    with contextlib.suppress(ClientError, WaiterError):
        made.sagemaker.delete_endpoint(EndpointName=name)
        made.sagemaker.get_waiter("endpoint_deleted").wait(
            EndpointName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 400}
        )


def until_gone(alive, pid):
    while alive(pid):
        pass


# --- UpdateEndpoint -----------------------------------------------------------------------------------------


def test_the_old_configuration_serves_until_the_new_one_does(stage, tmp_path, alive):
    stage.simple("old")
    old = stage.who()
    stage.model("new", {"GATE": str(tmp_path / "gate")})
    stage.config("new", ("B", "new", 1, 1.0))
    stage.update("new")
    endpoint = stage.describe()
    assert endpoint["EndpointStatus"] == "Updating"
    assert endpoint["EndpointConfigName"].endswith("-old")
    assert endpoint["PendingDeploymentSummary"]["EndpointConfigName"].endswith("-new")
    shape = stage.sagemaker.meta.service_model.operation_model("DescribeEndpoint").output_shape
    endpoint.pop("ResponseMetadata")
    report = ParamValidator().validate(endpoint, shape)
    assert not report.has_errors(), report.generate_report()
    assert stage.who() == old
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        stage.update("old")
    (tmp_path / "gate").touch()
    endpoint = stage.settled()
    assert (endpoint["EndpointStatus"], endpoint["EndpointConfigName"]) == ("InService", f"{stage.name}-new")
    assert [each["VariantName"] for each in endpoint["ProductionVariants"]] == ["B"]
    assert "PendingDeploymentSummary" not in endpoint
    assert stage.who()["name"] == "new"
    until_gone(alive, old["pid"])


def test_who_asked_the_old_configuration_gets_its_answer(stage, tmp_path, alive):
    stage.simple("old")
    pid = stage.who()["pid"]
    stage.model("new")
    stage.config("new", ("A", "new", 1, 1.0))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: stage.ask(f"hold {tmp_path}".encode())["Body"].read())
        while not (tmp_path / "held").exists():
            pass
        stage.update("new")
        stage.settled()
        assert stage.who()["name"] == "new"
        assert alive(pid)
        assert not waiting.done()
        (tmp_path / "go").touch()
        assert waiting.result() == b"held"
    until_gone(alive, pid)


@pytest.mark.parametrize("how", ["it does not start", "its artefact is broken"])
def test_an_update_that_fails_leaves_the_old_configuration(client, stage, how):
    stage.simple("old")
    old = stage.who()
    if how == "it does not start":
        stage.model("bad", {"BOOT": "exit"})
        reason = "variant B did not pass the ping health check.*they end with: no such model"
    else:
        client("s3").put_object(Bucket=BUCKET, Key=f"{stage.name}/m", Body=b"x")
        stage.model("bad", ModelDataUrl=f"s3://{BUCKET}/{stage.name}/m")
        reason = "Failed to extract model data archive"
    stage.config("bad", ("A", "old", 1, 1.0), ("B", "bad", 1, 1.0))
    stage.update("bad")
    endpoint = stage.settled()
    assert (endpoint["EndpointStatus"], endpoint["EndpointConfigName"]) == ("InService", f"{stage.name}-old")
    assert re.search(reason, endpoint["FailureReason"])
    assert stage.who() == old

    stage.config("good", ("A", "old", 1, 1.0))
    stage.update("good")
    endpoint = stage.settled()
    assert endpoint["EndpointConfigName"] == f"{stage.name}-good"
    assert "FailureReason" not in endpoint


def test_counts_and_weights_may_be_retained(stage):
    stage.model("m")
    stage.config("c1", ("A", "m", 2, 3.0), ("B", "m", 1, 1.0))
    stage.config("c2", ("A", "m", 1, 1.0), ("C", "m", 1, 5.0))
    stage.create("c1")
    stage.update("c2", RetainAllVariantProperties=True,
                 ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}])  # fmt: skip
    a, c = stage.settled()["ProductionVariants"]
    assert (a["CurrentInstanceCount"], a["CurrentWeight"]) == (2, 1.0)
    assert (c["CurrentInstanceCount"], c["CurrentWeight"]) == (1, 5.0)
    stage.update("c1")
    stage.settled()
    stage.update("c2", RetainAllVariantProperties=True)
    a, c = stage.settled()["ProductionVariants"]
    assert (a["CurrentInstanceCount"], a["CurrentWeight"]) == (2, 3.0)


def test_what_is_in_use_may_be_deleted(stage):
    stage.simple("old")
    stage.sagemaker.delete_endpoint_config(EndpointConfigName=f"{stage.name}-old")
    stage.sagemaker.delete_model(ModelName=f"{stage.name}-old")
    assert stage.who()["name"] == "old"
    with pytest.raises(ClientError, match="Could not find endpoint configuration"):
        stage.update("old")
    assert stage.describe()["EndpointStatus"] == "InService"


def test_updates_are_checked(stage):
    with pytest.raises(ClientError, match="Could not find endpoint "):
        stage.update("nix")
    stage.simple("bad", {"BOOT": "exit"})
    assert stage.describe()["EndpointStatus"] == "Failed"
    with pytest.raises(ClientError, match="Could not update failed endpoint"):
        stage.update("bad")
    stage.config("many", ("A", "bad", 5, 1.0))
    with pytest.raises(
        stage.sagemaker.exceptions.ResourceLimitExceeded, match="for endpoint usage' is 4 Instances"
    ):
        stage.sagemaker.create_endpoint(EndpointName="many", EndpointConfigName=f"{stage.name}-many")
    routing = {"Type": "LINEAR", "WaitIntervalInSeconds": 1}
    with pytest.raises(ClientError, match="does not offer canary, linear and rolling"):
        stage.update(
            "bad", DeploymentConfig={"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}}
        )
    alarms = {"Alarms": [{"AlarmName": "a"}]}
    with pytest.raises(ClientError, match="does not offer AutoRollbackConfiguration"):
        stage.update("bad", DeploymentConfig={"AutoRollbackConfiguration": alarms})


# --- variants and instances ---------------------------------------------------------------------------------


def test_requests_follow_the_weights(stage):
    stage.model("a")
    stage.model("b")
    stage.config("c", ("A", "a", 1, 3.0), ("B", "b", 1, 1.0))
    stage.create("c")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: stage.ask(), range(200)))
    drawn = [each["InvokedProductionVariant"] for each in answers]
    names = [json.loads(each["Body"].read())["name"] for each in answers]
    assert names == [variant.lower() for variant in drawn]
    assert 150 - 37 < drawn.count("A") < 150 + 37  # six standard deviations

    assert stage.who(TargetVariant="B")["name"] == "b"
    assert stage.who(TargetVariant="A")["name"] == "a"
    with pytest.raises(ClientError, match=r"has no variant C\. Its variants are: A, B") as error:
        stage.ask(TargetVariant="C")
    assert error.value.response["Error"]["Code"] == "ValidationError"


def test_weights_and_capacities_change(stage, alive):
    stage.model("a")
    stage.model("b")
    stage.config("c", ("A", "a", 1, 1.0), ("B", "b", 1, 0.0))
    stage.create("c")
    assert {stage.who()["name"] for _ in range(10)} == {"a"}
    stage.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=stage.name,
        DesiredWeightsAndCapacities=[
            {"VariantName": "A", "DesiredWeight": 0.0},
            {"VariantName": "B", "DesiredWeight": 2.0, "DesiredInstanceCount": 2},
        ],
    )
    a, b = stage.settled()["ProductionVariants"]
    assert (a["CurrentWeight"], a["CurrentInstanceCount"]) == (0.0, 1)
    assert (b["CurrentWeight"], b["DesiredWeight"], b["CurrentInstanceCount"]) == (2.0, 2.0, 2)
    answers = [stage.who() for _ in range(10)]
    assert {each["name"] for each in answers} == {"b"}
    pids = {each["pid"] for each in answers}
    assert len(pids) == 2
    stage.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=stage.name, DesiredWeightsAndCapacities=[{"VariantName": "B", "DesiredInstanceCount": 1}]
    )
    assert stage.settled()["ProductionVariants"][1]["CurrentInstanceCount"] == 1
    [left] = {stage.who()["pid"] for _ in range(4)}
    [gone] = pids - {left}
    assert not alive(gone)
    for wish, says in (
        ({"VariantName": "C", "DesiredWeight": 1.0}, "has no variant C"),
        (
            {"VariantName": "B", "DesiredInstanceCount": 0},
            "desiredInstanceCount' failed to satisfy constraint",
        ),
        ({"VariantName": "B", "DesiredInstanceCount": 5}, "is 4 Instances"),
    ):
        with pytest.raises(ClientError, match=says):
            stage.sagemaker.update_endpoint_weights_and_capacities(
                EndpointName=stage.name, DesiredWeightsAndCapacities=[wish]
            )
    assert stage.describe()["EndpointStatus"] == "InService"


def test_a_serverless_variant_answers(stage):
    stage.model("m")
    stage.sagemaker.create_endpoint_config(
        EndpointConfigName=f"{stage.name}-s",
        ProductionVariants=[
            {
                "VariantName": "A",
                "ModelName": f"{stage.name}-m",
                "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5},
            }
        ],
    )
    [variant] = stage.create("s")["ProductionVariants"]
    assert variant["CurrentServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    assert stage.who()["name"] == "m"


# --- death and recovery -------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGKILL")
def test_a_killed_container_fails_who_waits_for_it_and_comes_back(stage, alive, tmp_path):
    stage.simple()
    pid = stage.who()["pid"]
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(stage.ask, b"wait") for _ in range(2)]
        while not all(each.running() for each in waiting):
            pass
        stage.who()
        os.kill(pid, signal.SIGKILL)
        for each in waiting:
            with pytest.raises(stage.runtime.exceptions.ModelError, match="did not answer"):
                each.result(timeout=10)
    while True:
        with contextlib.suppress(stage.runtime.exceptions.ModelError):
            assert stage.who()["pid"] != pid
            break


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGKILL")
def test_while_one_of_two_containers_is_dead_the_other_answers(stage):
    stage.simple(environment={"BOOT": "once"}, count=2)  # no second life
    first, second = {stage.who()["pid"] for _ in range(4)}
    os.kill(first, signal.SIGKILL)
    answers = []
    while len(answers) < 10:  # in a row, once its death has been noticed
        try:
            answers.append(stage.who()["pid"])
        except stage.runtime.exceptions.ModelError:
            answers = []
    assert set(answers) == {second}


def test_a_container_that_cannot_live_is_started_less_and_less_often(client, stage):
    stage.simple(environment={"BOOT": "once"})
    with pytest.raises(stage.runtime.exceptions.ModelError):
        stage.ask(b"crash")
    logs, group = client("logs"), f"/aws/sagemaker/Endpoints/{stage.name}"
    while True:
        events = logs.filter_log_events(logGroupName=group, logStreamNamePrefix="A/")["events"]
        deaths = [each["timestamp"] for each in events if each["message"] == "no such model"]
        if len(deaths) == 2:
            break
    assert deaths[1] - deaths[0] > 1000
    with pytest.raises(stage.runtime.exceptions.ModelError):
        stage.who()
    assert stage.describe()["EndpointStatus"] == "InService"


@pytest.fixture
def own(state_dir, install_fake):
    """A server of the test's own; what is left of it is stopped."""
    install_fake(state_dir)
    yield server.start(state_dir)
    if left := server.running(state_dir):
        left.stop()


def test_a_restarted_server_keeps_its_promises(own, tmp_path, name):
    """Killed in the middle of an update and of a transform job, it ends the job and updates all the same."""

    def client(service):
        session = boto3.session.Session("test", "test", region_name="us-east-1")
        return session.client(service, endpoint_url=own.url)

    stage = Stage(client, name)
    stage.simple("old")
    stage.model("new", {"GATE": str(tmp_path / "gate")})
    stage.config("new", ("A", "new", 1, 1.0))
    stage.update("new")
    client("s3").put_object(Bucket=BUCKET, Key="in/a", Body=b"wait")
    stage.sagemaker.create_transform_job(
        TransformJobName=name,
        ModelName=f"{name}-old",
        TransformInput={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/in"}}
        },
        TransformOutput={"S3OutputPath": f"s3://{BUCKET}/out"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    own.process.kill()
    own.process.wait()
    server.start(own.state_dir)
    job = stage.sagemaker.describe_transform_job(TransformJobName=name)
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("InternalServerError: the local SageMaker ended while")
    assert not (own.state_dir / "transforms").exists()
    while stage.describe()["EndpointStatus"] != "Updating":
        pass
    assert stage.who()["name"] == "old"
    (tmp_path / "gate").touch()
    assert stage.settled()["EndpointConfigName"].endswith("-new")
    assert stage.who()["name"] == "new"


# --- what a model's artefact may be -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "compression", "key", "files"),
    [
        ("S3Object", "Gzip", "model.tar.gz", {"weights": "42"}),
        ("S3Object", "None", "plain", {"plain": "1"}),
        ("S3Prefix", "None", "folder/", {"a": "2", "b": "3"}),
    ],
)
def test_a_model_data_source_is_laid_out(client, stage, kind, compression, key, files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("weights")
        member.size = 2
        tar.addfile(member, io.BytesIO(b"42"))
    for path, body in (
        ("model.tar.gz", buffer.getvalue()),
        ("plain", b"1"),
        ("folder/a", b"2"),
        ("folder/b", b"3"),
    ):
        client("s3").put_object(Bucket=BUCKET, Key=f"{stage.name}/{path}", Body=body)
    source = {
        "S3Uri": f"s3://{BUCKET}/{stage.name}/{key}",
        "S3DataType": kind,
        "CompressionType": compression,
    }
    stage.model("m", ModelDataSource={"S3DataSource": source})
    stage.config("m", ("A", "m", 1, 1.0))
    stage.create("m")
    assert stage.who()["model"] == files


@pytest.mark.parametrize(
    ("container", "says"),
    [
        ({"ModelPackageName": "p"}, "does not offer model packages"),
        ({"Image": IMAGE, "Mode": "MultiModel"}, "does not offer multi-model containers"),
        ({"Image": IMAGE, "ModelDataSource": {"S3DataSource": NOTHING}}, "Could not find model data"),
        (
            {"Image": IMAGE, "ModelDataSource": {"S3DataSource": {**NOTHING, "CompressionType": "Gzip"}}},
            "does not offer a prefix of archives",
        ),
    ],
)
def test_models_that_are_not_offered_are_refused(stage, container, says):
    with pytest.raises(ClientError, match=says):
        stage.sagemaker.create_model(
            ModelName=stage.name, PrimaryContainer=container, ExecutionRoleArn=ROLE_ARN
        )


def test_pipelines_are_refused(stage):
    with pytest.raises(ClientError, match="does not offer inference pipelines"):
        stage.sagemaker.create_model(
            ModelName=stage.name, Containers=[{"Image": IMAGE}] * 2, ExecutionRoleArn=ROLE_ARN
        )


def test_other_ways_to_invoke_are_refused_in_aws_s_shape(stage):
    stage.simple()
    for call in (
        lambda: stage.runtime.invoke_endpoint_with_response_stream(EndpointName=stage.name, Body=b"x"),
        lambda: stage.runtime.invoke_endpoint_async(EndpointName=stage.name, InputLocation="s3://b/k"),
    ):
        with pytest.raises(ClientError, match="The local SageMaker cannot answer this SageMaker request"):
            call()
