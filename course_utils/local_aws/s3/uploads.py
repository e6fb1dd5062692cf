"""Multipart uploads: Create, UploadPart, UploadPartCopy, Complete, Abort, and their listings."""

from __future__ import annotations

import hashlib
import time
from base64 import b64decode
from dataclasses import replace
from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.s3 import checksums
from course_utils.local_aws.s3.body import CHECKSUM, Body
from course_utils.local_aws.s3.buckets import OWNER, encoder
from course_utils.local_aws.s3.errors import s3_error
from course_utils.local_aws.s3.objects import (
    byte_range,
    checksum_elements,
    conditions,
    copy_result,
    copy_source,
    described,
)
from course_utils.local_aws.s3.store import About, ObjectStore, Part, Upload
from course_utils.local_aws.s3.wire import Reply, Request, quoted, timestamp, xml_reply

_ALGORITHM, _TYPE = f"{CHECKSUM}algorithm", f"{CHECKSUM}type"
_SMALLEST = 5 * 1024**2  # of every part but the last
_MOST_PARTS = 10_000
_PAGE = 1000


def create_multipart_upload(store: ObjectStore, request: Request) -> Reply:
    about = described(request)
    algorithm = request.headers.get(_ALGORITHM, "").lower()
    if algorithm:
        if algorithm not in checksums.ALGORITHMS:
            raise s3_error(
                "NotImplemented", texts.s3_checksum_unknown(algorithm, sorted(checksums.ALGORITHMS))
            )
        kind = request.headers.get(_TYPE, "FULL_OBJECT" if algorithm == "crc64nvme" else "COMPOSITE").upper()
        if kind == "FULL_OBJECT" and not checksums.has_full_object(algorithm):
            raise s3_error("InvalidRequest", texts.s3_checksum_type(kind, algorithm))
        about = replace(about, checksum={_ALGORITHM: algorithm.upper(), _TYPE: kind})
    upload = store.begin_upload(request.bucket, request.key, about)
    content = {"Bucket": request.bucket, "Key": request.key, "UploadId": upload}
    return xml_reply("InitiateMultipartUploadResult", content, about.checksum)


def _upload(store: ObjectStore, request: Request) -> Upload:
    return store.upload(request.bucket, request.key, request.query.get("uploadId", ""))


def _algorithm(upload: Upload) -> str | None:
    return upload.about.checksum.get(_ALGORITHM, "").lower() or None


def upload_part(store: ObjectStore, request: Request) -> Reply:
    upload = _upload(store, request)
    number = _part_number(request)
    if "x-amz-copy-source" in request.headers:
        return _upload_part_copy(store, request, upload, number)
    part = _save(store, upload, number, Body(request.headers, request.stream, _algorithm(upload)))
    return Reply(200, {"ETag": quoted(part.etag), "Content-Length": "0", **part.checksum})


def _part_number(request: Request) -> int:
    text = request.query.get("partNumber", "")
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST_PARTS):
        raise s3_error(
            "InvalidArgument",
            texts.S3_PART_NUMBER_INVALID,
            ArgumentName="partNumber",
            ArgumentValue=text,
        )
    return int(text)


def _upload_part_copy(store: ObjectStore, request: Request, upload: Upload, number: int) -> Reply:
    _, found, reader = copy_source(store, request)
    with reader:
        if header := request.headers.get("x-amz-copy-source-range"):
            span = byte_range(header, found.size)
            if span is None or header != f"bytes={span[0]}-{span[1] - 1}":
                raise s3_error(
                    "InvalidArgument",
                    texts.S3_COPY_RANGE_INVALID,
                    ArgumentName="x-amz-copy-source-range",
                    ArgumentValue=header,
                )
            reader.limit(*span)
        part = _save(store, upload, number, Body({}, reader, _algorithm(upload)))
    return xml_reply("CopyPartResult", copy_result(part.etag, part.modified, part.checksum))


def _save(store: ObjectStore, upload: Upload, number: int, body: Body) -> Part:
    file = store.save(body)
    part = Part(number, file, body.etag, time.time(), body.checksum)
    store.add_part(upload, part)
    return part


def complete_multipart_upload(store: ObjectStore, request: Request) -> Reply:
    upload = _upload(store, request)
    chosen = _chosen_parts(store, upload, request)
    digest = hashlib.md5(b"".join(bytes.fromhex(part.etag) for part in chosen), usedforsecurity=False)
    about = replace(upload.about, checksum=_whole_checksum(upload, chosen, request))
    allow = conditions(request.headers)
    new = store.complete(upload, chosen, f"{digest.hexdigest()}-{len(chosen)}", about, allow)
    content = {
        "Location": f"http://{request.headers.get('host', 'localhost')}/{request.bucket}/{request.key}",
        "Bucket": request.bucket,
        "Key": request.key,
        "ETag": quoted(new.etag),
        **checksum_elements(about.checksum),
    }
    return xml_reply("CompleteMultipartUploadResult", content)


def _chosen_parts(store: ObjectStore, upload: Upload, request: Request) -> list[Part]:
    """The parts that the request names.

    Raises
    ------
    AwsError
        ``MalformedXML``, ``InvalidPart``, ``InvalidPartOrder``, ``EntityTooSmall``.
    """
    here = {part.number: part for part in store.parts(upload.id)}
    chosen: list[Part] = []
    for each in request.xml().findall("Part"):
        number, etag = each.findtext("PartNumber") or "", (each.findtext("ETag") or "").strip('"')
        if not (number.isascii() and number.isdigit()):
            raise s3_error("MalformedXML")
        part = here.get(int(number))
        if part is None or part.etag != etag:
            raise s3_error("InvalidPart", UploadId=upload.id, PartNumber=number, ETag=etag)
        if chosen and chosen[-1].number >= part.number:
            raise s3_error("InvalidPartOrder", UploadId=upload.id)
        chosen.append(part)
    if not chosen:
        raise s3_error("MalformedXML")
    for part in chosen[:-1]:
        if part.file.size < _SMALLEST:
            raise s3_error(
                "EntityTooSmall",
                ETag=part.etag,
                MinSizeAllowed=_SMALLEST,
                PartNumber=part.number,
                ProposedSize=part.file.size,
            )
    return chosen


def _whole_checksum(upload: Upload, parts: list[Part], request: Request) -> dict[str, str]:
    algorithm = _algorithm(upload)
    if algorithm is None:
        return {}
    name, kind = CHECKSUM + algorithm, upload.about.checksum[_TYPE]
    of_parts = [(b64decode(part.checksum.get(name, "")), part.file.size) for part in parts]
    if kind == "FULL_OBJECT":
        whole = checksums.of_whole(algorithm, of_parts)
    else:
        whole = checksums.of_parts(algorithm, [digest for digest, _ in of_parts])
    if request.headers.get(name, whole) != whole:
        raise s3_error("BadDigest", texts.s3_checksum_differs(algorithm))
    return {name: whole, _TYPE: kind}


def abort_multipart_upload(store: ObjectStore, request: Request) -> Reply:
    store.abort(_upload(store, request))
    return Reply(204)


def list_parts(store: ObjectStore, request: Request) -> Reply:
    upload = _upload(store, request)
    marker, limit = request.number("part-number-marker", 0), min(request.number("max-parts", _PAGE), _PAGE)
    parts = [part for part in store.parts(upload.id) if part.number > marker]
    page = parts[:limit]
    return xml_reply(
        "ListPartsResult",
        {
            "Bucket": upload.bucket,
            "Key": upload.key,
            "UploadId": upload.id,
            "Initiator": OWNER,
            "Owner": OWNER,
            "StorageClass": upload.about.headers.get("x-amz-storage-class", "STANDARD"),
            "PartNumberMarker": marker,
            "NextPartNumberMarker": page[-1].number if page else 0,
            "MaxParts": limit,
            "IsTruncated": len(parts) > len(page),
            "Part": [
                {
                    "PartNumber": part.number,
                    "LastModified": timestamp(part.modified),
                    "ETag": quoted(part.etag),
                    "Size": part.file.size,
                    **checksum_elements(part.checksum),
                }
                for part in page
            ],
            **_checksum_settings(upload.about),
        },
    )


def _checksum_settings(about: About) -> dict[str, str | None]:
    return {
        "ChecksumAlgorithm": about.checksum.get(_ALGORITHM),
        "ChecksumType": about.checksum.get(_TYPE),
    }


def list_multipart_uploads(store: ObjectStore, request: Request) -> Reply:
    query = request.query
    show = encoder(query)
    marker, limit = query.get("key-marker", ""), min(request.number("max-uploads", _PAGE), _PAGE)
    uploads = store.uploads(request.bucket, query.get("prefix", ""))
    begun = _place(uploads, marker, query.get("upload-id-marker", "")) if marker else 0
    page, more = uploads[begun : begun + limit], len(uploads) > begun + limit
    return xml_reply(
        "ListMultipartUploadsResult",
        {
            "Bucket": request.bucket,
            "KeyMarker": show(marker),
            "UploadIdMarker": query.get("upload-id-marker", ""),
            "NextKeyMarker": show(page[-1].key) if more and page else None,
            "NextUploadIdMarker": page[-1].id if more and page else None,
            "Prefix": show(query.get("prefix", "")),
            "MaxUploads": limit,
            "EncodingType": query.get("encoding-type"),
            "IsTruncated": more,
            "Upload": [
                {
                    "UploadId": each.id,
                    "Key": show(each.key),
                    "Initiator": OWNER,
                    "Owner": OWNER,
                    "StorageClass": each.about.headers.get("x-amz-storage-class", "STANDARD"),
                    "Initiated": timestamp(each.started),
                    **_checksum_settings(each.about),
                }
                for each in page
            ],
        },
    )


def _place(uploads: list[Upload], key: str, upload: str) -> int:
    """Where a listing goes on behind ``key``, or behind one of several uploads of ``key``."""
    for place, each in enumerate(uploads):
        if each.key.encode() > key.encode() or (
            each.key == key and upload and _before(uploads, place, upload)
        ):
            return place
    return len(uploads)


def _before(uploads: list[Upload], place: int, upload: str) -> bool:
    return any(each.id == upload for each in uploads[:place])


BUCKET_OPERATIONS: dict[tuple[str, str], Any] = {("GET", "uploads"): list_multipart_uploads}
OBJECT_OPERATIONS: dict[tuple[str, str], Any] = {
    ("POST", "uploads"): create_multipart_upload,
    ("PUT", "uploadId"): upload_part,
    ("POST", "uploadId"): complete_multipart_upload,
    ("DELETE", "uploadId"): abort_multipart_upload,
    ("GET", "uploadId"): list_parts,
}
