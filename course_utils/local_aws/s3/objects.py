"""Operations on objects: Put, Get, Head, Delete, Copy, and their tags."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from course_utils.local_aws import texts
from course_utils.local_aws.s3.body import CHECKSUM, Body
from course_utils.local_aws.s3.buckets import acl_reply
from course_utils.local_aws.s3.errors import s3_error
from course_utils.local_aws.s3.store import About, Object, ObjectStore, Reader
from course_utils.local_aws.s3.wire import Reply, Request, http_date, quoted, refuse, timestamp, xml_reply

META = "x-amz-meta-"
_KEPT = {  # request headers that replies repeat
    "content-type",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
}
_REFUSED = {  # request headers that would change what is stored, or who may read it
    "x-amz-server-side-encryption-customer-algorithm": "encryption with keys of the client (SSE-C)",
    "x-amz-object-lock-mode": "object lock",
    "x-amz-object-lock-legal-hold": "object lock",
    "x-amz-write-offset-bytes": "appending to objects",
}
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_META_BYTES = 2048
_LARGEST_COPY = 5 * 1024**3


def put_object(store: ObjectStore, request: Request) -> Reply:
    if "x-amz-copy-source" in request.headers:
        return copy_object(store, request)
    store.bucket(request.bucket)  # before the body comes in
    about, allow, body = (
        described(request),
        conditions(request.headers),
        Body(request.headers, request.stream),
    )
    allow(store.find(request.bucket, request.key))
    file = store.save(body)
    if body.checksum:
        about = replace(about, checksum={**body.checksum, f"{CHECKSUM}type": "FULL_OBJECT"})
    new = store.put(request.bucket, request.key, [file], body.etag, about, allow)
    return Reply(
        200, {"ETag": quoted(new.etag), "Content-Length": "0", **about.checksum, **_encryption(about)}
    )


def described(request: Request) -> About:
    """What the headers of an upload say about the object.

    Raises
    ------
    AwsError
        ``MetadataTooLarge``, ``InvalidTag``, ``NotImplemented``.
    """
    for name, feature in _REFUSED.items():
        if name in request.headers:
            raise refuse(feature, ["objects as they are"])
    headers = {
        name: value for name, value in request.headers.items() if name in _KEPT or name.startswith(META)
    }
    size = sum(len(name) - len(META) + len(value) for name, value in headers.items() if name.startswith(META))
    if size > _META_BYTES:
        raise s3_error("MetadataTooLarge", Size=size, MaxSizeAllowed=_META_BYTES)
    encodings = [each.strip() for each in headers.pop("content-encoding", "").split(",")]
    if kept := ",".join(each for each in encodings if each and each != "aws-chunked"):
        headers["content-encoding"] = kept
    return About(headers, checked_tags(parse_qsl(request.headers.get("x-amz-tagging", ""), True)))


def checked_tags(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Tags as AWS allows them: 10, each name once, names of 1 to 128 characters, values of up to 256."""
    tags = dict(pairs)
    if (
        len(pairs) > 10
        or len(tags) < len(pairs)
        or not all(1 <= len(name) <= 128 and len(value) <= 256 for name, value in pairs)
    ):
        raise s3_error("InvalidTag")
    return tags


# --- conditions ---------------------------------------------------------------------------------------------


def conditions(headers: dict[str, str]) -> Callable[[Object | None], None]:
    """What ``If-Match`` and ``If-None-Match`` demand of the object that is to be replaced."""

    def allow(old: Object | None) -> None:
        if "if-none-match" in headers and old is not None:
            raise s3_error("PreconditionFailed", Condition="If-None-Match")
        if "if-match" in headers:
            if old is None:
                raise s3_error("NoSuchKey")
            if not _matches(headers["if-match"], old.etag):
                raise s3_error("PreconditionFailed", Condition="If-Match")

    return allow


def _matches(condition: str, etag: str) -> bool:
    return any(each.strip().strip('"') in ("*", etag) for each in condition.split(","))


def not_modified(headers: dict[str, str], found: Object, prefix: str = "") -> bool:
    """Whether a conditional read is to be answered with 304.

    Raises
    ------
    AwsError
        ``PreconditionFailed``.
    """
    modified = int(found.modified)
    match, none_match = headers.get(f"{prefix}if-match"), headers.get(f"{prefix}if-none-match")
    since, unmodified = (
        _seconds(headers.get(f"{prefix}{name}")) for name in ("if-modified-since", "if-unmodified-since")
    )
    if match is not None and not _matches(match, found.etag):
        raise s3_error("PreconditionFailed", Condition="If-Match")
    if match is None and unmodified is not None and modified > unmodified:
        raise s3_error("PreconditionFailed", Condition="If-Unmodified-Since")
    if none_match is not None:
        return _matches(none_match, found.etag)
    return since is not None and modified <= since


def _seconds(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None  # a date that cannot be read is no condition


# --- reading ------------------------------------------------------------------------------------------------


def get_object(store: ObjectStore, request: Request) -> Reply:
    found, reader = store.open(request.bucket, request.key)
    try:
        reply, (start, stop) = _head(found, request)
        if request.method == "HEAD" or reply.status == 304:
            reader.close()
            return reply
        reader.limit(start, stop)
    except BaseException:
        reader.close()
        raise
    return reply._replace(body=Pieces(reader))


class Pieces:
    """A body on its way to a client; who sends it closes it."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def __iter__(self) -> Any:
        return self._reader.pieces()

    def close(self) -> None:
        self._reader.close()


def _head(found: Object, request: Request) -> tuple[Reply, tuple[int, int]]:
    """Status and headers of GetObject and HeadObject, and which bytes they are about."""
    about = found.about
    headers = {
        "ETag": quoted(found.etag),
        "Last-Modified": http_date(found.modified),
        "Accept-Ranges": "bytes",
        "Content-Type": "binary/octet-stream",
        **{_spelt(name): value for name, value in about.headers.items()},
        **_encryption(about),
    }
    if headers.get("x-amz-storage-class") == "STANDARD":
        del headers["x-amz-storage-class"]
    if not_modified(request.headers, found):
        return Reply(304, headers), (0, 0)
    if about.tags and request.method == "GET":
        headers["x-amz-tagging-count"] = str(len(about.tags))
    headers |= {
        _spelt(name.removeprefix("response-")): value
        for name, value in request.query.items()
        if name.startswith("response-")
    }
    span = _part(found, request)
    if span:
        headers["x-amz-mp-parts-count"] = str(len(found.files))
    elif "range" in request.headers:
        span = byte_range(request.headers["range"], found.size)
    start, stop = span or (0, found.size)
    headers["Content-Length"] = str(stop - start)
    if span:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{found.size}"
    elif request.headers.get(f"{CHECKSUM}mode", "").upper() == "ENABLED":
        headers |= about.checksum
    return Reply(206 if span else 200, headers), (start, stop)


def _spelt(name: str) -> str:
    return name if name.startswith("x-amz-") else name.title()


def _encryption(about: About) -> dict[str, str]:
    """Since 2023 S3 encrypts everything, and says so."""
    prefix = "x-amz-server-side-encryption"
    own = {name: value for name, value in about.headers.items() if name.startswith(prefix)}
    return own or {prefix: "AES256"}


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """First byte and the one behind the last; None for a header that S3 ignores.

    Raises
    ------
    AwsError
        ``InvalidRange``.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        start, stop = max(size - int(last), 0), size
    else:
        start, stop = int(first), min(int(last) + 1 if last else size, size)
        if last and int(last) < start:
            return None
    if start >= stop:
        raise s3_error("InvalidRange", ActualObjectSize=size, RangeRequested=header)
    return start, stop


def _part(found: Object, request: Request) -> tuple[int, int] | None:
    """The bytes of the part that ``partNumber`` names."""
    if "partNumber" not in request.query:
        return None
    number = request.number("partNumber", 1)
    if not 1 <= number <= max(len(found.files), 1):
        raise s3_error("InvalidPartNumber", PartNumberRequested=number, ActualPartCount=len(found.files))
    if "-" not in found.etag or not found.size:
        return None
    start = sum(size for _, size in found.files[: number - 1])
    return start, start + found.files[number - 1].size


def get_object_acl(store: ObjectStore, request: Request) -> Reply:
    store.get(request.bucket, request.key)
    return acl_reply()


# --- deleting -----------------------------------------------------------------------------------------------


def delete_object(store: ObjectStore, request: Request) -> Reply:
    def allow(old: Object | None) -> None:
        if old is not None and "if-match" in request.headers:
            conditions({"if-match": request.headers["if-match"]})(old)

    store.delete(request.bucket, request.key, allow)
    return Reply(204)


def delete_objects(store: ObjectStore, request: Request) -> Reply:
    store.bucket(request.bucket)
    tree = request.xml()
    named = tree.findall("Object")
    if not 1 <= len(named) <= 1000 or any(not each.findtext("Key") for each in named):
        raise s3_error("MalformedXML")
    quiet = tree.findtext("Quiet") == "true"
    for each in named:
        store.delete(request.bucket, each.findtext("Key"))
    deleted = [] if quiet else [{"Key": each.findtext("Key")} for each in named]
    return xml_reply("DeleteResult", {"Deleted": deleted})


# --- copying ------------------------------------------------------------------------------------------------


def copy_source(store: ObjectStore, request: Request) -> tuple[str, Object, Reader]:
    """Bucket, object and body that ``x-amz-copy-source`` names; the caller closes the body.

    Raises
    ------
    AwsError
        ``InvalidArgument``, ``NoSuchBucket``, ``NoSuchKey``, ``PreconditionFailed``.
    """
    source, _, _ = request.headers["x-amz-copy-source"].partition("?versionId=")
    bucket, _, key = unquote(source).removeprefix("/").partition("/")
    if not key:
        raise s3_error(
            "InvalidArgument",
            texts.S3_COPY_SOURCE_INCOMPLETE,
            ArgumentName="x-amz-copy-source",
            ArgumentValue=source,
        )
    found, reader = store.open(bucket, key)
    try:
        if not_modified(request.headers, found, "x-amz-copy-source-"):
            raise s3_error("PreconditionFailed", Condition="x-amz-copy-source-If-None-Match")
    except BaseException:
        reader.close()
        raise
    return bucket, found, reader


def copy_object(store: ObjectStore, request: Request) -> Reply:
    store.bucket(request.bucket)
    said, allow = described(request), conditions(request.headers)
    bucket, found, reader = copy_source(store, request)
    with reader:
        if found.size > _LARGEST_COPY:
            raise s3_error("InvalidRequest")
        replaced = request.headers.get("x-amz-metadata-directive") == "REPLACE"
        changed = replaced or any(not name.startswith((META, "content-")) for name in said.headers)
        if (bucket, found.key) == (request.bucket, request.key) and not changed:
            raise s3_error("InvalidRequest", texts.S3_COPY_ONTO_ITSELF)
        kept = {} if replaced else {n: v for n, v in found.about.headers.items() if _goes_along(n)}
        own = {n: v for n, v in said.headers.items() if replaced or not _goes_along(n)}
        retagged = request.headers.get("x-amz-tagging-directive") == "REPLACE"
        about = About(kept | own, said.tags if retagged else found.about.tags)
        algorithm = request.headers.get(f"{CHECKSUM}algorithm", "").lower() or _algorithm(found.about)
        body = Body({}, reader, algorithm)
        file = store.save(body)
    if body.checksum:
        about = replace(about, checksum={**body.checksum, f"{CHECKSUM}type": "FULL_OBJECT"})
    new = store.put(request.bucket, request.key, [file], body.etag, about, allow)
    return xml_reply(
        "CopyObjectResult", copy_result(new.etag, new.modified, about.checksum), _encryption(about)
    )


def _goes_along(header: str) -> bool:
    """Whether a copy takes a header from its source; storage class and encryption are the request's."""
    return not header.startswith("x-amz-") or header.startswith(META)


def _algorithm(about: About) -> str | None:
    names = [name.removeprefix(CHECKSUM) for name in about.checksum if name != f"{CHECKSUM}type"]
    return names[0] if names else None


def copy_result(etag: str, modified: float, checksum: dict[str, str]) -> dict[str, Any]:
    """Content of the replies to both copying operations."""
    return {"ETag": quoted(etag), "LastModified": timestamp(modified), **checksum_elements(checksum)}


def checksum_elements(checksum: dict[str, str]) -> dict[str, str]:
    """``x-amz-checksum-crc32`` as the element ``ChecksumCRC32``."""
    return {
        "ChecksumType"
        if name == f"{CHECKSUM}type"
        else f"Checksum{name.removeprefix(CHECKSUM).upper()}": value
        for name, value in checksum.items()
    }


# --- tags ---------------------------------------------------------------------------------------------------


def get_object_tagging(store: ObjectStore, request: Request) -> Reply:
    tags = store.get(request.bucket, request.key).about.tags
    return xml_reply(
        "Tagging", {"TagSet": {"Tag": [{"Key": name, "Value": value} for name, value in tags.items()]}}
    )


def put_object_tagging(store: ObjectStore, request: Request) -> Reply:
    pairs = [(each.findtext("Key") or "", each.findtext("Value") or "") for each in request.xml().iter("Tag")]
    tags = checked_tags(pairs)
    store.describe(request.bucket, request.key, lambda about: replace(about, tags=tags))
    return Reply(200, {"Content-Length": "0"})


def delete_object_tagging(store: ObjectStore, request: Request) -> Reply:
    store.describe(request.bucket, request.key, lambda about: replace(about, tags={}))
    return Reply(204)


OPERATIONS: dict[tuple[str, str], Any] = {
    ("PUT", ""): put_object,
    ("GET", ""): get_object,
    ("HEAD", ""): get_object,
    ("DELETE", ""): delete_object,
    ("GET", "acl"): get_object_acl,
    ("GET", "tagging"): get_object_tagging,
    ("PUT", "tagging"): put_object_tagging,
    ("DELETE", "tagging"): delete_object_tagging,
}
