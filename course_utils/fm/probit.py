"""Classes and star ratings as cuts of a hidden score: probit and ordered probit.

A hidden score s ~ normal(ŷ, 1) lies on a line that C - 1 cutpoints c_1 < … < c_{C-1} divide into C classes.
What we see is the class (McCullagh 1980, *Regression models for ordinal data*); two classes with c_1 = 0 are
the probit model. Given the class, s is drawn from the normal distribution between its two cutpoints, and the
rest is regression on s (Albert & Chib 1993, *Bayesian analysis of binary and polychotomous response data*).
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from course_utils.fm.crew import Crew, slices

# Below this, Φ of the two ends of an interval cannot be told apart in float64.
_TINY = 1e-300
_ACCEPT = 0.25  # the share of proposals to accept: about what moves a random walk in a few dimensions fastest
_PORTION_ROWS = 1 << 14  # a dozen temporary arrays of this length stay in the processor's cache


def truncated_normal(mean: np.ndarray, low: np.ndarray, high: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Draws of s ~ normal(mean, 1) given low < s < high; all (n,), float32 returned. Ends may be infinite.

    By inversion of u ~ uniform(0, 1), s = mean + Φ⁻¹(Φ(a) + u (Φ(b) - Φ(a))), turned around where the
    interval lies in the upper tail: small probabilities keep their digits, probabilities near 1 do not.
    """
    a, b = low - mean, high - mean
    flip = a > 0
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)
    from_a = ndtr(a)
    p = from_a + u * (ndtr(b) - from_a)
    # So far out that nothing is left of the interval's probability, its near end is as good as any draw.
    offset = np.where(p > _TINY, ndtri(np.maximum(p, _TINY)), b).clip(a, b)
    return (mean + np.where(flip, -offset, offset)).astype(np.float32)


class Cutpoints:
    """The cutpoints of C classes, drawn anew given the scores.

    Metropolis's random walk on all cutpoints at once, with the hidden scores integrated out: given those, the
    cutpoints could hardly move (Cowles 1996, *Accelerating Monte Carlo Markov chain convergence for
    cumulative-link generalized linear models*). The length of the steps adapts, by less and less (Roberts &
    Rosenthal 2009, *Examples of adaptive MCMC*).

    Parameters
    ----------
    classes : (n,) int
        The class of each row, from 0.
    crew : Crew, optional
        Who does the work; by default one thread.
    """

    def __init__(self, classes: np.ndarray, crew: Crew | None = None) -> None:
        self._classes, self._crew = classes, crew or Crew(1)
        share = np.cumsum(np.bincount(classes)) / len(classes)
        self.values = ndtri(share[:-1])
        self._log_step, self._proposals = -0.5 * np.log(len(classes)), 0

    def draw(self, scores: np.ndarray, rng: np.random.Generator) -> None:
        """Propose new cutpoints, and take them with the probability that keeps the posterior as it is."""
        proposal = self.values + np.exp(self._log_step) * rng.standard_normal(len(self.values))
        accept = (np.diff(proposal) > 0).all() and np.log(rng.random()) < (
            self._log_likelihood(proposal, scores) - self._log_likelihood(self.values, scores)
        )
        if accept:
            self.values = proposal
        self._proposals += 1
        self._log_step += (accept - _ACCEPT) / np.sqrt(self._proposals)

    def hidden_scores(self, scores: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw the hidden score of each row between the cutpoints of its class; (n,) float32."""
        u = rng.random(len(scores))

        def draw(rows: slice) -> np.ndarray:
            return truncated_normal(scores[rows], *self._ends(self.values, rows), u[rows])

        return np.concatenate(self._crew.each(draw, slices(len(scores), _PORTION_ROWS)))

    def _log_likelihood(self, values: np.ndarray, scores: np.ndarray) -> float:
        def of(rows: slice) -> float:
            low, high = self._ends(values, rows)
            a, b = low - scores[rows], high - scores[rows]
            flip = a > 0
            probability = ndtr(np.where(flip, -a, b)) - ndtr(np.where(flip, -b, a))
            return float(np.log(np.maximum(probability, _TINY)).sum())

        return sum(self._crew.each(of, slices(len(scores), _PORTION_ROWS)))

    def _ends(self, values: np.ndarray, rows: slice) -> tuple[np.ndarray, np.ndarray]:
        """The lower and the upper cutpoint of each row's class."""
        classes = self._classes[rows]
        return np.append(-np.inf, values)[classes], np.append(values, np.inf)[classes]


def probabilities(scores: np.ndarray, cutpoints: np.ndarray) -> np.ndarray:
    """P(class) of each row: (n, C) for scores (n,) and cutpoints (C - 1,)."""
    below = ndtr(cutpoints - scores[:, None])
    return np.diff(below, axis=1, prepend=0, append=1)
