"""How fast is the RecordIO-protobuf codec? Beside SageMaker's Python SDK v2 and one protobuf message per row.

    python benchmarks/recordio.py             # a minute or two
    python benchmarks/recordio.py --large     # also as many rows as MovieLens 25M has, on disk (1.7 GB)

Rows are one-hot ratings at random: two non-zeros in the shape of MovieLens 1M, and twenty in 20,000 columns.
All write to memory that is there already, and all read into a CSR matrix and labels. Times are CPU seconds of
one thread, medians of interleaved rounds. The others would take minutes for all rows, so they get a part of
them, and what is compared is rows a second. That all write the same bytes is checked first.
"""

from __future__ import annotations

import argparse
import io
import resource
import runpy
import subprocess
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np
from peers import PeerUnavailable, environment
from report import Report
from scipy import sparse

from course_utils import recordio

BLOCKS = {2: (6_040, 3_706), 20: (1_000,) * 20}  # columns, by number of non-zeros
ROWS = {2: 1_000_000, 20: 200_000}
MOVIELENS_25M = 25_000_095, (162_541, 59_047)
SHARE = 50  # the others get this fraction of the rows
TARGET = {"write": 1000, "read": 120}
ROOT = Path(__file__).resolve().parents[1]
Reference = runpy.run_path(str(ROOT / "tests" / "recordio" / "conftest.py"))["Reference"]
SDK_PROGRAM = """
import io, sys, time
import numpy as np
from scipy import sparse
from sagemaker.amazon.common import read_recordio, write_spmatrix_to_sparse_tensor
from sagemaker.amazon.record_pb2 import Record

def write():
    stream.seek(0)
    write_spmatrix_to_sparse_tensor(stream, X, y)

def read():
    stream.seek(0)
    indptr, indices, values, labels = [0], [], [], []
    for payload in read_recordio(stream):
        record = Record()
        record.ParseFromString(payload)
        tensor = record.features["values"].float32_tensor
        indices.extend(tensor.keys)
        values.extend(tensor.values)
        indptr.append(len(indices))
        labels.extend(record.label["values"].float32_tensor.values)
    made = sparse.csr_matrix((np.array(values, np.float32), indices, indptr), shape=X.shape)
    assert made.nnz == X.nnz and len(labels) == len(y)

folder, stream = sys.argv[1], io.BytesIO()
X, y = sparse.csr_matrix(sparse.load_npz(folder + "/X.npz")), np.load(folder + "/y.npy")
write()
open(folder + "/sdk", "wb").write(stream.getvalue())
for line in sys.stdin:
    started = time.process_time()
    {"write": write, "read": read}[line.strip()]()
    print("seconds", time.process_time() - started, flush=True)
"""


def one_hot(n: int, sizes: tuple[int, ...]) -> tuple[sparse.csr_array, np.ndarray]:
    """One column at random out of each block of columns, and whole stars as labels."""
    rng = np.random.default_rng(0)
    indices = np.empty((n, len(sizes)), np.int32)
    for block, (start, size) in enumerate(zip(np.cumsum((0, *sizes)), sizes, strict=False)):
        indices[:, block] = start + rng.integers(0, size, n, dtype=np.int32)
    indptr = np.arange(0, n * len(sizes) + 1, len(sizes), dtype=np.int32)
    values = np.ones(n * len(sizes), np.float32)
    X = sparse.csr_array((values, indices.ravel(), indptr), shape=(n, sum(sizes)))
    return X, rng.integers(1, 6, n).astype(np.float32)


def reference_read(data: bytes) -> sparse.csr_array:
    """Parse every record with Google's protobuf runtime, and make a matrix of its numbers."""
    indptr, indices, values, labels, width = [0], [], [], [], 0
    for record in Reference.read(data):
        tensor = record.features["values"].float32_tensor
        indices.extend(tensor.keys)
        values.extend(tensor.values)
        indptr.append(len(indices))
        labels.extend(record.label["values"].float32_tensor.values)
        width = tensor.shape[0]
    return sparse.csr_array((np.array(values, np.float32), indices, indptr), shape=(len(labels), width))


class SDK:
    """The SDK in an environment of its own: writes, and then reads, the rows that it is given."""

    def __init__(self, X: sparse.csr_array, y: np.ndarray) -> None:
        python = environment("sdk_v2", ["sagemaker<3", "scipy"])
        self.folder = tempfile.TemporaryDirectory()
        sparse.save_npz(Path(self.folder.name, "X.npz"), X, compressed=False)
        np.save(Path(self.folder.name, "y.npy"), y)
        self.process = subprocess.Popen(
            [str(python), "-c", SDK_PROGRAM, self.folder.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.seconds("write")  # also waits until it is ready
        self.written = Path(self.folder.name, "sdk").read_bytes()

    def seconds(self, direction: str) -> float:
        """CPU seconds that it took to ``write`` or to ``read``, by its own clock."""
        print(direction, file=self.process.stdin, flush=True)
        for line in self.process.stdout:
            if line.startswith("seconds "):
                return float(line.split()[1])
        raise PeerUnavailable("the SDK ended early")

    def close(self) -> None:
        """End its process."""
        self.process.communicate()
        self.folder.cleanup()


def clocked(action: Callable[[], object]) -> Callable[[], float]:
    """The same action, giving the CPU seconds that it took."""

    def run() -> float:
        started = process_time()
        action()
        return process_time() - started

    return run


def speed(nonzeros: int, rounds: int, report: Report) -> Iterator[tuple]:
    """Rows of the table: rows a second of each contestant, writing and reading."""
    X, y = one_hot(ROWS[nonzeros], BLOCKS[nonzeros])
    n = len(y) // SHARE
    stream = io.BytesIO()
    recordio.write(stream, X, y)
    data, little = stream.getvalue(), Reference.write(X[:n], y[:n])
    assert data.startswith(little), "the codec and protobuf disagree"
    memory = io.BytesIO(data)

    def write() -> None:
        memory.seek(0)
        recordio.write(memory, X, y)

    contest = {
        ("write", "ours"): (len(y), clocked(write)),
        ("read", "ours"): (len(y), clocked(lambda: recordio.read(io.BytesIO(data)))),
        ("write", "protobuf"): (n, clocked(lambda: Reference.write(X[:n], y[:n]))),
        ("read", "protobuf"): (n, clocked(lambda: reference_read(little))),
    }
    sdk = None
    try:
        sdk = SDK(X[:n], y[:n])
        assert sdk.written == little, "the codec and the SDK disagree"
        for direction in TARGET:
            contest[direction, "SDK v2"] = n, lambda direction=direction: sdk.seconds(direction)
    except PeerUnavailable as reason:
        report.text(f"SDK v2 not reachable: {reason}")
    times: dict[tuple[str, str], list[float]] = {name: [] for name in contest}
    for _ in range(rounds):
        for name, (_, run) in contest.items():
            times[name].append(run())
    if sdk:
        sdk.close()
    rate = {name: contest[name][0] / median(taken) for name, taken in times.items()}
    for direction, target in TARGET.items():
        ours, theirs, protobuf = (rate.get((direction, who)) for who in ("ours", "SDK v2", "protobuf"))
        ratio = theirs and ours / theirs
        yield direction, nonzeros, ours, theirs, protobuf, ratio, target, ours / protobuf


def peak(action: Callable[[], object]) -> int:
    """Bytes in use at the worst moment, over those before."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class Sink:
    """Takes all bytes and keeps none."""

    def write(self, data: bytes) -> None:
        pass


def memory() -> Iterator[tuple]:
    """Rows of the table: what is done, and peak memory for one and for four times as many rows."""
    n = 500_000
    sets = [one_hot(size, BLOCKS[2]) for size in (n, 4 * n)]
    files = []
    for X, y in sets:
        stream = io.BytesIO()
        recordio.write(stream, X, y)
        files.append(stream.getvalue())
    with tempfile.TemporaryDirectory() as folder:
        for what, action in {
            "write into memory": lambda i: recordio.write(io.BytesIO(), *sets[i]),
            "write to a stream": lambda i: recordio.write(Sink(), *sets[i]),
            "write shards": lambda i: recordio.write_shards(folder, *sets[i]),
            "read (beside the file)": lambda i: recordio.read(io.BytesIO(files[i])),
        }.items():
            peaks = [peak(lambda i=i, action=action: action(i)) for i in range(2)]
            yield what, *(size / 1e6 for size in peaks), peaks[1] / len(files[1])


def large(folder: Path) -> Iterator[tuple]:
    """Rows of the table: as many ratings as MovieLens 25M has, to disk and back."""
    X, y = one_hot(*MOVIELENS_25M)
    path = folder / "ratings.pbr"
    for what in ("write", "read"):
        cpu, wall = process_time(), perf_counter()
        if what == "write":
            with path.open("wb") as file:
                recordio.write(file, X, y)
        else:
            with path.open("rb") as file:
                X_read, y_read = recordio.read(file)
        cpu, wall = process_time() - cpu, perf_counter() - wall
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        yield what, len(y), path.stat().st_size / 1e9, cpu, wall, len(y) / cpu / 1e6, resident
    for name in ("indptr", "indices", "data"):
        assert np.array_equal(getattr(X_read, name), getattr(X, name)), f"{name} came back changed"
    assert np.array_equal(y_read, y), "labels came back changed"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--large", action="store_true", help="also 25 million rows, on disk")
    parser.add_argument("--save", action="store_true", help="keep the report in benchmarks/results")
    options = parser.parse_args()
    report = Report(
        "recordio",
        "The RecordIO-protobuf codec beside SageMaker's Python SDK v2 and one protobuf message per row.",
    )
    report.table(
        "Rows a second",
        ["", "non-zeros", "ours", "SDK v2", "protobuf", "ours ÷ SDK v2", "target", "ours ÷ protobuf"],
        (row for nonzeros in ROWS for row in speed(nonzeros, options.rounds, report)),
        "CPU seconds of one thread, medians. All write the same bytes. “protobuf” is Google's runtime, one "
        "message per row, without the SDK's slicing of the matrix.",
    )
    report.table(
        "Peak memory",
        ["", "MB, 0.5 M rows", "MB, 2 M rows", "÷ size of the file"],
        memory(),
        "Two non-zeros a row; what is in use beyond the matrix to write, or the file to read.",
    )
    if options.large:
        folder = ROOT / "build"
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as place:
            report.table(
                "The shape of MovieLens 25M",
                ["", "rows", "GB", "CPU seconds", "seconds", "million rows/s of CPU", "peak resident GB"],
                large(Path(place)),
                "To a file and back; the same arrays come back. Resident memory is that of the whole process "
                "so far, the matrix included.",
            )
    if options.save:
        report.save()


if __name__ == "__main__":
    main()
