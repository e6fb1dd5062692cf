"""From scores to a list: which films to show one person first."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from course_utils.datasets import Dataset


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
    refuse_without_ratings([user], dataset)
    own = dataset.ratings.loc[dataset.ratings["user"] == user, "item"]
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
    check_length(n)
    table = candidates[["user", "item"]].assign(
        score=scores, turn=pd.factorize(candidates["user"])[0], descending=-scores
    )
    table = table.sort_values(["turn", "descending", "item"])
    best = table.groupby("turn", sort=False).head(n).reset_index(drop=True)
    best["rank"] = best.groupby("turn").cumcount() + 1
    best["title"] = dataset.titles(best["item"])
    return best[["user", "rank", "item", "title", "score"]]


def just_after(dataset: Dataset) -> int:
    """The moment lists are made for: the second after the last rating; 0 for a data set without times."""
    last = dataset.ratings["timestamp"].max()
    return 0 if pd.isna(last) else int(last) + 1


def check_length(n: int) -> None:
    """Refuse lists without a place."""
    if n < 1:
        raise ValueError(f"A list needs at least one place; got n={n}.")


def refuse_without_ratings(users: Iterable, dataset: Dataset) -> None:
    """Name the first user without ratings, if there is one."""
    rated = dataset.ratings["user"].drop_duplicates()
    strangers = pd.Index(users)[~pd.Index(users).isin(rated)]
    if len(strangers):
        raise ValueError(
            f"{dataset.name} has no user {plain(strangers[0])!r}. Its ids look like "
            f"{rated.head(3).tolist()}; somebody without ratings needs a list that is not personal, such as "
            "the most popular films."
        )


def plain(id):
    """An id as Python writes it: 3, not np.int64(3)."""
    return id.item() if isinstance(id, np.generic) else id
