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

# Sums may be reordered, which lets them use vector instructions; NaN still means NaN. Where a loop also
# writes, the compiler first asks whether its arrays may overlap, and if so sums one by one, in another order.
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
def draw(theta, f, he, hh, alpha, mean, precision, z):
    """Draw ``theta[f]`` in place from its :func:`posterior`; returns the change."""
    new = np.float32(posterior(theta[f], he, hh, alpha, mean[f], precision[f], z[f]))
    change = new - theta[f]
    theta[f] = new
    return change


@_compiled
def step_column(h, e, theta, alpha, mean, precision, z):
    """Draw w and then each factor of one column, one after the other; ``theta`` and ``e`` change in place.

        θ_f ← draw from its posterior,      e ← e - h_f δ_f

    ``h (1 + k, n)`` holds ∂ŷ/∂θ_f for the n rows of this column, ``e (n,)`` their residuals. What the last
    step changed in e, and the sums for the next, take one pass together.
    """
    # w stands apart. With it as f = 0 in the loop, the compiler counts h[-1] to what the loop reads, and an e
    # that lies right before h seems to overlap with it: then the last bit depends on where arrays lie.
    he, hh = np.float32(0), np.float32(0)
    for r in range(e.size):
        he += h[0, r] * e[r]
        hh += h[0, r] * h[0, r]
    change = draw(theta, 0, he, hh, alpha, mean, precision, z)
    for f in range(1, theta.size):
        he, hh = np.float32(0), np.float32(0)
        for r in range(e.size):
            error = e[r] - h[f - 1, r] * change
            e[r] = error
            he += h[f, r] * error
            hh += h[f, r] * h[f, r]
        change = draw(theta, f, he, hh, alpha, mean, precision, z)
    for r in range(e.size):
        e[r] -= h[theta.size - 1, r] * change


@_compiled
def score_rows(indptr, columns, values, w0, theta, Q, scores):
    """ŷ of CSR rows into ``scores (n,)``, and their factor sums q into ``Q (n, k)``.

        ŷ = w0 + Σ_i x_i (w_i + <v_i, q_{<i}>)        q_{<i} = Σ_{i' < i} x_i' v_i'

    Each column meets the sum of those before it, so every pair is counted once. Rendle's ½ Σ_f (q_f² - …)
    gives the same number as a difference of two large ones, which float32 cannot afford.
    """
    k = theta.shape[1] - 1
    for row in range(scores.size):
        first, last = indptr[row], indptr[row + 1]
        if first == last:
            for f in range(k):
                Q[row, f] = 0
            scores[row] = w0
            continue
        i, x = columns[first], values[first]
        for f in range(k):
            Q[row, f] = x * theta[i, 1 + f]
        score = w0 + x * theta[i, 0]
        for at in range(first + 1, last):
            i, x = columns[at], values[at]
            term = theta[i, 0]
            for f in range(k):
                term += theta[i, 1 + f] * Q[row, f]
                Q[row, f] += x * theta[i, 1 + f]
            score += x * term
        scores[row] = score


@_compiled
def sweep_columns(indptr, rows, values, Q, e, theta, alpha, mean, group, precision, z):
    """Draw every column of CSC rows once; ``theta``, ``Q (n, k)`` and ``e (n,)`` are kept up to date.

    ∂ŷ/∂w_j = x_j           ∂ŷ/∂v_jf = x_j (q_f - v_jf x_j)
    """
    longest = 0
    for j in range(theta.shape[0]):
        longest = max(longest, indptr[j + 1] - indptr[j])
    k = theta.shape[1] - 1
    tiles, errors = np.empty((1 + k) * longest, np.float32), np.empty(longest, np.float32)
    copies = np.empty(k * longest, np.float32)
    before, change = np.empty(1 + k, np.float32), np.empty(1 + k, np.float32)
    for j in range(theta.shape[0]):
        first, n = indptr[j], indptr[j + 1] - indptr[j]
        h, own_Q, own_e = tiles[: (1 + k) * n].reshape(1 + k, n), copies[: k * n].reshape(n, k), errors[:n]
        before[:] = theta[j]
        for r in range(n):  # a plain copy first: rows lie far apart, and more of them are fetched at a time
            row = rows[first + r]
            own_e[r] = e[row]
            for f in range(k):
                own_Q[r, f] = Q[row, f]
        for r in range(n):
            x = values[first + r]
            h[0, r] = x
            for f in range(k):
                h[1 + f, r] = x * (own_Q[r, f] - before[1 + f] * x)
        step_column(h, own_e, theta[j], alpha, mean[j], precision[group[j]], z[j])
        change[:] = theta[j] - before
        for r in range(n):
            row, x = rows[first + r], values[first + r]
            e[row] = own_e[r]
            for f in range(k):
                Q[row, f] = own_Q[r, f] + x * change[1 + f]


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
            p = partners[first + r, 0]
            e[r] = y[first + r] - bias - theta[p, 0]
            h[0, r] = 1
            for f in range(1, size):
                h[f, r] = theta[p, f]
        for s in range(1, others):
            for r in range(n):
                p = partners[first + r, s]
                among_partners = theta[p, 0]
                for f in range(1, size):
                    among_partners += h[f, r] * theta[p, f]
                    h[f, r] += theta[p, f]
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
            i, x = rows[at], values[at]
            hh += x * x
            for f in range(size):
                he[f] += x * residuals[i, f]
        for f in range(size):
            new = np.float32(posterior(beta[s, f], he[f], hh, noise[f], mean[s, f], precision[f], z[s, f]))
            change[f] = new - beta[s, f]
            beta[s, f] = new
        for at in range(indptr[s], indptr[s + 1]):
            i, x = rows[at], values[at]
            for f in range(size):
                residuals[i, f] -= x * change[f]


class Rows:
    """Training rows of any kind: real values, any number of non-zeros.

    Keeps the rows by column, and for each row its error and k factor sums: n · (1 + k) numbers of 4 bytes.
    The sums lie in a table of their own, whose rows then match the processor's cache lines.

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
        self._Q, self._e = np.empty((0, 0), np.float32), np.empty(X.shape[0], np.float32)

    def aim_at(self, y: np.ndarray) -> None:
        """Take other labels (n,) float32 for the same rows."""
        self.y = y

    def sweep(
        self, w0: float, theta: np.ndarray, prior: Prior, alpha: float, z: np.ndarray
    ) -> tuple[float, float]:
        """Draw every column of ``theta`` once, in place.

        Returns Σ e and Σ e² afterwards. Errors start afresh from the parameters, so that rounding never adds
        up from sweep to sweep.
        """
        shape = len(self.y), theta.shape[1] - 1
        if self._Q.shape != shape:  # kept from sweep to sweep: new memory costs as much as filling it
            self._Q = np.empty(shape, np.float32)
        Q, e = self._Q, self._e
        score_rows(*self._by_row, w0, theta, Q, e)
        np.subtract(self.y, e, out=e)
        sweep_columns(*self._by_column, Q, e, theta, alpha, prior.mean, prior.group, prior.precision, z)
        return float(e.sum(dtype=np.float64)), float(np.square(e, dtype=np.float64).sum())

    def residuals(self) -> np.ndarray:
        """e (n,) float32 of each row after the last sweep."""
        return self._e


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
