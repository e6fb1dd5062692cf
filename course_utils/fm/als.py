"""Alternating least squares by coordinate descent: each parameter in turn is set to its best value.

Minimises, over w0, w and V (Rendle 2012, *Factorization Machines with libFM*),

    Σ_rows (y - ŷ)²  +  λ_w0 w0²  +  λ_w Σ_j w_j²  +  λ_V Σ_jf v_jf²

An FM is linear in each single parameter θ, so with h = ∂ŷ/∂θ and e = y - ŷ the best θ is known exactly:

    θ ← Σ h (e + h θ) / (Σ h² + λ)

There is no learning rate, and no step ever makes the objective larger. The order of a sweep: column by
column, w_j and then v_j1 … v_jk; w0 last. The steps themselves are in :mod:`course_utils.fm.coordinate`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import sqrt
from time import perf_counter

import numpy as np

from course_utils.encode.sides import Side
from course_utils.evaluate.metrics import rmse
from course_utils.fm.coordinate import Prior, parameters, start, step_bias
from course_utils.fm.crew import Crew
from course_utils.fm.fields import arrange
from course_utils.fm.model import Epoch, FitResult
from course_utils.fm.rows import as_examples
from course_utils.fm.sides import SideEffects, as_sides


@dataclass(frozen=True)
class ALSConfig:
    """Settings of :func:`fit`; the defaults suit one-hot user and film rows with ratings in stars.

    Parameters
    ----------
    num_factors : int
        k; 0 gives a linear model, which is ridge regression.
    epochs : int
        Sweeps over all parameters.
    lambda_w0, lambda_w, lambda_V : float
        L2 regularisation of each group, in the units of Σ (y - ŷ)²: not divided by the number of rows.
    lambda_side : float
        Regularisation of the coefficients β of side information, relative to that of w and V: the objective
        gains λ_side λ_θ Σ β².
    init_sigma : float
        V starts at normal(0, init_sigma).

    Raises
    ------
    ValueError
        If a value is out of range.
    """

    num_factors: int = 8
    epochs: int = 50
    lambda_w0: float = 0.0
    lambda_w: float = 5.0
    lambda_V: float = 15.0
    lambda_side: float = 1.0
    init_sigma: float = 0.1

    def __post_init__(self) -> None:
        for name, least in (("num_factors", 0), ("epochs", 1)):
            value = getattr(self, name)
            if not (isinstance(value, int | np.integer) and value >= least):
                raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}.")
        for name in ("lambda_w0", "lambda_w", "lambda_V", "lambda_side", "init_sigma"):
            if not 0 <= getattr(self, name) < np.inf:
                raise ValueError(f"{name} must be a number of at least 0, got {getattr(self, name)}.")


def fit(
    X,
    y,
    config: ALSConfig | None = None,
    *,
    sides: Sequence[Side] = (),
    seed: int | None = None,
    threads: int | None = None,
    validation: tuple | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> FitResult:
    """Fit a regressor by alternating least squares.

    Parameters
    ----------
    X : (n, d) CSR or dense
        Feature rows, in any order. Rows with one hot column in each of two or more disjoint fields, such as
        a user and a film, take a fast path.
    y : (n,) array
        Ratings.
    config : ALSConfig, optional
    sides : sequence of Side, optional
        What is known of the columns of X themselves, such as the genres of films: w and V are then drawn
        towards what the side predicts instead of towards 0 (:mod:`course_utils.fm.sides`).
    seed : int, optional
        Decides where V starts. Same seed, same rows, same model, whatever the number of threads.
    threads : int, optional
        Cores to use; by default all that this process may. Only the fast path uses more than one.
    validation : (X, y), optional
        Held-out rows. With them the result is the model of the epoch with the lowest ``validation_rmse``.
    on_epoch : callable, optional
        Called with each finished :class:`~course_utils.fm.model.Epoch`. Metrics, measured after the epoch on
        the training rows: ``rmse``, ``mse`` and ``objective`` (the sum above); with validation rows also
        ``validation_rmse``.
    should_stop : callable, optional
        Asked before each epoch; training ends when it returns True. A KeyboardInterrupt does the same.

    Returns
    -------
    FitResult

    Raises
    ------
    ValueError
        If X or y hold anything but finite numbers of the right shape, or numbers so large that their squares
        overflow; if a side does not fit the columns.
    """
    config = config or ALSConfig()
    rows, labels = as_examples(X, y, "regressor")
    n, d = rows.shape
    held_out = None if validation is None else as_examples(*validation, "regressor", d)

    design = arrange(rows, labels, None, as_sides(sides, d), Crew(threads))
    penalty = np.array([[config.lambda_w] + [config.lambda_V] * config.num_factors], np.float64)
    effects = SideEffects(sides, design.groups, penalty.size)
    prior = Prior(effects.explained, np.zeros(d, np.int64), penalty)
    w0 = float(labels.mean(dtype=np.float64))
    theta = start(d, config.num_factors, config.init_sigma, np.random.default_rng(seed))
    no_noise = np.zeros_like(theta)
    history: list[Epoch] = []
    best, lowest = parameters(w0, theta), np.inf

    # Whoever interrupts a long training wants to keep what it has learned so far.
    with suppress(KeyboardInterrupt):
        for epoch in range(config.epochs):
            if should_stop is not None and should_stop():
                break
            started = perf_counter()
            sums = design.sweep(w0, theta, prior, 1.0, no_noise)
            w0, squared_error = step_bias(w0, sums, n, precision=config.lambda_w0)
            effects.descend(theta, penalty[0], config.lambda_side)
            metrics = {
                "rmse": sqrt(squared_error / n),
                "mse": squared_error / n,
                "objective": squared_error
                + config.lambda_w0 * w0**2
                + float(effects.penalty(theta, config.lambda_side) @ penalty[0]),
            }
            seconds = perf_counter() - started
            if held_out is not None:
                metrics["validation_rmse"] = rmse(held_out[1], parameters(w0, theta).score(held_out[0]))
                if metrics["validation_rmse"] < lowest:
                    best, lowest = parameters(w0, theta), metrics["validation_rmse"]
            history.append(Epoch(epoch, metrics, seconds, n))
            if on_epoch is not None:
                on_epoch(history[-1])
    return FitResult(parameters(w0, theta) if held_out is None else best, history)
