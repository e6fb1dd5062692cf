"""The List operations: filter, sort, page."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.errors import validation
from course_utils.local_aws.state import Record


def page(
    records: list[Record],
    request: dict[str, Any],
    *,
    name: str,
    status: str | None = None,
    descending: bool = True,
) -> tuple[list[Record], dict[str, str]]:
    """One page of a listing.

    Parameters
    ----------
    records : list of dict
        All records of the kind.
    request : dict
        ``NameContains``, ``StatusEquals``, ``CreationTimeAfter`` …, ``SortBy``, ``SortOrder``,
        ``MaxResults``, ``NextToken``, all optional.
    name, status : str
        The members that hold a record's name and status.
    descending : bool
        The operation's default order.

    Returns
    -------
    list of dict, dict
        The records of this page, and ``{"NextToken": …}`` when there are more.
    """
    kept = [record for record in records if _wanted(record, request, name, status)]
    by = {"Name": name, "Status": status or name}.get(request.get("SortBy", ""), "CreationTime")
    order = request.get("SortOrder", "Descending" if descending else "Ascending")
    kept.sort(key=lambda record: record[by], reverse=order == "Descending")
    start = _offset(request.get("NextToken"))
    stop = start + request.get("MaxResults", 10)
    token = {"NextToken": base64.b64encode(str(stop).encode()).decode()} if stop < len(kept) else {}
    return kept[start:stop], token


def _wanted(record: Record, request: dict[str, Any], name: str, status: str | None) -> bool:
    if request.get("NameContains", "").lower() not in record[name].lower():
        return False
    if status and request.get("StatusEquals", record[status]) != record[status]:
        return False
    for member in ("CreationTime", "LastModifiedTime"):
        after, before = request.get(f"{member}After"), request.get(f"{member}Before")
        if after is not None and record[member] <= _time(after):
            return False
        if before is not None and record[member] >= _time(before):
            return False
    return True


def _time(value: float | str) -> datetime:
    if isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC)
    return datetime.fromtimestamp(value, UTC)


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.b64decode(token, validate=True))
    except ValueError:
        raise validation(texts.bad_token()) from None
