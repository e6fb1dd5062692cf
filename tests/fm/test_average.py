"""The average of models against the average of their scores, and its factors against the best possible."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from course_utils.fm.average import RunningAverage, average, leading_factors
from course_utils.fm.model import FMParameters


def models(count: int, d: int = 12, k: int = 3, seed: int = 0) -> list[FMParameters]:
    """Models that have most in common, as the draws of one sampler have, each turned its own way."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(d, k))
    turned = [
        (common + rng.normal(0, 0.1, (d, k))) @ np.linalg.qr(rng.normal(size=(k, k)))[0] for _ in range(count)
    ]
    return [
        FMParameters(float(rng.normal()), rng.normal(size=d).astype(np.float32), V.astype(np.float32))
        for V in turned
    ]


@pytest.fixture
def rows() -> csr_array:
    rng = np.random.default_rng(1)
    return csr_array((rng.normal(size=(40, 12)) * (rng.random((40, 12)) < 0.5)).astype(np.float32))


def test_the_average_of_models_is_a_model(rows) -> None:
    given = models(5)
    one = average(given)
    assert one.num_factors == 15
    np.testing.assert_allclose(one.score(rows), np.mean([m.score(rows) for m in given], axis=0), atol=1e-5)


def test_few_factors_carry_nearly_all_of_many_draws(rows) -> None:
    given, running = models(50), RunningAverage(12)
    for model in given:
        running.add(model)
        assert running.model().num_factors <= 12
    expected = np.mean([model.score(rows) for model in given], axis=0)
    off = np.abs(running.model().score(rows) - expected).max()
    assert 1e-6 < off < 0.05 * np.abs(given[-1].score(rows) - expected).max()
    assert running.models == 50


@pytest.mark.parametrize("rank", [1, 2, 4])
def test_leading_factors_are_the_best_of_their_number(rank) -> None:
    V = np.random.default_rng(2).normal(size=(9, 6)).astype(np.float32)
    found = leading_factors(V, rank)
    assert found.shape == (9, rank)
    assert found.dtype == np.float32
    left, sizes, right = np.linalg.svd((V @ V.T).astype(np.float64))
    best = (left[:, :rank] * sizes[:rank]) @ right[:rank]
    np.testing.assert_allclose(found @ found.T, best, atol=1e-4)


def test_models_without_factors_have_an_average(rows) -> None:
    running = RunningAverage(0)
    for model in models(3, k=1):
        running.add(FMParameters(model.w0, model.w, model.V[:, :0]))
    assert running.model().score(rows).shape == (40,)
