"""Google's own protobuf runtime as the judge of what a record is."""

from __future__ import annotations

import struct
from types import SimpleNamespace

import numpy as np
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from scipy import sparse

from course_utils.recordio import compiled

KERNELS = ("encode", "decode", "is_sound")
TYPES = descriptor_pb2.FieldDescriptorProto


def _field(message, name, number, kind, *, repeated=True, packed=None, type_name=None, oneof=None):
    field = message.field.add(name=name, number=number, type=kind)
    field.label = TYPES.LABEL_REPEATED if repeated else TYPES.LABEL_OPTIONAL
    if packed is not None:
        field.options.packed = packed
    if type_name:
        field.type_name = f".aialgs.data.{type_name}"
    if oneof is not None:
        field.oneof_index = oneof


def _map(record, name, number):
    entry = record.nested_type.add(name=f"{name.title()}Entry")
    entry.options.map_entry = True
    _field(entry, "key", 1, TYPES.TYPE_STRING, repeated=False)
    _field(entry, "value", 2, TYPES.TYPE_MESSAGE, repeated=False, type_name="Value")
    _field(record, name, number, TYPES.TYPE_MESSAGE, type_name=f"Record.{entry.name}")


def _record_class(packed: bool):
    """``aialgs.data.Record`` as the SageMaker developer guide prints it, built without its .proto file."""
    file = descriptor_pb2.FileDescriptorProto(name="record.proto", package="aialgs.data", syntax="proto2")
    kinds = {
        "Float32Tensor": TYPES.TYPE_FLOAT,
        "Float64Tensor": TYPES.TYPE_DOUBLE,
        "Int32Tensor": TYPES.TYPE_INT32,
    }
    for name, kind in kinds.items():
        tensor = file.message_type.add(name=name)
        _field(tensor, "values", 1, kind, packed=packed)
        _field(tensor, "keys", 2, TYPES.TYPE_UINT64, packed=packed)
        _field(tensor, "shape", 3, TYPES.TYPE_UINT64, packed=packed)
    content = file.message_type.add(name="Bytes")
    _field(content, "value", 1, TYPES.TYPE_BYTES)
    _field(content, "content_type", 2, TYPES.TYPE_STRING, repeated=False)
    value = file.message_type.add(name="Value")
    value.oneof_decl.add(name="value")
    for name, number, type_name in (
        ("float32_tensor", 2, "Float32Tensor"),
        ("float64_tensor", 3, "Float64Tensor"),
        ("int32_tensor", 7, "Int32Tensor"),
        ("bytes", 9, "Bytes"),
    ):
        _field(value, name, number, TYPES.TYPE_MESSAGE, repeated=False, type_name=type_name, oneof=0)
    record = file.message_type.add(name="Record")
    _map(record, "features", 1)
    _map(record, "label", 2)
    for name, number in (("uid", 3), ("metadata", 4), ("configuration", 5)):
        _field(record, name, number, TYPES.TYPE_STRING, repeated=False)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("aialgs.data.Record"))


class Reference:
    """Records made and read one at a time with ``google.protobuf``."""

    Record = _record_class(packed=True)
    UnpackedRecord = _record_class(packed=False)

    @staticmethod
    def frame(payload: bytes, part: int = 0) -> bytes:
        return struct.pack("<II", 0xCED7230A, part << 29 | len(payload)) + payload + bytes(-len(payload) % 4)

    @classmethod
    def records(cls, X, y=None, kind=None) -> list:
        kind = kind or cls.Record
        made = []
        for i in range(X.shape[0]):
            record = kind()
            tensor = record.features["values"].float32_tensor
            if sparse.issparse(X):
                row = slice(X.indptr[i], X.indptr[i + 1])
                tensor.values.extend(X.data[row].tolist())
                tensor.keys.extend(X.indices[row].tolist())
                tensor.shape.append(X.shape[1])
            else:
                tensor.values.extend(X[i].tolist())
            if y is not None:
                record.label["values"].float32_tensor.values.append(float(y[i]))
            made.append(record)
        return made

    @classmethod
    def write(cls, X, y=None, kind=None) -> bytes:
        return b"".join(cls.frame(record.SerializeToString()) for record in cls.records(X, y, kind))

    @classmethod
    def read(cls, data: bytes) -> list:
        records, at = [], 0
        while at < len(data):
            magic, length = struct.unpack_from("<II", data, at)
            assert magic == 0xCED7230A
            records.append(cls.Record.FromString(data[at + 8 : at + 8 + length]))
            at += 8 + length + -length % 4
        return records


@pytest.fixture(scope="session")
def reference() -> type[Reference]:
    return Reference


def _matrix(rows: list[dict[int, float]], d: int) -> sparse.csr_array:
    """CSR in the stated order of keys, explicit zeros kept."""
    indptr = np.cumsum([0, *map(len, rows)])
    indices = np.array([key for row in rows for key in row], np.int64)
    data = np.array([value for row in rows for value in row.values()], np.float32)
    return sparse.csr_array((data, indices, indptr), shape=(len(rows), d))


@pytest.fixture(scope="session")
def matrix():
    return _matrix


@pytest.fixture(scope="module", params=["one by one", "compiled"])
def way(request):
    """All sizes of data one record at a time, or all of them by the compiled kernels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "FEW_BYTES", 1 << 62 if request.param == "one by one" else 0)
        yield request.param


@pytest.fixture(scope="session")
def interpreted():
    """The kernels as Python runs them: every index is checked."""
    kernels = compiled.kernels_for(compiled.FEW_BYTES)
    plain = {name: getattr(kernels, name) for name in KERNELS}
    plain = {name: getattr(function, "py_func", function) for name, function in plain.items()}
    return SimpleNamespace(**vars(kernels) | plain)
