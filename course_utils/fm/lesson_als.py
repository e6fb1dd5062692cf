"""Alternating least squares in plain NumPy, on one screen: no learning rate, and faster than compiled libFM.

When every row is one user and one film, ŷ = w0 + w_u + w_i + <v_u, v_i>. Hold the films still: then each
user's w and V are the coefficients of a ridge regression of their ratings on (1, v_i), and that is one small
linear system (the normal equations). Then hold the users still and solve for every film, and so on:

    θ_u = (w_u, v_u):      (HᵀH + Λ) θ_u = Hᵀ (y - w0 - w_i),      a row (1, v_i) of H per rating of the user

Why this beats a compiled program: libFM changes one number at a time and runs through all ratings for each of
the k factors. Here a user's ratings are fetched once, one matrix product (``@``) sums them up for all 1 + k
numbers, and one call of ``solve`` answers for all users. Order matters more than language.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from time import perf_counter

import numpy as np

from course_utils.fm.model import Epoch, FitResult, FMParameters
from course_utils.fm.rows import as_examples


def fit(
    X,
    y,
    *,
    k: int = 8,
    epochs: int = 20,
    lambda_w: float = 5.0,
    lambda_V: float = 15.0,
    sigma: float = 0.1,
    seed: int = 0,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> FitResult:
    """Fit ratings of films by users; the defaults suit ratings in stars.

    Minimises  Σ (y - ŷ)² + λ_w ‖w‖² + λ_V ‖V‖², as :func:`course_utils.fm.als.fit` does for rows of any kind.

    Parameters
    ----------
    X : (n, d) CSR or dense
        Two columns with a 1 in every row: one of a user, one of a film.
    y : (n,) ratings
    k : int
        Factors per column.
    epochs : int
        Sweeps over all users and all films.
    lambda_w, lambda_V : float
        L2 regularisation of w and of V, above 0: a user with fewer than 1 + k ratings can be solved too.
    sigma : float
        V starts at normal(0, sigma).
    seed : int
        Same seed, same model.
    on_epoch : callable, optional
        Called with each finished :class:`~course_utils.fm.model.Epoch`.

    Returns
    -------
    FitResult
        ``history`` holds each sweep's ``rmse`` on the training rows and ``objective``, the sum above.

    Raises
    ------
    ValueError
        If rows are anything but such pairs, or labels not finite numbers, or a setting is out of range.
    """
    user, film, y, d = _checked(X, y, k, epochs, lambda_w, lambda_V, sigma)
    w0, penalty = y.mean(), np.array([lambda_w] + [lambda_V] * k, np.float32)
    table = np.ones((d, 2 + k), np.float32)  # a row is (1, v_1 … v_k, w) of one column
    table[:, 1:-1] = np.random.default_rng(seed).normal(0, sigma, (d, k))
    table[np.bincount(np.r_[user, film], minlength=d) == 0] = 0  # who was never seen, is average
    table[:, -1] = 0
    fields = [by_column(user, film, y), by_column(film, user, y)]
    history = []
    for epoch in range(epochs):
        started = perf_counter()
        for columns, partners, ratings in fields:
            systems = normal_equations(table, partners, [r - np.float32(w0) for r in ratings])
            theta = np.linalg.solve(systems[:, :-1, :-1] + np.diag(penalty), systems[:, :-1, -1:])
            table[columns, -1], table[columns, 1:-1] = theta[:, 0, 0], theta[:, 1:, 0]
        error, squares = left_over(systems, theta)
        w0, squares = w0 + error / len(y), squares - error**2 / len(y)
        cost = np.sum(np.square(table[:, 1:], dtype=np.float64), axis=0) @ np.roll(penalty, -1)
        metrics = {"rmse": sqrt(squares / len(y)), "objective": float(squares + cost)}
        history.append(Epoch(epoch, metrics, perf_counter() - started, len(y)))
        if on_epoch is not None:
            on_epoch(history[-1])
    return FitResult(FMParameters(w0, table[:, -1].copy(), table[:, 1:-1].copy()), history)


def normal_equations(table, partners: list[np.ndarray], targets: list[np.ndarray]) -> np.ndarray:
    """HᵀH, Hᵀt and tᵀt of many columns, (columns, 2 + k, 2 + k): one product of (H | t) with itself each.

    H holds the (1, v) of the partners, and t is what of the ratings is left to explain: the target less the
    partners' w.
    """
    systems = np.empty((len(partners), table.shape[1], table.shape[1]), table.dtype)
    for at, (own, target) in enumerate(zip(partners, targets, strict=True)):
        H_and_t = table[own]
        H_and_t[:, -1] = target - H_and_t[:, -1]
        systems[at] = H_and_t.T @ H_and_t
    return systems


def left_over(systems, theta) -> tuple[float, float]:
    """Σ e and Σ e² of all ratings, e = t - H θ, without looking at them again.

    With z = (-θ, 1), e = (H | t) z; so Σ e² = zᵀ S z, and as H begins with a column of ones, Σ e = (S z)_0.
    """
    z = np.concatenate([-theta, np.ones_like(theta[:, :1])], axis=1)
    Sz = systems @ z
    return float(Sz[:, 0].sum(dtype=np.float64)), float(np.sum(z * Sz, dtype=np.float64))


def by_column(own, partner, y) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
    """The columns of one field, and for each its partners in the other field and the ratings they share."""
    order = np.argsort(own, kind="stable")
    columns, first = np.unique(own[order], return_index=True)
    return columns, np.split(partner[order], first[1:]), np.split(y[order], first[1:])


def _checked(X, y, k, epochs, lambda_w, lambda_V, sigma) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    for name, value, least in (("k", k, 0), ("epochs", epochs, 1)):
        if not (isinstance(value, int | np.integer) and value >= least):
            raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}.")
    for name, value in (("lambda_w", lambda_w), ("lambda_V", lambda_V), ("sigma", sigma)):
        if not 0 < value < np.inf:
            raise ValueError(f"{name} must be a number above 0, got {value}.")
    rows, y = as_examples(X, y, "regressor")
    if np.abs(y).max() > 1e6:
        raise ValueError(
            f"y goes up to {np.abs(y).max():g}: beside numbers above a million the regularisation is lost to "
            "rounding, and systems cannot be solved. Divide the ratings by their standard deviation."
        )
    in_pairs = (np.diff(rows.indptr) == 2).all() and (rows.data == 1).all()
    if not in_pairs or np.isin(rows.indices[0::2], rows.indices[1::2]).any():
        raise ValueError(
            "Every row must be one user and one film: two columns with a 1, the first from a block of users, "
            "the second from a block of films. For rows of any other kind use course_utils.fm.als.fit."
        )
    return rows.indices[0::2], rows.indices[1::2], y, rows.shape[1]
