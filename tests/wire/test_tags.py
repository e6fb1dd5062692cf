"""Tags on every kind of resource, as AWS documents them."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from course_utils.local_aws.account import ROLE_ARN, default_bucket, sagemaker_arn
from course_utils.local_aws.control_plane import OPERATIONS

pytestmark = pytest.mark.wire
BUCKET = default_bucket("us-east-1")
IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/fake:1"


def tags(**values):
    return [{"Key": key, "Value": value} for key, value in values.items()]


@pytest.fixture
def create(client, job_request, name):
    """``create(operation, tags)`` makes one resource of the kind, and what it needs; returns its ARN."""
    sagemaker = client("sagemaker")
    client("s3").put_object(Bucket=BUCKET, Key="tags/model.tar.gz", Body=b"x")

    def model(**options):
        container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/tags/model.tar.gz"}
        return sagemaker.create_model(
            ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE_ARN, **options
        )

    def config(**options):
        model()
        variant = {
            "VariantName": "A",
            "ModelName": name,
            "InitialInstanceCount": 1,
            "InstanceType": "ml.m5.large",
        }
        return sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[variant], **options
        )

    def endpoint(**options):
        config()
        return sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name, **options)

    def training(**options):
        return sagemaker.create_training_job(**job_request, **options)

    def transform(**options):
        model()
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/fake/train"}}
        return sagemaker.create_transform_job(
            TransformJobName=name,
            ModelName=name,
            TransformInput={"DataSource": source},
            TransformOutput={"S3OutputPath": f"s3://{BUCKET}/tags/out"},
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
            **options,
        )

    def tuning(**options):
        definition = {key: value for key, value in job_request.items() if key != "TrainingJobName"}
        definition["AlgorithmSpecification"] |= {"MetricDefinitions": [{"Name": "s", "Regex": "score=(.*)"}]}
        ranges = {"IntegerParameterRanges": [{"Name": "lines", "MinValue": "1", "MaxValue": "9"}]}
        return sagemaker.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name[-32:].strip("-"),
            HyperParameterTuningJobConfig={
                "Strategy": "Random",
                "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "s"},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
                "ParameterRanges": ranges,
            },
            TrainingJobDefinition=definition,
            **options,
        )

    makers = {
        "CreateModel": model,
        "CreateEndpointConfig": config,
        "CreateEndpoint": endpoint,
        "CreateTrainingJob": training,
        "CreateTransformJob": transform,
        "CreateHyperParameterTuningJob": tuning,
    }
    assert set(makers) == {each for each in OPERATIONS if each.startswith("Create")}  # none is forgotten

    def make(operation, wanted):
        reply = makers[operation](**({"Tags": wanted} if wanted else {}))
        [arn] = [value for member, value in reply.items() if member.endswith("Arn")]
        return arn

    return make


@pytest.fixture
def model_arn(create):
    return create("CreateModel", [])


CREATE = sorted(each for each in OPERATIONS if each.startswith("Create"))
DELETE = {
    "CreateModel": ("delete_model", "ModelName"),
    "CreateEndpointConfig": ("delete_endpoint_config", "EndpointConfigName"),
    "CreateEndpoint": ("delete_endpoint", "EndpointName"),
    "CreateHyperParameterTuningJob": ("delete_hyper_parameter_tuning_job", "HyperParameterTuningJobName"),
}


@pytest.mark.parametrize("operation", CREATE)
def test_every_kind_of_resource_has_tags(client, create, operation):
    sagemaker = client("sagemaker")
    arn = create(operation, tags(team="fm", empty=""))

    def listed():
        return {each["Key"]: each["Value"] for each in sagemaker.list_tags(ResourceArn=arn)["Tags"]}

    assert listed() == {"team": "fm", "empty": ""}
    reply = sagemaker.add_tags(ResourceArn=arn, Tags=tags(team="als", stage="test"))["Tags"]
    assert {each["Key"]: each["Value"] for each in reply} == listed()
    assert listed() == {"team": "als", "empty": "", "stage": "test"}
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team", "never there"])
    assert listed() == {"empty": "", "stage": "test"}


def status_of(sagemaker, endpoint):
    return sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointStatus"]


@pytest.mark.parametrize("operation", DELETE)
def test_tags_go_with_their_resource(client, create, operation):
    sagemaker = client("sagemaker")
    arn = create(operation, tags(team="fm"))
    method, member = DELETE[operation]
    name = arn.rpartition("/")[2]
    describe = getattr(sagemaker, method.replace("delete", "describe"))
    # a tuning job has to end first, and an endpoint to come up or to fail
    while {"InProgress", "Creating"} & {
        value for value in describe(**{member: name}).values() if isinstance(value, str)
    }:
        pass
    while operation == "CreateEndpoint" and status_of(sagemaker, name) == "Creating":
        pass
    getattr(sagemaker, method)(**{member: name})
    if operation == "CreateEndpoint":
        sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name, WaiterConfig={"Delay": 0.05})
    with pytest.raises(ClientError, match="There is no resource"):
        sagemaker.list_tags(ResourceArn=arn)
    if operation == "CreateModel":  # the next one of that name begins without
        assert create(operation, []) == arn
        assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == []


def test_a_resource_has_at_most_fifty_tags(client, model_arn):
    sagemaker = client("sagemaker")
    fifty = tags(**{f"key{number}": "x" for number in range(50)})
    sagemaker.add_tags(ResourceArn=model_arn, Tags=fifty[:49])
    sagemaker.add_tags(ResourceArn=model_arn, Tags=fifty[40:])  # some are there already
    with pytest.raises(ClientError, match="at most 50 tags; with these it would have 51"):
        sagemaker.add_tags(ResourceArn=model_arn, Tags=tags(one="more"))
    sagemaker.add_tags(ResourceArn=model_arn, Tags=tags(key0="another value"))
    pages = list(sagemaker.get_paginator("list_tags").paginate(ResourceArn=model_arn))
    assert len(pages) == 1  # MaxResults is at least 50 by the service model
    assert len(pages[0]["Tags"]) == 50
    with pytest.raises(ClientError, match="NextToken was not issued"):
        sagemaker.list_tags(ResourceArn=model_arn, NextToken="x")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (tags(a="1") + tags(a="2"), "Each tag needs a Key of its own; there are several of: a"),
        ([{"Key": "aws:x", "Value": "1"}], "keys that begin with aws: are for AWS itself"),
        ([{"Key": "AWS:x", "Value": "1"}], "keys that begin with aws: are for AWS itself"),
        ([{"Key": "a#b", "Value": "1"}], "'tags.1.member.key' failed to satisfy constraint"),
        ([{"Key": "k" * 129, "Value": "1"}], "have length less than or equal to 128"),
        ([{"Key": "k", "Value": "v" * 257}], "have length less than or equal to 256"),
    ],
)
def test_tags_that_nothing_can_have_are_refused_wherever_they_come(client, create, model_arn, wanted, words):
    sagemaker = client("sagemaker")
    with pytest.raises(ClientError) as error:
        sagemaker.add_tags(ResourceArn=model_arn, Tags=wanted)
    assert words in error.value.response["Error"]["Message"]
    with pytest.raises(ClientError) as error:
        create("CreateTrainingJob", wanted)
    assert words in error.value.response["Error"]["Message"]


def test_foreign_arns_are_unknown(local, client, model_arn):
    name = model_arn.rpartition("/")[2]
    for arn in (
        sagemaker_arn("eu-west-1", "model", name),
        model_arn.replace("123456789012", "210987654321"),
        model_arn.replace(":model/", ":endpoint/"),
        model_arn.replace(name, "nobody"),
        model_arn.rpartition("/")[0],
    ):
        with pytest.raises(ClientError, match="There is no resource") as error:
            client("sagemaker").list_tags(ResourceArn=arn)
        assert error.value.response["Error"]["Code"] == "ValidationException"


def test_search_is_refused_as_an_unknown_operation(local):
    connection = http.client.HTTPConnection(urlsplit(local.url).netloc, timeout=30)
    headers = {"X-Amz-Target": "SageMaker.Search"}
    connection.request("POST", "/", json.dumps({"Resource": "TrainingJob"}), headers)
    response = connection.getresponse()
    reply = json.loads(response.read())
    connection.close()
    assert (response.status, reply["__type"]) == (404, "UnknownOperationException")
    assert "has no operation Search. It has: AddTags, Create" in reply["message"]
