"""How fast is ``course_utils.fm.sgd``? Beside libFM's SGD, on 90 % of MovieLens 1M, one core.

    COURSE_DATA_DIR=… python benchmarks/sgd.py                          # some minutes
    COURSE_DATA_DIR=… python benchmarks/sgd.py --k 8 --epochs 5 --rounds 1

Both learn with the same learning rate, regularisation and number of epochs, taking turns. What is compared is
the median epoch in CPU milliseconds; ours without the first, which compiles. Of libFM two figures are shown:
learning alone, by its own clock; and a whole iteration, in which it also predicts all training rows for their
RMSE, from the difference of two runs. (Ours reports the training RMSE too: its rows are scored as they are
learned from.) libFM visits rows in the order of its file, so it gets two files: sorted by user, which is
quickest for it, and shuffled. Ours shuffles in every epoch, and that is in its time.

The test RMSE after the last epoch, clipped to the range of the ratings, says whether both learned as well.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core each, or CPU seconds would not compare
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from peers import PeerUnavailable, libfm, libfm_build, libfm_file, run_libfm
from report import Report, cpu_seconds
from scipy.sparse import csr_array

from course_utils.datasets import movielens
from course_utils.encode import FeatureMap
from course_utils.evaluate.metrics import rmse
from course_utils.evaluate.split import split_by_hash
from course_utils.fm import sgd

Data = tuple[csr_array, np.ndarray, csr_array, np.ndarray]


def load() -> Data:
    """MovieLens 1M, 90 % sorted by user to learn from, 10 % for the test; user and film one-hot."""
    train, test = split_by_hash(movielens.load("ml-1m", allow_sample=False).ratings)
    train = train.sort_values("user", kind="stable")
    features = FeatureMap.fit(train)
    X, test_X = features.transform(train), features.transform(test)
    return X, train.rating.to_numpy(np.float32), test_X, test.rating.to_numpy(np.float32)


def libfm_files(folder: Path, data: Data) -> dict[str, tuple[Path, Path]]:
    X, y, test_X, test_y = data
    libfm()
    order = np.random.default_rng(0).permutation(len(y))
    test = libfm_file(folder / "test", test_X, test_y)
    return {
        "libFM, sorted by user": (libfm_file(folder / "sorted", X, y), test),
        "libFM, shuffled": (libfm_file(folder / "shuffled", X[order], y[order]), test),
    }


@dataclass(frozen=True)
class Result:
    """Milliseconds of learning in one epoch, of the whole epoch, and the test RMSE after the last one."""

    learning: float
    whole: float
    test_rmse: float


def ours(data: Data, config: sgd.SGDConfig) -> Result:
    X, y, test_X, test_y = data
    ticks: list[float] = []
    params = sgd.fit(X, y, config, seed=1, on_epoch=lambda _: ticks.append(process_time())).params
    ms = 1e3 * median(np.diff(ticks))
    return Result(ms, ms, rmse(test_y, params.score(test_X).clip(y.min(), y.max())))


def theirs(files: tuple[Path, Path], config: sgd.SGDConfig) -> Result:
    words = ["-learn_rate", f"{config.learning_rate:g}"]
    words += ["-regular", f"0,{config.lambda_w:g},{config.lambda_V:g}"]
    half = config.epochs // 2
    times = [cpu_seconds()]
    for epochs in (config.epochs - half, config.epochs):
        run = run_libfm(*files, "sgd", config.num_factors, epochs, *words)
        times.append(cpu_seconds())
    few, many = np.diff(times)
    return Result(1e3 * median(run.seconds), 1e3 * (many - few) / half, run.test_rmse)


def contest(contestants: dict[str, Callable[[], Result]], rounds: int) -> dict[str, Result]:
    """The median result of each; they take turns."""
    results: dict[str, list[Result]] = {name: [] for name in contestants}
    for name in list(contestants) * rounds:
        results[name].append(contestants[name]())
    return {
        name: Result(*map(median, zip(*map(astuple, done), strict=True))) for name, done in results.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--k", type=int, nargs="+", default=[8, 16, 32, 64])
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/sgd.md")
    options = parser.parse_args()
    data = load()
    report = Report("sgd", "SGD of factorization machines beside libFM's, on 90 % of MovieLens 1M, one core.")
    mixed = data[0].copy()
    mixed.data[0] = 1.5  # one number that is not 1, and the path for any rows is taken

    with tempfile.TemporaryDirectory() as folder:
        try:
            files = libfm_files(Path(folder), data)
            report.text(libfm_build())
        except PeerUnavailable as reason:
            files = {}
            report.text(f"libFM not reachable: {reason}")

        def table() -> Iterator[tuple]:
            for k in options.k:
                config = sgd.SGDConfig(k, options.epochs)
                contestants = {
                    "pairs": partial(ours, data, config),
                    "any rows": partial(ours, (mixed, *data[1:]), config),
                }
                contestants |= {name: partial(theirs, pair, config) for name, pair in files.items()}
                found = contest(contestants, options.rounds)
                for path in ("pairs", "any rows"):
                    a = found[path]
                    for peer in files:
                        b = found[peer]
                        alone, whole = (f"{ms / a.whole:.1f}" for ms in (b.learning, b.whole))
                        errors = f"{a.test_rmse:.4f}", f"{b.test_rmse:.4f}"
                        yield k, path, f"{a.whole:.1f}", peer, b.learning, alone, b.whole, whole, *errors
                    if not files:
                        yield k, path, f"{a.whole:.1f}", *[None] * 5, f"{a.test_rmse:.4f}", None

        columns = ["k", "our path for", "ours, ms", "peer", "learning alone, ms", "ratio"]
        report.table(
            "CPU milliseconds of an epoch",
            [*columns, "whole iteration, ms", "ratio", "ours, RMSE", "peer, RMSE"],
            table(),
            f"RMSE on test rows after {options.epochs} epochs with learning rate "
            f"{sgd.SGDConfig.learning_rate:g}, λ_w = {sgd.SGDConfig.lambda_w:g}, "
            f"λ_V = {sgd.SGDConfig.lambda_V:g}. libFM takes long steps of w0 too, ours short ones.",
        )
    if options.save:
        report.save()


if __name__ == "__main__":
    main()
