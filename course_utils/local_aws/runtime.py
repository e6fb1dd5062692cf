"""InvokeEndpoint: passes a request on to the serving process and its answer back."""

from __future__ import annotations

import http.client
from urllib.parse import quote, unquote

from course_utils.local_aws import texts
from course_utils.local_aws.account import ACCOUNT_ID
from course_utils.local_aws.endpoints.fleet import log_group
from course_utils.local_aws.endpoints.run import KIND, RunningEndpoint
from course_utils.local_aws.endpoints.serving import HINT, REPLY_SECONDS, Reply
from course_utils.local_aws.errors import AwsError
from course_utils.local_aws.platform import Platform

_PASSED_TO_MODEL = (
    "Content-Type",
    "Accept",
    "X-Amzn-SageMaker-Custom-Attributes",
    "X-Amzn-SageMaker-Inference-Id",
)
_PASSED_BACK = ("content-type", "x-amzn-sagemaker-custom-attributes")


def invoke(platform: Platform, region: str, endpoint: str, body: bytes, headers: dict[str, str]) -> Reply:
    """Ask an endpoint for predictions.

    Parameters
    ----------
    platform : Platform
    region, endpoint : str
    body : bytes
    headers : dict
        The client's headers, as it spelt them in AWS's documentation (``Content-Type``).

    Raises
    ------
    AwsError
        ``ValidationError`` when there is no such endpoint in service, ``ModelError`` when the model refused.
    """
    running: RunningEndpoint | None = platform.running.get((KIND, region, endpoint))
    if running is None or not running.serving:
        record = platform.registry.get(KIND, region, endpoint)
        status = record["EndpointStatus"] if record else None
        raise AwsError("ValidationError", texts.endpoint_unknown(endpoint, status))
    target = headers.get("X-Amzn-SageMaker-Target-Variant")
    chosen = running.pick(target)
    if chosen is None:
        raise AwsError("ValidationError", texts.variant_unknown(target, running.variants))
    variant, process, log = chosen
    try:
        reply = process.invoke(body, {name: headers[name] for name in _PASSED_TO_MODEL if name in headers})
    except TimeoutError:
        reply = Reply(
            0, {HINT: quote(texts.container_slow(REPLY_SECONDS))}, texts.INVOCATION_TIMED_OUT.encode()
        )
    except (OSError, http.client.HTTPException) as error:
        hint = texts.container_silent(f"{type(error).__name__}: {error}")
        reply = Reply(500, {HINT: quote(hint)}, b"")
    if not 200 <= reply.status < 300:
        raise _model_error(reply, endpoint, region, log.stream)
    back = {name: value for name, value in reply.headers.items() if name.lower() in _PASSED_BACK}
    return Reply(200, {**back, "x-Amzn-Invoked-Production-Variant": variant}, reply.body)


def _model_error(reply: Reply, endpoint: str, region: str, stream: str) -> AwsError:
    message, group = reply.body.decode("utf-8", "replace"), log_group(endpoint)
    hint = unquote(reply.headers.get(HINT, ""))
    return AwsError(
        "ModelError",
        texts.model_error(reply.status, message, hint, group, region),
        status=424,
        OriginalStatusCode=reply.status,
        OriginalMessage=message,
        LogStreamArn=f"arn:aws:logs:{region}:{ACCOUNT_ID}:log-group:{group}:log-stream:{stream}",
    )
