"""Bayesian search: a Gaussian process guesses the loss of every combination, and the most promising is tried.

The process has a Matérn 5/2 kernel with a length scale for each range; promising is what has the largest
expected improvement (Snoek, Larochelle and Adams, 2012, "Practical Bayesian Optimization of Machine Learning
Algorithms", which the developer guide names). SageMaker's own implementation is not published.

* Integers and categories: a candidate is first made a combination that a training job can be given, then
  encoded, so the process sees what would really be tried.
* Running jobs count as if they had ended with the loss that the process expects of them, so that jobs side by
  side try different things.
* Jobs that failed count as the worst so far, so that the search turns away from them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.optimize import minimize
from scipy.special import ndtr

from course_utils.local_aws.tuning.ranges import Parameters, Space
from course_utils.local_aws.tuning.strategies import Trial, generator, random_search

_CANDIDATES = 500
_NEIGHBOURS = 30  # of each of the best combinations so far, at each of these distances:
_DISTANCES = (0.2, 0.05, 0.01)
_BEST = 3
_LENGTHS = (0.05, 10.0)
_NOISE = (1e-6, 1.0)
_JITTER, _TINY = 1e-9, 1e-12  # what keeps a matrix invertible, and a variance above zero


def bayesian_search(space: Space, trials: Sequence[Trial], seed: int) -> Parameters | None:
    """The combination with the largest expected improvement; the first few are random."""
    known = [each for each in trials if each.failed or each.loss is not None]
    losses = [each.loss for each in known if each.loss is not None]
    if len(trials) < first_random(space) or len(losses) < 2:
        return random_search(space, trials, seed)
    worst = max(losses)
    y = _standardised(np.array([worst if each.loss is None else each.loss for each in known]))
    process = GaussianProcess(_encoded(space, known), y, _groups(space))
    if pending := [each for each in trials if each.pending]:
        process = process.believing(_encoded(space, pending))

    random = np.random.default_rng(generator(seed, trials).getrandbits(64))
    tried = [each.parameters for each in trials]
    candidates = [each for each in _candidates(space, known, y, random) if each not in tried]
    if not candidates:
        return random_search(space, trials, seed)
    points = np.array([space.encode(each) for each in candidates])
    return candidates[int(np.argmax(process.expected_improvement(points)))]


def first_random(space: Space) -> int:
    """How many combinations are drawn at random before the process is asked."""
    return 2 + len(space.ranges)


class GaussianProcess:
    """A fitted Gaussian process with mean 0.

    Parameters
    ----------
    x : (n, d) array
        Points, each column about from 0 to 1.
    y : (n,) array
        What was seen there: mean about 0, deviation about 1.
    groups : (d,) array of int
        Columns with the same number share a length scale.
    settings : array, optional
        Logarithms of the length scales and of the noise, relative to the signal. Default: those that make the
        data most likely, and are not far from what is usual.
    """

    def __init__(
        self, x: np.ndarray, y: np.ndarray, groups: np.ndarray, settings: np.ndarray | None = None
    ) -> None:
        self.x, self.y, self.groups = x, y, groups
        self.settings = _fit(x, y, groups) if settings is None else settings
        self._factor = cho_factor(_covariance(x, self.settings, groups), lower=True)
        self._weights = cho_solve(self._factor, y)
        self.variance = max(float(y @ self._weights) / len(y), _TINY)

    def believing(self, points: np.ndarray) -> GaussianProcess:
        """The process that has also seen, at each of ``points``, just what it expects there."""
        means = self.predict(points)[0]
        return GaussianProcess(
            np.vstack([self.x, points]), np.append(self.y, means), self.groups, self.settings
        )

    def predict(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation at each point, without noise."""
        cross = _matern(self.x, points, np.exp(self.settings[:-1])[self.groups])
        spread = solve_triangular(self._factor[0], cross, lower=True)
        left = np.maximum(1.0 - np.sum(spread**2, axis=0), _TINY)
        return cross.T @ self._weights, np.sqrt(self.variance * left)

    def expected_improvement(self, points: np.ndarray) -> np.ndarray:
        """By how much each point is expected to fall below the least mean at the known points."""
        best = self.predict(self.x)[0].min()
        mean, deviation = self.predict(points)
        z = (best - mean) / deviation
        density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
        return deviation * (z * ndtr(z) + density)


def _fit(x: np.ndarray, y: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The most likely settings, given that length scales near 0.5 and little noise are usual."""
    count = int(groups.max()) + 1
    usual = np.log([0.5] * count + [1e-3])
    width = np.array([1.0] * count + [3.0])
    squares = (x[:, None, :] - x[None, :, :]) ** 2
    distances = np.array([squares[:, :, groups == group].sum(axis=2) for group in range(count)])
    unit = np.eye(len(x))

    def unlikelihood(settings: np.ndarray) -> tuple[float, np.ndarray]:
        """Minus the logarithm of the likelihood (at the best signal variance) and prior; its gradient."""
        scaled = distances * np.exp(-2 * settings[:-1])[:, None, None]
        root = np.sqrt(5 * scaled.sum(axis=0))
        decay, noise = np.exp(-root), np.exp(settings[-1])
        factor = cho_factor((1 + root + root**2 / 3) * decay + (noise + _JITTER) * unit, lower=True)
        weights, inverse = cho_solve(factor, y), cho_solve(factor, unit)
        variance = max(float(y @ weights) / len(y), _TINY)
        value = 0.5 * len(y) * np.log(variance) + np.log(np.diag(factor[0])).sum()
        by_covariance = 0.5 * (inverse - np.outer(weights, weights) / variance)
        by_length = scaled * (5 / 3 * (1 + root) * decay)
        gradient = np.append((by_length * by_covariance).sum(axis=(1, 2)), noise * np.trace(by_covariance))
        off = (settings - usual) / width
        return value + 0.5 * off @ off, gradient + off / width

    bounds = [tuple(np.log(_LENGTHS))] * count + [tuple(np.log(_NOISE))]
    starts = (usual, np.log([0.15] * count + [1e-2]))
    found = [minimize(unlikelihood, each, jac=True, method="L-BFGS-B", bounds=bounds) for each in starts]
    return min(found, key=lambda each: each.fun).x


def _covariance(x: np.ndarray, settings: np.ndarray, groups: np.ndarray) -> np.ndarray:
    lengths, noise = np.exp(settings[:-1])[groups], np.exp(settings[-1])
    return _matern(x, x, lengths) + (noise + _JITTER) * np.eye(len(x))


def _matern(a: np.ndarray, b: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    a, b = a / lengths, b / lengths
    squares = np.sum(a**2, axis=1)[:, None] + np.sum(b**2, axis=1)[None, :] - 2 * a @ b.T
    root = np.sqrt(5 * np.maximum(squares, 0.0))
    return (1 + root + root**2 / 3) * np.exp(-root)


def _standardised(losses: np.ndarray) -> np.ndarray:
    """Mean 0 and deviation 1; a few diverged jobs must not make all the others look alike."""
    median = np.median(losses)
    losses = np.minimum(losses, median + 3 * (median - losses.min()))
    return (losses - losses.mean()) / (losses.std() or 1.0)


def _candidates(
    space: Space, known: Sequence[Trial], y: np.ndarray, random: np.random.Generator
) -> list[Parameters]:
    """Combinations from everywhere, and neighbours of the best ones."""
    shares = [random.random((_CANDIDATES, len(space.ranges)))]
    for place in np.argsort(y, kind="stable")[:_BEST]:
        centre = _shares(space, known[place].parameters, random)
        for distance in _DISTANCES:
            steps = distance * random.standard_normal((_NEIGHBOURS, len(centre)))
            shares.append(np.clip(centre + steps, 0.0, 1.0))
    return [space.at(row) for row in np.vstack(shares)]


def _shares(space: Space, parameters: Parameters, random: np.random.Generator) -> np.ndarray:
    """The point of the unit cube where a combination lies; a category covers a whole stretch of it."""
    return np.array(
        [
            (encoded.index(max(encoded)) + 0.5) / len(encoded) if len(encoded) > 1 else encoded[0]
            for encoded in (each.encode(parameters[each.name]) for each in space.ranges)
        ]
    )


def _encoded(space: Space, trials: Sequence[Trial]) -> np.ndarray:
    return np.array([space.encode(each.parameters) for each in trials])


def _groups(space: Space) -> np.ndarray:
    return np.repeat(np.arange(len(space.ranges)), [each.columns for each in space.ranges])
