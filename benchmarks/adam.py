"""How fast is ``course_utils.fm.adam``? Ratings a second, beside the same training in whole-array NumPy.

    python benchmarks/adam.py                 # 100,000 ratings made here, k = 8, 16, 32, 64
    python benchmarks/adam.py --rows 1000000

Both train the same model on the same rows from the same start, in interleaved rounds; the medians of their
CPU times are compared. The last column is the largest difference between the two fitted models: it shows that
they did the same work.
"""

from __future__ import annotations

import argparse
import os
from statistics import median
from time import process_time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core each, or CPU seconds would not compare
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy.sparse import csr_array

from course_utils.fm.adam import AdamConfig, fit
from course_utils.fm.model import FMParameters

USERS, FILMS = 943, 1682  # as many as in MovieLens 100K


def made_up_ratings(rows: int) -> tuple[csr_array, np.ndarray]:
    """One-hot (user, film) rows with popular and rare films, in random order."""
    rng = np.random.default_rng(0)
    user = rng.integers(0, USERS, rows)
    film = (FILMS * rng.random(rows) ** 3).astype(int)
    columns = np.stack([user, USERS + film], axis=1).astype(np.int32)
    X = csr_array(
        (np.ones(2 * rows, np.float32), columns.ravel(), np.arange(0, 2 * rows + 1, 2)),
        shape=(rows, USERS + FILMS),
    )
    return X, rng.integers(1, 6, rows).astype(np.float32)


def numpy_fit(X: csr_array, y: np.ndarray, config: AdamConfig, start: FMParameters) -> FMParameters:
    """The same optimiser, a batch at a time with whole-array operations: the peer."""
    size = config.mini_batch_size
    theta = [np.full((1, 1), start.w0, np.float32), start.w[:, None].copy(), start.V.copy()]
    mean, variance = ([np.zeros_like(value) for value in theta] for _ in range(2))
    rates = (config.bias_lr, config.linear_lr, config.factors_lr)
    decays = (config.bias_wd, config.linear_wd, config.factors_wd)
    batches = []
    for first in range(0, len(y), size):
        rows = X[first : first + size]
        columns, slots = np.unique(rows.indices, return_inverse=True)
        small = csr_array((rows.data, slots, rows.indptr), shape=(rows.shape[0], len(columns)))
        batches.append((small, small.power(2), y[first : first + size], columns))
    t = 0
    for _ in range(config.epochs):
        for x, x_squared, target, columns in batches:
            t += 1
            w0, w, V = theta[0][0, 0], theta[1][columns, 0], theta[2][columns]
            sums = x @ V
            score = w0 + x @ w + 0.5 * ((sums * sums).sum(axis=1) - x_squared @ (V * V).sum(axis=1))
            error = np.append(score - target, np.full(size - len(target), w0, np.float32))
            real = error[: len(target)]
            gradients = (
                error.sum().reshape(1, 1),
                (x.T @ real)[:, None],
                x.T @ (real[:, None] * sums) - (x_squared.T @ real)[:, None] * V,
            )
            correction = np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
            for group, gradient in enumerate(gradients):
                at = slice(None) if group == 0 else columns
                g = gradient / size + decays[group] * theta[group][at]
                m = mean[group][at] = 0.9 * mean[group][at] + 0.1 * g
                v = variance[group][at] = 0.999 * variance[group][at] + 0.001 * g * g
                theta[group][at] -= rates[group] * correction * m / (np.sqrt(v) + 1e-8)
    return FMParameters(float(theta[0][0, 0]), theta[1][:, 0], theta[2], config.predictor_type)


def cpu_seconds(function) -> float:
    started = process_time()
    function()
    return process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    X, y = made_up_ratings(options.rows)
    rated = options.rows * options.epochs

    print(f"{options.rows:,} ratings, {options.epochs} epochs, batches of 1000, {options.rounds} rounds")
    print(f"{'k':>3} {'ours, ratings/s':>16} {'NumPy, ratings/s':>17} {'ratio':>6} {'difference':>11}")
    for k in (8, 16, 32, 64):
        config = AdamConfig(num_factors=k, epochs=options.epochs, factors_init_sigma=0.05)
        start = fit(X, y, config, seed=0, should_stop=lambda: True).params
        ours, peer = fit(X, y, config, seed=0).params, numpy_fit(X, y, config, start)
        difference = max(abs(ours.w0 - peer.w0), np.abs(ours.w - peer.w).max(), np.abs(ours.V - peer.V).max())
        seconds = [
            (
                cpu_seconds(lambda: fit(X, y, config, seed=0)),  # noqa: B023
                cpu_seconds(lambda: numpy_fit(X, y, config, start)),  # noqa: B023
            )
            for _ in range(options.rounds)
        ]
        a, b = (median(column) for column in zip(*seconds, strict=True))
        print(f"{k:>3} {rated / a:>16,.0f} {rated / b:>17,.0f} {b / a:>6.1f} {difference:>11.1e}")


if __name__ == "__main__":
    main()
