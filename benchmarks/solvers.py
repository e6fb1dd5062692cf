"""How fast and how good are ``course_utils.fm.als`` and ``course_utils.fm.gibbs``? On real MovieLens.

    COURSE_DATA_DIR=… COURSE_GOLDEN_DIR=… python benchmarks/solvers.py             # speed, then accuracy
    python benchmarks/solvers.py --only speed --rounds 9

Speed: 90 % of MovieLens 1M, CPU milliseconds of one iteration and ratings a second, medians of interleaved
rounds. The fast path for (user, film) pairs is compared with the general path for any rows, and with block
ALS in whole-array NumPy: per field, the normal equations of many columns at once, solved by LAPACK. All start
from the same parameters; the training RMSE after as many sweeps shows that they do the same work (blocks
descend a little faster: a column's parameters are solved together, not one after the other).

Accuracy: test RMSE, every seed, predictions within the range of the training ratings. Beside it what libFM
reached on the same protocol.
"""

from __future__ import annotations

import argparse
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median
from time import perf_counter, process_time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core each, or CPU seconds would not compare
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from course_utils.datasets import movielens
from course_utils.encode import FeatureMap
from course_utils.evaluate.metrics import rmse
from course_utils.evaluate.split import split_by_hash
from course_utils.fm import als, gibbs
from course_utils.fm.coordinate import Prior, Rows, start, step_bias
from course_utils.fm.fields import Pairs

LAMBDA_W, LAMBDA_V = 5.0, 15.0


class NumPyBlocks:
    """Block ALS of (user, film) pairs: one (1 + k)² linear system per column, many of them at once.

    Columns with about as many ratings are padded to the same length, with a partner whose ``theta`` is 0.
    """

    def __init__(self, X: csr_array, y: np.ndarray) -> None:
        left, right = X.indices[0::2], X.indices[1::2]
        self.y, self.left, self.right, self.d = y, left, right, X.shape[1]
        self.batches = [*self._batches(left, right), *self._batches(right, left)]

    def _batches(self, own: np.ndarray, partner: np.ndarray, cells: int = 1 << 16):
        order = np.argsort(own, kind="stable")
        columns, first, counts = np.unique(own[order], return_index=True, return_counts=True)
        by_count = np.argsort(counts, kind="stable")
        while len(by_count):
            size = max(1, min(cells // counts[by_count[0]], len(by_count)))
            while size > 1 and size * counts[by_count[size - 1]] > cells:
                size = size * 3 // 4
            batch, by_count = by_count[:size], by_count[size:]
            at = np.arange(counts[batch[-1]])
            real = at < counts[batch, None]
            rows = order[np.where(real, first[batch, None] + at, 0)]
            yield columns[batch], np.where(real, partner[rows], self.d), np.where(real, self.y[rows], 0), real

    def sweep(self, w0: float, theta: np.ndarray, penalty: np.ndarray) -> tuple[float, float]:
        padded = np.vstack([theta, np.zeros_like(theta[:1])])
        for columns, partners, y, real in self.batches:
            H = padded[partners]
            target = y - (w0 * real + H[:, :, 0])
            H[:, :, 0] = real
            gram = H.transpose(0, 2, 1) @ H + np.diag(penalty)
            padded[columns] = np.linalg.solve(gram, H.transpose(0, 2, 1) @ target[:, :, None])[:, :, 0]
        theta[:] = padded[:-1]
        u, v = theta[self.left], theta[self.right]
        e = self.y - w0 - u[:, 0] - v[:, 0] - np.einsum("nk,nk->n", u[:, 1:], v[:, 1:])
        return float(e.sum(dtype=np.float64)), float(np.square(e, dtype=np.float64).sum())


def speed(rounds: int) -> None:
    train, _ = split_by_hash(movielens.load("ml-1m", allow_sample=False).ratings)
    X, y = FeatureMap.fit(train).transform(train), train.rating.to_numpy(np.float32)
    n, d = X.shape
    pairs, rows, blocks = Pairs(X, y), Rows(X, y), NumPyBlocks(X, y)
    print(f"\nMovieLens 1M, {n:,} training ratings, median of {rounds} iterations, one core\n")
    print("| k | solver | ms an iteration | million ratings/s | train RMSE | time ÷ pair path |")
    print("|--:|---|--:|--:|--:|--:|")
    for k in (8, 16, 32):
        penalty = np.array([LAMBDA_W] + [LAMBDA_V] * k)
        prior = Prior(np.zeros(d, np.int64), np.zeros((1, 1 + k)), penalty[None, :])
        silence = np.zeros((d, 1 + k), np.float32)
        rng = np.random.default_rng(1)

        def als_sweep(design, w0, theta, prior=prior, silence=silence):
            return design.sweep(w0, theta, prior, 1.0, silence)

        def gibbs_sweep(design, w0, theta, prior=prior, rng=rng):
            # as in gibbs.fit: fresh noise, a sweep, and new hyperparameters
            sums = design.sweep(w0, theta, prior, 1.0, rng.standard_normal(theta.shape, dtype=np.float32))
            gibbs._Hyperparameters(prior.group, theta.shape[1], 0.1).draw(theta, rng)
            return sums

        def block_sweep(design, w0, theta, penalty=penalty):
            return design.sweep(np.float32(w0), theta, penalty.astype(np.float32))

        contest: dict[str, tuple[Callable, object]] = {
            "ALS, pairs": (als_sweep, pairs),
            "ALS, any rows": (als_sweep, rows),
            "ALS, NumPy blocks": (block_sweep, blocks),
            "Gibbs, pairs": (gibbs_sweep, pairs),
            "Gibbs, any rows": (gibbs_sweep, rows),
        }
        begin = start(d, k, 0.1, np.random.default_rng(0))
        state = {name: [float(y.mean(dtype=np.float64)), begin.copy(), 0.0] for name in contest}
        times: dict[str, list[float]] = {name: [] for name in contest}
        for _ in range(1 + rounds):  # the first round compiles, and is not counted
            for name, (sweep, design) in contest.items():
                w0, theta, _ = state[name]
                started = process_time()
                state[name][0], state[name][2] = step_bias(w0, sweep(design, w0, theta), n)
                times[name].append(process_time() - started)
        cost = {name: median(values[1:]) for name, values in times.items()}
        for name, seconds in cost.items():
            fast = cost["Gibbs, pairs" if name.startswith("Gibbs") else "ALS, pairs"]
            error = np.sqrt(state[name][2] / n)
            print(
                f"| {k} | {name} | {1e3 * seconds:.1f} | {n / seconds / 1e6:.1f} | {error:.4f} "
                f"| {seconds / fast:.1f} |",
                flush=True,
            )


def encoded(train: pd.DataFrame, test: pd.DataFrame) -> tuple:
    features = FeatureMap.fit(train)
    return (
        features.transform(train),
        train.rating.to_numpy(),
        features.transform(test),
        test.rating.to_numpy(),
    )


def ml_100k_u1() -> tuple:
    with zipfile.ZipFile(movielens.fetch("ml-100k")) as archive:
        names = {Path(name).name: name for name in archive.namelist()}
        train, test = (
            pd.read_csv(archive.open(names[part]), sep="\t", names=["user", "item", "rating", "timestamp"])
            for part in ("u1.base", "u1.test")
        )
    return encoded(train, test)


def ml_latest_small_golden() -> tuple:
    folder = Path(os.environ["COURSE_GOLDEN_DIR"]) / "fm-regressor-ml-latest-small"
    parts = []
    for name in ("user_movie_train.svm", "user_movie_test.svm"):
        table = np.array((folder / name).read_text().replace(":1", "").split(), float).reshape(-1, 3)
        parts.append(
            pd.DataFrame(table, columns=["rating", "user", "item"]).astype({"user": int, "item": int})
        )
    return encoded(*parts)


def ml_1m_by_hash() -> tuple:
    return encoded(*split_by_hash(movielens.load("ml-1m", allow_sample=False).ratings))


DATA = {
    "ml-100k, fold u1": ml_100k_u1,
    "ml-latest-small, golden 70/30": ml_latest_small_golden,
    "ml-1m, 90/10 by hash": ml_1m_by_hash,
}
LIBFM = {  # test RMSE of ALS and MCMC, by data set and k; on ml-1m for another random 90/10 split
    ("ml-100k, fold u1", 8): (0.9265, 0.9050),
    ("ml-100k, fold u1", 16): (0.9253, 0.9046),
    ("ml-1m, 90/10 by hash", 8): (0.8530, 0.8446),
    ("ml-1m, 90/10 by hash", 16): (0.8483, 0.8377),
}


def accuracy(seeds: int) -> None:
    print(f"\nTest RMSE, user and film only, {seeds} seeds\n")
    print("| data | k | solver | mean | each seed | libFM | seconds a fit |")
    print("|---|--:|---|--:|---|--:|--:|")
    for data, load in DATA.items():
        if "golden" in data and "COURSE_GOLDEN_DIR" not in os.environ:
            print(f"| {data} | | COURSE_GOLDEN_DIR is not set | | | | |")
            continue
        X, y, test_X, test_y = load()
        low, high = y.min(), y.max()

        def by_als(k, seed, X=X, y=y, test_X=test_X):
            return als.fit(X, y, als.ALSConfig(k, 30), seed=seed).params.score(test_X)

        def by_gibbs(k, seed, X=X, y=y, test_X=test_X):
            return gibbs.fit(X, y, gibbs.GibbsConfig(k), predict_X=test_X, seed=seed).test_prediction

        for k in (8, 16):
            for place, (name, predict) in enumerate({"ALS": by_als, "Gibbs": by_gibbs}.items()):
                started = perf_counter()
                errors = [rmse(test_y, predict(k, seed).clip(low, high)) for seed in range(seeds)]
                seconds = (perf_counter() - started) / seeds
                peer = LIBFM.get((data, k))
                print(
                    f"| {data} | {k} | {name} | {mean(errors):.4f} | {' '.join(f'{e:.4f}' for e in errors)} "
                    f"| {f'{peer[place]:.4f}' if peer else '–'} | {seconds:.1f} |",
                    flush=True,
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=["speed", "accuracy"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    if options.only != "accuracy":
        speed(options.rounds)
    if options.only != "speed":
        accuracy(options.seeds)


if __name__ == "__main__":
    main()
