"""A botocore plugin for the learner's process: in local mode no request may leave for AWS.

A profile with ``endpoint_url`` redirects nearly every client, but the SageMaker SDK makes STS clients with an
explicit address, which no setting overrides. This plugin looks at every request just before it is sent: what
goes to an AWS host is sent to the local server instead, and what goes anywhere else but this machine is
refused.

botocore loads it when ``BOTOCORE_EXPERIMENTAL__PLUGINS`` names it; botocore calls that interface
experimental, so ``aws.connect`` makes sure that it took effect.
"""

from __future__ import annotations

import os
import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ADDRESS_VARIABLE = "COURSE_LOCAL_SAGEMAKER"
_MARK = "_course_redirected"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_AWS = re.compile(r".*\.(amazonaws\.com(\.cn)?|api\.aws)")
# bucket.s3.us-east-1.amazonaws.com: the bucket's name moves from the host into the path
_BUCKET = re.compile(r"(?P<bucket>.+?)\.s3[.-].*")


class LeavesThisMachine(RuntimeError):
    """A request of local mode that was bound for the network."""


def initialize_client_plugin(client: Any) -> None:
    """Called by botocore for every new client."""
    client.meta.events.register_last("before-send.*.*", redirect)
    setattr(client, _MARK, True)


def is_redirected(client: Any) -> bool:
    """Whether this plugin watches over a boto3 client."""
    return getattr(client, _MARK, False)


def redirect(request: Any, **_: Any) -> None:
    """Point one prepared request at the local server.

    Raises
    ------
    LeavesThisMachine
        For a host that is neither this machine nor AWS.
    """
    local = os.environ.get(ADDRESS_VARIABLE)
    if local is not None:
        request.url = local_url(request.url, local)


def local_url(url: str, local: str) -> str:
    """The address at the local server ``local`` that stands for ``url``."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in _LOOPBACK:
        return url
    if not _AWS.fullmatch(host):
        raise LeavesThisMachine(
            f"A request to {host} was refused: in local mode nothing leaves this machine. "
            'For real AWS restart the kernel and call aws.connect("aws").'
        )
    bucket = _BUCKET.fullmatch(host)
    path = f"/{bucket['bucket']}{parts.path}" if bucket else parts.path
    home = urlsplit(local)
    return urlunsplit((home.scheme, home.netloc, path, parts.query, ""))
