"""Regions that are none, that disagree, or that are missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from course_utils.doctor import cloud


def configure(text: str) -> None:
    Path(os.environ["AWS_CONFIG_FILE"]).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("us-east1", "us-east-1"), ("eu-west-1a", "eu-west-1"), ("EU-CENTRAL-1", "eu-central-1")],
)
def test_a_region_that_is_none_and_what_to_type_sets_the_likely_one(
    monkeypatch, type_it, wrong, right
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", wrong)
    finding = cloud.region()
    assert finding.detail.startswith(f"AWS_DEFAULT_REGION says {wrong!r}, no region with")
    type_it(finding.fix)
    assert cloud.region() == cloud.Finding("region", right)


def test_a_wrong_region_in_the_configuration_file(type_it) -> None:
    configure("[default]\nregion = frankfurt\n[profile class]\nregion = us-east-2\n")
    finding = cloud.region()
    assert "the AWS configuration says 'frankfurt'" in finding.detail


def test_the_profile_that_is_chosen_counts(monkeypatch) -> None:
    configure("[default]\nregion = frankfurt\n[profile class]\nregion = us-east-2\n")
    monkeypatch.setenv("AWS_PROFILE", "class")
    assert cloud.region() == cloud.Finding("region", "us-east-2")


def test_two_regions_at_once(monkeypatch, type_it) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    finding = cloud.region()
    assert "AWS_REGION=eu-west-1 and AWS_DEFAULT_REGION=us-east-1" in finding.detail
    type_it(finding.fix)
    assert cloud.region().detail == "us-east-1"


def sign_in(text: str) -> None:
    Path(os.environ["AWS_SHARED_CREDENTIALS_FILE"]).write_text(text, encoding="utf-8")


def test_an_account_without_a_region(monkeypatch, type_it) -> None:
    assert cloud.region().ok
    sign_in("[default]\naws_access_key_id = a\naws_secret_access_key = b\n")
    assert "you have AWS credentials" in cloud.aws().detail
    finding = cloud.region()
    assert "no region is set" in finding.detail
    type_it(finding.fix)
    assert cloud.region().ok


@pytest.mark.parametrize(
    "profile",
    [
        "sso_session = school\nsso_account_id = 123456789012\nsso_role_name = learner",
        "sso_start_url = https://school.awsapps.com/start",
        "credential_process = /opt/school/sign-in",
        "role_arn = arn:aws:iam::123456789012:role/learner\nsource_profile = default",
        "web_identity_token_file = /var/run/token",
    ],
)
def test_every_way_to_sign_in_by_a_profile_is_seen(monkeypatch, profile) -> None:
    configure(f"[profile class]\n{profile}\n")
    assert "no account configured" in cloud.aws().detail
    monkeypatch.setenv("AWS_PROFILE", "class")
    assert "you have AWS credentials" in cloud.aws().detail


@pytest.mark.parametrize("name", cloud.SIGNED_IN_BY)
def test_every_way_to_sign_in_by_the_environment_is_seen(monkeypatch, name) -> None:
    assert "no account configured" in cloud.aws().detail
    monkeypatch.setenv(name, "something")
    assert "you have AWS credentials" in cloud.aws().detail


def test_a_profile_without_keys_is_no_account() -> None:
    sign_in("[default]\n")
    configure("[default]\noutput = json\n")
    assert cloud.aws() == cloud.Finding(
        "AWS", "no account configured, and that is fine: the course brings its own SageMaker"
    )


@pytest.mark.parametrize("name", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
def test_a_profile_that_is_not_there(monkeypatch, type_it, name) -> None:
    configure("[profile class]\nregion = us-east-2\n")
    monkeypatch.setenv(name, "clas")
    finding = cloud.aws()
    assert finding.detail == f"{name} says 'clas', and no file of AWS's has a profile of that name"
    type_it(finding.fix)
    assert cloud.aws().ok


@pytest.mark.parametrize(("write", "look"), [(configure, cloud.region), (sign_in, cloud.aws)])
def test_a_file_that_cannot_be_read(type_it, write, look) -> None:
    write("region = us-east-1\n")
    assert cloud.aws().detail == cloud.region().detail
    finding = look()
    assert "Unable to parse config file" in finding.detail
    type_it(finding.fix)
    assert look().ok
