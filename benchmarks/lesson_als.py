"""How fast is ALS in plain NumPy? ``course_utils.fm.lesson_als`` beside libFM's ALS, which is compiled C++.

    COURSE_DATA_DIR=… python benchmarks/lesson_als.py                       # some minutes
    COURSE_DATA_DIR=… python benchmarks/lesson_als.py --k 8 --rounds 1

90 % of MovieLens 1M, one core, the same regularisation; they take turns. What is compared is the median
iteration in CPU milliseconds. libFM measures itself, without reading files, and gets the rows sorted by user,
which it likes best. The test RMSE after as many iterations stands beside it, and our own compiled solver too.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import process_time
from typing import NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core each, or CPU seconds would not compare
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from peers import PeerUnavailable, libfm_build, run_libfm
from report import Report
from sgd import Data, libfm_files, load

from course_utils.evaluate.metrics import rmse
from course_utils.fm import als, lesson_als
from course_utils.fm.model import FitResult

LAMBDA_W, LAMBDA_V = 5.0, 15.0


class Run(NamedTuple):
    """CPU seconds of the iterations, and the test RMSE after the last one."""

    seconds: np.ndarray
    test_rmse: float


def ours(fit: Callable[..., FitResult], data: Data) -> Run:
    X, y, test_X, test_y = data
    ticks: list[float] = []
    params = fit(X, y, seed=0, on_epoch=lambda _: ticks.append(process_time())).params
    return Run(np.diff(ticks), rmse(test_y, params.score(test_X).clip(y.min(), y.max())))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--k", type=int, nargs="+", default=[8, 16, 32])
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/lesson_als.md")
    options = parser.parse_args()
    data = load()
    report = Report(
        "lesson_als", "ALS in plain NumPy beside libFM's in C++, on 90 % of MovieLens 1M, one core."
    )

    def numpy(k: int) -> Run:
        settings = {"k": k, "epochs": options.iterations, "lambda_w": LAMBDA_W, "lambda_V": LAMBDA_V}
        return ours(partial(lesson_als.fit, **settings), data)

    def numba(k: int) -> Run:
        config = als.ALSConfig(k, options.iterations, lambda_w=LAMBDA_W, lambda_V=LAMBDA_V)
        return ours(partial(als.fit, config=config, threads=1), data)

    with tempfile.TemporaryDirectory() as folder:

        def libfm(k: int) -> Run:
            penalties = "-regular", f"0,{LAMBDA_W:g},{LAMBDA_V:g}"
            run = run_libfm(*files, "als", k, options.iterations, *penalties)
            return Run(np.array(run.seconds), run.test_rmse)

        contestants = {"NumPy": numpy, "numba": numba}
        try:
            files = libfm_files(Path(folder), data)["libFM, sorted by user"]
            contestants["libFM"] = libfm
            report.text(libfm_build())
        except PeerUnavailable as reason:
            report.text(f"libFM not reachable: {reason}")

        def table() -> Iterator[tuple]:
            for k in options.k:
                runs: dict[str, list[Run]] = {name: [] for name in contestants}
                for name in list(contestants) * options.rounds:
                    runs[name].append(contestants[name](k))
                ms = {
                    name: 1e3 * float(np.median(np.concatenate([run.seconds for run in done])))
                    for name, done in runs.items()
                }
                for peer in list(contestants)[1:]:
                    errors = (f"{runs[name][0].test_rmse:.4f}" for name in ("NumPy", peer))
                    yield k, ms["NumPy"], peer, ms[peer], f"{ms[peer] / ms['NumPy']:.2f}", *errors

        report.table(
            "CPU milliseconds of an iteration",
            ["k", "NumPy, ms", "peer", "peer, ms", "ratio", "NumPy, RMSE", "peer, RMSE"],
            table(),
            f"numba is the course's own compiled solver, `course_utils.fm.als`. RMSE on test rows after "
            f"{options.iterations} iterations with λ_w = {LAMBDA_W:g} and λ_V = {LAMBDA_V:g}.",
        )
    if options.save:
        report.save()


if __name__ == "__main__":
    main()
