"""From scores to a list: which films to show one person first."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from course_utils.datasets import Dataset
from course_utils.encode import FeatureMap
from course_utils.fm.model import FMParameters


def candidates(
    user, dataset: Dataset, exclude_seen: bool = True, *, items: Iterable | None = None
) -> pd.DataFrame:
    """Every film that could be shown to one user.

    Parameters
    ----------
    user : id
        Somebody with ratings in ``dataset``.
    dataset : Dataset
    exclude_seen : bool
        Leave out the films that the user has rated.
    items : iterable of ids, optional
        Choose among these; by default among all of ``dataset.items``.

    Returns
    -------
    DataFrame[user, item]
        One row per film, in ascending order of the ids.

    Raises
    ------
    ValueError
        For a user without ratings.
    """
    own = dataset.ratings.loc[dataset.ratings["user"] == user, "item"]
    if own.empty:
        raise ValueError(
            f"{dataset.name} has no user {_plain(user)!r}. Its ids look like "
            f"{dataset.ratings['user'].drop_duplicates().head(3).tolist()}; somebody without ratings needs a "
            "list that is not personal, such as the most popular films."
        )
    pool = dataset.items.index if items is None else pd.Index(list(items), name="item").unique()
    pool = pool.sort_values()
    if exclude_seen:
        pool = pool[~pool.isin(own)]
    return pd.DataFrame({"user": [user] * len(pool), "item": pool})


def rank(candidates: pd.DataFrame, scores, dataset: Dataset, n: int = 10) -> pd.DataFrame:
    """The n best-scored candidates of each user.

    Parameters
    ----------
    candidates : DataFrame[user, item]
        Rows of one user or of several.
    scores : (rows,) array
        One per candidate, such as an endpoint's answers. Equal scores are ordered by item id, so that a list
        is the same on every machine.
    dataset : Dataset
        Gives the titles, by id.
    n : int
        Length of each list; shorter where there are fewer candidates.

    Returns
    -------
    DataFrame[user, rank, item, title, score]
        Users in the order of their first row; ``rank`` counts from 1.

    Raises
    ------
    ValueError
        Without exactly one score that is a number per candidate, or with n below 1.
    """
    scores = np.asarray(scores, dtype=np.float64)
    if scores.shape != (len(candidates),):
        raise ValueError(
            f"Need one score per candidate: {len(candidates)} rows, scores of shape {scores.shape}."
        )
    if np.isnan(scores).any():
        raise ValueError(f"{int(np.isnan(scores).sum())} scores are NaN and cannot be ranked.")
    if n < 1:
        raise ValueError(f"A list needs at least one place; got n={n}.")
    table = candidates[["user", "item"]].assign(
        score=scores, turn=pd.factorize(candidates["user"])[0], descending=-scores
    )
    table = table.sort_values(["turn", "descending", "item"])
    best = table.groupby("turn", sort=False).head(n).reset_index(drop=True)
    best["rank"] = best.groupby("turn").cumcount() + 1
    best["title"] = dataset.titles(best["item"])
    return best[["user", "rank", "item", "title", "score"]]


def top_n(
    params: FMParameters,
    feature_map: FeatureMap,
    users: Iterable,
    dataset: Dataset,
    n: int = 10,
    exclude_seen: bool = True,
) -> pd.DataFrame:
    """The n films that a model predicts each user to like best.

    Films without a column in the map's item block are left out: the model has never heard of them. Where the
    map looks at time, lists are made for the moment just after the data set's last rating.

    Parameters
    ----------
    params, feature_map
        The model and the map it was trained with.
    users : iterable of ids
    dataset, n, exclude_seen
        As in :func:`candidates` and :func:`rank`.

    Returns
    -------
    DataFrame[user, rank, item, title, score]
        ``score`` is the predicted rating, or the predicted probability for a classifier.

    Raises
    ------
    ValueError
        Without users, or for one without ratings in the data set or without a column in the map.
    """
    users = [users] if isinstance(users, str) or not isinstance(users, Iterable) else list(users)
    if not users:
        raise ValueError("users is empty: name at least one user to make a list for.")
    strangers = sorted(set(users) - set(feature_map.ids("user"))) if "user" in feature_map.blocks else []
    known_items = feature_map.ids("item") if "item" in feature_map.blocks else None
    lists = []
    for user in users:
        table = candidates(user, dataset, exclude_seen, items=known_items)
        if user in strangers:
            raise ValueError(
                f"The model has no column for user {_plain(user)!r}: none of this user's ratings were among "
                "its training rows. Train again with them, or show a list that is not personal."
            )
        if {"time", "last_item"} & set(feature_map.blocks):
            table["timestamp"] = dataset.ratings["timestamp"].max() + 1
        lists.append(rank(table, params.predict(feature_map.transform(table)), dataset, n))
    return pd.concat(lists, ignore_index=True)


def _plain(id):
    """An id as Python writes it: 3, not np.int64(3)."""
    return id.item() if isinstance(id, np.generic) else id
