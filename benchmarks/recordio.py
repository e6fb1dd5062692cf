"""How fast the RecordIO-protobuf codec is, next to one protobuf message per row in the same run.

    python benchmarks/recordio.py                  # 1,000,000 rows
    python benchmarks/recordio.py --rows 100000

Rows have two ones, as one-hot ratings do, in the shape of MovieLens 1M. The reference makes and parses every
record with Google's protobuf runtime (C code), which is what SageMaker's Python SDK v2 does, without that
SDK's slower slicing of the matrix. Times are CPU seconds of one thread, medians of interleaved rounds.
"""

from __future__ import annotations

import argparse
import io
import runpy
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import sparse

from course_utils import recordio

ROUNDS = 5
REFERENCE_SHARE = 20  # the reference gets this fraction of the rows, or the benchmark would take minutes
Reference = runpy.run_path(Path(__file__).parents[1] / "tests" / "recordio" / "conftest.py")["Reference"]


def ratings(n: int, users: int = 6040, films: int = 3706) -> tuple[sparse.csr_array, np.ndarray]:
    """One-hot ratings at random: X (n, users + films) and y (n,)."""
    rng = np.random.default_rng(0)
    columns = np.stack([rng.integers(0, users, n), users + rng.integers(0, films, n)], axis=1).ravel()
    X = sparse.csr_array(
        (np.ones(2 * n, np.float32), columns, np.arange(0, 2 * n + 1, 2)), shape=(n, users + films)
    )
    return X, rng.integers(1, 6, n).astype(np.float32)


def write(X: sparse.csr_array, y: np.ndarray) -> bytes:
    stream = io.BytesIO()
    recordio.write(stream, X, y)
    return stream.getvalue()


def reference_read(data: bytes) -> int:
    """Parse every record and take its numbers out, as a reader of the matrix must."""
    keys, values, labels = [], [], []
    for record in Reference.read(data):
        tensor = record.features["values"].float32_tensor
        keys.extend(tensor.keys)
        values.extend(tensor.values)
        labels.extend(record.label["values"].float32_tensor.values)
    return len(labels)


def seconds(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    n = parser.parse_args().rows
    X, y = ratings(n)
    part = slice(0, n // REFERENCE_SHARE)
    data, little = write(X, y), Reference.write(X[part], y[part])
    assert data.startswith(little), "the codec and protobuf disagree"
    actions = {
        ("write", "this codec"): (n, lambda: write(X, y)),
        ("write", "one message per row"): (part.stop, lambda: Reference.write(X[part], y[part])),
        ("read", "this codec"): (n, lambda: recordio.read(io.BytesIO(data))),
        ("read", "one message per row"): (part.stop, lambda: reference_read(little)),
        ("copy", "memcpy of the file"): (n, lambda: bytearray(data)),
    }
    times = {name: [] for name in actions}
    for _ in range(ROUNDS):
        for name, (_, action) in actions.items():
            times[name].append(seconds(action))
    speed = {name: actions[name][0] / statistics.median(taken) for name, taken in times.items()}
    print(f"{n} rows of 2 non-zeros, {len(data) / 1e6:.0f} MB, median of {ROUNDS} rounds")
    for (direction, how), rows in speed.items():
        print(f"  {direction:5}  {how:20} {rows / 1e6:8.3f} M rows/s")
    for direction in ("write", "read"):
        ratio = speed[direction, "this codec"] / speed[direction, "one message per row"]
        print(f"  {direction:5}  ratio {ratio:.0f}")


if __name__ == "__main__":
    main()
