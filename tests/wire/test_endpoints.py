"""Models, endpoint configurations and endpoints over the wire with boto3, served by the fake algorithm."""

from __future__ import annotations

import contextlib
import io
import tarfile
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.exceptions import ClientError, WaiterError

from course_utils.local_aws.account import ROLE_ARN, default_bucket

pytestmark = pytest.mark.wire
IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/fake:1"
BUCKET = default_bucket("us-east-1")


def artefact(client, key, *, name="weights", body=b"42", cut=None):
    """Store a model.tar.gz with one member; returns its URI."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(body)
        tar.addfile(member, io.BytesIO(body))
    client("s3").put_object(Bucket=BUCKET, Key=key, Body=buffer.getvalue()[:cut])
    return f"s3://{BUCKET}/{key}"


@pytest.fixture
def deploy(client):
    """``deploy(name, uri)`` makes model, configuration and endpoint; returns when it is up (or Failed)."""
    sagemaker, made = client("sagemaker"), []

    def make(name, uri, environment=None):
        container = {"Image": IMAGE, "ModelDataUrl": uri, "Environment": environment or {}}
        sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE_ARN)
        variant = {"VariantName": "AllTraffic", "ModelName": name, "InitialInstanceCount": 1,
                   "InstanceType": "ml.m5.large"}  # fmt: skip
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        made.append(name)
        assert sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] in (
            "Creating",
            "InService",
            "Failed",
        )
        waiter = sagemaker.get_waiter("endpoint_in_service")
        with contextlib.suppress(WaiterError):  # raised for Failed
            waiter.wait(EndpointName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 400})
        return sagemaker.describe_endpoint(EndpointName=name)

    yield make
    for name in made:
        try:
            sagemaker.delete_endpoint(EndpointName=name)
        except ClientError:
            continue
        wait_until_deleted(sagemaker, name)


def wait_until_deleted(sagemaker, name):
    sagemaker.get_waiter("endpoint_deleted").wait(
        EndpointName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 400}
    )


def invoke(client, endpoint, body, **more):
    reply = client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body=body, **more)
    return reply["Body"].read()


def test_an_endpoint_answers_and_goes_away(client, deploy, name, log_lines, alive):
    endpoint = deploy(name, artefact(client, "m/model.tar.gz"))
    assert endpoint["EndpointStatus"] == "InService"
    [variant] = endpoint["ProductionVariants"]
    assert (variant["VariantName"], variant["CurrentInstanceCount"]) == ("AllTraffic", 1)

    binary = bytes(range(256)) * 10
    answer = invoke(client, name, binary, ContentType="application/x-recordio-protobuf", Accept="text/csv")
    assert answer == b"application/x-recordio-protobuf|text/csv|" + binary
    reply = client("sagemaker-runtime").invoke_endpoint(EndpointName=name, Body=b"who")
    assert (reply["ContentType"], reply["InvokedProductionVariant"]) == ("application/x-echo", "AllTraffic")
    pid, weights = reply["Body"].read().split()
    assert weights == b"42"
    assert "serving" in log_lines(f"/aws/sagemaker/Endpoints/{name}", "AllTraffic/")

    sagemaker = client("sagemaker")
    sagemaker.delete_endpoint(EndpointName=name)
    wait_until_deleted(sagemaker, name)
    assert not alive(int(pid))
    sagemaker.delete_endpoint_config(EndpointConfigName=name)
    sagemaker.delete_model(ModelName=name)
    assert sagemaker.list_endpoints(NameContains=name)["Endpoints"] == []
    assert sagemaker.list_endpoint_configs(NameContains=name)["EndpointConfigs"] == []
    assert sagemaker.list_models(NameContains=name)["Models"] == []


def test_what_is_in_a_change_cannot_be_deleted(client, deploy, name):
    """As on AWS, whose own controllers wait when they are told so."""
    sagemaker = client("sagemaker")
    deploy(name, artefact(client, "m/model.tar.gz"))
    sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=name)
    with pytest.raises(ClientError, match=f'Cannot update in-progress endpoint "arn:.*/{name}"') as error:
        sagemaker.delete_endpoint(EndpointName=name)
    assert error.value.response["Error"]["Code"] == "ValidationException"
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 0.05})
    sagemaker.delete_endpoint(EndpointName=name)
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        sagemaker.delete_endpoint(EndpointName=name)
    wait_until_deleted(sagemaker, name)


@pytest.mark.parametrize("header", ["TargetModel", "TargetContainerHostname", "InferenceComponentName"])
def test_other_targets_are_refused_in_words(client, deploy, name, header):
    deploy(name, artefact(client, "m/model.tar.gz"))
    with pytest.raises(ClientError, match="does not offer X-Amzn-SageMaker-") as error:
        invoke(client, name, b"x", **{header: "x"})
    assert error.value.response["Error"]["Code"] == "ValidationError"


def test_a_model_reads_only_from_its_own_region(client, name):
    s3 = client("s3")
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        elsewhere(s3).create_bucket(
            Bucket="elsewhere", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
    s3.put_object(Bucket="elsewhere", Key="m.tar.gz", Body=b"1")
    with pytest.raises(
        ClientError, match=r"Could not access model data at s3://elsewhere.*lies in eu-west-1"
    ):
        client("sagemaker").create_model(
            ModelName=name,
            PrimaryContainer={"Image": IMAGE, "ModelDataUrl": "s3://elsewhere/m.tar.gz"},
            ExecutionRoleArn=ROLE_ARN,
        )


def elsewhere(client):
    session = boto3.session.Session("test", "test", region_name="eu-west-1")
    return session.client("s3", endpoint_url=client.meta.endpoint_url)


def test_the_model_s_refusal_reaches_the_caller_whole(client, deploy, name):
    deploy(name, artefact(client, "m/model.tar.gz"))
    with pytest.raises(client("sagemaker-runtime").exceptions.ModelError) as error:
        invoke(client, name, b"refuse")
    response = error.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["OriginalStatusCode"] == 400
    assert response["OriginalMessage"] == "unable to evaluate payload provided"
    assert f"log-group:/aws/sagemaker/Endpoints/{name}:log-stream:AllTraffic/" in response["LogStreamArn"]
    message = response["Error"]["Message"]
    assert 'Received client error (400) from primary with message "unable to' in message
    assert message.endswith("for more information. [Hint: grün is no number]")


def test_a_body_over_6_mb_is_refused_and_one_of_6_mb_is_not(client, deploy, name):
    deploy(name, artefact(client, "m/model.tar.gz"))
    with pytest.raises(ClientError, match="HTTP content length exceeded 6291456 bytes"):
        invoke(client, name, bytes(6 * 2**20 + 1))
    assert len(invoke(client, name, bytes(6 * 2**20))) > 6 * 2**20


def test_eight_callers_at_once_get_their_own_answers(client, deploy, name):
    deploy(name, artefact(client, "m/model.tar.gz"))
    bodies = [b"%d" % number for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: invoke(client, name, body), bodies))
    assert [answer.rsplit(b"|", 1)[1] for answer in answers] == bodies


def test_a_dead_container_is_started_again(client, deploy, name):
    deploy(name, artefact(client, "m/model.tar.gz"))
    before = invoke(client, name, b"who")
    runtime = client("sagemaker-runtime")
    with pytest.raises(runtime.exceptions.ModelError) as error:
        invoke(client, name, b"die")
    assert error.value.response["OriginalStatusCode"] == 500
    assert "[Hint: the container did not answer (" in error.value.response["Error"]["Message"]
    while True:
        try:
            after = invoke(client, name, b"who")
            break
        except runtime.exceptions.ModelError:
            continue
    assert before != after


@pytest.mark.parametrize(
    ("member", "cut", "reason"),
    [
        (
            "other-name",
            None,
            "Please check CloudWatch logs for this endpoint. [Hint: they end with: no weights]",
        ),
        ("weights", 60, "Failed to extract model data archive"),
        ("../../escaped", None, "Failed to extract model data archive"),
    ],
)
def test_a_broken_artefact_fails_the_endpoint(client, deploy, name, member, cut, reason, local):
    endpoint = deploy(name, artefact(client, f"{name}/model.tar.gz", name=member, cut=cut))
    assert endpoint["EndpointStatus"] == "Failed"
    assert reason in endpoint["FailureReason"]
    assert not list(local.state_dir.rglob("escaped"))
    with pytest.raises(ClientError, match=f"Endpoint {name} of account .* not found.*it is Failed; only an"):
        invoke(client, name, b"x")


def test_what_is_missing_or_taken_is_said_as_the_sdks_expect(client, deploy, name):
    sagemaker = client("sagemaker")
    for call, text in (
        (
            lambda: sagemaker.describe_model(ModelName="nix"),
            'Could not find model "arn:aws:sagemaker:us-east-1',
        ),
        (lambda: sagemaker.delete_model(ModelName="nix"), "Could not find model"),
        (
            lambda: sagemaker.describe_endpoint_config(EndpointConfigName="nix"),
            "Could not find endpoint config",
        ),
        (lambda: sagemaker.describe_endpoint(EndpointName="nix"), 'Could not find endpoint "arn'),
        (lambda: sagemaker.delete_endpoint(EndpointName="nix"), 'Could not find endpoint "arn'),
        (
            lambda: sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="nix"),
            "endpoint configuration",
        ),
    ):
        with pytest.raises(ClientError, match=text) as error:
            call()
        assert error.value.response["Error"]["Code"] == "ValidationException"
    deploy(name, artefact(client, "m/model.tar.gz"))
    with pytest.raises(ClientError, match="Cannot create already existing model"):
        deploy(name, artefact(client, "m/model.tar.gz"))
    with pytest.raises(ClientError, match="Cannot create already existing endpoint "):
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)


@pytest.mark.parametrize(
    ("container", "role", "text"),
    [
        ({"Image": "x", "ModelDataUrl": "s3://b/k"}, ROLE_ARN, "no image 'x'"),
        (
            {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/none.tar.gz"},
            ROLE_ARN,
            "Could not find model data at",
        ),
        ({"Image": IMAGE, "ModelDataUrl": "s3://My_Bucket!/k"}, ROLE_ARN, "Could not find model data at"),
        ({"Image": IMAGE}, "arn:aws:iam::123456789012:role/Nobody", "Could not assume role"),
    ],
)
def test_models_are_checked_when_they_are_made(client, name, container, role, text):
    with pytest.raises(ClientError, match=text):
        client("sagemaker").create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=role)


def test_tags_stay_with_their_resource(client, name):
    sagemaker = client("sagemaker")
    uri = artefact(client, "m/model.tar.gz")
    tag = {"Key": "course", "Value": "fm"}
    arn = sagemaker.create_model(
        ModelName=name,
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": uri},
        ExecutionRoleArn=ROLE_ARN,
        Tags=[tag],
    )["ModelArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "more", "Value": ""}])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [tag, {"Key": "more", "Value": ""}]
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["course"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "more", "Value": ""}]
    with pytest.raises(ClientError, match="There is no resource"):
        sagemaker.list_tags(ResourceArn=arn + "x")
