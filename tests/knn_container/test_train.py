"""Training jobs, run in this process on a folder like ``/opt/ml``."""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
import sys
from itertools import count

import numpy as np
import pytest
import regex
from scipy import sparse
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from course_utils.knn_container import model
from course_utils.local_aws.containers.images import knn_metrics


def test_all_rows_become_points_in_their_order(toy_job, points):
    code, _ = toy_job.train()
    assert code == 0
    built = model.load(toy_job.root)
    np.testing.assert_array_equal(built.index.points, points.X)
    np.testing.assert_array_equal(built.labels, points.y)
    assert (built.index.metric, built.k, built.predictor_type) == ("L2", 5, "classifier")


def test_the_three_documented_files(toy_job, points):
    toy_job.hyperparameters(index_metric="COSINE", predictor_type="regressor").train()
    folder = toy_job.root / "model"
    assert sorted(path.name for path in folder.iterdir()) == [
        "model_algo-1",
        "model_algo-1.json",
        "model_algo-1.labels",
    ]
    assert json.loads((folder / "model_algo-1.json").read_text()) == {
        "k": 5,
        "predictor_type": "regressor",
        "normalize": True,
        "version": "1.0",
    }
    assert (folder / "model_algo-1.labels").read_bytes() == struct.pack("<120f", *points.y)
    lengths = np.linalg.norm(model.load(toy_job.root).index.points, axis=1)
    np.testing.assert_allclose(lengths, 1, rtol=1e-6)


@pytest.mark.parametrize("kind", ["dense", "sparse", "csv", "float64"])
def test_every_form_of_the_data_gives_the_same_model(job, points, records, csv, wide, kind):
    X, y = points
    content = {
        "dense": lambda: records(X, y),
        "sparse": lambda: records(sparse.csr_array(X), y),
        "csv": lambda: csv(X, y),
        "float64": lambda: wide(X, y),
    }[kind]()
    settings = {"ContentType": "text/csv; label_size=1"} if kind == "csv" else {}
    assert job.channel("train", {"a": content}, **settings).train()[0] == 0
    built = model.load(job.root)
    np.testing.assert_array_equal(built.index.points, X)
    np.testing.assert_array_equal(built.labels, y)


def test_files_come_in_the_order_of_their_names(job, points, records):
    X, y = points
    files = {"part-1": records(X[50:], y[50:]), "part-0": records(X[:50], y[:50]), "part-2": b""}
    assert job.channel("train", files).train()[0] == 0
    np.testing.assert_array_equal(model.load(job.root).index.points, X)


@pytest.mark.parametrize(
    ("kind", "oracle", "name"),
    [("classifier", KNeighborsClassifier, "accuracy"), ("regressor", KNeighborsRegressor, "mse")],
)
def test_the_test_channel_is_scored(toy_job, points, records, kind, oracle, name):
    rng = np.random.default_rng(8)
    X, y = (points.X + rng.normal(size=points.X.shape)).astype(np.float32), points.y
    toy_job.hyperparameters(predictor_type=kind).channel("test", {"a": records(X, y)})
    code, log = toy_job.train()
    predicted = oracle(5, algorithm="brute").fit(points.X, points.y).predict(X)
    expected = (predicted == y).mean() if kind == "classifier" else ((predicted - y) ** 2).mean()
    assert code == 0
    [score] = re.findall(rf"#test_score \(algo-1\) : \('{name}', (\S+)\)", log)
    assert float(score) == pytest.approx(expected, rel=1e-6)
    found = {}
    for definition in knn_metrics():
        for line in log.splitlines():
            if match := regex.search(definition["Regex"], line):
                found[definition["Name"]] = float(match[1])
    assert found.keys() == {f"test:{name}", "train:progress", "train:throughput"}
    assert (found[f"test:{name}"], found["train:progress"]) == (float(score), 100)


def test_the_log_tells_the_story(toy_job):
    _, log = toy_job.hyperparameters(sample_size="100").train()
    steps = [
        "Reading default configuration from",
        "Merging with provided configuration from",
        "Final configuration: {'mini_batch_size': '5000'",
        '"num_examples": 1, "num_bytes":',
        '"Algorithm": "knn", "Host": "algo-1", "Operation": "training", "Meta": "training_data_iter"',
        "completed 100.0 % of epochs",
        "The index holds 100 of 120 rows",
        '"totaltime"',
    ]
    places = [log.index(step) for step in steps]
    assert places == sorted(places)
    for line in re.findall(r"^#metrics (.*)$", log, re.MULTILINE):
        assert json.loads(line).keys() == {"StartTime", "EndTime", "Dimensions", "Metrics"}


def test_a_sample_is_drawn_from_all_rows(toy_job, points):
    drawn = set()
    for _ in range(12):
        assert toy_job.hyperparameters(sample_size="30").train()[0] == 0
        built = model.load(toy_job.root)
        assert len(built.labels) == 30
        rows = {(*row, label) for row, label in zip(points.X.tolist(), points.y.tolist(), strict=True)}
        own = {
            (*row, label)
            for row, label in zip(built.index.points.tolist(), built.labels.tolist(), strict=True)
        }
        assert own <= rows
        drawn |= own
    assert len(drawn) > 100  # (1 - 30/120)**12 = 3% of the rows are missed


def test_sigterm_leaves_no_model(job, points, records):
    calls = count()
    job.channel("train", {name: records(*points) for name in "abc"})
    code, log = job.train(should_stop=lambda: next(calls) == 2)
    assert code == 143
    assert "Received SIGTERM before the index was built" in log
    assert not (job.root / "model").exists()
    assert not (job.root / "output" / "failure").exists()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_none(job, points, csv, value):
    X = points.X.copy()
    X[7, 2] = value
    job.channel("train", {"a": csv(X, points.y)}, ContentType="text/csv")
    assert job.train()[0] == 2
    assert job.failure.startswith("Customer Error: Unable to read data channel 'train'. Found ")
    assert ("missing (NaN)" if np.isnan(value) else "infinite") in job.failure


@pytest.mark.parametrize(
    ("files", "settings", "text"),
    [
        ({}, {}, "it holds no records"),
        ({"a": b""}, {}, "it holds no records"),
        ({"a": b"garbage"}, {}, "Requested content-type is 'application/x-recordio-protobuf'"),
        ({"a": b"1,2,3,4,5"}, {"ContentType": "text/libsvm"}, "Hint: k-NN trains on 'application/x-record"),
        ({"a": b"1,2,3,4,5"}, {"ContentType": "text/csv; label_size=2"}, "Hint: each row needs one label,"),
        ({"a": b"1,2,3,4,5"}, {"ContentType": "text/csv;label_size=0"}, "Hint: each row needs one label,"),
        ({"a": b"1,2,3,4"}, {"ContentType": "text/csv"}, "'a' has rows of 3 columns, but hyperparameter fe"),
        ({"a": b"y,a,b,c,d\n1,2,3,4,5\n"}, {"ContentType": "text/csv"}, "'a': could not convert string 'y'"),
        ({"a": b"1,2,3,4,5\n1,2,3\n"}, {"ContentType": "text/csv"}, "'a': the number of columns changed"),
        ({"a": b"1\n2\n"}, {"ContentType": "text/csv"}, "nothing is left beside the label"),
        ({"a": b"1,2,,4,5\n"}, {"ContentType": "text/csv"}, "could not convert string '' to float32"),
        ({"a": b"\xff\xfe1,2\n"}, {"ContentType": "text/csv"}, "Requested content-type is 'text/csv'"),
    ],
)  # fmt: skip
def test_channels_that_cannot_be_read(job, files, settings, text):
    assert job.channel("train", files, **settings).train()[0] == 2
    assert text in job.failure
    assert not (job.root / "model").exists()


def test_rows_without_labels(job, points, records):
    assert job.channel("train", {"a": records(points.X)}).train()[0] == 2
    assert "'a' has records without a label" in job.failure


def test_channels_of_other_names(job, toy_job, points, records):
    toy_job.channel("validation", {"a": records(*points)})
    assert toy_job.train()[0] == 2
    assert "Extraneous channel found: validation [Hint: k-NN reads 'train' and, if" in toy_job.failure
    (job.root / "input" / "config" / "inputdataconfig.json").write_text("{}")
    assert job.train()[0] == 2
    assert "Missing required channel: train [Hint: the job has " in job.failure


@pytest.mark.parametrize(("k", "sample_size"), [("121", "1000"), ("50", "49")])
def test_there_cannot_be_more_neighbours_than_points(toy_job, k, sample_size):
    assert toy_job.hyperparameters(k=k, sample_size=sample_size).train()[0] == 2
    assert (
        f"'k' is {k}, but the index holds {min(120, int(sample_size))} points: 120 rows were read"
        in toy_job.failure
    )


def test_a_bad_test_channel_leaves_no_model(toy_job, points, records):
    toy_job.channel("test", {"a": records(points.X[:, :3], points.y)})
    assert toy_job.train()[0] == 2
    assert "Unable to read data channel 'test'. " in toy_job.failure
    assert "'a' has rows of 3 columns" in toy_job.failure
    assert not (toy_job.root / "model").exists()


@pytest.mark.parametrize("kind", ["recordio", "csv"])
def test_pipe_mode(job, points, records, csv, kind):
    """All of a channel comes through the first epoch's pipe; a plain file stands for it here."""
    content = csv(*points) if kind == "csv" else records(*points)
    settings = {"ContentType": "text/csv"} if kind == "csv" else {}
    for name in ("train", "test"):
        job.channel(name, {}, TrainingInputMode="Pipe", **settings)
        (job.root / "input" / "data" / name).rmdir()
        (job.root / "input" / "data" / f"{name}_0").write_bytes(content)
    assert job.train()[0] == 0
    np.testing.assert_array_equal(model.load(job.root).index.points, points.X)


def test_one_host_alone(toy_job):
    assert toy_job.resources("algo-1", "algo-2").train()[0] == 2
    assert "asks for 2 hosts" in toy_job.failure


def test_the_entry_point(toy_job):
    command = [sys.executable, "-m", "course_utils.knn_container"]
    environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(toy_job.root)}
    done = subprocess.run([*command, "train"], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(
        "Docker entrypoint called with argument(s): train\nRunning default environment"
    )
    assert model.load(toy_job.root).feature_dim == 4
    wrong = subprocess.run([*command, "learn"], env=environment, capture_output=True, text=True)
    assert wrong.returncode == 64
    assert "train|serve" in wrong.stderr
