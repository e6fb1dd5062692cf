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
        self._sums: tuple[float, np.ndarray | float, list[np.ndarray]] = (0.0, 0.0, [])  # of w0, w; all V
        self.models = 0

    def add(self, model: FMParameters) -> None:
        """Take one more model; all must have the same columns and task."""
        self._task = model.task
        w0, w, parts = self._sums
        parts = [*parts, model.V]
        if self._most is not None and sum(V.shape[1] for V in parts) > self._most:
            parts = [leading_factors(np.hstack(parts), max(model.num_factors, self._most // 2))]
        # All at once: an interrupt finds the old sums or the new ones.
        self._sums, self.models = (w0 + model.w0, w + model.w.astype(np.float64), parts), self.models + 1

    def model(self) -> FMParameters:
        """One model that scores as the average; there must have been at least one."""
        (w0, w, parts), n = self._sums, self.models
        V = np.hstack(parts) / np.float32(sqrt(n))
        return FMParameters(w0 / n, (w / n).astype(np.float32), V, self._task)


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
