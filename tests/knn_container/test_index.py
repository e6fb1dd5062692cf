"""Exact search, against scikit-learn's brute force and against every pair in float64."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from scipy import sparse
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, NearestNeighbors

from course_utils.knn_container import index
from course_utils.knn_container.index import METRICS, Index, unit_length
from course_utils.knn_container.model import Model, most_frequent


def make(points: np.ndarray, metric: str) -> Index:
    return Index(unit_length(points) if metric == "COSINE" else points, metric)


def brute(points: np.ndarray, queries: np.ndarray, metric: str, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest by the distances rounded to float32, first points first; nearest last if similar."""
    a, b = queries[:, None].astype(float), points[None].astype(float)
    if metric == "L2":
        distance = np.sqrt(((a - b) ** 2).sum(axis=2)).astype(np.float32)
        order = np.argsort(distance, axis=1, kind="stable")[:, :k]
    else:
        distance = (a * b).sum(axis=2).astype(np.float32)
        order = np.argsort(-distance, axis=1, kind="stable")[:, :k][:, ::-1]
    return np.take_along_axis(distance, order, axis=1), order


@pytest.mark.parametrize(("metric", "name"), [("L2", "euclidean"), ("COSINE", "cosine")])
@pytest.mark.parametrize("k", [1, 7, 300])
def test_scikit_learn_finds_the_same(metric, name, k):
    rng = np.random.default_rng(0)
    points, queries = (rng.normal(size=(n, 12)).astype(np.float32) for n in (300, 40))
    distances, places = make(points, metric).search(queries, k)
    oracle = NearestNeighbors(n_neighbors=k, metric=name, algorithm="brute").fit(points.astype(float))
    expected, neighbours = oracle.kneighbors(queries.astype(float))
    if metric == "COSINE":
        expected, neighbours = 1 - expected[:, ::-1], neighbours[:, ::-1]
    np.testing.assert_allclose(distances, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(places, neighbours)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("pairs", [1, 1000, 1 << 22])
def test_equal_points_keep_their_order_whatever_the_blocks(metric, pairs):
    rng = np.random.default_rng(1)
    distinct = rng.integers(-2, 3, (30, 6)).astype(np.float32)
    distinct[~distinct.any(axis=1)] = 1
    points = distinct[rng.integers(0, 30, 400)] * np.float32(0.1)
    queries = np.concatenate([points[:9], rng.normal(size=(20, 6)).astype(np.float32)])
    built = make(points, metric)
    with patch.object(index, "_BLOCK_PAIRS", pairs):
        distances, places = built.search(queries, 25)
    sought = unit_length(queries) if metric == "COSINE" else queries
    expected = brute(built.points, sought, metric, 25)
    np.testing.assert_array_equal(distances, expected[0])
    np.testing.assert_array_equal(places, expected[1])
    one_by_one = [built.search(queries[i : i + 1], 25) for i in range(len(queries))]
    np.testing.assert_array_equal(distances, np.concatenate([each[0] for each in one_by_one]))
    np.testing.assert_array_equal(places, np.concatenate([each[1] for each in one_by_one]))


@pytest.mark.parametrize("metric", METRICS)
def test_distances_that_differ_by_less_than_a_float32(metric):
    """A cloud far away from the origin, where products of float32 numbers would see no difference."""
    rng = np.random.default_rng(2)
    points = (1000 + rng.normal(0, 1e-3, (200, 3))).astype(np.float32)
    built = make(points, metric)
    queries = points[:50]
    sought = unit_length(queries) if metric == "COSINE" else queries
    for mine, theirs in zip(built.search(queries, 9), brute(built.points, sought, metric, 9), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_point_is_at_no_distance_from_itself(points):
    distances, places = make(points.X, "L2").search(points.X, 1)
    assert not distances.any()
    np.testing.assert_array_equal(points.X[places[:, 0]], points.X)


def test_rows_of_zeros_are_like_nothing():
    points = np.float32([[0, 0], [3, 4]])
    assert unit_length(points).tolist() == [[0, 0], np.float32([0.6, 0.8]).tolist()]
    distances, _ = make(points, "COSINE").search(np.float32([[0, 0], [6, 8]]), 2)
    np.testing.assert_allclose(distances, [[0, 0], [0, 1]], atol=1e-7)


@pytest.mark.parametrize("k", [1, 4, 5])
def test_predictions_are_those_of_scikit_learn(points, k):
    """Both take the smallest of several commonest labels."""
    rng = np.random.default_rng(5)
    queries = rng.normal(2, 2, (80, 4)).astype(np.float32)
    for kind, oracle in (("classifier", KNeighborsClassifier), ("regressor", KNeighborsRegressor)):
        model = Model(Index(points.X, "L2"), points.y, k, kind)
        expected = oracle(k, algorithm="brute").fit(points.X, points.y).predict(queries)
        found = model.predict(sparse.csr_array(queries)).predicted_label
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_the_commonest_label():
    rows = np.float32([[3, 1, 3, 1], [9, 2, 2, 9], [5, 5, 5, 1], [1, 2, 3, 4], [-1, 0.5, 0.5, -1]])
    assert most_frequent(rows).tolist() == [1, 2, 5, 1, -1]
    assert most_frequent(np.float32([[4], [2]])).tolist() == [4, 2]
