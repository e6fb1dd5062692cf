"""The figures that SageMaker's log prints, under the names that it prints them with."""

from __future__ import annotations

import numpy as np

from course_utils.evaluate.metrics import accuracy, f1, log_loss_from_scores, mae, rmse
from course_utils.fm.model import FMParameters, Task
from course_utils.fm.rows import as_examples


def log_metrics(score, y, task: Task) -> dict[str, float]:
    """Metrics of raw scores, in the order of SageMaker's log.

    Parameters
    ----------
    score : (n,) array
        Raw ŷ, before any sigmoid.
    y : (n,) array
        True ratings, or classes 0 and 1.
    task : "regressor" or "binary_classifier"

    Returns
    -------
    dict
        Regressor: ``rmse, mse, absolute_loss`` in stars. Classifier: ``binary_classification_accuracy``,
        ``binary_classification_cross_entropy`` (nats) and ``binary_f_1.000``; label 1 is predicted where the
        probability is at least ½. F1 is 0 without a true positive, as in real logs.
    """
    if task == "regressor":
        root = rmse(y, score)
        return {"rmse": root, "mse": root**2, "absolute_loss": mae(y, score)}
    label = np.asarray(score) >= 0
    return {
        "binary_classification_accuracy": accuracy(y, label),
        "binary_classification_cross_entropy": log_loss_from_scores(y, score),
        "binary_f_1.000": f1(y, label),
    }


def evaluate(params: FMParameters, X, y) -> dict[str, float]:
    """The metrics of a model on rows that it is asked to predict: ``test_score`` in SageMaker's log.

    Parameters
    ----------
    params : FMParameters
    X : (n, d) CSR or dense
    y : (n,) labels

    Returns
    -------
    dict
        See :func:`log_metrics`.
    """
    rows, labels = as_examples(X, y, params.task, params.feature_dim)
    return log_metrics(params.score(rows), labels, params.task)
