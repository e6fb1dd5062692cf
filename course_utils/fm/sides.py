"""Side information in the solvers: what is known of a film before anybody has rated it.

A side has one sparse row b_j per column j that it describes: a film's genres, or all the films a user has
rated. It enters as the prior mean of the column's parameters:

    θ_j ~ normal(μ + b_j β, 1/λ)                    β (s, 1 + k): one row per thing that a side can say

So a film with many ratings is what its ratings say, a film with few is near what films of its genres are,
and a film with none is exactly there. With θ_j = z_j + b_j β, z_j ~ normal(μ, 1/λ), this is the FM whose
rows carry the side's columns beside the one-hot column (Rendle 2013, *Scaling factorization machines to
relational data*), less the products of the columns of one user, or one film, among themselves: w_j can say
those as well. What is learned is a plain FM over the one-hot columns, and a side costs one regression per
sweep over the rows of b, not over the ratings. The same idea: Agarwal & Chen 2009, *Regression-based latent
factor models*.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from course_utils.encode.sides import Side
from course_utils.fm.coordinate import sweep_side


def as_sides(sides: Sequence[Side], feature_dim: int) -> Sequence[Side]:
    """The sides, once it is certain that X has the columns that they describe; ValueError otherwise."""
    for side in sides:
        highest = side.columns.max(initial=-1)
        if highest >= feature_dim:
            raise ValueError(
                f"Side {side.name!r} describes column {highest}, but X has {feature_dim} columns. "
                "Make the side with the FeatureMap that made X."
            )
    return sides


class SideEffects:
    """The coefficients β of every side, and what they explain of ``theta``.

    Parameters
    ----------
    sides : sequence of Side
    groups : (d,) int64
        The group of each column of X.
    size : int
        1 + k.

    Raises
    ------
    ValueError
        If a side describes columns of more than one group.
    """

    def __init__(self, sides: Sequence[Side], groups: np.ndarray, size: int) -> None:
        self.sides = sides
        self.explained = np.zeros((len(groups), size), np.float32)
        self.beta = [np.zeros((side.rows.shape[1], size), np.float32) for side in sides]
        self._by_column = [side.rows.tocsc() for side in sides]
        for side in sides:
            if len(np.unique(groups[side.columns])) > 1:
                raise ValueError(
                    f"Side {side.name!r} describes columns of several groups. It must describe columns of "
                    "one field, such as all users or all films."
                )

    def sweep(self, number: int, theta: np.ndarray, noise, intercept, mean, precision, z) -> None:
        """Draw the coefficients of one side, given ``theta (d, 1 + k)`` and all other sides; in place.

        Parameters
        ----------
        noise, intercept : (1 + k,) float64
            λ and μ of the columns that the side describes.
        mean : (s, 1 + k), precision : (1 + k,)
            The prior of the coefficients.
        z : (s, 1 + k) float32
            Standard normal numbers, or zeros for the best coefficients instead of a draw.
        """
        columns = self.sides[number].columns
        unexplained = (theta[columns] - self.explained[columns] - intercept).astype(np.float32)
        residuals = unexplained.copy()
        b = self._by_column[number]
        sweep_side(b.indptr, b.indices, b.data, self.beta[number], residuals, noise, mean, precision, z)
        self.explained[columns] += unexplained - residuals

    def descend(self, theta: np.ndarray, penalty: np.ndarray, strength: float) -> None:
        """Set each coefficient in turn to its best value: no step makes :meth:`penalty` larger."""
        for number, beta in enumerate(self.beta):
            silence = np.zeros_like(beta)
            self.sweep(number, theta, penalty, 0.0, silence, strength * penalty, silence)

    def penalty(self, theta: np.ndarray, strength: float) -> np.ndarray:
        """Σ_j (θ_j - b_j β)² + strength Σ β² of w and each factor, (1 + k,) float64."""
        unexplained = np.square(theta - self.explained, dtype=np.float64).sum(axis=0)
        return unexplained + strength * sum(np.square(b, dtype=np.float64).sum(axis=0) for b in self.beta)
