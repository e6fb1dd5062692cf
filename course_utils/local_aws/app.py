"""The WSGI application: says whose request it is, and speaks the protocols."""

from __future__ import annotations

import io
import json
import logging
import re
import sqlite3
from collections.abc import Callable, Iterable
from http.client import responses
from typing import Any
from urllib.parse import parse_qs

from course_utils.local_aws import control_plane, identity, moto_services, runtime, texts
from course_utils.local_aws.errors import AwsError
from course_utils.local_aws.logs import service as log_service
from course_utils.local_aws.moto_services import credential_scope
from course_utils.local_aws.overview import what_runs
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.s3.service import S3, is_for_s3
from course_utils.local_aws.training import job_metrics

StartResponse = Callable[..., Any]
_log = logging.getLogger(__name__)
_TARGET = "SageMaker."
_INVOCATIONS = re.compile(r"/endpoints/([^/]+)/invocations")
# A web page that the learner visits must not reach this server under a name of its own (DNS rebinding).
_OWN_NAMES = re.compile(r"(127\.0\.0\.1|(.+\.)?localhost|\[::1\])(:\d+)?")
_REGION = re.compile(r"[a-z0-9-]+")  # it becomes a part of paths
_LONGEST_REQUEST = 6 * 1024 * 1024  # AWS's limit of InvokeEndpoint; other calls (but S3's) stay far below


class App:
    """All services on one port.

    Parameters
    ----------
    platform : Platform
    health : dict
        What ``GET /_local/health`` answers; tells the server of one state folder from another's.
    """

    def __init__(self, platform: Platform, health: dict[str, Any]) -> None:
        self._platform, self._health = platform, health
        self._metrics = job_metrics.CloudWatchFeed(platform)
        self._s3 = S3(platform.objects)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        invocation = _INVOCATIONS.fullmatch(path)
        try:
            _check_sender(environ)
        except AwsError as error:
            return _send_error(start_response, error)
        if path == "/_local/health":
            return _send(start_response, 200, "application/json", json.dumps(self._health).encode())
        if path == "/_local/running":
            running = json.dumps(what_runs(self._platform))
            return _send(start_response, 200, "application/json", running.encode())
        if path.startswith("/moto-api"):  # moto's own remote control, which could wipe everything
            return _send_error(start_response, AwsError("AccessDenied", "There is nothing here.", 403))
        if target.startswith(_TARGET):
            return self._control_plane(environ, start_response, target.removeprefix(_TARGET))
        if target.startswith(log_service.TARGET):
            return self._logs(environ, start_response, target.removeprefix(log_service.TARGET))
        if invocation and environ["REQUEST_METHOD"] == "POST":
            return self._invoke(environ, start_response, invocation[1])
        if credential_scope(environ)[1] == "sagemaker":
            error = AwsError(
                "UnknownOperationException", texts.service_unsupported("SageMaker", f"path {path}"), 404
            )
            return _send_error(start_response, error)
        if is_for_s3(environ):
            return self._s3(environ, start_response, credential_scope(environ)[0])
        return self._others(environ, start_response)

    def _others(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """IAM, STS, CloudWatch: their requests are short."""
        service = credential_scope(environ)[1]
        try:
            body = read_body(environ)
        except AwsError as error:
            return _send_error(start_response, error)
        if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
            own = identity.answer(parse_qs(body.decode("utf-8", "replace")))
            if own is not None:
                return _send(start_response, 200, "text/xml", own)
            if service == "iam":
                status, headers, reply = self._platform.iam.answer(body)
                start_response(status, headers)
                return [reply]
        if service == job_metrics.SERVICE:
            self._metrics.bring_up_to_date()
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return moto_services.application(environ, start_response)

    def _control_plane(
        self, environ: dict[str, Any], start_response: StartResponse, operation: str
    ) -> list[bytes]:
        def answer() -> dict[str, Any]:
            region = credential_scope(environ)[0]
            reply = control_plane.handle(self._platform, region, operation, read_body(environ))
            if not operation.startswith(("Describe", "List")):
                self._platform.registry.save()  # nothing is acknowledged that is not on disk
            return reply

        return _send_json(start_response, operation, answer)

    def _logs(self, environ: dict[str, Any], start_response: StartResponse, operation: str) -> list[bytes]:
        def answer() -> dict[str, Any]:
            region = credential_scope(environ)[0]
            return log_service.handle(self._platform.logs, region, operation, read_body(environ))

        return _send_json(start_response, operation, answer)

    def _invoke(self, environ: dict[str, Any], start_response: StartResponse, endpoint: str) -> list[bytes]:
        headers = {
            name: value
            for name in ("Content-Type", "Accept", *_AMAZON_HEADERS)
            if (value := environ.get(_environ_name(name)))
        }
        try:
            for name, instead in _NOT_OFFERED.items():
                if _environ_name(name) in environ:
                    raise AwsError("ValidationError", texts.feature_unsupported(name, instead))
            region = credential_scope(environ)[0]
            reply = runtime.invoke(self._platform, region, endpoint, read_body(environ), headers)
        except AwsError as error:
            return _send_error(start_response, error)
        start_response("200 OK", [*reply.headers.items(), ("Content-Length", str(len(reply.body)))])
        return [reply.body]


_AMAZON_HEADERS = (
    "X-Amzn-SageMaker-Custom-Attributes",
    "X-Amzn-SageMaker-Inference-Id",
    "X-Amzn-SageMaker-Target-Variant",
)


_NOT_OFFERED = {
    "X-Amzn-SageMaker-Target-Model": "A container holds one model: leave TargetModel out.",
    "X-Amzn-SageMaker-Target-Container-Hostname": "A variant has one container: leave it out.",
    "X-Amzn-SageMaker-Inference-Component": "Endpoints have variants: use TargetVariant.",
    "X-Amzn-SageMaker-Enable-Explanations": "Leave EnableExplanations out.",
    "X-Amzn-SageMaker-Session-Id": "Sessions need a container of your own: leave SessionId out.",
}


def _environ_name(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name == "CONTENT_TYPE" else f"HTTP_{name}"


def _check_sender(environ: dict[str, Any]) -> None:
    """Refuse what a web page in the learner's browser sends, and regions that are none.

    Raises
    ------
    AwsError
    """
    if not _OWN_NAMES.fullmatch(environ.get("HTTP_HOST", "")):
        raise AwsError("AccessDenied", texts.FOREIGN_HOST, 403)
    origin = environ.get("HTTP_ORIGIN")  # browsers tell it with every request that can change something
    if origin is not None and not _OWN_NAMES.fullmatch(origin.partition("://")[2]):
        raise AwsError("AccessDenied", texts.foreign_origin(origin), 403)
    region = credential_scope(environ)[0]
    if not _REGION.fullmatch(region):
        raise AwsError("InvalidSignatureException", texts.region_invalid(region))


def read_body(environ: dict[str, Any]) -> bytes:
    """The whole request body; chunked ones are read to their end.

    Raises
    ------
    AwsError
        ``413`` for one that is too long, most of which is not read.
    """
    size = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(_LONGEST_REQUEST + 1) if size <= _LONGEST_REQUEST else b""
    if max(size, len(body)) > _LONGEST_REQUEST:
        raise AwsError("413", texts.body_too_large(_LONGEST_REQUEST), status=413)
    return body


def _send(
    start_response: StartResponse,
    status: int,
    kind: str,
    body: bytes,
    headers: tuple[tuple[str, str], ...] = (),
) -> list[bytes]:
    start_response(
        f"{status} {responses.get(status, 'Error')}",
        [("Content-Type", kind), ("Content-Length", str(len(body))), *headers],
    )
    return [body]


def _send_json(
    start_response: StartResponse, operation: str, answer: Callable[[], dict[str, Any]]
) -> list[bytes]:
    """The reply that ``answer`` returns, or the error that it raises."""
    try:
        reply = answer()
    except AwsError as error:
        return _send_error(start_response, error)
    except ConnectionError:  # the client has gone
        raise
    except (OSError, sqlite3.OperationalError) as fault:
        _log.exception("%s", operation)
        return _send_error(start_response, AwsError("InternalFailure", texts.disk_failed(str(fault)), 500))
    except Exception as fault:
        _log.exception("%s", operation)
        return _send_error(start_response, AwsError("InternalFailure", texts.local_fault(repr(fault)), 500))
    return _send(start_response, 200, "application/x-amz-json-1.1", json.dumps(reply).encode())


def _send_error(start_response: StartResponse, error: AwsError) -> list[bytes]:
    headers = (("x-amzn-ErrorType", error.code),)
    return _send(start_response, error.status, "application/x-amz-json-1.1", error.as_json(), headers)
