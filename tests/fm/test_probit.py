"""Hidden scores, cutpoints and ordered classes against closed forms, grids and planted models."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm, truncnorm

from course_utils.fm.crew import Crew
from course_utils.fm.probit import Cutpoints, probabilities, truncated_normal


@pytest.mark.parametrize(
    ("mean", "low", "high"),
    [
        (0.0, -np.inf, 0.0),
        (0.7, 0.0, np.inf),
        (-3.0, 0.0, np.inf),
        (1.0, 0.5, 0.6),
        (7.0, 0.0, 1.0),
        (-7.0, 0.0, 1.0),
        (0.0, -np.inf, np.inf),
    ],
)
def test_hidden_scores_are_a_normal_cut_off_at_both_ends(mean, low, high) -> None:
    n = 40_000
    ends = np.full(n, low), np.full(n, high)
    draws = truncated_normal(np.full(n, mean), *ends, np.random.default_rng(0).random(n)).astype(np.float64)
    expected = truncnorm(low - mean, high - mean, loc=mean)
    assert ((draws >= low - 1e-6) & (draws <= high + 1e-6)).all()
    assert draws.mean() == pytest.approx(expected.mean(), abs=5 * expected.std() / np.sqrt(n))
    assert draws.std() == pytest.approx(expected.std(), rel=0.03)


@pytest.mark.parametrize(("mean", "low", "high", "near"), [(60.0, -np.inf, 0.0, 0.0), (-60.0, 2.0, 3.0, 2.0)])
def test_hopelessly_improbable_classes_stay_finite(mean, low, high, near) -> None:
    u = np.linspace(0, 0.99, 9)
    draws = truncated_normal(np.full(9, mean), np.full(9, low), np.full(9, high), u)
    assert draws == pytest.approx(np.full(9, near), abs=0.1)


def test_probabilities_are_areas_under_the_normal_curve() -> None:
    found = probabilities(np.array([-0.3, 2.0]), np.array([-1.0, 0.5, 0.7]))
    for row, score in zip(found, (-0.3, 2.0), strict=True):
        edges = norm(score).cdf([-np.inf, -1.0, 0.5, 0.7, np.inf])
        assert row == pytest.approx(np.diff(edges))
    assert found.sum(axis=1) == pytest.approx([1, 1])


def test_cutpoints_are_drawn_from_their_posterior() -> None:
    """Three classes of given scores: the two cutpoints against their posterior on a grid."""
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 1, 80)
    classes = np.digitize(scores + rng.normal(size=80), [-0.5, 0.8])
    first, second = np.meshgrid(np.linspace(-2, 1, 301), np.linspace(-0.5, 2.5, 301), indexing="ij")
    log_density = np.where(first < second, 0.0, -np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        for score, label in zip(scores, classes, strict=True):
            edges = [
                np.zeros_like(first),
                norm.cdf(first - score),
                norm.cdf(second - score),
                np.ones_like(first),
            ]
            log_density = log_density + np.log(np.maximum(edges[label + 1] - edges[label], 0))
    density = np.exp(log_density - log_density.max())
    density /= density.sum()

    cutpoints, draws = Cutpoints(classes), []
    for _ in range(12_000):
        cutpoints.draw(scores, rng)
        draws.append(cutpoints.values)
    draws = np.array(draws[1000:])
    for place, grid in enumerate((first, second)):
        mean = (density * grid).sum()
        assert draws[:, place].mean() == pytest.approx(mean, abs=0.02)
        spread = np.sqrt((density * (grid - mean) ** 2).sum())
        assert draws[:, place].std() == pytest.approx(spread, rel=0.08)


def test_hidden_scores_lie_in_their_class_whoever_draws_them() -> None:
    rng = np.random.default_rng(0)
    scores, classes = rng.normal(0, 2, 70_000), rng.integers(0, 3, 70_000)
    draws = {}
    for threads in (1, 3):
        cutpoints = Cutpoints(classes, Crew(threads))
        cutpoints.values = np.array([-1.0, 0.5])
        draws[threads] = cutpoints.hidden_scores(scores, np.random.default_rng(1))
    np.testing.assert_array_equal(draws[1], draws[3])
    np.testing.assert_array_equal(np.digitize(draws[1], [-1.0, 0.5]), classes)
