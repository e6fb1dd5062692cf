"""Top-N by nearest neighbours: the form in which AWS loads a factorization machine into its k-NN algorithm.

A factorization machine scores one pair of a user and a film; its endpoint has to be asked about each film to
find the best ones. k-NN finds them at once, if liking is nearness. By the halves of a score
(:mod:`course_utils.recommend.halves`) it is: with each film as (V'x_I, ŷ(x_I) - w0) and each user as
(V'x_U, 1),

    <user, film> = <V'x_U, V'x_I> + ŷ(x_I) - w0 = ŷ(x) - ŷ(x_U),

and ŷ(x_U), the rest of the score, is the same for all films of a user. Of a model with user and item columns
alone these are the (v_i, w_i) and (v_u, 1) of the blog post ("Extending Amazon SageMaker factorization
machines algorithm to predict top x recommendations", AWS machine learning blog); here the item side may have
genres, and the user side time and whatever else the map knows.

In a lesson: ``films = item_vectors(...)`` are the training rows of a k-NN job with ``index_metric``
``INNER_PRODUCT`` and the labels ``films.labels``; ``people = user_vectors(...)`` are what its endpoint, or a
batch transform job, is asked about, with Accept ``application/jsonlines; verbose=true``; and
:func:`top_n_from_neighbours` reads the answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from course_utils.datasets import Dataset
from course_utils.encode import FeatureMap
from course_utils.fm.model import FMParameters
from course_utils.recommend.halves import item_half, user_half
from course_utils.recommend.lists import check_length, just_after, plain, rank
from course_utils.recommend.top import known_users, pool_of, seen_pairs


class Vectors(NamedTuple):
    """Users or films as points.

    Parameters
    ----------
    ids : Index
        Whom each row stands for; ids of the data set.
    X : (n, k + 1) float32
        Rows for k-NN.
    """

    ids: pd.Index
    X: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        """The rows' numbers, (n,) float32: k-NN's labels, which may not be texts."""
        return np.arange(len(self.ids), dtype=np.float32)


def item_vectors(params: FMParameters, feature_map: FeatureMap, *, items: Iterable | None = None) -> Vectors:
    """What k-NN is trained on: one row per film, in ascending order of the ids.

    Parameters
    ----------
    params, feature_map
        The model and the map it was trained with.
    items : iterable of ids, optional
        By default the films with a column in the map's item block.
    """
    ids = pool_of(feature_map.ids("item") if items is None else items)
    films = item_half(params, feature_map, ids)
    return Vectors(ids, np.column_stack([films.factors, films.own]).astype(np.float32))


def user_vectors(
    params: FMParameters, feature_map: FeatureMap, users: Iterable | None, dataset: Dataset
) -> Vectors:
    """What k-NN is asked about: one row per user, at the moment just after the data set's last rating.

    Parameters
    ----------
    params, feature_map, users, dataset
        As in :func:`~course_utils.recommend.top_n`.

    Raises
    ------
    ValueError
        Without users, or for one without ratings in the data set or without a column in the map.
    """
    known = pd.Index(feature_map.ids("user")) if "user" in feature_map.blocks else None
    ids = known_users(users, known, dataset)
    people = user_half(params, feature_map, ids, just_after(dataset))
    return Vectors(ids, np.column_stack([people.factors, np.ones(len(ids))]).astype(np.float32))


def neighbours_needed(users: Vectors, items: Vectors, dataset: Dataset, n: int = 10) -> int:
    """The hyperparameter k for lists of n new films: as many more as anybody has seen already.

    k-NN knows nothing of what has been seen, so it has to name enough to leave some out. AWS allows 1024.
    """
    check_length(n)
    user, _ = seen_pairs(users.ids, items.ids, dataset)
    most = int(np.bincount(user).max()) if len(user) else 0
    return min(n + most, len(items.ids))


def top_n_from_neighbours(
    neighbours: Iterable[Mapping[str, Sequence[float]]],
    users: Vectors,
    items: Vectors,
    dataset: Dataset,
    n: int = 10,
    exclude_seen: bool = True,
) -> pd.DataFrame:
    """The lists that k-NN's verbose answers amount to.

    Parameters
    ----------
    neighbours : iterable of mappings
        One answer per user, in their order, each with ``labels`` and ``distances``: the lines of a JSON Lines
        reply, or the ``predictions`` of a JSON one, as ``json.loads`` makes them.
    users, items : Vectors
        What was asked about, and what was searched.
    dataset, n, exclude_seen
        As in :func:`~course_utils.recommend.top_n`.

    Returns
    -------
    DataFrame[user, rank, item, title, score]
        ``score`` is the inner product: the raw score less what is the same for all films of the user. The
        films and their order are those of :func:`~course_utils.recommend.top_n`, but where scores are equal
        to the last digit.

    Raises
    ------
    ValueError
        For answers that are not verbose or not about these users and films, and where too few neighbours
        are left for a list.
    """
    check_length(n)
    answers = list(neighbours)
    if len(answers) != len(users.ids):
        raise ValueError(f"There are {len(answers)} answers for {len(users.ids)} users; expected one each.")
    try:
        film = np.array([answer["labels"] for answer in answers])
        score = np.array([answer["distances"] for answer in answers], dtype=np.float64)
    except KeyError as missing:
        raise ValueError(
            f"An answer has no {missing}. Ask with Accept 'application/jsonlines; verbose=true'."
        ) from None
    if film.ndim != 2 or not np.isin(film, items.labels).all():
        raise ValueError("The labels are not the row numbers of these films: was k-NN trained on others?")
    film = film.astype(np.intp)
    keep = np.ones(film.shape, bool)
    if exclude_seen:
        seen = np.zeros((len(users.ids), len(items.ids)), bool)
        seen[seen_pairs(users.ids, items.ids, dataset)] = True
        keep = ~np.take_along_axis(seen, film, axis=1)
    left, k = keep.sum(axis=1), film.shape[1]
    short = np.flatnonzero((left < n) & (k < len(items.ids)))
    if len(short):
        raise ValueError(
            f"Of the {k} neighbours of user {plain(users.ids[short[0]])!r} only {left[short[0]]} are new, "
            f"too few for a list of {n}. Train k-NN with k={neighbours_needed(users, items, dataset, n)}, "
            "as recommend.neighbours_needed tells."
        )
    user, place = np.nonzero(keep)
    table = pd.DataFrame({"user": users.ids[user], "item": items.ids[film[user, place]]})
    return rank(table, score[user, place], dataset, n)
