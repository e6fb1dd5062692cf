"""What lesson 09 says about shuffling and full batches, on both kinds of data, over ten seeds."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.datasets import movielens, sample
from course_utils.encode import FeatureMap
from course_utils.evaluate.baselines import Biases
from course_utils.evaluate.metrics import rmse
from course_utils.evaluate.split import split_by_hash
from course_utils.fm import adam

SETTINGS = adam.AdamConfig(  # the lesson's hyperparameters
    num_factors=16,
    epochs=30,
    mini_batch_size=1000,
    linear_lr=0.003,
    factors_lr=0.0005,
    linear_wd=0.0001,
    factors_wd=0.0001,
    factors_init_sigma=0.01,
)


@pytest.fixture(scope="module", params=["sample", "ml-latest-small"])
def case(request: pytest.FixtureRequest):
    """Rows in file order, rows kept back, and the RMSE of plain biases."""
    if request.param == "sample":
        ratings = sample.load().ratings
    else:
        request.getfixturevalue("movielens_dir")
        ratings = movielens.load(request.param, allow_sample=False).ratings
    learn, judge = split_by_hash(ratings, test_share=0.1)
    feature_map = FeatureMap.fit(learn)
    train, test = (
        (feature_map.transform(table), table["rating"].to_numpy(np.float32)) for table in (learn, judge)
    )
    return train, test, rmse(test[1], Biases().fit(learn).predict(judge))


@pytest.mark.parametrize("seed", range(10))
def test_shuffled_and_in_full_batches_it_beats_the_biases_and_in_file_order_it_does_not(case, seed) -> None:
    (X, y), (X_test, y_test), biases = case
    order = np.random.default_rng(seed).permutation(len(y))
    order = order[: len(order) // SETTINGS.mini_batch_size * SETTINGS.mini_batch_size]
    shuffled = adam.fit(X[order], y[order], SETTINGS, seed=seed).params
    in_file_order = adam.fit(X, y, SETTINGS, seed=seed).params
    assert rmse(y_test, shuffled.predict(X_test)) < biases - 0.01
    assert rmse(y_test, in_file_order.predict(X_test)) > biases
