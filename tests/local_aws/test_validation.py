"""Request checks and reply projection, against botocore's own model and validator."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.validate import ParamValidator

from course_utils.local_aws.control_plane import OPERATIONS
from course_utils.local_aws.errors import AwsError
from course_utils.local_aws.replies import project
from course_utils.local_aws.service_model import operation_model, service_model
from course_utils.local_aws.validation import check


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_an_empty_request_lacks_what_botocore_says_is_required(operation):
    shape = operation_model(operation).input_shape
    lacking = [name[0].lower() + name[1:] for name in shape.required_members]
    if not lacking:
        check(shape, {})
        return
    assert ParamValidator().validate({}, shape).has_errors()
    with pytest.raises(AwsError) as error:
        check(shape, {})
    for name in lacking:
        assert f"Value null at '{name}' failed to satisfy constraint: Member must not be null" in str(
            error.value
        )


def test_every_pattern_of_the_operations_compiles():
    from course_utils.local_aws import validation

    unreadable = {
        name
        for name, shape in service_model()._service_description["shapes"].items()
        if "pattern" in shape and validation._compiled(shape["pattern"]) is None
    }
    assert unreadable == {"AthenaCatalog", "Catalog", "Database", "TableName"}


@pytest.mark.parametrize(
    ("value", "ok"),
    [("größe 10", True), ("a" * 256, True), ("a" * 257, False), ("semi;colon", False)],
)
def test_unicode_classes_of_patterns_are_understood(value, ok):
    request = {
        "ResourceArn": "arn:aws:sagemaker:us-east-1:123456789012:model/m",
        "Tags": [{"Key": "k", "Value": value}],
    }
    shape = operation_model("AddTags").input_shape
    if ok:
        check(shape, request)
    else:
        with pytest.raises(AwsError, match=r"at 'tags.1.member.value' failed to satisfy"):
            check(shape, request)


@pytest.mark.parametrize(
    ("request_", "kind"),
    [({"MaxResults": True}, "Integer"), ({"MaxResults": "3"}, "Integer"), ({"NameContains": 3}, "String")],
)
def test_wrong_json_types_are_a_serialization_exception(request_, kind):
    with pytest.raises(AwsError) as error:
        check(operation_model("ListModels").input_shape, request_)
    assert error.value.code == "SerializationException"
    assert kind in error.value.message


def test_a_reply_has_the_members_of_its_shape_and_no_empty_structures():
    record = {
        "ModelName": "m",
        "ModelArn": "arn",
        "CreationTime": datetime(2026, 1, 2, tzinfo=UTC),
        "VpcConfig": {},
        "PrimaryContainer": {"Image": "i", "Secret": "s", "Environment": {}},
        "EnableNetworkIsolation": False,
        "ExecutionRoleArn": None,
        "Tags": [],
    }
    assert project(operation_model("DescribeModel").output_shape, record) == {
        "ModelName": "m",
        "ModelArn": "arn",
        "CreationTime": 1767312000.0,
        "PrimaryContainer": {"Image": "i", "Environment": {}},
        "EnableNetworkIsolation": False,
    }
