"""Alternating least squares in plain NumPy, on one screen: no learning rate, and faster than compiled libFM.

When every row is one user and one film, ŷ = w0 + w_u + w_i + <v_u, v_i>. Hold the films still: then each
user's w and V are the coefficients of a ridge regression of their ratings on (1, v_i), and that is one small
linear system (the normal equations). Then hold the users still and solve for every film, and so on:

    θ_u = (w_u, v_u):      (HᵀH + Λ) θ_u = Hᵀ (y - w0 - w_i),      a row (1, v_i) of H per rating of the user

Why this beats a compiled program: libFM changes one number at a time and runs through all ratings for each of
the k factors. Here a user's ratings are fetched once, and two library calls (``@`` and ``solve``) do the
arithmetic for all 1 + k numbers. The order of the work matters more than the language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import sqrt
from time import perf_counter

import numpy as np

from course_utils.fm.model import Epoch, FitResult, FMParameters
from course_utils.fm.rows import as_csr, as_labels


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
    penalty = np.array([lambda_w] + [lambda_V] * k)
    w0, theta = y.mean(), np.zeros((d, 1 + k))  # theta[:, 0] is w, theta[:, 1:] is V
    theta[:, 1:] = np.random.default_rng(seed).normal(0, sigma, (d, k))
    theta[np.bincount(np.r_[user, film], minlength=d) == 0] = 0  # who was never seen, is average
    fields = [list(by_column(user, film, y)), list(by_column(film, user, y))]
    history = []
    for epoch in range(epochs):
        started = perf_counter()
        for field in fields:
            errors = [
                solve_column(theta, column, partners, ratings - w0, penalty)
                for column, partners, ratings in field
            ]
        error = np.concatenate(errors)  # of every rating, now that the last field is done
        w0 += error.mean()
        squares = np.sum((error - error.mean()) ** 2)
        metrics = {
            "rmse": sqrt(squares / len(y)),
            "objective": float(squares + np.sum(theta**2, axis=0) @ penalty),
        }
        history.append(Epoch(epoch, metrics, perf_counter() - started, len(y)))
        if on_epoch is not None:
            on_epoch(history[-1])
    w, V = theta[:, 0].astype(np.float32), theta[:, 1:].astype(np.float32)
    return FitResult(FMParameters(w0, w, V), history)


def solve_column(theta, column: int, partners, target, penalty) -> np.ndarray:
    """Set one row of ``theta (d, 1 + k)`` to its best value; returns what it leaves of ``target``."""
    H = theta[partners]
    target = target - H[:, 0]
    H[:, 0] = 1
    theta[column] = np.linalg.solve(H.T @ H + np.diag(penalty), H.T @ target)
    return target - H @ theta[column]


def by_column(own, partner, y) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Each column of one field, its partners in the other field and the ratings that they share."""
    order = np.argsort(own, kind="stable")
    columns, first = np.unique(own[order], return_index=True)
    return zip(columns, np.split(partner[order], first[1:]), np.split(y[order], first[1:]), strict=True)


def _checked(X, y, k, epochs, lambda_w, lambda_V, sigma) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    for name, value, least in (("k", k, 0), ("epochs", epochs, 1)):
        if not (isinstance(value, int | np.integer) and value >= least):
            raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}.")
    for name, value in (("lambda_w", lambda_w), ("lambda_V", lambda_V), ("sigma", sigma)):
        if not 0 < value < np.inf:
            raise ValueError(f"{name} must be a number above 0, got {value}.")
    rows = as_csr(X)
    y = as_labels(y, rows.shape[0], "regressor").astype(np.float64)
    if not len(y):
        raise ValueError("X has no rows, so there is nothing to learn from.")
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
