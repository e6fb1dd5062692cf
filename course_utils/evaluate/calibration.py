"""Does "80 %" come true 8 times in 10? Accuracy and AUC cannot tell."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from course_utils.evaluate.metrics import checked_labels


def reliability(y, probability, bins: int = 10, *, by: Literal["width", "rows"] = "width") -> pd.DataFrame:
    """Promised and observed share of label 1, for rows of similar probability.

    Parameters
    ----------
    y : (n,) labels 0 or 1
    probability : (n,) of label 1
    bins : int
        Number of groups.
    by : "width" or "rows"
        Groups of equal width: intervals of [0, 1]; a border belongs to the interval above it, 1 to the last.
        Groups of equally many rows, the lowest probabilities first: for rare labels, whose probabilities
        would all fall into the first interval.

    Returns
    -------
    DataFrame[low, high, rows, predicted, observed]
        One row per group: its borders (the lowest and the highest probability in it, for "rows"), how many
        rows fell into it, their mean probability, and the share of label 1 among them (NaN, both, where no
        row fell). In a calibrated model the two are alike.
    """
    y, p = checked_labels(y, probability)
    if ((p < 0) | (p > 1)).any():
        raise ValueError("Probabilities must lie in [0, 1]; turn raw scores into them with fm.model.sigmoid.")
    if bins < 1:
        raise ValueError(f"bins must be at least 1, got {bins}.")
    if by == "rows":
        return _equally_many(y, p, bins)
    borders = np.linspace(0, 1, bins + 1)
    interval = np.clip(np.searchsorted(borders, p, side="right") - 1, 0, bins - 1)
    rows = np.bincount(interval, minlength=bins)
    mean = [
        np.divide(np.bincount(interval, values, bins), rows, out=np.full(bins, np.nan), where=rows > 0)
        for values in (p, y)
    ]
    return pd.DataFrame(
        {"low": borders[:-1], "high": borders[1:], "rows": rows, "predicted": mean[0], "observed": mean[1]}
    )


def _equally_many(y: np.ndarray, p: np.ndarray, groups: int) -> pd.DataFrame:
    if groups > len(p):
        raise ValueError(f"{len(p)} rows do not fill {groups} groups; ask for fewer bins.")
    order = np.argsort(p, kind="stable")
    parts = [(p[own], y[own]) for own in np.array_split(order, groups)]
    return pd.DataFrame(
        {
            "low": [own.min() for own, _ in parts],
            "high": [own.max() for own, _ in parts],
            "rows": [len(own) for own, _ in parts],
            "predicted": [own.mean() for own, _ in parts],
            "observed": [labels.mean() for _, labels in parts],
        }
    )


def calibration_error(y, probability, bins: int = 10) -> float:
    """Expected calibration error: |predicted - observed| of :func:`reliability`, weighted by rows.

    0 is best. Naeini et al. 2015, "Obtaining well calibrated probabilities using Bayesian binning", and Guo
    et al. 2017, "On calibration of modern neural networks", equation 3. Promising everybody the base rate
    scores 0 too, so read it beside the log-loss.
    """
    table = reliability(y, probability, bins)
    gap = (table["predicted"] - table["observed"]).abs().fillna(0)
    return float(gap @ table["rows"] / table["rows"].sum())
