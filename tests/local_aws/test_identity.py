"""Roles: moto answers, the registry remembers."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from course_utils.local_aws.identity import Iam
from course_utils.local_aws.state import Registry

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
ARN = "arn:aws:iam::123456789012:role"


def ask(iam: Iam, action: str, **form: str) -> tuple[int, str]:
    status, _, body = iam.answer(urlencode({"Action": action, "Version": "2010-05-08", **form}).encode())
    return int(status[:3]), body.decode()


def create(iam: Iam, name: str, **form: str) -> int:
    return ask(iam, "CreateRole", RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST), **form)[0]


def restarted(registry: Registry) -> Iam:
    """As after a restart: moto, which keeps its roles for the whole process, forgets them."""
    from moto.iam.models import iam_backends

    iam_backends["123456789012"]["aws"].reset()
    return Iam(registry)


@pytest.fixture
def registry(tmp_path):
    return Registry(tmp_path)


def test_roles_outlive_moto(registry):
    iam = restarted(registry)
    assert create(iam, "a", Path="/team/") == 200
    assert create(iam, "a") == 409
    assert ask(iam, "UpdateRole", RoleName="a", Description="grün")[0] == 200
    again = restarted(registry)
    assert again.lets_sagemaker_in(f"{ARN}/team/a")
    assert again.lets_sagemaker_in(f"{ARN}/SageMakerRole")
    assert not again.lets_sagemaker_in(f"{ARN}/a")  # its path belongs to its name
    assert not again.lets_sagemaker_in(f"{ARN}/none")
    assert "grün" in ask(again, "GetRole", RoleName="a")[1]


def test_a_role_that_trusts_others_does_not_let_sagemaker_in(registry):
    iam = restarted(registry)
    trust = json.dumps(TRUST).replace("sagemaker", "lambda")
    assert ask(iam, "CreateRole", RoleName="l", AssumeRolePolicyDocument=trust)[0] == 200
    assert not iam.lets_sagemaker_in(f"{ARN}/l")


def test_a_deleted_role_stays_deleted_and_its_life_is_forgotten(registry):
    iam = restarted(registry)
    for _ in range(3):
        assert create(iam, "a") == 200
        assert ask(iam, "DeleteRole", RoleName="a")[0] == 200
    assert ask(iam, "DeleteRole", RoleName="SageMakerRole")[0] == 200
    assert len(registry.calls()) == 2
    again = restarted(registry)
    assert ask(again, "GetRole", RoleName="a")[0] == 404
    assert not again.lets_sagemaker_in(f"{ARN}/SageMakerRole")
    assert create(again, "a") == 200
    assert ask(restarted(registry), "GetRole", RoleName="a")[0] == 200


def test_questions_are_not_remembered(registry):
    iam = restarted(registry)
    for action in ("GetRole", "ListRoles", "ListAttachedRolePolicies", "NoSuchAction"):
        ask(iam, action, RoleName="SageMakerRole")
    assert registry.calls() == []


def test_with_a_full_disk_a_role_is_not_made_and_can_be_made_later(registry):
    iam = restarted(registry)
    assert create(iam, "first") == 200
    database = registry._database._connection
    [(pages,)] = database.execute("PRAGMA page_count")
    database.execute(f"PRAGMA max_page_count = {pages}")
    status, body = ask(
        iam, "CreateRole", RoleName="big", AssumeRolePolicyDocument=json.dumps({**TRUST, "Id": "x" * 20_000})
    )
    assert (status, "<Code>ServiceFailure</Code>" in body) == (507, True)
    assert ask(iam, "GetRole", RoleName="big")[0] == 404
    assert ask(iam, "GetRole", RoleName="first")[0] == 200
    database.execute("PRAGMA max_page_count = 4294967294")
    assert create(iam, "big") == 200
