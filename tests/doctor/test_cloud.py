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


def test_an_account_without_a_region(monkeypatch, type_it) -> None:
    assert cloud.region().ok
    Path(os.environ["AWS_SHARED_CREDENTIALS_FILE"]).write_text("[default]\n", encoding="utf-8")
    assert "you have AWS credentials" in cloud.aws().detail
    finding = cloud.region()
    assert "no region is set" in finding.detail
    type_it(finding.fix)
    assert cloud.region().ok


def test_a_configuration_that_cannot_be_read(type_it) -> None:
    configure("region = us-east-1\n")
    finding = cloud.region()
    assert "Unable to parse config file" in finding.detail
    type_it(finding.fix)
    assert cloud.region().ok
