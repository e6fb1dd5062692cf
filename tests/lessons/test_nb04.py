"""Lesson 04 says that the judging error first falls and then rises. Luck of one seed? Ask ten."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.datasets import sample
from course_utils.encode import FeatureMap
from course_utils.evaluate.split import split_by_hash
from course_utils.fm import lesson


@pytest.fixture(scope="module")
def rows():
    """The lesson's own rows, thinned to a third so that ten fits stay quick."""
    learn, judge = split_by_hash(sample.load().ratings, test_share=0.2)
    learn = learn.iloc[::3]
    feature_map = FeatureMap.fit(learn)
    return [(feature_map.transform(table), table["rating"].to_numpy()) for table in (learn, judge)]


@pytest.mark.parametrize("seed", range(10))
def test_without_regularisation_judging_error_falls_and_then_rises(rows, seed: int) -> None:
    (X, y), validation = rows
    fitted = lesson.sgd(
        X, y, validation=validation, k=8, epochs=25, lr=5.0, lambda_w=0, lambda_V=0, seed=seed
    )
    judging = [epoch.metrics["validation_loss"] for epoch in fitted.history]
    learning = [epoch.metrics["train_loss"] for epoch in fitted.history]
    best = int(np.argmin(judging))
    assert 0 < best < len(judging) - 1
    assert judging[-1] > judging[best] + 0.005
    assert learning[-1] < learning[best]
