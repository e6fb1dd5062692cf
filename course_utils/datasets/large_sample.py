"""A made-up MovieLens of any size, in seconds: for finding out what 25 million ratings cost.

As in :mod:`~course_utils.datasets.sample`, ratings are drawn from a factorization machine that we know, here
of users and films alone. Names, genres and a story behind the times are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numba import njit

from course_utils.datasets.sample import expected_rating
from course_utils.datasets.tables import Dataset

_BLOCK_ROWS = 1 << 20
_NOISE_SD = 0.7
_OPENS, _SPAN = 1_420_070_400, 315_619_200  # 2015-01-01 (Unix seconds) and ten years


@dataclass(frozen=True)
class Shape:
    """How many ratings, by how many users, of how many films; each user and film has at least one."""

    ratings: int
    users: int
    items: int


ML_25M = Shape(25_000_095, 162_541, 59_047)


@dataclass(frozen=True, eq=False)
class LargeSample:
    """The drawn data, and the lowest RMSE that any model can reach on its ratings."""

    dataset: Dataset
    lowest_rmse: float


def generate(shape: Shape = ML_25M, seed: int = 25, *, num_factors: int = 4) -> LargeSample:
    """Draw a data set of exactly this shape; the same one for the same seed.

    rating = 3.5 + b_u + b_i + <v_u, v_i> + noise, rounded to half stars from 0.5 to 5.

    Who rates how much is 20 plus a log-normal number: half of the users stay below 75 and a few rate
    thousands. What they rate follows a stretched exponential of the film's rank, exp(-0.15 rank^0.4): at the
    shape of MovieLens 25M the most popular films have tens of thousands of ratings, half of all films fewer
    than ten.

    Parameters
    ----------
    shape : Shape
        With at least 20 ratings a user, and no more than a quarter of all pairs.

    Returns
    -------
    LargeSample
        Rows by user and then by film, ids from 1.

    Raises
    ------
    ValueError
        For a shape that this recipe cannot draw.
    """
    if not 20 * shape.users <= shape.ratings <= shape.users * shape.items // 4:
        raise ValueError(
            f"{shape} cannot be drawn: it takes at least 20 ratings a user, and at most a quarter "
            "of all pairs rated."
        )
    rng = np.random.default_rng(seed)
    counts = _activity(rng, shape)
    item = _films_of_each(rng, counts, shape.items)
    user = np.repeat(np.arange(shape.users), counts)
    rating, lowest_rmse = _ratings(rng, user, item, shape, num_factors)
    timestamp = _OPENS + rng.integers(0, _SPAN, shape.ratings)
    ratings = pd.DataFrame(
        {"user": user + 1, "item": item + 1, "rating": rating, "timestamp": timestamp}, copy=False
    )
    ids = pd.RangeIndex(1, shape.items + 1, name="item")
    items = pd.DataFrame({"title": [f"Film {id}" for id in ids], "genres": [()] * shape.items}, index=ids)
    notice = "THIS IS MADE-UP DATA, drawn to measure speed and memory."
    return LargeSample(Dataset("large sample", ratings, items, "sample", notice), lowest_rmse)


def _activity(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """How many films each user rates, (users,) int64, of the exact sum."""
    spread = rng.lognormal(0, 1.4, shape.users)
    most = shape.items // 2
    extra, left = np.zeros(shape.users), float(shape.ratings - 20 * shape.users)
    # Whoever would rate more than half of the films passes the rest on to the others.
    while left > 0.5:
        open_ = extra < most - 20
        extra[open_] += left * spread[open_] / spread[open_].sum()
        left = np.maximum(extra - (most - 20), 0).sum()
        extra = np.minimum(extra, most - 20)
    # Rounding the running total, not each number, keeps the sum.
    return 20 + np.diff(np.round(np.cumsum(extra)), prepend=0).astype(np.int64)


def _films_of_each(rng: np.random.Generator, counts: np.ndarray, n_items: int) -> np.ndarray:
    """Distinct films of each user, user after user and ascending, (ratings,) int64; every film occurs."""
    weight = np.exp(-0.15 * rng.permutation(n_items) ** 0.4)
    border = np.cumsum(weight) / weight.sum()
    border[-1] = 1.0
    # Every film gets its first rating from somebody: places spread evenly over all ratings.
    places = np.arange(n_items) * counts.sum() // n_items
    firsts = np.bincount(np.searchsorted(np.cumsum(counts), places, side="right"), minlength=len(counts))
    return _draw_distinct(rng, counts, firsts, rng.permutation(n_items), border, _guide(border))


def _guide(border: np.ndarray) -> np.ndarray:
    """The first film that a uniform number can mean, for each of as many steps between 0 and 1 as films."""
    return np.searchsorted(border, np.arange(len(border)) / len(border))


@njit(cache=True, nogil=True)
def _draw_distinct(rng, counts, firsts, first_films, border, guide):
    """For each user the next ``firsts[u]`` of ``first_films``, then weighted draws up to ``counts[u]``.

    A draw is the first film whose ``border``, the running sum of the weights, is not below a uniform number;
    one that the user has already does not count. ``guide`` says at which film to start looking.
    """
    drawn = np.empty(counts.sum(), np.int64)
    had_by = np.full(border.size, -1)
    at, given = 0, 0
    for user in range(counts.size):
        begin, end = at, at + counts[user]
        for film in first_films[given : given + firsts[user]]:
            drawn[at] = film
            had_by[film] = user
            at += 1
        given += firsts[user]
        while at < end:
            x = rng.random()
            film = guide[int(x * guide.size)]
            while border[film] < x:
                film += 1
            if had_by[film] != user:
                drawn[at] = film
                had_by[film] = user
                at += 1
        drawn[begin:end].sort()
    return drawn


def _ratings(
    rng: np.random.Generator, user: np.ndarray, item: np.ndarray, shape: Shape, k: int
) -> tuple[np.ndarray, float]:
    """Half stars, (ratings,) float64, and the lowest RMSE on them. Spreads are those of the small sample."""
    user_bias, item_bias = rng.normal(0, 0.35, shape.users), rng.normal(0, 0.38, shape.items)
    user_taste, item_taste = rng.normal(0, 0.52, (shape.users, k)), rng.normal(0, 0.44, (shape.items, k))
    rating = np.empty(len(user))
    squared_error = 0.0
    for start in range(0, len(user), _BLOCK_ROWS):
        u, i = user[start : start + _BLOCK_ROWS], item[start : start + _BLOCK_ROWS]
        score = 3.5 + user_bias[u] + item_bias[i] + np.einsum("nf,nf->n", user_taste[u], item_taste[i])
        own = rating[start : start + _BLOCK_ROWS]
        own[:] = np.clip(np.round(2 * (score + rng.normal(0, _NOISE_SD, len(u)))) / 2, 0.5, 5.0)
        squared_error += np.square(own - expected_rating(score, _NOISE_SD)).sum()
    return rating, float(np.sqrt(squared_error / len(user)))
