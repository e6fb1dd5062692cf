"""Side information: what is known of a user or a film apart from the ratings that a row describes.

Written into the feature rows, "all films that this user rated" repeats hundreds of numbers in every one of
the user's rows. As a *side* it is said once per user (Rendle 2013, *Scaling Factorization Machines to
Relational Data*, calls such tables blocks), and a solver takes it as what to expect of the user's parameters:

    θ_j ~ normal(Σ_t rows[j, t] β_t + μ, 1/λ)        for each column j of the side

β has one entry per label t, shared by all users. The fitted model stays a plain FM over users and films.

Give every maker the *training* rows: whatever a side knows, the model knows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from course_utils.encode.blocks import genre_incidence, incidence
from course_utils.encode.feature_map import FeatureMap
from course_utils.encode.ids import IdIndex, id_values


@dataclass(frozen=True, eq=False)
class Side:
    """One sparse row for each of some columns of X.

    Parameters
    ----------
    name : str
        What it tells, such as ``"seen_items"``.
    columns : (p,) int64
        The columns of X that it describes, each once.
    rows : (p, s) csr_array float32
        Row i describes column ``columns[i]``; an empty row says nothing of it. Canonical: column numbers
        ascend within a row.
    labels : list
        What the s columns of ``rows`` stand for.

    Raises
    ------
    ValueError
        If the parts do not fit together, or a number is not finite.
    """

    name: str
    columns: np.ndarray
    rows: sparse.csr_array
    labels: list

    def __post_init__(self) -> None:
        columns, rows = self.columns, self.rows
        if not isinstance(columns, np.ndarray) or columns.ndim != 1 or columns.dtype != np.int64:
            raise ValueError(
                f"columns of side {self.name!r} must be an int64 array of shape (p,), got {_form(columns)}. "
                "Make one with np.arange(first, last) or np.array([...])."
            )
        if not isinstance(rows, sparse.csr_array) or rows.dtype != np.float32:
            raise ValueError(
                f"rows of side {self.name!r} must be a csr_array of float32, got {_form(rows)}. "
                "Convert them with scipy.sparse.csr_array(rows, dtype=np.float32)."
            )
        if rows.shape != (len(columns), len(self.labels)):
            raise ValueError(
                f"Side {self.name!r} has {len(columns)} columns and {len(self.labels)} labels, so its rows "
                f"must have shape ({len(columns)}, {len(self.labels)}); got {rows.shape}."
            )
        if len(columns) and columns.min() < 0:
            raise ValueError(f"Side {self.name!r} names column {columns.min()}; columns count from 0.")
        if len(np.unique(columns)) < len(columns):
            raise ValueError(f"Side {self.name!r} names some column of X twice; each can have one row.")
        if not rows.has_canonical_format:
            raise ValueError(
                f"rows of side {self.name!r} hold an entry twice or out of order: call "
                "rows.sum_duplicates() first."
            )
        if not np.isfinite(rows.data).all():
            raise ValueError(f"rows of side {self.name!r} hold NaN or infinity; drop or fill such values.")


def seen_items(feature_map: FeatureMap, ratings: pd.DataFrame) -> Side:
    """Per user column: the n films that the user rated, each with 1/√n.

    The implicit feedback of SVD++ (Koren 2008, *Factorization Meets the Neighborhood*): which films somebody
    chose to rate tells of a taste, whatever the ratings.

    Parameters
    ----------
    feature_map : FeatureMap
        Fitted, with the blocks "user" and "item".
    ratings : DataFrame[user, item]
        Training rows. Users and films that the map does not know are left out; a film rated twice counts
        once. A user of the map without a row here gets an empty row.

    Raises
    ------
    ValueError
        If the map lacks a block, ids are missing or of another type than in training, or no row of
        ``ratings`` names a user and a film of the map.
    """
    users, films = feature_map.ids("user"), feature_map.ids("item")
    return _side("seen_items", feature_map, "user", _rated(users, films, ratings), films)


def seen_by(feature_map: FeatureMap, ratings: pd.DataFrame) -> Side:
    """Per film column: the n users who rated the film, each with 1/√n.

    Parameters, left-out ids and errors are those of :func:`seen_items`.
    """
    users, films = feature_map.ids("user"), feature_map.ids("item")
    seen = _rated(users, films, ratings).T.tocsr()
    return _side("seen_by", feature_map, "item", seen, users)


def genres(feature_map: FeatureMap, items: pd.DataFrame) -> Side:
    """Per film column: 1 for each genre of the film.

    Parameters
    ----------
    feature_map : FeatureMap
        Fitted, with the block "item".
    items : DataFrame[genres] indexed by item
        A film of the map that is not in it gets an empty row; films that the map does not know are left out.

    Raises
    ------
    ValueError
        If the map lacks the block, the table is not of this form, or it holds no film of the map.
    """
    films = feature_map.ids("item")
    known, labels, table = genre_incidence(items)
    places = known.codes(id_values(pd.DataFrame({"item": films}), "item"), "item")
    if not (places >= 0).any():
        raise ValueError(
            f"The items table holds none of the map's {len(films)} films, such as {films[:3]}. "
            "Take the items table of the data set that the map was fitted on."
        )
    blank = sparse.csr_array((1, len(labels)), dtype=bool)
    rows = sparse.vstack([table, blank], format="csr")[places]  # place -1 is the blank row
    return _side("genre", feature_map, "item", rows, labels, share=False)


def _rated(users: list, films: list, ratings: pd.DataFrame) -> sparse.csr_array:
    """Who rated what, (users, films) of ones."""
    user, film = (
        IdIndex(ids).codes(id_values(ratings, name), name) for name, ids in (("user", users), ("item", films))
    )
    known = (user >= 0) & (film >= 0)
    if not known.any():
        raise ValueError(
            f"None of the {len(ratings)} ratings names a user and a film of this map. "
            "Give the training rows that the map was fitted on."
        )
    return incidence(user[known], film[known], (len(users), len(films)))


def _side(
    name: str,
    feature_map: FeatureMap,
    block: str,
    members: sparse.csr_array,
    labels: list,
    *,
    share: bool = True,
) -> Side:
    """A side for the columns of one block, less a spare one; 1/√n for each of a row's n members, or 1."""
    counts = np.diff(members.indptr)
    values = np.repeat(1 / np.sqrt(np.maximum(counts, 1)), counts) if share else np.ones(members.nnz)
    columns = np.arange(members.shape[0]) + feature_map.columns_of(block).start
    rows = sparse.csr_array((values.astype(np.float32), members.indices, members.indptr), shape=members.shape)
    return Side(name, columns.astype(np.int64), rows, labels)


def _form(value) -> str:
    if isinstance(value, np.ndarray) or sparse.issparse(value):
        return f"{type(value).__name__} of {value.dtype} with shape {value.shape}"
    return type(value).__name__
