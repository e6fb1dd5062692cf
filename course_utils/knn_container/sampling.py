"""Reservoir sampling: a fair sample of rows that are seen once, in memory for the sample alone.

Vitter 1985, "Random sampling with a reservoir", algorithm R: the first ``size`` rows are kept; row number t
(from 0) then takes the place of a random kept one with probability size / (t + 1). Every row has the same
chance to be in the sample in the end.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse


class Reservoir:
    """At most ``size`` of the rows that it is shown.

    Parameters
    ----------
    size : int
    rng : numpy.random.Generator
    """

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.size, self.seen = size, 0
        self._rng = rng
        self._X: list[np.ndarray] = []
        self._y: list[np.ndarray] = []

    def show(self, X: sparse.csr_array, y: np.ndarray) -> None:
        """Rows and labels, in the order of the data."""
        free = max(self.size - self.seen, 0)
        if free:
            self._X.append(X[:free].toarray())
            self._y.append(y[:free])
        if X.shape[0] > free:
            self._replace(X[free:], y[free:], self.seen + min(free, X.shape[0]))
        self.seen += X.shape[0]

    def _replace(self, X: sparse.csr_array, y: np.ndarray, number: int) -> None:
        kept, labels = self.sample()
        places = self._rng.integers(0, np.arange(number, number + X.shape[0]) + 1)
        rows = np.flatnonzero(places < self.size)
        # of several rows that take one place, the last one stays
        places, last = np.unique(places[rows][::-1], return_index=True)
        rows = rows[::-1][last]
        kept[places], labels[places] = X[rows].toarray(), y[rows]

    def sample(self) -> tuple[np.ndarray, np.ndarray]:
        """The rows kept so far, (n, d) float32, and their labels; all rows in order while they have room."""
        if len(self._X) > 1:
            self._X, self._y = [np.concatenate(self._X)], [np.concatenate(self._y)]
        return self._X[0], self._y[0]
