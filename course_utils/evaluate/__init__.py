"""How good is it? Metrics, baselines to beat, and fair splits."""

from course_utils.evaluate.baselines import Biases, GlobalMean
from course_utils.evaluate.calibration import calibration_error, reliability
from course_utils.evaluate.metrics import (
    accuracy,
    f1,
    log_loss,
    log_loss_from_scores,
    mae,
    personalisation,
    rmse,
)
from course_utils.evaluate.neighbours import ItemKNN
from course_utils.evaluate.popularity import Popularity
from course_utils.evaluate.ranking import (
    auc,
    coverage,
    hit_rate_at_k,
    ndcg_at_k,
    novelty,
    precision_at_k,
    recall_at_k,
)
from course_utils.evaluate.slices import by_slice, cold_warm
from course_utils.evaluate.split import split_by_hash, split_by_time

__all__ = [
    "Biases",
    "GlobalMean",
    "ItemKNN",
    "Popularity",
    "accuracy",
    "auc",
    "by_slice",
    "calibration_error",
    "cold_warm",
    "coverage",
    "f1",
    "hit_rate_at_k",
    "log_loss",
    "log_loss_from_scores",
    "mae",
    "ndcg_at_k",
    "novelty",
    "personalisation",
    "precision_at_k",
    "recall_at_k",
    "reliability",
    "rmse",
    "split_by_hash",
    "split_by_time",
]
