"""What a factorization machine has to beat before anybody should believe in it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.linalg import cg

from course_utils.encode import FeatureMap


class GlobalMean:
    """Predicts the mean training rating for everything."""

    def fit(self, ratings: pd.DataFrame) -> GlobalMean:
        """Learn ``mean`` from a table with a ``rating`` column."""
        self.mean = float(checked_ratings(ratings).mean())
        return self

    def predict(self, table: pd.DataFrame) -> np.ndarray:
        """(n,) float64, the same number n times."""
        return np.full(len(table), self.mean)


class Biases:
    """mean + user bias + film bias, shrunk towards the mean: ridge regression on the two one-hot blocks.

    Minimises Σ (y - mean - b_u - b_i)² + alpha (Σ b_u² + Σ b_i²). Users and films without training rows have
    bias 0, so a pair of strangers gets the mean.

    Parameters
    ----------
    alpha : float
        How many ratings' worth of doubt each bias starts with.
    """

    def __init__(self, alpha: float = 2.0) -> None:
        if not alpha > 0:
            raise ValueError(f"alpha must be positive, got {alpha}: without it the biases are not unique.")
        self.alpha = alpha

    def fit(self, ratings: pd.DataFrame) -> Biases:
        """Solve the normal equations; learns ``mean``, ``bias`` (d,) float64 and ``feature_map``."""
        y = checked_ratings(ratings)
        self.feature_map = FeatureMap.fit(ratings, ("user", "item"))
        X = self.feature_map.transform(ratings).astype(np.float64)
        self.mean = float(y.mean())
        A = X.T @ X + self.alpha * sparse.eye_array(X.shape[1])
        # Conjugate gradients scaled by the diagonal: a few dozen steps give every digit, at any size.
        self.bias, failed = cg(A, X.T @ (y - self.mean), rtol=1e-12, M=sparse.diags_array(1 / A.diagonal()))
        if failed:
            raise ArithmeticError("The ridge solve did not settle; try a larger alpha.")
        return self

    def predict(self, table: pd.DataFrame) -> np.ndarray:
        """(n,) float64 for a table with ``user`` and ``item``."""
        return self.mean + self.feature_map.transform(table) @ self.bias


def checked_ratings(table: pd.DataFrame) -> np.ndarray:
    """The ratings as (n,) float64; ValueError unless there are some, all finite."""
    if "rating" not in table or not len(table):
        raise ValueError(
            f"A baseline learns from rows with a 'rating'; got {len(table)} rows of {list(table)}."
        )
    y = table["rating"].to_numpy(dtype=np.float64)
    if not np.isfinite(y).all():
        raise ValueError("Some ratings are NaN or infinite; drop these rows first.")
    return y
