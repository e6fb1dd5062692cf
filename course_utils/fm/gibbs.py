"""A Bayesian factorization machine: instead of one best model, the average of many plausible ones.

Gibbs sampling (Freudenthaler, Schmidt-Thieme & Rendle 2011, *Bayesian Factorization Machines*; libFM's
``-method mcmc``): each parameter in turn is drawn from its distribution given the rows and all others. So are
the strength of the noise and of the regularisation, which therefore need no tuning:

    y ~ normal(ŷ, 1/α)        w_j ~ normal(μ_w, 1/λ_w)      v_jf ~ normal(μ_f, 1/λ_f)
    α ~ Γ(1/2, 1/2)           λ ~ Γ(1/2, 1/2)               μ ~ normal(0, 1/λ)

One pair (μ, λ) for w and one per factor, in each group of columns. The draws:

    α ~ Γ((1 + n) / 2, (1 + Σ e²) / 2)
    λ ~ Γ((1 + p + 1) / 2, (1 + Σ (θ - μ)² + μ²) / 2)        p parameters θ share μ and λ
    μ ~ normal(Σ θ / (p + 1), 1 / ((p + 1) λ))

and θ as in :mod:`course_utils.fm.coordinate`. Γ(a, b) has mean a / b. Predictions are averaged over the draws
after the burn-in: that average, not any single draw, is what predicts well.

Classes, and stars as ordered classes, are learned through a hidden score per row
(:mod:`course_utils.fm.probit`). It is drawn anew in every iteration, and the rest is regression on it with
α = 1.

Side information moves the prior mean of a column (:mod:`course_utils.fm.sides`). Its coefficients β have a μ
and a λ of their own and are drawn in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

import numpy as np
from scipy.sparse import csr_array

from course_utils.encode.sides import Side
from course_utils.evaluate.metrics import log_loss, rmse
from course_utils.fm.average import RunningAverage
from course_utils.fm.coordinate import Prior, score_rows, start
from course_utils.fm.crew import Crew
from course_utils.fm.fields import arrange
from course_utils.fm.likelihood import Classes, Ratings
from course_utils.fm.model import Epoch, FitResult
from course_utils.fm.probit import probabilities
from course_utils.fm.rows import as_csr, as_examples
from course_utils.fm.sides import SideEffects, as_sides

# Successive draws are much alike: a third of 300 averages nearly as well as all, at a third of the cost.
_DRAWS_IN_MODEL = 100


@dataclass(frozen=True)
class GibbsConfig:
    """Settings of :func:`fit`. There is next to nothing to tune.

    Parameters
    ----------
    num_factors : int
        k; 0 gives a Bayesian linear model.
    iterations : int
        Draws of all parameters, burn-in included. More draws predict better, up to a point: with few ratings
        a column, later draws fit too closely, and too many spoil the average (70 % of ml-latest-small, k = 8:
        RMSE .844 after 300, .851 after 1,000; libFM's MCMC .845 and .850).
    burn_in : int
        First draws, too close to the arbitrary start to be averaged.
    init_sigma : float
        V starts at normal(0, init_sigma), and every λ at 1 / init_sigma²: from small and simple to as much
        as the ratings ask for. Above 0.
    clip : bool
        Limit what each draw predicts to the range of the training labels before it is averaged, as libFM
        does: nobody gives 6 stars of 5. Regressors only.
    keep : int
        ``GibbsResult.params``, the average of draws as one model, has at most ``keep · num_factors`` factors.
    predictor_type : "regressor", "binary_classifier" or "ordinal"
        "ordinal" takes ratings as ordered classes: that 4 stars lie as far from 5 as from 3 is then learned,
        not assumed.

    Raises
    ------
    ValueError
        If a value is out of range.
    """

    num_factors: int = 8
    iterations: int = 300
    burn_in: int = 10
    init_sigma: float = 0.1
    clip: bool = True
    keep: int = 8
    predictor_type: Literal["regressor", "binary_classifier", "ordinal"] = "regressor"

    def __post_init__(self) -> None:
        for name, least in (("num_factors", 0), ("iterations", 1), ("burn_in", 0), ("keep", 1)):
            value = getattr(self, name)
            if not (isinstance(value, int | np.integer) and value >= least):
                raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}.")
        if self.burn_in >= self.iterations:
            raise ValueError(
                f"burn_in is {self.burn_in} of {self.iterations} iterations, which leaves none to average. "
                "Make it smaller, or iterations larger."
            )
        if not 0 < self.init_sigma < np.inf:
            raise ValueError(f"init_sigma must be a number above 0, got {self.init_sigma}.")
        if self.predictor_type not in ("regressor", "binary_classifier", "ordinal"):
            raise ValueError(
                "predictor_type must be 'regressor', 'binary_classifier' or 'ordinal', "
                f"got {self.predictor_type!r}."
            )


@dataclass(frozen=True)
class GibbsResult(FitResult):
    """What :func:`fit` returns.

    ``test_prediction`` is the prediction for the rows given as ``predict_X``, averaged over all draws after
    the burn-in: (m,) float64, ratings or probabilities of label 1; None without such rows. ``averaged`` is
    the number of draws in it. ``params`` is the average of up to 100 of them, evenly spaced, as one model for
    other rows and for recommendations; it has up to ``keep`` times as many factors
    (:mod:`course_utils.fm.average`).

    An "ordinal" model scores on the scale of the hidden score: good for ranking, but not in stars.
    :meth:`predict` turns scores into stars with ``levels (C,)``, the ratings that occur, and ``cutpoints
    (C - 1,)``, the average of the draws; both are None for other models.
    """

    test_prediction: np.ndarray | None = None
    averaged: int = 0
    levels: np.ndarray | None = None
    cutpoints: np.ndarray | None = None

    def predict(self, X) -> np.ndarray:
        """Ratings of other rows, or probabilities of label 1, by the averaged model; (n,) float32."""
        if self.levels is None:
            return self.params.predict(X)
        scores = self.params.score(X).astype(np.float64)
        return (probabilities(scores, self.cutpoints) @ self.levels).astype(np.float32)


def draw_mean_and_precision(values: np.ndarray, mean: np.ndarray, rng: np.random.Generator) -> tuple:
    """Draw λ, then μ, of values (p, 1 + k) ~ normal(μ, 1/λ), a pair for each place: see this module's top."""
    values = values.astype(np.float64)
    p = len(values)
    precision = rng.gamma((2 + p) / 2, 2 / (1 + np.square(values - mean).sum(axis=0) + mean**2))
    return rng.normal(values.sum(axis=0) / (p + 1), 1 / np.sqrt((p + 1) * precision)), precision


class _Beliefs:
    """The prior of ``theta``, drawn anew in each iteration: μ and λ of each group, and β of each side."""

    def __init__(self, groups: np.ndarray, sides: Sequence[Side], size: int, init_sigma: float) -> None:
        count = int(groups.max(initial=-1)) + 1
        self._members = [np.flatnonzero(groups == group) for group in range(count)]
        self._mean = np.zeros((count, size))
        self.prior = Prior(
            np.zeros((len(groups), size), np.float32), groups, np.full((count, size), init_sigma**-2)
        )
        self._effects = SideEffects(sides, groups, size)
        self._of_sides = [(np.zeros(size), np.full(size, init_sigma**-2)) for _ in sides]

    def draw(self, theta: np.ndarray, rng: np.random.Generator) -> None:
        effects, prior = self._effects, self.prior
        for group, members in enumerate(self._members):
            own = theta[members] - effects.explained[members]
            self._mean[group], prior.precision[group] = draw_mean_and_precision(own, self._mean[group], rng)
        for number, side in enumerate(effects.sides):
            if not len(side.columns):
                continue
            group, beta = prior.group[side.columns[0]], effects.beta[number]
            mean, precision = self._of_sides[number]
            z = rng.standard_normal(beta.shape, dtype=np.float32)
            centre = np.broadcast_to(mean, beta.shape)
            effects.sweep(number, theta, prior.precision[group], self._mean[group], centre, precision, z)
            self._of_sides[number] = draw_mean_and_precision(beta, mean, rng)
        np.add(self._mean[prior.group], effects.explained, out=prior.mean, casting="same_kind")


class _Average:
    """The mean prediction of the same rows over all draws given to it."""

    def __init__(self, X: csr_array, k: int) -> None:
        self.rows = X.shape[0]
        self._X, self._Q = X, np.empty((self.rows, k), np.float32)
        self._scores = np.empty(self.rows)
        self.forget()

    def forget(self) -> None:
        self._total_and_draws = np.zeros(self.rows), 0

    def add(self, w0: float, theta: np.ndarray, predict: Callable[[np.ndarray], np.ndarray]) -> None:
        X = self._X
        score_rows(X.indptr, X.indices, X.data, w0, theta, self._Q, self._scores)
        total, draws = self._total_and_draws
        # Both at once: an interrupt finds the old pair or the new one.
        self._total_and_draws = total + predict(self._scores), draws + 1

    @property
    def mean(self) -> np.ndarray:
        total, draws = self._total_and_draws
        return total / draws


def fit(
    X,
    y,
    config: GibbsConfig | None = None,
    *,
    sides: Sequence[Side] = (),
    predict_X=None,
    validation: tuple | None = None,
    groups=None,
    seed: int | None = None,
    threads: int | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> GibbsResult:
    """Sample factorization machines from their posterior, and average their predictions.

    Parameters
    ----------
    X : (n, d) CSR or dense
        Feature rows, in any order. Rows with one hot column in each of two or more disjoint fields, such as
        a user and a film, take a fast path.
    y : (n,) array
        Ratings, or 0 and 1 for a binary_classifier.
    config : GibbsConfig, optional
    sides : sequence of Side, optional
        What is known of the columns of X themselves, such as the genres of films.
    predict_X : (m, d) CSR or dense, optional
        Rows to predict; see :class:`GibbsResult`.
    validation : (X, y), optional
        Held-out rows. Each epoch then reports the error of their prediction averaged so far, as
        ``validation_rmse``, or ``validation_log_loss`` of a classifier; nothing is chosen by it.
    groups : (d,) array of int, optional
        The group of each column, from 0; columns of one group share μ and λ. Without it all columns are one
        group, or one group a field on the fast path. Give each block of a FeatureMap its own.
    seed : int, optional
        Same seed, same rows, same draws, whatever the number of threads.
    threads : int, optional
        Cores to use; by default all that this process may. The fast path and classes use more than one.
    on_epoch : callable, optional
        Called with an :class:`~course_utils.fm.model.Epoch` after each iteration. Its metrics are of the
        single draw, on the training rows: ``rmse`` and ``noise_precision`` (α) of a regressor, ``accuracy``
        of a classifier.
    should_stop : callable, optional
        Asked before each iteration; sampling ends when it returns True. A KeyboardInterrupt does the same.
        If no draw was averaged by then, ``test_prediction`` and ``params`` are those of the last one.

    Returns
    -------
    GibbsResult

    Raises
    ------
    ValueError
        If X or y hold anything but finite numbers of the right shape, or numbers so large that their squares
        overflow; if ``groups`` does not number the columns; if a side does not fit the columns.
    """
    config = config or GibbsConfig()
    task = "binary_classifier" if config.predictor_type == "binary_classifier" else "regressor"
    rows, labels = as_examples(X, y, task)
    n, d = rows.shape
    k, crew = config.num_factors, Crew(threads)
    likelihood = (
        Ratings(labels, config.clip)
        if config.predictor_type == "regressor"
        else Classes(labels, config.predictor_type == "ordinal", crew)
    )
    tests = [] if predict_X is None else [_Average(as_csr(predict_X, d), k)]
    judge, judged = log_loss if config.predictor_type == "binary_classifier" else rmse, None
    if validation is not None:
        judged_rows, judged_labels = as_examples(*validation, task, d)
        judged = _Average(judged_rows, k)
        tests.append(judged)

    groups = None if groups is None else _as_groups(groups, d)
    design = arrange(rows, likelihood.target, groups, as_sides(sides, d), crew)
    rng = np.random.default_rng(seed)
    beliefs = _Beliefs(design.groups, sides, 1 + k, config.init_sigma)
    theta = start(d, k, config.init_sigma, rng)
    history: list[Epoch] = []
    spaced = np.linspace(config.iterations - 1, config.burn_in, _DRAWS_IN_MODEL).round()
    in_model, draws, cutpoints = set(spaced.astype(int)), RunningAverage(config.keep * k), []

    # Whoever interrupts a long sampling wants to keep what was drawn so far.
    with suppress(KeyboardInterrupt):
        for iteration in range(config.iterations):
            if should_stop is not None and should_stop():
                break
            started = perf_counter()
            likelihood.before_sweep(design, rng)
            z = rng.standard_normal(theta.shape, dtype=np.float32)
            sums = design.sweep(likelihood.w0, theta, beliefs.prior, likelihood.alpha, z)
            metrics = likelihood.after_sweep(design, sums, rng)
            beliefs.draw(theta, rng)
            if iteration in in_model:
                draws.add(likelihood.params(theta))
                cutpoints.append(likelihood.cutpoints)
            for test in tests:
                if iteration <= config.burn_in:
                    test.forget()
                test.add(likelihood.w0, theta, likelihood.predict)
            if judged is not None:
                metrics[f"validation_{judge.__name__}"] = judge(judged_labels, judged.mean)
            history.append(Epoch(iteration, metrics, perf_counter() - started, n))
            if on_epoch is not None:
                on_epoch(history[-1])

    if not draws.models:
        draws.add(likelihood.params(theta))
        cutpoints.append(likelihood.cutpoints)
    test_prediction = None
    if predict_X is not None:
        if not history:
            tests[0].add(likelihood.w0, theta, likelihood.predict)
        test_prediction = tests[0].mean
    ordinal = config.predictor_type == "ordinal"
    return GibbsResult(
        draws.model(),
        history,
        test_prediction,
        max(0, len(history) - config.burn_in),
        likelihood.levels if ordinal else None,
        np.mean(cutpoints, axis=0) if ordinal else None,
    )


def _as_groups(groups, d: int) -> np.ndarray:
    groups = np.asarray(groups)
    if groups.shape != (d,) or not np.issubdtype(groups.dtype, np.integer) or (groups < 0).any():
        raise ValueError(
            f"groups must hold one whole number of at least 0 per column of X, shape ({d},); "
            f"got {groups.dtype} of shape {groups.shape}."
        )
    return groups.astype(np.int64)
