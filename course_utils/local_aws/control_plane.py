"""SageMaker's operations as one table; every request is checked, handled and its reply cut to shape."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from course_utils.local_aws import tags, texts
from course_utils.local_aws.endpoints import models
from course_utils.local_aws.endpoints import operations as endpoints
from course_utils.local_aws.errors import AwsError
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.replies import project
from course_utils.local_aws.service_model import operation_model
from course_utils.local_aws.training import operations as training
from course_utils.local_aws.transform import operations as transform
from course_utils.local_aws.tuning import operations as tuning
from course_utils.local_aws.validation import check

Handler = Callable[[Platform, str, dict[str, Any]], dict[str, Any]]
"""``handler(platform, region, request)``: the request is valid by the service model; the reply may hold more
members than the output shape has."""

OPERATIONS: dict[str, Handler] = {
    **training.OPERATIONS,
    **models.OPERATIONS,
    **endpoints.OPERATIONS,
    **transform.OPERATIONS,
    **tuning.OPERATIONS,
    **tags.OPERATIONS,
}


def handle(platform: Platform, region: str, operation: str, body: bytes) -> dict[str, Any]:
    """Answer one ``X-Amz-Target: SageMaker.<operation>`` request.

    Raises
    ------
    AwsError
        Whatever is wrong with the request, as AWS would say it.
    """
    handler = OPERATIONS.get(operation)
    if handler is None:
        text = texts.operation_unknown(operation, sorted(OPERATIONS))
        raise AwsError("UnknownOperationException", text, status=404)
    request = _decoded(body)
    model = operation_model(operation)
    check(model.input_shape, request)
    request = {name: value for name, value in request.items() if value is not None}
    tags.check(request.get("Tags", []))
    return project(model.output_shape, handler(platform, region, request))


def _decoded(body: bytes) -> Any:
    """The JSON of a request; NaN, infinity and what is too large for a number are none.

    Raises
    ------
    AwsError
        ``SerializationException``.
    """
    try:
        return json.loads(body or b"{}", parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise AwsError("SerializationException", texts.malformed_json(str(error))) from error


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no number")
    return number
