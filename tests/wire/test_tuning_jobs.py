"""Tuning jobs over the wire with boto3: the fake algorithm, and at the end real factorization machines."""

from __future__ import annotations

import copy
import http.client
import io
import json
import re
import time
from urllib.parse import urlsplit

import botocore.session
import numpy as np
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from scipy.sparse import csr_array

from course_utils import recordio
from course_utils.local_aws import server as servers
from course_utils.local_aws.account import default_bucket

pytestmark = pytest.mark.wire
BUCKET = default_bucket("us-east-1")
GROUP = "/aws/sagemaker/TrainingJobs"
MODEL = botocore.session.get_session().get_service_model("sagemaker")
FM = "382416733822.dkr.ecr.us-east-1.amazonaws.com/factorization-machines:1"
ENDED = ("Completed", "Failed", "Stopped")
LINES = {"IntegerParameterRanges": [{"Name": "lines", "MinValue": "1", "MaxValue": "40"}]}


def grid(**values):
    """Ranges of the Grid strategy."""
    return {"CategoricalParameterRanges": [{"Name": name, "Values": each} for name, each in values.items()]}


@pytest.fixture
def tuning_request(job_request, name):
    """``tuning_request(ranges, …)``: a complete request for the fake algorithm."""
    definition = {key: value for key, value in job_request.items() if key != "TrainingJobName"}
    metric = {"Name": "score", "Regex": r"(?:score|loss)=(\S+)"}
    definition["AlgorithmSpecification"] = {
        **definition["AlgorithmSpecification"],
        "MetricDefinitions": [metric],
    }

    def make(ranges, strategy="Random", goal="Maximize", jobs=3, parallel=2, static=None, **config):
        limits = {"MaxParallelTrainingJobs": parallel, **({"MaxNumberOfTrainingJobs": jobs} if jobs else {})}
        return {
            "HyperParameterTuningJobName": f"t{name[-28:].strip('-')}",
            "HyperParameterTuningJobConfig": {
                "Strategy": strategy,
                "HyperParameterTuningJobObjective": {"Type": goal, "MetricName": "score"},
                "ResourceLimits": limits,
                "ParameterRanges": ranges,
                **config,
            },
            "TrainingJobDefinition": {**copy.deepcopy(definition), "StaticHyperParameters": static or {}},
        }

    return make


@pytest.fixture
def tune(client):
    """``tune(request)``: create the tuning job and wait for its end; returns its description."""

    def run(request):
        client("sagemaker").create_hyper_parameter_tuning_job(**request)
        return wait_for_end(client("sagemaker"), request["HyperParameterTuningJobName"])

    return run


def wait_for_end(sagemaker, name):
    while True:
        job = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        if job["HyperParameterTuningJobStatus"] in ENDED:
            return job
        time.sleep(0.02)


def training_jobs(sagemaker, name, **options):
    """All summaries of the training jobs of one tuning job, page by page."""
    pages = sagemaker.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
        HyperParameterTuningJobName=name, **options
    )
    return [each for page in pages for each in page["TrainingJobSummaries"]]


def counts(job):
    """Both kinds of counters without the zeros."""
    return tuple(
        {kind: count for kind, count in job[member].items() if count}
        for member in ("TrainingJobStatusCounters", "ObjectiveStatusCounters")
    )


def test_a_tuning_job_runs_its_training_jobs_and_names_the_best(client, tuning_request, tune):
    sagemaker = client("sagemaker")
    request = tuning_request(LINES, jobs=3, parallel=2, static={"sleep": "0.1"}, RandomSeed=7)
    request["Tags"] = [{"Key": "team", "Value": "fm"}]
    name = request["HyperParameterTuningJobName"]
    job = tune(request)

    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert counts(job) == ({"Completed": 3}, {"Succeeded": 3})
    assert job["CreationTime"] < job["HyperParameterTuningEndTime"]
    assert 0 <= job["ConsumedResources"]["RuntimeInSeconds"] <= 60
    definition = job["TrainingJobDefinition"]
    assert definition["StaticHyperParameters"] == {"sleep": "0.1", "_tuning_objective_metric": "score"}

    summaries = training_jobs(sagemaker, name)
    pattern = re.compile(rf"{name}-(00[123])-[0-9a-f]{{8}}")
    assert [pattern.fullmatch(each["TrainingJobName"])[1] for each in summaries] == ["001", "002", "003"]
    values = {}
    for each in summaries:
        lines = int(each["TunedHyperParameters"]["lines"])
        assert 1 <= lines <= 40
        objective = each["FinalHyperParameterTuningJobObjectiveMetric"]
        assert objective == {"MetricName": "score", "Value": float(np.float32((lines - 1) / 10))}
        assert (each["TrainingJobStatus"], each["ObjectiveStatus"]) == ("Completed", "Succeeded")
        values[each["TrainingJobName"]] = objective["Value"]
        training = sagemaker.describe_training_job(TrainingJobName=each["TrainingJobName"])
        assert training["TuningJobArn"] == job["HyperParameterTuningJobArn"]
        assert training["HyperParameters"] == {**definition["StaticHyperParameters"], "lines": str(lines)}
        assert sagemaker.list_tags(ResourceArn=each["TrainingJobArn"])["Tags"] == request["Tags"]
    assert len(set(values.values())) == 3
    assert job["BestTrainingJob"]["TrainingJobName"] == max(values, key=values.get)

    by_value = training_jobs(
        sagemaker, name, SortBy="FinalObjectiveMetricValue", PaginationConfig={"PageSize": 2}
    )
    assert [each["TrainingJobName"] for each in by_value] == sorted(values, key=values.get)
    with pytest.raises(ClientError, match="is already in status Completed"):
        sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    with pytest.raises(ClientError, match="must be unique within") as error:
        sagemaker.create_hyper_parameter_tuning_job(**request)
    assert error.value.response["Error"]["Code"] == "ResourceInUse"


def test_never_more_jobs_at_a_time_than_allowed(client, tuning_request, tune):
    request = tuning_request(LINES, jobs=5, parallel=2, static={"sleep": "0.1"})
    tune(request)
    changes = []
    for each in training_jobs(client("sagemaker"), request["HyperParameterTuningJobName"]):
        changes += [(each["CreationTime"], 1), (each["TrainingEndTime"], -1)]
    running, most = 0, 0
    for _, change in sorted(changes):
        running += change
        most = max(most, running)
    assert most == 2


def test_a_grid_is_tried_whole_and_failures_are_counted(client, tuning_request, tune):
    request = tuning_request(
        grid(exit=["0", "1"], lines=["2", "4"]), "Grid", jobs=None, static={"fail": "Customer Error: no"}
    )
    job = tune(request)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert counts(job) == ({"Completed": 2, "NonRetryableError": 2}, {"Succeeded": 2, "Failed": 2})
    summaries = training_jobs(client("sagemaker"), request["HyperParameterTuningJobName"])
    tried = [tuple(each["TunedHyperParameters"][name] for name in ("exit", "lines")) for each in summaries]
    assert tried == [("0", "2"), ("0", "4"), ("1", "2"), ("1", "4")]
    assert summaries[-1]["FailureReason"] == "ClientError: no, exit code: 1"
    assert "FinalHyperParameterTuningJobObjectiveMetric" not in summaries[-1]
    assert job["BestTrainingJob"]["TunedHyperParameters"]["lines"] == "4"
    failed = training_jobs(
        client("sagemaker"),
        request["HyperParameterTuningJobName"],
        StatusEquals="Failed",
        SortOrder="Descending",
    )
    assert [each["TrainingJobName"] for each in failed] == [
        summaries[3]["TrainingJobName"],
        summaries[2]["TrainingJobName"],
    ]
    listed = training_jobs(
        client("sagemaker"), request["HyperParameterTuningJobName"], SortBy="FinalObjectiveMetricValue"
    )
    assert [each["TunedHyperParameters"]["lines"] for each in listed] == ["2", "4"]


@pytest.mark.parametrize(
    ("static", "jobs", "reason"),
    [
        (
            {"exit": "2"},
            9,
            "No training job succeeded after 5 attempts. Please take a look at the training job",
        ),
        ({"exit": "2"}, 2, "No training job succeeded after 2 attempts."),
        ({}, 2, "No objective metrics found after running 2 training jobs. Please ensure that the custom"),
    ],
)
def test_without_one_success_the_tuning_job_fails(tuning_request, tune, static, jobs, reason):
    request = tuning_request(LINES, jobs=jobs, parallel=1, static=static)
    [metric] = request["TrainingJobDefinition"]["AlgorithmSpecification"]["MetricDefinitions"]
    metric["Regex"] = "never written: (.*)"
    job = tune(request)
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(reason)
    assert "BestTrainingJob" not in job


def test_stopping_stops_the_training_jobs(client, tuning_request, log_lines):
    sagemaker = client("sagemaker")
    request = tuning_request(LINES, jobs=9, parallel=2, static={"sleep": "600"})
    name = request["HyperParameterTuningJobName"]
    sagemaker.create_hyper_parameter_tuning_job(**request)
    while len(jobs := training_jobs(sagemaker, name)) < 2:
        pass
    for each in jobs:
        while "ready" not in log_lines(GROUP, each["TrainingJobName"]):
            pass
    running = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    assert counts(running) == ({"InProgress": 2}, {"Pending": 2})
    with pytest.raises(ClientError, match=r"not in a terminal state.*it is InProgress"):
        sagemaker.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    status = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    assert status["HyperParameterTuningJobStatus"] in ("Stopping", "Stopped")
    job = wait_for_end(sagemaker, name)
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    assert counts(job) == ({"Stopped": 2}, {"Succeeded": 2})
    assert "BestTrainingJob" not in job  # which is one that completed
    assert "got SIGTERM" in log_lines(GROUP, jobs[0]["TrainingJobName"])


def test_early_stopping_ends_a_job_that_does_worse_than_half_of_the_others(client, tuning_request, tune):
    curves = ["5 4 3", "5 3 2", "6 5 4", "5 9 wait"]
    request = tuning_request(
        grid(curve=curves),
        "Grid",
        "Minimize",
        jobs=4,
        parallel=1,
        static={"lines": "0"},
        TrainingJobEarlyStoppingType="Auto",
    )
    job = tune(request)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert counts(job) == ({"Completed": 3, "Stopped": 1}, {"Succeeded": 4})
    [stopped] = training_jobs(
        client("sagemaker"), request["HyperParameterTuningJobName"], StatusEquals="Stopped"
    )
    assert stopped["TunedHyperParameters"]["curve"] == curves[3]
    assert stopped["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == 9
    assert job["BestTrainingJob"]["TunedHyperParameters"]["curve"] == curves[1]


@pytest.mark.parametrize(
    ("criteria", "launched"),
    [
        ({"TargetObjectiveMetricValue": 0.7}, 2),
        ({"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}, 5),
    ],
)
def test_completion_criteria_end_a_tuning_job_early(tuning_request, tune, criteria, launched):
    ranges = grid(lines=["2", "8", "4", "3", "1", "40"])  # the scores are 0.1, 0.7, 0.3, 0.2, 0 and 3.9
    job = tune(tuning_request(ranges, "Grid", jobs=None, parallel=1, TuningJobCompletionCriteria=criteria))
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert sum(job["TrainingJobStatusCounters"].values()) == launched
    not_improving = job["TuningJobCompletionDetails"]["NumberOfTrainingJobsObjectiveNotImproving"]
    assert not_improving == launched - 2


def test_reaching_the_target_stops_what_still_runs(client, tuning_request, tune):
    ranges = grid(curve=["wait", "9"])
    criteria = {"TargetObjectiveMetricValue": 8.5}
    job = tune(
        tuning_request(ranges, "Grid", jobs=2, static={"lines": "0"}, TuningJobCompletionCriteria=criteria)
    )
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert (
        job["TrainingJobStatusCounters"] | {"Completed": 1, "Stopped": 1} == job["TrainingJobStatusCounters"]
    )


def test_a_warm_start_builds_on_its_parent(client, tuning_request, tune):
    sagemaker = client("sagemaker")
    parent = tune(tuning_request(LINES, "Bayesian", jobs=4, parallel=2, RandomSeed=1))
    request = tuning_request(LINES, "Bayesian", jobs=1, RandomSeed=2)
    request["HyperParameterTuningJobName"] += "x"
    parents = [{"HyperParameterTuningJobName": parent["HyperParameterTuningJobName"]}]
    request["WarmStartConfig"] = {
        "ParentHyperParameterTuningJobs": parents,
        "WarmStartType": "IdenticalDataAndAlgorithm",
    }
    child = tune(request)
    # The score rises with the lines, so a process that has seen four of them goes to the upper end at once.
    assert int(child["BestTrainingJob"]["TunedHyperParameters"]["lines"]) > 35
    overall = child["OverallBestTrainingJob"]
    best = max(
        (parent["BestTrainingJob"], child["BestTrainingJob"]),
        key=lambda each: float(each["TunedHyperParameters"]["lines"]),
    )
    assert overall["TrainingJobName"] == best["TrainingJobName"]
    assert overall["TuningJobName"] == overall["TrainingJobName"][:-13]

    refused = copy.deepcopy(request)
    refused["HyperParameterTuningJobName"] += "y"
    refused["TrainingJobDefinition"]["StaticHyperParameters"] = {"sleep": "0"}
    with pytest.raises(ClientError, match="its hyperparameters, static and tuned, are other ones"):
        sagemaker.create_hyper_parameter_tuning_job(**refused)
    parents[0]["HyperParameterTuningJobName"] = "nobody"
    with pytest.raises(ClientError, match="can't find a tuning job with the name nobody"):
        sagemaker.create_hyper_parameter_tuning_job(**request)


def test_what_is_wrong_with_the_training_jobs_is_refused_at_once(client, tuning_request):
    sagemaker = client("sagemaker")
    request = tuning_request(LINES)
    name = request["HyperParameterTuningJobName"]
    [channel] = request["TrainingJobDefinition"]["InputDataConfig"]
    channel["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{BUCKET}/not-there"
    with pytest.raises(ClientError, match="No S3 objects found under S3 URL") as error:
        sagemaker.create_hyper_parameter_tuning_job(**request)
    assert error.value.operation_name == "CreateHyperParameterTuningJob"
    for call in (
        sagemaker.describe_hyper_parameter_tuning_job,
        sagemaker.stop_hyper_parameter_tuning_job,
        sagemaker.delete_hyper_parameter_tuning_job,
        sagemaker.list_training_jobs_for_hyper_parameter_tuning_job,
    ):
        with pytest.raises(
            ClientError, match=f"Amazon SageMaker can't find a tuning job with the name {name}"
        ) as error:
            call(HyperParameterTuningJobName=name)
        assert error.value.response["Error"]["Code"] == "ResourceNotFound"


def test_a_deleted_tuning_job_leaves_its_training_jobs(client, tuning_request, tune):
    sagemaker = client("sagemaker")
    request = tuning_request(LINES, jobs=1)
    request["Tags"] = [{"Key": "a", "Value": "b"}]
    name = request["HyperParameterTuningJobName"]
    arn = tune(request)["HyperParameterTuningJobArn"]
    [training] = training_jobs(sagemaker, name)
    sagemaker.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    assert sagemaker.describe_training_job(TrainingJobName=training["TrainingJobName"])["TuningJobArn"] == arn
    again = tune({**request, "Tags": []})
    assert counts(again) == ({"Completed": 1}, {"Succeeded": 1})  # the old one is not counted
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == []


def test_every_reply_keeps_to_the_output_shape(local, tuning_request, tune):
    """Raw replies, judged by botocore's own validator."""
    request = tuning_request(LINES, jobs=1)
    name = request["HyperParameterTuningJobName"]
    tune(request)
    for operation, members in (
        ("DescribeHyperParameterTuningJob", {"HyperParameterTuningJobName": name}),
        ("ListHyperParameterTuningJobs", {"NameContains": name}),
        ("ListTrainingJobsForHyperParameterTuningJob", {"HyperParameterTuningJobName": name}),
    ):
        connection = http.client.HTTPConnection(urlsplit(local.url).netloc, timeout=30)
        connection.request("POST", "/", json.dumps(members), {"X-Amz-Target": f"SageMaker.{operation}"})
        reply = json.loads(connection.getresponse().read())
        connection.close()
        report = ParamValidator().validate(reply, MODEL.operation_model(operation).output_shape)
        assert not report.has_errors(), (operation, report.generate_report())


def log_of(logs, job):
    """The lines of a training job's log so far."""
    streams = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=f"{job}/")["logStreams"]
    names = [stream["logStreamName"] for stream in streams]
    pages = [
        logs.get_log_events(logGroupName=GROUP, logStreamName=name, startFromHead=True) for name in names
    ]
    return [event["message"] for page in pages for event in page["events"]]


def test_a_tuning_job_goes_on_after_its_server_was_killed(tmp_path, install_fake, tuning_request, client_for):
    install_fake(tmp_path)
    request = tuning_request(grid(curve=["1", "wait", "2"]), "Grid", jobs=3, parallel=1)
    name = request["HyperParameterTuningJobName"]
    first = servers.start(tmp_path, outlive=False)
    sagemaker = client_for(first, "sagemaker")
    client_for(first, "s3").put_object(Bucket=BUCKET, Key="fake/train/part-0", Body=b"12345")
    sagemaker.create_hyper_parameter_tuning_job(**request)
    while len(training_jobs(sagemaker, name)) < 2:
        pass
    first.process.kill()
    first.process.wait()
    second = servers.start(tmp_path, outlive=False)
    try:
        sagemaker = client_for(second, "sagemaker")
        while len(tried := training_jobs(sagemaker, name)) < 3:
            pass
        assert [each["TrainingJobStatus"] for each in tried[:2]] == ["Completed", "Failed"]
        assert tried[2]["TunedHyperParameters"] == {"curve": "wait"}  # tried again, for it was lost
        again = {"TrainingJobName": tried[2]["TrainingJobName"]}
        while "loss=wait" not in log_of(client_for(second, "logs"), tried[2]["TrainingJobName"]):
            pass  # by then it has measured something, which counts although it is stopped
        sagemaker.stop_training_job(**again)
        job = wait_for_end(sagemaker, name)
        expected = {"Completed": 2, "RetryableError": 1, "Stopped": 1}, {"Succeeded": 3, "Failed": 1}
        assert counts(job) == expected, training_jobs(sagemaker, name)
        assert job["HyperParameterTuningJobStatus"] == "Completed"
    finally:
        second.stop()


def test_real_factorization_machines_are_tuned(client, tuning_request, tune):
    random = np.random.default_rng(0)
    users, items = random.integers(0, 20, 600), random.integers(20, 50, 600)
    rows = np.repeat(np.arange(600), 2)
    X = csr_array((np.ones(1200, np.float32), (rows, np.stack([users, items], 1).ravel())), shape=(600, 50))
    y = (3 + 0.05 * (users - 10) + 0.1 * (items % 5)).astype(np.float32)
    for channel, part in (("train", slice(0, 500)), ("test", slice(500, 600))):
        stream = io.BytesIO()
        recordio.write(stream, X[part], y[part])
        client("s3").put_object(Bucket=BUCKET, Key=f"tuning-fm/{channel}/0", Body=stream.getvalue())

    ranges = {
        "ContinuousParameterRanges": [
            {"Name": "bias_lr", "MinValue": "0.01", "MaxValue": "1", "ScalingType": "Logarithmic"}
        ],
        "IntegerParameterRanges": [{"Name": "epochs", "MinValue": "1", "MaxValue": "40"}],
    }
    static = {
        "feature_dim": "50",
        "num_factors": "2",
        "predictor_type": "regressor",
        "mini_batch_size": "100",
    }
    request = tuning_request(ranges, "Bayesian", "Minimize", jobs=3, parallel=2, static=static, RandomSeed=3)
    config, definition = request["HyperParameterTuningJobConfig"], request["TrainingJobDefinition"]
    config["HyperParameterTuningJobObjective"]["MetricName"] = "test:rmse"
    definition["AlgorithmSpecification"] = {"TrainingImage": FM, "TrainingInputMode": "File"}
    definition["InputDataConfig"] = [
        {
            "ChannelName": name,
            "DataSource": {
                "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/tuning-fm/{name}"}
            },
        }
        for name in ("train", "test")
    ]
    config["TrainingJobEarlyStoppingType"] = "Auto"  # which has nothing to go by with factorization machines
    job = tune(request)
    assert job.get("FailureReason") is None
    assert counts(job) == ({"Completed": 3}, {"Succeeded": 3})
    metrics = [
        each["Name"] for each in job["TrainingJobDefinition"]["AlgorithmSpecification"]["MetricDefinitions"]
    ]
    assert "test:rmse" in metrics
    best = client("sagemaker").describe_training_job(
        TrainingJobName=job["BestTrainingJob"]["TrainingJobName"]
    )
    assert best["HyperParameters"]["_tuning_objective_metric"] == "test:rmse"
    final = {each["MetricName"]: each["Value"] for each in best["FinalMetricDataList"]}
    value = job["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    assert value == final["test:rmse"]
    assert value == min(
        each["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
        for each in training_jobs(client("sagemaker"), request["HyperParameterTuningJobName"])
    )
