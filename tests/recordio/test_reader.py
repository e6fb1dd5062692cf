"""The reader: its compiled kernel against its plain way, both against protobuf, and damaged files."""

from __future__ import annotations

import io
import struct
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from course_utils import recordio
from course_utils.recordio import compiled, reader
from course_utils.recordio.framing import find_frames
from course_utils.recordio.protobuf import varint, with_length

pytestmark = pytest.mark.usefixtures("way")

MAGIC = bytes.fromhex("0a23d7ce")


def written(X, y=None) -> bytes:
    stream = io.BytesIO()
    recordio.write(stream, X, y)
    return stream.getvalue()


def read(data: bytes):
    return recordio.read(io.BytesIO(data))


def rows_of(X) -> list[list[tuple[int, float]]]:
    """Entries of each row in stored order."""
    starts = zip(X.indptr[:-1], X.indptr[1:], strict=True)
    return [list(zip(X.indices[a:b].tolist(), X.data[a:b].tolist(), strict=True)) for a, b in starts]


def outcome(kernels, data: bytes):
    """What :func:`recordio.read` gives, in a form that can be compared: arrays, or the words of an error."""
    try:
        X, y = reader.read_with(kernels, data)
    except recordio.RecordIOError as error:
        return str(error)
    bits = [None if values is None else values.tobytes() for values in (X.data, y)]
    return X.shape, X.indptr.tolist(), X.indices.tolist(), X.indices.dtype, *bits


def assert_all_ways_agree(interpreted, data: bytes, *, taken: bool = False) -> None:
    """The compiled kernel gives what the plain reader gives, and so it does where Python checks its indices.

    ``taken``: the kernel is expected to read all records but the first and those next to the end.
    """
    plain = outcome(None, data)
    with np.errstate(over="ignore"):  # as in compiled code
        assert outcome(interpreted, data) == plain
    with patch.object(reader, "read_row", wraps=reader.read_row) as read_row:
        assert outcome(compiled.kernels_for(compiled.FEW_BYTES), data) == plain
    assert not taken or read_row.call_count <= 3


FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
ROWS = st.lists(st.dictionaries(st.integers(0, 2**40 - 1), FLOATS, max_size=30), min_size=1, max_size=10)


@settings(max_examples=60)
@given(rows=ROWS, labelled=st.booleans())
def test_what_was_written_is_read(interpreted, matrix, rows, labelled):
    X = matrix(rows, 2**40)
    y = np.arange(len(rows), dtype=np.float32) if labelled else None
    data = written(X, y)
    X_read, y_read = read(data)
    assert X_read.shape == X.shape
    assert X_read.dtype == np.float32
    assert rows_of(X_read) == rows_of(X)
    np.testing.assert_array_equal(y_read, y)
    assert_all_ways_agree(interpreted, data, taken=True)


@settings(max_examples=40)
@given(d=st.integers(1, 40), n=st.integers(1, 6), labelled=st.booleans(), seed=st.integers(0, 99))
def test_dense_rows_are_read_without_their_zeros(interpreted, d, n, labelled, seed):
    rng = np.random.default_rng(seed)
    X = (rng.normal(size=(n, d)) * rng.integers(0, 2, (n, d))).astype(np.float32)
    y = rng.normal(size=n).astype(np.float32) if labelled else None
    data = written(X, y)
    X_read, y_read = read(data)
    np.testing.assert_array_equal(X_read.toarray(), X)
    assert X_read.nnz == np.count_nonzero(X)
    np.testing.assert_array_equal(y_read, y)
    assert_all_ways_agree(interpreted, data, taken=True)


@settings(max_examples=40)
@given(rows=ROWS, labelled=st.booleans())
def test_numbers_that_are_not_packed_are_read_too(reference, matrix, rows, labelled):
    X = matrix(rows, 2**40)
    y = np.arange(len(rows), dtype=np.float32) if labelled else None
    X_read, y_read = read(reference.write(X, y, reference.UnpackedRecord))
    assert rows_of(X_read) == rows_of(X)
    np.testing.assert_array_equal(y_read, y)


def test_unknown_fields_other_maps_and_field_order_do_not_matter(interpreted, reference, matrix):
    X = matrix([{1: 2.0, 5: 3.0}], 8)
    (record,) = reference.records(X, [4.0])
    record.uid, record.metadata, record.configuration = "u1", "{}", "x"
    record.features["other"].float64_tensor.values.append(1.5)
    record.label["weight"].int32_tensor.values.append(2)
    payload = record.SerializeToString()
    extra = (
        b"\xf8\x07\x01" + b"\xfa\x07\x02hi" + b"\xfd\x07abcd" + b"\xf9\x07abcdefgh"
    )  # field 127, every wire type
    for content in (payload + extra, extra + payload):
        data = reference.frame(content)
        X_read, y_read = read(data)
        assert rows_of(X_read) == [[(1, 2.0), (5, 3.0)]]
        assert y_read.tolist() == [4.0]
        assert_all_ways_agree(interpreted, data)


def test_dense_and_sparse_rows_in_one_file(reference, matrix):
    X = matrix([{1: 2.0}, {}], 3)
    data = written(X) + written(np.float32([[0, 5, 0]])) + written(X)
    X_read, y_read = read(data)
    np.testing.assert_array_equal(X_read.toarray(), [[0, 2, 0], [0, 0, 0], [0, 5, 0], [0, 2, 0], [0, 0, 0]])
    assert y_read is None


def test_index_type_follows_the_width(matrix):
    assert read(written(matrix([{1: 1.0}], 2**31 - 1)))[0].indices.dtype == np.int32
    assert read(written(matrix([{1: 1.0}], 2**31)))[0].indices.dtype == np.int64


def test_arrays_grow_with_rows_unlike_the_first_one(interpreted, reference):
    rng = np.random.default_rng(0)
    wide = sparse.random_array((30, 300), density=0.3, rng=rng, dtype=np.float32, format="csr")
    empty = sparse.csr_array((200, 300), dtype=np.float32)
    for X in (sparse.vstack([empty, wide, empty]), sparse.vstack([wide, empty, wide])):
        X = sparse.csr_array(X)
        data = written(X, rng.normal(size=X.shape[0]).astype(np.float32))
        assert_all_ways_agree(interpreted, data, taken=True)
        assert (read(data)[0] != X).nnz == 0


def test_a_record_that_the_kernel_leaves_is_read_in_between(interpreted, reference, matrix):
    rows = matrix([{1: 2.0}, {}, {3: 4.0, 7: 1.0}] * 5, 8)
    common, unpacked = written(rows), reference.write(rows, kind=reference.UnpackedRecord)
    data = common + unpacked + common + unpacked
    assert rows_of(read(data)[0]) == rows_of(rows) * 4
    assert_all_ways_agree(interpreted, data)


def test_no_bytes_are_no_rows():
    X, y = read(b"")
    assert X.shape == (0, 0)
    assert y is None


def test_real_files_take_the_fast_path(interpreted, golden_dir):
    for name in (
        "fm-regressor-ml-100k-u1/test.protobuf",
        "fm-regressor-ml-latest-small/user_movie_test.recordio",
    ):
        assert_all_ways_agree(interpreted, (golden_dir / name).read_bytes()[: 64 * 3000], taken=True)


# ---- frames in parts ----


def in_parts(payload: bytes) -> bytes:
    """Split where the magic number lies at a multiple of four, and drop it there, as dmlc-core's writer
    does."""
    pieces, last = [], 0
    for at in range(0, len(payload) - 3, 4):
        if payload[at : at + 4] == MAGIC:
            pieces.append(payload[last:at])
            last = at + 4
    pieces.append(payload[last:])
    marks = [0] if len(pieces) == 1 else [1, *[2] * (len(pieces) - 2), 3]
    return b"".join(
        struct.pack("<II", 0xCED7230A, mark << 29 | len(piece)) + piece + bytes(-len(piece) % 4)
        for mark, piece in zip(marks, pieces, strict=True)
    )


@pytest.mark.parametrize("magics", [1, 2, 5])
def test_records_in_parts_are_joined(reference, magics):
    magic = np.frombuffer(MAGIC, "<f4")[0]  # the float32 whose bytes are the magic number
    values = np.float32([1, 2, *[magic] * magics, 3])
    X = sparse.csr_array((values, np.arange(len(values)), [0, 0, len(values), len(values)]), shape=(3, 300))
    payloads = [record.SerializeToString() for record in reference.records(X, [1, 2, 3])]
    whole = b"".join(map(reference.frame, payloads))  # as the SDK writes it: never split
    split = b"".join(map(in_parts, payloads))
    assert len(split) == len(whole) + 4 * magics  # a header of 8 bytes in place of 4 that were dropped
    for data in (split, whole):
        X_read, y_read = read(data)
        assert rows_of(X_read) == rows_of(X)
        assert y_read.tolist() == [1, 2, 3]
    damaged = split[:-64] + split[-60:]
    with pytest.raises(recordio.RecordIOError, match=r"Record [12] \(at byte \d+\)"):
        read(damaged)


def test_parts_out_of_order_are_refused(reference):
    frame = reference.frame
    for data, message in (
        (frame(b"abcd", 3), r"Record 0 \(at byte 0\): part marker 3 is out of place"),
        (frame(b"abcd", 1) + frame(b"abcd", 0), r"Record 0 \(at byte 12\): part marker 0"),
        (frame(b"abcd", 1) + frame(b"abcd", 1), r"Record 0 \(at byte 12\): part marker 1"),
        (frame(b"abcd", 5), r"part marker 5"),
        (frame(b"abcd", 1) + frame(b"abcd", 5) + frame(b"abcd", 3), r"part marker 5"),
        (
            frame(b"abcd", 1) + frame(b"abcd", 2),
            r"Record 0 \(at byte 0\): the file ends before the last part",
        ),
    ):
        with pytest.raises(recordio.RecordIOError, match=message):
            read(data)


# ---- damage ----

THREE = [{0: 1.0, 948: 1.0}, {3: 1.0, 1000: 1.0}, {7: 1.0, 2000: 1.0}]


@pytest.fixture
def three(matrix) -> bytes:
    """Three records of 64 bytes."""
    return written(matrix(THREE, 2625), np.float32([1, 2, 3]))


@pytest.mark.parametrize("keep", [1, 3, 4, 7, 8, 9, 40, 61, 63])
def test_a_file_cut_short(three, keep):
    with pytest.raises(recordio.RecordIOError, match=r"Record 2 \(at byte 128\).*(only|ends)"):
        read(three[: 128 + keep])


def test_bytes_that_are_no_recordio():
    for data in (b"1,2,3\n4,5,6\n", b'{"instances": []}', b"\x1f\x8b\x08\x00abcdefgh"):
        with pytest.raises(
            recordio.RecordIOError, match=r"Record 0 \(at byte 0\).*magic number.*CSV, JSON or gzip"
        ):
            read(data)


def test_bytes_put_in_between(three):
    with pytest.raises(recordio.RecordIOError, match=r"Record 1 \(at byte 64\).*found 0a 0a 23 d7"):
        read(three[:64] + b"\n" + three[64:])


def test_a_length_beyond_the_file(three):
    data = bytearray(three)
    data[64 + 4 : 64 + 8] = struct.pack("<I", 500_000_000)
    with pytest.raises(
        recordio.RecordIOError, match=r"Record 1 \(at byte 64\).*announces 500000000 bytes.*only 120 are"
    ):
        read(bytes(data))


@pytest.mark.parametrize(
    ("at", "byte", "message"),
    [
        (9, 0x7F, "announces 127 bytes"),  # features entry
        (19, 0x16, "announces 22 bytes"),  # Value
        (21, 0x12, "announces 2 bytes, but its message has 1 left"),  # Float32Tensor one byte short
        (23, 0x06, "not a multiple of 4|announces|wire type"),  # values
        (36, 0x80, "ends inside a varint|keys"),  # last key goes on
        (8, 0x0B, "wire type 3"),  # a group
        (8, 0x02, "field number 0"),
        (11, 0x05, "announces|wire type|no features"),  # length of the name
        (12, 0x56, "no features called .values. .it has: .'Values'"),
    ],
)
def test_a_damaged_record_is_named(three, at, byte, message):
    data = bytearray(three)
    data[64 + at] = byte
    with pytest.raises(recordio.RecordIOError, match=rf"Record 1 \(at byte 64\).*({message})"):
        read(bytes(data))


@settings(max_examples=300)
@given(changes=st.lists(st.tuples(st.integers(0, 191), st.integers(0, 255)), min_size=1, max_size=4))
def test_damage_is_refused_or_read_as_protobuf_reads_it(interpreted, reference, matrix, changes):
    data = bytearray(written(matrix(THREE, 2625), np.float32([1, 2, 3])))
    for at, byte in changes:
        data[at] = byte
    try:
        X, _ = read(bytes(data))
    except recordio.RecordIOError:
        return
    assert_all_ways_agree(interpreted, bytes(data))
    tensors = [record.features["values"].float32_tensor for record in reference.read(bytes(data))]
    expected = [list(zip(t.keys, t.values, strict=True)) for t in tensors if t.keys]
    if len(expected) == 3:  # all still sparse
        assert np.array_equal(rows_of(X), expected, equal_nan=True)


TELLING_BYTES = sorted({0, 1, 2, 3, 7, 8, *b"\n\x12\x1a", 6, 18, 19, 20, 21, 31, 126, 127, 128, 129, 255})


def test_each_byte_changed_in_turn(interpreted, matrix):
    """Every byte of some records takes every value that has a meaning to the format."""
    three = written(matrix([{0: 1.0, 948: 1.0}, {}, {7: 2.0}], 2625), np.float32([1, 2, 3]))
    for intact in (three, written(matrix([{}], 1)), written(np.float32([[1, 2]]))):
        for at in range(len(intact)):
            for byte in TELLING_BYTES:
                data = intact[:at] + bytes([byte]) + intact[at + 1 :]
                try:
                    find_frames(data)
                except recordio.RecordIOError:
                    continue
                assert_all_ways_agree(interpreted, data)


def test_nested_lengths_that_agree_with_each_other_and_with_nothing_else(interpreted, matrix):
    intact = written(matrix([{0: 1.0, 948: 1.0}], 2625), np.float32([5]))
    for change in (-19, -2, -1, 1, 2, 20):
        data = bytearray(intact)
        for at in (9, 19, 21):  # of the entry, the Value and the tensor
            data[at] += change
        assert_all_ways_agree(interpreted, bytes(data))


def by_hand(reference, values: bytes, keys: bytes, shape: bytes) -> bytes:
    """A record with these bytes in its three packed fields, whatever they mean."""
    part = lambda tag, content: bytes([tag, len(content)]) + content  # noqa: E731
    tensor = part(0x0A, values) + part(0x12, keys) + part(0x1A, shape)
    entry = part(0x0A, b"values") + part(0x12, part(0x12, tensor))
    return reference.frame(part(0x0A, entry))


@pytest.mark.parametrize("announced", [1, 99, 100, 500])
def test_fewer_keys_than_values_at_the_end_of_a_file(interpreted, reference, matrix, announced):
    """The kernel counts keys by the values; it must not look for them behind the end of the bytes."""
    good = written(matrix([{1: 1.0}], 2**62))
    keys = b"\x12" + varint(announced) + bytes(min(announced, 99))
    tensor = with_length(b"\n", bytes(400)) + keys + b"\x1a\x01\x05"
    entry = b"\n\x06values" + with_length(b"\x12", with_length(b"\x12", tensor))
    data = good + reference.frame(with_length(b"\n", entry)) + reference.frame(bytes(40))
    with pytest.raises(recordio.RecordIOError, match=r"Record 1 \(at byte 44\)"):
        read(data)
    assert_all_ways_agree(interpreted, data)


def test_values_that_are_no_whole_number_of_floats(reference):
    data = by_hand(reference, b"abcde", b"\x00", b"\x05")
    with pytest.raises(recordio.RecordIOError, match=r"Record 0 .at byte 0.: float32 values take 5 bytes"):
        read(data)


def test_varints_of_more_bytes_than_they_need(reference):
    one = np.float32(7).tobytes()
    X, _ = read(by_hand(reference, one, b"\x83\x80\x80\x80\x80\x80\x80\x80\x80\x00", b"\x85\x00"))
    assert X.toarray().tolist() == [[0, 0, 0, 7, 0]]
    with pytest.raises(recordio.RecordIOError, match=rf"has key {3 + 2**56}, but its shape allows 0 to 4"):
        read(by_hand(reference, one, b"\x83\x80\x80\x80\x80\x80\x80\x80\x01", b"\x05"))
    with pytest.raises(recordio.RecordIOError, match="a varint is longer than ten bytes"):
        read(by_hand(reference, one, b"\x83" + b"\x80" * 10 + b"\x00", b"\x05"))


def test_keys_of_nine_bytes_are_read_too(matrix):
    X = matrix([{1: 1.0, 2**56 - 1: 2.0}, {2**56: 3.0, 2**62: 4.0}], 2**63 - 1)
    assert rows_of(read(written(X))[0]) == rows_of(X)


def test_records_shorter_or_longer_than_their_content(interpreted, matrix, reference):
    for rows, label in (([{0: 1.0, 948: 1.0}], [5.0]), ([{}], [5.0]), ([{948: 1.0}], None)):
        (record,) = reference.records(matrix(rows, 2625), label)
        payload = record.SerializeToString()
        neighbour = reference.frame(payload)
        for content in (
            *(payload[:keep] for keep in range(len(payload))),
            payload + b"\n",
            payload + b"\0\0\0\0",
        ):
            data = neighbour + reference.frame(content) + neighbour
            assert_all_ways_agree(interpreted, data)


def test_a_key_that_runs_on_into_the_next_record(matrix):
    """The bytes of key 948, b4 07, become 34 87: one key, and the beginning of another that never ends."""
    data = written(matrix([{948: 1.0}, {948: 1.0}], 2**30))
    at = data.index(b"\xb4\x07")
    data = data[:at] + b"\x34\x87" + data[at + 2 :]
    with pytest.raises(recordio.RecordIOError, match=r"Record 0 \(at byte 0\).*ends inside a varint"):
        read(data)


@settings(max_examples=200)
@given(st.binary(max_size=80))
def test_any_payload_is_read_or_refused_as_protobuf_does(reference, payload):
    data = reference.frame(payload)
    try:
        X, _ = read(data)
    except recordio.RecordIOError:
        return
    tensor = reference.Record.FromString(payload).features["values"].float32_tensor
    assert X.shape[1] in (list(tensor.shape) or [len(tensor.values)])


def altered(reference, change) -> bytes:
    X = sparse.csr_array(np.float32([[0, 1, 0, 2], [3, 0, 0, 0]]))
    records = reference.records(X, [1, 2])
    change(records[1])
    return b"".join(reference.frame(record.SerializeToString()) for record in records)


def tensor(record):
    return record.features["values"].float32_tensor


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: tensor(r).keys.append(2), "2 keys and 1 values"),
        (lambda r: tensor(r).shape.append(2), r"shape \[4, 2\]; expected one number"),
        (lambda r: tensor(r).ClearField("shape"), r"sparse and says its shape is \[\]"),
        (lambda r: tensor(r).shape.__setitem__(0, 5), r"5 columns, but record 0 has 4 columns"),
        (lambda r: tensor(r).shape.__setitem__(0, 2**63), r"says its shape is"),
        (lambda r: tensor(r).keys.__setitem__(0, 4), r"has key 4, but its shape allows 0 to 3"),
        (lambda r: tensor(r).keys.__setitem__(0, 2**64 - 1), r"has key 18446744073709551615"),
        (lambda r: tensor(r).ClearField("keys"), r"holds 1 values without keys, but says its shape is \[4\]"),
        (lambda r: r.features.clear(), "no features called .values. .it has: none"),
        (lambda r: r.label.clear(), "a label: False, but record 0 has a label: True"),
        (lambda r: r.label["values"].float32_tensor.values.append(3), "2 numbers as its label"),
        (
            lambda r: r.features["values"].float64_tensor.values.append(1),
            r"features is a Float64Tensor.*astype",
        ),
        (lambda r: r.features["values"].int32_tensor.values.append(1), r"features is a Int32Tensor.*astype"),
        (lambda r: r.label["values"].float64_tensor.values.append(1), r"label is a Float64Tensor.*y\.astype"),
        (lambda r: r.features["values"].bytes.value.append(b"x"), r"features is a Bytes"),
    ],
)
def test_records_that_no_factorization_machine_can_use(reference, change, message):
    with pytest.raises(recordio.RecordIOError, match=rf"Record 1 \(at byte \d+\).*{message}"):
        read(altered(reference, change))


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("tensor_name", ["float64_tensor", "int32_tensor"])
def test_wider_tensors_are_read_where_they_may_be(reference, packed, tensor_name):
    """SDK v2 writes them for float64 features and for int64 labels."""
    rows = np.array([[0, 3, -2], [2**31 - 1, 0, -(2**31)]])
    data = b""
    for row, label in zip(rows.tolist(), [-7, 2**24], strict=True):
        record = reference.Record() if packed else reference.UnpackedRecord()
        getattr(record.features["values"], tensor_name).values.extend(row)
        record.label["values"].int32_tensor.values.append(label)
        data += reference.frame(record.SerializeToString())
    with pytest.raises(recordio.RecordIOError, match="need a Float32Tensor"):
        read(data)
    X, y = recordio.read(io.BytesIO(data), convert=True)
    np.testing.assert_array_equal(X.toarray(), rows.astype(np.float32))
    assert (X.dtype, y.dtype, y.tolist()) == (np.float32, np.float32, [-7, 2**24])


def test_a_sparse_float64_row_and_numbers_that_no_float32_holds(reference):
    record = reference.Record()
    tensor = record.features["values"].float64_tensor
    tensor.values.extend([0.1, 1e300])
    tensor.keys.extend([4, 2])
    tensor.shape.append(6)
    X, y = recordio.read(io.BytesIO(reference.frame(record.SerializeToString())), convert=True)
    assert y is None
    np.testing.assert_array_equal(X.toarray(), np.float32([[0, 0, np.inf, 0, 0.1, 0]]))
    record.features["values"].bytes.value.append(b"x")
    with pytest.raises(recordio.RecordIOError, match="is a Bytes, but numbers are needed"):
        recordio.read(io.BytesIO(reference.frame(record.SerializeToString())), convert=True)


# ---- named labels ----


@pytest.mark.parametrize("names", [["score"], ["score", "predicted_label"]])
def test_replies_as_protobuf_reads_them(reference, names):
    columns = {name: np.float32([0.25, -3, 1e-30]) + i for i, name in enumerate(names)}
    data = recordio.write_labels(columns)
    records = reference.read(data)
    for name in names:
        assert [list(record.label[name].float32_tensor.values) for record in records] == columns[name][
            :, None
        ].tolist()
        np.testing.assert_array_equal(recordio.read_labels(data)[name], columns[name])
    assert all(not record.features for record in records)


def test_replies_in_any_order_and_form_are_read(reference):
    record = reference.Record()
    for name, value in (("predicted_label", 1.0), ("score", 0.75)):
        record.label[name].float32_tensor.values.append(value)
        record.label[name].float32_tensor.shape.append(1)
    record.uid = "u"
    data = reference.frame(record.SerializeToString()) + recordio.write_labels(
        {"score": np.float32([0.25]), "predicted_label": np.float32([0])}
    )
    labels = recordio.read_labels(data)
    assert {name: column.tolist() for name, column in labels.items()} == {
        "score": [0.75, 0.25],
        "predicted_label": [1, 0],
    }
    score, both = np.float32([1]), {"score": np.float32([1]), "predicted_label": np.float32([1])}
    with pytest.raises(recordio.RecordIOError, match=r"Record 2 \(at byte \d+\): has labels \['score'\]"):
        recordio.read_labels(data + recordio.write_labels({"score": score}))
    with pytest.raises(recordio.RecordIOError, match=r"Record 1 .*\['predicted_label', 'score'\]"):
        recordio.read_labels(recordio.write_labels({"score": score}) + recordio.write_labels(both))


def test_labels_of_several_numbers(reference):
    columns = {"predicted_label": np.float32([2, 0]), "distances": np.float32([[0.5, 1, 7], [-3, 0, 2]])}
    records = reference.read(recordio.write_labels(columns))
    for row, record in enumerate(records):
        assert record.label["predicted_label"].float32_tensor.values == [columns["predicted_label"][row]]
        assert list(record.label["distances"].float32_tensor.values) == columns["distances"][row].tolist()
    assert len(records) == 2
