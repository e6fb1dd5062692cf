"""Hyperparameters: what is taken, what is refused, and in which words."""

from __future__ import annotations

import pytest

from course_utils.fm_container.failure import CustomerError
from course_utils.knn_container import config
from course_utils.knn_container.config import DEFAULTS, Settings, merge, settings

GIVEN = {"feature_dim": "65", "k": "100", "predictor_type": "classifier", "sample_size": "200000"}


def test_what_the_blog_post_sets():
    assert settings(merge({**GIVEN, "index_metric": "INNER_PRODUCT"})) == Settings(
        65, 100, "classifier", 200000, 5000, "INNER_PRODUCT"
    )


def test_documented_defaults():
    assert settings(merge(GIVEN))[4:] == (5000, "L2")
    assert (DEFAULTS["index_type"], DEFAULTS["faiss_index_ivf_nlists"]) == ("faiss.Flat", "auto")


def test_the_names_are_those_of_the_sdk():
    """SDK v2 has a class for k-NN; its fields and the two that it sets itself are all there is."""
    own = ["k", "sample_size", "predictor_type", "dimension_reduction_target", "dimension_reduction_type"]
    own += ["index_metric", "index_type", "faiss_index_ivf_nlists", "faiss_index_pq_m"]
    assert set(config.SCHEMA.properties) == {
        *own,
        "feature_dim",
        "mini_batch_size",
        "_tuning_objective_metric",
    }


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"neighbours": "3"}, "Additional properties are not allowed ('neighbours' was unexpected)"),
        ({"index_metrics": "L2"}, "[Hint: did you mean 'index_metric'?]"),
        ({"num_factors": "3"}, "('num_factors' was unexpected)"),
        ({"k": "0"}, "'0' is not valid under any of the given schemas"),
        ({"k": "1025"}, "'k' is 1025; at most 1024"),
        ({"k": None}, "No value(s) were specified for 'k' which are required hyperparameter(s)"),
        ({"sample_size": None}, "No value(s) were specified for 'sample_size'"),
        ({"predictor_type": "binary"}, "'binary' is not one of ['classifier', 'regressor']"),
        ({"index_metric": "l2"}, "'l2' is not one of ['L2', 'INNER_PRODUCT', 'COSINE']"),
        ({"index_type": "faiss.HNSW"}, "'faiss.HNSW' is not one of"),
        ({"index_type": "faiss.IVFFlat"}, "searches exactly, among all points: leave it at 'faiss.Flat'"),
        ({"index_type": "faiss.IVFPQ", "faiss_index_pq_m": "4"}, "leave it at 'faiss.Flat'"),
        ({"faiss_index_pq_m": "4"}, "belong to the approximate indexes"),
        ({"faiss_index_pq_m": "5"}, "'5' is not one of ['1', '2', '3', '4', '8'"),
        ({"faiss_index_ivf_nlists": "12"}, "belong to the approximate indexes"),
        ({"faiss_index_ivf_nlists": "many"}, "takes 'auto' or a whole number from 1 upwards.]"),
        ({"dimension_reduction_type": "sign"}, "does not reduce dimensions"),
        ({"dimension_reduction_target": "8"}, "does not reduce dimensions"),
        ({"dimension_reduction_type": "pca"}, "'pca' is not one of ['none', 'sign', 'fjlt']"),
    ],
)  # fmt: skip
def test_refusals_teach(change, text):
    given = {name: value for name, value in {**GIVEN, **change}.items() if value is not None}
    with pytest.raises(CustomerError) as error:
        settings(merge(given))
    assert text in error.value.failure_text()
