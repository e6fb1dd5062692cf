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

Classes are learned through a hidden score per row (probit, Albert & Chib 1993): label 1 is given where
s ~ normal(ŷ, 1) is above 0; s is drawn anew in every iteration, and the rest is regression on s with α = 1.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from math import sqrt
from time import perf_counter

import numpy as np
from scipy.sparse import csr_array
from scipy.special import log_ndtr, ndtr, ndtri_exp

from course_utils.fm.coordinate import Prior, parameters, score_rows, start, step_bias
from course_utils.fm.fields import arrange
from course_utils.fm.model import Epoch, FitResult, FMParameters, Task
from course_utils.fm.rows import as_csr, as_labels

# The sigmoid of 1.702 s stays within 0.0095 of Φ(s): how a probit model is written down as a logistic one.
_PROBIT_TO_LOGIT = 1.702


@dataclass(frozen=True)
class GibbsConfig:
    """Settings of :func:`fit`. There is nothing to tune: more iterations are better.

    Parameters
    ----------
    num_factors : int
        k; 0 gives a Bayesian linear model.
    iterations : int
        Draws of all parameters, burn-in included.
    burn_in : int
        First draws, too close to the arbitrary start to be averaged.
    init_sigma : float
        V starts at normal(0, init_sigma), and every λ at 1 / init_sigma²: from small and simple to as much
        as the ratings ask for. Above 0.
    clip : bool
        Limit what each draw predicts to the range of the training labels before it is averaged, as libFM
        does: nobody gives 6 stars of 5. Regressors only.
    keep : int
        Draws, evenly spaced from the burn-in to the last, that ``GibbsResult.params`` averages.
    predictor_type : "regressor" or "binary_classifier"

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
    keep: int = 20
    predictor_type: Task = "regressor"

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
        if self.predictor_type not in ("regressor", "binary_classifier"):
            raise ValueError(
                f"predictor_type must be 'regressor' or 'binary_classifier', got {self.predictor_type!r}."
            )


@dataclass(frozen=True)
class GibbsResult(FitResult):
    """What :func:`fit` returns.

    ``test_prediction`` is the prediction for the rows given as ``predict_X``, averaged over all draws after
    the burn-in: (m,) float64, ratings or probabilities of label 1; None without such rows. ``averaged`` is
    the number of draws in it. ``params`` is the average of ``keep`` draws in the form of one model with
    ``keep · num_factors`` factors, for other rows and for recommendations; see :func:`average`.
    """

    test_prediction: np.ndarray | None = None
    averaged: int = 0


def average(draws: list[FMParameters]) -> FMParameters:
    """One model that scores as the given models do on average.

    The mean of S FMs with k factors is an FM with S k factors, because inner products of stacked vectors add
    up: <[a_1 … a_S], [b_1 … b_S]> / S = mean <a_s, b_s>.
    """
    V = np.hstack([draw.V for draw in draws]) / np.float32(sqrt(len(draws)))
    w = np.mean([draw.w for draw in draws], axis=0, dtype=np.float64).astype(np.float32)
    return FMParameters(float(np.mean([draw.w0 for draw in draws])), w, V, draws[0].task)


class _Hyperparameters:
    """μ and λ of each group of columns and each factor, as a :class:`Prior` that is drawn anew."""

    def __init__(self, groups: np.ndarray, size: int, init_sigma: float) -> None:
        count = int(groups.max(initial=-1)) + 1
        self.members = [np.flatnonzero(groups == group) for group in range(count)]
        self.prior = Prior(groups, np.zeros((count, size)), np.full((count, size), init_sigma**-2))

    def draw(self, theta: np.ndarray, rng: np.random.Generator) -> None:
        for mean, precision, members in zip(self.prior.mean, self.prior.precision, self.members, strict=True):
            own = theta[members].astype(np.float64)
            p = len(own)
            spread = np.square(own - mean).sum(axis=0) + mean**2
            precision[:] = rng.gamma((2 + p) / 2, 2 / (1 + spread))
            mean[:] = rng.normal(own.sum(axis=0) / (p + 1), 1 / np.sqrt((p + 1) * precision))


class _Scores:
    """ŷ of the same rows for one draw after another."""

    def __init__(self, X: csr_array, k: int) -> None:
        self.X, self._sums = X, np.empty((X.shape[0], k), np.float32)

    def of(self, w0: float, theta: np.ndarray) -> np.ndarray:
        scores = np.empty(self.X.shape[0])
        score_rows(self.X.indptr, self.X.indices, self.X.data, w0, theta, self._sums, scores)
        return scores


def hidden_scores(score: np.ndarray, label: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw s ~ normal(ŷ, 1) given its sign: above 0 where the label is 1, below where it is 0; float32.

    By inversion, in logarithms so that improbable sides do not underflow:
    s = ŷ - sign · Φ⁻¹(u Φ(sign · ŷ)) with u ~ uniform(0, 1).
    """
    sign = np.where(label > 0, 1.0, -1.0)
    u = 1 - rng.random(len(score))  # in (0, 1]
    return (score - sign * ndtri_exp(np.log(u) + log_ndtr(sign * score))).astype(np.float32)


def fit(
    X,
    y,
    config: GibbsConfig | None = None,
    *,
    predict_X=None,
    groups=None,
    seed: int | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> GibbsResult:
    """Sample factorization machines from their posterior, and average their predictions.

    Parameters
    ----------
    X : (n, d) CSR or dense
        Feature rows, in any order. Rows of two one-hot columns from two disjoint fields take a fast path.
    y : (n,) array
        Ratings, or 0 and 1 for a binary_classifier.
    config : GibbsConfig, optional
    predict_X : (m, d) CSR or dense, optional
        Rows to predict; see :class:`GibbsResult`.
    groups : (d,) array of int, optional
        The group of each column, from 0; columns of one group share μ and λ. Without it all columns are one
        group, or two where rows are pairs from two fields. Give each block of a FeatureMap its own.
    seed : int, optional
        Same seed, same rows, same draws.
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
        overflow; if ``groups`` does not number the columns.
    """
    config = config or GibbsConfig()
    rows = as_csr(X)
    n, d = rows.shape
    labels = as_labels(y, n, config.predictor_type)
    if not n:
        raise ValueError("X has no rows, so there is nothing to learn from.")
    k, classify = config.num_factors, config.predictor_type == "binary_classifier"
    test = None if predict_X is None else _Scores(as_csr(predict_X, d), k)
    total = np.zeros(0 if test is None else test.X.shape[0])
    averaged = 0

    design = arrange(rows, labels)
    train = _Scores(rows, k) if classify else None
    rng = np.random.default_rng(seed)
    groups = design.groups if groups is None else _as_groups(groups, d)
    hyperparameters = _Hyperparameters(groups, 1 + k, config.init_sigma)
    theta = start(d, k, config.init_sigma, rng)
    w0 = 0.0 if classify else float(labels.mean(dtype=np.float64))
    alpha = 1.0 if classify else 1 / max(float(labels.var(dtype=np.float64)), 1e-6)
    history: list[Epoch] = []
    keep_at = set(np.linspace(config.iterations - 1, config.burn_in, config.keep).round().astype(int))
    kept: list[FMParameters] = []

    def draw() -> FMParameters:
        scale = _PROBIT_TO_LOGIT if classify else 1.0
        params = parameters(w0, theta, config.predictor_type)
        return replace(
            params, w0=scale * w0, w=np.float32(scale) * params.w, V=np.float32(sqrt(scale)) * params.V
        )

    def predictions() -> np.ndarray:
        scores = test.of(w0, theta)
        if classify:
            return ndtr(scores)
        return scores.clip(labels.min(), labels.max()) if config.clip else scores

    # Whoever interrupts a long sampling wants to keep what was drawn so far.
    with suppress(KeyboardInterrupt):
        for iteration in range(config.iterations):
            if should_stop is not None and should_stop():
                break
            started = perf_counter()
            metrics = {}
            if classify:
                scores = train.of(w0, theta)
                metrics["accuracy"] = float(np.mean((scores >= 0) == labels))
                design.aim_at(hidden_scores(scores, labels, rng))
            z = rng.standard_normal(theta.shape, dtype=np.float32)
            sums = design.sweep(w0, theta, hyperparameters.prior, alpha, z)
            w0, squared_error = step_bias(w0, sums, n, alpha, z=rng.standard_normal())
            if not classify:
                alpha = rng.gamma((1 + n) / 2, 2 / (1 + squared_error))
                metrics |= {"rmse": sqrt(squared_error / n), "noise_precision": alpha}
            hyperparameters.draw(theta, rng)
            if iteration in keep_at:
                kept.append(draw())
            if test is not None and iteration >= config.burn_in:
                total += predictions()
                averaged += 1
            history.append(Epoch(iteration, metrics, perf_counter() - started, n))
            if on_epoch is not None:
                on_epoch(history[-1])

    test_prediction = None
    if test is not None:
        test_prediction = total / averaged if averaged else predictions()
    return GibbsResult(average(kept or [draw()]), history, test_prediction, averaged)


def _as_groups(groups, d: int) -> np.ndarray:
    groups = np.asarray(groups)
    if groups.shape != (d,) or not np.issubdtype(groups.dtype, np.integer) or (groups < 0).any():
        raise ValueError(
            f"groups must hold one whole number of at least 0 per column of X, shape ({d},); "
            f"got {groups.dtype} of shape {groups.shape}."
        )
    return groups.astype(np.int64)
