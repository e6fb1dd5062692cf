"""What a training job measured, in CloudWatch, as ``TrainingJobAnalytics`` of the SDKs asks for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

pytestmark = pytest.mark.wire
NAMESPACE = "/aws/sagemaker/TrainingJobs"


def statistics(client, job, metric="score"):
    """The question that the SDKs ask about one metric of a job."""
    [reply] = [
        client("cloudwatch").get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName=metric,
            Dimensions=[{"Name": "TrainingJobName", "Value": job["TrainingJobName"]}],
            StartTime=job["TrainingStartTime"] - timedelta(seconds=1),
            EndTime=job.get("TrainingEndTime", job["TrainingStartTime"]) + timedelta(minutes=1),
            Period=60,
            Statistics=["Average", "SampleCount", "Minimum", "Maximum"],
        )
    ]
    return sorted(reply["Datapoints"], key=lambda point: point["Timestamp"])


@pytest.fixture
def start(client, job_request):
    """``start(lines="3")``: a job of the fake algorithm that measures 0.0, 0.1, 0.2."""

    def create(**settings):
        metric = {"Name": "score", "Regex": r"score=(\S+)"}
        job_request["AlgorithmSpecification"]["MetricDefinitions"] = [metric]
        client("sagemaker").create_training_job(**job_request, HyperParameters=settings)
        return job_request["TrainingJobName"]

    return create


def test_every_value_of_an_ended_job_is_in_cloudwatch_once(client, start, wait_for):
    job = wait_for(start(lines="5"), "Completed")
    for _ in range(2):  # asking twice tells nothing twice
        points = statistics(client, job)
        assert sum(point["SampleCount"] for point in points) == 5
        assert min(point["Minimum"] for point in points) == pytest.approx(0)
        assert max(point["Maximum"] for point in points) == pytest.approx(0.4)


def test_a_running_job_is_seen_too_and_counted_once_when_it_has_ended(client, start, wait_for, log_lines):
    name = start(lines="3", sleep="600")
    job = wait_for(name, "Training")
    while not any("ready" in line for line in log_lines(NAMESPACE, f"{name}/")):
        pass
    assert sum(point["SampleCount"] for point in statistics(client, job)) == 3
    client("sagemaker").stop_training_job(TrainingJobName=name)
    job = wait_for(name, "Stopped")
    assert sum(point["SampleCount"] for point in statistics(client, job)) == 3


def test_other_jobs_and_metrics_are_not_mixed_in(client, start, wait_for):
    job = wait_for(start(lines="2"), "Completed")
    assert statistics(client, job, "loss") == []
    assert statistics(client, {**job, "TrainingJobName": "another"}) == []
    metrics = client("cloudwatch").list_metrics(
        Namespace=NAMESPACE, Dimensions=[{"Name": "TrainingJobName", "Value": job["TrainingJobName"]}]
    )["Metrics"]
    assert {metric["MetricName"] for metric in metrics} == {"score"}
