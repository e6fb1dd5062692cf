"""Objects of a batch transform job, cut into payloads; judged by cutting them in one piece."""

from __future__ import annotations

import io
import random
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from course_utils import recordio
from course_utils.local_aws.transform.batches import MB, BadInput, payloads

MAGIC = struct.pack("<I", 0xCED7230A)


def cut(data, split, limit, *, single=False):
    return list(payloads(io.BytesIO(data), split, limit=limit, single=single))


def frame(content, part=0):
    return MAGIC + struct.pack("<I", part << 29 | len(content)) + content + bytes(-len(content) % 4)


def greedy(records, limit):
    """Records put together as long as they fit, the plain way."""
    batches = []
    for record in records:
        if batches and len(b"".join(batches[-1])) + len(record) <= limit:
            batches[-1].append(record)
        else:
            batches.append([record])
    return batches


@given(st.lists(st.binary(min_size=1, max_size=30).filter(lambda x: b"\n" not in x and x.strip())), st.data())
def test_lines_are_put_together_up_to_the_limit(lines, data):
    whole = [line + b"\n" for line in lines]
    limit = data.draw(st.integers(max(map(len, whole), default=1), 100))
    assert cut(b"".join(whole), "Line", limit) == greedy(whole, limit)
    assert cut(b"".join(whole), "Line", limit, single=True) == [[line] for line in whole]


def test_blank_lines_hold_no_record_and_the_last_line_needs_no_end():
    assert cut(b"\n1\r\n  \n\n2", "Line", 100) == [[b"1\r\n", b"2"]]
    assert cut(b"\n \n", "Line", 100) == []
    assert cut(b"", "Line", 100) == []


def test_an_object_that_is_not_split_is_one_payload():
    assert cut(b"a\nb", "None", 3) == [[b"a\nb"]]
    assert cut(b"", "None", 3) == [[b""]]


@pytest.mark.parametrize("rows", [1, 7, 200])
def test_recordio_keeps_its_frames(rows):
    X = sparse.random_array((rows, 50), density=0.1, dtype=np.float32, format="csr", rng=rows)
    stream = io.BytesIO()
    recordio.write(stream, X)
    pieces = cut(stream.getvalue(), "RecordIO", 400)
    assert all(len(b"".join(piece)) <= 400 for piece in pieces)
    assert b"".join(b"".join(piece) for piece in pieces) == stream.getvalue()
    assert sum(map(len, pieces)) == rows
    read = [recordio.read(io.BytesIO(b"".join(piece)))[0] for piece in pieces]
    assert (sparse.vstack(read) != X).nnz == 0


def test_a_record_alone_loses_its_frame():
    data = frame(b"12345") + frame(b"ab", 1) + frame(b"cd", 2) + frame(b"e", 3) + frame(b"")
    alone = cut(data, "RecordIO", 100, single=True)
    assert alone == [[b"12345"], [b"ab" + MAGIC + b"cd" + MAGIC + b"e"], [b""]]
    assert b"".join(cut(data, "RecordIO", 100)[0]) == data


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"1,2,3\n", "expected the magic number"),
        (frame(b"12345")[:-2], "announces 5 bytes"),
        (frame(b"12345") + MAGIC[:3], "Record 1 .at byte 16.: expected the magic number"),
        (frame(b"a", 2), "part marker 2 is out of place"),
        (frame(b"a", 1) + frame(b"b", 1), "part marker 1 is out of place"),
        (frame(b"a", 1), "ends before the last part"),
        (frame(b"a", 5), "part marker 5 is out of place"),
    ],
)
def test_what_is_not_recordio_is_named(data, says):
    with pytest.raises(BadInput, match=says):
        cut(data, "RecordIO", 100)


@pytest.mark.parametrize(
    ("data", "split"),
    [
        (bytes(MB + 1), "None"),
        (b"1\n" + b"x" * MB + b"\n", "Line"),
        (frame(b"1") + frame(bytes(MB)), "RecordIO"),
        (frame(bytes(MB // 2), 1) + frame(bytes(MB // 2), 3), "RecordIO"),
    ],
)
def test_a_record_larger_than_the_limit_is_refused_without_reading_on(data, split):
    stream = io.BytesIO(data + bytes(10 * MB))
    with pytest.raises(BadInput, match=r"larger than MaxPayloadInMB \(1 MB\)"):
        list(payloads(stream, split, limit=MB, single=False))
    assert stream.tell() <= 2.1 * MB


def test_little_is_read_ahead():
    lines = b"".join(b"%d\n" % number for number in range(100_000))
    stream = io.BytesIO(lines)
    first = next(payloads(stream, "Line", limit=1000, single=False))
    assert first[0] == b"0\n"
    assert stream.tell() < 2000


@pytest.mark.parametrize("split", ["None", "Line", "RecordIO"])
def test_damaged_bytes_are_cut_or_refused_and_nothing_else(split):
    rng = random.Random(1)
    good = b"".join(frame(rng.randbytes(rng.randrange(40))) for _ in range(20))
    for _ in range(500):
        data = bytearray(good)
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            pieces = cut(bytes(data[: rng.randrange(len(data))]), split, 300)
        except BadInput:
            continue
        assert all(len(b"".join(piece)) <= 300 for piece in pieces)
