"""Exact search for nearest neighbours: blocks of matrix products find the candidates, each pair decides.

Three measures of closeness, of a query q and a point x:

================= ============================ =========================== =============
measure           distance                     near is                     the nearest
================= ============================ =========================== =============
``L2``            ‖q - x‖, Euclidean           small                       stands first
``INNER_PRODUCT`` <q, x>                       large                       stands last
``COSINE``        <q, x> / (‖q‖ ‖x‖)           large                       stands last
================= ============================ =========================== =============

All are called *distances*, and the developer guide has them "sorted from smallest to largest" for every
measure. AWS's notebook for ``COSINE`` (content recommendation by topics) turns the labels round, to begin
with the nearest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np

Metric = Literal["L2", "INNER_PRODUCT", "COSINE"]
METRICS: tuple[str, ...] = get_args(Metric)
_BLOCK_PAIRS = 1 << 22  # pairs scored at once: 32 MB


@dataclass(frozen=True, eq=False)
class Index:
    """Points to search among.

    Parameters
    ----------
    points : (n, d) float32
        For ``COSINE`` of length 1 each, see :func:`unit_length`.
    metric : str
    """

    points: np.ndarray
    metric: Metric

    @cached_property
    def _points(self) -> np.ndarray:
        return self.points.astype(np.float64)

    @cached_property
    def _squares(self) -> np.ndarray:
        return np.square(self._points).sum(axis=1)

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The k nearest points of each query.

        Neighbours are chosen and ordered by the distances as they are given out, float32; among equal ones
        the points that come first in ``points`` are nearer. So the answer to a query is the same whatever
        other queries come with it.

        Parameters
        ----------
        queries : (m, d) float32
        k : int
            At most n.

        Returns
        -------
        distances : (m, k) float32
            Ascending.
        places : (m, k) int
            Rows of ``points``.
        """
        if self.metric == "COSINE":
            queries = unit_length(queries)
        queries = queries.astype(np.float64)
        step = max(1, _BLOCK_PAIRS // len(self.points))
        found = [self._block(queries[at : at + step], k) for at in range(0, len(queries), step)]
        empty = np.empty((0, k), np.float32), np.empty((0, k), np.intp)
        distances, places = (np.concatenate(parts) for parts in zip(empty, *found, strict=True))
        return distances, places

    def _block(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        closeness = queries @ self._points.T
        if self.metric == "L2":
            closeness *= 2
            closeness -= self._squares
        last = len(self.points) - k
        bar = np.partition(closeness, last, axis=1)[:, last]
        query, place = np.nonzero(closeness >= (bar - self._doubt(queries, bar))[:, None])
        distance = self._distances(queries, query, place)
        order = np.lexsort((place, distance if self.metric == "L2" else -distance, query))
        query, place, distance = query[order], place[order], distance[order]
        nearest = np.arange(len(query)) - np.searchsorted(query, query) < k
        distances, places = distance[nearest].reshape(-1, k), place[nearest].reshape(-1, k)
        return (distances, places) if self.metric == "L2" else (distances[:, ::-1], places[:, ::-1])

    def _doubt(self, queries: np.ndarray, bar: np.ndarray) -> np.ndarray:
        """By how much closeness may differ between points whose distance is the same as float32.

        A float32 is off by 2⁻²⁴ of its size; a sum of d products by about d 2⁻⁵³ of the vectors' lengths
        (Higham 2002, *Accuracy and Stability of Numerical Algorithms*, section 3.1). Taken several times, as
        candidates too many cost little.
        """
        own = np.square(queries).sum(axis=1)
        size = (np.sqrt(own) + np.sqrt(self._squares.max())) ** 2
        decided = np.abs(own - bar) if self.metric == "L2" else np.abs(bar)
        return 2.0**-21 * decided + (queries.shape[1] + 8) * 2.0**-50 * size + np.finfo(np.float32).tiny

    def _distances(self, queries: np.ndarray, query: np.ndarray, place: np.ndarray) -> np.ndarray:
        """Pair by pair, so that it does not matter which others are scored beside it."""
        distances = np.empty(len(query), np.float32)
        step = max(1, _BLOCK_PAIRS // queries.shape[1])
        for at in range(0, len(query), step):
            pairs = slice(at, at + step)
            a, b = queries[query[pairs]], self._points[place[pairs]]
            if self.metric == "L2":
                distances[pairs] = np.sqrt(np.square(a - b).sum(axis=1))
            else:
                distances[pairs] = (a * b).sum(axis=1)
        return distances


def unit_length(rows: np.ndarray) -> np.ndarray:
    """Each row divided by its length, float32; rows of zeros stay, and are like nothing."""
    rows = rows.astype(np.float64)
    length = np.sqrt(np.square(rows).sum(axis=1, keepdims=True))
    return np.divide(rows, length, out=np.zeros_like(rows), where=length > 0).astype(np.float32)
