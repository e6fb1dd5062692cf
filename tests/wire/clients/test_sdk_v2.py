"""The SageMaker SDK v2, as notebooks of 2020 to 2026 use it."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytestmark = pytest.mark.wire
BUCKET = "sagemaker-us-east-1-123456789012"


def test_an_estimator_learns_and_answers_in_json(run_script, told, sdk_v2, encoded, scores_of):
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


def test_a_record_set_is_learnt_by_two_machines_and_answered_in_recordio(
    run_script, told, sdk_v2, encoded, scores_of
):
    output = run_script("v2_record_set.py", sdk_v2)
    channels = json.loads(told(output, "channels"))
    assert {each["S3DataType"] for each in channels} == {"ManifestFile"}
    assert {each["S3DataDistributionType"] for each in channels} == {"ShardedByS3Key"}
    X, _ = encoded
    expected = scores_of(told(output, "artefact"), X[1000:1050])
    scores = json.loads(told(output, "scores"))
    assert scores == pytest.approx(expected[:5], abs=1e-5)
    assert json.loads(told(output, "labels")) == (np.array(scores) >= 0.5).tolist()
    assert json.loads(told(output, "transformed")) == pytest.approx(expected, abs=1e-5)


def test_a_tuning_job_finds_the_best_of_three(run_script, told, sdk_v2, encoded, scores_of, client):
    output = run_script("v2_tuner.py", sdk_v2)
    table = json.loads(told(output, "table"))
    names, objectives, rates, sizes = zip(*table["data"], strict=True)
    assert len(names) == 3
    assert names[0] == told(output, "best")
    assert list(objectives) == sorted(objectives)
    assert all(0.01 <= rate <= 1 for rate in rates)
    assert all(100 <= size <= 500 for size in sizes)
    job = client("sagemaker").describe_training_job(TrainingJobName=names[0])
    assert told(output, "attached") == f"{names[0]} {job['ModelArtifacts']['S3ModelArtifacts']}"
    metrics = {each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]}
    assert metrics["test:rmse"] == pytest.approx(objectives[0], rel=1e-6)
    expected = scores_of(job["ModelArtifacts"]["S3ModelArtifacts"], encoded[0][:2])
    scores = [each["score"] for each in json.loads(told(output, "answer"))["predictions"]]
    assert scores == pytest.approx(expected, abs=1e-5)
