"""The ways in which data reaches a training job: prefixes, manifests, shards, pipes."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re

import pytest
from botocore.exceptions import ClientError

from course_utils.local_aws.account import default_bucket

pytestmark = pytest.mark.wire
GROUP = "/aws/sagemaker/TrainingJobs"
BUCKET = default_bucket("us-east-1")
pipes_only = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")


@pytest.fixture
def put(client, name):
    """``put("a/b", b"…")`` stores an object under the test's own prefix; returns its address."""

    def store(key, body):
        client("s3").put_object(Bucket=BUCKET, Key=f"{name}/{key}", Body=body)
        return f"s3://{BUCKET}/{name}/{key}"

    return store


@pytest.fixture
def run(client, job_request, wait_for, log_lines):
    """``run(channel={…}, source={…}, count=2, …)``: run the fake algorithm; its description and its lines."""

    def start(channel=(), source=(), count=1, mode="File", **hyperparameters):
        job_request["AlgorithmSpecification"]["TrainingInputMode"] = mode
        job_request["ResourceConfig"]["InstanceCount"] = count
        job_request["HyperParameters"] = hyperparameters
        [own] = job_request["InputDataConfig"]
        own.update(channel)
        own["DataSource"]["S3DataSource"].update(source)
        client("sagemaker").create_training_job(**job_request)
        job = wait_for(job_request["TrainingJobName"])
        return job, log_lines(GROUP, f"{job_request['TrainingJobName']}/")

    return start


def files(lines):
    return [line.removeprefix("train: ") for line in lines if line.startswith("train: ")]


# --- manifests ----------------------------------------------------------------------------------------------


def test_a_manifest_names_the_files(put, run):
    for key in ("x/a", "x/deep/b", "x/not-named"):
        put(key, b"123")
    prefix = put("x/", b"")
    manifest = json.dumps([{"prefix": prefix}, "deep/b", "a"]).encode()
    job, lines = run(source={"S3DataType": "ManifestFile", "S3Uri": put("list.json", manifest)})
    assert job["TrainingJobStatus"] == "Completed"
    assert sorted(files(lines)) == ["a 3", "deep/b 3"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("no JSON", "it is not JSON: "),
        ('{"prefix": "s3://b/"}', "it is no list that begins with a prefix"),
        ("[]", "it is no list that begins with a prefix"),
        ('["a", "b"]', "it is no list that begins with a prefix"),
        ('[{"prefix": "here/"}, "a"]', "it is no list that begins with a prefix"),
        ('[{"prefix": "s3://b/"}, "a", 3]', "3 is not a name"),
        ('[{"prefix": "s3://BUCKET/"}, "no-such"]', "s3://BUCKET/no-such: The specified key does not exist."),
        ('[{"prefix": "s3://BUCKET/fake/train/"}, "../train/part-0"]', "../train/part-0"),
    ],
)
def test_a_broken_manifest_fails_the_download(put, run, content, says):
    uri = put("list.json", content.replace("BUCKET", BUCKET).encode())
    job, lines = run(source={"S3DataType": "ManifestFile", "S3Uri": uri})
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Data download failed: ")
    assert says.replace("BUCKET", BUCKET) in job["FailureReason"]
    assert lines == []


def test_a_manifest_that_is_not_there_is_refused_at_once(put, run):
    put("list.json.bak", b"[]")
    uri = put("x", b"").replace("/x", "/list.json")
    with pytest.raises(ClientError, match="No S3 objects found under S3 URL"):
        run(source={"S3DataType": "ManifestFile", "S3Uri": uri})


# --- shards -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["ShardedByS3Key", "FullyReplicated"])
@pytest.mark.parametrize("manifest", [False, True])
def test_hosts_get_shards_or_copies(put, run, kind, manifest, log_lines):
    names = [f"part-{number}" for number in range(5)]
    for number, each in enumerate(names):
        put(f"x/{each}", b"." * number)
    source = {"S3DataDistributionType": kind, "S3Uri": put("x/", b"")}
    if manifest:
        content = json.dumps([{"prefix": source["S3Uri"]}, *names]).encode()
        source |= {"S3DataType": "ManifestFile", "S3Uri": put("list.json", content)}
    job, _ = run(source=source, count=2)
    assert job["TrainingJobStatus"] == "Completed"
    shares = [files(log_lines(GROUP, f"{job['TrainingJobName']}/algo-{number}-")) for number in (1, 2)]
    everything = [f"{each} {number}" for number, each in enumerate(names)]
    if kind == "FullyReplicated":
        assert shares == [everything, everything]
    else:
        assert sorted(shares[0] + shares[1]) == everything
        assert {len(each) for each in shares} == {2, 3}


# --- pipes --------------------------------------------------------------------------------------------------


@pipes_only
@pytest.mark.parametrize("compression", ["None", "Gzip"])
def test_every_epoch_flows_through_its_pipe(put, run, compression):
    bodies = [os.urandom(300_000), b"", os.urandom(70)]
    pack = gzip.compress if compression == "Gzip" else bytes
    for number, body in enumerate(bodies):
        put(f"x/{number}", pack(body))
    job, lines = run(
        {"CompressionType": compression, "InputMode": "Pipe"}, {"S3Uri": put("x/", b"")}, epochs="3"
    )
    assert job["TrainingJobStatus"] == "Completed"
    whole = b"".join(bodies)
    assert lines[:3] == [
        f"train_{epoch}: {len(whole)} {hashlib.sha256(whole).hexdigest()}" for epoch in range(3)
    ]
    statuses = [(each["Status"], each["StatusMessage"]) for each in job["SecondaryStatusTransitions"]]
    assert statuses[1] == ("Downloading", "Downloading the training image")


@pipes_only
def test_shuffled_objects_come_in_another_order_each_epoch(put, run):
    for number in range(6):
        put(f"x/{number}", str(number).encode())
    source = {"S3Uri": put("x/", b"")}
    _, lines = run({"ShuffleConfig": {"Seed": 3}}, source, mode="Pipe", epochs="3")
    assert len({line.split()[-1] for line in lines if line.startswith("train_")}) == 3
    assert all(line.split()[1] == "6" for line in lines if line.startswith("train_"))


@pipes_only
def test_a_reader_that_has_enough_may_leave(put, run):
    put("x/big", b"." * 5_000_000)
    job, lines = run(source={"S3Uri": put("x/", b"")}, mode="Pipe", epochs="2", enough="1000")
    assert job["TrainingJobStatus"] == "Completed"
    assert [line.split()[1] for line in lines[:2]] == ["1000", "1000"]


@pipes_only
@pytest.mark.parametrize("body", [b"this is no gzip", gzip.compress(os.urandom(100_000))[:-5000]])
def test_bytes_that_cannot_be_unpacked_fail_the_job(put, run, body):
    """Also when half of them could: the reader must not take that for all."""
    put("x/a", body)
    job, lines = run({"CompressionType": "Gzip"}, {"S3Uri": put("x/", b"")}, mode="Pipe", sleep="600")
    assert job["TrainingJobStatus"] == "Failed"
    assert re.match(r"ClientError: Data download failed: s3://.*/x/a: ", job["FailureReason"])
    assert not [line for line in lines if line.startswith("train_")]  # what it says of a pipe read to its end


@pipes_only
def test_an_object_that_goes_away_fails_the_job(put, run, client):
    uri = put("list.json", json.dumps([{"prefix": f"s3://{BUCKET}/"}, "gone"]).encode())
    job, _ = run(source={"S3DataType": "ManifestFile", "S3Uri": uri}, mode="Pipe", sleep="600")
    assert job["TrainingJobStatus"] == "Failed"
    assert "/gone: The specified key does not exist." in job["FailureReason"]


@pipes_only
@pytest.mark.parametrize("hyperparameters", [{"epochs": "0"}, {"epochs": "1000000"}])
def test_a_stop_ends_the_flow(client, job_request, wait_for, log_lines, hyperparameters):
    """While nobody reads (the first) and while somebody does."""
    name = job_request["TrainingJobName"]
    job_request["AlgorithmSpecification"]["TrainingInputMode"] = "Pipe"
    client("sagemaker").create_training_job(
        **job_request, HyperParameters={"sleep": "600", **hyperparameters}
    )
    wait_for(name, "Training")
    while not log_lines(GROUP, name):
        pass
    client("sagemaker").stop_training_job(TrainingJobName=name)
    assert wait_for(name)["TrainingJobStatus"] == "Stopped"


# --- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "source", "says"),
    [
        ({}, {"S3DataType": "AugmentedManifestFile"}, "does not offer S3DataType AugmentedManifestFile"),
        ({"CompressionType": "Gzip"}, {}, "CompressionType Gzip is used only in Pipe input mode"),
        ({"CompressionType": "Gzip", "InputMode": "FastFile"}, {}, "this channel's is FastFile"),
        ({"RecordWrapperType": "RecordIO"}, {}, "does not offer RecordWrapperType RecordIO"),
        ({}, {"InstanceGroupNames": ["group"]}, "does not offer InstanceGroupNames"),
    ],
)
def test_other_inputs_are_refused_in_words(run, channel, source, says):
    with pytest.raises(ClientError, match=says) as error:
        run(channel, source)
    assert error.value.response["Error"]["Code"] == "ValidationException"


def test_fast_file_mode_is_served_as_files(run):
    job, lines = run(mode="FastFile")
    assert job["TrainingJobStatus"] == "Completed"
    assert files(lines) == ["part-0 5"]
