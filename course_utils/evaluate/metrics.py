"""Numbers that say how far predictions are from the truth, and how different people's lists are.

Every metric takes the truth first and works in float64.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from scipy import sparse
from scipy.special import xlog1py, xlogy


def rmse(y, prediction) -> float:
    """Root mean squared error of (n,) ratings, in stars; large misses count more than small ones."""
    y, prediction = _pair(y, prediction)
    return float(np.sqrt(np.mean((y - prediction) ** 2)))


def mae(y, prediction) -> float:
    """Mean absolute error of (n,) ratings, in stars."""
    y, prediction = _pair(y, prediction)
    return float(np.mean(np.abs(y - prediction)))


def log_loss(y, probability) -> float:
    """Mean of -log(probability given to what happened), in nats.

    Parameters
    ----------
    y : (n,) labels 0 or 1
    probability : (n,) of label 1
        Kept one float-step away from 0 and 1, so that one certain mistake costs 36 nats (16 in float32)
        and not infinity. With raw scores at hand, :func:`log_loss_from_scores` needs no such limit.
    """
    step = np.finfo(np.result_type(np.asarray(probability), np.float16)).eps
    y, probability = checked_labels(y, probability)
    if ((probability < 0) | (probability > 1)).any():
        raise ValueError("Probabilities must lie in [0, 1]; pass raw scores to log_loss_from_scores instead.")
    p = np.clip(probability, step, 1 - step)
    return float(-np.mean(xlogy(y, p) + xlog1py(1 - y, -p)))


def log_loss_from_scores(y, score) -> float:
    """The log-loss of sigmoid(score), exact for scores of any size: mean of log(1 + exp(score)) - y·score."""
    y, score = checked_labels(y, score)
    return float(np.mean(np.logaddexp(0, score) - y * score))


def accuracy(y, label) -> float:
    """Share of (n,) labels that are right. At 2 % clicks, "never" is 98 % accurate."""
    y, label = _pair(y, label)
    return float(np.mean(y == label))


def f1(y, label) -> float:
    """Harmonic mean of precision and recall of label 1; 0 when label 1 is never both given and right."""
    y, label = checked_labels(y, label)
    if not np.isin(label, (0, 1)).all():
        raise ValueError("f1 compares labels 0 and 1; turn probabilities into labels with (p >= 0.5) first.")
    right = np.sum((y == 1) & (label == 1))
    return float(2 * right / max(np.sum(y) + np.sum(label), 1))


def personalisation(lists: Sequence[Iterable] | dict[object, Iterable]) -> float:
    """Mean Jaccard distance between every two people's lists: 0, all the same; 1, no film in common.

    Parameters
    ----------
    lists : sequence (or dict) of at least two non-empty lists of item ids
        Order and repeats within a list do not count. The Jaccard distance of two sets is
        1 - |both| / |either|.

    Examples
    --------
    >>> personalisation([[1, 2], [1, 3]])  # 1 shared of 3
    0.6666666666666667
    """
    sets = [set(items) for items in (lists.values() if isinstance(lists, dict) else lists)]
    if len(sets) < 2 or not all(sets):
        raise ValueError(
            f"personalisation compares at least two lists that hold something; got {len(sets)} list(s), "
            f"{sum(not s for s in sets)} of them empty."
        )
    number = {item: i for i, item in enumerate(set().union(*sets))}
    columns = np.array([number[item] for s in sets for item in s])
    sizes = np.array([len(s) for s in sets])
    member = sparse.csr_array(
        (np.ones(len(columns)), columns, np.concatenate(([0], np.cumsum(sizes)))),
        shape=(len(sets), len(number)),
    )
    total, block = 0.0, max(1, (1 << 21) // len(sets))  # the full table of pairs need not fit in memory
    for start in range(0, len(sets), block):
        both = (member[start : start + block] @ member.T).toarray()
        total += np.sum(1 - both / (sizes[start : start + block, None] + sizes - both))
    return float(total / (len(sets) * (len(sets) - 1)))


def _pair(y, other) -> tuple[np.ndarray, np.ndarray]:
    y, other = np.asarray(y, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if y.ndim != 1 or y.shape != other.shape:
        raise ValueError(f"Both must be one-dimensional and equally long; got {y.shape} and {other.shape}.")
    if not len(y):
        raise ValueError("There is nothing to compare: both are empty.")
    if not (np.isfinite(y).all() and np.isfinite(other).all()):
        raise ValueError("NaN or infinity among the values: no metric means anything with it.")
    return y, other


def checked_labels(y, other) -> tuple[np.ndarray, np.ndarray]:
    """Labels and something else as two (n,) float64; ValueError unless equally long, finite and 0 or 1."""
    y, other = _pair(y, other)
    if not np.isin(y, (0, 1)).all():
        raise ValueError(f"True labels must be 0 or 1; got {y[~np.isin(y, (0, 1))][0]:g}.")
    return y, other
