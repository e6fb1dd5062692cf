"""What is left is found and removed thing by thing: one refusal of the service keeps nothing else back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from course_utils.aws import leftovers
from course_utils.aws.leftovers import Leftover

SINCE = datetime(2026, 1, 2, tzinfo=UTC)


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Whatever")


class Service:
    """A client that lists what it was given, notes what it is asked for, and refuses as it is told."""

    exceptions = type("Errors", (), {"NoSuchBucket": KeyError, "ResourceNotFoundException": KeyError})

    def __init__(self, listed: dict[str, list[dict[str, Any]]], refused: dict[str, str]) -> None:
        self.listed, self.refused, self.asked = listed, refused, []

    def get_paginator(self, operation: str) -> SimpleNamespace:
        return SimpleNamespace(paginate=partial(self._pages, operation))

    def _pages(self, operation: str, StatusEquals: str | None = None, **_: str) -> list[dict[str, Any]]:
        if operation in self.refused:
            raise refusal(self.refused[operation])
        if operation == "list_tags":
            return [{"Tags": [{"Key": "fm-course", "Value": "a-run"}]}]
        rows = self.listed.get(operation, [])
        if StatusEquals:
            rows = [row for row in rows if StatusEquals in row.values()]
        return [_Everywhere(rows)]

    def __getattr__(self, operation: str) -> Callable[..., None]:
        def call(**_: str) -> None:
            self.asked.append(operation)
            if operation in self.refused:
                raise refusal(self.refused[operation])

        return call


class _Everywhere(dict):
    """A page that has the same rows under whatever name they are asked for."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def __getitem__(self, _: str) -> list[dict[str, Any]]:
        return self.rows

    def get(self, *_: object) -> list[dict[str, Any]]:
        return self.rows


def left(kind: str, status: str = "InService") -> Leftover:
    return Leftover(kind, f"fm-course-{kind}", status, SINCE, "by the second")


def test_a_running_processing_job_is_found_and_stopped() -> None:
    job = {
        "ProcessingJobName": "shards",
        "ProcessingJobArn": "arn",
        "ProcessingJobStatus": "InProgress",
        "CreationTime": SINCE,
    }
    service = Service({"list_processing_jobs": [job]}, {})
    (found,) = leftovers.running(lambda _: service)
    assert (found.kind, found.name, found.run) == ("processing job", "shards", "a-run")
    assert leftovers.remove(lambda _: service, "bucket", [found]) == []
    assert service.asked == ["stop_processing_job"]


def test_a_service_without_processing_jobs_has_none_left() -> None:
    service = Service({}, {"list_processing_jobs": "UnknownOperationException"})
    assert list(leftovers.running(lambda _: service)) == []


def test_one_refusal_keeps_nothing_else_from_being_deleted() -> None:
    service = Service({}, {"stop_hyper_parameter_tuning_job": "ThrottlingException"})
    refused = leftovers.remove(
        lambda _: service, "bucket", [left("tuning job", "InProgress"), left("endpoint")]
    )
    assert service.asked == ["stop_hyper_parameter_tuning_job", "delete_endpoint"]
    assert [(each.left.kind, each.for_good) for each in refused] == [("tuning job", False)]
    denied = Service({}, {"delete_endpoint": "AccessDeniedException"})
    (refused,) = leftovers.remove(lambda _: denied, "bucket", [left("endpoint")])
    assert refused.for_good
    assert "endpoint fm-course-endpoint" in str(refused)


def test_what_an_endpoint_is_being_made_from_stays_until_it_is_made() -> None:
    service = Service({}, {"delete_endpoint": "ValidationException"})
    things = [left("endpoint", "Creating"), left("endpoint config", "exists"), left("model", "exists")]
    assert leftovers.remove(lambda _: service, "bucket", things) == []
    assert service.asked == ["delete_endpoint"]
    leftovers.remove(lambda _: service, "bucket", [left("endpoint"), *things[1:]])
    assert service.asked[1:] == ["delete_endpoint", "delete_endpoint_config", "delete_model"]


def test_a_tag_that_may_not_be_read_leaves_the_name_to_tell() -> None:
    rows = [
        {"EndpointName": name, "EndpointArn": name, "EndpointStatus": "InService", "CreationTime": SINCE}
        for name in ("of-somebody-else", "fm-course-endpoint-1")
    ]
    service = Service({"list_endpoints": rows}, {"list_tags": "AccessDeniedException"})
    assert [each.name for each in leftovers.running(lambda _: service)] == ["fm-course-endpoint-1"]


def test_what_cannot_be_looked_at_is_said_and_hides_nothing_else() -> None:
    row = {
        "EndpointName": "fm-course-e",
        "EndpointArn": "arn",
        "EndpointStatus": "InService",
        "CreationTime": SINCE,
    }
    service = Service({"list_endpoints": [row]}, {"describe_log_groups": "AccessDeniedException"})
    found, unknown = leftovers.look(lambda _: service, "bucket")
    assert [each.name for each in found] == ["fm-course-e"]
    assert [words.split(":")[0] for words in unknown] == ["the logs could not be looked at"]


def test_objects_that_stay_are_not_called_deleted() -> None:
    class S3(Service):
        def delete_objects(self, **_: object) -> dict[str, Any]:
            return {"Errors": [{"Key": "fm-course-data/x", "Code": "AccessDenied", "Message": "locked"}]}

    s3 = S3({"list_objects_v2": [{"Key": "fm-course-data/x"}]}, {})
    thing = Leftover("objects", "s3://bucket/fm-course-*", "1 object", SINCE, "storage")
    (refused,) = leftovers.remove(lambda _: s3, "bucket", [thing])
    assert "1 objects of s3://bucket are still there, such as fm-course-data/x: locked" in str(refused)


@pytest.mark.parametrize("code", ["ThrottlingException", "SlowDown"])
def test_too_many_questions_are_asked_again(code: str) -> None:
    assert not leftovers.Refusal(left("model"), refusal(code)).for_good
