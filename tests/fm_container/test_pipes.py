"""Channels in Pipe mode: read anew in every epoch, and checked like files."""

from __future__ import annotations

import io
import os
import re

import numpy as np
import pytest

from course_utils import artifact, recordio
from course_utils.fm import adam
from course_utils.fm_container.channels import first_records

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
WORKS = {"feature_dim": "20", "num_factors": "3", "predictor_type": "regressor", "mini_batch_size": "50"}


def test_every_epoch_comes_from_a_pipe_of_its_own(empty_job, toy, records, monkeypatch):
    """A probe of one batch, then two epochs; the second one's rows are others, and are used."""
    monkeypatch.setenv("FM_SEED", "5")
    X, y = toy
    first, second = records(X, y), records(X[::-1], y[::-1])
    job = empty_job.hyperparameters(**WORKS, epochs="2").pipes("train", [first, first, second])
    code, log = job.train()
    assert code == 0, log
    config = adam.AdamConfig(num_factors=3, mini_batch_size=50, epochs=2)
    expected = adam.fit(X, y, config, seed=5, rows_of=lambda epoch: (X[::-1], y[::-1]))
    np.testing.assert_array_equal(artifact.load(job.model).params.V, expected.params.V)


def test_the_log_is_that_of_file_mode(empty_job, tmp_path, toy, records):
    data = records(*toy)
    piped = empty_job.hyperparameters(**WORKS, epochs="2")
    piped.pipes("train", [data] * 3).pipes("test", [data] * 2)
    filed = type(empty_job)(tmp_path / "other").resources("algo-1").hyperparameters(**WORKS, epochs="2")
    filed.channel("train", {"a": data}).channel("test", {"a": data})
    stories = []
    for job in (piped, filed):
        code, log = job.train()
        assert code == 0, log
        stories.append(re.findall(r'"(?:epoch|num_examples|num_bytes)": \d+', log))
    assert stories[0] == stories[1]


@pytest.mark.parametrize("spoil", [lambda data: b"a,b\n" * 999, lambda data: data[:-6]])
def test_wrong_bytes_are_the_customers(empty_job, toy, records, spoil):
    data = spoil(records(*toy))
    job = empty_job.hyperparameters(**WORKS).pipes("train", [data] * 2)
    assert job.train()[0] == 2
    assert job.failure.startswith("Customer Error: Unable to read data channel 'train'. Requested content")
    assert re.search(r"Caused by: 'train_[01]': Record \d+", job.failure)


def test_an_empty_pipe(empty_job):
    job = empty_job.hyperparameters(**WORKS).pipes("train", [b"", b""])
    assert job.train()[0] == 2
    assert "it holds no records" in job.failure


@pytest.mark.parametrize("count", [1, 7, 130, 131])
def test_the_first_records_end_where_records_end(toy, records, count):
    X, y = toy
    assert first_records(io.BytesIO(records(X, y)), count) == records(X[:count], y[:count])


def test_a_record_in_parts_counts_once():
    """The magic number as a value: a writer by the book splits the record there."""
    X = np.full((2, 8), np.uint32(0xCED7230A).view(np.float32), np.float32)
    whole = io.BytesIO()
    recordio.write(whole, X, np.ones(2, np.float32))
    data = whole.getvalue()
    parts = _in_parts(data[: len(data) // 2]) + _in_parts(data[len(data) // 2 :])
    assert parts != data
    first, _ = recordio.read(io.BytesIO(first_records(io.BytesIO(parts), 1)))
    np.testing.assert_array_equal(first.toarray(), X[:1])


def _in_parts(framed: bytes) -> bytes:
    """One framed record, split by the rule of dmlc-core: at aligned magic words, which are left out."""
    length = int.from_bytes(framed[4:8], "little")
    payload, pieces = framed[8 : 8 + length], [b""]
    for at in range(0, length, 4):
        word = payload[at : at + 4]
        if word == framed[:4]:
            pieces.append(b"")
        else:
            pieces[-1] += word
    marks = [0] if len(pieces) == 1 else [1, *[2] * (len(pieces) - 2), 3]
    return b"".join(
        framed[:4] + (mark << 29 | len(piece)).to_bytes(4, "little") + piece + bytes(-len(piece) % 4)
        for mark, piece in zip(marks, pieces, strict=True)
    )
