"""The SageMaker SDK v3, with this project's own Python."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.wire


def test_trainer_builder_transformer_and_tuner(run_script, told, encoded, scores_of, client):
    output = run_script("v3_trainer.py", Path(sys.executable).parent)
    assert told(output, "role") == "arn:aws:iam::123456789012:role/SageMakerRole"
    bucket = "sagemaker-us-east-1-123456789012"
    assert told(output, "bucket") == f"{bucket} account: 123456789012 region: us-east-1"
    assert "#quality_metric: host=algo-1, test rmse <loss>=" in output
    assert told(output, "job") == "Completed Completed"
    assert told(output, "endpoint") == "InService"
    X, _ = encoded
    expected = scores_of(told(output, "artefact"), X[1000:1005])
    scores = [each["score"] for each in json.loads(told(output, "answer"))["predictions"]]
    assert scores == pytest.approx(expected, abs=1e-5)
    assert json.loads(told(output, "transformed")) == pytest.approx(expected, abs=1e-5)
    assert told(output, "same") == "True"
    assert told(output, "transforms") == "Completed Completed"
    best, status = told(output, "best").split()
    assert status == told(output, "searches") == "Completed"
    job = client("sagemaker").describe_training_job(TrainingJobName=best)
    metrics = {each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]}
    assert metrics["test:rmse"] == pytest.approx(float(told(output, "objective")), rel=1e-6)
