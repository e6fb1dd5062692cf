"""Tuning jobs."""

from __future__ import annotations

import copy

import pytest

from course_utils import aws
from course_utils.local_aws.account import default_bucket

pytestmark = pytest.mark.wire
BUCKET = default_bucket("us-east-1")
FM = "382416733822.dkr.ecr.us-east-1.amazonaws.com/factorization-machines:1"
RATE = {"ContinuousParameterRanges": [{"Name": "rate", "MinValue": "0.1", "MaxValue": "1"}]}


@pytest.fixture
def tuning(job_request):
    """``tuning(name, ranges, …)``: a request for a tuning job of two training jobs of the fake algorithm."""

    def make(name, ranges=RATE, image=None, metric="score", **static):
        definition = copy.deepcopy(job_request)
        del definition["TrainingJobName"]
        specification = definition["AlgorithmSpecification"]
        if image:
            specification["TrainingImage"] = image
        else:
            specification["MetricDefinitions"] = [{"Name": "score", "Regex": r"score=(\S+)"}]
        return {
            "HyperParameterTuningJobName": name,
            "HyperParameterTuningJobConfig": {
                "Strategy": "Random",
                "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": metric},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2},
                "ParameterRanges": ranges,
            },
            "TrainingJobDefinition": {**definition, "StaticHyperParameters": static},
        }

    return make


@pytest.mark.parametrize(
    ("static", "fault", "made"),
    [
        ({"exit": "2", "fail": "Customer Error: no"}, "All training jobs fail", "each ends with exit code 2"),
        ({"lines": "0"}, "No job measures the objective", "no log line holds the metric"),
    ],
)
def test_a_tuning_job_that_fails(client, tuning, in_notebook, report, static, fault, made):
    name = "all-fail" if "exit" in static else "no-metric"
    client("sagemaker").create_hyper_parameter_tuning_job(**tuning(name, **static))
    lines = []
    with pytest.raises(aws.TuningFailed) as failure:
        aws.follow_tuning(name, poll=0.05, show=lines.append)
    assert len(lines) == 2
    _, reason, advice = str(failure.value).split("\n")
    report(reason.strip(), "the tuning job is Failed; its training jobs and their logs are there", advice)


@pytest.mark.parametrize(
    ("ranges", "fault", "made"),
    [
        ({"IntegerParameterRanges": [{"Name": "factor_lr", "MinValue": "1", "MaxValue": "8"}]},
         "A misspelt hyperparameter in a range", "factor_lr"),
        ({"ContinuousParameterRanges": [{"Name": "factors_lr", "MinValue": "1", "MaxValue": "0.1"}]},
         "A range upside down", "MinValue 1, MaxValue 0.1"),
    ],
)  # fmt: skip
def test_ranges_that_cannot_be_tuned(client, tuning, refused, report, ranges, fault, made):
    request = tuning(
        "bad-range", ranges, FM, "test:rmse", feature_dim="10", num_factors="2", predictor_type="regressor"
    )
    request["TrainingJobDefinition"]["InputDataConfig"].append(
        {**request["TrainingJobDefinition"]["InputDataConfig"][0], "ChannelName": "test"}
    )
    text = refused(client("sagemaker").create_hyper_parameter_tuning_job, **request)
    report(text, "there is no tuning job")
