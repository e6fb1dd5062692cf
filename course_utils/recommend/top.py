"""Lists for many users at once, from a factorization machine or from anything that predicts."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from course_utils.datasets import Dataset
from course_utils.encode import FeatureMap
from course_utils.fm.model import FMParameters
from course_utils.recommend.halves import item_half, user_half
from course_utils.recommend.lists import (
    check_length,
    just_after,
    plain,
    rank,
    refuse_without_ratings,
)
from course_utils.recommend.nearest import best_items

# Rows of a table scored at once by a model that needs one.
_BLOCK_ROWS = 1 << 20


def top_n(
    params: FMParameters,
    feature_map: FeatureMap,
    users: Iterable | None,
    dataset: Dataset,
    n: int = 10,
    exclude_seen: bool = True,
    *,
    items: Iterable | None = None,
    threads: int = 1,
) -> pd.DataFrame:
    """The n films that a model predicts each user to like best.

    Every pair is scored by the identity in :mod:`course_utils.recommend.halves`, a block of users at a time.
    Where the map looks at time, lists are made for the moment just after the data set's last rating.

    Parameters
    ----------
    params, feature_map
        The model and the map it was trained with.
    users : iterable of ids, or None
        None: everybody with ratings in ``dataset`` whom the model knows.
    dataset : Dataset
        Its ratings say what has been seen. To examine lists on held-back rows, pass
        ``dataclasses.replace(dataset, ratings=train)``: what must be found may not be left out.
    n, exclude_seen
        As in :func:`candidates` and :func:`rank`.
    items : iterable of ids, optional
        Choose among these; by default among the films with a column in the map's item block, as the model has
        never heard of others. With a genre block, new films can be named here and are judged by their genres.
    threads : int
        Blocks of users that are worked on at the same time; the lists are the same for any number.

    Returns
    -------
    DataFrame[user, rank, item, title, score]
        ``score`` is the predicted rating, or the predicted probability for a classifier.

    Raises
    ------
    ValueError
        Without users, or for one without ratings in the data set or without a column in the map.
    """
    check_length(n)
    known = pd.Index(feature_map.ids("user")) if "user" in feature_map.blocks else None
    users = known_users(users, known, dataset)
    if items is None:
        items = feature_map.ids("item") if "item" in feature_map.blocks else dataset.items.index
    pool = pool_of(items)
    now = just_after(dataset)
    films, people = item_half(params, feature_map, pool), user_half(params, feature_map, users, now)
    seen = seen_pairs(users, pool, dataset) if exclude_seen else None
    user, film = best_items(params.w0, people, films, n, seen=seen, threads=threads)
    table = pd.DataFrame({"user": users[user], "item": pool[film], "timestamp": now})
    return rank(table, params.predict(feature_map.transform(table)), dataset, n)


def top_n_by(
    model,
    users: Iterable | None,
    dataset: Dataset,
    n: int = 10,
    exclude_seen: bool = True,
    *,
    items: Iterable | None = None,
) -> pd.DataFrame:
    """The n films that anything with ``predict(table)`` puts first, such as the baselines of ``evaluate``.

    Other than for :func:`top_n`, every pair becomes a row of a table, about a million rows at a time.

    Parameters
    ----------
    model : object with ``predict(DataFrame[user, item]) -> (n,)``
    users : iterable of ids, or None
        None: everybody with ratings in ``dataset``.
    dataset, n, exclude_seen
        As in :func:`top_n`.
    items : iterable of ids, optional
        Choose among these; by default among all of ``dataset.items``.

    Returns
    -------
    DataFrame[user, rank, item, title, score]
        Equal scores are ordered by item id.

    Raises
    ------
    ValueError
        Without users, for one without ratings in the data set, or for scores that are NaN.
    """
    check_length(n)
    users = known_users(users, None, dataset)
    pool = pool_of(dataset.items.index if items is None else items)
    seen = seen_pairs(users, pool, dataset) if exclude_seen else None
    step = max(1, _BLOCK_ROWS // max(1, len(pool)))
    lists = []
    for start in range(0, len(users), step):
        own = users[start : start + step]
        table = pd.DataFrame({"user": own.repeat(len(pool)), "item": np.tile(pool, len(own))})
        scores = np.array(model.predict(table), dtype=np.float64).reshape(len(own), len(pool))
        if np.isnan(scores).any():
            raise ValueError(f"{int(np.isnan(scores).sum())} scores are NaN and cannot be ranked.")
        if seen is not None:
            first, last = np.searchsorted(seen[0], [start, start + len(own)])
            scores[seen[0][first:last] - start, seen[1][first:last]] = -np.inf
        places = max(len(pool) - n, 0)
        bar = np.partition(scores, places, axis=1)[:, places] if len(pool) else np.zeros(len(own))
        user, film = np.nonzero((scores >= bar[:, None]) & (scores > -np.inf))
        lists.append(pd.DataFrame({"user": own[user], "item": pool[film], "score": scores[user, film]}))
    best = pd.concat(lists, ignore_index=True)
    return rank(best, best.pop("score"), dataset, n)


def known_users(users: Iterable | None, known: pd.Index | None, dataset: Dataset) -> pd.Index:
    """The users to make lists for, each once, in the order given; ``known`` are those that a model knows."""
    if users is None:
        users = pd.Index(dataset.ratings["user"].unique()).sort_values()
        users = users if known is None else users[users.isin(known)]
        if users.empty:
            raise ValueError(
                f"The model knows none of the users of {dataset.name}: is it that data set's model?"
            )
        return users
    users = [users] if isinstance(users, str) or not isinstance(users, Iterable) else list(users)
    if not users:
        raise ValueError("users is empty: name at least one user to make a list for.")
    users = pd.Index(users).unique()
    refuse_without_ratings(users, dataset)
    strangers = [] if known is None else users[~users.isin(known)]
    if len(strangers):
        raise ValueError(
            f"The model has no column for user {plain(strangers[0])!r}: none of this user's ratings were "
            "among its training rows. Train again with them, use recommend.fold_in, or show a list that is "
            "not personal."
        )
    return users


def pool_of(items: Iterable) -> pd.Index:
    return pd.Index(list(items), name="item").unique().sort_values()


def seen_pairs(users: pd.Index, pool: pd.Index, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """(user place, film place) of every rating of these users, ascending by user."""
    user, item = users.get_indexer(dataset.ratings["user"]), pool.get_indexer(dataset.ratings["item"])
    both = (user >= 0) & (item >= 0)
    order = np.argsort(user[both], kind="stable")
    return user[both][order], item[both][order]
