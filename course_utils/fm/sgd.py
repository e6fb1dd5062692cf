"""Stochastic gradient descent, one row at a time: the plain algorithm of lesson 04 at compiled speed.

Minimises, row by row (Rendle 2012, *Factorization Machines with libFM*, algorithm 1),

    loss(ŷ, y)  +  ½ λ_w Σ_i w_i²  +  ½ λ_V Σ_if v_if²            over the columns i that occur in the row

with loss ½ (y - ŷ)² for ratings and the log-loss of σ(ŷ) for classes. With e = ∂loss/∂ŷ,
s_f = Σ_i v_if x_i and learning rates η and η₀, every row makes the step

    w0    ←  w0 - η₀ e
    w_i   ←  w_i - η (e x_i + λ_w w_i)
    v_if  ←  v_if - η (e x_i (s_f - v_if x_i) + λ_V v_if)

A column is pulled towards 0 only when it occurs, so a frequent one is pulled more often: λ here is per
rating, not in total as in :mod:`~course_utils.fm.als`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from math import isfinite, log, sqrt
from time import perf_counter

import numpy as np
from numba import njit
from scipy.sparse import csr_array

from course_utils.fm.metrics import evaluate
from course_utils.fm.model import Epoch, FitResult, FMParameters, Task
from course_utils.fm.rows import as_examples

# Sums may be reordered, which lets them use vector instructions; NaN still means NaN.
_compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})

# More rows than fit the processor's cache are shuffled in memory once, and every epoch then visits runs of
# neighbours in a new random order: fetching each row from somewhere else would take as long as learning.
_MANY_ROWS = 100_000
_RUN = 64


@dataclass(frozen=True)
class SGDConfig:
    """Settings of :func:`fit`; the defaults suit one-hot user and film rows with ratings in stars.

    Parameters
    ----------
    num_factors : int
        k; 0 gives a linear model.
    epochs : int
        Passes over the rows.
    learning_rate, bias_learning_rate : float
        η of w and V, and of w0. w0 takes part in every row: with long steps it would follow the last few.
    lambda_w, lambda_V : float
        L2 regularisation of each group, per rating. w0 is left free: it only carries the mean.
    init_sigma : float
        V starts at normal(0, init_sigma).
    predictor_type : "regressor" or "binary_classifier"

    Raises
    ------
    ValueError
        If a value is out of range.
    """

    num_factors: int = 8
    epochs: int = 30
    learning_rate: float = 0.01
    bias_learning_rate: float = 0.001
    lambda_w: float = 0.03
    lambda_V: float = 0.06
    init_sigma: float = 0.1
    predictor_type: Task = "regressor"

    def __post_init__(self) -> None:
        if self.predictor_type not in ("regressor", "binary_classifier"):
            raise ValueError(
                f"predictor_type must be 'regressor' or 'binary_classifier', got {self.predictor_type!r}."
            )
        for name, least in (("num_factors", 0), ("epochs", 1)):
            value = getattr(self, name)
            if not (isinstance(value, int | np.integer) and value >= least):
                raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}.")
        for name in ("learning_rate", "bias_learning_rate", "lambda_w", "lambda_V", "init_sigma"):
            if not 0 <= getattr(self, name) < np.inf:
                raise ValueError(f"{name} must be a number of at least 0, got {getattr(self, name)}.")


@_compiled
def slope_and_loss(score, label, logistic):
    """e = ∂loss/∂ŷ and the loss that is reported: (ŷ - y)², or the log-loss of σ(ŷ)."""
    if logistic:
        e = np.float32(1 / (1 + np.exp(-score)) - label)
        return e, max(score, np.float32(0)) - score * label + np.log1p(np.exp(-abs(score)))
    e = np.float32(score - label)
    return e, np.float64(e) * np.float64(e)


@_compiled
def learn_pairs(starts, run, pairs, y, w0, w, V, eta, eta_bias, lambda_w, lambda_V, logistic):
    """One epoch over rows that are two columns with a 1 each; ``w`` and ``V`` change in place.

        ŷ = w0 + w_i + w_j + <v_i, v_j>      ∂ŷ/∂v_if = v_jf      ∂ŷ/∂v_jf = v_if

    ``pairs (n, 2)`` holds i and j of each row; from each of ``starts`` on, ``run`` rows are visited. Returns
    the new w0 and the summed loss of every row, each measured before it was learned from. Settings and w0
    are float32, so that all arithmetic is.
    """
    keep_w, keep_V = np.float32(1) - eta * lambda_w, np.float32(1) - eta * lambda_V
    total = 0.0
    for start in starts:
        for row in range(start, min(start + run, y.size)):
            i, j = np.uint32(pairs[row, 0]), np.uint32(pairs[row, 1])
            a, b = V[i], V[j]
            score = w[i] + w[j]
            for f in range(a.size):
                score += a[f] * b[f]
            e, loss = slope_and_loss(w0 + score, y[row], logistic)
            total += loss
            step = eta * e
            w0 -= eta_bias * e
            w[i] = keep_w * w[i] - step
            w[j] = keep_w * w[j] - step
            for f in range(a.size):
                af, bf = a[f], b[f]
                a[f] = keep_V * af - step * bf
                b[f] = keep_V * bf - step * af
    return w0, total


@_compiled
def learn_rows(
    starts, run, indptr, columns, values, y, w0, w, V, eta, eta_bias, lambda_w, lambda_V, logistic
):
    """One epoch over CSR rows of any kind, as :func:`learn_pairs` does for pairs.

    ŷ = w0 + Σ_i w_i x_i + ½ Σ_f (s_f² - Σ_i v_if² x_i²)
    """
    keep_w, keep_V = np.float32(1) - eta * lambda_w, np.float32(1) - eta * lambda_V
    total, s = 0.0, np.empty(V.shape[1], np.float32)
    for start in starts:
        for row in range(start, min(start + run, y.size)):
            s[:] = 0
            linear = own = np.float32(0)
            for at in range(indptr[row], indptr[row + 1]):
                i, x = np.uint32(columns[at]), values[at]
                v = V[i]
                linear += w[i] * x
                for f in range(s.size):
                    vx = v[f] * x
                    s[f] += vx
                    own += vx * vx
            squares = np.float32(0)
            for f in range(s.size):
                squares += s[f] * s[f]
            score = w0 + linear + np.float32(0.5) * (squares - own)
            e, loss = slope_and_loss(score, y[row], logistic)
            total += loss
            w0 -= eta_bias * e
            for at in range(indptr[row], indptr[row + 1]):
                i, x = np.uint32(columns[at]), values[at]
                v, step = V[i], eta * e * x
                w[i] = keep_w * w[i] - step
                keep = keep_V + step * x
                for f in range(s.size):
                    v[f] = keep * v[f] - step * s[f]
    return w0, total


def fit(
    X,
    y,
    config: SGDConfig | None = None,
    *,
    seed: int | None = None,
    validation: tuple | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> FitResult:
    """Fit a factorization machine by stochastic gradient descent; rows are shuffled anew in every epoch.

    Parameters
    ----------
    X : (n, d) CSR or dense
        Feature rows, in any order. Rows of two columns with a 1 each take a fast path.
    y : (n,) array
        Ratings, or 0 and 1 for a binary_classifier.
    config : SGDConfig, optional
    seed : int, optional
        Decides where V starts and the order of rows. Same seed, same rows, same model.
    validation : (X, y), optional
        Held-out rows. With them the result is the model of the best epoch: early stopping, looking back.
    on_epoch : callable, optional
        Called with each finished :class:`~course_utils.fm.model.Epoch`. Metrics: ``rmse`` and ``mse``, or
        ``binary_classification_cross_entropy``, averaged over the epoch: every row is scored before it is
        learned from. With validation rows also ``validation_rmse`` or
        ``validation_binary_classification_cross_entropy``, measured after the epoch.
    should_stop : callable, optional
        Asked before each epoch; training ends when it returns True. A KeyboardInterrupt does the same.

    Returns
    -------
    FitResult
        The parameters after the last finished epoch (of the best one, with validation rows).

    Raises
    ------
    ValueError
        If X or y hold anything but finite numbers of the right shape, or if training diverges.
    """
    config = config or SGDConfig()
    task = config.predictor_type
    measure = "rmse" if task == "regressor" else "binary_classification_cross_entropy"
    rows, labels = as_examples(X, y, task)
    held_out = None if validation is None else as_examples(*validation, task, rows.shape[1])
    n, d = rows.shape
    rng = np.random.default_rng(seed)
    w0 = _base_score(labels, task)
    w, V = np.zeros(d, np.float32), rng.normal(0, config.init_sigma, (d, config.num_factors))
    V = V.astype(np.float32)
    run = 1
    if n > _MANY_ROWS:
        run, shuffled = _RUN, rng.permutation(n)
        rows, labels = rows[shuffled], labels[shuffled]
    learn = _learner(rows, labels, config)
    history: list[Epoch] = []
    best, lowest = FMParameters(w0, w.copy(), V.copy(), task), np.inf

    # Whoever interrupts a long training wants to keep what it has learned so far.
    with suppress(KeyboardInterrupt):
        for epoch in range(config.epochs):
            if should_stop is not None and should_stop():
                break
            started = perf_counter()
            w0, loss = learn(run * rng.permutation(-(-n // run)), run, w0, w, V)
            if not (isfinite(loss) and np.isfinite(w).all() and np.isfinite(V).all()):
                raise ValueError(
                    f"Training diverged in epoch {epoch}: the scores are no longer finite. Try a smaller "
                    f"learning_rate, such as {config.learning_rate / 10:g} instead of "
                    f"{config.learning_rate:g}. If X holds large values, first bring its columns to a spread "
                    "near 1, for example by dividing them by their standard deviation."
                )
            params = FMParameters(w0, w.copy(), V.copy(), task)
            seconds = perf_counter() - started
            metrics = (
                {"rmse": sqrt(loss / n), "mse": loss / n} if task == "regressor" else {measure: loss / n}
            )
            if held_out is None:
                best = params
            else:
                error = metrics[f"validation_{measure}"] = evaluate(params, *held_out)[measure]
                if error < lowest:
                    best, lowest = params, error
            history.append(Epoch(epoch, metrics, seconds, n))
            if on_epoch is not None:
                on_epoch(history[-1])
    return FitResult(best, history)


def _base_score(y: np.ndarray, task: Task) -> float:
    """The score to begin with: the mean rating, or the log-odds of label 1 (with one more label of each)."""
    if task == "regressor":
        return float(y.mean(dtype=np.float64))
    ones = np.count_nonzero(y)
    return log((ones + 1) / (len(y) - ones + 1))


def _learner(
    X: csr_array, y: np.ndarray, config: SGDConfig
) -> Callable[[np.ndarray, int, float, np.ndarray, np.ndarray], tuple[float, float]]:
    """One epoch as a function of the order of rows and of w0, w, V, by the kernel that suits the rows."""
    rates = config.learning_rate, config.bias_learning_rate, config.lambda_w, config.lambda_V
    settings = *map(np.float32, rates), config.predictor_type == "binary_classifier"
    columns = X.indices.astype(np.int32, copy=False)
    if (np.diff(X.indptr) == 2).all() and (X.data == 1).all():
        pairs = columns.reshape(-1, 2)
        return lambda starts, run, w0, w, V: learn_pairs(
            starts, run, pairs, y, np.float32(w0), w, V, *settings
        )
    indptr = X.indptr.astype(np.int64, copy=False)
    return lambda starts, run, w0, w, V: learn_rows(
        starts, run, indptr, columns, X.data, y, np.float32(w0), w, V, *settings
    )
