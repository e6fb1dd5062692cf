"""Every operation, asked thousands of things: it always answers, in its own words, and goes on.

The requests are sound ones in which a member or two are changed, taken out or put in, as botocore's service
model allows it and as it does not. Whatever the request: the answer comes at once, and is either a reply of
the operation's shape or an error of AWS's form; never a fault of the server's own.
"""

from __future__ import annotations

import copy
import http.client
import json
import random
import sys
import time

import botocore.session
import pytest
from botocore.validate import ParamValidator

from course_utils.local_aws import server
from course_utils.local_aws.account import ROLE_ARN, default_bucket
from course_utils.local_aws.control_plane import OPERATIONS

pytestmark = pytest.mark.wire
BUCKET = default_bucket("us-east-1")
ECR = "382416733822.dkr.ecr.us-east-1.amazonaws.com"
ARN = "arn:aws:sagemaker:us-east-1:123456789012"
MODEL = botocore.session.get_session().get_service_model("sagemaker")
ROUNDS = 40  # requests to each operation
CODES = {
    "ValidationException", "SerializationException", "ResourceInUse", "ResourceNotFound",
    "ResourceLimitExceeded", "413",
}  # fmt: skip

_SOURCE = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/data"}}
_CHANNEL = {"ChannelName": "train", "DataSource": _SOURCE}
_TRAINING = {
    "AlgorithmSpecification": {"TrainingImage": f"{ECR}/quick:1", "TrainingInputMode": "File"},
    "RoleArn": ROLE_ARN,
    "InputDataConfig": [_CHANNEL],
    "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}
_VARIANT = {
    "VariantName": "A",
    "ModelName": "m",
    "InitialInstanceCount": 1,
    "InstanceType": "ml.m5.large",
}
_TUNING = {
    "HyperParameterTuningJobConfig": {
        "Strategy": "Random",
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
        "ParameterRanges": {
            "ContinuousParameterRanges": [{"Name": "rate", "MinValue": "0.1", "MaxValue": "1"}]
        },
    },
    "TrainingJobDefinition": {
        **_TRAINING,
        "AlgorithmSpecification": {
            **_TRAINING["AlgorithmSpecification"],
            "MetricDefinitions": [{"Name": "loss", "Regex": r"loss=(\S+)"}],
        },
        "StaticHyperParameters": {"a": "b"},
    },
}
_TAGS = [{"Key": "k", "Value": "v"}]
# A sound request for every operation; NEW is replaced by a name that is not taken.
SOUND = {
    "CreateTrainingJob": {
        "TrainingJobName": "NEW",
        **_TRAINING,
        "HyperParameters": {"a": "b"},
        "Tags": _TAGS,
    },
    "DescribeTrainingJob": {"TrainingJobName": "job"},
    "StopTrainingJob": {"TrainingJobName": "job"},
    "ListTrainingJobs": {"MaxResults": 5, "NameContains": "o", "SortBy": "Name"},
    "CreateModel": {
        "ModelName": "NEW",
        "PrimaryContainer": {"Image": f"{ECR}/quick:1", "ModelDataUrl": f"s3://{BUCKET}/m.tar.gz"},
        "ExecutionRoleArn": ROLE_ARN,
    },
    "DescribeModel": {"ModelName": "m"},
    "DeleteModel": {"ModelName": "no-such"},
    "ListModels": {"MaxResults": 5, "NameContains": "m"},
    "CreateEndpointConfig": {"EndpointConfigName": "NEW", "ProductionVariants": [_VARIANT], "Tags": _TAGS},
    "DescribeEndpointConfig": {"EndpointConfigName": "c"},
    "DeleteEndpointConfig": {"EndpointConfigName": "no-such"},
    "ListEndpointConfigs": {"SortOrder": "Ascending"},
    "CreateEndpoint": {"EndpointName": "NEW", "EndpointConfigName": "c"},
    "DescribeEndpoint": {"EndpointName": "e"},
    "UpdateEndpoint": {"EndpointName": "e", "EndpointConfigName": "c"},
    "UpdateEndpointWeightsAndCapacities": {
        "EndpointName": "e",
        "DesiredWeightsAndCapacities": [{"VariantName": "A", "DesiredWeight": 1}],
    },
    "DeleteEndpoint": {"EndpointName": "no-such"},
    "ListEndpoints": {"StatusEquals": "InService"},
    "CreateTransformJob": {
        "TransformJobName": "NEW",
        "ModelName": "m",
        "TransformInput": {"DataSource": _SOURCE, "SplitType": "Line"},
        "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/out"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    },
    "DescribeTransformJob": {"TransformJobName": "t"},
    "StopTransformJob": {"TransformJobName": "t"},
    "ListTransformJobs": {"CreationTimeAfter": 0},
    "CreateHyperParameterTuningJob": {"HyperParameterTuningJobName": "NEW", **_TUNING},
    "DescribeHyperParameterTuningJob": {"HyperParameterTuningJobName": "h"},
    "StopHyperParameterTuningJob": {"HyperParameterTuningJobName": "h"},
    "DeleteHyperParameterTuningJob": {"HyperParameterTuningJobName": "no-such"},
    "ListHyperParameterTuningJobs": {},
    "ListTrainingJobsForHyperParameterTuningJob": {"HyperParameterTuningJobName": "h"},
    "AddTags": {"ResourceArn": f"{ARN}:model/m", "Tags": _TAGS},
    "ListTags": {"ResourceArn": f"{ARN}:model/m"},
    "DeleteTags": {"ResourceArn": f"{ARN}:model/m", "TagKeys": ["k"]},
}


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A server whose one image does nothing, and quickly; model m, configuration c, and data are there."""
    folder = tmp_path_factory.mktemp("every")
    quick = {
        "train": [sys.executable, "-S", "-c", "print('loss=1')"],
        "serve": [sys.executable, "-S", "-c", ""],
    }
    (folder / "images.json").write_text(json.dumps({"quick": quick}))
    started = server.start(folder)
    connection = http.client.HTTPConnection("127.0.0.1", started.port, timeout=60)
    for key, body in (("data/a", b"1\n2\n"), ("m.tar.gz", b"no archive")):
        connection.request("PUT", f"/{BUCKET}/{key}", body)
        connection.getresponse().read()
    for operation, name in (
        ("CreateModel", "m"), ("CreateEndpointConfig", "c"), ("CreateEndpoint", "e"),
        ("CreateTrainingJob", "job"), ("CreateTransformJob", "t"), ("CreateHyperParameterTuningJob", "h"),
    ):  # fmt: skip
        status, reply = ask(connection, operation, named(SOUND[operation], name))
        assert status == 200, reply
    yield connection
    assert server.running(folder).pid == started.pid
    started.stop()


def named(request, name):
    return {key: name if value == "NEW" else copy.deepcopy(value) for key, value in request.items()}


def ask(connection, operation, request):
    body = request if isinstance(request, bytes) else json.dumps(request).encode()
    connection.request(
        "POST",
        "/",
        body,
        {
            "X-Amz-Target": f"SageMaker.{operation}",
            "Authorization": "AWS4-HMAC-SHA256 Credential=t/20260101/us-east-1/sagemaker/aws4_request",
        },
    )
    response = connection.getresponse()
    return response.status, json.loads(response.read(), parse_constant=no_json)


def no_json(constant):
    raise AssertionError(f"{constant} in a reply")


def test_there_is_a_sound_request_for_every_operation():
    assert set(SOUND) == set(OPERATIONS)


@pytest.mark.parametrize("operation", sorted(SOUND))
def test_it_answers_whatever_it_is_asked(own, operation):
    rng = random.Random(operation)
    shape = MODEL.operation_model(operation)
    for number in range(ROUNDS):
        request = named(SOUND[operation], f"n{number}")
        for _ in range(rng.choice([0, 1, 1, 2]) if number else 0):
            change(rng, shape.input_shape, request)
        begun = time.monotonic()
        status, reply = ask(own, operation, request)
        assert time.monotonic() - begun < 5, str(request)[:2000]
        if status == 200:
            report = ParamValidator().validate(reply, shape.output_shape) if shape.output_shape else None
            assert report is None or not report.has_errors() or only_times(report), report.generate_report()
        else:
            assert status in (400, 404, 413), (str(request)[:1000], reply)
            assert reply["__type"] in CODES, (request, reply)
            assert reply["message"]


def only_times(report):
    """The validator is made for requests, where times are no numbers."""
    return all("timestamp" in line or "datetime" in line for line in report.generate_report().splitlines())


# --- changes ------------------------------------------------------------------------------------------------

TEXTS = [
    "", " ", "a" * 70, "a" * 300_000, "..", "/", "../../x", "a\0b", "ü" * 20, "\ud800", "😀", "None", "1e999",
    "NaN", "-1", "(", "[" * 50, "%00", "{}", "$.a", "A", "s3://", "s3:///", "s3://b", "s3://b/", "https://",
    "s3://b/../x", "https://x", "arn:aws:x", "job", "m", "c", "e", "t", "h", f"s3://{BUCKET}/data",
    "2020-01-01T00:00:00Z", "Ascending",
]  # fmt: skip
NUMBERS = [0, 1, -1, 2, 3, 17, 101, 2**31, 2**63, 10**30, 0.5, 1e300, -1e300, 10**400]
OTHERS = [None, True, False, [], {}, [None], {"": ""}, [[]], "text", 1]


def change(rng, shape, request):
    """Change one place of a request, chosen by the model; go deeper as often as not."""
    if shape is None or not shape.members:
        return
    name = rng.choice(list(request) if request and rng.random() < 0.6 else list(shape.members))
    member = shape.members.get(name)
    inner = request.get(name)
    if (
        member is not None
        and member.type_name == "structure"
        and isinstance(inner, dict)
        and rng.random() < 0.8
    ):
        change(rng, member, inner)
    elif (
        member is not None and member.type_name == "list" and member.member.type_name == "structure"
        and isinstance(inner, list) and inner and isinstance(inner[0], dict) and rng.random() < 0.8
    ):  # fmt: skip
        if rng.random() < 0.3:
            inner.append(copy.deepcopy(inner[0]))
        change(rng, member.member, inner[-1])
    elif rng.random() < 0.15:
        request.pop(name, None)
    elif member is None or rng.random() < 0.15:
        request[name] = rng.choice([*OTHERS, *TEXTS, *NUMBERS])
    else:
        request[name] = made(rng, member, 0)


def made(rng, shape, depth):
    """Something of the shape's type, in its limits or not."""
    kind = shape.type_name
    if kind == "structure":
        chosen = [each for each in shape.members if each in shape.required_members or rng.random() < 0.4]
        return {name: made(rng, shape.members[name], depth + 1) for name in chosen} if depth < 5 else {}
    if kind == "list":
        return [made(rng, shape.member, depth + 1) for _ in range(rng.choice([0, 1, 1, 2, 60]))]
    if kind == "map":
        return {
            str(made(rng, shape.key, depth + 1)): made(rng, shape.value, depth + 1)
            for _ in range(rng.choice([0, 1, 2, 150]))
        }
    if kind == "boolean":
        return rng.random() < 0.5
    if kind == "string":
        enum = shape.metadata.get("enum")
        return rng.choice(enum) if enum and rng.random() < 0.8 else rng.choice(TEXTS)
    if kind == "timestamp":
        return rng.choice([0, 1e9, 1e300, -1e300, "2020-01-01", "2020-01-01T00:00:00Z", "never", ""])
    return rng.choice(NUMBERS)
