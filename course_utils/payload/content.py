"""Content types, and the one error that a body or a header can lead to."""

from __future__ import annotations

import json
from typing import Any

JSON = "application/json"
JSONLINES = "application/jsonlines"
RECORDIO = "application/x-recordio-protobuf"
CONTENT_TYPES = (JSON, JSONLINES, RECORDIO)

CANNOT_EVALUATE = "unable to evaluate payload provided"  # all that real endpoints say
TYPE_NOT_SUPPORTED = "Customer Error: Content-Type header value '{}' not supported"


class PayloadError(ValueError):
    """A request or reply that cannot be used.

    Attributes
    ----------
    status : int
        The HTTP status to answer with: 400 for a bad body, 415 for its content type, 406 for that of the
        reply.
    hint : str
        What is wrong and what to try, in plain words; tracebacks end with it. The exception's own text is the
        sparse one that SageMaker sends.
    """

    def __init__(self, status: int, message: str, hint: str):
        super().__init__(message)
        self.status = status
        self.hint = hint
        self.add_note(hint)


def unusable(hint: str) -> PayloadError:
    """The error for a bad body."""
    return PayloadError(400, CANNOT_EVALUATE, hint)


def media_type(header: str) -> str:
    """The type in a header's value, without parameters such as ``; charset=utf-8``."""
    return header.split(";")[0].strip().lower()


def content_type_of(header: str | None) -> str:
    """Which of :data:`CONTENT_TYPES` a Content-Type header names, or a PayloadError with status 415."""
    kind = media_type(header or "")
    if kind not in CONTENT_TYPES:
        raise PayloadError(
            415,
            TYPE_NOT_SUPPORTED.format(header or ""),
            f"Factorization machines read {', '.join(CONTENT_TYPES)}; set ContentType to what you send. "
            "CSV is not among them, because rows are sparse.",
        )
    return kind


def parse_json(text: bytes, what: str) -> Any:
    """Parse strict JSON (without NaN and Infinity), or raise a PayloadError that begins with ``what``."""

    def not_json(constant: str):
        raise ValueError(f"{constant} is no JSON number")

    try:
        return json.loads(text.decode(), parse_constant=not_json)
    except (ValueError, RecursionError) as problem:
        raise unusable(f"{what} is not valid JSON: {problem}.") from problem


def lines_of(body: bytes) -> list[bytes]:
    """The lines of a JSON Lines body; empty ones are passed over."""
    return [line for line in body.split(b"\n") if line.strip()]
