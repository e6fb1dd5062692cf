"""How good are the lists? Metrics over everybody's top-N, computed for all users at once.

Most functions take the truth first and the lists second, both as tables:

- ``truth``: DataFrame[user, item, …], the films each user turned out to like, such as the test rows with at
  least four stars. One row per pair. Who has no row here has nothing to find, and does not count.
- ``lists``: DataFrame[user, rank, item, …], as ``recommend.top_n`` makes them; ``rank`` counts from 1. Who
  has no list found nothing: 0 in every metric.

Seen films belong neither into the lists nor into the truth. Figures of two systems compare only when both
chose among the same candidates for the same users.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from course_utils.encode.ids import column, id_values
from course_utils.evaluate.metrics import checked_labels


def precision_at_k(truth: pd.DataFrame, lists: pd.DataFrame, k: int = 10) -> float:
    """Share of the first k places that hold a film of the truth, mean over users.

    Empty places count as misses: a list shorter than k cannot reach 1.
    """
    return float(np.mean(_hits(truth, lists, k).sum(axis=1) / k))


def recall_at_k(truth: pd.DataFrame, lists: pd.DataFrame, k: int = 10) -> float:
    """Share of a user's truth that stands in the first k places, mean over users.

    Who likes more than k films cannot reach 1.
    """
    liked = np.bincount(_user_codes(truth))
    return float(np.mean(_hits(truth, lists, k).sum(axis=1) / liked))


def hit_rate_at_k(truth: pd.DataFrame, lists: pd.DataFrame, k: int = 10) -> float:
    """Share of users with at least one film of their truth in the first k places."""
    return float(np.mean(_hits(truth, lists, k).any(axis=1)))


def ndcg_at_k(truth: pd.DataFrame, lists: pd.DataFrame, k: int = 10, *, graded: bool = False) -> float:
    """Normalised discounted cumulative gain, mean over users: hits count more the higher they stand.

    DCG@k = Σ_{r=1…k} gain_r / log2(r + 1), divided by the DCG@k of the best possible list. The gain of a film
    is 1 if it is in the truth (binary), or 2^rating - 1 (graded; Burges et al. 2005, "Learning to rank using
    gradient descent"), and 0 for any other film. The discount is that of Järvelin and Kekäläinen
    2002, "Cumulated gain-based evaluation of IR techniques", with base 2.

    Parameters
    ----------
    truth : DataFrame[user, item]
        With ``rating`` (stars, above 0) too where ``graded``.
    graded : bool
        False: every film of the truth is worth the same. True: five stars are worth more than three, so the
        truth can be all of a user's test rows.
    """
    gain = _gains(truth, graded)
    hits = _hits(truth, lists, k, gain)
    discount = 1 / np.log2(np.arange(k) + 2.0)
    # The best possible lists: each user's truth by falling gain.
    users = _user_codes(truth)
    order = np.lexsort((-gain, users))
    users, gain = users[order], gain[order]
    place = np.arange(len(users)) - np.searchsorted(users, users)
    top = place < k
    best = np.bincount(users[top], weights=gain[top] * discount[place[top]])
    return float(np.mean(hits @ discount / best))


def coverage(lists: pd.DataFrame, catalogue: Iterable) -> float:
    """Share of the catalogue that stands in at least one list: 10 films for everybody cover next to nothing.

    Parameters
    ----------
    lists : DataFrame[item]
    catalogue : iterable of ids
        Every film that could have been shown, such as ``feature_map.ids("item")``.
    """
    shown, all_items = pd.Index(id_values(lists, "item")).unique(), pd.Index(list(catalogue)).unique()
    strange = shown.difference(all_items)
    if not len(all_items) or len(strange):
        raise ValueError(
            f"The lists show {len(strange)} film(s) outside the catalogue of {len(all_items)}, such as "
            f"{strange[:3].tolist()}: pass every film that could have been shown."
        )
    return len(shown) / len(all_items)


def novelty(lists: pd.DataFrame, ratings: pd.DataFrame) -> float:
    """How little known the shown films are, in bits: mean of log2(users / users who rated the film).

    The self-information of Zhou et al. 2010, "Solving the apparent diversity-accuracy dilemma of recommender
    systems" (PNAS 107): 0 bits for a film that everybody rated, 10 for one that a thousandth did. A film that
    nobody rated counts as one that a single user did, or it would be infinitely new. Mean over each list,
    then over users.

    Parameters
    ----------
    lists : DataFrame[user, item]
    ratings : DataFrame[user, item]
        Training rows.
    """
    pairs = ratings[["user", "item"]].drop_duplicates()
    known_by = pairs["item"].value_counts().reindex(lists["item"], fill_value=1).to_numpy()
    if not len(pairs) or not len(lists):
        raise ValueError(f"novelty needs lists and ratings; got {len(lists)} and {len(ratings)} rows.")
    bits = pd.Series(np.log2(pairs["user"].nunique() / known_by))
    return float(bits.groupby(lists["user"].to_numpy()).mean().mean())


def auc(y, score, users=None) -> float:
    """Chance that a row of label 1 scores above a row of label 0; ties count half. Guessing gives 0.5.

    From ranks, as Mann and Whitney 1947: (sum of the ranks of label 1 - n₁(n₁ + 1)/2) / (n₁ n₀).

    Parameters
    ----------
    y : (n,) labels 0 or 1
    score : (n,) of any scale
        Only the order matters: raw scores and probabilities give the same.
    users : (n,) ids, optional
        With it, rows are compared within a user only, and the mean over users is returned, as Rendle et al.
        2009, "BPR: Bayesian personalized ranking from implicit feedback", do. Users with one label only do
        not count.

    Raises
    ------
    ValueError
        If nobody has both labels.
    """
    y, score = checked_labels(y, score)
    if users is None:
        user = np.zeros(len(y), dtype=np.intp)
    else:
        if len(users) != len(y):
            raise ValueError(f"Need one user per row: {len(y)} rows, {len(users)} users.")
        user = pd.factorize(np.asarray(users))[0]
    # Ranks of (user, score) in one sort: users follow one another, each starting where the last one stopped.
    counts, ones = np.bincount(user), np.bincount(user, weights=y)
    _, level = np.unique(score, return_inverse=True)
    _, tied, size = np.unique(user * len(y) + level, return_inverse=True, return_counts=True)
    rank = (np.cumsum(size) - (size - 1) / 2)[tied] - (np.cumsum(counts) - counts)[user]  # ties share a mean
    both = (ones > 0) & (ones < counts)
    if not both.any():
        raise ValueError("AUC compares rows of label 1 with rows of label 0; here nobody has both labels.")
    above = np.bincount(user, weights=rank * y) - ones * (ones + 1) / 2
    return float(np.mean(above[both] / (ones * (counts - ones))[both]))


def _user_codes(truth: pd.DataFrame) -> np.ndarray:
    return pd.factorize(id_values(truth, "user"))[0]


def _gains(truth: pd.DataFrame, graded: bool) -> np.ndarray:
    if not graded:
        return np.ones(len(truth))
    stars = column(truth, "rating").to_numpy(dtype=np.float64)
    if not ((stars > 0) & np.isfinite(stars)).all():
        raise ValueError("Graded gains are 2^rating - 1 and need ratings above 0.")
    return 2**stars - 1


def _hits(truth: pd.DataFrame, lists: pd.DataFrame, k: int, gain: np.ndarray | None = None) -> np.ndarray:
    """(users, k) float64: the gain (1 by default) of each place; users as they first occur in the truth."""
    if k < 1:
        raise ValueError(f"A list needs at least one place; got k={k}.")
    pairs = pd.MultiIndex.from_arrays([id_values(truth, "user"), id_values(truth, "item")])
    if not len(pairs) or not pairs.is_unique:
        raise ValueError(
            f"The truth must name at least one film, and each (user, item) once; got {len(pairs)} rows, "
            f"{int(pairs.duplicated().sum())} of them repeated."
        )
    if lists.duplicated(["user", "item"]).any() or lists.duplicated(["user", "rank"]).any():
        raise ValueError("Each film and each rank must stand once in a user's list.")
    rank = lists["rank"].to_numpy()
    if len(rank) and rank.min() < 1:
        raise ValueError(f"Ranks count from 1; the lists hold {rank.min()}.")
    row = pairs.get_indexer(pd.MultiIndex.from_frame(lists[["user", "item"]]))
    row, rank = row[(row >= 0) & (rank <= k)], rank[(row >= 0) & (rank <= k)]
    users = _user_codes(truth)
    hits = np.zeros((users.max() + 1, k))
    hits[users[row], rank - 1] = 1.0 if gain is None else gain[row]
    return hits
