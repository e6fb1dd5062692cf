"""The same calls to moto's S3 and to ours give the same answers."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

MB = 1024 * 1024
PAST, FUTURE = datetime(2001, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)
MD5 = b64encode(hashlib.md5(b"body").digest()).decode()
SOURCE = {"Bucket": "bucket", "Key": "a/1"}


class Caller:
    """Makes calls and keeps what came of each, without what differs between two servers."""

    # What differs each time, what moto leaves out, and what it invents.
    VARIES = frozenset(
        {"ResponseMetadata", "LastModified", "UploadId", "Owner", "Initiator", "Initiated", "CreationDate"}
        | {"BucketRegion", "BucketArn", "ServerSideEncryption", "Location", "VersionId", "EncodingType"}
        | {"ChecksumType", "ChecksumAlgorithm", "Marker"}
    )

    def __init__(self, client: Any) -> None:
        self.client = client
        self.outcomes: list[Any] = []

    def __call__(self, operation: str, **arguments: Any) -> dict[str, Any]:
        said = self._stable(arguments)
        try:
            reply = getattr(self.client, operation)(**arguments)
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            self.outcomes.append((operation, said, status, error.response["Error"]["Code"]))
            return {}
        status = reply["ResponseMetadata"]["HTTPStatusCode"]
        self.outcomes.append((operation, said, status, self._stable(reply)))
        return reply

    def _stable(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: self._stable(each)
                for name, each in value.items()
                if name not in self.VARIES and each != ""
            }
        if isinstance(value, list):
            return [self._stable(each) for each in value]
        return value.read() if hasattr(value, "read") else value


def buckets(call):
    call("head_bucket", Bucket="bucket")
    call("create_bucket", Bucket="bucket")
    call("create_bucket", Bucket="bucket")
    call("create_bucket", Bucket="ab")
    call("create_bucket", Bucket="far", CreateBucketConfiguration={"LocationConstraint": "us-east-1"})
    call("head_bucket", Bucket="bucket")
    call("get_bucket_location", Bucket="bucket")
    call("get_bucket_versioning", Bucket="bucket")
    call("list_objects_v2", Bucket="none")
    call("delete_bucket", Bucket="none")
    call("put_object", Bucket="bucket", Key="k", Body=b"")
    call("delete_bucket", Bucket="bucket")
    call("list_buckets")
    call("delete_object", Bucket="bucket", Key="k")
    call("delete_bucket", Bucket="bucket")
    call("list_buckets")


def objects(call):
    call("create_bucket", Bucket="bucket")
    call(
        "put_object", Bucket="bucket", Key="a/1", Body=b"0123456789", ContentType="text/plain",
        Metadata={"one": "1", "two-words": "x y"}, CacheControl="no-cache", ContentDisposition="inline",
    )  # fmt: skip
    call("put_object", Bucket="bucket", Key="empty")
    call("put_object", Bucket="none", Key="x", Body=b"x")
    call("put_object", Bucket="bucket", Key="x", Body=b"body", ContentMD5=MD5)
    for key in ("a/1", "empty", "none"):
        call("head_object", Bucket="bucket", Key=key)
        call("get_object", Bucket="bucket", Key=key)
    for span in ("0-0", "2-5", "5-", "-3", "8-100", "10-", "100-200", "0-4"):
        call("get_object", Bucket="bucket", Key="a/1", Range=f"bytes={span}")
    call("head_object", Bucket="bucket", Key="a/1", Range="bytes=2-5")
    call(
        "get_object", Bucket="bucket", Key="a/1", ResponseContentType="a/b", ResponseCacheControl="max-age=1"
    )
    call("delete_object", Bucket="bucket", Key="none")
    call("delete_object", Bucket="none", Key="none")
    call("delete_objects", Bucket="bucket", Delete={"Objects": [{"Key": "a/1"}, {"Key": "none"}]})
    call("list_objects_v2", Bucket="bucket")


def conditions(call):
    call("create_bucket", Bucket="bucket")
    etag = call("put_object", Bucket="bucket", Key="a/1", Body=b"0123456789")["ETag"]
    for operation in ("get_object", "head_object"):
        for condition in (
            {"IfMatch": etag}, {"IfMatch": '"other"'}, {"IfNoneMatch": etag}, {"IfNoneMatch": '"other"'},
            {"IfModifiedSince": PAST}, {"IfModifiedSince": FUTURE},
            {"IfUnmodifiedSince": PAST}, {"IfUnmodifiedSince": FUTURE},
            {"IfNoneMatch": etag, "IfModifiedSince": PAST},
        ):  # fmt: skip
            call(operation, Bucket="bucket", Key="a/1", **condition)
    call("put_object", Bucket="bucket", Key="a/1", Body=b"new", IfNoneMatch="*")
    call("put_object", Bucket="bucket", Key="a/2", Body=b"new", IfNoneMatch="*")
    call("put_object", Bucket="bucket", Key="a/1", Body=b"new", IfMatch='"other"')
    call("put_object", Bucket="bucket", Key="a/1", Body=b"new", IfMatch=etag)
    call("get_object", Bucket="bucket", Key="a/1")


def copies(call):
    call("create_bucket", Bucket="bucket")
    call("create_bucket", Bucket="second")
    call("put_object", Bucket="bucket", Key="a/1", Body=b"one", ContentType="text/a", Metadata={"m": "1"})
    call("put_object", Bucket="bucket", Key="a b+c/ü", Body=b"odd")
    call("copy_object", Bucket="second", Key="1", CopySource=SOURCE)
    call("copy_object", Bucket="second", Key="2", CopySource="/bucket/a/1", MetadataDirective="REPLACE",
         Metadata={"n": "2"}, ContentType="text/b")  # fmt: skip
    call("copy_object", Bucket="second", Key="3", CopySource={"Bucket": "bucket", "Key": "a b+c/ü"})
    call("copy_object", Bucket="bucket", Key="a/1", CopySource=SOURCE)
    call("copy_object", Bucket="bucket", Key="a/1", CopySource=SOURCE, MetadataDirective="REPLACE",
         Metadata={"n": "3"})  # fmt: skip
    call("copy_object", Bucket="second", Key="4", CopySource={"Bucket": "bucket", "Key": "none"})
    call("copy_object", Bucket="second", Key="4", CopySource={"Bucket": "none", "Key": "none"})
    for key in ("1", "2", "3", "4"):
        call("get_object", Bucket="second", Key=key)
    call("get_object", Bucket="bucket", Key="a/1")


def listings(call):
    call("create_bucket", Bucket="bucket")
    for key in ("a", "a/1", "a/2", "a/b/1", "b/1", "b/é", "c d", "ü", "z//y", "/lead"):
        call("put_object", Bucket="bucket", Key=key, Body=key.encode())
    for arguments in (
        {}, {"Prefix": "a"}, {"Prefix": "a/"}, {"Delimiter": "/"}, {"Prefix": "a/", "Delimiter": "/"},
        {"Prefix": "none"}, {"Delimiter": "/", "Prefix": "b"}, {"Prefix": "", "Delimiter": "1"},
    ):  # fmt: skip
        call("list_objects_v2", Bucket="bucket", **arguments)
        call("list_objects", Bucket="bucket", **arguments)
    call("list_objects_v2", Bucket="bucket", StartAfter="a/1")
    call("list_objects_v2", Bucket="bucket", StartAfter="a/", Delimiter="/")
    call("list_objects_v2", Bucket="bucket", StartAfter="a/1", Delimiter="/")
    call("list_objects", Bucket="bucket", Marker="a/2")


def uploads(call):
    call("create_bucket", Bucket="bucket")
    upload = {"Bucket": "bucket", "Key": "big"}
    made = call("create_multipart_upload", **upload, ContentType="a/b", Metadata={"m": "1"})["UploadId"]
    call("list_multipart_uploads", Bucket="bucket")
    tags = [
        call("upload_part", **upload, UploadId=made, PartNumber=number, Body=body)["ETag"]
        for number, body in ((1, b"a" * 5 * MB), (3, b"b" * 5 * MB), (4, b"c"))
    ]
    parts = [{"PartNumber": n, "ETag": tag} for n, tag in zip((1, 3, 4), tags, strict=True)]
    call("complete_multipart_upload", **upload, UploadId=made, MultipartUpload={"Parts": parts})
    call("head_object", **upload)
    call("get_object", **upload, Range=f"bytes={5 * MB - 2}-{5 * MB + 1}")
    call("get_object", **upload, Range="bytes=-3")
    call("list_parts", **upload, UploadId=made)
    small = call("create_multipart_upload", **upload)["UploadId"]
    tags = [call("upload_part", **upload, UploadId=small, PartNumber=n, Body=b"x")["ETag"] for n in (1, 2)]
    parts = [{"PartNumber": n, "ETag": tag} for n, tag in zip((1, 2), tags, strict=True)]
    call("complete_multipart_upload", **upload, UploadId=small, MultipartUpload={"Parts": parts})
    call("abort_multipart_upload", **upload, UploadId=small)
    call("abort_multipart_upload", **upload, UploadId=small)
    copied = call("create_multipart_upload", Bucket="bucket", Key="copy")["UploadId"]
    part = {"Bucket": "bucket", "Key": "copy", "UploadId": copied, "CopySource": upload}
    call("upload_part_copy", **part, PartNumber=1)
    call("upload_part_copy", **part, PartNumber=2, CopySourceRange="bytes=0-9")
    call("list_parts", Bucket="bucket", Key="copy", UploadId=copied)


def tags(call):
    call("create_bucket", Bucket="bucket")
    tagged = {"Bucket": "bucket", "Key": "t"}
    call("put_object", **tagged, Body=b"x", Tagging="a=1&b=x%20y")
    call("get_object_tagging", **tagged)
    call("put_object_tagging", **tagged, Tagging={"TagSet": [{"Key": "c", "Value": "3"}]})
    call("get_object_tagging", **tagged)
    call("get_object", **tagged)
    call("delete_object_tagging", **tagged)
    call("get_object_tagging", **tagged)
    call("get_object_tagging", Bucket="bucket", Key="none")


@pytest.mark.parametrize("story", [buckets, objects, conditions, copies, listings, uploads, tags])
def test_we_answer_as_moto_does(story, served):
    ours = Caller(served.client())
    story(ours)
    with mock_aws():
        theirs = Caller(boto3.session.Session("test", "test", region_name="us-east-1").client("s3"))
        story(theirs)
    for our, their in zip(ours.outcomes, theirs.outcomes, strict=True):
        assert our == their
