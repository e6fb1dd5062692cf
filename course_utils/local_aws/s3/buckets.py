"""Operations on buckets, and the listings of what is in them."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.account import ACCOUNT_ID, DEFAULT_REGION
from course_utils.local_aws.s3.errors import s3_error
from course_utils.local_aws.s3.store import Entry, ObjectStore
from course_utils.local_aws.s3.wire import (
    Reply,
    Request,
    Tree,
    quoted,
    refuse,
    timestamp,
    url_encoded,
    xml_reply,
)

OWNER = {"ID": ACCOUNT_ID, "DisplayName": "local"}
_NAME = re.compile(r"(?!xn--|sthree-|\d+\.\d+\.\d+\.\d+$)[a-z0-9]([a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")
_PAGE = 1000


def valid_name(name: str) -> bool:
    """By the rules of https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html."""
    return bool(_NAME.fullmatch(name)) and not name.endswith(("-s3alias", "--ol-s3", "--x-s3"))


def list_buckets(store: ObjectStore, request: Request) -> Reply:
    prefix = request.query.get("prefix", "")
    buckets = [
        {"Name": each.name, "CreationDate": timestamp(each.created), "BucketRegion": each.region}
        for each in store.buckets()
        if each.name.startswith(prefix)
    ]
    return xml_reply(
        "ListAllMyBucketsResult",
        {"Buckets": {"Bucket": buckets}, "Owner": OWNER, "Prefix": prefix or None},
    )


def create_bucket(store: ObjectStore, request: Request) -> Reply:
    name, region = request.bucket, request.region
    if not valid_name(name):
        raise s3_error("InvalidBucketName", BucketName=name)
    if request.headers.get("x-amz-bucket-object-lock-enabled", "").lower() == "true":
        raise refuse("object lock", ["plain buckets"])
    length = request.headers.get("content-length", "0")
    constraint = request.xml().findtext("LocationConstraint") if length != "0" else None
    if constraint == DEFAULT_REGION:
        raise s3_error("InvalidLocationConstraint", LocationConstraint=constraint)
    if (constraint or DEFAULT_REGION) != region:
        raise s3_error("IllegalLocationConstraintException")
    if not store.create_bucket(name, region) and not store.bucket(name).region == region == DEFAULT_REGION:
        raise s3_error("BucketAlreadyOwnedByYou", BucketName=name)  # us-east-1 alone says yes again
    return Reply(200, {"Location": f"/{name}", "Content-Length": "0"})


def head_bucket(store: ObjectStore, request: Request) -> Reply:
    region = store.bucket(request.bucket).region
    return Reply(
        200, {"x-amz-bucket-region": region, "Content-Length": "0", "Content-Type": "application/xml"}
    )


def delete_bucket(store: ObjectStore, request: Request) -> Reply:
    store.delete_bucket(request.bucket)
    return Reply(204)


def get_bucket_location(store: ObjectStore, request: Request) -> Reply:
    region = store.bucket(request.bucket).region
    # The one reply of S3 whose root element is the value itself; us-east-1 is written as nothing.
    reply = xml_reply("LocationConstraint", {})
    text = "" if region == DEFAULT_REGION else region
    body = reply.body[0].replace(b"></LocationConstraint>", f">{text}</LocationConstraint>".encode())
    return Reply(200, {**reply.headers, "Content-Length": str(len(body))}, [body])


def get_bucket_versioning(store: ObjectStore, request: Request) -> Reply:
    store.bucket(request.bucket)
    return xml_reply("VersioningConfiguration", {})


def get_bucket_acl(store: ObjectStore, request: Request) -> Reply:
    store.bucket(request.bucket)
    return acl_reply()


def acl_reply() -> Reply:
    """The owner may do everything; there is nobody else."""
    grantee = {"ID": OWNER["ID"], "DisplayName": OWNER["DisplayName"]}
    content = {
        "Owner": OWNER,
        "AccessControlList": {"Grant": {"Grantee": grantee, "Permission": "FULL_CONTROL"}},
    }
    reply = xml_reply("AccessControlPolicy", content)
    typed = b'<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">'
    body = reply.body[0].replace(b"<Grantee>", typed)
    return Reply(200, {**reply.headers, "Content-Length": str(len(body))}, [body])


def list_objects(store: ObjectStore, request: Request) -> Reply:
    marker = request.query.get("marker", "")
    page = _Page(store, request, marker)
    last = page.entries[-1].name if page.more and page.delimiter else None
    return xml_reply(
        "ListBucketResult",
        {**page.common, "Marker": page.show(marker), "NextMarker": last and page.show(last), **page.content},
    )


def list_objects_v2(store: ObjectStore, request: Request) -> Reply:
    token, start_after = request.query.get("continuation-token"), request.query.get("start-after", "")
    page = _Page(store, request, start_after if token is None else _from_token(token))
    with_owner = request.query.get("fetch-owner") == "true"
    for each in page.content["Contents"]:
        each["Owner"] = OWNER if with_owner else None
    return xml_reply(
        "ListBucketResult",
        {
            **page.common,
            "KeyCount": len(page.entries),
            "ContinuationToken": token,
            "NextContinuationToken": _to_token(page.entries[-1].name) if page.more else None,
            "StartAfter": page.show(start_after) if start_after else None,
            **page.content,
        },
    )


def list_object_versions(store: ObjectStore, request: Request) -> Reply:
    """Without versioning each object is its own only version, named ``null``."""
    marker = request.query.get("key-marker", "")
    page = _Page(store, request, marker)
    content = {
        "Version": [
            {**each, "VersionId": "null", "IsLatest": True, "Owner": OWNER}
            for each in page.content["Contents"]
        ],
        "CommonPrefixes": page.content["CommonPrefixes"],
    }
    following = {"NextKeyMarker": page.show(page.entries[-1].name), "NextVersionIdMarker": "null"}
    return xml_reply(
        "ListVersionsResult",
        {
            **page.common,
            "KeyMarker": page.show(marker),
            "VersionIdMarker": "",
            **(following if page.more else {}),
            **content,
        },
    )


class _Page:
    """What the three listings of objects share."""

    def __init__(self, store: ObjectStore, request: Request, after: str) -> None:
        query = request.query
        prefix, self.delimiter = query.get("prefix", ""), query.get("delimiter", "")
        self.show = encoder(query)
        limit = min(request.number("max-keys", _PAGE), _PAGE)
        self.entries, self.more = store.list(request.bucket, prefix, self.delimiter, after, limit)
        self.common: Tree = {
            "Name": request.bucket,
            "Prefix": self.show(prefix),
            "MaxKeys": limit,
            "Delimiter": self.show(self.delimiter) if self.delimiter else None,
            "EncodingType": query.get("encoding-type"),
            "IsTruncated": self.more,
        }
        self.content: Tree = {
            "Contents": [self._object(each) for each in self.entries if each.object],
            "CommonPrefixes": [{"Prefix": self.show(each.name)} for each in self.entries if not each.object],
        }

    def _object(self, entry: Entry) -> Tree:
        found = entry.object
        algorithm = [name.rpartition("-")[2].upper() for name in found.about.checksum]
        return {
            "Key": self.show(entry.name),
            "LastModified": timestamp(found.modified),
            "ETag": quoted(found.etag),
            "ChecksumAlgorithm": [each for each in algorithm if each != "TYPE"],
            "ChecksumType": found.about.checksum.get("x-amz-checksum-type"),
            "Size": found.size,
            "StorageClass": found.about.headers.get("x-amz-storage-class", "STANDARD"),
        }


def encoder(query: dict[str, str]) -> Callable[[str], str]:
    """How names are written in a listing.

    Raises
    ------
    AwsError
        ``InvalidArgument`` for an ``encoding-type`` other than ``url``.
    """
    kind = query.get("encoding-type")
    if kind not in (None, "url"):
        raise s3_error(
            "InvalidArgument",
            texts.S3_ENCODING_UNKNOWN,
            ArgumentName="encoding-type",
            ArgumentValue=kind,
        )
    return url_encoded if kind else str


def _to_token(name: str) -> str:
    return urlsafe_b64encode(name.encode()).decode()


def _from_token(token: str) -> str:
    try:
        return urlsafe_b64decode(token.encode()).decode()
    except ValueError as error:
        raise s3_error(
            "InvalidArgument",
            texts.S3_TOKEN_INVALID,
            ArgumentName="continuation-token",
        ) from error


OPERATIONS: dict[tuple[str, str], Any] = {
    ("GET", ""): list_objects,
    ("GET", "list-type"): list_objects_v2,
    ("GET", "versions"): list_object_versions,
    ("GET", "location"): get_bucket_location,
    ("GET", "versioning"): get_bucket_versioning,
    ("GET", "acl"): get_bucket_acl,
    ("PUT", ""): create_bucket,
    ("HEAD", ""): head_bucket,
    ("DELETE", ""): delete_bucket,
}
