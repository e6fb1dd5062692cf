"""The job's settings: defaults and ranges of the developer guide (k-NN Hyperparameters).

Where the guide is silent, the file follows the example that AWS's algorithm toolkit is tested with
(sagemaker-xgboost-container, ``test_hyperparameter_validation.py``), which spells out k-NN's parameters: at
most 1024 neighbours, and ``none`` as the default of ``dimension_reduction_type``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from course_utils.fm_container.failure import CustomerError
from course_utils.fm_container.schema import POSITIVE_INTEGER, TEXT, Schema, one_of
from course_utils.knn_container import messages
from course_utils.knn_container.index import METRICS, Metric
from course_utils.knn_container.model import PREDICTOR_TYPES, PredictorType

DEFAULTS_FILE = Path(__file__).with_name("default-conf.json")
DEFAULTS: dict[str, Any] = json.loads(DEFAULTS_FILE.read_bytes())

MOST_NEIGHBOURS = 1024
_PIECES = (1, 2, 3, 4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 96)
SCHEMA = Schema(
    {
        "feature_dim": POSITIVE_INTEGER,
        "k": POSITIVE_INTEGER,
        "predictor_type": one_of(*PREDICTOR_TYPES),
        "sample_size": POSITIVE_INTEGER,
        "mini_batch_size": POSITIVE_INTEGER,
        "dimension_reduction_type": one_of("none", "sign", "fjlt"),
        "dimension_reduction_target": POSITIVE_INTEGER,
        "index_type": one_of("faiss.Flat", "faiss.IVFFlat", "faiss.IVFPQ"),
        "index_metric": one_of(*METRICS),
        "faiss_index_ivf_nlists": {
            "description": "'auto' or a whole number from 1 upwards",
            "oneOf": [{"enum": ["auto"]}, *POSITIVE_INTEGER["oneOf"]],
        },
        "faiss_index_pq_m": one_of(*map(str, _PIECES)),
        "_tuning_objective_metric": TEXT,
    },
    required=["feature_dim", "k", "predictor_type", "sample_size"],
)


class Settings(NamedTuple):
    """What a job needs to know."""

    feature_dim: int
    k: int
    predictor_type: PredictorType
    sample_size: int
    mini_batch_size: int
    index_metric: Metric


def merge(provided: dict[str, Any]) -> dict[str, Any]:
    """The final configuration: defaults overwritten in place, then whatever else was given, in its order."""
    return DEFAULTS | provided


def settings(final: dict[str, Any]) -> Settings:
    """Check a merged configuration and read it.

    Raises
    ------
    CustomerError
        For an unknown name, a missing one or a value out of range, one at a time; and for what the real
        algorithm does and this one does not: approximate indexes and dimension reduction.
    """
    SCHEMA.validate(final)
    if int(final["k"]) > MOST_NEIGHBOURS:
        raise CustomerError(messages.TOO_MANY_NEIGHBOURS.format(k=final["k"], most=MOST_NEIGHBOURS))
    if final["index_type"] != "faiss.Flat":
        raise CustomerError(messages.APPROXIMATE_INDEX.format(index_type=final["index_type"]))
    if "faiss_index_pq_m" in final or final["faiss_index_ivf_nlists"] != "auto":
        raise CustomerError(messages.INDEX_SETTING)
    if final["dimension_reduction_type"] != "none" or "dimension_reduction_target" in final:
        raise CustomerError(messages.DIMENSION_REDUCTION)
    return Settings(
        *(int(final[name]) for name in ("feature_dim", "k")),
        final["predictor_type"],
        *(int(final[name]) for name in ("sample_size", "mini_batch_size")),
        final["index_metric"],
    )
