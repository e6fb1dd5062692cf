"""Item k-NN: you will like this film as you liked the films most like it."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import sparse

from course_utils.encode.ids import IdIndex, id_values
from course_utils.evaluate.baselines import Biases, checked_ratings

Similarity = Literal["cosine", "adjusted"]
_BLOCK_ITEMS = 256


class ItemKNN:
    """The user's own ratings of the k most similar films, weighted by similarity, around the bias model.

    ŷ(u, i) = b_ui + Σ_j s_ij (y_uj - b_uj) / Σ_j s_ij

    over the k films j rated by u whose s_ij is largest and positive; b is :class:`Biases`, and all there is
    without any such film (Koren 2008, "Factorization meets the neighborhood", equations 2 and 3).

    s_ij = Σ_u a_ui a_uj / sqrt(Σ_u a_ui² · Σ_u a_uj²) · n / (n + shrinkage)

    over the n users who rated both films (Sarwar et al. 2001, "Item-based collaborative filtering", section
    3.1). a is the rating ("cosine"), or the rating minus the user's mean ("adjusted": harsh and kind raters
    agree).

    Parameters
    ----------
    k : int
        Neighbours per prediction.
    similarity : "cosine" or "adjusted"
    shrinkage : float
        How many common raters' worth of doubt each similarity starts with: two films with one rater in common
        always have cosine ±1.
    alpha : float
        Of :class:`Biases`.

    Notes
    -----
    All pairs of films with a common rater are kept: fine for ten thousand films, too much for a million.
    """

    def __init__(
        self, k: int = 40, *, similarity: Similarity = "adjusted", shrinkage: float = 30.0, alpha: float = 2.0
    ) -> None:
        if similarity not in get_args(Similarity):
            raise ValueError(f"similarity must be one of {get_args(Similarity)}, got {similarity!r}.")
        if k < 1 or shrinkage < 0:
            raise ValueError(f"k must be at least 1 and shrinkage at least 0; got {k} and {shrinkage}.")
        self.k, self.similarity, self.shrinkage, self.alpha = k, similarity, shrinkage, alpha

    def fit(self, ratings: pd.DataFrame) -> ItemKNN:
        """Learn ``biases``, ``deviations`` (users, items) CSR and ``weights`` (items, items) CSR, s_ij > 0.

        Raises
        ------
        ValueError
            If a user rated a film twice: which of the two would count?
        """
        y = checked_ratings(ratings)
        repeated = int(ratings.duplicated(["user", "item"]).sum())
        if repeated:
            raise ValueError(f"{repeated} rows repeat a (user, item); keep one rating of each.")
        self.biases = Biases(self.alpha).fit(ratings)
        self.users, self.items = (IdIndex(id_values(ratings, key)) for key in ("user", "item"))
        places = self._codes(ratings)
        shape = (len(self.users), len(self.items))
        self.deviations = sparse.csr_array((y - self.biases.predict(ratings), places), shape=shape)
        if self.similarity == "adjusted":
            y = y - (np.bincount(places[0], y) / np.bincount(places[0]))[places[0]]
        self.weights = self._similarities(sparse.csr_array((y, places), shape=shape))
        return self

    def predict(self, table: pd.DataFrame) -> np.ndarray:
        """(n,) float64 stars for a table with ``user`` and ``item``; strangers get what ``biases`` says."""
        from course_utils.evaluate.neighbours_kernel import add_neighbours  # here, because numba loads slowly

        prediction = self.biases.predict(table)
        user, item = self._codes(table)
        known = np.flatnonzero((user >= 0) & (item >= 0))
        known = known[np.argsort(user[known], kind="stable")]
        rated, near, added = self.deviations, self.weights, np.zeros(len(known))
        add_neighbours(
            user[known],
            item[known],
            rated.indptr,
            rated.indices,
            rated.data,
            near.indptr,
            near.indices,
            near.data,
            self.k,
            added,
        )
        prediction[known] += added
        return prediction

    def _codes(self, table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        users, items = id_values(table, "user"), id_values(table, "item")
        return self.users.codes(users, "user"), self.items.codes(items, "item")

    def _similarities(self, a: sparse.csr_array) -> sparse.csr_array:
        """(items, items) float32, a block of rows at a time: dense, a block fits in memory."""
        by_item, rated = a.T.tocsr(), a.copy()
        rated.data = np.ones_like(a.data)
        squares, rated_by_item = a.multiply(a).tocsr(), rated.T.tocsr()
        parts = []
        for start in range(0, a.shape[1], _BLOCK_ITEMS):
            own = slice(start, start + _BLOCK_ITEMS)
            product = (by_item[own] @ a).toarray()
            lengths = (by_item[own].power(2) @ rated).toarray() * (rated_by_item[own] @ squares).toarray()
            common = (rated_by_item[own] @ rated).toarray()
            product[(product <= 0) | (lengths == 0)] = 0
            near = product.nonzero()
            product[near] *= common[near] / (np.sqrt(lengths[near]) * (common[near] + self.shrinkage))
            product[np.arange(len(product)), start + np.arange(len(product))] = 0  # not its own neighbour
            parts.append(sparse.csr_array(product.astype(np.float32)))
        return sparse.vstack(parts, format="csr")
