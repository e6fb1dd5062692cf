"""What every request and reply must keep to: the service model, AWS's error shape, own names."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from course_utils.local_aws.account import ROLE_ARN, default_bucket

pytestmark = pytest.mark.wire
AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{}/aws4_request, Signature=0"

MODEL = botocore.session.get_session().get_service_model("sagemaker")
IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/fake:1"


def post(local, body, headers, path="/", method="POST"):
    connection = http.client.HTTPConnection(urlsplit(local.url).netloc, timeout=30)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    return response, response.read()


def sagemaker(local, operation, request):
    """The raw status and JSON of one operation."""
    headers = {"X-Amz-Target": f"SageMaker.{operation}", "Authorization": AUTHORIZATION.format("sagemaker")}
    body = request if isinstance(request, bytes) else json.dumps(request)
    response, answer = post(local, body, headers)
    return response.status, json.loads(answer)


def test_every_reply_keeps_to_the_output_shape(local, client, job_request, name, wait_for):
    """Raw replies, judged by botocore's own validator: nothing required is missing or unknown."""
    client("s3").put_object(Bucket=default_bucket("us-east-1"), Key="m.tar.gz", Body=b"x")
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{default_bucket('us-east-1')}/m.tar.gz"}
    variant = {
        "VariantName": "A",
        "ModelName": name,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    job = {"TrainingJobName": name}
    model, config, endpoint = {"ModelName": name}, {"EndpointConfigName": name}, {"EndpointName": name}
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:model/{name}"
    calls = [
        (
            "CreateTrainingJob",
            {**job_request, "HyperParameters": {"sleep": "600"}, "Tags": [{"Key": "a", "Value": "b"}]},
        ),
        ("DescribeTrainingJob", job),
        ("StopTrainingJob", job),
        ("DescribeTrainingJob", job),
        ("ListTrainingJobs", {"MaxResults": 1}),
        ("CreateModel", {**model, "PrimaryContainer": container, "ExecutionRoleArn": ROLE_ARN}),
        ("DescribeModel", model),
        ("ListModels", {"MaxResults": 1}),
        ("CreateEndpointConfig", {**config, "ProductionVariants": [variant]}),
        ("DescribeEndpointConfig", config),
        ("ListEndpointConfigs", {}),
        ("CreateEndpoint", {**endpoint, **config}),
        ("DescribeEndpoint", endpoint),
        ("ListEndpoints", {}),
        ("AddTags", {"ResourceArn": arn, "Tags": [{"Key": "a", "Value": "b"}]}),
        ("ListTags", {"ResourceArn": arn}),
        ("DeleteTags", {"ResourceArn": arn, "TagKeys": ["a"]}),
        ("DeleteEndpoint", endpoint),
        ("DeleteEndpointConfig", config),
        ("DeleteModel", model),
    ]
    for operation, request in calls:
        status, reply = sagemaker(local, operation, request)
        assert status == 200, (operation, reply)
        shape = MODEL.operation_model(operation).output_shape
        if shape is None:
            assert reply == {}, operation
            continue
        report = ParamValidator().validate(reply, shape)
        assert not report.has_errors(), (operation, report.generate_report())
        assert {} not in reply.values(), operation
    wait_for(name)
    final = sagemaker(local, "DescribeTrainingJob", job)[1]
    report = ParamValidator().validate(final, MODEL.operation_model("DescribeTrainingJob").output_shape)
    assert not report.has_errors(), report.generate_report()


def test_all_faults_of_a_request_are_named_at_once(local):
    status, reply = sagemaker(local, "CreateTrainingJob", {
        "TrainingJobName": "a_b",
        "AlgorithmSpecification": {"TrainingInputMode": "Files"},
        "InputDataConfig": [{"ChannelName": "t", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix"}}}],
        "HyperParameters": {"k": "v" * 2501},
        "RoleArn": ROLE_ARN,
    })  # fmt: skip
    assert (status, reply["__type"]) == (400, "ValidationException")
    text = reply["message"]
    assert text.startswith("5 validation errors detected: ")
    for value, path, constraint in (
        ("'a_b'", "trainingJobName", "satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"),
        (
            "'Files'",
            "algorithmSpecification.trainingInputMode",
            "satisfy enum value set: [Pipe, File, FastFile]",
        ),
        ("null", "inputDataConfig.1.member.dataSource.s3DataSource.s3Uri", "not be null"),
        ("null", "outputDataConfig", "not be null"),
    ):
        assert f"{value} at '{path}' failed to satisfy constraint: Member must {constraint}" in text
    assert "Map value must satisfy constraint: [Member must have length less than or equal to 2500, " in text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"{", "not valid JSON"),
        (b"[]", "can not be converted to a Structure"),
        (b'{"TrainingJobName": 3}', "int value at 'trainingJobName' can not be converted to a String"),
        (b"\xff\xfe", "not valid JSON"),
        (b'{"TrainingJobName": NaN}', "not valid JSON: NaN is no number"),
        (b'{"StoppingCondition": {"MaxRuntimeInSeconds": 1e999}}', "not valid JSON: 1e999 is no number"),
        (b"[" * 100_000, "not valid JSON"),
    ],
)
def test_malformed_bodies_are_a_serialization_exception(local, body, text):
    status, reply = sagemaker(local, "DescribeTrainingJob", body)
    assert (status, reply["__type"]) == (400, "SerializationException")
    assert text in reply["message"]


def test_an_integer_has_32_bits(local):
    status, reply = sagemaker(local, "ListTrainingJobs", {"MaxResults": 2**31})
    assert (status, reply["__type"]) == (400, "SerializationException")
    assert reply["message"] == "'2147483648' at 'maxResults' is too large for an Integer"


def test_an_unknown_operation_says_what_there_is(client):
    with pytest.raises(ClientError) as error:
        client("sagemaker").list_pipelines()
    assert error.value.response["Error"]["Code"] == "UnknownOperationException"
    assert "ListPipelines. It has: AddTags, CreateEndpoint" in error.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client("iam").simulate_custom_policy(
            PolicyInputList=["{}"], ActionNames=["s3:GetObject"]
        ),
        lambda client: client("kendra").list_indices(),
        lambda client: client("logs").describe_configuration_templates(),
    ],
)
def test_what_moto_lacks_is_an_error_that_clients_can_read(client, call):
    with pytest.raises(ClientError) as error:
        call(client)
    assert error.value.response["Error"]["Code"] in (
        "NotImplemented",
        "UnknownOperation",
        "UnknownOperationException",
        "NoSuchConfiguration",
    )
    assert "<" not in error.value.response["Error"]["Message"]
    assert error.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_identity_is_an_assumed_role_that_may_do_everything(client):
    assert client("sts").get_caller_identity()["Arn"].endswith(":assumed-role/SageMakerRole/local")
    results = client("iam").simulate_principal_policy(PolicySourceArn=ROLE_ARN, ActionNames=["a:b", "c:d"])
    decisions = [(each["EvalActionName"], each["EvalDecision"]) for each in results["EvaluationResults"]]
    assert decisions == [("a:b", "allowed"), ("c:d", "allowed")]


def test_a_foreign_host_name_is_refused(local):
    response, _ = post(local, b"", {"Host": "evil.example", "X-Amz-Target": "SageMaker.ListModels"})
    assert response.status == 403
    response, _ = post(local, b"", {}, path="/moto-api/reset")
    assert response.status == 403
    response, _ = post(local, None, {"Origin": "https://evil.example"}, path="/", method="GET")
    assert response.getheader("Access-Control-Allow-Origin") is None


def test_regions_do_not_mix_and_objects_survive_the_journey(client, local, name):
    headers = {"X-Amz-Target": "SageMaker.DescribeModel"}
    headers["Authorization"] = AUTHORIZATION.format("sagemaker").replace("us-east-1", "eu-west-1")
    _, body = post(local, json.dumps({"ModelName": name}), headers)
    assert f"arn:aws:sagemaker:eu-west-1:123456789012:model/{name}" in json.loads(body)["message"]
    data = bytes(range(256)) * 40_000  # 10 MB: uploaded in parts
    s3, bucket = client("s3"), default_bucket("us-east-1")
    import io

    s3.upload_fileobj(io.BytesIO(data), bucket, f"{name}/big")
    target = io.BytesIO()
    s3.download_fileobj(bucket, f"{name}/big", target)
    assert target.getvalue() == data
    assert s3.head_object(Bucket=bucket, Key=f"{name}/big")["ContentLength"] == len(data)
