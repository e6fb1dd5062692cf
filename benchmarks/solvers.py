"""How fast are ``course_utils.fm.als`` and ``course_utils.fm.gibbs``? Beside libFM and myFM, on MovieLens 1M.

    COURSE_DATA_DIR=… python benchmarks/solvers.py                                  # a quarter of an hour
    COURSE_DATA_DIR=… python benchmarks/solvers.py --k 8 --iterations 8 --rounds 1  # a glance

All learn from the same 90 % of the ratings, user and film one-hot, with the same settings, for the same
number of iterations, taking turns. What is compared is the median iteration; the first, which compiles or
warms up, is left out. The test RMSE after the last iteration stands beside it: fast counts only where it is
as good.

The peers measure themselves: CPU seconds, without reading files. libFM gets the rows sorted by user, which it
likes best, and is told which columns are users and which are films; ours finds that out.

Further tables: a second core, other kinds of rows, and what numba's compiling costs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # no threads but those that are asked for
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from peers import PeerRun, PeerUnavailable, environment, libfm, libfm_build, libfm_file, run_libfm, run_myfm
from report import Report
from scipy.sparse import csr_array, hstack

from course_utils.datasets import movielens
from course_utils.encode import FeatureMap
from course_utils.encode.sides import Side, seen_items
from course_utils.evaluate.metrics import rmse
from course_utils.evaluate.split import split_by_hash
from course_utils.fm import als, gibbs

BURN_IN = 5  # libFM's own
LAMBDA = (0.0, 5.0, 15.0)  # of w0, w and V, for ALS
PEERS = {  # which of ours each stands beside, and how many times as fast ours should be
    "libFM ALS": ("ALS", 20),
    "libFM MCMC": ("Gibbs", 20),
    "myFM Gibbs": ("Gibbs", 15),
}


@dataclass(frozen=True)
class Rows:
    """Training and test rows, and what else is known of their columns."""

    X: csr_array
    y: np.ndarray
    test_X: csr_array
    test_y: np.ndarray
    sides: tuple[Side, ...] = ()

    def learn(self, solver: str, k: int, iterations: int, threads: int = 1, clock=process_time) -> PeerRun:
        """Let our own ``"ALS"`` or ``"Gibbs"`` learn."""
        ticks: list[float] = []
        settings = {"sides": self.sides, "seed": 1, "threads": threads}
        settings["on_epoch"] = lambda _: ticks.append(clock())
        if solver == "ALS":
            result = als.fit(self.X, self.y, als.ALSConfig(k, iterations, *LAMBDA), **settings)
        else:
            every_draw = gibbs.GibbsConfig(k, iterations, BURN_IN, keep=iterations - BURN_IN)
            result = gibbs.fit(self.X, self.y, every_draw, **settings)
        prediction = result.params.score(self.test_X)
        prediction = prediction.clip(self.y.min(), self.y.max())
        return PeerRun(np.diff(ticks).tolist(), prediction, rmse(self.test_y, prediction))


class Peers:
    """libFM and myFM on the same rows, as far as they can be had; ``folder`` is for libFM's files."""

    def __init__(self, rows: Rows, folder: Path, report: Report) -> None:
        self.rows, self.solvers = rows, {}
        self.groups = np.zeros(rows.X.shape[1], np.int64)
        for X in (rows.X, rows.test_X):
            self.groups[X.indices[1::2]] = 1
        try:
            libfm()
            self.files = [libfm_file(folder / "train", rows.X, rows.y)]
            self.files += [libfm_file(folder / "test", rows.test_X, rows.test_y)]
            self.solvers |= {"libFM ALS": self._als, "libFM MCMC": self._mcmc}
            report.text(libfm_build())
        except PeerUnavailable as reason:
            report.text(f"libFM not reachable: {reason}")
        try:
            environment("myfm", ["myfm"])
            self.solvers["myFM Gibbs"] = self._myfm
        except PeerUnavailable as reason:
            report.text(f"myFM not reachable: {reason}")

    def _als(self, k: int, iterations: int) -> PeerRun:
        penalties = ",".join(f"{value:g}" for value in LAMBDA)
        return run_libfm(*self.files, "als", k, iterations, "-regular", penalties)

    def _mcmc(self, k: int, iterations: int) -> PeerRun:
        return run_libfm(*self.files, "mcmc", k, iterations, groups=self.groups)

    def _myfm(self, k: int, iterations: int) -> PeerRun:
        rows, groups = self.rows, self.groups
        return run_myfm(
            rows.X, rows.y, rows.test_X, rows.test_y, k, iterations, groups=groups, burn_in=BURN_IN
        )


@dataclass(frozen=True)
class Result:
    """Milliseconds of the median iteration, and the test RMSE after the last one."""

    ms: float
    test_rmse: float


def contest(contestants: dict[str, Callable[[], PeerRun]], rounds: int) -> dict[str, Result]:
    """Let all run in turns."""
    runs: dict[str, list[PeerRun]] = {name: [] for name in contestants}
    for name in list(contestants) * rounds:
        runs[name].append(contestants[name]())
    return {
        name: Result(1e3 * median(median(run.seconds[1:]) for run in done), done[-1].test_rmse)
        for name, done in runs.items()
    }


def load() -> tuple[Rows, Side]:
    """MovieLens 1M, sorted by user, and the films that each user rated."""
    train, test = split_by_hash(movielens.load("ml-1m", allow_sample=False).ratings)
    train = train.sort_values("user", kind="stable")
    features = FeatureMap.fit(train)
    X, test_X = features.transform(train), features.transform(test)
    y, test_y = (part.rating.to_numpy(np.float32) for part in (train, test))
    return Rows(X, y, test_X, test_y), seen_items(features, train)


def beside_peers(
    report: Report, rows: Rows, peers: Peers, ks: list[int], iterations: int, rounds: int
) -> dict[tuple[str, int], float]:
    """The first table; returns how many times libFM's speed each of our solvers has at each k."""
    ratios: dict[tuple[str, int], float] = {}

    def table() -> Iterator[tuple]:
        for k in ks:
            contestants = {name: partial(rows.learn, name, k, iterations) for name in ("ALS", "Gibbs")}
            contestants |= {name: partial(run, k, iterations) for name, run in peers.solvers.items()}
            found = contest(contestants, rounds)
            for peer, (own, target) in PEERS.items():
                a, b = found[own], found.get(peer)
                if b and "libFM" in peer:
                    ratios[own, k] = b.ms / a.ms
                speeds = f"{a.ms:.1f}", b and f"{b.ms:.0f}", b and f"{b.ms / a.ms:.1f}", f"≥ {target}"
                yield k, own, peer, *speeds, f"{a.test_rmse:.4f}", b and f"{b.test_rmse:.4f}"

    report.table(
        "One core: CPU milliseconds of an iteration",
        ["k", "ours", "peer", "ours, ms", "peer, ms", "ratio", "target", "ours, RMSE", "peer, RMSE"],
        table(),
        f"RMSE on test rows after {iterations} iterations; Gibbs and MCMC average all draws but {BURN_IN}. "
        "In every iteration libFM also predicts all rows afresh: it is part of how it works.",
    )
    return ratios


def two_cores(report: Report, rows: Rows, ratios: dict, ks: list[int], iterations: int, rounds: int) -> None:
    def table() -> Iterator[tuple]:
        for k in ks:
            contestants = {
                (solver, threads): partial(rows.learn, solver, k, iterations, threads, perf_counter)
                for solver in ("ALS", "Gibbs")
                for threads in (1, 2)
            }
            found = contest(contestants, rounds)
            for solver in ("ALS", "Gibbs"):
                one, two, ratio = found[solver, 1].ms, found[solver, 2].ms, ratios.get((solver, k))
                gain = one / two
                with_both = ratio and f"{ratio * gain:.1f}"
                yield k, solver, f"{one:.1f}", f"{two:.1f}", f"{gain:.2f}", with_both, "≥ 30"

    report.table(
        "Two cores: milliseconds of an iteration by the clock on the wall",
        ["k", "solver", "one core", "two cores", "gain", "ratio to libFM", "target"],
        table(),
        "One core and two fit the same model, bit by bit. libFM uses one. The ratio is that of one core, "
        "from above, times the gain: both were measured side by side.",
    )


def kinds_of_rows(report: Report, rows: Rows, seen: Side, k: int, iterations: int, rounds: int) -> None:
    rng = np.random.default_rng(0)

    def a_day_too(X: csr_array) -> csr_array:
        n = X.shape[0]
        days = csr_array((np.ones(n, np.float32), rng.integers(0, 1000, n), np.arange(n + 1)), (n, 1000))
        return hstack([X, days], format="csr")

    def real_numbers(X: csr_array) -> csr_array:
        return csr_array((rng.uniform(0.9, 1.1, X.nnz).astype(np.float32), X.indices, X.indptr), X.shape)

    def changed(change: Callable[[csr_array], csr_array]) -> Rows:
        return replace(rows, X=change(rows.X), test_X=change(rows.test_X))

    kinds = {
        "user, film": rows,
        "user, film, one of 1,000 days": changed(a_day_too),
        "user, film; beside it the films each user rated": replace(rows, sides=(seen,)),
        "any: 2 columns with real numbers": changed(real_numbers),
    }
    contestants = {
        (solver, kind): partial(one.learn, solver, k, iterations)
        for kind, one in kinds.items()
        for solver in ("ALS", "Gibbs")
    }
    found = contest(contestants, rounds)

    def table() -> Iterator[tuple]:
        for kind in kinds:
            times = [(found[solver, kind].ms, found[solver, "user, film"].ms) for solver in ("ALS", "Gibbs")]
            yield kind, *(cell for ms, pair in times for cell in (f"{ms:.1f}", f"{ms / pair:.1f}")), "≤ 3"

    report.table(
        f"Other kinds of rows, k = {k}, one core: CPU milliseconds of an iteration",
        ["each row", "ALS", "÷ pairs", "Gibbs", "÷ pairs", "target"],
        table(),
    )


_FIRST_FIT = """
import time
from course_utils.fm import {solver}
import numpy as np
from scipy.sparse import csr_array
X = csr_array(np.array([[1, 0, {one}, 0], [0, 1, 0, 1], [1, 0, 0, 1]], np.float32))
started = time.process_time()
{solver}.fit(X, np.array([1.0, 2.0, 3.0]), {solver}.{config})
print(time.process_time() - started)
"""


def compiling(report: Report, rounds: int) -> None:
    def first_fit(program: str, cache: str) -> float:
        environ = os.environ | {"NUMBA_CACHE_DIR": cache}
        command = [sys.executable, "-c", program]
        return float(subprocess.run(command, env=environ, capture_output=True, check=True, text=True).stdout)

    def table() -> Iterator[tuple]:
        configs = {
            "als": "ALSConfig(epochs=2)",
            "gibbs": "GibbsConfig(iterations=2, burn_in=1)",
            "sgd": "SGDConfig(epochs=2)",
            "adam": "AdamConfig(num_factors=8, epochs=2)",
        }
        for solver, config in configs.items():
            for kind, one in (("user, film", 1), ("any", 0.5)):
                program = _FIRST_FIT.format(solver=solver, config=config, one=one)
                seconds = []
                for _ in range(rounds):
                    with tempfile.TemporaryDirectory() as cache:
                        seconds.append([first_fit(program, cache) for _ in ("cold", "warm")])
                cold, warm = (median(column) for column in zip(*seconds, strict=True))
                yield solver, kind, f"{cold:.1f}", f"{warm:.2f}"

    report.table(
        "Compiling: CPU seconds of the first fit in a process, 3 rows",
        ["solver", "each row", "nothing compiled yet", "from numba's cache"],
        table(),
        "The left column is paid once on a computer, and again after an update.",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--k", type=int, nargs="+", default=[8, 16, 32])
    parser.add_argument("--iterations", type=int, default=20, help=f"more than {BURN_IN}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--save", action="store_true", help="keep the tables in benchmarks/results/solvers.md"
    )
    options = parser.parse_args()

    report = Report("solvers", "ALS and Gibbs sampling beside libFM and myFM, on 90 % of MovieLens 1M.")
    rows, seen = load()
    effort = options.iterations, options.rounds
    with tempfile.TemporaryDirectory() as folder:
        peers = Peers(rows, Path(folder), report)
        ratios = beside_peers(report, rows, peers, options.k, *effort)
    two_cores(report, rows, ratios, options.k, *effort)
    kinds_of_rows(report, rows, seen, 16, *effort)
    compiling(report, options.rounds)
    if options.save:
        report.save()


if __name__ == "__main__":
    main()
