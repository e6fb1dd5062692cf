"""IAM, STS and CloudWatch metrics, answered by moto in this process.

moto knows more services, some of which would call addresses of the network (SNS) or start programs (Lambda).

moto is imported with the first such request, because that takes longer than all else that a start needs. What
it does not know, or stumbles over, becomes an error in AWS's shape: an HTML page would make botocore retry.
"""

from __future__ import annotations

import json
import logging
import threading
import traceback
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from course_utils.local_aws import texts

_log = logging.getLogger(__name__)
_importing = threading.Lock()
_OFFERED = ("iam", "sts", "monitoring", "s3")  # s3: what is not signed, such as some calls of STS


@cache
def _load() -> Any:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    return DomainDispatcherApplication(create_backend_app)


def _dispatcher() -> Any:
    with _importing:  # a cache alone would let two threads make one each, with a memory of its own
        return _load()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """WSGI application for the services that this package does not answer itself."""
    service = credential_scope(environ)[1]
    answer: list[Any] = []

    def remember(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        answer[:] = [status, headers]

    speaks_json = "HTTP_X_AMZ_TARGET" in environ  # of these services only CloudWatch does
    posted = environ["REQUEST_METHOD"] == "POST"  # an image in a web page could ask the others
    if service not in _OFFERED or not posted or (speaks_json and service != "monitoring"):
        return _refuse(
            environ, start_response, service, "501 Not Implemented", "there is no such service here"
        )
    app = _dispatcher().get_application(environ)
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
    signature = environ.get("HTTP_AUTHORIZATION")
    if signature is None:  # a presigned address carries it in the query
        query = environ["QUERY_STRING"]
        presigned = parse_qs(query).get("X-Amz-Credential", [""]) if "X-Amz-Credential" in query else [""]
        signature = f"Credential={presigned[0]}"
    for part in signature.replace(",", " ").split():
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
        kind, body = "application/xml", f"<ErrorResponse>{error}</ErrorResponse>".encode()
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
