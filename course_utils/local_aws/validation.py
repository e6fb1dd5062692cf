"""Checks a request against botocore's service model, in AWS's words.

botocore itself checks required members and types, but neither patterns nor enums nor upper limits: on AWS it
is the service that does, so here it is this module. Every fault of a request is reported at once, as AWS
does.
"""

from __future__ import annotations

import difflib
from datetime import UTC, datetime
from functools import cache
from typing import Any

import regex
from botocore.model import Shape

from course_utils.local_aws import texts
from course_utils.local_aws.errors import AwsError, validation

# of training jobs, endpoints, models …
_NAME_PATTERNS = (
    r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}",
    r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
    r"[a-zA-Z0-9]([\-a-zA-Z0-9]*[a-zA-Z0-9])?",
)

_BITS = {"integer": 31, "long": 63}
_LONGEST_WORD = 100  # difflib takes its time with long ones

_JSON_TYPES = {
    "string": (str, "a String"),
    "blob": (str, "a String"),
    "integer": (int, "an Integer"),
    "long": (int, "a Long"),
    "float": ((int, float), "a Float"),
    "double": ((int, float), "a Double"),
    "boolean": (bool, "a Boolean"),
    "timestamp": ((int, float, str), "a Timestamp"),
    "structure": (dict, "a Structure"),
    "map": (dict, "a Map"),
    "list": (list, "a List"),
}


def check(shape: Shape | None, request: dict[str, Any]) -> None:
    """Raise AWS's ValidationException when ``request`` breaks a constraint of ``shape``.

    Parameters
    ----------
    shape : Shape or None
        Input shape of the operation (None: it takes no input, everything passes).
    request : dict
        The decoded JSON body.

    Raises
    ------
    AwsError
        ``ValidationException`` naming every broken constraint, or ``SerializationException`` for a wrong JSON
        type.
    """
    if shape is None:
        return
    faults: list[str] = []
    _check(shape, request, "", faults)
    raise_faults(faults)


def raise_faults(faults: list[str]) -> None:
    """Raise one ValidationException for all ``faults`` (made by :func:`fault`); none: return."""
    if faults:
        count = f"{len(faults)} validation error{'s' * (len(faults) > 1)} detected: "
        raise validation(count + "; ".join(faults))


def fault(value: object, path: str, constraint: str, hint: str = "") -> str:
    """One broken constraint in AWS's form; ``path`` is written as ``resourceConfig.instanceType``."""
    shown = "null" if value is None else f"'{_shown(value)}'"
    text = f"Value {shown} at '{path}' failed to satisfy constraint: Member must {constraint}"
    return texts.hinted(text, hint)


def _check(shape: Shape, value: Any, path: str, faults: list[str]) -> None:
    _check_type(shape, value, path)
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            inner = _join(path, name[0].lower() + name[1:])
            if value.get(name) is not None:
                _check(member, value[name], inner, faults)
            elif name in shape.required_members:
                faults.append(fault(None, inner, "not be null"))
    elif shape.type_name == "list":
        _check_limits(shape, value, len(value), "have length", path, faults)
        _check_inside(shape.member, "Member", dict(enumerate(value, 1)), value, path, "member", faults)
    elif shape.type_name == "map":
        _check_limits(shape, value, len(value), "have length", path, faults)
        keys = {key: key for key in value}
        _check_inside(shape.key, "Map keys", keys, value, path, "key", faults)
        _check_inside(shape.value, "Map value", value, value, path, "value", faults)
    elif shape.type_name == "string":
        _check_limits(shape, value, len(value), "have length", path, faults)
        _check_text(shape, value, path, faults)
    elif shape.type_name in ("integer", "long", "float", "double"):
        _check_limits(shape, value, value, "have value", path, faults)


def _check_inside(
    shape: Shape, what: str, items: dict[Any, Any], whole: Any, path: str, role: str, faults: list[str]
) -> None:
    """The items of a list or map. Those that are mere texts or numbers AWS faults once, and all together."""
    inner: list[str] = []
    for name, item in items.items():
        _check(shape, item, f"{path}.{name}.{role}", inner)
    if shape.type_name in ("structure", "list", "map"):
        faults += inner
    elif inner:
        rules = ", ".join(_rules(shape))
        text = f"failed to satisfy constraint: {what} must satisfy constraint: [{rules}]"
        faults.append(f"Value '{_shown(_as_java(whole))}' at '{path}' {text}")


def _rules(shape: Shape) -> list[str]:
    """All rules for a text or a number, in AWS's order, whichever is broken."""
    verb = "have length" if shape.type_name == "string" else "have value"
    forms = {
        "max": f"{verb} less than or equal to {{}}",
        "min": f"{verb} greater than or equal to {{}}",
        "pattern": "satisfy regular expression pattern: {}",
    }
    rules = [
        f"Member must {form.format(shape.metadata[name])}"
        for name, form in forms.items()
        if name in shape.metadata
    ]
    if enum := shape.metadata.get("enum"):
        rules.append(f"Member must satisfy enum value set: [{', '.join(enum)}]")
    return rules


def _as_java(value: Any) -> str:
    """A map or list as AWS shows it: ``{key=value, …}``, ``[item, …]``."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={item}" for key, item in value.items()) + "}"
    return f"[{', '.join(map(str, value))}]"


def _check_type(shape: Shape, value: Any, path: str) -> None:
    kind, name = _JSON_TYPES[shape.type_name]
    # In Python a bool is an int; on the wire it is not.
    if not isinstance(value, kind) or (isinstance(value, bool) and shape.type_name != "boolean"):
        given = type(value).__name__
        where = f" at '{path}'" if path else ""
        raise AwsError("SerializationException", f"{given} value{where} can not be converted to {name}")
    if shape.type_name in _BITS and not -(2 ** _BITS[shape.type_name]) <= value < 2 ** _BITS[shape.type_name]:
        raise AwsError("SerializationException", f"'{_shown(value)}' at '{path}' is too large for {name}")
    if shape.type_name == "timestamp" and not _is_moment(value):
        raise AwsError(
            "SerializationException", f"'{_shown(value)}' at '{path}' can not be converted to a Timestamp"
        )


def _is_moment(value: float | str) -> bool:
    """Whether it is a number of seconds, or a date that can be read, of the years 1 to 9999."""
    try:
        if isinstance(value, str):
            datetime.fromisoformat(value).astimezone(UTC)
        else:
            datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return False
    return True


def _check_limits(shape: Shape, value: Any, size: float, verb: str, path: str, faults: list[str]) -> None:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        faults.append(fault(value, path, f"{verb} greater than or equal to {low}"))
    if high is not None and size > high:
        faults.append(fault(value, path, f"{verb} less than or equal to {high}"))


def _check_text(shape: Shape, value: str, path: str, faults: list[str]) -> None:
    enum = shape.metadata.get("enum")
    if enum and value not in enum:
        near = difflib.get_close_matches(value[:_LONGEST_WORD], enum, n=1)
        hint = texts.did_you_mean(near[0]) if near else ""
        faults.append(fault(value, path, f"satisfy enum value set: [{', '.join(enum)}]", hint))
    pattern = shape.metadata.get("pattern")
    if pattern and not _matches(pattern, value):
        hint = texts.name_rule() if pattern in _NAME_PATTERNS else ""
        faults.append(fault(value, path, f"satisfy regular expression pattern: {pattern}", hint))


def _matches(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(value, timeout=1) is not None


@cache
def _compiled(pattern: str) -> regex.Pattern[str] | None:
    """The pattern (AWS writes Java's dialect, with \\p classes), or None where only Java can read it."""
    try:
        return regex.compile(pattern)
    except regex.error:  # surrogate pairs, in four shapes of data-catalogue operations
        return None


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= 1024 else text[:1024] + "…"
