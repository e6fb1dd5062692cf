"""A factorization machine in NumPy, as lesson 04 builds it: one screen each, written to be read.

    ŷ(x) = w0 + Σ_i w_i x_i + Σ_{i<j} <v_i, v_j> x_i x_j

Letters as in Rendle (2010): ``X (n, d)`` rows, ``w0`` the bias, ``w (d,)`` one weight per column,
``V (d, k)`` one vector of k factors per column.
"""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter

import numpy as np
from scipy.sparse import issparse

from course_utils.fm.model import Epoch, FitResult, FMParameters, Task, sigmoid
from course_utils.fm.rows import as_examples


def predict_double_loop(x, w0, w, V) -> float:
    """ŷ of one dense row ``x (d,)``, term by term as the definition says: O(d² k)."""
    score = float(w0)
    for i in range(len(x)):
        score += w[i] * x[i]
        for j in range(i + 1, len(x)):
            score += (V[i] @ V[j]) * x[i] * x[j]
    return float(score)


def predict(X, w0, w, V) -> np.ndarray:
    """ŷ of every row of ``X (n, d)``, dense or sparse, in time linear in its non-zeros: O(nnz · k).

    All pairs at once, for each factor f: Σ_{i<j} v_if v_jf x_i x_j = ½ [(Σ_i v_if x_i)² - Σ_i v_if² x_i²]
    """
    square_of_sum = (X @ V) ** 2
    sum_of_squares = _squared(X) @ V**2
    return w0 + X @ w + 0.5 * (square_of_sum - sum_of_squares).sum(axis=1)


def gradients(X, y, w0, w, V, task: Task = "regressor") -> tuple[float, np.ndarray, np.ndarray]:
    """How the mean loss of ``X (n, d), y (n,)`` changes with w0, w and V; same shapes as those.

    The loss of a row is ½ (ŷ - y)² for a "regressor" and the log-loss of σ(ŷ) for a "binary_classifier". Both
    change with ŷ by "said minus true", and ŷ changes with the parameters by

        ∂ŷ/∂w0 = 1      ∂ŷ/∂w_i = x_i      ∂ŷ/∂v_if = x_i Σ_j v_jf x_j - v_if x_i²
    """
    score = predict(X, w0, w, V)
    error = ((sigmoid(score) if task == "binary_classifier" else score) - y) / len(y)
    grad_w0 = error.sum()
    grad_w = X.T @ error
    grad_V = X.T @ (error[:, None] * (X @ V)) - (_squared(X).T @ error)[:, None] * V
    return grad_w0, grad_w, grad_V


def loss(X, y, w0, w, V, task: Task = "regressor") -> float:
    """RMSE of a "regressor" in stars, mean log-loss of a "binary_classifier" in nats."""
    score = predict(X, w0, w, V)
    if task == "binary_classifier":
        return float(np.mean(np.logaddexp(0, score) - y * score))
    return float(np.sqrt(np.mean((score - y) ** 2)))


@np.errstate(over="ignore", invalid="ignore")  # a model that has diverged is refused by name
def sgd(
    X,
    y,
    *,
    k: int = 8,
    epochs: int = 15,
    batch_size: int = 200,
    lr: float = 5.0,
    bias_lr: float = 0.1,
    lambda_w: float = 0.00001,
    lambda_V: float = 0.0001,
    sigma: float = 0.05,
    task: Task = "regressor",
    validation: tuple | None = None,
    seed: int = 0,
) -> FitResult:
    """Mini-batch stochastic gradient descent; rows are shuffled anew in every epoch.

    The defaults suit the one-hot rows of ml-latest-small.

    Parameters
    ----------
    X, y : (n, d) CSR or dense rows and (n,) labels
    k : int
        Factors per column.
    lr, bias_lr : float
        Step length of w and V, and of w0. A gradient is a mean over the batch: a one-hot column occurs in few
        of its rows and needs long steps, w0 occurs in all of them and must take short ones.
    lambda_w, lambda_V : float
        L2 regularisation of w and of V. w0 is left free: it only carries the mean.
    sigma : float
        V starts at normal(0, sigma), not at 0, where its gradient is exactly 0.
    task : "regressor" or "binary_classifier"
    validation : (X, y), optional
        Held-out rows. With them the result is the model of the best epoch: early stopping, looking back.
    seed : int
        Same seed, same model.

    Returns
    -------
    FitResult
        ``history`` holds each epoch's ``train_loss`` and, with validation rows, ``validation_loss``, both
        measured after the epoch (see :func:`loss`).

    Raises
    ------
    ValueError
        If rows or labels are not finite numbers of matching shape, or if training diverges.
    """
    X, y = _checked(X, y, task)
    held_out = None if validation is None else _checked(*validation, task, X.shape[1])
    rng = np.random.default_rng(seed)
    w0 = y.mean() if task == "regressor" else 0.0
    w, V = np.zeros(X.shape[1]), rng.normal(0, sigma, (X.shape[1], k))
    history, best, lowest = [], _parameters(w0, w, V, task), np.inf
    for epoch in range(epochs):
        started, order = perf_counter(), rng.permutation(len(y))
        for start in range(0, len(y), batch_size):
            rows = order[start : start + batch_size]
            grad_w0, grad_w, grad_V = gradients(X[rows], y[rows], w0, w, V, task)
            w0 -= bias_lr * grad_w0
            w -= lr * (grad_w + lambda_w * w)
            V -= lr * (grad_V + lambda_V * V)
        metrics = {"train_loss": loss(X, y, w0, w, V, task)}
        if held_out is not None:
            metrics["validation_loss"] = loss(*held_out, w0, w, V, task)
        history.append(Epoch(epoch, metrics, perf_counter() - started, len(y)))
        params = _parameters(w0, w, V, task)  # refuses a model that has diverged
        if held_out is None or metrics["validation_loss"] < lowest:
            best, lowest = params, metrics.get("validation_loss", lowest)
    return FitResult(best, history)


def fit_toy(X, y, *, seed: int = 0, **settings) -> FMParameters:
    """Fit a handful of ratings; see :func:`fit_toy_many`. About 30 ms."""
    return fit_toy_many(X, y, [seed], **settings)[0]


@np.errstate(over="ignore", invalid="ignore")
def fit_toy_many(
    X,
    y,
    seeds: Iterable[int],
    *,
    k: int = 2,
    lambda_w: float = 1.0,
    lambda_V: float = 0.03,
    learn_w0: bool = True,
    sigma: float = 0.1,
    lr: float = 0.05,
    momentum: float = 0.9,
    steps: int = 1000,
) -> list[FMParameters]:
    """Fit Rendle's toy from several seeds at once, by full-batch gradient descent with momentum.

    Minimises  ½ mean (ŷ - y)² + ½ λ_w ‖w‖² + ½ λ_V ‖V‖².  Seven ratings leave a factorization machine so
    much freedom that without regularisation each seed ends in a model of its own. A strong λ_w and a light
    λ_V take that freedom away: taste must then go through V, where likeness can be seen. With the defaults
    every seed ends in the same predictions.

    Parameters
    ----------
    X, y : (n, d) and (n,)
        A few ratings; sparse rows become dense.
    seeds : iterable of int
        One model per seed. The seed decides where V starts, and nothing else.
    k : int
        Factors per column.
    lambda_w, lambda_V : float
        L2 regularisation of w and of V.
    learn_w0 : bool
        w0 starts at the mean rating; False keeps it there.
    sigma : float
        V starts at normal(0, sigma), w at 0.
    lr, momentum, steps
        Step length, share of the last step that is repeated, and number of steps.

    Returns
    -------
    list of FMParameters
        In the order of ``seeds``.
    """
    X, y = _checked(X, y, "regressor")
    X = X.toarray() if issparse(X) else X
    n, d = X.shape
    V = np.stack([np.random.default_rng(seed).normal(0, sigma, (d, k)) for seed in seeds])  # (seeds, d, k)
    w, w0 = np.zeros((len(V), d)), np.full((len(V), 1), y.mean())
    step_w0, step_w, step_V = np.zeros_like(w0), np.zeros_like(w), np.zeros_like(V)
    X_squared, X_columns = X**2, X.T.copy()
    for _ in range(steps):
        sums = X @ V
        pairs = 0.5 * ((sums * sums).sum(axis=2) - (V * V).sum(axis=2) @ X_squared.T)
        error = (w0 + w @ X_columns + pairs - y) / n
        grad_V = X_columns @ (error[:, :, None] * sums) - (error @ X_squared)[:, :, None] * V
        step_V = momentum * step_V - lr * (grad_V + lambda_V * V)
        step_w = momentum * step_w - lr * (error @ X + lambda_w * w)
        V += step_V
        w += step_w
        if learn_w0:
            step_w0 = momentum * step_w0 - lr * error.sum(axis=1, keepdims=True)
            w0 += step_w0
    return [_parameters(w0[i, 0], w[i], V[i], "regressor") for i in range(len(V))]


def _squared(X):
    return X.power(2) if issparse(X) else X**2


def _checked(X, y, task: Task, feature_dim: int | None = None) -> tuple:
    rows, labels = as_examples(X, y, task, feature_dim)
    return rows.astype(np.float64), labels.astype(np.float64)


def _parameters(w0, w, V, task: Task) -> FMParameters:
    return FMParameters(float(w0), w.astype(np.float32), V.astype(np.float32), task)
