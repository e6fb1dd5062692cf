"""Every member of every operation's request, broken in every way that the service model forbids.

Requests are made from botocore's model: whole ones, which botocore's own validator takes too, and then one
fault at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from botocore.model import Shape
from botocore.validate import ParamValidator

from course_utils.local_aws.control_plane import OPERATIONS
from course_utils.local_aws.errors import AwsError
from course_utils.local_aws.service_model import operation_model
from course_utils.local_aws.validation import check

SAGEMAKER = "arn:aws:sagemaker:us-east-1:123456789012"
# For each pattern that stands in the model one of these is right.
SAMPLES = [
    "a",
    "1",
    "32K",
    "fs-12345678",
    "/a",
    "a/b",
    "mig-1g.5gb",
    "s3://bucket/key",
    "arn:aws:iam::123456789012:role/Role",
    "arn:aws:lambda:us-east-1:123456789012:function:f",
    "arn:aws:sns:us-east-1:123456789012:topic",
    f"{SAGEMAKER}:training-job/a",
    f"{SAGEMAKER}:training-plan/a",
    f"{SAGEMAKER}:mlflow-app/a",
    f"{SAGEMAKER}:model-package/a",
    f"{SAGEMAKER}:model-package-group/a",
    "arn:aws:sagemaker:us-east-1:aws:hub-content/a/Model/b",
    "arn:aws:sagemaker:us-east-1:aws:hub-content/a/DataSet/b",
]


class Fault(NamedTuple):
    """A value that breaks one constraint: where it goes, and how AWS names place and rule."""

    steps: tuple
    value: Any
    path: str
    rule: str
    what: str = "Member"


def whole(shape: Shape) -> Any:
    """A value with all required members, and no others."""
    kind, rules = shape.type_name, shape.metadata
    if kind == "structure":
        return {name: whole(shape.members[name]) for name in shape.required_members}
    if kind == "list":
        return [whole(shape.member) for _ in range(rules.get("min", 0))]
    if kind == "map":
        return {whole(shape.key): whole(shape.value) for _ in range(rules.get("min", 0))}
    if kind == "string":
        return rules["enum"][0] if "enum" in rules else text(shape)
    if kind in ("integer", "long", "float", "double"):
        return max(rules.get("min", 0), 0)
    return {"boolean": True, "timestamp": 1.7e9, "blob": "YQ=="}[kind]


def text(shape: Shape) -> str:
    """A sample of the right form and length; where it is too short, one with its end repeated."""
    least, pattern = shape.metadata.get("min", 0), shape.metadata.get("pattern", ".*")
    for sample in SAMPLES:
        longer = sample + sample[-1] * (least - len(sample))
        if re.fullmatch(
            pattern.replace(r"\p{Alnum}", "a-z0-9").replace(r"\p{L}\p{Z}\p{N}", "a-z0-9"), longer
        ):
            return longer
    raise AssertionError(f"no sample for {pattern!r}")


def faults(shape: Shape, steps: tuple = (), path: str = "", seen: tuple = ()) -> Iterator[Fault]:
    """Every way to break ``shape`` or something below it."""
    if shape.name in seen:
        return
    seen = (*seen, shape.name)
    kind, rules = shape.type_name, shape.metadata
    if kind == "structure":
        for name, member in shape.members.items():
            below = f"{path}.{name[0].lower()}{name[1:]}" if path else name[0].lower() + name[1:]
            if name in shape.required_members:
                yield Fault((*steps, name), None, below, "not be null")
            yield from faults(member, (*steps, name), below, seen)
    elif kind == "list":
        if "max" in rules:
            value = [whole(shape.member)] * (rules["max"] + 1)
            yield Fault(steps, value, path, f"have length less than or equal to {rules['max']}")
        if rules.get("min"):
            yield Fault(steps, [], path, f"have length greater than or equal to {rules['min']}")
        yield from inside(shape.member, "Member", (*steps, 0), path, f"{path}.1.member", seen)
    elif kind == "map":
        if "max" in rules:
            value = {f"key{number}": whole(shape.value) for number in range(rules["max"] + 1)}
            yield Fault(steps, value, path, f"have length less than or equal to {rules['max']}")
        key = whole(shape.key)
        yield from inside(shape.value, "Map value", (*steps, key), path, f"{path}.{key}.value", seen)
    elif kind == "string":
        yield from text_faults(shape, steps, path)
    elif kind in ("integer", "long", "float", "double"):
        if "max" in rules:
            yield Fault(steps, rules["max"] + 1, path, f"have value less than or equal to {rules['max']}")
        if "min" in rules:
            yield Fault(steps, rules["min"] - 1, path, f"have value greater than or equal to {rules['min']}")


def inside(shape: Shape, what: str, steps: tuple, path: str, below: str, seen: tuple) -> Iterator[Fault]:
    """Faults of a list's items or a map's values; of mere texts and numbers all rules are told together."""
    for fault in faults(shape, steps, below, seen):
        if fault.path == below and shape.type_name not in ("structure", "list", "map"):
            yield fault._replace(
                path=path, rule=f"satisfy constraint: [… Member must {fault.rule} …]", what=what
            )
        else:
            yield fault


def text_faults(shape: Shape, steps: tuple, path: str) -> Iterator[Fault]:
    rules = shape.metadata
    if "enum" in rules:
        yield Fault(steps, "wrong", path, f"satisfy enum value set: [{', '.join(rules['enum'])}]")
    if "max" in rules:
        yield Fault(
            steps, "a" * (rules["max"] + 1), path, f"have length less than or equal to {rules['max']}"
        )
    if rules.get("min"):
        yield Fault(steps, "", path, f"have length greater than or equal to {rules['min']}")
    if "pattern" in rules and rules["pattern"] not in (".*", ".+", r"[\S\s]*", r"[\s\S]+"):
        yield Fault(steps, "\n", path, f"satisfy regular expression pattern: {rules['pattern']}")


def placed(shape: Shape, fault: Fault) -> dict:
    """A whole request but for the fault; what stands above it is made whole, too."""
    request = whole(shape)
    place: Any = request
    *above, last = fault.steps
    for step in above:
        shape = inner(shape, step)
        if isinstance(place, list):
            place[:1] = [place[0] if place else whole(shape)]
        else:
            place.setdefault(step, whole(shape))
        place = place[step]
    if isinstance(place, list):
        place[:1] = [fault.value]
    else:
        place[last] = fault.value
    return request


def inner(shape: Shape, step: Any) -> Shape:
    """The shape of a structure's member, of a list's item or of a map's value."""
    if shape.type_name == "structure":
        return shape.members[step]
    return shape.member if shape.type_name == "list" else shape.value


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_a_whole_request_passes_here_and_with_botocore(operation):
    shape = operation_model(operation).input_shape
    request = whole(shape)
    check(shape, request)
    assert not ParamValidator().validate(request, shape).has_errors()


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_each_broken_constraint_is_told_in_the_form_of_aws(operation):
    shape = operation_model(operation).input_shape
    for fault in faults(shape):
        with pytest.raises(AwsError) as error:
            check(shape, placed(shape, fault))
        assert error.value.code == "ValidationException", fault
        assert re.match(r"\d+ validation errors? detected: Value ", error.value.message), fault
        told = f" at '{fault.path}' failed to satisfy constraint: {fault.what} must {fault.rule}"
        form = re.escape(told).replace("…\\ ", ".*").replace("\\ …", ".*")
        assert re.search(form, error.value.message, re.DOTALL), (fault, error.value.message)


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_botocore_agrees_about_what_it_knows(operation):
    """Its validator knows required members and lower limits."""
    shape = operation_model(operation).input_shape
    for fault in faults(shape):
        if fault.rule == "not be null":
            request = placed(shape, fault)
            *above, last = fault.steps
            place: Any = request
            for step in above:
                place = place[step]
            del place[last]
        elif "greater than" in fault.rule:
            request = placed(shape, fault)
        else:
            continue
        assert ParamValidator().validate(request, shape).has_errors(), fault
