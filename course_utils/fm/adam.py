"""The optimiser that SageMaker's factorization-machines algorithm runs, reconstructed from real jobs.

AWS documents the hyperparameters but not the optimiser. Replaying real jobs on their real rows shows it:

- Adam (Kingma & Ba 2015), with a learning rate and a weight decay for each of the three groups w0, w and V;
- weight decay is added to the gradient, before clipping (L2, not "decoupled");
- lazy rows: of w and V only the rows whose column occurs in the batch are touched, decay and moments
  included;
- rows are used in file order in every epoch: nothing is shuffled;
- the last batch is filled up with empty rows of label 0. They pull on w0 and count in the training metrics.

Numbers are float32, as in the original: so are the stored model and the RecordIO that it was trained on, and
half the memory moves per rating. Bias correction and metrics are computed in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from math import sqrt
from time import perf_counter
from typing import Literal, NamedTuple

import numpy as np
from numba import njit
from scipy.sparse import csr_array

from course_utils.fm.metrics import evaluate, log_metrics
from course_utils.fm.model import Epoch, FitResult, FMParameters, Task
from course_utils.fm.rows import as_examples

__all__ = ["AdamConfig", "Optimiser", "evaluate", "fit"]

InitMethod = Literal["normal", "uniform", "constant"]

# Sums may be reordered, which lets the inner loop over factors use vector instructions; NaN still means NaN.
_compiled = njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})


@dataclass(frozen=True)
class AdamConfig:
    """Hyperparameters of SageMaker's algorithm, under its names and with its defaults.

    Source: Amazon SageMaker developer guide, "Factorization Machines Hyperparameters".
    ``None`` means 1 / mini_batch_size for ``rescale_grad``, 1e-8 for ``eps`` and no clipping for
    ``clip_gradient``; a negative ``clip_gradient`` does not clip either, as in MXNet. ``num_factors`` may be
    0, which SageMaker does not allow: the model is then linear. ``batch_metrics_publish_interval`` is not
    documented, but every log prints it.

    Raises
    ------
    ValueError
        If a value is out of range, or an ``…_init_method`` lacks the number that it needs.
    """

    num_factors: int
    predictor_type: Task = "regressor"
    feature_dim: int | None = None
    epochs: int = 1
    mini_batch_size: int = 1000
    bias_lr: float = 0.1
    linear_lr: float = 0.001
    factors_lr: float = 0.0001
    bias_wd: float = 0.01
    linear_wd: float = 0.001
    factors_wd: float = 0.00001
    bias_init_method: InitMethod = "normal"
    bias_init_sigma: float = 0.01
    bias_init_scale: float | None = None
    bias_init_value: float | None = None
    linear_init_method: InitMethod = "normal"
    linear_init_sigma: float = 0.01
    linear_init_scale: float | None = None
    linear_init_value: float | None = None
    factors_init_method: InitMethod = "normal"
    factors_init_sigma: float = 0.001
    factors_init_scale: float | None = None
    factors_init_value: float | None = None
    clip_gradient: float | None = None
    eps: float | None = None
    rescale_grad: float | None = None
    batch_metrics_publish_interval: int = 500

    def __post_init__(self) -> None:
        if self.predictor_type not in ("regressor", "binary_classifier"):
            raise ValueError(
                f"predictor_type must be 'regressor' or 'binary_classifier', got {self.predictor_type!r}."
            )
        for name in (
            "epochs",
            "mini_batch_size",
            "batch_metrics_publish_interval",
            "feature_dim",
            "num_factors",
        ):
            value, least = getattr(self, name), 0 if name == "num_factors" else 1
            whole = isinstance(value, int | np.integer) and value >= least
            if not whole and not (name == "feature_dim" and value is None):
                raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}.")
        for group in ("bias", "linear", "factors"):
            for name in (f"{group}_lr", f"{group}_wd", f"{group}_init_sigma"):
                if not 0 <= getattr(self, name) < np.inf:
                    raise ValueError(f"{name} must be a number of at least 0, got {getattr(self, name)}.")
            method = getattr(self, f"{group}_init_method")
            needs = {"normal": "sigma", "uniform": "scale", "constant": "value"}
            if method not in needs:
                raise ValueError(f"{group}_init_method must be one of {list(needs)}, got {method!r}.")
            if getattr(self, f"{group}_init_{needs[method]}") is None:
                raise ValueError(
                    f"{group}_init_method {method!r} needs a {group}_init_{needs[method]}; it has no default."
                )

    @classmethod
    def from_hyperparameters(cls, values: Mapping[str, str]) -> AdamConfig:
        """Typed settings from the strings that a training job is given.

        Names that are not settings of the optimiser (``_kvstore``, ``use_bias``, …) are left alone: which
        names are allowed is for the container to say.
        """
        # Annotations are text in this module, so a field's type can be looked up by its name.
        types = {"int": int, "int | None": int, "float": float, "float | None": float}
        return cls(
            **{f.name: types.get(f.type, str)(values[f.name]) for f in fields(cls) if f.name in values}
        )

    def initial(self, group: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Starting values of the group "bias", "linear" or "factors"; float32."""
        method = getattr(self, f"{group}_init_method")
        if method == "normal":
            values = rng.normal(0, getattr(self, f"{group}_init_sigma"), shape)
        elif method == "uniform":
            scale = getattr(self, f"{group}_init_scale")
            values = rng.uniform(-scale, scale, shape)
        else:
            values = np.full(shape, getattr(self, f"{group}_init_value"))
        return values.astype(np.float32)


class Group(NamedTuple):
    """One of w0, w, V as a (d, k) table with Adam's moments; ``grad (slots, k)`` is reused by every batch."""

    theta: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    grad: np.ndarray


@_compiled
def batch_gradient(indptr, columns, slots, values, y, w0, w, V, logistic, scores, grad_w, grad_V):
    """Score the rows of one batch, and sum their gradients; one pass, O(non-zeros · k).

        s_f  = Σ_i v_if x_i
        ŷ    = w0 + Σ_i w_i x_i + ½ Σ_f (s_f² - Σ_i v_if² x_i²)
        L    = ½ (ŷ - y)²  →  dL/dŷ = ŷ - y;      L = cross entropy of σ(ŷ)  →  dL/dŷ = σ(ŷ) - y
        ∂ŷ/∂w0 = 1      ∂ŷ/∂w_i = x_i      ∂ŷ/∂v_if = x_i (s_f - v_if x_i)

    ``indptr, columns, values`` are CSR; ``slots`` tells each non-zero's row in ``grad_w, grad_V``, where
    Σ_rows dL/dŷ · ∂ŷ/∂θ is added; ``scores`` receives ŷ. Returns the gradient of w0.
    """
    k, grad_w0, zero = V.shape[1], 0.0, V.dtype.type(0)
    s = np.empty(k, V.dtype)
    for row in range(y.size):
        s[:] = 0
        own, score = zero, w0
        for at in range(indptr[row], indptr[row + 1]):
            i, x = np.uint32(columns[at]), values[at]
            v = V[i]
            score += w[i] * x
            for f in range(k):
                vx = v[f] * x
                s[f] += vx
                own += vx * vx
        squares = zero
        for f in range(k):
            squares += s[f] * s[f]
        score += 0.5 * (squares - own)
        scores[row] = score

        slope = V.dtype.type((1 / (1 + np.exp(-score)) if logistic else score) - y[row])
        grad_w0 += slope
        for at in range(indptr[row], indptr[row + 1]):
            slot, x = np.uint32(slots[at]), values[at]
            v, grad_v = V[np.uint32(columns[at])], grad_V[slot]
            grad_w[slot] += slope * x
            for f in range(k):
                grad_v[f] += slope * x * (s[f] - v[f] * x)
    return grad_w0


@_compiled
def pair_gradient(indptr, columns, slots, y, w0, w, V, logistic, scores, grad_w, grad_V):
    """:func:`batch_gradient` for rows of two columns with a 1 each, and empty rows, in a third of the time.

    ŷ = w0 + w_i + w_j + <v_i, v_j>      ∂ŷ/∂v_i = v_j      ∂ŷ/∂v_j = v_i
    """
    k, grad_w0 = V.shape[1], 0.0
    for row in range(y.size):
        first = indptr[row]
        if first == indptr[row + 1]:
            scores[row] = w0
            grad_w0 += (1 / (1 + np.exp(-w0)) if logistic else w0) - y[row]
            continue
        i, j = np.uint32(columns[first]), np.uint32(columns[first + 1])
        a, b = V[i], V[j]
        rest = w[i] + w[j]
        for f in range(k):
            rest += a[f] * b[f]
        score = w0 + rest
        scores[row] = score

        slope = V.dtype.type((1 / (1 + np.exp(-score)) if logistic else score) - y[row])
        grad_w0 += slope
        slot_i, slot_j = np.uint32(slots[first]), np.uint32(slots[first + 1])
        grad_w[slot_i] += slope
        grad_w[slot_j] += slope
        grad_a, grad_b = grad_V[slot_i], grad_V[slot_j]
        for f in range(k):
            grad_a[f] += slope * b[f]
        for f in range(k):
            grad_b[f] += slope * a[f]
    return grad_w0


@_compiled
def adam_step(group, rows, lr, wd, rescale, clip, eps):
    """One Adam update of the given rows of ``group``; the other rows and their moments stay as they are.

        g        = rescale · grad + wd · θ          clipped to [-clip, clip] where clip ≥ 0
        mean     = 0.9 mean + 0.1 g                 variance = 0.999 variance + 0.001 g²
        θ       -= lr · mean / (√variance + eps)

    ``lr`` already holds the bias correction √(1 - 0.999ᵗ) / (1 - 0.9ᵗ). The gradient is 0 afterwards.
    """
    for slot in range(rows.size):
        row = np.uint32(rows[slot])
        theta, mean, variance, grad = group.theta[row], group.mean[row], group.variance[row], group.grad[slot]
        for f in range(theta.size):
            g = rescale * grad[f] + wd * theta[f]
            if clip >= 0:
                g = min(max(g, -clip), clip)
            grad[f] = 0
            mean[f] = np.float32(0.9) * mean[f] + np.float32(0.1) * g
            variance[f] = np.float32(0.999) * variance[f] + np.float32(0.001) * g * g
            theta[f] -= lr * mean[f] / (np.sqrt(variance[f]) + eps)


@_compiled
def learn_batch(
    indptr, columns, slots, values, y, touched, pairs, bias, linear, factors, logistic, scores, lr, wd, how
):
    """Score one batch with the parameters as they are (into ``scores``), then update all three groups.

    ``touched`` are the distinct columns of the batch, in the order of their slots; ``pairs`` says whether
    :func:`pair_gradient` will do; ``lr`` and ``wd`` hold a float32 for each group, ``how`` the rescale, clip
    and eps of :func:`adam_step`.
    """
    w0, w, V = np.float64(bias.theta[0, 0]), linear.theta.reshape(-1), factors.theta
    grad_w, grad_V = linear.grad.reshape(-1), factors.grad
    if pairs:
        grad_w0 = pair_gradient(indptr, columns, slots, y, w0, w, V, logistic, scores, grad_w, grad_V)
    else:
        grad_w0 = batch_gradient(
            indptr, columns, slots, values, y, w0, w, V, logistic, scores, grad_w, grad_V
        )
    bias.grad[0, 0] = grad_w0
    adam_step(bias, np.zeros(1, np.int32), lr[0], wd[0], *how)
    adam_step(linear, touched, lr[1], wd[1], *how)
    adam_step(factors, touched, lr[2], wd[2], *how)


@_compiled
def number_columns(indptr, columns, size, feature_dim):
    """Number the distinct columns of every batch of ``size`` rows, in the order in which they occur.

    Returns ``slots (nnz,)``, each non-zero's number in its batch; ``touched``, the columns of the first batch
    in the order of their numbers, then those of the second, …; and ``ends (batches + 1,)``, where each
    batch's columns begin and end in ``touched``.
    """
    batches = (indptr.size - 1) // size
    last_seen, number = np.full(feature_dim, -1, np.int64), np.empty(feature_dim, np.int32)
    slots, touched = np.empty(columns.size, np.int32), np.empty(columns.size, np.int32)
    ends = np.zeros(batches + 1, np.int64)
    count = 0
    for batch in range(batches):
        for at in range(indptr[batch * size], indptr[(batch + 1) * size]):
            column = columns[at]
            if last_seen[column] != batch:
                last_seen[column], number[column] = batch, count - ends[batch]
                touched[count] = column
                count += 1
            slots[at] = number[column]
        ends[batch + 1] = count
    return slots, touched[:count], ends


class _Batches:
    """The rows in file order, ``size`` at a time; the last batch is filled up with empty rows of label 0."""

    def __init__(self, X: csr_array, y: np.ndarray, size: int) -> None:
        padding = -len(y) % size
        self.size, self.records, self.y = size, len(y), np.pad(y, (0, padding))
        self.indptr = np.pad(X.indptr.astype(np.int64), (0, padding), mode="edge")
        self.columns, self.values = X.indices.astype(np.int32, copy=False), X.data
        self.slots, self._touched, self._ends = number_columns(self.indptr, self.columns, size, X.shape[1])
        self.pairs = bool((np.diff(X.indptr) == 2).all() and (X.data == 1).all())
        self.most_touched = int(np.diff(self._ends).max())

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> tuple:
        """The first seven arguments of :func:`learn_batch`."""
        first = number * self.size
        indptr, y = self.indptr[first : first + self.size + 1], self.y[first : first + self.size]
        touched = self._touched[self._ends[number] : self._ends[number + 1]]
        return indptr, self.columns, self.slots, self.values, y, touched, self.pairs


class Optimiser:
    """The three groups of parameters, and the step that one batch makes them take.

    Whoever trains on several hosts takes the step apart: :meth:`gradient` where the rows are, :meth:`update`
    where the parameters are.

    Parameters
    ----------
    config : AdamConfig
    feature_dim : int
        Number of columns.
    most_touched : int
        No batch has more distinct columns than that (:meth:`make_room` allows more later).
    rng : numpy.random.Generator
        For the starting values.
    """

    def __init__(
        self, config: AdamConfig, feature_dim: int, most_touched: int, rng: np.random.Generator
    ) -> None:
        self.config = config
        self.batches_seen = 0

        def group(name: str, rows: int, k: int, slots: int) -> Group:
            theta = config.initial(name, (rows, k), rng)
            zeros = np.zeros_like(theta)
            return Group(theta, zeros, zeros.copy(), np.zeros((slots, k), np.float32))

        self.bias = group("bias", 1, 1, 1)
        self.linear = group("linear", feature_dim, 1, most_touched)
        self.factors = group("factors", feature_dim, config.num_factors, most_touched)
        rescale = 1 / config.mini_batch_size if config.rescale_grad is None else config.rescale_grad
        clip = -1 if config.clip_gradient is None else config.clip_gradient
        eps = 1e-8 if config.eps is None else config.eps
        self._how = _floats(rescale, clip, eps)
        self._wd = _floats(config.bias_wd, config.linear_wd, config.factors_wd)

        self._logistic = config.predictor_type == "binary_classifier"

    def make_room(self, most_touched: int) -> None:
        """From now on batches may have as many distinct columns."""
        if most_touched > len(self.linear.grad):
            k = self.config.num_factors
            self.linear = self.linear._replace(grad=np.zeros((most_touched, 1), np.float32))
            self.factors = self.factors._replace(grad=np.zeros((most_touched, k), np.float32))

    def step(self, batch: tuple, scores: np.ndarray) -> None:
        """Score the batch with the parameters as they are (into ``scores``), then update them."""
        groups = self.bias, self.linear, self.factors
        learn_batch(*batch, *groups, self._logistic, scores, self._next_rates(), self._wd, self._how)

    def gradient(self, batch: tuple, scores: np.ndarray) -> tuple[np.ndarray, ...]:
        """The first half of a step: score the batch, return the gradients of w0, w and V, summed over rows.

        Those of w and V have one row for each of the batch's distinct columns.
        """
        indptr, columns, slots, values, y, touched, pairs = batch
        w0, w, V = np.float64(self.bias.theta[0, 0]), self.linear.theta.reshape(-1), self.factors.theta
        grad_w = np.zeros((len(touched), 1), np.float32)
        grad_V = np.zeros((len(touched), V.shape[1]), np.float32)
        rest = (y, w0, w, V, self._logistic, scores, grad_w.reshape(-1), grad_V)
        if pairs:
            grad_w0 = pair_gradient(indptr, columns, slots, *rest)
        else:
            grad_w0 = batch_gradient(indptr, columns, slots, values, *rest)
        return np.full((1, 1), grad_w0, np.float32), grad_w, grad_V

    def update(self, touched: np.ndarray, gradients: tuple[np.ndarray, ...]) -> None:
        """The second half: one Adam step of the columns ``touched``. The gradients are 0 afterwards."""
        groups = self.bias, self.linear, self.factors
        rows = np.zeros(1, np.int32), touched, touched
        for group, these, grad, lr, wd in zip(
            groups, rows, gradients, self._next_rates(), self._wd, strict=True
        ):
            adam_step(group._replace(grad=grad), these, lr, wd, *self._how)

    def _next_rates(self) -> tuple[np.float32, ...]:
        """The learning rate of each group in the step that comes now."""
        self.batches_seen += 1
        config, t = self.config, self.batches_seen
        correction = sqrt(1 - 0.999**t) / (1 - 0.9**t)
        return _floats(*(rate * correction for rate in (config.bias_lr, config.linear_lr, config.factors_lr)))

    def parameters(self) -> FMParameters:
        return FMParameters(
            w0=float(self.bias.theta[0, 0]),
            w=self.linear.theta[:, 0].copy(),
            V=self.factors.theta.copy(),
            task=self.config.predictor_type,
        )


def _floats(*values: float) -> tuple[np.float32, ...]:
    return tuple(np.float32(value) for value in values)


def fit(
    X,
    y,
    config: AdamConfig,
    *,
    seed: int | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    on_batch: Callable[[int, int, dict[str, float]], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    rows_of: Callable[[int], tuple] | None = None,
    optimiser: Callable[..., Optimiser] = Optimiser,
) -> FitResult:
    """Train as SageMaker's ``factorization-machines`` does.

    Parameters
    ----------
    X : (n, d) CSR or dense
        Feature rows, used in the order given. A file sorted by user trains badly: shuffle it first.
    y : (n,) array
        Ratings, or 0 and 1 for a binary_classifier.
    config : AdamConfig
    seed : int, optional
        Same seed, same rows, same model. Without it every call starts from other random numbers, as every
        SageMaker job does.
    on_epoch : callable, optional
        Called with each finished :class:`~course_utils.fm.model.Epoch`. Its metrics are running averages over
        the epoch, padding rows included: every batch is scored before it is learned from.
    on_batch : callable, optional
        Called with ``(epoch, batch, metrics)`` at every ``batch_metrics_publish_interval``-th batch, the
        first included; metrics are averages since the epoch's start.
    should_stop : callable, optional
        Asked before each batch; training ends when it returns True. A KeyboardInterrupt does the same.
    rows_of : callable, optional
        ``rows_of(epoch)`` gives X and y of every epoch but the first, for rows that are read anew each time.
    optimiser : callable
        Called like the class :class:`Optimiser`, and returns one.

    Returns
    -------
    FitResult
        The parameters when training ended, and the epochs finished by then.

    Raises
    ------
    ValueError
        If X or y hold anything but finite numbers of the right shape, or if training diverges.
    """
    size, task = config.mini_batch_size, config.predictor_type

    def batches_of(X, y) -> tuple[_Batches, int]:
        rows, labels = as_examples(X, y, task, config.feature_dim)
        return _Batches(rows, labels, size), rows.shape[1]

    batches, feature_dim = batches_of(X, y)
    model = optimiser(config, feature_dim, batches.most_touched, np.random.default_rng(seed))
    history: list[Epoch] = []

    def run_epoch(epoch: int, batches: _Batches) -> bool:
        """Whether the epoch was finished."""
        started = perf_counter()
        padded_labels, scores = batches.y, np.empty_like(batches.y)
        for number in range(len(batches)):
            if should_stop is not None and should_stop():
                return False
            done = (number + 1) * size
            model.step(batches[number], scores[done - size : done])
            if not np.isfinite(scores[done - size : done]).all():
                raise ValueError(
                    f"Training diverged: in epoch {epoch}, batch {number} the scores are no longer finite. "
                    "Try smaller learning rates (bias_lr, linear_lr, factors_lr) or set clip_gradient."
                )
            if on_batch is not None and number % config.batch_metrics_publish_interval == 0:
                on_batch(epoch, number, log_metrics(scores[:done], padded_labels[:done], task))
        metrics = log_metrics(scores, padded_labels, task)
        history.append(Epoch(epoch, metrics, perf_counter() - started, batches.records))
        if on_epoch is not None:
            on_epoch(history[-1])
        return True

    # Whoever interrupts a long training wants to keep what it has learned so far.
    with suppress(KeyboardInterrupt):
        for epoch in range(config.epochs):
            if epoch and rows_of is not None:
                batches, _ = batches_of(*rows_of(epoch))
                model.make_room(batches.most_touched)
            if not run_epoch(epoch, batches):
                break
    return FitResult(model.parameters(), history)
