"""The body of an upload: freed of the aws-chunked form, measured, and compared with what its sender says."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterator
from functools import partial
from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.s3.checksums import ALGORITHMS
from course_utils.local_aws.s3.errors import s3_error
from course_utils.local_aws.s3.store import PIECE

CHECKSUM = "x-amz-checksum-"
LARGEST = 5 * 1024**3  # of one PUT
_NO_VALUES = {f"{CHECKSUM}algorithm", f"{CHECKSUM}mode", f"{CHECKSUM}type"}
_LONGEST_LINE = 16 * 1024


class Body:
    """Iterate over it once: pieces of at most 256 KiB, and at the end an error when a checksum differs.

    Signatures are not verified, and so neither is ``x-amz-content-sha256``, which is a part of them.

    Parameters
    ----------
    headers : dict
        What the sender says about the body; names in lower case.
    stream
        To read it from.
    algorithm : str, optional
        Checksum to compute when the headers name none.

    Attributes
    ----------
    checksum : dict
        Afterwards: the ``x-amz-checksum-…`` header, if one was sent or asked for.

    Raises
    ------
    AwsError
        ``EntityTooLarge``, ``InvalidDigest``, ``NotImplemented`` (a checksum unknown here); while iterating:
        ``BadDigest``, ``IncompleteBody``.
    """

    def __init__(self, headers: dict[str, str], stream: Any, algorithm: str | None = None) -> None:
        self._stream = stream
        self._chunked = "aws-chunked" in headers.get("content-encoding", "") or headers.get(
            "x-amz-content-sha256", ""
        ).startswith("STREAMING-")
        length = headers.get("x-amz-decoded-content-length" if self._chunked else "content-length", "")
        self._length = int(length) if length.isascii() and length.isdigit() else None
        if self._length is not None and self._length > LARGEST:
            raise s3_error("EntityTooLarge", ProposedSize=self._length, MaxSizeAllowed=LARGEST)
        self._claims = {
            name: value
            for name, value in headers.items()
            if name.startswith(CHECKSUM) and name not in _NO_VALUES
        }
        trailer = headers.get("x-amz-trailer", "").strip().lower()
        names = {*self._claims, *([trailer] if trailer.startswith(CHECKSUM) else [])}
        self._names = names or ({CHECKSUM + algorithm} if algorithm else set())
        for name in self._names:
            if name.removeprefix(CHECKSUM) not in ALGORITHMS:
                known = sorted(ALGORITHMS)
                raise s3_error(
                    "NotImplemented", texts.s3_checksum_unknown(name.removeprefix(CHECKSUM), known)
                )
        self._md5_claim = _md5(headers["content-md5"]) if "content-md5" in headers else None
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.checksum: dict[str, str] = {}

    @property
    def etag(self) -> str:
        """MD5 of what was read."""
        return self._md5.hexdigest()

    def __iter__(self) -> Iterator[bytes]:
        digests = {name: ALGORITHMS[name.removeprefix(CHECKSUM)]() for name in self._names}
        size = 0
        for piece in self._unchunked() if self._chunked else iter(partial(self._stream.read, PIECE), b""):
            size += len(piece)
            self._md5.update(piece)
            for digest in digests.values():
                digest.update(piece)
            yield piece
        if self._length is not None and size != self._length:
            raise s3_error("IncompleteBody")
        if self._md5_claim not in (None, self._md5.digest()):
            claim = b64encode(self._md5_claim).decode()
            raise s3_error("BadDigest", ExpectedDigest=claim, CalculatedDigest=self.etag)
        self.checksum = {name: b64encode(digest.digest()).decode() for name, digest in digests.items()}
        for name, claim in self._claims.items():
            if self.checksum.get(name) != claim:
                raise s3_error("BadDigest", texts.s3_checksum_differs(name.removeprefix(CHECKSUM)))

    def _unchunked(self) -> Iterator[bytes]:
        """``<hex size>[;chunk-signature=…]``, the data, and so on to size 0; then trailing headers."""
        while size := self._chunk_size():
            while size:
                piece = self._stream.read(min(size, PIECE))
                if not piece:
                    raise s3_error("IncompleteBody")
                size -= len(piece)
                yield piece
            self._line()
        while line := self._line():
            name, _, value = line.partition(":")
            if name.strip().lower() in self._names:
                self._claims[name.strip().lower()] = value.strip()

    def _chunk_size(self) -> int:
        digits = self._line().partition(";")[0]
        if not re.fullmatch("[0-9a-fA-F]{1,16}", digits):
            raise s3_error("IncompleteBody")
        return int(digits, 16)

    def _line(self) -> str:
        return self._stream.readline(_LONGEST_LINE).decode("latin-1").strip()


def _md5(text: str) -> bytes:
    try:
        value = b64decode(text, validate=True)
    except NotBase64:
        value = b""
    if len(value) != 16:
        raise s3_error("InvalidDigest", **{"Content-MD5": text})
    return value
