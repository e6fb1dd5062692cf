"""How fast is ``course_utils.fm.adam``? Beside PyTorch, the real SageMaker and the same in whole-array NumPy.

    COURSE_GOLDEN_DIR=… python benchmarks/adam.py          # 100,000 ratings made here, k = 8, 16, 32, 64
    python benchmarks/adam.py --rows 1000000 --k 8

All train a factorization machine with Adam, 1000 rows a batch, on the same one-hot (user, film) rows, as many
users and films as in MovieLens 100K, on one core, in interleaved rounds. What is compared is ratings a second
of the median epoch, in CPU time.

- PyTorch: as its users write it, see ``adam_torch.py``: embeddings, the pair term an inner product, batches
  sliced from tensors (a DataLoader would cost more). With dense gradients and ``Adam`` in its three
  implementations, and with sparse gradients and ``SparseAdam``. The quickest counts. It does less than ours:
  no weight decay, and no metric but the loss.
- SageMaker: the throughput that two real jobs logged on their machines, for the number of factors they had;
  the logs come with COURSE_GOLDEN_DIR. Wall time, so a figure to compare magnitudes with.
- NumPy: the same optimiser, a batch at a time. It ends in the same model, and the report says how nearly.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import process_time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core each, or CPU seconds would not compare
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from peers import PeerUnavailable, environment
from report import Report
from scipy.sparse import csr_array

from course_utils.fm.adam import AdamConfig, fit
from course_utils.fm.model import FMParameters

USERS, FILMS = 943, 1682  # as many as in MovieLens 100K
TORCH = ["torch==2.13.0", "numpy"]
JOBS = {8: "fm-regressor-ml-latest-small", 64: "fm-regressor-ml-100k-u1"}  # real jobs, by their k


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


def ours(X: csr_array, y: np.ndarray, config: AdamConfig) -> float:
    """CPU seconds of the median epoch but the first."""
    ticks: list[float] = []
    fit(X, y, config, seed=0, on_epoch=lambda _: ticks.append(process_time()))
    return median(np.diff(ticks))


def numpy(X: csr_array, y: np.ndarray, config: AdamConfig, start: FMParameters) -> float:
    started = process_time()
    numpy_fit(X, y, config, start)
    return (process_time() - started) / config.epochs


def torch(python: Path, rows: Path, feature_dim: int, config: AdamConfig) -> dict[str, float]:
    """CPU seconds of the median epoch but the first, of each way to use PyTorch."""
    command = [str(python), str(Path(__file__).with_name("adam_torch.py")), str(rows)]
    for name, value in (
        ("feature-dim", feature_dim),
        ("num-factors", config.num_factors),
        ("epochs", config.epochs),
    ):
        command += [f"--{name}", str(value)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return {variant: median(found["seconds"][1:]) for variant, found in json.loads(done.stdout).items()}


def logged_throughput(k: int) -> float | None:
    """Median records a second that the real job with k factors logged for an epoch."""
    folder = os.environ.get("COURSE_GOLDEN_DIR")
    if folder is None or k not in JOBS:
        return None
    log = Path(folder, JOBS[k], "training-log.txt").read_text()
    return median(map(float, re.findall(r"train throughput=([\d.]+) records/second", log)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--k", type=int, nargs="+", default=[8, 16, 32, 64])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/adam.md")
    options = parser.parse_args()
    report = Report("adam", "SageMaker's optimiser, ours, beside PyTorch, the real SageMaker and NumPy.")
    try:
        python = environment("torch", TORCH)
        report.text("PyTorch: " + TORCH[0].replace("torch==", ""))
    except PeerUnavailable as reason:
        python = None
        report.text(f"PyTorch not reachable: {reason}")
    X, y = made_up_ratings(options.rows)

    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder, "rows.npz")
        np.savez(rows, columns=X.indices.reshape(-1, 2), y=y)

        def table() -> Iterator[tuple]:
            for k in options.k:
                config = AdamConfig(num_factors=k, epochs=options.epochs, factors_init_sigma=0.05)
                start = fit(X, y, config, seed=0, should_stop=lambda: True).params
                seconds: dict[str, list[float]] = {}
                for _ in range(options.rounds):
                    found = {"ours": ours(X, y, config), "NumPy": numpy(X, y, config, start)}
                    if python is not None:
                        found |= torch(python, rows, X.shape[1], config)
                    for name, value in found.items():
                        seconds.setdefault(name, []).append(value)
                speed = {name: options.rows / median(values) for name, values in seconds.items()}
                own, in_numpy = speed.pop("ours"), speed.pop("NumPy")
                yield k, own, "NumPy", in_numpy, f"{own / in_numpy:.1f}", None
                for variant, value in speed.items():
                    best = "≥ 10" if value == max(speed.values()) else None
                    yield k, own, f"PyTorch, {variant}", value, f"{own / value:.1f}", best
                if real := logged_throughput(k):
                    yield k, own, f"SageMaker, job {JOBS[k]}", real, f"{own / real:.1f}", "≥ 20"

        report.table(
            "Ratings a second",
            ["k", "ours", "peer", "peer's", "ratio", "target"],
            table(),
            f"{options.rows:,} ratings, {options.epochs} epochs in batches of 1000, {options.rounds} rounds. "
            "The target for PyTorch holds for its quickest variant.",
        )
    config = AdamConfig(num_factors=8, epochs=options.epochs, factors_init_sigma=0.05)
    start = fit(X, y, config, seed=0, should_stop=lambda: True).params
    a, b = fit(X, y, config, seed=0).params, numpy_fit(X, y, config, start)
    difference = max(abs(a.w0 - b.w0), np.abs(a.w - b.w).max(), np.abs(a.V - b.V).max())
    report.text(
        f"The largest difference between a parameter of ours and of the NumPy version: {difference:.0e}."
    )
    if options.save:
        report.save()


if __name__ == "__main__":
    main()
