"""What the Gibbs sampler takes the labels for: ratings with noise, or classes of a hidden score.

Both have the same face. ``target (n,)`` is what a sweep fits, with noise of precision ``alpha``. Before a
sweep the hidden parts are drawn, after it w0 and what else belongs to the noise.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from course_utils.fm.coordinate import parameters, refuse_divergence, step_bias
from course_utils.fm.crew import Crew
from course_utils.fm.model import FMParameters
from course_utils.fm.probit import Cutpoints, probabilities

# The sigmoid of 1.702 s stays within 0.0095 of Φ(s): how a probit model is written down as a logistic one.
_PROBIT_TO_LOGIT = 1.702


class Ratings:
    """Labels as they are, with normal noise of precision α.

    Parameters
    ----------
    labels : (n,) float32
    clip : bool
        Limit predictions to the range of the labels.
    """

    cutpoints = None

    def __init__(self, labels: np.ndarray, clip: bool) -> None:
        self.target, self.w0 = labels, float(labels.mean(dtype=np.float64))
        self.alpha = 1 / max(float(labels.var(dtype=np.float64)), 1e-6)
        self._range = (labels.min(), labels.max()) if clip else (-np.inf, np.inf)

    def before_sweep(self, design, rng: np.random.Generator) -> None:
        pass

    def after_sweep(self, design, sums: tuple[float, float], rng: np.random.Generator) -> dict[str, float]:
        n = len(self.target)
        self.w0, squared_error = step_bias(self.w0, sums, n, self.alpha, z=rng.standard_normal())
        self.alpha = rng.gamma((1 + n) / 2, 2 / (1 + squared_error))
        return {"rmse": sqrt(squared_error / n), "noise_precision": self.alpha}

    def predict(self, scores: np.ndarray) -> np.ndarray:
        return scores.clip(*self._range)

    def params(self, theta: np.ndarray) -> FMParameters:
        return parameters(self.w0, theta)


class Classes:
    """Labels as classes of a hidden score, with noise of precision 1.

    Parameters
    ----------
    labels : (n,) float32
    ordinal : bool
        True: the classes are the labels that occur, in order, and their cutpoints are drawn. False: they are
        0 and 1, and w0 takes the place of the one cutpoint.
    crew : Crew
        Who draws the hidden scores.
    """

    alpha = 1.0

    def __init__(self, labels: np.ndarray, ordinal: bool, crew: Crew) -> None:
        self._ordinal = ordinal
        if ordinal:
            self.levels, self._classes = np.unique(labels, return_inverse=True)
        else:
            self.levels, self._classes = np.array([0.0, 1.0]), labels.astype(np.int64)
        self._cutpoints = Cutpoints(self._classes, crew)
        if not ordinal:
            self._cutpoints.values = np.zeros(1)
        self._scores = np.zeros(len(labels))
        self.w0, self.target = 0.0, np.zeros(len(labels), np.float32)

    @property
    def cutpoints(self) -> np.ndarray:
        return self._cutpoints.values

    def before_sweep(self, design, rng: np.random.Generator) -> None:
        if self._ordinal:
            self._cutpoints.draw(self._scores, rng)
        self.target = self._cutpoints.hidden_scores(self._scores, rng)
        design.aim_at(self.target)

    def after_sweep(self, design, sums: tuple[float, float], rng: np.random.Generator) -> dict[str, float]:
        before = self.w0
        if self._ordinal:  # the cutpoints move instead of w0
            refuse_divergence(sums)
        else:
            self.w0, _ = step_bias(before, sums, len(self.target), z=rng.standard_normal())
        self._scores = (self.w0 - before) + self.target - design.residuals().astype(np.float64)
        found = np.searchsorted(self.cutpoints, self._scores, side="right")
        return {"accuracy": float(np.mean(found == self._classes))}

    def predict(self, scores: np.ndarray) -> np.ndarray:
        return probabilities(scores, self.cutpoints) @ self.levels

    def params(self, theta: np.ndarray) -> FMParameters:
        params = parameters(self.w0, theta)
        if self._ordinal:
            return params
        w, V = np.float32(_PROBIT_TO_LOGIT) * params.w, np.float32(sqrt(_PROBIT_TO_LOGIT)) * params.V
        return FMParameters(_PROBIT_TO_LOGIT * params.w0, w, V, "binary_classifier")
