"""Training jobs with several instances: really several processes, and one real artefact."""

from __future__ import annotations

import io
import re
import tarfile

import numpy as np
import psutil
import pytest
from botocore.exceptions import ClientError
from scipy import sparse

from course_utils import artifact, recordio
from course_utils.local_aws.account import default_bucket

pytestmark = pytest.mark.wire
GROUP = "/aws/sagemaker/TrainingJobs"
BUCKET = default_bucket("us-east-1")
FM = "382416733822.dkr.ecr.us-east-1.amazonaws.com/factorization-machines:1"


def archive(client, uri):
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    body = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return tarfile.open(fileobj=io.BytesIO(body), mode="r:gz")


@pytest.fixture
def fm_request(client, job_request, name):
    """A factorization-machines job over four objects, whose rows follow a known linear rule."""
    rng = np.random.default_rng(1)
    columns = np.column_stack([rng.integers(0, 30, 4000), rng.integers(30, 50, 4000)])
    X = sparse.csr_array(
        (np.ones(8000, np.float32), columns.ravel(), np.arange(0, 8001, 2)), shape=(4000, 50)
    )
    y = (3 + columns[:, 0] / 30 - (columns[:, 1] - 30) / 20).astype(np.float32)
    for number in range(4):
        body, rows = io.BytesIO(), slice(number * 1000, (number + 1) * 1000)
        recordio.write(body, X[rows], y[rows])
        client("s3").put_object(Bucket=BUCKET, Key=f"{name}/train/{number}", Body=body.getvalue())
    job_request["AlgorithmSpecification"]["TrainingImage"] = FM
    [channel] = job_request["InputDataConfig"]
    channel["DataSource"]["S3DataSource"] |= {
        "S3Uri": f"s3://{BUCKET}/{name}/train/",
        "S3DataDistributionType": "ShardedByS3Key",
    }
    test = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{name}/train/0"}
    job_request["InputDataConfig"].append({"ChannelName": "test", "DataSource": {"S3DataSource": test}})
    job_request["HyperParameters"] = {
        "feature_dim": "50",
        "num_factors": "2",
        "predictor_type": "regressor",
        "mini_batch_size": "50",
        "epochs": "40",
        "linear_lr": "0.02",
        "bias_lr": "0.02",
    }
    job_request["Environment"] = {"FM_SEED": "1"}
    job_request["ResourceConfig"]["InstanceCount"] = 2
    return job_request


def programs(local, folder):
    """The processes that work in a folder of this name: a host's guard, then its program."""
    return [
        each
        for each in psutil.Process(local.pid).children(recursive=True)
        if each.status() != psutil.STATUS_ZOMBIE and folder in each.cwd()
    ]


def run(client, request, wait_for):
    client("sagemaker").create_training_job(**request)
    return wait_for(request["TrainingJobName"])


def rmse(log):
    return float(re.search(r"#test_score \(algo-1\) : \('rmse', (\S+)\)", "\n".join(log))[1])


def test_factorization_machines_on_two_hosts_learn_the_rule(
    client, fm_request, wait_for, log_lines, name, tmp_path
):
    """Each host has half of the rows; what comes out has learned from all."""
    job = run(client, fm_request, wait_for)
    assert job["TrainingJobStatus"] == "Completed", job
    first, second = (log_lines(GROUP, f"{name}/algo-{number}-") for number in (1, 2))
    [score] = re.findall(r"#test_score \(algo-1\) : \('rmse', (\S+)\)", "\n".join(first))
    assert float(score) < 0.05
    for number, lines in ((1, first), (2, second)):
        assert any('"epoch": 2, ' in line and '"num_bytes": 120000}' in line for line in lines)
        done = f"#progress_metric: host=algo-{number}, completed 100.0 % of epochs"
        assert any(done in line for line in lines)

    members = archive(client, job["ModelArtifacts"]["S3ModelArtifacts"])
    assert members.getnames() == ["model_algo-1"]
    (tmp_path / "model_algo-1").write_bytes(members.extractfile("model_algo-1").read())
    assert artifact.load(tmp_path / "model_algo-1").params.V.shape == (50, 2)


def test_one_host_with_bad_rows_fails_the_job_with_its_reason(client, fm_request, wait_for, name):
    client("s3").put_object(Bucket=BUCKET, Key=f"{name}/train/3", Body=b"no rows at all")
    job = run(client, fm_request, wait_for)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Unable to read data channel 'train'. Requested")


def test_more_hosts_than_objects(client, fm_request, wait_for):
    fm_request["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] += "0"
    job = run(client, fm_request, wait_for)
    assert "with ShardedByS3Key every host needs an object of its own.], exit code: 2" in job["FailureReason"]


@pytest.mark.parametrize(("status", "code"), [("2", "2"), ("killed", "137")])
def test_when_one_host_fails_all_die(client, job_request, wait_for, local, status, code):
    """The other one would sleep for ten minutes."""
    job_request["ResourceConfig"]["InstanceCount"] = 2
    job_request["HyperParameters"] = {"broken-host": "algo-2", "exit": status, "child": "1"}
    job = run(client, job_request, wait_for)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].endswith(f", exit code: {code}")
    assert programs(local, job["TrainingJobName"]) == []


def test_a_trainer_killed_in_the_middle_of_distributed_training(
    client, fm_request, wait_for, log_lines, local
):
    """The host that only loses its partner does not hide what happened."""
    fm_request["HyperParameters"]["epochs"] = "100000"
    client("sagemaker").create_training_job(**fm_request)
    name = fm_request["TrainingJobName"]
    while not any("epoch=1," in line for line in log_lines(GROUP, f"{name}/algo-2-")):
        pass
    programs(local, f"{name}/algo-2")[-1].kill()
    job = wait_for(name)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].endswith("exit code: 137")


def test_the_artefact_holds_the_files_of_all_hosts(client, job_request, wait_for):
    job_request["ResourceConfig"]["InstanceCount"] = 3
    job_request["HyperParameters"] = {"on-every-host": "1"}
    job = run(client, job_request, wait_for)
    names = archive(client, job["ModelArtifacts"]["S3ModelArtifacts"]).getnames()
    assert names == ["algo-1", "algo-2", "algo-3", "weights"]


def test_instances_of_running_jobs_count(client, job_request, wait_for, name):
    """Twelve are at work, so five more are too many."""
    job_request["ResourceConfig"]["InstanceCount"] = 12
    job_request["HyperParameters"] = {"sleep": "600"}
    client("sagemaker").create_training_job(**job_request)
    wait_for(name, "Training")
    job_request["ResourceConfig"]["InstanceCount"] = 5
    with pytest.raises(ClientError, match="with current utilization of 12 Instances") as error:
        client("sagemaker").create_training_job(**job_request | {"TrainingJobName": f"{name}-more"})
    assert error.value.response["Error"]["Code"] == "ResourceLimitExceeded"
    client("sagemaker").stop_training_job(TrainingJobName=name)
    assert wait_for(name)["TrainingJobStatus"] == "Stopped"
