"""CloudWatch Logs: compared with moto, read to the end as clients do, kept over a restart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from course_utils.local_aws.errors import AwsError
from course_utils.local_aws.logs import service as log_service
from course_utils.local_aws.logs.store import LogStore, milliseconds
from course_utils.local_aws.logs.stream import LogStream

pytestmark = pytest.mark.wire
NOW = int(time.time() * 1000)


def events(*lines, start=NOW):
    return [{"timestamp": start + number, "message": line} for number, line in enumerate(lines)]


def story(logs: Any, group: str) -> list[Any]:
    """Many calls, and what came of each without what differs between two servers."""
    varies = {
        "ResponseMetadata",
        "creationTime",
        "ingestionTime",
        "lastIngestionTime",
        "eventId",
        "storedBytes",
    }
    varies |= {
        "uploadSequenceToken",
        "nextSequenceToken",
        "logGroupArn",
        "nextForwardToken",
        "nextBackwardToken",
    }
    varies |= {"logGroupClass", "searchedLogStreams"}  # moto still fills the last, which AWS calls deprecated
    seen: list[Any] = []

    def stable(value):
        if isinstance(value, dict):
            return {name: stable(each) for name, each in value.items() if name not in varies}
        return [stable(each) for each in value] if isinstance(value, list) else value

    def call(operation, **arguments):
        try:
            reply = getattr(logs, operation)(**arguments)
        except ClientError as error:
            seen.append((operation, error.response["Error"]["Code"]))
            return {}
        seen.append((operation, stable(reply)))
        return reply

    named = {"logGroupName": group}
    call("describe_log_streams", **named)
    call("create_log_group", **named)
    call("create_log_group", **named)
    call("put_log_events", **named, logStreamName="none", logEvents=events("x"))
    for stream in ("b/1", "a/1", "a/2"):
        call("create_log_stream", **named, logStreamName=stream)
    call("create_log_stream", **named, logStreamName="a/1")
    call("describe_log_streams", **named)
    call("put_log_events", **named, logStreamName="a/1", logEvents=events("one", "two ERROR", "three"))
    call(
        "put_log_events",
        **named,
        logStreamName="a/2",
        logEvents=events("four", "five ERROR", start=NOW + 100),
    )
    call("put_log_events", **named, logStreamName="a/1", logEvents=events("early", start=NOW - 50))
    for more in ({}, {"startFromHead": True}, {"limit": 2}, {"limit": 2, "startFromHead": True}):
        call("get_log_events", **named, logStreamName="a/1", **more)
    call("get_log_events", **named, logStreamName="a/1", startTime=NOW, startFromHead=True)
    call("get_log_events", **named, logStreamName="none")
    call("get_log_events", **named, logStreamName="a/1", nextToken="nonsense")
    for more in (
        {}, {"logStreamNames": ["a/2"]}, {"startTime": NOW + 1},
        {"endTime": NOW + 1}, {"filterPattern": "ERROR"}, {"filterPattern": '"two ERROR"'},
    ):  # fmt: skip
        call("filter_log_events", **named, **more)
    for more in ({}, {"logStreamNamePrefix": "a/"}, {"descending": True}, {"logStreamNamePrefix": "z"}):
        call("describe_log_streams", **named, **more)
    call("describe_log_streams", **named, orderBy="LastEventTime", descending=True)
    call("describe_log_streams", **named, orderBy="LastEventTime", logStreamNamePrefix="a")
    call("put_retention_policy", **named, retentionInDays=7)
    call("describe_log_groups", logGroupNamePrefix=group)
    call("delete_retention_policy", **named)
    call("describe_log_groups", logGroupNamePrefix=group)
    call("delete_log_stream", **named, logStreamName="a/1")
    call("delete_log_stream", **named, logStreamName="a/1")
    call("filter_log_events", **named)
    call("delete_log_group", **named)
    call("delete_log_group", **named)
    call("describe_log_groups", logGroupNamePrefix=group)
    return seen


def test_we_answer_as_moto_does(client, name):
    ours = story(client("logs"), name)
    with mock_aws():
        theirs = story(boto3.session.Session("x", "x", region_name="us-east-1").client("logs"), name)
    for our, their in zip(ours, theirs, strict=True):
        assert our == their


@pytest.fixture
def store(tmp_path):
    store = LogStore(tmp_path / "logs.db")
    yield store
    store.close()


def ask(store, operation, **request):
    return log_service.handle(store, "us-east-1", operation, json.dumps(request).encode())


def read_forward(store, stream, limit, **more):
    """As the SDKs do it: until the token stays the same."""
    found, token = [], None
    while True:
        named = {"logGroupName": "g", "logStreamName": stream, "startFromHead": True, "limit": limit, **more}
        reply = ask(store, "GetLogEvents", **named, **({"nextToken": token} if token else {}))
        found += [each["message"] for each in reply["events"]]
        if reply["nextForwardToken"] == token:
            return found, reply
        assert reply["events"] or token is None
        token = reply["nextForwardToken"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(times=st.lists(st.integers(0, 20), max_size=25), limit=st.integers(1, 9), which=st.integers(0, 10**6))
def test_pages_hold_every_line_once_and_in_order(store, times, limit, which):
    store.create_group("us-east-1", "g")
    stream = f"s{which}-{len(store.streams(store.group('us-east-1', 'g')))}"
    ask(store, "CreateLogStream", logGroupName="g", logStreamName=stream)
    lines = [(NOW + moment, f"{number}") for number, moment in enumerate(times)]
    for moment, line in lines:
        ask(store, "PutLogEvents", logGroupName="g", logStreamName=stream,
            logEvents=[{"timestamp": moment, "message": line}])  # fmt: skip
    expected = [line for _, line in sorted(lines, key=lambda each: each[0])]
    assert read_forward(store, stream, limit)[0] == expected
    early = [line for moment, line in sorted(lines, key=lambda each: each[0]) if NOW + 5 <= moment < NOW + 9]
    assert read_forward(store, stream, limit, startTime=NOW + 5, endTime=NOW + 9)[0] == early

    found, token = [], None
    while True:
        named = {"logGroupName": "g", "logStreamName": stream, "limit": limit}
        reply = ask(store, "GetLogEvents", **named, **({"nextToken": token} if token else {}))
        found = [each["message"] for each in reply["events"]] + found
        if reply["nextBackwardToken"] == token:
            break
        assert reply["events"] or token is None  # the same token comes back as soon as there is no more
        token = reply["nextBackwardToken"]
    assert found == expected

    found, token = [], None
    while True:
        named = {"logGroupName": "g", "logStreamNames": [stream], "limit": limit}
        reply = ask(store, "FilterLogEvents", **named, **({"nextToken": token} if token else {}))
        found += [each["message"] for each in reply["events"]]
        token = reply.get("nextToken")
        if token is None:
            break
    assert found == expected


def test_a_log_can_be_followed(store):
    log = LogStream(store, "us-east-1", "g", "s")
    seen, last = read_forward(store, "s", 10)
    assert seen == []
    for round_ in range(3):
        log.write(f"line {round_}")
        token = last["nextForwardToken"]
        last = ask(store, "GetLogEvents", logGroupName="g", logStreamName="s", nextToken=token)
        assert [each["message"] for each in last["events"]] == [f"line {round_}"]
    back = ask(
        store, "GetLogEvents", logGroupName="g", logStreamName="s", nextToken=last["nextBackwardToken"]
    )
    assert [each["message"] for each in back["events"]] == ["line 0", "line 1"]


def test_at_either_end_one_can_turn_round(store):
    log = LogStream(store, "us-east-1", "g", "s")
    for line in "abc":
        log.write(line)
    named = {"logGroupName": "g", "logStreamName": "s"}
    end = read_forward(store, "s", 2)[1]
    back = ask(store, "GetLogEvents", **named, nextToken=end["nextBackwardToken"], limit=2)
    assert [each["message"] for each in back["events"]] == ["b", "c"]
    begin = ask(store, "GetLogEvents", **named, nextToken=back["nextBackwardToken"], limit=2)
    begin = ask(store, "GetLogEvents", **named, nextToken=begin["nextBackwardToken"], limit=2)
    assert begin["events"] == []
    again = ask(store, "GetLogEvents", **named, nextToken=begin["nextForwardToken"], limit=2)
    assert [each["message"] for each in again["events"]] == ["a", "b"]


def test_a_container_writes_on_whatever_happens(store, monkeypatch):
    log = LogStream(store, "us-east-1", "g", "s")
    log.write("a\ttab")
    log.write("  ")
    assert log.last_line == "a#011tab"
    group = store.group("us-east-1", "g")
    assert LogStream(store, "us-east-1", "g", "s")._id == log._id
    store.delete_group(group)
    log.write("after somebody deleted it")
    assert read_forward(store, "s", 10)[0] == ["after somebody deleted it"]
    monkeypatch.setattr(
        "course_utils.local_aws.logs.stream.milliseconds", lambda: NOW - 10**6
    )  # a clock set back
    log.write("later")
    assert read_forward(store, "s", 10)[0] == ["after somebody deleted it", "later"]
    log.close()
    log.write("too late")
    assert len(read_forward(store, "s", 10)[0]) == 2


@pytest.mark.skipif(os.name != "posix", reason="resource limits are POSIX's")
def test_a_full_disk_loses_lines_and_holds_up_nobody(tmp_path):
    program = """
import resource, sys
from pathlib import Path
from course_utils.local_aws.logs.store import LogStore
from course_utils.local_aws.logs.stream import LogStream
store = LogStore(Path(sys.argv[1]))
log = LogStream(store, "us-east-1", "g", "s")
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
for number in range(300):
    log.write(f"{number} " + "x" * 5000)
print(log.last_line[:3])
"""
    arguments = [sys.executable, "-c", program, str(tmp_path / "logs.db")]
    outcome = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    assert outcome.stdout.strip() == "299"
    assert "a line of s is lost" in outcome.stderr


def test_the_streams_of_a_search_can_be_named_by_prefix(store):
    """moto ignores the prefix."""
    for stream in ("a/1", "a/2", "b/1"):
        LogStream(store, "us-east-1", "g", stream).write(stream)
    reply = ask(store, "FilterLogEvents", logGroupName="g", logStreamNamePrefix="a/")
    assert {each["logStreamName"] for each in reply["events"]} == {"a/1", "a/2"}
    with pytest.raises(AwsError, match="mutually exclusive"):
        ask(store, "FilterLogEvents", logGroupName="g", logStreamNamePrefix="a/", logStreamNames=["a/1"])


def test_events_too_old_or_too_new_are_not_taken(store):
    LogStream(store, "us-east-1", "g", "s")
    old, new = NOW - 15 * 86_400_000, NOW + 3 * 3_600_000
    batch = events("old", start=old) + events("now", "and now") + events("new", start=new)
    reply = ask(store, "PutLogEvents", logGroupName="g", logStreamName="s", logEvents=batch)
    assert reply["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 3}
    assert read_forward(store, "s", 10)[0] == ["now", "and now"]
    with pytest.raises(AwsError, match="chronological"):
        ask(store, "PutLogEvents", logGroupName="g", logStreamName="s", logEvents=batch[::-1])


def test_what_is_retained(store, tmp_path):
    log = LogStream(store, "us-east-1", "g", "s")
    store.append(log._id, [(milliseconds() - 2 * 86_400_000, "two days old")])
    log.write("new")
    store.keep_for(store.group("us-east-1", "g"), 3)
    assert len(read_forward(store, "s", 10)[0]) == 2
    store.keep_for(store.group("us-east-1", "g"), 1)
    assert read_forward(store, "s", 10)[0] == ["new"]
    store.append(log._id, [(milliseconds() - 2 * 86_400_000, "two days old")])
    store.close()
    again = LogStore(tmp_path / "logs.db")
    assert read_forward(again, "s", 10)[0] == ["new"]
    again.close()


def test_a_reply_holds_a_megabyte_at_most(store):
    log = LogStream(store, "us-east-1", "g", "s")
    store.append(log._id, [(NOW, "x" * 100_000)] * 25)
    reply = ask(store, "GetLogEvents", logGroupName="g", logStreamName="s", startFromHead=True)
    assert len(reply["events"]) == 10
    assert len(read_forward(store, "s", 10_000)[0]) == 25


@pytest.mark.parametrize(
    ("pattern", "lines"),
    [
        ("ERROR", ["an ERROR here"]),
        ("error", ["an error"]),
        ("an -ERROR", ["an error"]),
        ("?here ?error", ["an error", "an ERROR here"]),
        ('"ERROR here"', ["an ERROR here"]),
        ("", ["an error", "an ERROR here", "fine"]),
    ],
)
def test_filter_patterns(store, pattern, lines):
    log = LogStream(store, "us-east-1", "g", "s")
    for line in ("an error", "an ERROR here", "fine"):
        log.write(line)
    reply = ask(store, "FilterLogEvents", logGroupName="g", filterPattern=pattern)
    assert [each["message"] for each in reply["events"]] == lines


@pytest.mark.parametrize("pattern", ['{ $.a = "b" }', "[a, b]", "%[0-9]%", '"open'])
def test_other_patterns_are_refused(store, pattern):
    LogStream(store, "us-east-1", "g", "s")
    with pytest.raises(AwsError, match="does not offer the filter pattern"):
        ask(store, "FilterLogEvents", logGroupName="g", filterPattern=pattern)


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("GetLogEvents", {"logGroupName": "g"}, "InvalidParameterException"),
        ("GetLogEvents", {"logStreamName": "s"}, "InvalidParameterException"),
        ("CreateLogGroup", {"logGroupName": "a b"}, "InvalidParameterException"),
        ("CreateLogGroup", {"logGroupName": 3}, "SerializationException"),
        ("DescribeLogStreams", {"logGroupName": "g", "nextToken": "x"}, "InvalidParameterException"),
        ("DescribeLogStreams", {"logGroupName": "g", "nextToken": "3"}, "InvalidParameterException"),
        ("FilterLogEvents", {"logGroupName": "g", "nextToken": "[1]"}, "InvalidParameterException"),
        ("StartQuery", {}, "UnknownOperationException"),
    ],
)
def test_wrong_requests(store, operation, request_, code):
    LogStream(store, "us-east-1", "g", "s")
    with pytest.raises(AwsError) as error:
        ask(store, operation, **request_)
    assert error.value.code == code


def test_pages_of_groups_and_streams(client, name):
    logs = client("logs")
    logs.create_log_group(logGroupName=name)
    arn = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["logGroupArn"]
    names = [f"s{number:02}" for number in range(7)]
    for stream in names:
        logs.create_log_stream(logGroupName=name, logStreamName=stream)
    for more, expected in (({}, names), ({"descending": True}, names[::-1])):
        pages = logs.get_paginator("describe_log_streams").paginate(
            logGroupIdentifier=arn, PaginationConfig={"PageSize": 3}, **more
        )
        assert [each["logStreamName"] for page in pages for each in page["logStreams"]] == expected
    for number in range(4):
        logs.create_log_group(logGroupName=f"{name}-{number}")
    pages = logs.get_paginator("describe_log_groups").paginate(
        logGroupNamePrefix=name, PaginationConfig={"PageSize": 2}
    )
    assert len([each for page in pages for each in page["logGroups"]]) == 5


def test_regions_do_not_mix(store):
    LogStream(store, "us-east-1", "g", "s")
    with pytest.raises(AwsError, match="log group does not exist"):
        log_service.handle(store, "eu-west-1", "DescribeLogStreams", b'{"logGroupName": "g"}')


def test_logs_outlive_a_kill(tmp_path):
    program = """
import os, signal, sys
from pathlib import Path
from course_utils.local_aws.logs.store import LogStore
from course_utils.local_aws.logs.stream import LogStream
log = LogStream(LogStore(Path(sys.argv[1])), "us-east-1", "g", "s")
for number in range(50):
    log.write(f"{number}")
os.kill(os.getpid(), signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "logs.db")], timeout=60, check=False)
    store = LogStore(tmp_path / "logs.db")
    assert read_forward(store, "s", 20)[0] == [f"{number}" for number in range(50)]
    store.close()
