"""What S3 promises and moto does not: names, checksums, conditions, uploads, presigned addresses, errors."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import random
import threading
import urllib.request
from base64 import b64encode

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from botocore.httpchecksum import AwsChunkedWrapper, Crc32Checksum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course_utils.local_aws.s3.buckets import valid_name
from course_utils.local_aws.s3.checksums import ALGORITHMS
from course_utils.local_aws.s3.store import About

MB = 1024 * 1024


def code(call, *arguments, **named):
    """The error code, its whole description and the HTTP status of a call that must fail."""
    with pytest.raises(ClientError) as error:
        call(*arguments, **named)
    response = error.value.response
    return response["Error"]["Code"], response["Error"], response["ResponseMetadata"]["HTTPStatusCode"]


def send(served, method, path, body=b"", **headers):
    """One request without boto3: status, headers, body."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, response.headers, content


# --- names --------------------------------------------------------------------------------------------------

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8) | st.sampled_from(
    [
        "..",
        ".",
        "../../etc/passwd",
        "a//b",
        "/",
        "//",
        " ",
        "a b",
        "+",
        "%2F",
        "a%",
        "?x",
        "#",
        "ü/é",
        "\U0010ffff",
    ]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(NAMES, min_size=1, max_size=6, unique=True))
def test_any_text_is_a_key_and_none_is_a_path(served, s3, names):
    client = s3
    outside = sorted(p for p in served.folder.parent.rglob("*") if served.folder not in (p, *p.parents))
    for name in names:
        client.put_object(Bucket="bucket", Key=name, Body=name.encode(), Metadata={"a": "b"})
    for name in names:
        assert client.get_object(Bucket="bucket", Key=name)["Body"].read() == name.encode()
        assert client.head_object(Bucket="bucket", Key=name)["Metadata"] == {"a": "b"}
    listed = [each["Key"] for each in client.list_objects_v2(Bucket="bucket")["Contents"]]
    assert listed == sorted(names, key=str.encode)
    assert outside == sorted(
        p for p in served.folder.parent.rglob("*") if served.folder not in (p, *p.parents)
    )
    for name in names:
        client.delete_object(Bucket="bucket", Key=name)
    assert list(served.files.iterdir()) == []


KEYS = st.lists(st.text("ab/-é\U0010ffff", min_size=1, max_size=5), max_size=25, unique=True)
PREFIXES, DELIMITERS = st.sampled_from(["", "a", "a/", "b", "/", "é"]), st.sampled_from(["", "/", "-", "a/"])
STARTS = st.sampled_from(["", "a", "a/", "a/b", "b-", "/"])


def listing(keys, prefix, delimiter, after):
    """What S3 documents, in plain Python."""

    def entry(key):
        place = key.find(delimiter, len(prefix)) if delimiter else -1
        return key if place < 0 else key[: place + len(delimiter)]

    entries = sorted({entry(key) for key in keys if key.startswith(prefix)}, key=str.encode)
    return [each for each in entries if each.encode() > after.encode()]


def keep_only(store, keys):
    for found in store.list("bucket")[0]:
        store.delete("bucket", found.name)
    for key in keys:
        store.put("bucket", key, [], "etag", About())


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=KEYS, prefix=PREFIXES, delimiter=DELIMITERS, after=STARTS, size=st.integers(1, 7))
def test_a_listing_is_what_plain_python_makes_of_the_keys(served, keys, prefix, delimiter, after, size):
    served.store.create_bucket("bucket", "us-east-1")
    keep_only(served.store, keys)
    got, place, more = [], after, True
    while more:
        page, more = served.store.list("bucket", prefix, delimiter, place, size)
        assert len(page) == size or not more
        got += [each.name for each in page]
        place = got[-1] if got else ""
    assert got == listing(keys, prefix, delimiter, after)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=KEYS, prefix=PREFIXES, delimiter=DELIMITERS, after=STARTS, version=st.sampled_from([1, 2]))
def test_pages_of_a_listing(served, s3, keys, prefix, delimiter, after, version):
    keep_only(served.store, keys)
    operation, start = (("list_objects", "Marker"), ("list_objects_v2", "StartAfter"))[version - 1]
    pages = s3.get_paginator(operation).paginate(
        Bucket="bucket",
        Prefix=prefix,
        Delimiter=delimiter,
        PaginationConfig={"PageSize": 3},
        **{start: after},
    )
    got = []
    for page in pages:
        here = [each["Key"] for each in page.get("Contents", [])]
        here += [each["Prefix"] for each in page.get("CommonPrefixes", [])]
        assert len(here) <= 3
        got += sorted(here, key=str.encode)
    assert got == listing(keys, prefix, delimiter, after)


def test_an_error_can_be_read_whatever_the_key(s3):
    for key in ("a\x01b", "\ufffe", "<&>", "\r\n"):
        assert code(s3.get_object, Bucket="bucket", Key=key)[:1] == ("NoSuchKey",)
        s3.put_object(Bucket="bucket", Key=key)


def test_names_of_buckets():
    for name in ("abc", "a-b.c", "sagemaker-us-east-1-123456789012", "a" * 63):
        assert valid_name(name), name
    for name in ("ab", "a" * 64, "Abc", "a_b", "a..b", "-ab", "ab-", "1.2.3.4", "xn--abc", "a b", "ab\n"):
        assert not valid_name(name), name


def test_buckets_elsewhere(served, s3):
    assert code(s3.create_bucket, Bucket="Wrong_Name")[0] == "InvalidBucketName"
    there = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    assert code(s3.create_bucket, Bucket="far", **there)[0] == "IllegalLocationConstraintException"
    europe = served.client("eu-west-1")
    assert code(europe.create_bucket, Bucket="far")[0] == "IllegalLocationConstraintException"
    europe.create_bucket(Bucket="far", **there)
    assert code(europe.create_bucket, Bucket="far", **there)[::2] == ("BucketAlreadyOwnedByYou", 409)
    assert europe.get_bucket_location(Bucket="far")["LocationConstraint"] == "eu-west-1"
    assert s3.head_bucket(Bucket="far")["BucketRegion"] == "eu-west-1"
    assert code(s3.head_bucket, Bucket="bucket", ExpectedBucketOwner="1" * 12)[2] == 403
    s3.head_bucket(Bucket="bucket", ExpectedBucketOwner="123456789012")


def test_a_bucket_in_the_host_name(served, s3):
    s3.put_object(Bucket="bucket", Key="a/b", Body=b"x")
    for host in ("bucket.localhost", "bucket.s3.localhost:80", "bucket.s3.us-east-1.localhost"):
        assert send(served, "GET", "/a/b", Host=host)[2] == b"x"
    assert send(served, "GET", "/bucket/a/b", Host="localhost:80")[2] == b"x"
    assert send(served, "GET", f"{served.url}/bucket/a/b")[2] == b"x"
    assert send(served, "GET", "/bucket/%ff")[0] == 400


# --- bodies and their checksums -----------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "MD5"])
def test_checksums_are_checked_and_come_back(served, s3, algorithm):
    body = random.Random(1).randbytes(3 * MB + 12345)
    digest = ALGORITHMS[algorithm.lower()]()
    digest.update(body)
    claim, name = b64encode(digest.digest()).decode(), f"x-amz-checksum-{algorithm.lower()}"
    path = "/bucket/k"
    assert send(served, "PUT", path, body, **{name: claim})[0] == 200
    status, headers, got = send(served, "GET", path, **{"x-amz-checksum-mode": "ENABLED"})
    assert (status, headers[name], got) == (200, claim, body)
    assert send(served, "GET", path)[1].get(name) is None
    status, _, error = send(served, "PUT", path, body + b"!", **{name: claim})
    assert status == 400
    assert b"<Code>BadDigest</Code>" in error
    assert f"The {algorithm} you specified did not match".encode() in error
    assert s3.head_object(Bucket="bucket", Key="k")["ContentLength"] == len(body)


def test_crcs_agree_with_published_values():
    # The check values of the catalogue of parametrised CRC algorithms, for the digits 1 to 9
    for algorithm, value in {
        "crc32": "cbf43926",
        "crc32c": "e3069283",
        "crc64nvme": "ae8b14860a799888",
    }.items():
        digest = ALGORITHMS[algorithm]()
        digest.update(b"1234")
        digest.update(b"56789")
        assert digest.digest().hex() == value


@pytest.mark.parametrize("size", [0, 5, 255, 256, 1023, 1025, 70_000])
def test_the_vectorised_crc_is_the_plain_one(size):
    data, split = random.Random(size).randbytes(size), size // 3
    for algorithm in ("crc32c", "crc64nvme"):
        whole, bytewise = ALGORITHMS[algorithm](), ALGORITHMS[algorithm]()
        whole.update(data[:split])
        whole.update(data[split:])
        for place in range(0, size, 100):
            bytewise.update(data[place : place + 100])
        assert whole.digest() == bytewise.digest()


def test_the_md5_of_a_body_is_checked(s3):
    md5 = b64encode(hashlib.md5(b"body").digest()).decode()
    s3.put_object(Bucket="bucket", Key="k", Body=b"body", ContentMD5=md5)
    assert code(s3.put_object, Bucket="bucket", Key="k", Body=b"other", ContentMD5=md5)[0] == "BadDigest"
    assert code(s3.put_object, Bucket="bucket", Key="k", Body=b"x", ContentMD5="x")[0] == "InvalidDigest"
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"body"


@pytest.mark.parametrize("size", [0, 1, 3 * MB + 7])
def test_aws_chunked_bodies_are_unwrapped(served, s3, size):
    """Wrapped by botocore itself, as it does over HTTPS."""
    body = random.Random(2).randbytes(size)
    wrapped = AwsChunkedWrapper(
        io.BytesIO(body), checksum_cls=Crc32Checksum, checksum_name="x-amz-checksum-crc32", chunk_size=100_000
    ).read()
    headers = {
        "Content-Encoding": "gzip,aws-chunked",
        "X-Amz-Trailer": "x-amz-checksum-crc32",
        "X-Amz-Decoded-Content-Length": str(size),
        "X-Amz-Content-SHA256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    }
    assert send(served, "PUT", "/bucket/k", wrapped, **headers)[0] == 200
    _, got, content = send(served, "GET", "/bucket/k", **{"x-amz-checksum-mode": "ENABLED"})
    assert content == body
    assert got["Content-Encoding"] == "gzip"
    checksum = Crc32Checksum()
    checksum.update(body)
    assert got["x-amz-checksum-crc32"] == checksum.b64digest()
    if size:
        spoilt = wrapped.replace(checksum.b64digest().encode(), b"AAAAAA==")
        assert b"BadDigest" in send(served, "PUT", "/bucket/k", spoilt, **headers)[2]
        short = {**headers, "X-Amz-Decoded-Content-Length": str(size + 1)}
        assert b"IncompleteBody" in send(served, "PUT", "/bucket/k", wrapped, **short)[2]
        assert b"IncompleteBody" in send(served, "PUT", "/bucket/k", b"zz" + wrapped, **headers)[2]
    assert len(list(served.files.iterdir())) == 1


def test_signed_chunks_are_read_too(served, s3):
    signature = ";chunk-signature=" + "0" * 64
    body = f"5{signature}\r\nhello\r\n3{signature}\r\n a!\r\n0{signature}\r\n\r\n".encode()
    headers = {
        "X-Amz-Decoded-Content-Length": "8",
        "X-Amz-Content-SHA256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    }
    assert send(served, "PUT", "/bucket/k", body, **headers)[0] == 200
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"hello a!"


def test_metadata_keeps_its_names(served, s3):
    assert send(served, "PUT", "/bucket/k", b"", **{"x-amz-meta-a": "1"})[0] == 200
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    connection.request(
        "PUT", "/bucket/k", b"", {"x-amz-meta-with_underscore": "2", "Cache-Control": "no-cache"}
    )
    assert connection.getresponse().status == 200
    connection.close()
    head = s3.head_object(Bucket="bucket", Key="k")
    assert head["Metadata"] == {"with_underscore": "2"}
    assert head["CacheControl"] == "no-cache"
    assert code(s3.put_object, Bucket="bucket", Key="k", Metadata={"a": "b" * 2048})[0] == "MetadataTooLarge"
    assert code(s3.put_object, Bucket="bucket", Key="k" * 1025)[0] == "KeyTooLongError"


def test_a_header_cannot_begin_another_one(served, s3):
    s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    status, headers, _ = send(served, "GET", "/bucket/k?response-content-type=a%0d%0aX-Evil:%201")
    assert status == 200
    assert "X-Evil" not in headers


# --- reading ------------------------------------------------------------------------------------------------


def test_ranges_that_s3_ignores(served, s3):
    s3.put_object(Bucket="bucket", Key="k", Body=b"0123456789")
    for span in ("bytes=5-2", "bytes=0-1,3-4", "lines=1-2", "bytes=-"):
        assert send(served, "GET", "/bucket/k", Range=span)[::2] == (200, b"0123456789")
    status, headers, body = send(served, "GET", "/bucket/k", Range="bytes=-100")
    assert (status, headers["Content-Range"], body) == (206, "bytes 0-9/10", b"0123456789")
    error = code(s3.get_object, Bucket="bucket", Key="k", Range="bytes=10-")
    assert error[2] == 416
    assert (error[1]["ActualObjectSize"], error[1]["RangeRequested"]) == ("10", "bytes=10-")


def test_if_match_outweighs_the_date(s3):
    etag = s3.put_object(Bucket="bucket", Key="k")["ETag"]
    s3.get_object(Bucket="bucket", Key="k", IfMatch=etag, IfUnmodifiedSince="Mon, 01 Jan 2001 00:00:00 GMT")


def test_an_object_can_be_replaced_and_deleted_while_it_is_read(served, s3):
    s3.put_object(Bucket="bucket", Key="k", Body=b"old" * MB)
    _, first = served.store.open("bucket", "k")
    _, second = served.store.open("bucket", "k")
    s3.put_object(Bucket="bucket", Key="k", Body=b"new")
    s3.delete_object(Bucket="bucket", Key="k")
    assert b"".join(first.pieces()) == b"old" * MB
    assert len(list(served.files.iterdir())) == 1
    second.close()
    assert list(served.files.iterdir()) == []


def test_presigned_addresses(served, s3):
    put = s3.generate_presigned_url("put_object", {"Bucket": "bucket", "Key": "a b", "ContentType": "text/x"})
    request = urllib.request.Request(put, b"body", {"Content-Type": "text/x"}, method="PUT")
    assert urllib.request.urlopen(request).status == 200
    parameters = {"Bucket": "bucket", "Key": "a b", "ResponseContentType": "text/y"}
    with urllib.request.urlopen(s3.generate_presigned_url("get_object", parameters)) as reply:
        assert (reply.read(), reply.headers["Content-Type"]) == (b"body", "text/y")


# --- multipart uploads --------------------------------------------------------------------------------------


def begin(s3, **more):
    return {
        "Bucket": "bucket",
        "Key": "big",
        "UploadId": s3.create_multipart_upload(Bucket="bucket", Key="big", **more)["UploadId"],
    }


def test_only_the_named_parts_in_order_make_the_object(served, s3):
    upload = begin(s3)
    tags = {
        number: s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"]
        for number, body in ((1, b"old"), (1, b"a" * 5 * MB), (2, b"unused"), (9, b"z"))
    }

    def complete(*numbers, **other):
        parts = [
            {"PartNumber": number, "ETag": other.get("tag", tags.get(number, "x"))} for number in numbers
        ]
        return s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})

    assert code(complete, 9, 1)[0] == "InvalidPartOrder"
    assert code(complete, 1, 3)[0] == "InvalidPart"
    assert code(complete, 1, tag='"x"')[0] == "InvalidPart"
    assert code(complete, 2, 9)[0] == "EntityTooSmall"
    assert code(complete)[0] == "MalformedXML"
    assert code(s3.upload_part, **{**upload, "UploadId": "none"}, PartNumber=1)[::2] == ("NoSuchUpload", 404)
    assert code(s3.upload_part, **upload, PartNumber=10_001)[0] == "InvalidArgument"
    complete(1, 9)
    assert s3.get_object(Bucket="bucket", Key="big")["Body"].read() == b"a" * 5 * MB + b"z"
    assert len(list(served.files.iterdir())) == 2
    part = s3.get_object(Bucket="bucket", Key="big", PartNumber=2)
    assert (part["Body"].read(), part["PartsCount"]) == (b"z", 2)
    assert code(s3.get_object, Bucket="bucket", Key="big", PartNumber=3)[2] == 416
    s3.copy_object(Bucket="bucket", Key="plain", CopySource={"Bucket": "bucket", "Key": "big"})
    assert "-" not in s3.head_object(Bucket="bucket", Key="plain")["ETag"]


@pytest.mark.parametrize(("algorithm", "kind"), [
    ("CRC32", "COMPOSITE"), ("SHA256", "COMPOSITE"), ("CRC32", "FULL_OBJECT"), ("CRC64NVME", "FULL_OBJECT"),
])  # fmt: skip
def test_the_checksum_of_an_upload(served, s3, algorithm, kind):
    name = f"x-amz-checksum-{algorithm.lower()}"
    headers = {"x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": kind}
    _, _, answer = send(served, "POST", "/bucket/big?uploads", **headers)
    upload = answer.partition(b"<UploadId>")[2].partition(b"<")[0].decode()
    bodies, parts, digests = [random.Random(3).randbytes(5 * MB), b"the end"], "", b""
    for number, body in enumerate(bodies, 1):
        path = f"/bucket/big?partNumber={number}&uploadId={upload}"
        status, got, _ = send(served, "PUT", path, body)
        assert status == 200
        digest = ALGORITHMS[algorithm.lower()]()
        digest.update(body)
        assert got[name] == b64encode(digest.digest()).decode()
        digests += digest.digest()
        parts += f"<Part><PartNumber>{number}</PartNumber><ETag>{got['ETag']}</ETag></Part>"
    whole = ALGORITHMS[algorithm.lower()]()
    whole.update(digests if kind == "COMPOSITE" else b"".join(bodies))
    expected = b64encode(whole.digest()).decode() + ("-2" if kind == "COMPOSITE" else "")
    xml = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
    path = f"/bucket/big?uploadId={upload}"
    assert b"BadDigest" in send(served, "POST", path, xml, **{name: "AAAA"})[2]
    assert expected.encode() in send(served, "POST", path, xml)[2]
    _, got, _ = send(served, "HEAD", "/bucket/big", **{"x-amz-checksum-mode": "ENABLED"})
    assert (got[name], got["x-amz-checksum-type"]) == (expected, kind)


def test_the_transfer_manager(served, s3, tmp_path):
    data = random.Random(4).randbytes(64 * MB + 3)
    (tmp_path / "up").write_bytes(data)
    config = TransferConfig(multipart_threshold=5 * MB, multipart_chunksize=5 * MB, max_concurrency=4)
    s3.upload_file(str(tmp_path / "up"), "bucket", "big", Config=config, ExtraArgs={"Metadata": {"a": "b"}})
    assert s3.head_object(Bucket="bucket", Key="big")["ETag"].endswith('-13"')
    s3.download_file("bucket", "big", str(tmp_path / "down"), Config=config)
    assert (tmp_path / "down").read_bytes() == data
    s3.copy({"Bucket": "bucket", "Key": "big"}, "bucket", "copy", Config=config)
    body = s3.get_object(Bucket="bucket", Key="copy")["Body"]
    assert hashlib.md5(body.read()).digest() == hashlib.md5(data).digest()
    assert s3.list_multipart_uploads(Bucket="bucket").get("Uploads", []) == []


def test_uploads_and_parts_are_listed_in_pages(s3):
    for key in ("a", "b", "b", "c/d"):
        s3.create_multipart_upload(Bucket="bucket", Key=key)
    pages = s3.get_paginator("list_multipart_uploads").paginate(
        Bucket="bucket", PaginationConfig={"PageSize": 1}
    )
    uploads = [each for page in pages for each in page["Uploads"]]
    assert [each["Key"] for each in uploads] == ["a", "b", "b", "c/d"]
    assert len({each["UploadId"] for each in uploads}) == 4
    assert [each["Key"] for each in s3.list_multipart_uploads(Bucket="bucket", Prefix="c/")["Uploads"]] == [
        "c/d"
    ]
    upload = begin(s3)
    for number in (2, 1, 5):
        s3.upload_part(**upload, PartNumber=number, Body=b"x" * number)
    pages = s3.get_paginator("list_parts").paginate(**upload, PaginationConfig={"PageSize": 2})
    assert [(each["PartNumber"], each["Size"]) for page in pages for each in page["Parts"]] == [
        (1, 1),
        (2, 2),
        (5, 5),
    ]
    s3.delete_bucket(Bucket="bucket")


# --- the rest -----------------------------------------------------------------------------------------------


def test_what_is_not_offered_says_what_is(served, s3):
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    name, error, status = code(s3.put_bucket_policy, Bucket="bucket", Policy=policy)
    assert (name, status) == ("NotImplemented", 501)
    assert "does not offer PUT ?policy. It has: CreateBucket" in error["Message"]
    assert "PutObject" in code(s3.restore_object, Bucket="bucket", Key="k")[1]["Message"]
    assert code(s3.put_object, Bucket="bucket", Key="k", Body=b"", ObjectLockMode="GOVERNANCE",
                ObjectLockRetainUntilDate="2101-01-01")[0] == "NotImplemented"  # fmt: skip
    assert send(served, "PUT", "/bucket/k", b"", **{"x-amz-checksum-xxhash3": "x"})[0] == 501
    assert b"MalformedXML" in send(served, "POST", "/bucket?delete", b"<a>")[2]
    assert b"InvalidArgument" in send(served, "GET", "/bucket?list-type=2&max-keys=x")[2]
    assert send(served, "GET", "/bucket?list-type=2&max-keys=0")[2].count(b"<IsTruncated>false") == 1


def test_versions_are_listed_as_one_each(s3):
    s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    [version] = s3.list_object_versions(Bucket="bucket")["Versions"]
    assert (version["Key"], version["VersionId"], version["IsLatest"]) == ("k", "null", True)
    assert s3.get_bucket_acl(Bucket="bucket")["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert s3.get_object_acl(Bucket="bucket", Key="k")["Grants"][0]["Grantee"]["Type"] == "CanonicalUser"
    quiet = {"Objects": [{"Key": "k"}], "Quiet": True}
    assert "Deleted" not in s3.delete_objects(Bucket="bucket", Delete=quiet)


def test_of_many_writers_who_must_be_first_one_is(served, s3):
    outcomes = []

    def write(number):
        try:
            s3.put_object(Bucket="bucket", Key="k", Body=b"%d" % number, IfNoneMatch="*")
            outcomes.append(number)
        except ClientError as error:
            outcomes.append(error.response["Error"]["Code"])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [winner] = [each for each in outcomes if isinstance(each, int)]
    assert outcomes.count("PreconditionFailed") == 5
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"%d" % winner
    assert len(list(served.files.iterdir())) == 1
