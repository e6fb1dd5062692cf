"""Training jobs.

The jobs with broken data are run by the real algorithm, all at a time, and followed one after the other.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import struct
import threading

import psutil
import pytest
from botocore.exceptions import ClientError

from course_utils.local_aws.account import default_bucket
from course_utils.recordio import MAGIC, protobuf

pytestmark = pytest.mark.wire
BUCKET = default_bucket("us-east-1")
GROUP = "/aws/sagemaker/TrainingJobs"


def with_nan(data):
    """The value 1.5, which the fixture ``records`` has written, becomes NaN: our writer would refuse that."""
    return data.replace(struct.pack("<f", 1.5), struct.pack("<f", math.nan))


def flipped(data):
    """One byte of the first record's protobuf damaged: a tag of a wire type that does not exist."""
    return data[:8] + b"\x0f" + data[9:]


def doubles():
    """A row as Float64Tensor (field 3 of a Value), as NumPy's default dtype would be written."""
    tensor = protobuf.with_length(b"\n", struct.pack("<2d", 1, 1)) + b"\x12\x02\x00\x05" + b"\x1a\x01\x0a"
    value = protobuf.with_length(b"\x12", protobuf.with_length(b"\x1a", tensor))
    record = protobuf.with_length(b"\n", b"\n\x06values" + value) + protobuf.LABEL_HEAD + struct.pack("<f", 3)
    return struct.pack("<II", MAGIC, len(record)) + record + bytes(-len(record) % 4)


# fault, how it is made, what is different, and the beginning of the FailureReason
CASES = [
    ("RecordIO that ends too early", "the last 7 bytes of the object are cut off",
     {"cut": -7}, "ClientError: Unable to read data channel 'train'. Requested content-type"),
    ("An object that is no RecordIO", "ratings as CSV lines", {"data": b"1,2,3.5\n4,5,1.0\n"},
     "ClientError: Unable to read data channel 'train'. Requested content-type"),
    ("RecordIO with a damaged record", "one byte of its protobuf is another",
     {"change": flipped}, "ClientError: Unable to read data channel 'train'. Requested content-type"),
    ("Wrong dtype", "the values are written as Float64Tensor", {"data": doubles()},
     "ClientError: Unable to read data channel 'train'."),
    ("NaN among the values", "one value is NaN", {"change": with_nan}, "ClientError: Unable to read data"),
    ("A key beyond feature_dim", "rows of 12 columns, feature_dim 10", {"width": 12}, "ClientError: "),
    ("Rows without labels", "records with features only", {"labels": None}, "ClientError: "),
    ("Labels that are no classes", "ratings 3, 4, 5 for a binary_classifier",
     {"predictor_type": "binary_classifier"}, "ClientError: "),
    ("An empty object", "a channel of one object of 0 bytes", {"data": b""}, "ClientError: "),
    ("Wrong content type", "ContentType text/csv", {"kind": "text/csv"}, "ClientError: "),
    ("A channel of another name", "ChannelName training", {"channel": "training"}, "ClientError: "),
    ("A misspelt hyperparameter", "num_factor 2", {"num_factor": "2"}, "ClientError: "),
]  # fmt: skip


@pytest.fixture(scope="module")
def jobs(fm_job, records):
    """The jobs of all cases, started together."""
    started = []
    for number, (_, _, different, _) in enumerate(CASES):
        data, settings = made(records, different)
        started.append(fm_job(f"broken-{number}", data, **settings))
    return started


def made(records, different):
    """The data of a case, and what is left of it for the job."""
    settings = dict(different)
    rows = {name: settings.pop(name) for name in ("labels", "width") if name in settings}
    data = settings.pop("data") if "data" in settings else records(**rows)
    data = settings.pop("change", bytes)(data)
    return data[: settings.pop("cut", None)], settings


@pytest.mark.parametrize(
    ("number", "fault", "made", "reason"),
    [(number, fault, how, reason) for number, (fault, how, _, reason) in enumerate(CASES)],
    ids=[fault for fault, *_ in CASES],
)
def test_what_cannot_be_trained_on(client, jobs, follow, report, number, fault, made, reason):
    text, advice = follow(jobs[number])
    assert text.startswith(reason)
    objects = client("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"{jobs[number]}/output")
    assert objects["KeyCount"] == 0
    report(text, "the job is Failed; there is no artefact", advice)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGKILL")
def test_the_trainer_is_killed(client, job_request, wait_for, log_lines, report, follow, alive):
    """kill -9 of the trainer

    SIGKILL to the training program while it trains
    """
    name = job_request["TrainingJobName"]
    client("sagemaker").create_training_job(**job_request, HyperParameters={"child": "1", "sleep": "600"})
    wait_for(name, "Training")
    while "ready" not in log_lines(GROUP, name):
        pass
    child = int(next(line for line in log_lines(GROUP, name) if line.startswith("child: "))[7:])
    os.kill(psutil.Process(child).ppid(), signal.SIGKILL)
    text, advice = follow(name)
    assert text == "AlgorithmError: , exit code: 137"
    assert not alive(child)
    report(text, "the job is Failed; its log is kept; the processes that it had started are gone", advice)


def test_nobody_can_store_the_artefact(job_request, client, report, follow):
    """The bucket for the artefact is missing

    OutputDataConfig names a bucket that does not exist
    """
    job_request["OutputDataConfig"] = {"S3OutputPath": "s3://no-such-bucket-here/x"}
    client("sagemaker").create_training_job(**job_request)
    text, advice = follow(job_request["TrainingJobName"])
    report(text, "the job is Failed; the artefact is lost", advice)


def test_the_data_is_missing(job_request, client, report, refused, name):
    """No data under the prefix

    S3Uri of the channel names nothing
    """
    source = job_request["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    source["S3Uri"] = f"s3://{BUCKET}/{name}/nothing"
    text = refused(client("sagemaker").create_training_job, **job_request)
    report(text, "there is no job")


def test_two_jobs_of_one_name(client, job_request, report):
    """Two jobs of one name at once

    CreateTrainingJob 12 times at the same moment
    """
    barrier, errors = threading.Barrier(12), []

    def create():
        barrier.wait()
        try:
            client("sagemaker").create_training_job(**job_request)
        except ClientError as error:
            errors.append(f"{error.response['Error']['Code']}: {error.response['Error']['Message']}")

    threads = [threading.Thread(target=create) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(errors) == 11
    assert len(set(errors)) == 1
    sagemaker, name = client("sagemaker"), job_request["TrainingJobName"]
    [job] = sagemaker.list_training_jobs(NameContains=name)["TrainingJobSummaries"]
    with contextlib.suppress(ClientError):
        sagemaker.stop_training_job(TrainingJobName=job["TrainingJobName"])
    report(errors[0], "one call has made the job, which runs; the eleven others are told this")
