"""Answers requests to S3: finds the operation, and writes its reply or its error."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable
from http.client import responses
from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.account import ACCOUNT_ID
from course_utils.local_aws.errors import AwsError
from course_utils.local_aws.moto_services import credential_scope
from course_utils.local_aws.s3 import buckets, objects, uploads
from course_utils.local_aws.s3.errors import s3_error
from course_utils.local_aws.s3.store import ObjectStore
from course_utils.local_aws.s3.wire import (
    Reply,
    Request,
    error_reply,
    new_request_id,
    refuse,
    send,
)

_log = logging.getLogger(__name__)
Operation = Callable[[ObjectStore, Request], Reply]

SERVICE: dict[tuple[str, str], Operation] = {("GET", ""): buckets.list_buckets}
BUCKET: dict[tuple[str, str], Operation] = {
    **buckets.OPERATIONS,
    **uploads.BUCKET_OPERATIONS,
    ("POST", "delete"): objects.delete_objects,
}
OBJECT: dict[tuple[str, str], Operation] = {**objects.OPERATIONS, **uploads.OBJECT_OPERATIONS}
_SETTINGS = {  # names in the query that choose no operation; what is neither here nor there is unknown
    *("prefix", "delimiter", "marker", "max-keys", "encoding-type", "continuation-token", "start-after"),
    *("fetch-owner", "key-marker", "version-id-marker", "upload-id-marker", "max-uploads", "max-parts"),
    *("part-number-marker", "partNumber", "versionId", "max-buckets", "bucket-region", "x-id"),
    # of addresses that are presigned the old way
    *("AWSAccessKeyId", "Signature", "Expires", "content-type", "content-md5"),
}


class S3:
    """S3's REST protocol over one store.

    Parameters
    ----------
    store : ObjectStore
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any], region: str
    ) -> Iterable[bytes]:
        """Answer one WSGI request that is signed for ``region``."""
        request_id = new_request_id()
        try:
            reply = self._answer(environ, region)
        except AwsError as error:
            reply = error_reply(error, request_id, body=environ["REQUEST_METHOD"] != "HEAD")
        return send(reply, request_id, start_response, responses.get(reply.status, ""))

    def _answer(self, environ: dict[str, Any], region: str) -> Reply:
        try:
            request = Request(environ, region)
            operation = find_operation(request)
            if request.headers.get("x-amz-expected-bucket-owner", ACCOUNT_ID) != ACCOUNT_ID:
                raise s3_error("AccessDenied")
            return operation(self._store, request)
        except (AwsError, ConnectionError):  # the latter: nobody is left to answer
            raise
        except (OSError, sqlite3.OperationalError) as error:
            _log.exception("S3")
            raise s3_error("InternalError", texts.disk_failed(str(error))) from error
        except Exception as error:
            _log.exception("S3")
            raise s3_error("InternalError", texts.local_fault(repr(error))) from error


def is_for_s3(environ: dict[str, Any]) -> bool:
    """Whether a request that is no other service's own is meant for S3: signed for it, or not signed at all.

    STS answers unsigned calls, too; those are forms that are sent to ``/``.
    """
    form = environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")
    unsigned_call = form and environ["PATH_INFO"] == "/" and environ["REQUEST_METHOD"] == "POST"
    return credential_scope(environ)[1] == "s3" and not unsigned_call


def find_operation(request: Request) -> Operation:
    """Which operation a request means, by its method and by what its query names.

    Raises
    ------
    AwsError
        ``NotImplemented``, and what there is instead.
    """
    table = OBJECT if request.key else BUCKET if request.bucket else SERVICE
    names = [name for name in request.query if _chooses(name)]
    if len(names) > 1:
        names = [name for name in names if (request.method, name) in table] or names
    operation = table.get((request.method, names[0] if names else ""))
    if operation is None:
        asked = f"{request.method} ?{names[0]}" if names else request.method
        raise refuse(asked, sorted({_name(each) for each in table.values()}))
    return operation


def _chooses(name: str) -> bool:
    # the signature and the headers to answer with may stand in the query, too
    return name not in _SETTINGS and not name.lower().startswith(("x-amz-", "response-"))


def _name(operation: Operation) -> str:
    return operation.__name__.title().replace("_", "")
