"""Somebody who came after training: ten ratings are enough for a list, and the model stays as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from course_utils.datasets import Dataset
from course_utils.encode import FeatureMap
from course_utils.encode.ids import column
from course_utils.fm.model import FMParameters, sigmoid
from course_utils.recommend.halves import ITEM_BLOCKS, Half, half
from course_utils.recommend.lists import just_after, rank

_NEWTON_STEPS = 20  # each about doubles the number of right digits


class NewUser(NamedTuple):
    """The weight ``w`` (stars) and the factors ``v``, (k,) float32, that training would have given a user."""

    w: float
    v: np.ndarray


def fold_in(
    params: FMParameters, feature_map: FeatureMap, ratings: pd.DataFrame, *, noise_sd: float = 0.85
) -> NewUser:
    """Find a new user's weight and factors, all else staying as trained.

    With everything else fixed the score is linear in the two: score_i = rest_i + w_u + <v_u, a_i>, where a_i
    sums up the factors that the user meets in row i. A newcomer is taken for one more of the trained users,
    whose θ = (w, v) have the mean m and the covariance S, so that a small Bayesian regression has the exact
    answer: the θ that minimises

        Σ_i (rating_i - score_i)² / noise_sd² + (θ - m)ᵀ S⁻¹ (θ - m)

    Where the ratings say nothing, a newcomer is like the others. It is the step of alternating least squares
    for one user (Rendle et al. 2011, "Fast context-aware recommendations with factorization machines"),
    solved for all k + 1 numbers at once and with a regularisation that is learned: factors may go together,
    as they do in an average of models. For a classifier the squares give way to the log-loss, and the same
    regression is repeated (iteratively reweighted least squares).

    Parameters
    ----------
    params, feature_map
        A model and its map, which must have a user block. The blocks other_items and last_item stay blank:
        the map holds the training users' histories only.
    ratings : DataFrame[item, rating]
        Of one person; with ``timestamp`` too if the map has a time block. For a classifier ``rating`` is the
        label, 0 or 1.
    noise_sd : float
        By how many stars a rating strays from a good prediction, such as the model's test RMSE. Larger trusts
        the ratings less. Not used for a classifier.

    Returns
    -------
    NewUser(w, v)

    Raises
    ------
    ValueError
        For a map without users, ratings of nobody or of several people, noise_sd not above 0, or a
        classifier's labels other than 0 and 1.
    """
    if not noise_sd > 0:
        raise ValueError(f"noise_sd must be above 0 stars, got {noise_sd}.")
    if not len(ratings) or ("user" in ratings and ratings["user"].nunique() > 1):
        people = ratings["user"].nunique() if "user" in ratings else 0
        raise ValueError(f"Fold in one person with at least one rating; got {len(ratings)} rows of {people}.")
    y = column(ratings, "rating").to_numpy(dtype=np.float64)
    if params.task == "binary_classifier" and not np.isin(y, (0, 1)).all():
        raise ValueError("A classifier learns from the labels 0 and 1; turn ratings into them first.")
    A, expected, mean, covariance = _evidence(params, feature_map, ratings)
    if params.task == "regressor":
        change = _regression(A, covariance, np.full(len(y), noise_sd**-2.0), (y - expected) / noise_sd**2)
    else:
        change = _classification(A, covariance, y, expected)
    theta = mean + change
    return NewUser(float(theta[0]), theta[1:].astype(np.float32))


def rating_pushes(
    params: FMParameters,
    feature_map: FeatureMap,
    ratings: pd.DataFrame,
    items: Iterable,
    *,
    noise_sd: float = 0.85,
) -> pd.DataFrame:
    """By how many stars each of a newcomer's ratings pushes films up or down in the list.

    The answer of :func:`fold_in` is a weighted sum over the ratings, and so is <v, a>, the part of a film's
    score that puts films in an order: it is that of a newcomer without ratings, plus the pushes. What the
    ratings say about the weight w is left out: it lifts or lowers all films alike.

    Parameters
    ----------
    params, feature_map, ratings, noise_sd
        As given to :func:`fold_in`, without a time block; of a regressor.
    items : iterable of ids
        The films to explain.

    Returns
    -------
    DataFrame (items, rated items)
        Stars. A push is arithmetic of this model: without that rating, the others would push otherwise.

    Raises
    ------
    ValueError
        For a classifier, whose score is no sum over the ratings.
    """
    if params.task != "regressor":
        raise ValueError("Only a regressor's score is a sum over the ratings; this model is a classifier.")
    A, expected, _, covariance = _evidence(params, feature_map, ratings)
    surprise = column(ratings, "rating").to_numpy(dtype=np.float64) - expected
    change = _regression(
        A, covariance, np.full(len(surprise), noise_sd**-2.0), np.diag(surprise / noise_sd**2)
    )
    films = pd.Index(list(items), name="item")
    met = _without_user(params, feature_map, pd.DataFrame({"item": films, "user": "new"})).factors
    return pd.DataFrame(met @ change[1:], index=films, columns=pd.Index(ratings["item"], name="rated"))


def _evidence(
    params: FMParameters, feature_map: FeatureMap, ratings: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(A, what the mean user would give, mean of θ, covariance of θ) over the trained users' θ = (w, v)."""
    rest = _without_user(params, feature_map, ratings)
    users = feature_map.columns_of("user")
    trained = np.column_stack([params.w, params.V])[users.start : users.stop].astype(np.float64)
    mean = trained.mean(axis=0)
    covariance = (trained - mean).T @ (trained - mean) / len(trained)
    A = np.column_stack([np.ones(len(ratings)), rest.factors])
    return A, params.w0 + rest.own + A @ mean, mean, covariance


def _regression(A: np.ndarray, covariance: np.ndarray, precision: np.ndarray, pull: np.ndarray) -> np.ndarray:
    """The δ with (S⁻¹ + Aᵀ diag(precision) A) δ = Aᵀ pull, written without S⁻¹: S may be singular."""
    moment = covariance @ ((A.T * precision) @ A)
    return np.linalg.solve(np.eye(len(moment)) + moment, covariance @ (A.T @ pull))


def _classification(A: np.ndarray, covariance: np.ndarray, y: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """The most probable δ for labels y given with probability sigmoid(expected + A δ), by Newton's method."""
    change = np.zeros(A.shape[1])
    for _ in range(_NEWTON_STEPS):
        p = sigmoid(expected + A @ change)
        certainty = p * (1 - p)
        change = _regression(A, covariance, certainty, certainty * (A @ change) + y - p)
    return change


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
        ``score`` is the predicted rating, or the predicted probability for a classifier.
    """
    table = pd.DataFrame({"item": feature_map.ids("item"), "user": "new"})
    table = table[~table["item"].isin(list(seen))].assign(timestamp=just_after(dataset))
    rest = _without_user(params, feature_map, table)
    scores = params.w0 + rest.own + new_user.w + rest.factors @ new_user.v.astype(np.float64)
    if params.task == "binary_classifier":
        scores = sigmoid(scores)
    return rank(table, scores.astype(np.float32), dataset, n).drop(columns="user")


def _without_user(params: FMParameters, feature_map: FeatureMap, table: pd.DataFrame) -> Half:
    blocks = [name for name in feature_map.blocks if name in (*ITEM_BLOCKS, "time")]
    return half(params, feature_map, table, blocks)
