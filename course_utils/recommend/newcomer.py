"""Somebody who came after training: ten ratings are enough for a list, and the model stays as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from course_utils.datasets import Dataset
from course_utils.encode import FeatureMap
from course_utils.encode.ids import column
from course_utils.fm.model import FMParameters
from course_utils.recommend.halves import ITEM_BLOCKS, Half, half
from course_utils.recommend.lists import just_after, rank


class NewUser(NamedTuple):
    """The weight ``w`` (stars) and the factors ``v``, (k,) float32, that training would have given a user."""

    w: float
    v: np.ndarray


def fold_in(
    params: FMParameters, feature_map: FeatureMap, ratings: pd.DataFrame, *, noise_sd: float = 1.0
) -> NewUser:
    """Find a new user's weight and factors, all else staying as trained.

    With everything else fixed the model is linear in the two: rating_i ≈ rest_i + w_u + <v_u, a_i>, where
    a_i sums up the factors that the user meets in row i. So one small ridge problem has the exact answer:

        minimise Σ_i (rating_i - rest_i - w_u - <v_u, a_i>)² / noise_sd² + Σ_f (θ_f - mean_f)² / var_f

    over θ = (w_u, v_u), with mean and variance those of the trained users: where the ratings say nothing, a
    newcomer is like the others. It is the step of alternating least squares for one user (Rendle et al. 2011,
    "Fast context-aware recommendations with factorization machines"), solved for all k + 1 numbers at once.

    Parameters
    ----------
    params, feature_map
        A regressor and its map, which must have a user block. The blocks other_items and last_item stay
        blank: the map holds the training users' histories only.
    ratings : DataFrame[item, rating]
        Of one person; with ``timestamp`` too if the map has a time block.
    noise_sd : float
        By how many stars a rating strays from a perfect prediction. Larger trusts the ratings less.

    Returns
    -------
    NewUser(w, v)

    Raises
    ------
    ValueError
        For a classifier, a map without users, ratings of nobody or of several people, or noise_sd not above
        0.
    """
    if params.task != "regressor":
        raise ValueError("fold_in solves least squares and so needs a regressor; this model is a classifier.")
    if not noise_sd > 0:
        raise ValueError(f"noise_sd must be above 0 stars, got {noise_sd}.")
    if not len(ratings) or ("user" in ratings and ratings["user"].nunique() > 1):
        people = ratings["user"].nunique() if "user" in ratings else 0
        raise ValueError(f"Fold in one person with at least one rating; got {len(ratings)} rows of {people}.")
    y = column(ratings, "rating").to_numpy(dtype=np.float64)
    rest = _without_user(params, feature_map, ratings)
    users = feature_map.columns_of("user")
    trained = np.column_stack([params.w, params.V])[users.start : users.stop].astype(np.float64)
    mean = trained.mean(axis=0)
    # A factor in which the trained users do not differ stays as it is.
    weight = noise_sd**2 / np.maximum(trained.var(axis=0), 1e-12)
    A = np.column_stack([np.ones(len(y)), rest.factors])
    residual = y - params.w0 - rest.own - A @ mean
    theta = mean + np.linalg.solve(A.T @ A + np.diag(weight), A.T @ residual)
    return NewUser(float(theta[0]), theta[1:].astype(np.float32))


def top_n_for_new_user(
    params: FMParameters,
    feature_map: FeatureMap,
    new_user: NewUser,
    dataset: Dataset,
    n: int = 10,
    *,
    seen: Iterable = (),
) -> pd.DataFrame:
    """The n films that a folded-in user is predicted to like best.

    Parameters
    ----------
    params, feature_map
        As given to :func:`fold_in`.
    new_user : NewUser
        From :func:`fold_in`.
    dataset : Dataset
        Gives the titles, and the moment: just after its last rating.
    n : int
    seen : iterable of ids
        Films to leave out.

    Returns
    -------
    DataFrame[rank, item, title, score]
    """
    table = pd.DataFrame({"item": feature_map.ids("item"), "user": "new"})
    table = table[~table["item"].isin(list(seen))].assign(timestamp=just_after(dataset))
    rest = _without_user(params, feature_map, table)
    scores = params.w0 + rest.own + new_user.w + rest.factors @ new_user.v.astype(np.float64)
    return rank(table, scores.astype(np.float32), dataset, n).drop(columns="user")


def _without_user(params: FMParameters, feature_map: FeatureMap, table: pd.DataFrame) -> Half:
    blocks = [name for name in feature_map.blocks if name in (*ITEM_BLOCKS, "time")]
    return half(params, feature_map, table, blocks)
