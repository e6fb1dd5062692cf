"""For the learner's process: in local mode no request may leave for AWS.

A profile with ``endpoint_url`` redirects nearly every client, but the SageMaker SDK makes STS clients with an
explicit address, which no setting overrides. So this module is a botocore plugin, too: a client's request to
an AWS host is sent to the local server instead. botocore loads it when ``BOTOCORE_EXPERIMENTAL__PLUGINS``
names it; botocore calls that interface experimental, so ``aws.connect`` makes sure that it took effect.

A copy of this file serves environments that do not have this package, so it imports nothing of it.

Clients that were made before local mode know nothing of the plugin. :func:`stand_guard` watches the one
function through which botocore sends everything, and refuses what is still bound for another machine.
"""

from __future__ import annotations

import os
import re
from functools import wraps
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from botocore.exceptions import EndpointConnectionError
from botocore.httpsession import URLLib3Session

ADDRESS_VARIABLE = "COURSE_LOCAL_SAGEMAKER"
_MARK = "_course_redirected"
_SERVER_GONE = (
    "The local SageMaker has ended; perhaps the notebook that had started it was closed. "
    'Call aws.connect("local") again, or type `python3 course.py local start`. '
    "Its models and S3 objects were kept; a job that was running has failed."
)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_AWS = re.compile(r".*\.(amazonaws\.com(\.cn)?|api\.aws)")
# bucket.s3.us-east-1.amazonaws.com: the bucket's name moves from the host into the path
_BUCKET = re.compile(r"(?P<bucket>.+?)\.s3[.-].*")


class LeavesThisMachine(RuntimeError):
    """A request of local mode that was bound for the network."""


def initialize_client_plugin(client: Any) -> None:
    """Called by botocore for every new client."""
    stand_guard()
    client.meta.events.register_last("before-send.*.*", redirect)
    setattr(client, _MARK, True)


def is_redirected(client: Any) -> bool:
    """Whether this plugin watches over a boto3 client."""
    return getattr(client, _MARK, False)


def stand_guard() -> None:
    """From now on, whatever botocore sends to another machine while local mode lasts is refused.

    The refusal is a :class:`LeavesThisMachine`. When the local server does not answer, the error of botocore
    says what to do.
    """
    send = URLLib3Session.send
    if hasattr(send, _MARK):
        return

    @wraps(send)
    def guarded(session: URLLib3Session, request: Any) -> Any:
        local = os.environ.get(ADDRESS_VARIABLE)
        if local is None:
            return send(session, request)
        host = urlsplit(request.url).hostname or ""
        if host not in _LOOPBACK:
            raise LeavesThisMachine(
                f"A request to {host} was refused: in local mode nothing leaves this machine. "
                'If it came from a client that is older than aws.connect("local"), make that client again. '
                'For real AWS restart the kernel and call aws.connect("aws").'
            )
        try:
            return send(session, request)
        except EndpointConnectionError as error:
            if request.url.startswith(local):
                error.add_note(_SERVER_GONE)
            raise

    setattr(guarded, _MARK, True)
    URLLib3Session.send = guarded


def redirect(request: Any, **_: Any) -> None:
    """Point one prepared request at the local server, if it is meant for AWS."""
    local = os.environ.get(ADDRESS_VARIABLE)
    if local is not None:
        request.url = local_url(request.url, local)


def local_url(url: str, local: str) -> str:
    """The address at the local server ``local`` that stands for ``url``; not for AWS: ``url`` itself."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not _AWS.fullmatch(host):
        return url
    bucket = _BUCKET.fullmatch(host)
    path = f"/{bucket['bucket']}{parts.path}" if bucket else parts.path
    home = urlsplit(local)
    return urlunsplit((home.scheme, home.netloc, path, parts.query, ""))
