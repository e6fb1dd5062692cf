"""Requests to an endpoint and its replies: JSON, JSON Lines and RecordIO-protobuf, both ways.

The forms are those of the developer guide (*Common data formats for inference*, *Factorization Machines
response formats*) and of recorded replies of real endpoints::

    requests.py    encode_request (the client's half)     decode_request (the server's)
    replies.py     decode_response (the client's half)    encode_response (the server's)
"""

from course_utils.payload.content import CONTENT_TYPES, JSON, JSONLINES, RECORDIO, PayloadError
from course_utils.payload.replies import (
    Predictions,
    decode_response,
    encode_response,
    encode_transform_lines,
    response_type,
    transform_number,
)
from course_utils.payload.requests import checked_rows, decode_request, encode_request

__all__ = [
    "CONTENT_TYPES",
    "JSON",
    "JSONLINES",
    "RECORDIO",
    "PayloadError",
    "Predictions",
    "checked_rows",
    "decode_request",
    "decode_response",
    "encode_request",
    "encode_response",
    "encode_transform_lines",
    "response_type",
    "transform_number",
]
