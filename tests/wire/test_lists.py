"""Every List operation: order, filters and pages, against botocore's description of it and brute force.

The operations are called without a wire, so that a page costs nothing; the last test goes over it.
"""

from __future__ import annotations

import base64
import itertools
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import botocore.session
import pytest

from course_utils.local_aws.account import ROLE_ARN, sagemaker_arn
from course_utils.local_aws.control_plane import OPERATIONS
from course_utils.local_aws.errors import AwsError
from course_utils.local_aws.state import Registry

MODEL = botocore.session.get_session().get_service_model("sagemaker")
REGION = "us-east-1"
START = datetime(2026, 1, 1, tzinfo=UTC)
TUNING = "owner"


@dataclass(frozen=True)
class Listing:
    """What an operation lists: the ARN's word, the members of its records, and those of its reply."""

    kind: str
    name: str
    status: str | None
    result: str


LISTINGS = {
    "ListTrainingJobs": Listing(
        "training-job", "TrainingJobName", "TrainingJobStatus", "TrainingJobSummaries"
    ),
    "ListTrainingJobsForHyperParameterTuningJob": Listing(
        "training-job", "TrainingJobName", "TrainingJobStatus", "TrainingJobSummaries"
    ),
    "ListHyperParameterTuningJobs": Listing(
        "hyper-parameter-tuning-job",
        "HyperParameterTuningJobName",
        "HyperParameterTuningJobStatus",
        "HyperParameterTuningJobSummaries",
    ),
    "ListTransformJobs": Listing(
        "transform-job", "TransformJobName", "TransformJobStatus", "TransformJobSummaries"
    ),
    "ListModels": Listing("model", "ModelName", None, "Models"),
    "ListEndpointConfigs": Listing("endpoint-config", "EndpointConfigName", None, "EndpointConfigs"),
    "ListEndpoints": Listing("endpoint", "EndpointName", "EndpointStatus", "Endpoints"),
}
STATUSES = ("Completed", "Failed", "Stopped")
UNDERSTOOD = {
    *("NextToken", "MaxResults", "SortBy", "SortOrder", "NameContains", "StatusEquals"),
    *(f"{time}{side}" for time in ("CreationTime", "LastModifiedTime") for side in ("After", "Before")),
    *("WarmPoolStatusEquals", "TrainingPlanArnEquals", "HyperParameterTuningJobName"),
}


def members(operation):
    return MODEL.operation_model(operation).input_shape.members


def documented(operation, member):
    return re.sub(r"<[^>]+>", "", members(operation)[member].documentation)


def default(operation, member):
    """What the documentation of a member calls its default."""
    return re.search(r"The default is (\w+)", documented(operation, member))[1]


def both(test):
    return pytest.mark.parametrize("operation", LISTINGS)(test)


@pytest.fixture
def platform(tmp_path):
    registry = Registry(tmp_path)
    yield SimpleNamespace(registry=registry)
    registry.close()


def add(platform, operation, number, word="job"):
    """A record whose name, time and status follow from ``number``, each in an order of its own."""
    listing = LISTINGS[operation]
    name = f"{word}-{number * 7 % 23:02d}"
    created = START + timedelta(seconds=number * 5 % 23)
    record = {
        listing.name: name,
        "CreationTime": created,
        "LastModifiedTime": created + timedelta(hours=number * 3 % 23),
        "TuningJobArn": sagemaker_arn(REGION, "hyper-parameter-tuning-job", TUNING),
        "TunedHyperParameters": {},
        "HyperParameterTuningJobArn": sagemaker_arn(REGION, listing.kind, name),
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
            "ResourceLimits": {},
        },
        "FinalMetricDataList": [{"MetricName": "score", "Value": float(number * 11 % 23)}],
    }
    if listing.status:
        record[listing.status] = STATUSES[number % 3]
    assert platform.registry.add(listing.kind, REGION, name, record)
    return record


@pytest.fixture
def records(platform, request):
    """Fifteen records of what the operation lists."""
    operation = request.getfixturevalue("operation")
    if operation == "ListTrainingJobsForHyperParameterTuningJob":
        platform.registry.add(
            "hyper-parameter-tuning-job",
            REGION,
            TUNING,
            {
                "HyperParameterTuningJobName": TUNING,
                "HyperParameterTuningJobArn": sagemaker_arn(REGION, "hyper-parameter-tuning-job", TUNING),
                "CreationTime": START,
                "LastModifiedTime": START,
                "HyperParameterTuningJobConfig": {
                    "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"}
                },
            },
        )
    return [add(platform, operation, number) for number in range(15)]


def names(platform, operation, **request):
    """Names on one page, and the token of the next."""
    if operation == "ListTrainingJobsForHyperParameterTuningJob":
        request["HyperParameterTuningJobName"] = TUNING
    reply = OPERATIONS[operation](platform, REGION, request)
    listing = LISTINGS[operation]
    return [each[listing.name] for each in reply[listing.result]], reply.get("NextToken")


def in_order(records, listing, sort_by, sort_order):
    def key(record):
        value = {
            "Name": record[listing.name],
            "Status": listing.status and record[listing.status],
            "CreationTime": record["CreationTime"],
            "FinalObjectiveMetricValue": record["FinalMetricDataList"][0]["Value"],
        }[sort_by]
        return value, record[listing.name]

    if sort_by == "FinalObjectiveMetricValue":
        records = [each for each in records if each[listing.status] != "Failed"]
    found = sorted(records, key=key, reverse=sort_order == "Descending")
    return [each[listing.name] for each in found]


def test_no_list_operation_is_forgotten():
    assert {name for name in OPERATIONS if name.startswith("List")} == {*LISTINGS, "ListTags"}


@both
def test_every_member_of_the_request_is_understood(operation):
    """A new botocore may add one: then it is to be honoured or refused, and added here."""
    assert set(members(operation)) <= UNDERSTOOD


@both
def test_the_default_order_and_size_are_the_documented_ones(platform, records, operation):
    listing = LISTINGS[operation]
    expected = in_order(records, listing, default(operation, "SortBy"), default(operation, "SortOrder"))
    assert names(platform, operation, MaxResults=100) == (expected, None)
    page, token = names(platform, operation)
    assert (page, token is not None) == (expected[:10], True)


@both
def test_every_order_is_the_asked_one(platform, records, operation):
    for sort_by, sort_order in itertools.product(
        members(operation)["SortBy"].enum, ("Ascending", "Descending")
    ):
        asked = {"SortBy": sort_by, "SortOrder": sort_order}
        expected = in_order(records, LISTINGS[operation], sort_by, sort_order)
        assert names(platform, operation, **asked, MaxResults=100)[0] == expected, asked
        pages, token = [], None
        while token or not pages:
            page, token = names(
                platform, operation, **asked, MaxResults=4, **({"NextToken": token} if token else {})
            )
            pages.append(page)
        assert [name for page in pages for name in page] == expected
        assert {len(page) for page in pages[:-1]} == {4}


@both
def test_filters_keep_what_the_documentation_says(platform, records, operation):
    listing = LISTINGS[operation]

    def kept(condition):
        return {each[listing.name] for each in records if condition(each)}

    pivot = sorted(records, key=lambda each: each["CreationTime"])[7]
    for member in set(members(operation)) & UNDERSTOOD - {"NextToken", "MaxResults", "SortBy", "SortOrder"}:
        if member == "NameContains":
            value, expected = "OB-0", kept(lambda each: "ob-0" in each[listing.name])
        elif member == "StatusEquals":
            continue  # below
        elif member.endswith("Equals"):
            value, expected = "x", set()  # no record has one
        elif member == "HyperParameterTuningJobName":
            continue
        else:
            time, side = re.fullmatch(r"(\w+Time)(After|Before)", member).groups()
            moment = pivot[time]
            value = moment.timestamp()
            inclusive = "greater than or equal" in documented(operation, member)
            if side == "Before":
                expected = kept(lambda each, time=time, moment=moment: each[time] < moment)
            elif inclusive:
                expected = kept(lambda each, time=time, moment=moment: each[time] >= moment)
            else:
                expected = kept(lambda each, time=time, moment=moment: each[time] > moment)
            assert 0 < len(expected) < len(records)
        found, _ = names(platform, operation, **{member: value}, MaxResults=100)
        assert set(found) == expected, member
    if listing.status:
        expected = kept(lambda each: each[listing.status] == "Failed")
        assert set(names(platform, operation, StatusEquals="Failed")[0]) == expected


@pytest.mark.parametrize("operation", [each for each in LISTINGS if "CreationTimeAfter" in members(each)])
def test_a_time_that_a_reply_gave_finds_its_record(platform, records, operation):
    """Replies cut times to milliseconds, up or down."""
    listing = LISTINGS[operation]
    for number, microseconds in ((20, 400), (21, 600)):
        record = {**records[0], listing.name: f"odd-{number}"}
        record["CreationTime"] = START + timedelta(days=number, microseconds=microseconds)
        platform.registry.add(listing.kind, REGION, record[listing.name], record)
        shown = round(record["CreationTime"].timestamp(), 3)
        inclusive = "greater than or equal" in documented(operation, "CreationTimeAfter")
        found, _ = names(platform, operation, NameContains="odd", CreationTimeAfter=shown)
        assert (record[listing.name] in found) == inclusive
        found, _ = names(platform, operation, NameContains="odd", CreationTimeBefore=shown)
        assert record[listing.name] not in found


@both
def test_pages_neither_repeat_nor_miss_what_was_there_all_the_time(platform, records, operation):
    listing = LISTINGS[operation]
    for sort_by, sort_order in itertools.product(("Name", "CreationTime"), ("Ascending", "Descending")):
        seen, token, gone = [], None, set()
        for number in itertools.count():
            page, token = names(
                platform, operation, SortBy=sort_by, SortOrder=sort_order, NameContains="job", MaxResults=3,
                **({"NextToken": token} if token else {}),
            )  # fmt: skip
            seen += page
            if not token:
                break
            for word in ("a-job", "z-job") if number < 3 else ():  # before and behind all the others
                add(platform, operation, 3 * number, f"{word}-{sort_by}-{sort_order}".lower())
            gone.add(page[-1])  # even the one at which the next page begins
            platform.registry.remove(listing.kind, REGION, page[-1])
        old = {each[listing.name] for each in records}
        assert len(seen) == len(set(seen))
        assert old <= set(seen)
        for record in records:
            platform.registry.add(listing.kind, REGION, record[listing.name], record)


@both
def test_a_token_of_another_listing_is_refused(platform, records, operation):
    _, token = names(platform, operation, SortBy="Name", SortOrder="Ascending", MaxResults=2)
    foreign = next(each for each in LISTINGS if LISTINGS[each].kind != LISTINGS[operation].kind)
    for request in (
        {"SortBy": "CreationTime", "NextToken": token},
        {"SortBy": "Name", "SortOrder": "Descending", "NextToken": token},
        *({"NextToken": each} for each in ("nonsense", "10", base64.b64encode(b"[1]").decode(), "e30=")),
    ):
        with pytest.raises(AwsError, match="NextToken was not issued"):
            names(platform, operation, **request)
    with pytest.raises(AwsError, match="NextToken was not issued"):
        names(platform, foreign, SortBy="Name", SortOrder="Ascending", NextToken=token)


def test_max_results_counts_training_jobs_before_their_status_is_looked_at(platform):
    """As botocore's documentation of ListTrainingJobs says."""
    for number in range(9):
        add(platform, "ListTrainingJobs", number)
    everything, _ = names(platform, "ListTrainingJobs", MaxResults=4)
    failed, _ = names(platform, "ListTrainingJobs", StatusEquals="Failed", MaxResults=100)
    page, token = names(platform, "ListTrainingJobs", StatusEquals="Failed", MaxResults=4)
    assert page == [name for name in everything if name in failed]
    rest, _ = names(platform, "ListTrainingJobs", StatusEquals="Failed", MaxResults=9, NextToken=token)
    assert page + rest == failed
    assert names(platform, "ListTrainingJobs", StatusEquals="Failed") == (failed, None)


@pytest.mark.wire
def test_paginators_of_boto3_walk_through_the_pages(client, name):
    sagemaker = client("sagemaker")
    image = "382416733822.dkr.ecr.us-east-1.amazonaws.com/fake:1"
    for letter in "bca":
        sagemaker.create_model(
            ModelName=f"{name}-{letter}", PrimaryContainer={"Image": image}, ExecutionRoleArn=ROLE_ARN
        )
    pages = list(
        sagemaker.get_paginator("list_models").paginate(NameContains=name, PaginationConfig={"PageSize": 2})
    )
    assert [[each["ModelName"][-1] for each in page["Models"]] for page in pages] == [["a", "c"], ["b"]]
    after = pages[0]["Models"][1]["CreationTime"]
    later = sagemaker.list_models(NameContains=name, CreationTimeAfter=after)["Models"]
    assert [each["ModelName"][-1] for each in later] == ["a", "c"]
    for operation in LISTINGS:
        method = botocore.xform_name(operation)
        if operation != "ListTrainingJobsForHyperParameterTuningJob":
            list(sagemaker.get_paginator(method).paginate(NameContains=name))
