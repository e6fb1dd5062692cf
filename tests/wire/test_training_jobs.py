"""Training jobs over the wire with boto3, run by the fake algorithm."""

from __future__ import annotations

import contextlib
import io
import tarfile
import threading
from itertools import pairwise

import boto3
import pytest
from botocore.exceptions import ClientError, WaiterError

from course_utils.local_aws.account import default_bucket

pytestmark = pytest.mark.wire
GROUP = "/aws/sagemaker/TrainingJobs"
BUCKET = default_bucket("us-east-1")


def run(client, job_request, **hyperparameters):
    """Start the job and wait for its end; returns its description."""
    sagemaker, name = client("sagemaker"), job_request["TrainingJobName"]
    sagemaker.create_training_job(**job_request, HyperParameters=hyperparameters)
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    with contextlib.suppress(WaiterError):  # raised for Failed
        waiter.wait(TrainingJobName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 400})
    return sagemaker.describe_training_job(TrainingJobName=name)


def read_tar(client, uri):
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    body = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return tarfile.open(fileobj=io.BytesIO(body), mode="r:gz")


def test_a_job_runs_through_all_statuses_and_leaves_its_artefact(client, job_request, log_lines):
    job_request["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "score", "Regex": r"score=(\S+)"}]
    job_request["Environment"] = {"FM_SEED": "7"}
    job = run(client, job_request, lines="3", extra="hello")

    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Completed", "Completed")
    transitions = job["SecondaryStatusTransitions"]
    expected = ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert [each["Status"] for each in transitions] == expected
    for earlier, later in pairwise(transitions):
        assert earlier["StartTime"] <= earlier["EndTime"] == later["StartTime"]
    assert job["CreationTime"] <= job["TrainingStartTime"] <= job["TrainingEndTime"]
    assert job["BillableTimeInSeconds"] >= 1

    [metric] = job["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("score", pytest.approx(0.2))

    artefact = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert artefact == f"s3://{BUCKET}/fake/output/{job['TrainingJobName']}/output/model.tar.gz"
    [member] = read_tar(client, artefact).getmembers()
    assert (member.name, member.mode, member.uid, member.gid) == ("weights", 0o644, 0, 0)
    assert (member.uname, member.gname) == ("", "")
    assert read_tar(client, artefact.replace("model.tar.gz", "output.tar.gz")).getnames() == ["extra.txt"]

    lines = log_lines(GROUP, f"{job['TrainingJobName']}/algo-1-")
    assert lines[0] == "train: part-0 5"
    assert lines[1] == f"secrets: [] seed: 7 job: {job['TrainingJobName']}"
    assert lines[2:5] == [f"#011step={n} score={n / 10}" for n in range(3)]  # a TAB as real logs show it


@pytest.mark.parametrize(
    ("status", "failure", "reason"),
    [
        (
            "2",
            "Customer Error: mini_batch_size is wrong",
            "ClientError: mini_batch_size is wrong, exit code: 2",
        ),
        ("1", "Algorithm Error: 'abc'", "AlgorithmError: 'abc', exit code: 1"),
        ("3", "Platform Error: sorry", "InternalServerError: sorry, exit code: 3"),
        ("9", "", "AlgorithmError: , exit code: 9"),
    ],
)
def test_a_failed_job_says_whose_fault_it_was(client, job_request, status, failure, reason):
    job = run(client, job_request, exit=status, fail=failure, extra="kept")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert job["FailureReason"] == reason
    artefact = job["ModelArtifacts"]["S3ModelArtifacts"]
    with pytest.raises(client("s3").exceptions.NoSuchKey):
        read_tar(client, artefact)
    assert read_tar(client, artefact.replace("model.tar.gz", "output.tar.gz")).getnames() == ["extra.txt"]


def test_names_that_cannot_be_files_are_the_customers(client, job_request):
    for key in ("collide/a", "collide/a/b"):
        client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"1")
    job_request["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{BUCKET}/collide"
    reason = run(client, job_request)["FailureReason"]
    assert reason.startswith(f"ClientError: Data download failed: s3://{BUCKET}/collide/a")
    assert "cannot be a file" in reason


def test_a_metric_that_takes_for_ever_holds_up_no_job(client, job_request):
    metrics = [{"Name": "slow", "Regex": r"(?:1|11)+(?:x|y)()"}, {"Name": "score", "Regex": r"score=(\S+)"}]
    job_request["AlgorithmSpecification"]["MetricDefinitions"] = metrics
    job = run(client, job_request, lines="1", noise="1" * 100)
    assert [each["MetricName"] for each in job["FinalMetricDataList"]] == ["score"]


def test_a_long_failure_is_cut_after_1024_characters(client, job_request):
    job = run(client, job_request, exit="2", fail="Customer Error: " + "x" * 2000)
    assert len(job["FailureReason"]) <= 1024


def test_stop_asks_politely_and_keeps_the_artefact(client, job_request, wait_for, log_lines):
    name = job_request["TrainingJobName"]
    sagemaker = client("sagemaker")
    sagemaker.create_training_job(**job_request, HyperParameters={"sleep": "60"})
    wait_for(name, "Training")
    while "ready" not in log_lines(GROUP, name):
        pass
    sagemaker.stop_training_job(TrainingJobName=name)
    assert sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] in (
        "Stopping",
        "Stopped",
    )
    job = wait_for(name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    statuses = [each["Status"] for each in job["SecondaryStatusTransitions"]]
    assert statuses == ["Starting", "Downloading", "Training", "Stopping", "Uploading", "Stopped"]
    assert "got SIGTERM" in log_lines(GROUP, name)
    assert read_tar(client, job["ModelArtifacts"]["S3ModelArtifacts"]).getnames() == ["weights"]
    with pytest.raises(ClientError, match="is in status Stopped"):
        sagemaker.stop_training_job(TrainingJobName=name)


def test_a_job_ends_at_its_maximum_runtime(client, job_request):
    job_request["StoppingCondition"] = {"MaxRuntimeInSeconds": 1}
    job = run(client, job_request, sleep="60")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


@pytest.mark.parametrize("bucket", ["no-such-bucket-here", "Not_A_Bucket!"])
def test_a_missing_output_bucket_fails_the_upload(client, job_request, bucket):
    job_request["OutputDataConfig"] = {"S3OutputPath": f"s3://{bucket}/x"}
    job = run(client, job_request)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Artifact upload failed")


def test_children_of_a_finished_job_are_gone(client, job_request, log_lines, alive):
    job = run(client, job_request, child="1")
    assert job["TrainingJobStatus"] == "Completed"
    [line] = [line for line in log_lines(GROUP, job["TrainingJobName"]) if line.startswith("child: ")]
    assert not alive(int(line.removeprefix("child: ")))


def test_of_two_jobs_of_one_name_one_wins(client, job_request):
    outcomes = []

    def create():
        try:
            client("sagemaker").create_training_job(**job_request)
            outcomes.append("made")
        except ClientError as error:
            outcomes.append(error.response["Error"]["Code"])

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["ResourceInUse"] * 3 + ["made"]


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"RoleArn": "arn:aws:iam::123456789012:role/No"}, "ValidationException", "Could not assume role"),
        ({"RoleArn": "not-an-arn-but-long-enough"}, "ValidationException", "regular expression pattern"),
        ({"InputDataConfig": f"s3://{BUCKET}/no-such"}, "ValidationException", "No S3 objects found under"),
        ({"InputDataConfig": "s3://Not_A_Bucket!/x"}, "ValidationException", "No S3 objects found under S3"),
        ({"InputDataConfig": "https://s3.amazonaws.com/b/x"}, "ValidationException", 'on bucket "b"'),
        ({"InputDataConfig": ["train", "train"]}, "ValidationException", "needs a ChannelName of its own"),
        ({"ResourceConfig": {"InstanceType": "ml.m5.larg", "InstanceCount": 1, "VolumeSizeInGB": 5}},
         "ValidationException", "] [Hint: did you mean ml.m5.large?]"),
        ({"AlgorithmSpecification": {"MetricDefinitions": [{"Name": "x", "Regex": "("}]}},
         "ValidationException", "regular expression of the metric x cannot be read: missing )"),
        ({"ResourceConfig": {"InstanceType": "ml.huge", "InstanceCount": 1, "VolumeSizeInGB": 5}},
         "ValidationException", "'resourceConfig.instanceType' failed to satisfy constraint: Member must"),
        ({"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 0, "VolumeSizeInGB": 5}},
         "ValidationException", "'resourceConfig.instanceCount' failed to satisfy constraint: Member must"),
        ({"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1}},
         "ValidationException", "Value null at 'resourceConfig.volumeSizeInGB'"),
        ({"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 17, "VolumeSizeInGB": 5}},
         "ResourceLimitExceeded", "a request delta of 17 Instances. Please use AWS Service Quotas"),
        ({"StoppingCondition": None}, "ValidationException", "Value null at 'stoppingCondition'"),
        ({"AlgorithmSpecification": {"TrainingInputMode": "File", "TrainingImage": "me/mine:1"}},
         "ValidationException", "no image 'me/mine:1'. Its images are: factorization-machines, fake"),
        ({"AlgorithmSpecification": {"TrainingInputMode": "Pip"}},
         "ValidationException", "[Pipe, File, FastFile] [Hint: did you mean Pipe?]"),
        ({"TrainingJobName": "under_score"}, "ValidationException", "[Hint: a name is made of letters"),
    ],
)  # fmt: skip
def test_wrong_requests_are_refused_at_once(client, job_request, change, code, text):
    change = dict(change)
    channel = job_request["InputDataConfig"][0]
    if isinstance(change.get("InputDataConfig"), str):
        source = {"S3DataType": "S3Prefix", "S3Uri": change["InputDataConfig"]}
        change["InputDataConfig"] = [{**channel, "DataSource": {"S3DataSource": source}}]
    elif change.get("InputDataConfig"):
        change["InputDataConfig"] = [{**channel, "ChannelName": each} for each in change["InputDataConfig"]]
    change["AlgorithmSpecification"] = {
        **job_request["AlgorithmSpecification"],
        **change.get("AlgorithmSpecification", {}),
    }
    request = {name: value for name, value in {**job_request, **change}.items() if value is not None}
    with pytest.raises(ClientError) as error:
        client("sagemaker").create_training_job(**request)
    assert error.value.response["Error"]["Code"] == code
    assert text in error.value.response["Error"]["Message"]
    with pytest.raises(ClientError, match=r"Requested resource not found\. \[Hint: .* knows no training job"):
        client("sagemaker").describe_training_job(TrainingJobName=job_request["TrainingJobName"])


def test_a_job_reads_only_from_its_own_region(client, job_request):
    s3 = client("s3")
    there = boto3.session.Session("test", "test", region_name="eu-central-1")
    there = there.client("s3", endpoint_url=s3.meta.endpoint_url)
    there.create_bucket(Bucket="far-away", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    there.put_object(Bucket="far-away", Key="train/x", Body=b"1")
    source = job_request["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    source["S3Uri"] = "s3://far-away/train"
    with pytest.raises(
        ClientError, match=r"No S3 objects found .*\[Hint: the bucket far-away lies in eu-cent"
    ):
        client("sagemaker").create_training_job(**job_request)


def test_listing_filters_sorts_and_pages(client, job_request):
    base = job_request["TrainingJobName"]
    names = [f"{base}-{letter}" for letter in "cab"]
    for name in names:
        run(client, {**job_request, "TrainingJobName": name}, exit="1" if name.endswith("b") else "0")
    sagemaker = client("sagemaker")
    pages = sagemaker.get_paginator("list_training_jobs").paginate(
        NameContains=f"{base}-", SortBy="Name", SortOrder="Descending", MaxResults=2
    )
    found = [[job["TrainingJobName"][-1] for job in page["TrainingJobSummaries"]] for page in pages]
    assert found == [["c", "b"], ["a"]]
    failed = sagemaker.list_training_jobs(NameContains=f"{base}-", StatusEquals="Failed")[
        "TrainingJobSummaries"
    ]
    assert [job["TrainingJobName"] for job in failed] == [f"{base}-b"]
    in_order = sagemaker.list_training_jobs(NameContains=f"{base}-")["TrainingJobSummaries"]
    assert [job["TrainingJobName"] for job in in_order] == names
    with pytest.raises(ClientError, match="NextToken"):
        sagemaker.list_training_jobs(NextToken="nonsense")
