"""Two real SageMaker jobs, run again on their real rows: our log must follow theirs, epoch by epoch.

Nobody knows the seed of SageMaker's job, so runs differ a little, ours from each other as well. Ours minus
the real one, over the seeds 0 to 29:

=================  ===================================  ======================================================
job                test RMSE                            train RMSE of an epoch, largest difference of a run
=================  ===================================  ======================================================
ml-latest-small    +0.0013, standard deviation 0.0011   0.007; 0.003 in the middle of the 30 runs
ml-100k            +0.0007, standard deviation 0.0007   0.0107; more than 0.01 in 1 of 30, at epoch 0
=================  ===================================  ======================================================

So 0.003 is asked of the mean over five seeds, and 0.005 of each: 2 of 30 single runs on ml-latest-small miss
0.003, seed 1 below among them. Every epoch of every seed below stays within 0.01. What is left at epoch 0 is
where the bias happened to start. The seeds are the first ones, not chosen ones.
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from scipy.sparse import csr_array

from course_utils.fm import FitResult
from course_utils.fm.adam import AdamConfig, evaluate, fit

SEEDS = range(5)
METRICS = ("rmse", "mse", "absolute_loss")


@dataclasses.dataclass
class Job:
    """A real job: its rows, its settings, and what its log says."""

    config: AdamConfig
    X: csr_array
    y: np.ndarray
    X_test: csr_array
    y_test: np.ndarray
    log: str

    def epochs(self, metric: str) -> np.ndarray:
        found = re.findall(rf"epoch=(\d+), train {metric} <loss>=(\S+)", self.log)
        assert [int(epoch) for epoch, _ in found] == list(range(self.config.epochs))
        return np.array([float(value) for _, value in found])

    def first_batch(self, metric: str) -> float:
        return float(re.search(rf"epoch=0, batch=0 train {metric} <loss>=(\S+)", self.log)[1])

    def test_score(self, metric: str) -> float:
        return float(re.search(rf"#test_score \(algo-1\) : \('{metric}', (\S+)\)", self.log)[1])


def pairs(columns: np.ndarray, feature_dim: int) -> csr_array:
    """One-hot rows with two columns each."""
    n = len(columns)
    return csr_array(
        (np.ones(2 * n, np.float32), columns.ravel(), np.arange(0, 2 * n + 1, 2)), shape=(n, feature_dim)
    )


def libsvm(path: Path, feature_dim: int) -> tuple[csr_array, np.ndarray]:
    table = np.array(path.read_text().replace(":1", "").split(), dtype=float).reshape(-1, 3)
    return pairs(table[:, 1:].astype(int), feature_dim), table[:, 0]


@pytest.fixture(scope="module")
def latest_small(golden_dir) -> Job:
    folder = golden_dir / "fm-regressor-ml-latest-small"
    config = AdamConfig(
        num_factors=8,
        feature_dim=10334,
        epochs=91,
        mini_batch_size=994,
        bias_lr=0.21899531189430518,
        linear_lr=0.00021524948053767607,
        factors_lr=5.357593337770278e-05,
    )
    train, test = (libsvm(folder / f"user_movie_{part}.svm", 10334) for part in ("train", "test"))
    return Job(config, *train, *test, (folder / "training-log.txt").read_text())


@pytest.fixture(scope="module")
def latest_small_runs(latest_small) -> list[FitResult]:
    return [fit(latest_small.X, latest_small.y, latest_small.config, seed=seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def ml_100k(golden_dir, movielens_dir) -> Job:
    def part(name: str) -> tuple[csr_array, np.ndarray]:
        with ZipFile(movielens_dir / "ml-100k.zip").open(f"ml-100k/{name}") as stream:
            table = np.loadtxt(stream, dtype=int)
        return pairs(table[:, :2] + np.array([-1, 943 - 1]), 2625), table[:, 2].astype(float)

    log = (golden_dir / "fm-regressor-ml-100k-u1" / "training-log.txt").read_text()
    return Job(
        AdamConfig(num_factors=64, feature_dim=2625, epochs=50), *part("u1.base"), *part("u1.test"), log
    )


@pytest.fixture(scope="module")
def ml_100k_runs(ml_100k) -> list[FitResult]:
    return [fit(ml_100k.X, ml_100k.y, ml_100k.config, seed=seed) for seed in SEEDS]


@pytest.mark.golden
@pytest.mark.parametrize("name", ["latest_small", pytest.param("ml_100k", marks=pytest.mark.movielens)])
def test_the_replay_follows_the_real_log(name, request) -> None:
    job = request.getfixturevalue(name)
    test_scores = []
    for result in request.getfixturevalue(f"{name}_runs"):
        ours = {metric: np.array([e.metrics[metric] for e in result.history]) for metric in METRICS}
        np.testing.assert_allclose(ours["rmse"], job.epochs("rmse"), atol=0.01)
        np.testing.assert_allclose(ours["absolute_loss"], job.epochs("absolute_loss"), atol=0.01)
        np.testing.assert_allclose(ours["mse"], job.epochs("mse"), atol=0.03)
        test_scores.append(evaluate(result.params, job.X_test, job.y_test))
    for metric in METRICS:
        scores = [score[metric] for score in test_scores]
        assert np.mean(scores) == pytest.approx(
            job.test_score(metric), abs=0.003 if metric == "rmse" else 0.006
        )
    assert max(abs(score["rmse"] - job.test_score("rmse")) for score in test_scores) < 0.005


def test_from_the_same_bias_the_first_epoch_is_the_same(latest_small) -> None:
    """All ratings lie above the first scores, so the first batch's absolute loss tells where w0 started."""
    job = latest_small
    start = job.y[:994].mean() - job.first_batch("absolute_loss")
    config = dataclasses.replace(
        job.config, epochs=3, bias_init_method="constant", bias_init_value=float(start)
    )
    for seed in SEEDS:
        rmse = [epoch.metrics["rmse"] for epoch in fit(job.X, job.y, config, seed=seed).history]
        np.testing.assert_allclose(rmse, job.epochs("rmse")[:3], atol=0.002)


def test_the_padding_of_the_last_batch_costs_what_it_cost(latest_small, latest_small_runs) -> None:
    """70,585 rows are 71 batches of 994 and 11 rows more; without those 11 nothing is padded."""
    job = latest_small

    def test_rmse(result: FitResult) -> float:
        return evaluate(result.params, job.X_test, job.y_test)["rmse"]

    padded = np.array([test_rmse(result) for result in latest_small_runs[:3]])
    whole = np.array([test_rmse(fit(job.X[:-11], job.y[:-11], job.config, seed=seed)) for seed in SEEDS[:3]])
    assert whole.mean() == pytest.approx(0.8875, abs=0.003)
    np.testing.assert_allclose(padded - whole, 0.0204, atol=0.001)
