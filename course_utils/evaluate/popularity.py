"""The list that needs no model and no user: what most people watched, or liked best."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd

from course_utils.encode.ids import id_values
from course_utils.evaluate.baselines import checked_ratings

By = Literal["count", "mean"]


class Popularity:
    """Scores a film by how many people rated it, or by its damped mean rating; the same for every user.

    Parameters
    ----------
    by : "count" or "mean"
        "count": the number of training ratings. "mean": (Σ ratings + damping · m) / (count + damping), with m
        the mean of all ratings, in stars.
    damping : float
        How many ratings of m each film starts with, so that one five-star rating does not beat a classic.
    """

    def __init__(self, by: By = "count", damping: float = 5.0) -> None:
        if by not in get_args(By):
            raise ValueError(f"by must be one of {get_args(By)}, got {by!r}.")
        if damping < 0:
            raise ValueError(f"damping is a number of ratings, so at least 0; got {damping}.")
        self.by, self.damping = by, damping

    def fit(self, ratings: pd.DataFrame) -> Popularity:
        """Learn ``scores`` (a Series by item) and ``unknown``, the score of a film without training rows."""
        y = pd.Series(checked_ratings(ratings)).groupby(id_values(ratings, "item"))
        if self.by == "count":
            self.scores, self.unknown = y.count().astype(np.float64), 0.0
        else:
            self.unknown = float(ratings["rating"].mean())
            self.scores = (y.sum() + self.damping * self.unknown) / (y.count() + self.damping)
        return self

    def predict(self, table: pd.DataFrame) -> np.ndarray:
        """(n,) float64: counts, or stars where ``by="mean"``."""
        return self.scores.reindex(id_values(table, "item")).fillna(self.unknown).to_numpy()
