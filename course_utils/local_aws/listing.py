"""The List operations: filter, sort, page."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.errors import validation
from course_utils.local_aws.state import Record

_PAGE = 10  # AWS's default

Key = Callable[[Record], Any]


def page(
    records: list[Record],
    request: dict[str, Any],
    *,
    name: str,
    status: str | None = None,
    sort_by: str = "CreationTime",
    descending: bool = True,
    after_is_exclusive: bool = False,
    status_after_paging: bool = False,
    keys: Mapping[str, Key] | None = None,
) -> tuple[list[Record], dict[str, str]]:
    """One page of a listing.

    A page begins behind the last record of the page before, wherever that now stands, so records that come or
    go in between make no other one appear twice or not at all.

    Parameters
    ----------
    records : list of dict
        All records of the kind.
    request : dict
        ``NameContains``, ``StatusEquals``, ``CreationTimeAfter`` …, ``SortBy``, ``SortOrder``,
        ``MaxResults``, ``NextToken``, all optional.
    name, status : str
        The members that hold a record's name and status.
    sort_by : str
        The operation's default of ``SortBy``.
    descending : bool
        The operation's default order.
    after_is_exclusive : bool
        Whether ``CreationTimeAfter`` leaves out records of that very moment; AWS's documentation differs from
        operation to operation.
    status_after_paging : bool
        Whether ``MaxResults`` counts the records before ``StatusEquals`` sorts out some of them, as AWS
        documents of ListTrainingJobs where both are given.
    keys : dict
        What other values of ``SortBy`` sort by. A record for which such a key is None is not listed.

    Returns
    -------
    list of dict, dict
        The records of this page, and ``{"NextToken": …}`` when there are more.

    Raises
    ------
    AwsError
        ``ValidationException`` for a ``NextToken`` of another listing.
    """
    sort_by = request.get("SortBy", sort_by)
    descending = request.get("SortOrder", "Descending" if descending else "Ascending") == "Descending"
    key = {
        "Name": lambda record: record[name],
        "Status": lambda record: record[status],
        "CreationTime": lambda record: record["CreationTime"].timestamp(),
        **(keys or {}),
    }[sort_by]
    listing = [name, sort_by, descending]
    wanted_status = request.get("StatusEquals")

    def place(record: Record) -> list[Any]:
        return [key(record), record[name]]  # the name makes all places different

    kept = [
        record
        for record in records
        if key(record) is not None
        and _wanted(record, request, name, after_is_exclusive)
        and (status_after_paging or wanted_status in (None, record.get(status)))
    ]
    kept.sort(key=place, reverse=descending)
    if token := request.get("NextToken"):
        last = _read_token(token, listing)
        kept = [record for record in kept if (place(record) < last if descending else place(record) > last)]
    most = request.get("MaxResults", _PAGE)
    shown, more = kept[:most], len(kept) > most
    reply_token = {"NextToken": _token(listing, place(shown[-1]))} if more else {}
    return [record for record in shown if wanted_status in (None, record.get(status))], reply_token


def _wanted(record: Record, request: dict[str, Any], name: str, after_is_exclusive: bool) -> bool:
    if request.get("NameContains", "").lower() not in record[name].lower():
        return False
    for member in ("CreationTime", "LastModifiedTime"):
        after, before = request.get(f"{member}After"), request.get(f"{member}Before")
        time = _milliseconds(record[member].timestamp())
        if after is not None:
            limit = _milliseconds(_seconds(after))
            if time < limit or (time == limit and (after_is_exclusive or member == "LastModifiedTime")):
                return False
        if before is not None and time >= _milliseconds(_seconds(before)):
            return False
    # Such as WarmPoolStatusEquals and TrainingPlanArnEquals, which no record here has a value for.
    others = [member for member in request if member.endswith("Equals") and member != "StatusEquals"]
    return all(record.get(member.removesuffix("Equals")) == request[member] for member in others)


def _milliseconds(seconds: float) -> int:
    """Times as a reply gives them, so that what a client has read compares as it looks."""
    return round(seconds * 1000)


def _seconds(value: float | str) -> float:
    if isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC).timestamp()
    return value


def _token(listing: list[Any], last: list[Any]) -> str:
    return base64.b64encode(json.dumps([listing, last]).encode()).decode()


def _read_token(token: str, listing: list[Any]) -> list[Any]:
    """The place of the last record on the page before."""
    try:
        given, last = json.loads(base64.b64decode(token, validate=True))
    except (ValueError, TypeError):
        raise validation(texts.bad_token()) from None
    if given != listing:
        raise validation(texts.bad_token())
    return last
