"""S3's REST protocol: what a request asks, and how replies and errors are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote_to_bytes
from uuid import uuid4
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from course_utils.local_aws import texts
from course_utils.local_aws.errors import AwsError
from course_utils.local_aws.s3.errors import s3_error

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_XML_BYTES = 16 * 1024 * 1024  # a list of 1000 keys to delete stays well below
# bucket.localhost and bucket.s3.localhost; the plain names have the bucket in the path
_VIRTUAL_HOST = re.compile(r"(?P<bucket>.+?)(\.s3(\.[a-z0-9-]+)?)?\.localhost(:\d+)?")
_PLAIN_HOST = re.compile(r"(s3(\.[a-z0-9-]+)?\.)?localhost(:\d+)?")
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Tree = dict[str, Any]


class Request:
    """One request to S3.

    Attributes
    ----------
    method, bucket, key : str
        Empty ``bucket`` or ``key``: not named.
    query, headers : dict
        Names of headers are lower case.
    region : str
        For which the request is signed.

    Raises
    ------
    AwsError
        ``InvalidURI``, ``KeyTooLongError``.
    """

    def __init__(self, environ: dict[str, Any], region: str) -> None:
        self.method: str = environ["REQUEST_METHOD"]
        self.region = region
        self.headers: dict[str, str] = environ["local.headers"]
        self.stream = environ["wsgi.input"]
        target, _, query = environ["RAW_URI"].partition("?")
        if not target.startswith("/"):  # http://host/path, as proxies are asked
            target = "/" + target.partition("://")[2].partition("/")[2]
        self.query = dict(parse_qsl(query, keep_blank_values=True))
        try:
            path = unquote_to_bytes(target).decode("utf-8")[1:]
        except UnicodeDecodeError as error:
            raise s3_error("InvalidURI") from error
        self.bucket = bucket_of_host(self.headers.get("host", ""))
        if self.bucket:
            self.key = path
        else:
            self.bucket, _, self.key = path.partition("/")
        if len(self.key.encode()) > 1024:
            raise s3_error("KeyTooLongError", Size=len(self.key.encode()), MaxSizeAllowed=1024)

    def number(self, name: str, default: int) -> int:
        """A count in the query.

        Raises
        ------
        AwsError
            ``InvalidArgument`` when it is none.
        """
        text = self.query.get(name, "")
        if text and not (text.isascii() and text.isdigit() and int(text) < 2**31):
            raise s3_error(
                "InvalidArgument",
                texts.s3_not_a_count(name),
                ArgumentName=name,
                ArgumentValue=text,
            )
        return int(text) if text else default

    def xml(self) -> ElementTree.Element:
        """The body as XML, its names without namespaces.

        Raises
        ------
        AwsError
            ``MalformedXML``.
        """
        text = self.stream.read(_XML_BYTES)
        try:
            root = ElementTree.fromstring(text)
        except ElementTree.ParseError as error:
            raise s3_error("MalformedXML") from error
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]
        return root


def bucket_of_host(host: str) -> str:
    """The bucket that a host name such as ``bucket.localhost:5055`` names; empty when it names none."""
    match = None if _PLAIN_HOST.fullmatch(host) else _VIRTUAL_HOST.fullmatch(host)
    return match["bucket"] if match else ""


class Reply(NamedTuple):
    """Status, headers and body; ``length`` where the body comes in pieces."""

    status: int = 200
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed
    body: Iterable[bytes] = ()


def xml_reply(name: str, content: Tree, headers: dict[str, str] | None = None) -> Reply:
    """An XML document; lists become repeated elements, None leaves an element out."""
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{_NAMESPACE}">{_elements(content)}</{name}>'
    )
    encoded = body.encode()
    return Reply(
        200,
        {"Content-Type": "application/xml", "Content-Length": str(len(encoded)), **(headers or {})},
        [encoded],
    )


def _elements(content: Tree) -> str:
    parts = []
    for name, value in content.items():
        for each in value if isinstance(value, list) else [value]:
            if each is not None:
                inner = _elements(each) if isinstance(each, dict) else _text(each)
                parts.append(f"<{name}>{inner}</{name}>")
    return "".join(parts)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    # Some characters of keys cannot stand in XML; clients that ask for encoding-type=url get them whole.
    return escape(_NO_XML.sub("\ufffd", str(value)), {"\r": "&#13;"})


def error_reply(error: AwsError, request_id: str, *, body: bool) -> Reply:
    """An error; replies to HEAD have no body, so only the status tells."""
    members = _elements({"Code": error.code, "Message": error.message, **error.members})
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{members}<RequestId>{request_id}</RequestId>'
        "<HostId>local</HostId></Error>"
    )
    encoded = text.encode() if body else b""
    headers = {"Content-Type": "application/xml", "Content-Length": str(len(encoded))}
    if not body:
        del headers["Content-Length"]
    return Reply(error.status, headers, [encoded])


def send(reply: Reply, request_id: str, start_response: Callable[..., Any], phrase: str) -> Iterable[bytes]:
    head = {"Server": "AmazonS3", "x-amz-request-id": request_id, "x-amz-id-2": "local", **reply.headers}
    start_response(f"{reply.status} {phrase}", list(head.items()))
    return reply.body


def new_request_id() -> str:
    return uuid4().hex[:16].upper()


def timestamp(seconds: float) -> str:
    """A moment as S3's XML writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def http_date(seconds: float) -> str:
    return formatdate(int(seconds), usegmt=True)


def quoted(etag: str) -> str:
    return f'"{etag}"'


def url_encoded(text: str) -> str:
    """As ``encoding-type=url`` asks."""
    return quote(text, safe="/")


def refuse(what: str, operations: list[str]) -> AwsError:
    return s3_error("NotImplemented", texts.s3_unsupported(what, operations))
