"""Cuts an object of a batch transform job into the payloads of its requests, a little at a time.

A *record* is a line, one RecordIO record, or a whole object that is not split. A *payload* is what one
request carries: one record (``SingleRecord``), or as many as ``MaxPayloadInMB`` leaves room for
(``MultiRecord``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from course_utils.local_aws import texts
from course_utils.recordio.framing import (
    FIRST,
    LAST,
    LENGTH_LIMIT,
    MAGIC_BYTES,
    WHOLE,
    RecordIOError,
    bad_record,
    padded,
)

MB = 1024 * 1024


class BadInput(Exception):
    """An object that cannot be cut; the text is for the learner."""


def payloads(stream: BinaryIO, split: str, *, limit: int, single: bool) -> Iterator[list[bytes]]:
    """The payloads of one object, each as a list of its records.

    Where a payload has one record, RecordIO loses its frames: SageMaker documents of TransformInput that
    "padding is removed" then, and a real job that sent its algorithm such payloads failed to be understood.

    Parameters
    ----------
    stream : binary file
        Read once, from front to end; about ``limit`` bytes of it are held at a time.
    split : str
        ``SplitType``: ``None``, ``Line`` or ``RecordIO``.
    limit : int
        Most bytes of a payload.
    single : bool
        One record a payload.

    Raises
    ------
    BadInput
        For a record that is larger than ``limit``, and for bytes that are not RecordIO.
    """
    try:
        payload: list[bytes] = []
        size = 0
        for record in _records(stream, split, limit, framed=not single):
            if payload and (single or size + len(record) > limit):
                yield payload
                payload, size = [], 0
            payload.append(record)
            size += len(record)
        if payload:
            yield payload
    except RecordIOError as error:
        raise BadInput(str(error)) from error


def _records(stream: BinaryIO, split: str, limit: int, *, framed: bool) -> Iterator[bytes]:
    if split == "Line":
        return _lines(stream, limit)
    if split == "RecordIO":
        return _recordio(stream, limit, framed=framed)
    return iter([_checked(stream.read(limit + 1), limit)])


def _checked(record: bytes, limit: int) -> bytes:
    if len(record) > limit:
        raise BadInput(texts.record_too_large(limit // MB))
    return record


def _lines(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """Lines with their ends; blank ones hold no record."""
    while line := stream.readline(limit + 1):
        if _checked(line, limit).strip():
            yield line


def _recordio(stream: BinaryIO, limit: int, *, framed: bool) -> Iterator[bytes]:
    """Records, each of one frame or of several parts."""
    number = offset = 0
    parts: list[bytes] = []
    while head := stream.read(8):
        marker, content = _frame(stream, head, number, offset, limit)
        if marker > LAST or (marker in (WHOLE, FIRST)) == bool(parts):
            raise bad_record(number, offset, f"part marker {marker} is out of place.")
        offset += 8 + padded(len(content))
        parts.append(head + content + bytes(-len(content) % 4) if framed else content)
        if marker in (WHOLE, LAST):  # the writer cut out a magic number between two parts
            yield _checked((b"" if framed else MAGIC_BYTES).join(parts), limit)
            parts, number = [], number + 1
    if parts:
        raise bad_record(number, offset, "the object ends before the last part of this record.")


def _frame(stream: BinaryIO, head: bytes, number: int, offset: int, limit: int) -> tuple[int, bytes]:
    """Part marker and content of the frame that begins with ``head``."""
    if head[:4] != MAGIC_BYTES or len(head) < 8:
        raise bad_record(
            number,
            offset,
            f"expected the magic number {MAGIC_BYTES.hex(' ')} and a length, found {head.hex(' ')}. "
            "Is this RecordIO? If not, choose another SplitType.",
        )
    word = int.from_bytes(head[4:], "little")
    marker, length = word >> 29, word & (LENGTH_LIMIT - 1)
    content = stream.read(min(padded(length), limit + 1))
    _checked(content, limit)
    if len(content) < padded(length):
        raise bad_record(
            number, offset, f"it announces {length} bytes, but the object ends after {len(content)} more."
        )
    return marker, content[:length]
