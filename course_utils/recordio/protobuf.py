"""The protobuf message inside a record, read and built the plain way: one record, one field at a time.

``aialgs.data.Record`` as SageMaker documents it (developer guide, *Common data formats for training*)::

    message Float32Tensor { repeated float values = 1; repeated uint64 keys = 2; repeated uint64 shape = 3; }
    message Value         { oneof: Float32Tensor float32_tensor = 2, float64 = 3, int32 = 7, bytes = 9; }
    message Record        { map<string, Value> features = 1; map<string, Value> label = 2; … }

On the wire every field is a tag (``field number << 3 | wire type``) and its content; texts, messages and
packed numbers are preceded by their length; whole numbers are *varints*: seven bits a byte, low bits first,
high bit set on all bytes but the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
FEATURES, LABEL = 1, 2  # fields of Record, each a map: entries {1: name, 2: Value}
VALUES, KEYS, SHAPE = 1, 2, 3  # fields of a tensor
TENSOR_NAMES = {2: "Float32Tensor", 3: "Float64Tensor", 7: "Int32Tensor", 9: "Bytes"}
FLOAT32_TENSOR, FLOAT64_TENSOR, INT32_TENSOR = 2, 3, 7
NUMBERS = {FLOAT32_TENSOR: "<f4", FLOAT64_TENSOR: "<f8", INT32_TENSOR: "<i4"}  # as values are kept when read
# The wire type of a value that is not packed with others.
_ALONE = {FLOAT32_TENSOR: FIXED32, FLOAT64_TENSOR: FIXED64, INT32_TENSOR: VARINT}


class WireError(ValueError):
    """Bytes that are no protobuf message; the caller adds which record they belong to."""


class Field(NamedTuple):
    """One field on the wire: its tag is at ``tag``, its content is ``data[start:stop]``."""

    number: int
    wire_type: int
    tag: int
    start: int
    stop: int


def varint(number: int) -> bytes:
    """Encode a whole number ≥ 0."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def with_length(tag: bytes, content: bytes) -> bytes:
    """A field whose content is preceded by its length; packed numbers are left out where there are none."""
    return tag + varint(len(content)) + content if content else b""


def sparse_features(values: bytes, keys: Iterable[int], shape: bytes) -> bytes:
    """The features of one row: the bytes of its numbers, their columns, and the shape field."""
    tensor = with_length(b"\n", values) + with_length(b"\x12", b"".join(map(varint, keys))) + shape
    return with_length(b"\n", b"\n\x06values" + with_length(b"\x12", with_length(b"\x12", tensor)))


def entry_head(tag: bytes, name: str, value_bytes: int) -> bytes:
    """All bytes of a map entry ``{name: Float32Tensor}`` that precede its values, which come last."""
    values = b"\n" + varint(value_bytes)
    tensor = b"\x12" + varint(len(values) + value_bytes) + values
    value = b"\x12" + varint(len(tensor) + value_bytes) + tensor
    key = b"\n" + varint(len(name)) + name.encode()
    return tag + varint(len(key) + len(value) + value_bytes) + key + value


LABEL_HEAD = entry_head(b"\x12", "values", 4)  # all that precedes the label of a row


def read_varint(data, at: int, stop: int) -> tuple[int, int]:
    """Decode the varint at ``at``; gives the number (below 2**64) and the position after it."""
    if at < stop and data[at] < 128:  # most are so short
        return data[at], at + 1
    number = shift = 0
    while at < stop:
        byte = data[at]
        at += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number & (2**64 - 1), at
        shift += 7
        if shift > 63:
            raise WireError(f"a varint is longer than ten bytes (it ends at byte {at})")
    raise WireError(f"the message ends inside a varint (at byte {at})")


def read_fields(data, start: int, stop: int) -> Iterator[Field]:
    """Go through the fields of the message ``data[start:stop]``, whatever they mean."""
    at = start
    while at < stop:
        tag = at
        key, at = read_varint(data, at, stop)
        number, wire_type = key >> 3, key & 7
        if wire_type == LENGTH:
            length, at = read_varint(data, at, stop)
        elif wire_type == VARINT:
            length = read_varint(data, at, stop)[1] - at
        elif wire_type in (FIXED64, FIXED32):
            length = 8 if wire_type == FIXED64 else 4
        else:
            raise WireError(f"wire type {wire_type} is not used in records (tag at byte {tag})")
        if number == 0:
            raise WireError(f"field number 0 does not exist (tag at byte {tag})")
        if length > stop - at:
            raise WireError(
                f"field {number} announces {length} bytes, but its message has {stop - at} left (byte {at})"
            )
        yield Field(number, wire_type, tag, at, at + length)
        at += length


@dataclass
class Tensor:
    """What one map entry holds; ``kind`` is 2 for a Float32Tensor (:data:`TENSOR_NAMES`), 0 for nothing at
    all."""

    kind: int
    values: bytearray
    keys: list[int]
    shape: list[int]

    def float32(self) -> np.ndarray:
        """All values, in order; those of the wider tensors are rounded."""
        with np.errstate(over="ignore"):  # infinity is for the caller to refuse
            return np.frombuffer(self.values, NUMBERS[self.kind]).astype(np.float32, copy=False)


def read_record(data: memoryview, start: int, stop: int) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Parse one record into its ``features`` and ``label`` maps; fields it does not know are passed over.

    Raises
    ------
    WireError
        Where the bytes are no protobuf message.
    """
    maps: dict[int, dict[str, Tensor]] = {FEATURES: {}, LABEL: {}}
    for number, wire_type, _, begin, end in read_fields(data, start, stop):
        if number in maps and wire_type == LENGTH:
            name, tensor = _read_entry(data, begin, end)
            maps[number][name] = tensor
    return maps[FEATURES], maps[LABEL]


def _read_entry(data: memoryview, start: int, stop: int) -> tuple[str, Tensor]:
    name = ""
    tensor = Tensor(0, bytearray(), [], [])
    for number, wire_type, _, begin, end in read_fields(data, start, stop):
        if number == 1 and wire_type == LENGTH:
            name = str(data[begin:end], "utf-8", "replace")
        elif number == 2 and wire_type == LENGTH:
            for kind, wire_type_inside, _, first, last in read_fields(data, begin, end):
                if kind in TENSOR_NAMES and wire_type_inside == LENGTH:
                    if tensor.kind != kind:  # of a oneof, the last one counts
                        tensor = Tensor(kind, bytearray(), [], [])
                    if kind in NUMBERS:
                        _read_tensor(data, first, last, tensor)
    return name, tensor


def _read_tensor(data: memoryview, start: int, stop: int, tensor: Tensor) -> None:
    """Add a tensor's content; numbers may be packed (as all known writers do) or come one by one."""
    for number, wire_type, _, at, end in read_fields(data, start, stop):
        if number == VALUES and wire_type in (LENGTH, _ALONE[tensor.kind]):
            if tensor.kind == INT32_TENSOR:
                while at < end:
                    one, at = read_varint(data, at, end)
                    tensor.values += (one & (2**32 - 1)).to_bytes(4, "little")  # negative ones wrap round
                continue
            size = np.dtype(NUMBERS[tensor.kind]).itemsize
            if (end - at) % size:
                raise WireError(f"float{8 * size} values take {end - at} bytes, not a multiple of {size}")
            tensor.values += data[at:end]
        elif number in (KEYS, SHAPE) and wire_type in (LENGTH, VARINT):
            numbers = tensor.keys if number == KEYS else tensor.shape
            while at < end:
                one, at = read_varint(data, at, end)
                numbers.append(one)
