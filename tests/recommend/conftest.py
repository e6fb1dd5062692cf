"""Models for the recommender to work with."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.datasets import Dataset, sample
from course_utils.encode import FeatureMap
from course_utils.fm.model import FMParameters


@pytest.fixture(scope="session")
def data() -> Dataset:
    return sample.load()


@pytest.fixture(scope="session")
def feature_map(data) -> FeatureMap:
    return FeatureMap.fit(data.ratings)


@pytest.fixture(scope="session")
def params(feature_map) -> FMParameters:
    rng = np.random.default_rng(7)
    d = feature_map.feature_dim
    return FMParameters(
        3.0, rng.normal(0, 0.3, d).astype(np.float32), rng.normal(0, 0.5, (d, 3)).astype(np.float32)
    )


@pytest.fixture(scope="session")
def truth() -> sample.Truth:
    """The factorization machine behind the sample: users, films, genres and time."""
    return sample.truth()


@pytest.fixture(scope="session")
def true_params(truth) -> FMParameters:
    return FMParameters(truth.w0, truth.w, truth.V)
