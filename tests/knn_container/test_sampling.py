"""The sample is fair, whatever the pieces in which the rows come."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import chi2

from course_utils.knn_container.sampling import Reservoir


def sample(size: int, cuts: list[int], rows: int, rng) -> np.ndarray:
    """The row numbers that stay."""
    X = sparse.csr_array(np.arange(1, rows + 1, dtype=np.float32)[:, None])
    y = np.arange(rows, dtype=np.float32)
    reservoir = Reservoir(size, rng)
    for first, last in zip([0, *cuts], [*cuts, rows], strict=True):
        reservoir.show(X[first:last], y[first:last])
    kept, labels = reservoir.sample()
    np.testing.assert_array_equal(kept[:, 0], labels + 1)
    assert reservoir.seen == rows
    return labels.astype(int)


@pytest.mark.parametrize("cuts", [[], [1, 5, 20], [8], [3, 8, 9, 19]])
def test_every_row_has_the_same_chance(cuts):
    rng = np.random.default_rng(4)
    counts = np.zeros(20)
    for _ in range(400):
        kept = sample(8, cuts, 20, rng)
        assert len(set(kept)) == 8
        counts[kept] += 1
    expected = 400 * 8 / 20
    statistic = ((counts - expected) ** 2 / (expected * (1 - 8 / 20))).sum() * (19 / 20)
    assert statistic < chi2.ppf(0.9999, 19)


@pytest.mark.parametrize("size", [20, 21, 1000])
def test_all_rows_stay_in_order_where_there_is_room(size):
    assert sample(size, [4, 11], 20, np.random.default_rng(0)).tolist() == list(range(20))


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_published_algorithm(seed):
    """Row by row, with the same random numbers; many rows fight for two places."""
    draws = np.random.default_rng(seed).integers(0, np.arange(2, 30) + 1)
    kept = [0, 1]
    for row, draw in enumerate(draws, start=2):
        if draw < 2:
            kept[draw] = row
    assert sample(2, [], 30, np.random.default_rng(seed)).tolist() == kept
