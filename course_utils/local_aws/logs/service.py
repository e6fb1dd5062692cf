"""Answers CloudWatch Logs' requests."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.account import ACCOUNT_ID
from course_utils.local_aws.errors import AwsError
from course_utils.local_aws.logs.store import (
    BEGINNING,
    END,
    Event,
    Group,
    LogStore,
    Position,
    Stream,
    milliseconds,
)
from course_utils.local_aws.replies import project
from course_utils.local_aws.service_model import service_model
from course_utils.local_aws.validation import check

TARGET = "Logs_20140328."
_MOST_EVENTS = 10_000
_TOO_OLD = 14 * 24 * 60 * 60 * 1000  # events older than this, or further in the future, are not taken
_TOO_NEW = 2 * 60 * 60 * 1000
_PAGE = 50
Request = dict[str, Any]


def handle(store: LogStore, region: str, operation: str, body: bytes) -> dict[str, Any]:
    """Answer one ``X-Amz-Target: Logs_20140328.<operation>`` request.

    Raises
    ------
    AwsError
        Whatever is wrong with the request, as AWS would say it.
    """
    handler = OPERATIONS.get(operation)
    if handler is None:
        text = texts.logs_operation_unknown(operation, sorted(OPERATIONS))
        raise AwsError("UnknownOperationException", text)
    try:
        request = json.loads(body or b"{}")
    except ValueError as error:
        raise AwsError("SerializationException", texts.malformed_json(str(error))) from error
    model = service_model("logs").operation_model(operation)
    try:
        check(model.input_shape, request)
    except AwsError as error:
        if error.code == "ValidationException":
            raise _invalid(error.message) from error
        raise
    request = {name: value for name, value in request.items() if value is not None}
    return project(model.output_shape, handler(store, region, request))


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)


def _group(store: LogStore, region: str, request: Request) -> Group:
    """The group that a request names, by name or by ARN."""
    name = request.get("logGroupName") or request.get("logGroupIdentifier")
    if name is None:
        raise _invalid(texts.log_group_missing())
    if name.startswith("arn:"):
        name = name.split(":", 6)[-1].removesuffix(":*")
    return store.group(region, name)


def _group_arn(region: str, group: Group) -> str:
    return f"arn:aws:logs:{region}:{ACCOUNT_ID}:log-group:{group.name}"


# --- groups and streams -------------------------------------------------------------------------------------


def create_log_group(store: LogStore, region: str, request: Request) -> Request:
    if not store.create_group(region, request["logGroupName"]):
        raise AwsError("ResourceAlreadyExistsException", texts.LOG_GROUP_EXISTS)
    return {}


def delete_log_group(store: LogStore, region: str, request: Request) -> Request:
    store.delete_group(_group(store, region, request))
    return {}


def describe_log_groups(store: LogStore, region: str, request: Request) -> Request:
    prefix, part = request.get("logGroupNamePrefix", ""), request.get("logGroupNamePattern", "")
    groups = [
        each
        for each in store.groups(region)
        if each.name.startswith(prefix) and part.lower() in each.name.lower()
    ]
    page, token = _page(groups, request, lambda each: each.name)
    described = [
        {
            "logGroupName": each.name,
            "creationTime": each.created,
            "retentionInDays": each.retention,
            "metricFilterCount": 0,
            "storedBytes": 0,
            "logGroupClass": "STANDARD",
            "arn": f"{_group_arn(region, each)}:*",
            "logGroupArn": _group_arn(region, each),
        }
        for each in page
    ]
    return {"logGroups": described, "nextToken": token}


def put_retention_policy(store: LogStore, region: str, request: Request) -> Request:
    store.keep_for(_group(store, region, request), request["retentionInDays"])
    return {}


def delete_retention_policy(store: LogStore, region: str, request: Request) -> Request:
    store.keep_for(_group(store, region, request), None)
    return {}


def create_log_stream(store: LogStore, region: str, request: Request) -> Request:
    if not store.create_stream(_group(store, region, request), request["logStreamName"]):
        raise AwsError("ResourceAlreadyExistsException", texts.LOG_STREAM_EXISTS)
    return {}


def delete_log_stream(store: LogStore, region: str, request: Request) -> Request:
    store.delete_stream(store.stream(_group(store, region, request), request["logStreamName"]))
    return {}


def describe_log_streams(store: LogStore, region: str, request: Request) -> Request:
    group, prefix = _group(store, region, request), request.get("logStreamNamePrefix", "")
    by_time = request.get("orderBy") == "LastEventTime"
    if by_time and prefix:
        raise _invalid(texts.LOG_ORDER_WITH_PREFIX)
    streams = [each for each in store.streams(group) if each.name.startswith(prefix)]

    def place(stream: Stream) -> Any:
        return [stream.last or 0, stream.name] if by_time else stream.name

    streams.sort(key=place, reverse=request.get("descending", False))
    page, token = _page(streams, request, place)
    described = [
        {
            "logStreamName": each.name,
            "creationTime": each.created,
            "firstEventTimestamp": each.first,
            "lastEventTimestamp": each.last,
            "lastIngestionTime": each.ingested,
            "uploadSequenceToken": str(each.id),
            "storedBytes": 0,
            "arn": f"{_group_arn(region, group)}:log-stream:{each.name}",
        }
        for each in page
    ]
    return {"logStreams": described, "nextToken": token}


def _page(items: list[Any], request: Request, place: Callable[[Any], Any]) -> tuple[list[Any], str | None]:
    """A page of sorted ``items`` and the token of the next; a token holds the place of the last item."""
    backward = request.get("descending", False)
    if "nextToken" in request:
        last = _token(request["nextToken"])
        try:
            items = [each for each in items if (place(each) < last if backward else place(each) > last)]
        except TypeError as error:  # the token of another order
            raise _invalid(texts.LOG_TOKEN_INVALID) from error
    limit = request.get("limit", _PAGE)
    more = len(items) > limit
    return items[:limit], json.dumps(place(items[limit - 1])) if more else None


def _token(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise _invalid(texts.LOG_TOKEN_INVALID) from error


# --- events -------------------------------------------------------------------------------------------------


def put_log_events(store: LogStore, region: str, request: Request) -> Request:
    stream = store.stream(_group(store, region, request), request["logStreamName"])
    events = [(each["timestamp"], each["message"]) for each in request["logEvents"]]
    times = [moment for moment, _ in events]
    if times != sorted(times):
        raise _invalid(texts.LOG_EVENTS_UNSORTED)
    now = milliseconds()
    first = sum(moment < now - _TOO_OLD for moment in times)
    stop = sum(moment <= now + _TOO_NEW for moment in times)
    store.append(stream.id, events[first:stop])
    rejected = {
        "tooOldLogEventEndIndex": first or None,
        "tooNewLogEventStartIndex": stop if stop < len(times) else None,
    }
    reply: Request = {"nextSequenceToken": str(stream.id)}
    return {**reply, "rejectedLogEventsInfo": rejected} if any(rejected.values()) else reply


def get_log_events(store: LogStore, region: str, request: Request) -> Request:
    stream = store.stream(_group(store, region, request), request["logStreamName"])
    after = (request["startTime"], 0) if "startTime" in request else BEGINNING
    before = (request["endTime"], 0) if "endTime" in request else END
    backward = not request.get("startFromHead", False)
    if "nextToken" in request:
        backward, here = _direction(request["nextToken"])
        after, before = (after, min(before, here)) if backward else (max(after, here), before)
    limit = request.get("limit", _MOST_EVENTS)
    events, _ = store.read([stream.id], after, before, limit=limit, backward=backward)
    # At an end the token of that direction stays as it was, which is how clients notice.
    first = events[0].position if events else before
    last = events[-1].position if events else after
    return {
        "events": [_shown(each) for each in events],
        "nextBackwardToken": _to_token("b", first),
        "nextForwardToken": _to_token("f", last),
    }


def _shown(event: Event) -> Request:
    return {"timestamp": event.time, "message": event.message, "ingestionTime": event.ingested}


def _to_token(direction: str, position: Position) -> str:
    return f"{direction}/{position[0]:028d}{position[1]:028d}/s"


def _direction(token: str) -> tuple[bool, Position]:
    """Whether a token leads backward, and from where."""
    direction, digits = token[:2], token[2:-2]
    if direction not in ("f/", "b/") or len(digits) != 56 or not digits.isdigit() or token[-2:] != "/s":
        raise _invalid(texts.LOG_TOKEN_INVALID)
    return direction == "b/", (int(digits[:28]), int(digits[28:]))


def filter_log_events(store: LogStore, region: str, request: Request) -> Request:
    group, prefix = _group(store, region, request), request.get("logStreamNamePrefix", "")
    names = request.get("logStreamNames")
    if names is not None and prefix:
        raise _invalid(texts.LOG_PREFIX_AND_NAMES)
    streams = [store.stream(group, each) for each in names] if names is not None else store.streams(group)
    by_id = {each.id: each.name for each in streams if each.name.startswith(prefix)}
    after = (request["startTime"], 0) if "startTime" in request else BEGINNING
    if "nextToken" in request:
        place = _token(request["nextToken"])
        if not (isinstance(place, list) and [type(each) for each in place] == [int, int]):
            raise _invalid(texts.LOG_TOKEN_INVALID)
        after = max(after, tuple(place))
    events, more = store.read(
        list(by_id),
        after,
        (request["endTime"] + 1, 0) if "endTime" in request else END,
        limit=request.get("limit", _MOST_EVENTS),
        wanted=matcher(request.get("filterPattern", "")),
    )
    return {
        "events": [
            {"logStreamName": by_id[each.stream], "eventId": f"{each.id:056d}", **_shown(each)}
            for each in events
        ],
        "searchedLogStreams": [],
        "nextToken": json.dumps(events[-1].position) if more else None,
    }


def matcher(pattern: str) -> Callable[[str], bool]:
    """A filter pattern of plain terms: all words, at least one of the ``?words``, none of the ``-words``.

    Raises
    ------
    AwsError
        ``InvalidParameterException`` for the other kinds of patterns.
    """
    pattern = pattern.strip()
    if pattern[:1] in ("{", "[", "%"):
        raise _invalid(texts.log_pattern_unsupported(pattern))
    try:
        terms = shlex.split(pattern)
    except ValueError as error:
        raise _invalid(texts.log_pattern_unsupported(pattern)) from error
    needed = [each for each in terms if each[0:1] not in ("?", "-")]
    either = [each[1:] for each in terms if each.startswith("?")]
    excluded = [each[1:] for each in terms if each.startswith("-")]

    def matches(message: str) -> bool:
        return (
            all(each in message for each in needed)
            and (not either or any(each in message for each in either))
            and not any(each in message for each in excluded)
        )

    return matches


OPERATIONS: dict[str, Callable[[LogStore, str, Request], Request]] = {
    "CreateLogGroup": create_log_group,
    "CreateLogStream": create_log_stream,
    "DeleteLogGroup": delete_log_group,
    "DeleteLogStream": delete_log_stream,
    "DeleteRetentionPolicy": delete_retention_policy,
    "DescribeLogGroups": describe_log_groups,
    "DescribeLogStreams": describe_log_streams,
    "FilterLogEvents": filter_log_events,
    "GetLogEvents": get_log_events,
    "PutLogEvents": put_log_events,
    "PutRetentionPolicy": put_retention_policy,
}
