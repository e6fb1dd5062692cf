"""How much memory the codec takes, as tracemalloc counts it."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from scipy import sparse

from course_utils import recordio


class Sink:
    """Takes all bytes and keeps none."""

    def write(self, data: bytes) -> None:
        pass


def ratings(n: int) -> tuple[sparse.csr_array, np.ndarray]:
    """Rows with two ones."""
    rng = np.random.default_rng(0)
    columns = np.stack([rng.integers(0, 1000, n), rng.integers(1000, 9000, n)], axis=1).ravel()
    X = sparse.csr_array((np.ones(2 * n, np.float32), columns, np.arange(0, 2 * n + 1, 2)), shape=(n, 9000))
    return X, np.ones(n, np.float32)


def full_rows(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Few rows of many numbers."""
    return np.ones((n, 4096), np.float32), np.ones(n, np.float32)


def peak(action: Callable[[], object]) -> int:
    """Bytes in use at the worst moment, over those before; the first call compiles and is not counted."""
    action()
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("make", "n"), [(ratings, 100_000), (full_rows, 600)])
def test_a_stream_is_written_in_pieces(make, n):
    little, much = make(n), make(4 * n)
    assert peak(lambda: recordio.write(Sink(), *much)) < 1.1 * peak(lambda: recordio.write(Sink(), *little))


def test_shards_are_written_in_pieces(tmp_path):
    little, much = ratings(100_000), ratings(400_000)
    with_little = peak(lambda: recordio.write_shards(tmp_path, *little))
    assert peak(lambda: recordio.write_shards(tmp_path, *much)) < 1.1 * with_little


def test_writing_takes_little_more_than_the_output():
    X, y = ratings(400_000)
    stream = io.BytesIO()
    recordio.write(stream, X, y)
    size = len(stream.getvalue())
    assert peak(lambda: recordio.write(io.BytesIO(), X, y)) < 1.2 * size


def test_reading_takes_little_more_than_the_matrix():
    X, y = ratings(400_000)
    stream = io.BytesIO()
    recordio.write(stream, X, y)
    data = stream.getvalue()
    matrix = X.data.nbytes + X.indices.nbytes + X.indptr.nbytes + y.nbytes
    assert peak(lambda: recordio.read(io.BytesIO(data))) < len(data) + 1.2 * matrix
