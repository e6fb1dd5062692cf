"""The byte microscope: its segments cover the record, and say what protobuf says."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import recordio


def written(X, y=None) -> bytes:
    stream = io.BytesIO()
    recordio.write(stream, X, y)
    return stream.getvalue()


@pytest.fixture
def data(matrix) -> bytes:
    return written(matrix([{1: 1.0}, {0: 1.0, 948: 2.5}], 2625), np.float32([3, 5]))


def test_every_byte_of_a_record(data):
    segments = recordio.inspect(data, record=1)
    start = len(data) - 64
    lengths = [(s.start - start, s.stop - start, s.name, s.value) for s in segments]
    assert lengths == [
        (0, 4, "magic", b"\x0a\x23\xd7\xce"),
        (4, 8, "length", 53),
        (8, 9, "features tag", 0x0A),
        (9, 10, "features length", 31),
        (10, 11, "features.key tag", 0x0A),
        (11, 12, "features.key length", 6),
        (12, 18, "features.key", "values"),
        (18, 19, "features.value tag", 0x12),
        (19, 20, "features.value length", 21),
        (20, 21, "features.Float32Tensor tag", 0x12),
        (21, 22, "features.Float32Tensor length", 19),
        (22, 23, "features.values tag", 0x0A),
        (23, 24, "features.values length", 8),
        (24, 28, "features.values[0]", 1.0),
        (28, 32, "features.values[1]", 2.5),
        (32, 33, "features.keys tag", 0x12),
        (33, 34, "features.keys length", 3),
        (34, 35, "features.keys[0]", 0),
        (35, 37, "features.keys[1]", 948),
        (37, 38, "features.shape tag", 0x1A),
        (38, 39, "features.shape length", 2),
        (39, 41, "features.shape[0]", 2625),
        (41, 42, "label tag", 0x12),
        (42, 43, "label length", 18),
        (43, 44, "label.key tag", 0x0A),
        (44, 45, "label.key length", 6),
        (45, 51, "label.key", "values"),
        (51, 52, "label.value tag", 0x12),
        (52, 53, "label.value length", 8),
        (53, 54, "label.Float32Tensor tag", 0x12),
        (54, 55, "label.Float32Tensor length", 6),
        (55, 56, "label.values tag", 0x0A),
        (56, 57, "label.values length", 4),
        (57, 61, "label.values[0]", 5.0),
        (61, 64, "padding", b"\0\0\0"),
    ]


def test_meanings_in_plain_words(data):
    meaning = {segment.name: segment.meaning for segment in recordio.inspect(data, record=1)}
    assert meaning["features.keys[1]"] == "column 948, as a varint: 0110100 + 0000111·2⁷"
    assert meaning["length"] == "the record is 53 bytes long (little-endian u32)"
    assert meaning["features.values[1]"] == "2.5 as a little-endian 32-bit float"
    assert all(meaning.values())


def assert_covers(segments, start, stop):
    edges = [start, *(segment.stop for segment in segments)]
    assert [segment.start for segment in segments] == edges[:-1]
    assert edges[-1] == stop
    assert all(segment.stop > segment.start for segment in segments)


@settings(max_examples=100)
@given(
    rows=st.lists(
        st.dictionaries(st.integers(0, 2**30 - 1), st.floats(width=32, allow_nan=False), max_size=9),
        min_size=1,
        max_size=4,
    ),
    uid=st.text(max_size=5),
    number=st.integers(0, 3),
)
def test_no_gaps_and_all_numbers(reference, matrix, rows, uid, number):
    X = matrix(rows, 2**30)
    records = reference.records(X)
    frames = []
    for record in records:
        record.uid = uid
        record.features["other"].float64_tensor.values.append(1.5)
        frames.append(reference.frame(record.SerializeToString()))
    number %= len(rows)
    start = sum(map(len, frames[:number]))
    segments = recordio.inspect(b"".join(frames), number)
    assert_covers(segments, start, start + len(frames[number]))
    values = {segment.name: segment.value for segment in segments}
    row = list(rows[number].items())
    assert [values[f"features.keys[{i}]"] for i in range(len(row))] == [key for key, _ in row]
    assert [values[f"features.values[{i}]"] for i in range(len(row))] == [value for _, value in row]


def test_dense_and_reply_records_are_covered_too(reference):
    for data in (written(np.float32([[1, 2, 3]])), recordio.write_labels({"score": np.float32([0.5])})):
        assert_covers(recordio.inspect(data), 0, len(data))
    X = np.float32([[1, 2]])
    data = reference.write(X, [1], reference.UnpackedRecord)
    assert_covers(recordio.inspect(data), 0, len(data))


def test_records_that_are_not_there(data):
    with pytest.raises(IndexError, match="no record 2: this file has 2"):
        recordio.inspect(data, 2)
    with pytest.raises(IndexError, match="no record 0: this file has 0"):
        recordio.inspect(b"")


@settings(max_examples=200)
@given(changes=st.lists(st.tuples(st.integers(0, 63), st.integers(0, 255)), min_size=1, max_size=3))
def test_damage_is_refused_or_covered(matrix, changes):
    data = bytearray(written(matrix([{0: 1.0, 948: 1.0}], 2625), np.float32([5])))
    for at, byte in changes:
        data[at] = byte
    try:
        segments = recordio.inspect(bytes(data))
    except recordio.RecordIOError:
        return
    assert_covers(segments, 0, len(data))
