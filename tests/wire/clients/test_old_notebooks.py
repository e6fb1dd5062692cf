"""Notebooks as people published them years ago, with the SDK of their time."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from course_utils.paths import ROOT

pytestmark = pytest.mark.wire


def test_a_notebook_of_2019_with_the_sdk_v1(run_script, told, sdk_v1, encoded, scores_of):
    output = run_script("v1_notebook_2019.py", sdk_v1)
    X, _ = encoded
    expected = scores_of(told(output, "artefact"), X[1000:])
    answers = (
        json.loads(told(output, "result"))["predictions"] + json.loads(told(output, "one"))["predictions"]
    )
    assert [each["score"] for each in answers] == pytest.approx(expected[:6], abs=1e-5)
    assert [each["predicted_label"] for each in answers] == (expected[:6] >= 0.5).tolist()
    transformed = json.loads(told(output, "transformed"))
    assert [each["score"] for each in transformed] == pytest.approx(expected, abs=1e-5)
    # CloudWatch keeps a metric's average of each minute; all epochs fell into one or two.
    logged = re.findall(r"epoch=\d, train binary_classification_accuracy <score>=(\S+)", output)
    curve = json.loads(told(output, "curve"))
    assert (len(logged), len(curve) in (1, 2)) == (4, True)
    assert all(min(map(float, logged)) - 1e-6 <= value <= max(map(float, logged)) + 1e-6 for value in curve)


def test_the_best_films_for_everybody_by_nearest_neighbours(run_script, told, sdk_v2, encoded, scores_of):
    output = run_script("v2_top_n.py", sdk_v2, ROOT)
    assert told(output, "members") == "['model_algo-1']"
    found = np.array(json.loads(told(output, "found")))
    X, _ = encoded
    films = X.shape[1] - len(found)
    assert found.shape[1] == 10
    # by hand: every pair of a user and a film, scored by the model
    pairs = np.zeros((len(found) * films, X.shape[1]), np.float32)
    users, items = np.divmod(np.arange(len(pairs)), films)
    pairs[np.arange(len(pairs)), users] = pairs[np.arange(len(pairs)), len(found) + items] = 1
    scores = scores_of(told(output, "artefact"), pairs).reshape(len(found), films)
    best = np.sort(scores, axis=1)[:, -10:]
    assert np.sort(np.take_along_axis(scores, found, axis=1), axis=1) == pytest.approx(best, abs=1e-4)
