"""The byte microscope: what every byte of a record means."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from course_utils.recordio.framing import MAGIC_BYTES, find_frames, padded
from course_utils.recordio.protobuf import (
    FEATURES,
    FIXED32,
    FLOAT32_TENSOR,
    KEYS,
    LABEL,
    LENGTH,
    SHAPE,
    TENSOR_NAMES,
    VALUES,
    Field,
    WireError,
    read_fields,
    read_varint,
)


@dataclass(frozen=True)
class Segment:
    """Bytes ``start`` to ``stop`` (exclusive) of a file, and what they mean.

    ``name`` says where in the record they stand (``features.values.keys[1]``), ``value`` what they decode to,
    ``meaning`` explains them in a sentence.
    """

    start: int
    stop: int
    name: str
    value: object
    meaning: str


def inspect(data: bytes, record: int = 0) -> list[Segment]:
    """Explain one record of a RecordIO-protobuf file, byte by byte.

    Parameters
    ----------
    data : bytes
        The file, or any run of whole records.
    record : int
        Which one, from 0.

    Returns
    -------
    list of Segment
        In order, without gaps: from the record's magic number to its padding.

    Raises
    ------
    RecordIOError
        Where the bytes cannot be read.
    IndexError
        Where there is no such record.
    """
    frames = find_frames(data)
    if not 0 <= record < len(frames):
        raise IndexError(f"There is no record {record}: this file has {len(frames)}, counted from 0.")
    found = frames[record]
    offset, start, stop = found.offset, found.start, found.stop
    if start != offset + 8:
        raise found.error("it is split over several frames; the microscope shows records in one frame only.")
    length = stop - start
    segments = [
        Segment(offset, offset + 4, "magic", MAGIC_BYTES, "every record begins with this number, 0xced7230a"),
        Segment(
            offset + 4, start, "length", length, f"the record is {length} bytes long (little-endian u32)"
        ),
    ]
    try:
        segments += _record(data, start, stop)
    except WireError as problem:
        raise found.error(f"{problem}.") from None
    if padded(length) > length:
        zeros = padded(length) - length
        end = stop + zeros
        segments.append(
            Segment(
                stop,
                end,
                "padding",
                data[stop:end],
                "zeros, so that the next record starts on a multiple of 4",
            )
        )
    return segments


def _record(data: bytes, start: int, stop: int) -> Iterator[Segment]:
    for field in read_fields(data, start, stop):
        if field.number in (FEATURES, LABEL) and field.wire_type == LENGTH:
            name = "features" if field.number == FEATURES else "label"
            what = (
                "an entry of the features of this row"
                if field.number == FEATURES
                else "an entry of its label"
            )
            yield from _head(data, field, name, what)
            yield from _entry(data, field, name)
        else:
            yield from _unknown(data, field, f"field {field.number}")


def _entry(data: bytes, entry: Field, name: str) -> Iterator[Segment]:
    for field in read_fields(data, entry.start, entry.stop):
        if field.number == 1 and field.wire_type == LENGTH:
            text = data[field.start : field.stop].decode("utf-8", "replace")
            yield from _head(data, field, f"{name}.key", "the name of the entry")
            yield Segment(field.start, field.stop, f"{name}.key", text, f"the text “{text}”")
        elif field.number == 2 and field.wire_type == LENGTH:
            yield from _head(data, field, f"{name}.value", "what the entry holds")
            for value in read_fields(data, field.start, field.stop):
                kind = TENSOR_NAMES.get(value.number, f"field {value.number}")
                if value.number == FLOAT32_TENSOR and value.wire_type == LENGTH:
                    yield from _head(data, value, f"{name}.{kind}", "the numbers are 32-bit floats")
                    yield from _tensor(data, value, name)
                else:
                    yield from _unknown(data, value, f"{name}.{kind}")
        else:
            yield from _unknown(data, field, f"{name}.field {field.number}")


def _tensor(data: bytes, tensor: Field, name: str) -> Iterator[Segment]:
    for field in read_fields(data, tensor.start, tensor.stop):
        if (
            field.number == VALUES
            and field.wire_type in (LENGTH, FIXED32)
            and (field.stop - field.start) % 4 == 0
        ):
            yield from _head(data, field, f"{name}.values", "the numbers themselves, four bytes each")
            for i, at in enumerate(range(field.start, field.stop, 4)):
                number = struct.unpack_from("<f", data, at)[0]
                yield Segment(
                    at, at + 4, f"{name}.values[{i}]", number, f"{number:g} as a little-endian 32-bit float"
                )
        elif field.number in (KEYS, SHAPE) and field.wire_type == LENGTH:
            part = "keys" if field.number == KEYS else "shape"
            what = "the columns that are not zero" if part == "keys" else "how many columns a row has"
            yield from _head(data, field, f"{name}.{part}", what)
            at, i = field.start, 0
            while at < field.stop:
                number, end = read_varint(data, at, field.stop)
                what = f"column {number}" if part == "keys" else f"{number} columns"
                yield Segment(
                    at,
                    end,
                    f"{name}.{part}[{i}]",
                    number,
                    f"{what}, as a varint: {_seven_bits(data[at:end])}",
                )
                at, i = end, i + 1
        else:
            yield from _unknown(data, field, f"{name}.field {field.number}")


def _head(data: bytes, field: Field, name: str, what: str) -> Iterator[Segment]:
    """The tag of a field and, where it has one, its length."""
    tag, after = read_varint(data, field.tag, field.start)
    form = {LENGTH: "with a length", FIXED32: "four bytes"}.get(
        field.wire_type, f"wire type {field.wire_type}"
    )
    yield Segment(field.tag, after, f"{name} tag", tag, f"field {field.number}, {form}: {what}")
    if field.wire_type == LENGTH:
        length = field.stop - field.start
        yield Segment(after, field.start, f"{name} length", length, f"{length} bytes follow")


def _unknown(data: bytes, field: Field, name: str) -> Iterator[Segment]:
    yield from _head(data, field, name, "factorization machines do not use it")
    if field.stop > field.start:
        content = data[field.start : field.stop]
        yield Segment(
            field.start, field.stop, name, content, "content that factorization machines do not use"
        )


def _seven_bits(content: bytes) -> str:
    """How the bits of a varint are put together, e.g. ``0110100 + 0000111·2⁷``."""
    powers = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
    groups = [
        f"{byte & 127:07b}" + (f"·2{str(7 * i).translate(powers)}" if i else "")
        for i, byte in enumerate(content)
    ]
    return " + ".join(groups)
