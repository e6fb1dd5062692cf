"""A score cut in two: what the user brings, and what the film brings.

Let x_I hold a row's item and genre columns, which follow from the film, and x_U all others, which follow from
the user and the moment. Rendle's equation 1 then falls apart into

    ŷ(x) = ŷ(x_U) + <V'x_U, V'x_I> + ŷ(x_I) - w0.

Each user and each film is summed up once, and a pair then costs k multiplications, however many columns are
hot. With user and item columns alone, and without what is the same for all films of a user, this is

    <v_u, v_i> + w_i = <(v_u, 1), (v_i, w_i)>,

the form in which AWS loads a factorization machine into its k-NN algorithm ("Extending Amazon SageMaker
factorization machines algorithm to predict top x recommendations", AWS machine learning blog, 2018).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from course_utils.encode import FeatureMap
from course_utils.fm.model import FMParameters

ITEM_BLOCKS = ("item", "genre")


@dataclass(frozen=True, eq=False)
class Half:
    """Some columns' part of each row's score.

    Parameters
    ----------
    factors : (n, k) float64
        V'x: what meets the other half.
    own : (n,) float64
        ŷ(x) - w0: the terms that stay within this half.
    """

    factors: np.ndarray
    own: np.ndarray

    def __getitem__(self, rows) -> Half:
        """Some of the rows."""
        return Half(self.factors[rows], self.own[rows])


def half(params: FMParameters, feature_map: FeatureMap, table: pd.DataFrame, blocks: Iterable[str]) -> Half:
    """The part of each row that is made of some blocks; n rows."""
    X = feature_map.transform(table, only=blocks).astype(np.float64)
    w, V = params.w.astype(np.float64), params.V.astype(np.float64)
    factors = X @ V
    within = 0.5 * ((factors**2).sum(axis=1) - X.power(2) @ (V**2).sum(axis=1))
    return Half(factors, X @ w + within)


def item_half(params: FMParameters, feature_map: FeatureMap, items: Iterable) -> Half:
    """What each film brings; one row per id."""
    blocks = [name for name in feature_map.blocks if name in ITEM_BLOCKS]
    return half(params, feature_map, pd.DataFrame({"item": pd.Index(items)}), blocks)


def user_half(params: FMParameters, feature_map: FeatureMap, users: Iterable, timestamp: int) -> Half:
    """What each user brings at one moment (Unix seconds); one row per id."""
    blocks = [name for name in feature_map.blocks if name not in ITEM_BLOCKS]
    table = pd.DataFrame({"user": pd.Index(users), "timestamp": timestamp})
    return half(params, feature_map, table, blocks)


def pair_scores(w0: float, users: Half, items: Half) -> np.ndarray:
    """The raw ŷ of each pair of rows, (n,) float32: the first user with the first film, and so on."""
    met = np.einsum("nk,nk->n", users.factors, items.factors)
    return (w0 + users.own + items.own + met).astype(np.float32)
