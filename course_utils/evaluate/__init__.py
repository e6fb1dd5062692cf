"""How good is it? Metrics, baselines to beat, and fair splits."""

from course_utils.evaluate.baselines import Biases, GlobalMean
from course_utils.evaluate.metrics import (
    accuracy,
    f1,
    log_loss,
    log_loss_from_scores,
    mae,
    personalisation,
    rmse,
)
from course_utils.evaluate.split import split_by_hash, split_by_time

__all__ = [
    "Biases",
    "GlobalMean",
    "accuracy",
    "f1",
    "log_loss",
    "log_loss_from_scores",
    "mae",
    "personalisation",
    "rmse",
    "split_by_hash",
    "split_by_time",
]
