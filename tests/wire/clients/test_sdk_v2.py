"""The SageMaker SDK v2, as notebooks of 2020 to 2026 use it."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.wire
BUCKET = "sagemaker-us-east-1-123456789012"


def told(output: str, word: str) -> str:
    """The one line ``word: …`` of a script's output."""
    [line] = [line for line in output.splitlines() if line.startswith(f"{word}: ")]
    return line.removeprefix(f"{word}: ")


def test_an_estimator_learns_and_answers_in_json(run_script, sdk_v2, encoded, scores_of):
    output = run_script("v2_estimator.py", sdk_v2)
    assert told(output, "role") == "arn:aws:iam::123456789012:role/SageMakerRole"
    assert told(output, "bucket") == f"{BUCKET} account: 123456789012 region: us-east-1"
    statuses = ("Starting - ", "Training - Training image download completed.", "Completed - Training job")
    assert all(status in output for status in statuses)
    assert "#quality_metric: host=algo-1, epoch=4, train rmse <loss>=" in output
    assert "Billable seconds: " in output
    assert {"test:rmse", "train:rmse:epoch", "train:progress"} <= set(told(output, "metrics").split("'"))
    X, _ = encoded
    scores = [each["score"] for each in json.loads(told(output, "answer"))["predictions"]]
    assert scores == pytest.approx(scores_of(told(output, "artefact"), X[1000:1005]), abs=1e-5)
