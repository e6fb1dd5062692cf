"""The container as SageMaker starts it: a process, its folder, its log and its sockets."""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from course_utils import artifact, payload, recordio


def _ask(process: subprocess.Popen, body: bytes, content_type: str) -> payload.Predictions:
    """Predictions of the server in ``process``, which says in its log where it listens."""
    for line in process.stdout:
        if found := re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", line):
            connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=20)
            connection.request("POST", "/invocations", body, {"Content-Type": content_type})
            reply = connection.getresponse().read()
            connection.close()
            return payload.decode_response(reply, content_type)
    raise AssertionError("the server ended before it listened")


def _svm(path: Path, feature_dim: int) -> tuple[sparse.csr_array, np.ndarray]:
    """Rows ``rating user:1 film:1``."""
    numbers = np.fromstring(path.read_text().replace(":1", ""), sep=" ").reshape(-1, 3)
    n = len(numbers)
    X = sparse.csr_array(
        (np.ones(2 * n, np.float32), numbers[:, 1:].astype(np.int32).ravel(), np.arange(0, 2 * n + 1, 2)),
        shape=(n, feature_dim),
    )
    return X, numbers[:, 0].astype(np.float32)


@pytest.mark.golden
def test_a_real_job_from_its_rows_to_its_predictions(
    golden_dir, empty_job, records, start_container, log_template
):
    """The real ml-latest-small job: same log, same test score, and an endpoint that gives these scores."""
    golden = golden_dir / "fm-regressor-ml-latest-small"
    real = (golden / "training-log.txt").read_text()
    test_bytes = (golden / "user_movie_test.recordio").read_bytes()
    X, y = _svm(golden / "user_movie_train.svm", 10334)
    # in the order of the real hyperparameters.json
    empty_job.hyperparameters(
        bias_init_method="normal",
        bias_lr="0.21899531189430518",
        epochs="91",
        factors_init_method="normal",
        factors_lr="5.357593337770278e-05",
        feature_dim="10334",
        linear_init_method="normal",
        linear_lr="0.00021524948053767607",
        mini_batch_size="994",
        num_factors="8",
        predictor_type="regressor",
    )
    empty_job.channel("train", {"train": records(X, y)}).channel("test", {"test": test_bytes})

    process = start_container("train", empty_job.root, FM_SEED="0")
    log, _ = process.communicate(timeout=120)
    assert process.returncode == 0, log[-2000:]
    assert log_template(log.replace(str(empty_job.root), "/opt/ml")) == log_template(real)

    scores = {
        name: float(value) for name, value in re.findall(r"#test_score \(algo-1\) : \('(\w+)', (\S+)\)", log)
    }
    assert scores["rmse"] == pytest.approx(0.9069811409492536, abs=0.003)

    params = artifact.load(empty_job.model).params
    test_rows, test_ratings = recordio.read(io.BytesIO(test_bytes))
    expected = params.predict(test_rows)
    error = expected.astype(float) - test_ratings
    assert np.sqrt(np.mean(error**2)) == pytest.approx(scores["rmse"], abs=1e-12)

    some = test_rows[:200]
    for content_type in (payload.JSON, payload.RECORDIO):
        server = start_container("serve", empty_job.root, SAGEMAKER_BIND_TO_PORT="0")
        found = _ask(server, payload.encode_request(some, content_type), content_type)
        np.testing.assert_array_equal(found.score, expected[:200])
        server.terminate()
        assert server.wait(20) == 0


# From the real log of a binary_classifier of 2025 (800 rows, mini_batch_size 64).
ACCURACY, CROSS_ENTROPY = "binary_classification_accuracy", "binary_classification_cross_entropy"
REAL_BINARY = f"""\
#quality_metric: host=algo-1, epoch=0, batch=0 train {ACCURACY} <score>=0.421875
#quality_metric: host=algo-1, epoch=0, batch=0 train {CROSS_ENTROPY} <loss>=0.695155680179596
#quality_metric: host=algo-1, epoch=0, batch=0 train binary_f_1.000 <score>=0.05128205128205128
#quality_metric: host=algo-1, epoch=0, train {ACCURACY} <score>=0.9495192307692307
#quality_metric: host=algo-1, epoch=0, train {CROSS_ENTROPY} <loss>=0.4596526141350086
#quality_metric: host=algo-1, epoch=0, train binary_f_1.000 <score>=0.045454545454545456
#test_score (algo-1) : ('{ACCURACY}', 0.99)
#test_score (algo-1) : ('{CROSS_ENTROPY}', 0.07022031709551811)
#test_score (algo-1) : ('binary_f_1.000', 0.0)"""


def test_log_of_a_binary_classifier(empty_job, toy, records, log_template):
    """The story of a regressor, told with the three metrics of a classifier as a real log has them."""
    X, y = toy
    labels = (y >= 4).astype(np.float32)
    empty_job.channel("train", {"a": records(X, labels)}).channel("test", {"a": records(X, labels)})
    root, story = str(empty_job.root), {}
    for task in ("regressor", "binary_classifier"):
        empty_job.hyperparameters(
            feature_dim="20", num_factors="2", predictor_type=task, epochs="2", mini_batch_size="64"
        )
        code, log = empty_job.train()
        assert code == 0, log
        story[task] = log_template(log.replace(root, "/opt/ml"))

    metric = re.compile(r"#quality_metric|#test_score")
    lines = [line.split("] ")[1] for line in story["binary_classifier"] if metric.search(line)]
    told = [line for line in lines if "epoch=0" in line or "#test_score" in line]
    assert told == log_template(REAL_BINARY)
    kinds = [
        [metric.findall(line) or line.replace(task, "TASK") for line in story[task]]
        for task in ("regressor", "binary_classifier")
    ]
    assert kinds[0] == kinds[1]
    # padding rows count: 130 rows are 3 batches of 64
    accuracy = float(re.search(r"epoch=1, train binary_classification_accuracy <score>=(\S+)", log)[1])
    assert (accuracy * 192).is_integer()


def test_sigterm_stops_training_promptly_and_leaves_a_whole_model(toy_job, start_container):
    toy_job.hyperparameters(
        feature_dim="20",
        num_factors="3",
        predictor_type="regressor",
        mini_batch_size="50",
        epochs="100000000",
    )
    process = start_container("train", toy_job.root)
    for line in process.stdout:
        if "#throughput_metric" in line:
            break
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=20)
    assert process.returncode == 143
    assert "Received SIGTERM: stopped in epoch" in rest
    assert toy_job.failure is None
    assert artifact.load(toy_job.model).params.feature_dim == 20
    assert sorted(path.name for path in toy_job.root.iterdir()) == ["input", "model"]


def test_a_failure_is_an_exit_code_a_file_and_a_log_line(toy_job, start_container):
    toy_job.hyperparameters(
        feature_dim="20", num_factors="3", predictor_type="regressor", mini_batch_siz="50"
    )
    process = start_container("train", toy_job.root)
    log, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    wanted = "Customer Error: Additional properties are not allowed ('mini_batch_siz' was unexpected)"
    assert toy_job.failure.startswith(wanted)
    assert re.search(rf"ERROR \d+\] {re.escape(wanted)}", log)


def test_serving_without_a_model_ends_with_a_reason(empty_job, start_container):
    process = start_container("serve", empty_job.root)
    log, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert f"There is no usable model at '{empty_job.model}'" in log


@pytest.mark.parametrize("arguments", [[], ["predict"], ["train", "now"]])
def test_anything_else_is_answered_with_the_usage(arguments):
    done = subprocess.run(
        [sys.executable, "-m", "course_utils.fm_container", *arguments],
        capture_output=True,
        text=True,
        env=os.environ,
        check=False,
    )
    assert done.returncode == 64
    assert done.stdout == ""
    assert done.stderr.startswith("usage: python -m course_utils.fm_container train|serve")


def test_serving_imports_no_compiler():
    """numba takes longer to load than everything else an endpoint needs."""
    found = subprocess.run(
        [
            sys.executable,
            "-c",
            "import course_utils.fm_container.serve, sys, json; print(json.dumps([*sys.modules]))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.split(".")[0] for name in json.loads(found.stdout)}
    assert not loaded & {"numba", "jsonschema", "sklearn", "boto3", "sagemaker"}
