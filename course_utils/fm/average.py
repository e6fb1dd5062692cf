"""Many factorization machines as one: what predicts as they do on average.

The mean of S FMs with k factors is an FM with S k factors, because inner products of stacked vectors add up:
<[a_1 … a_S], [b_1 … b_S]> / S = mean <a_s, b_s>. Draws of one sampler have most of these factors in common,
so few of them carry nearly everything: of the product V Vᵀ, which holds every pair's interaction, the leading
eigenvectors are the best approximation of their number (Eckart & Young 1936).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt

import numpy as np

from course_utils.fm.model import FMParameters


class RunningAverage:
    """The average of all models given to it so far, in a bounded number of factors.

    Parameters
    ----------
    most_factors : int, optional
        When there are more, they are cut to the leading half of this number. Without it all are kept, and the
        average is exact.
    """

    def __init__(self, most_factors: int | None = None) -> None:
        self._most = most_factors
        self._sums: tuple[float, np.ndarray, np.ndarray] | None = None
        self.models = 0

    def add(self, model: FMParameters) -> None:
        """Take one more model; all must have the same columns and task."""
        self._task = model.task
        w0, w, V = model.w0, model.w.astype(np.float64), model.V
        if self._sums is not None:
            w0, w, V = self._sums[0] + w0, self._sums[1] + w, np.hstack([self._sums[2], V])
            if self._most is not None and V.shape[1] > self._most:
                V = leading_factors(V, max(model.num_factors, self._most // 2))
        self._sums, self.models = (w0, w, V), self.models + 1

    def model(self) -> FMParameters:
        """One model that scores as the average; there must have been at least one."""
        (w0, w, V), n = self._sums, self.models
        return FMParameters(w0 / n, (w / n).astype(np.float32), V / np.float32(sqrt(n)), self._task)


def average(models: Iterable[FMParameters]) -> FMParameters:
    """One model that scores exactly as the given models do on average."""
    running = RunningAverage()
    for model in models:
        running.add(model)
    return running.model()


def leading_factors(V: np.ndarray, rank: int) -> np.ndarray:
    """``rank`` factors whose products of rows, <v_i, v_j>, are as near as possible to those of V (d, k).

    Returns
    -------
    (d, rank) float32, the factors of the largest eigenvalues of Vᵀ V; no such factors can do better in the
    sum of squared differences over all i and j.
    """
    _, directions = np.linalg.eigh((V.T @ V).astype(np.float64))
    return V @ directions[:, -rank:].astype(np.float32)
