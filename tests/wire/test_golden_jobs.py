"""Two real jobs of the past, run again through the whole wire path and compared with what they left."""

from __future__ import annotations

import io
import json
import re
import tarfile
import zipfile

import numpy as np
import pytest
from scipy import sparse

from course_utils import artifact, recordio
from course_utils.local_aws.account import ROLE_ARN, default_bucket

pytestmark = [pytest.mark.wire, pytest.mark.golden]
GROUP = "/aws/sagemaker/TrainingJobs"
BUCKET = default_bucket("us-east-1")
FM = "382416733822.dkr.ecr.us-east-1.amazonaws.com/factorization-machines:1"


def matrix(users, items, ratings, feature_dim):
    """Rows of two ones, and their labels."""
    rows = len(ratings)
    columns = np.column_stack([users, items]).astype(np.int32).ravel()
    X = sparse.csr_array(
        (np.ones(2 * rows, np.float32), columns, np.arange(0, 2 * rows + 1, 2)), shape=(rows, feature_dim)
    )
    return X, np.asarray(ratings, np.float32)


def written(X, y):
    body = io.BytesIO()
    recordio.write(body, X, y)
    return body.getvalue()


@pytest.fixture
def replay(client, log_lines, name, tmp_path):
    """``replay(train, test, hyperparameters)``: upload, train; the description, the log and the model."""

    def run(train, test, hyperparameters):
        s3, channels = client("s3"), []
        for channel, body in (("train", train), ("test", test)):
            key = f"{name}/{channel}/{channel}.protobuf"
            s3.upload_fileobj(io.BytesIO(body), BUCKET, key)
            source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{key}"}
            channels.append({"ChannelName": channel, "DataSource": {"S3DataSource": source}})
        client("sagemaker").create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification={"TrainingImage": FM, "TrainingInputMode": "File"},
            RoleArn=ROLE_ARN,
            HyperParameters=hyperparameters,
            Environment={"FM_SEED": "0"},
            InputDataConfig=channels,
            OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/{name}/output"},
            ResourceConfig={"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 5},
            StoppingCondition={"MaxRuntimeInSeconds": 600},
        )
        waiter = client("sagemaker").get_waiter("training_job_completed_or_stopped")
        waiter.wait(TrainingJobName=name, WaiterConfig={"Delay": 0.25, "MaxAttempts": 1000})
        job = client("sagemaker").describe_training_job(TrainingJobName=name)
        assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
        key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix(f"s3://{BUCKET}/")
        s3.download_file(BUCKET, key, str(tmp_path / "model.tar.gz"))
        return job, log_lines(GROUP, f"{name}/algo-1-"), tmp_path / "model.tar.gz"

    return run


def scores(log):
    return {
        name: float(value)
        for name, value in re.findall(r"#test_score \(algo-1\) : \('(\w+)', (\S+)\)", "\n".join(log))
    }


def final(job):
    return {each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]}


def test_the_job_of_2024_on_ml_latest_small(golden_dir, replay, log_template):
    golden = golden_dir / "fm-regressor-ml-latest-small"
    text = (golden / "user_movie_train.svm").read_text().replace(":1", "")
    numbers = np.array(text.split(), dtype=np.float64).reshape(-1, 3)
    train = matrix(numbers[:, 1], numbers[:, 2], numbers[:, 0], 10334)
    hyperparameters = {
        "feature_dim": "10334",
        "num_factors": "8",
        "predictor_type": "regressor",
        "epochs": "91",
        "mini_batch_size": "994",
        "bias_lr": "0.21899531189430518",
        "linear_lr": "0.00021524948053767607",
        "factors_lr": "5.357593337770278e-05",
        "bias_init_method": "normal",
        "linear_init_method": "normal",
        "factors_init_method": "normal",
    }
    test = (golden / "user_movie_test.recordio").read_bytes()
    job, log, model = replay(written(*train), test, hyperparameters)

    assert log_template("\n".join(log)) == log_template((golden / "training-log.txt").read_text())
    assert scores(log)["rmse"] == pytest.approx(0.9069811409492536, abs=0.003)
    assert final(job)["test:rmse"] == pytest.approx(scores(log)["rmse"], rel=1e-6)
    X, y = recordio.read(io.BytesIO(test))
    error = artifact.load(model).params.predict(X) - y
    assert np.sqrt(np.mean(error.astype(float) ** 2)) == pytest.approx(scores(log)["rmse"], abs=1e-6)


@pytest.mark.movielens
def test_the_job_of_2023_on_ml_100k(golden_dir, movielens_dir, replay, log_template):
    golden = golden_dir / "fm-regressor-ml-100k-u1"
    with zipfile.ZipFile(movielens_dir / "ml-100k.zip") as archive:
        base = np.loadtxt(io.BytesIO(archive.read("ml-100k/u1.base")), dtype=np.int64)
    train = matrix(base[:, 0] - 1, 943 + base[:, 1] - 1, base[:, 2], 2625)
    hyperparameters = {
        "feature_dim": "2625",
        "num_factors": "64",
        "predictor_type": "regressor",
        "epochs": "50",
        "mini_batch_size": "1000",
    }
    test = (golden / "test.protobuf").read_bytes()
    _, log, model = replay(written(*train), test, hyperparameters)

    assert log_template("\n".join(log)) == log_template((golden / "training-log.txt").read_text())
    assert scores(log)["rmse"] == pytest.approx(1.0002629925, abs=0.002)

    with tarfile.open(golden / "model.tar.gz") as real, tarfile.open(model) as ours:
        members = [each.getmember("model_algo-1") for each in (real, ours)]
        archives = [
            zipfile.ZipFile(io.BytesIO(each.extractfile("model_algo-1").read())) for each in (real, ours)
        ]
    # Python's tarfile writes only the permissions of a mode; a real one has the file's kind in it, too.
    assert members[0].mode & 0o7777 == members[1].mode
    for key in ("name", "uid", "gid", "uname", "gname", "type", "size"):
        assert getattr(members[0], key) == getattr(members[1], key), key
    symbols, metas = zip(
        *((each.read("symbol.json"), each.read("meta.json")) for each in archives), strict=True
    )
    assert symbols[0] == symbols[1]
    assert json.loads(metas[0]) == json.loads(metas[1])
    real, ours = (artifact.load(each).params for each in (golden / "model.tar.gz", model))
    assert ours.w0 == pytest.approx(real.w0, abs=0.02)
    assert np.corrcoef(ours.w, real.w)[0, 1] > 0.998
    assert np.sqrt(np.mean(ours.V**2)) == pytest.approx(np.sqrt(np.mean(real.V**2)), rel=0.01)
