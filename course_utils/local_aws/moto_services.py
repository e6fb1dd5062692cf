"""S3, IAM, STS and CloudWatch Logs, answered by moto in this process.

What moto does not know, or stumbles over, becomes an error in AWS's shape: an HTML page would make botocore
retry.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from course_utils.local_aws import texts

_log = logging.getLogger(__name__)
_dispatcher = DomainDispatcherApplication(create_backend_app)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """WSGI application for every request that is not SageMaker's."""
    service = credential_scope(environ)[1]
    answer: list[Any] = []

    def remember(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        answer[:] = [status, headers]

    try:
        app = _dispatcher.get_application(environ)
    except Exception:
        return _refuse(
            environ, start_response, service, "501 Not Implemented", "there is no such service here"
        )
    try:
        body = app(environ, remember)
        status, headers = answer
    except NotImplementedError as error:
        return _refuse(
            environ, start_response, service, "501 Not Implemented", str(error) or "not implemented"
        )
    except Exception as error:
        _log.error("moto failed on a %s request\n%s", service, traceback.format_exc())
        return _refuse(
            environ, start_response, service, "501 Not Implemented", f"{type(error).__name__}: {error}"
        )
    kind = {name.lower(): value for name, value in headers}.get("content-type", "")
    if status[0] in "45" and kind.startswith("text/html") and environ["REQUEST_METHOD"] != "HEAD":
        return _refuse(environ, start_response, service, status, "no such operation")
    start_response(status, headers)
    return body


def credential_scope(environ: dict[str, Any]) -> tuple[str, str]:
    """Region and service that the request is signed for; ``("us-east-1", "s3")`` when it is unsigned."""
    for part in environ.get("HTTP_AUTHORIZATION", "").replace(",", " ").split():
        scope = part.removeprefix("Credential=").split("/")
        if part.startswith("Credential=") and len(scope) == 5:
            return scope[2], scope[3].lower()
    return "us-east-1", "s3"


def _refuse(
    environ: dict[str, Any], start_response: Callable[..., Any], service: str, status: str, reason: str
) -> list[bytes]:
    """An error that botocore can read, in the protocol of the request."""
    message, code = texts.service_unsupported(service, reason), "NotImplemented"
    if environ.get("HTTP_X_AMZ_TARGET") or "json" in environ.get("CONTENT_TYPE", ""):
        kind, body = "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message}).encode()
    else:
        error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        if service != "s3":
            error = f"<ErrorResponse>{error}</ErrorResponse>"
        kind, body = "application/xml", error.encode()
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
