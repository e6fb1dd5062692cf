"""The endpoint's HTTP server, asked over real sockets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request

import numpy as np
import pytest
from scipy import sparse

from course_utils import payload, recordio
from course_utils.knn_container import model
from course_utils.knn_container.index import Index
from course_utils.knn_container.model import Model

JSON, JSONLINES, RECORDIO, CSV = payload.JSON, payload.JSONLINES, payload.RECORDIO, "text/csv"
QUERIES = np.float32([[0.5, 0.25, -1, 2], [3, 3.5, 0, 0], [0, 0, 0, 0.125]])


@pytest.fixture(params=["L2", "INNER_PRODUCT"])
def trained(request, points) -> Model:
    return Model(Index(points.X, request.param), points.y, 3, "classifier")


def requests(records, csv) -> dict[str, bytes]:
    """The same rows in every content type."""
    dense = [{"features": row} for row in QUERIES.tolist()]
    return {
        JSON: json.dumps({"instances": dense}).encode(),
        JSONLINES: "".join(
            json.dumps({"data": {"features": {"values": each["features"]}}}) + "\n" for each in dense
        ).encode(),
        RECORDIO: records(QUERIES),
        CSV: csv(QUERIES),
        "text/csv; label_size=0; charset=utf-8": csv(QUERIES).replace(b"\n", b"\r\n").rstrip(),
    }


def test_every_content_type_in_every_form_of_answer(trained, serving, records, csv):
    ask = serving(trained)
    expected = trained.predict(sparse.csr_array(QUERIES))
    plain = [{"predicted_label": label} for label in expected.predicted_label.tolist()]
    verbose = [
        {**row, "distances": distances, "labels": labels}
        for row, distances, labels in zip(
            plain, expected.distances.tolist(), expected.labels.tolist(), strict=True
        )
    ]
    for content_type, body in requests(records, csv).items():
        for parameters, rows in (("", plain), ("; verbose=true", verbose), (";verbose=True", verbose)):
            reply = ask(body, content_type, JSON + parameters)
            assert (reply.status, reply.content_type) == (200, JSON)
            assert json.loads(reply.body) == {"predictions": rows}
            reply = ask(body, content_type, JSONLINES + parameters)
            assert reply.content_type == JSONLINES
            assert [json.loads(line) for line in reply.body.splitlines()] == rows
            assert reply.body.endswith(b"}\n")
        reply = ask(body, content_type, RECORDIO)
        assert (
            recordio.read_labels(reply.body)["predicted_label"].tolist() == expected.predicted_label.tolist()
        )


def test_distances_ascend_whatever_the_measure(trained, serving, csv):
    """The nearest stands first for L2, last for a similarity, as in AWS's notebooks."""
    [answer] = json.loads(serving(trained)(csv(QUERIES[:1]), CSV, f"{JSON}; verbose=true").body)[
        "predictions"
    ]
    assert answer["distances"] == sorted(answer["distances"])
    if trained.index.metric == "L2":
        everyone = np.linalg.norm(trained.index.points - QUERIES[0], axis=1)
        nearest, place = everyone.min(), 0
    else:
        everyone = trained.index.points @ QUERIES[0]
        nearest, place = everyone.max(), -1
    assert answer["distances"][place] == pytest.approx(nearest, rel=1e-6)
    assert answer["labels"][place] in trained.labels[np.isclose(everyone, nearest)]


def test_the_verbose_recordio_answer(trained, serving, records):
    body = serving(trained)(records(QUERIES), RECORDIO, f"{RECORDIO}; verbose=true").body
    expected = trained.predict(sparse.csr_array(QUERIES))
    assert body == recordio.write_labels(
        {
            "predicted_label": expected.predicted_label,
            "distances": expected.distances,
            "labels": expected.labels,
        }
    )


@pytest.mark.parametrize(
    ("content_type", "accept", "batch", "answered"),
    [
        (JSON, None, False, JSON),
        (CSV, None, False, JSON),
        (CSV, "*/*", False, JSON),
        (JSONLINES, None, False, JSONLINES),
        (RECORDIO, None, False, RECORDIO),
        (RECORDIO, None, True, JSONLINES),
        (CSV, "text/html, application/jsonlines;q=0.5", False, JSONLINES),
    ],
)
def test_the_type_of_the_answer(points, serving, records, csv, content_type, accept, batch, answered):
    ask = serving(Model(Index(points.X, "L2"), points.y, 3, "regressor"), batch=batch)
    assert ask(requests(records, csv)[content_type], content_type, accept).content_type == answered


def test_batch_transform_lines(serving, records):
    """Names sorted, no spaces, decimals cut after the 15th: 0.1 as a float32 has 17."""
    index = Index(np.float32([[0.1], [3], [-1e-5]]), "INNER_PRODUCT")
    ask = serving(Model(index, np.float32([1, 2, 7]), 3, "regressor"), batch=True)
    body = ask(records(np.float32([[1], [2]])), RECORDIO, f"{JSONLINES}; verbose=true").body
    assert body.decode() == (
        '{"distances":[-0.000009999999747,0.100000001490116,3.0],"labels":[7.0,1.0,2.0],"predicted_label":3.333333253860473}\n'
        '{"distances":[-0.000019999999494,0.200000002980232,6.0],"labels":[7.0,1.0,2.0],"predicted_label":3.333333253860473}\n'
    )


def test_rows_of_float64_are_taken(trained, serving, records, wide):
    """AWS's notebook joins a column of ones to the users' vectors, which makes them float64."""
    ask = serving(trained)
    answers = [ask(rows, RECORDIO, f"{JSON}; verbose=true") for rows in (records(QUERIES), wide(QUERIES))]
    assert answers[0] == answers[1]
    assert answers[0].status == 200


@pytest.mark.parametrize(
    ("body", "content_type", "status", "hint"),
    [
        (b"1,2,3", CSV, 400, "The rows have 3 columns. The model has 4"),
        (b"1,2,3,4\n1,2\n", CSV, 400, "the number of columns changed from 4 to 2"),
        (b"1,2,3,x", CSV, 400, "could not convert string 'x'"),
        (b"1,2,3,nan", CSV, 400, "Instance 0 holds a number that is NaN"),
        (b"1,2,3,1e39", CSV, 400, "too large for a float32"),
        (b"3e38,3e38,3e38,3e38", CSV, 400, "distances of row 0 are too large"),
        (b"", CSV, 400, "no instances"),
        (b"7,1,2,3,4", "text/csv; label_size=1", 400, "Rows to predict have no label"),
        (b'{"instances": [{"features": [1, 2, 3]}]}', JSON, 400, "there are 3 values. The model has 4"),
        (b'{"instances": [{"features": [1, 2, 3, NaN]}]}', JSON, 400, "NaN is no JSON number"),
        (b"rubbish", RECORDIO, 400, "Record 0"),
        (b"1 2 3 4", "text/plain", 415, "k-NN reads application/json, application/jsonlines"),
    ],
)
def test_requests_that_cannot_be_answered(points, serving, body, content_type, status, hint):
    reply = serving(Model(Index(points.X, "L2"), points.y, 3, "classifier"))(body, content_type)
    assert reply.status == status
    assert hint in reply.hint
    assert reply.body == (
        b"unable to evaluate payload provided"
        if status == 400
        else b"Customer Error: Content-Type header value 'text/plain' not supported"
    )


def test_an_accept_that_is_not_offered(points, serving):
    ask = serving(Model(Index(points.X, "L2"), points.y, 3, "classifier"))
    assert ask(b"1,2,3,4", CSV, "text/csv").status == 406


def test_the_process(toy_job):
    """As the platform runs it: an endpoint over the files that training left, until SIGTERM."""
    toy_job.train()
    environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(toy_job.root), "SAGEMAKER_BIND_TO_PORT": "0"}
    process = subprocess.Popen(
        [sys.executable, "-m", "course_utils.knn_container", "serve"],
        env={name: value for name, value in environment.items() if name != "SAGEMAKER_BATCH"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        address = next(line for line in process.stdout if "Listening at" in line).split()[-2]
        assert urllib.request.urlopen(f"{address}/ping", timeout=10).status == 200
        process.send_signal(signal.SIGTERM)
        assert "Shutting down" in process.stdout.read()
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_process_without_a_model_says_so(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "course_utils.knn_container", "serve"],
        env={**os.environ, "SAGEMAKER_BASE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "There is no usable model at" in done.stdout


def test_k_may_be_changed_by_hand(toy_job):
    """As the developer guide says of model_algo-1.json."""
    toy_job.train()
    about = toy_job.root / "model" / "model_algo-1.json"
    about.write_text(about.read_text().replace('"k": 5', '"k": 10').replace("classifier", "regressor"))
    changed = model.load(toy_job.root)
    assert (changed.k, changed.predictor_type) == (10, "regressor")
