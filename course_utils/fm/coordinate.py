"""One coordinate at a time: the step that ALS and Gibbs sampling share, on rows of any kind.

An FM is linear in each single parameter θ when all others stay as they are: with h = ∂ŷ/∂θ, a change of θ by
δ changes ŷ by h δ. So its best value is a one-dimensional least-squares problem with a closed answer (Rendle
2012, *Factorization Machines with libFM*). With e = y - ŷ, a normal prior of mean μ and
precision λ, and noise of precision α, the posterior of θ is normal:

    precision   p = α Σ h² + λ
    mean        m = (α Σ h (e + h θ) + λ μ) / p

ALS takes the mean, with α = 1 and μ = 0; Gibbs sampling takes m + z / √p, z ~ normal(0, 1). The kernels get z
from outside, so that they need no random numbers of their own: z = 0 is ALS.

Everything per column lies in one float32 table ``theta (d, 1 + k)``: ``theta[:, 0]`` is w and
``theta[:, 1:]`` is V.

All kernels are in this one file: numba's cache compiles a kernel anew when its own file has changed, but
does not look at the files of the kernels that it calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np
from numba import njit
from scipy.sparse import csr_array

from course_utils.fm.model import FMParameters, Task

# Sums may be reordered, which lets them use vector instructions; NaN still means NaN.
_compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})


@dataclass(frozen=True)
class Prior:
    """What is believed of ``theta`` before the rows are seen: a normal distribution for each of its numbers.

    Parameters
    ----------
    mean : (d, 1 + k) float32
        μ of each number of ``theta``.
    group : (d,) int64
        The group of each column.
    precision : (groups, 1 + k) float64
        λ of w (place 0) and of each factor of V, shared by the columns of a group.
    """

    mean: np.ndarray
    group: np.ndarray
    precision: np.ndarray


@_compiled
def posterior(theta, he, hh, alpha, mean, precision, z):
    """A draw of θ: m + z / √p. ``he`` is Σ h e and ``hh`` Σ h², over the rows that θ has a part in.

    Without rows and without a prior nothing is known of θ, and it stays as it is.
    """
    p = alpha * hh + precision
    if p == 0:
        return theta
    return (alpha * (he + theta * hh) + precision * mean) / p + z / np.sqrt(p)


@_compiled
def step_column(h, e, theta, alpha, mean, precision, z):
    """Draw w and then each factor of one column, one after the other; ``theta`` and ``e`` change in place.

        θ_f ← draw from its posterior,      e ← e - h_f δ_f

    ``h (1 + k, n)`` holds ∂ŷ/∂θ_f for the n rows of this column, ``e (n,)`` their residuals.
    """
    for f in range(theta.size):
        he, hh = np.float32(0), np.float32(0)
        for r in range(e.size):
            he += h[f, r] * e[r]
            hh += h[f, r] * h[f, r]
        new = np.float32(posterior(theta[f], he, hh, alpha, mean[f], precision[f], z[f]))
        change = new - theta[f]
        theta[f] = new
        for r in range(e.size):
            e[r] -= h[f, r] * change


@_compiled
def score_row(columns, values, w0, theta, state):
    """ŷ and factor sums q of one sparse row into ``state (1 + k,)``: place 0 is ŷ, the others are q.

        ŷ = w0 + Σ_i x_i (w_i + <v_i, q_{<i}>)        q_{<i} = Σ_{i' < i} x_i' v_i'

    Each column meets the sum of those before it, so every pair is counted once. Rendle's ½ Σ_f (q_f² - …)
    gives the same number as a difference of two large ones, which float32 cannot afford.
    """
    state[:] = 0
    score = w0
    for at in range(columns.size):
        own, x = theta[columns[at]], values[at]
        term = own[0]
        for f in range(1, state.size):
            term += own[f] * state[f]
            state[f] += x * own[f]
        score += x * term
    state[0] = score


@_compiled
def score_rows(indptr, columns, values, w0, theta, states):
    """:func:`score_row` of CSR rows, into ``states (n, 1 + k)``."""
    for row in range(states.shape[0]):
        own = slice(indptr[row], indptr[row + 1])
        score_row(columns[own], values[own], w0, theta, states[row])


@_compiled
def sweep_rows(by_row, by_column, y, states, w0, theta, alpha, mean, group, precision, z):
    """Draw every column of rows of any kind once, in place. Returns Σ e and Σ e² of the rows afterwards.

    ``by_row`` and ``by_column`` are (indptr, indices, values) of the rows as CSR and as CSC. ``states``
    (n, 1 + k) holds each row's error in place 0, and its q in the others. Both start afresh from the
    parameters, so that rounding never adds up from sweep to sweep.
    """
    indptr, columns, values = by_row
    for row in range(states.shape[0]):
        own = slice(indptr[row], indptr[row + 1])
        score_row(columns[own], values[own], w0, theta, states[row])
        states[row, 0] = y[row] - states[row, 0]
    sweep_columns(*by_column, states, theta, alpha, mean, group, precision, z)
    sum_e, sum_ee = 0.0, 0.0
    for row in range(states.shape[0]):
        error = np.float64(states[row, 0])
        sum_e += error
        sum_ee += error * error
    return sum_e, sum_ee


@_compiled
def sweep_columns(indptr, rows, values, states, theta, alpha, mean, group, precision, z):
    """Draw every column of CSC rows once; ``theta`` and ``states (n, 1 + k)`` are kept up to date.

        ∂ŷ/∂w_j = x_j           ∂ŷ/∂v_jf = x_j (q_f - v_jf x_j)

    Place 0 of a row's state is e, the others are q.
    """
    longest = 0
    for j in range(theta.shape[0]):
        longest = max(longest, indptr[j + 1] - indptr[j])
    size = theta.shape[1]
    tiles, copies = np.empty(size * longest, np.float32), np.empty(size * longest, np.float32)
    errors = np.empty(longest, np.float32)
    before, change = np.empty(size, np.float32), np.empty(size, np.float32)
    for j in range(theta.shape[0]):
        first, n = indptr[j], indptr[j + 1] - indptr[j]
        h, own, e = tiles[: size * n].reshape(size, n), copies[: size * n].reshape(n, size), errors[:n]
        before[:] = theta[j]
        for r in range(n):  # a plain copy first: rows lie far apart, and more of them are fetched at a time
            state = states[rows[first + r]]
            for f in range(size):
                own[r, f] = state[f]
        for r in range(n):
            x = values[first + r]
            e[r] = own[r, 0]
            h[0, r] = x
            for f in range(1, size):
                h[f, r] = x * (own[r, f] - before[f] * x)
        step_column(h, e, theta[j], alpha, mean[j], precision[group[j]], z[j])
        change[:] = theta[j] - before
        for r in range(n):
            state, x = states[rows[first + r]], values[first + r]
            state[0] = e[r]
            for f in range(1, size):
                state[f] = own[r, f] + x * change[f]


@_compiled
def sweep_field(columns, indptr, partners, y, w0, theta, alpha, mean, group, precision, z, errors):
    """Draw the given columns of one field, in place. Returns Σ e and Σ e² of their rows afterwards.

    A row has one hot column in each of m fields. With P, its m - 1 partners of this field's column j:

        h_f = Σ_{p ∈ P} v_pf          ∂ŷ/∂w_j = 1          ∂ŷ/∂v_jf = h_f
        e = y - w0 - w_j - <v_j, h> - Σ_{p ∈ P} w_p - Σ_{p < q ∈ P} <v_p, v_q>

    ``indptr, partners (n, m - 1), y, errors (n,)`` hold the rows sorted by j; ``errors`` takes e as it is
    afterwards.
    """
    longest = 0
    for j in columns:
        longest = max(longest, indptr[j + 1] - indptr[j])
    size, others = theta.shape[1], partners.shape[1]
    tiles = np.empty(size * longest, np.float32)
    sum_e, sum_ee = 0.0, 0.0
    for j in columns:
        first, n = indptr[j], indptr[j + 1] - indptr[j]
        h, e, own = tiles[: size * n].reshape(size, n), errors[first : first + n], theta[j]
        bias = np.float32(w0 + own[0])
        for r in range(n):
            partner = theta[partners[first + r, 0]]
            e[r] = y[first + r] - bias - partner[0]
            h[0, r] = 1
            for f in range(1, size):
                h[f, r] = partner[f]
        for s in range(1, others):
            for r in range(n):
                partner = theta[partners[first + r, s]]
                among_partners = partner[0]
                for f in range(1, size):
                    among_partners += h[f, r] * partner[f]
                    h[f, r] += partner[f]
                e[r] -= among_partners
        for f in range(1, size):
            for r in range(n):
                e[r] -= own[f] * h[f, r]
        step_column(h, e, own, alpha, mean[j], precision[group[j]], z[j])
        for r in range(n):
            error = np.float64(e[r])
            sum_e += error
            sum_ee += error * error
    return sum_e, sum_ee


@_compiled
def sweep_side(indptr, rows, values, beta, residuals, noise, mean, precision, z):
    """Draw the coefficients of one side: regression of k + 1 targets at once on the same sparse columns.

        residual_if ~ normal(0, 1 / noise_f)         ∂(explained_if)/∂β_sf = x_is

    ``indptr, rows, values`` are the side's rows by column, ``beta (s, 1 + k)`` its coefficients,
    ``residuals (p, 1 + k)`` what they leave unexplained; both change in place.
    """
    size = beta.shape[1]
    he, change = np.empty(size, np.float32), np.empty(size, np.float32)
    for s in range(beta.shape[0]):
        he[:] = 0
        hh = np.float32(0)
        for at in range(indptr[s], indptr[s + 1]):
            x, residual = values[at], residuals[rows[at]]
            hh += x * x
            for f in range(size):
                he[f] += x * residual[f]
        for f in range(size):
            new = np.float32(posterior(beta[s, f], he[f], hh, noise[f], mean[s, f], precision[f], z[s, f]))
            change[f] = new - beta[s, f]
            beta[s, f] = new
        for at in range(indptr[s], indptr[s + 1]):
            x, residual = values[at], residuals[rows[at]]
            for f in range(size):
                residual[f] -= x * change[f]


class Rows:
    """Training rows of any kind: real values, any number of non-zeros.

    Keeps the rows by column, and for each row its error and k factor sums: n · (1 + k) numbers of 4 bytes.

    Parameters
    ----------
    X : (n, d) csr_array float32, canonical
    y : (n,) float32
    groups : (d,) int64, optional
        The group of each column; by default all are one group.
    """

    def __init__(self, X: csr_array, y: np.ndarray, groups: np.ndarray | None = None) -> None:
        self.aim_at(y)
        by_column = X.tocsc()
        self._by_row = X.indptr, X.indices, X.data
        self._by_column = by_column.indptr, by_column.indices, by_column.data
        self.groups = np.zeros(X.shape[1], np.int64) if groups is None else groups
        self._states = np.empty((X.shape[0], 0), np.float32)

    def aim_at(self, y: np.ndarray) -> None:
        """Take other labels (n,) float32 for the same rows."""
        self.y = y

    def sweep(
        self, w0: float, theta: np.ndarray, prior: Prior, alpha: float, z: np.ndarray
    ) -> tuple[float, float]:
        """Draw every column of ``theta`` once, in place. Returns Σ e and Σ e² afterwards."""
        shape = len(self.y), theta.shape[1]
        if self._states.shape != shape:  # kept from sweep to sweep: new memory costs as much as filling it
            self._states = np.empty(shape, np.float32)
        return sweep_rows(
            self._by_row,
            self._by_column,
            self.y,
            self._states,
            w0,
            theta,
            alpha,
            prior.mean,
            prior.group,
            prior.precision,
            z,
        )

    def residuals(self) -> np.ndarray:
        """e (n,) float32 of each row after the last sweep."""
        return self._states[:, 0]


def start(d: int, k: int, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """``theta`` to begin with: w = 0, V ~ normal(0, sigma). At V = 0 no factor would ever learn."""
    theta = np.zeros((d, 1 + k), np.float32)
    theta[:, 1:] = rng.normal(0, sigma, (d, k))
    return theta


def step_bias(
    w0: float, sums: tuple[float, float], n: int, alpha: float = 1.0, precision: float = 0.0, z: float = 0.0
) -> tuple[float, float]:
    """Draw w0, whose h is 1 in all n rows. ``sums`` are Σ e and Σ e²; returns w0 and the new Σ e².

    Raises
    ------
    ValueError
        If the residuals are no longer finite.
    """
    refuse_divergence(sums)
    sum_e, sum_ee = sums
    new = posterior(w0, sum_e, n, alpha, 0.0, precision, z)
    change = new - w0
    return new, max(0.0, sum_ee - 2 * change * sum_e + n * change**2)


def refuse_divergence(sums: tuple[float, float]) -> None:
    """Raise ValueError if the residuals, of which Σ e and Σ e² are given, are no longer finite."""
    if not all(map(isfinite, sums)):
        raise ValueError(
            "Training diverged: the residuals are no longer finite, because X or y hold numbers too large "
            "for float32 arithmetic. Bring large columns to a spread near 1, for example by dividing them by "
            "their standard deviation."
        )


def parameters(w0: float, theta: np.ndarray, task: Task = "regressor") -> FMParameters:
    """A copy of the parameters in the form that predicts."""
    return FMParameters(w0, theta[:, 0].copy(), theta[:, 1:].copy(), task)
