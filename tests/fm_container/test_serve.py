"""The endpoint's HTTP server, asked over real sockets."""

from __future__ import annotations

import http.client
import io
import json
import socket
import threading
from urllib.parse import unquote

import numpy as np
import pytest
from scipy import sparse

from course_utils import payload
from course_utils.fm.model import FMParameters
from course_utils.fm_container import serve
from course_utils.fm_container.log import Log

JSON, JSONLINES, RECORDIO = payload.JSON, payload.JSONLINES, payload.RECORDIO
DIM = 12


def _parameters(task: str = "regressor") -> FMParameters:
    rng = np.random.default_rng(0)
    w, V = rng.normal(0, 1, DIM), rng.normal(0, 0.5, (DIM, 3))
    return FMParameters(0.25, w.astype(np.float32), V.astype(np.float32), task)


@pytest.fixture
def rows() -> sparse.csr_array:
    return sparse.random_array((9, DIM), density=0.3, dtype=np.float32, format="csr", rng=2)


class Running:
    """A server on a free port and one connection to it."""

    def __init__(self, params: FMParameters, **options) -> None:
        self.log = io.StringIO()
        self.server = serve.Server(params, Log(self.log), **options)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        self.connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=20)

    def ask(self, body: bytes, content_type: str | None, accept: str | None = None):
        """Status, content type and body of a POST to /invocations."""
        headers = {"Content-Type": content_type, "Accept": accept}
        self.connection.request(
            "POST", "/invocations", body, {name: value for name, value in headers.items() if value}
        )
        reply = self.connection.getresponse()
        self.hint = unquote(reply.headers["X-Hint"] or "")
        return reply.status, reply.headers["Content-Type"], reply.read()

    def get(self, path: str):
        self.connection.request("GET", path)
        reply = self.connection.getresponse()
        return reply.status, reply.read()

    def stop(self) -> None:
        self.connection.close()
        self.server.shutdown()
        self.server.finish()
        self.thread.join()


@pytest.fixture
def start():
    running: list[Running] = []

    def start(task: str = "regressor", **options) -> Running:
        running.append(Running(_parameters(task), **options))
        return running[-1]

    yield start
    for each in running:
        each.stop()


def test_ping_is_empty(start):
    assert start().get("/ping") == (200, b"")


def test_execution_parameters(start):
    status, body = start().get("/execution-parameters")
    assert status == 200
    assert json.loads(body).keys() == {"MaxConcurrentTransforms", "BatchStrategy", "MaxPayloadInMB"}


@pytest.mark.parametrize("task", ["regressor", "binary_classifier"])
@pytest.mark.parametrize("content_type", [JSON, JSONLINES, RECORDIO])
@pytest.mark.parametrize("accept", [None, "*/*", JSON, JSONLINES, RECORDIO])
def test_every_pair_of_formats_gives_the_models_own_numbers(start, rows, task, content_type, accept):
    status, kind, body = start(task).ask(payload.encode_request(rows, content_type), content_type, accept)
    assert status == 200
    assert kind == (content_type if accept in (None, "*/*") else accept)
    predictions = payload.decode_response(body, kind)
    np.testing.assert_array_equal(predictions.score, _parameters(task).predict(rows))
    if task == "binary_classifier":
        np.testing.assert_array_equal(predictions.predicted_label, predictions.score >= 0.5)
    else:
        assert predictions.predicted_label is None


def test_json_reply_reads_as_real_ones_do(start, rows):
    body = start("binary_classifier").ask(payload.encode_request(rows[:1]), JSON)[2]
    score = float(_parameters("binary_classifier").predict(rows[:1])[0])
    label = "1.0" if score >= 0.5 else "0.0"
    assert body.decode() == f'{{"predictions": [{{"score": {score!r}, "predicted_label": {label}}}]}}'


def test_dense_json(start, rows):
    body = json.dumps({"instances": [{"features": row} for row in rows.toarray().tolist()]}).encode()
    reply = json.loads(start().ask(body, "application/json; charset=utf-8")[2])
    scores = [each["score"] for each in reply["predictions"]]
    np.testing.assert_array_equal(np.float32(scores), _parameters().predict(rows))


@pytest.mark.parametrize("content_type", [JSON, RECORDIO])
def test_batch_jobs_get_the_lines_of_real_output_files(start, rows, content_type):
    running = start("binary_classifier", batch=True)
    status, kind, body = running.ask(payload.encode_request(rows, content_type), content_type)
    assert (status, kind) == (200, JSONLINES)
    scores = _parameters("binary_classifier").predict(rows)
    assert body == payload.encode_transform_lines(scores, task="binary_classifier")
    assert body.startswith(b'{"predicted_label":')
    assert running.ask(payload.encode_request(rows, content_type), content_type, JSON)[1] == JSON


@pytest.mark.parametrize(
    ("body", "content_type", "accept", "status", "says"),
    [
        (b"{}", JSON, None, 400, "unable to evaluate payload provided"),
        (b"", JSON, None, 400, "unable to evaluate payload provided"),
        (b"\x00\x01\x02\x03", RECORDIO, None, 400, "unable to evaluate payload provided"),
        (
            b'{"instances": [{"features": [1, 2]}]}',
            JSON,
            None,
            400,
            "unable to evaluate payload provided",
        ),
        (b"1,2", "text/csv", None, 415, "Customer Error: Content-Type header value 'text/csv' not supported"),
        (b"{}", None, None, 415, "Customer Error: Content-Type header value '' not supported"),
        (None, JSON, "text/csv", 406, "Customer Error: Accept header value 'text/csv' not supported"),
    ],
)
def test_refusals_use_awss_words_and_explain_in_the_log(start, body, content_type, accept, status, says):
    running = start()
    good = payload.encode_request(np.eye(1, DIM))
    found = running.ask(good if body is None else body, content_type, accept)
    assert (found[0], found[2].decode()) == (status, says)
    assert running.hint
    assert f"{says}: {running.hint}" in running.log.getvalue()
    assert running.ask(good, JSON)[0] == 200  # and the connection is still good


def test_a_body_beyond_the_limit_is_refused_unread(start):
    running = start()
    with socket.create_connection(("127.0.0.1", running.server.server_port), timeout=20) as client:
        client.sendall(
            b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 99999999999\r\n\r\n"
        )
        reply = http.client.HTTPResponse(client)
        reply.begin()
        assert reply.status == 413
        assert b"at most 104857600" in reply.read()
        assert client.recv(1) == b""  # it has hung up: the body, if it comes, is no next request


@pytest.mark.parametrize("length", [b"", b"Content-Length: -1\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_a_body_of_unknown_length_is_refused(start, length):
    running = start()
    with socket.create_connection(("127.0.0.1", running.server.server_port), timeout=20) as client:
        client.sendall(b"POST /invocations HTTP/1.1\r\nHost: x\r\n" + length + b"\r\n")
        reply = http.client.HTTPResponse(client)
        reply.begin()
        assert reply.status == 411
        reply.read()
        assert client.recv(1) == b""


def test_unknown_paths_are_named(start):
    status, body = start().get("/invocation")
    assert status == 404
    assert b"GET /invocation." in body


def test_one_connection_carries_many_requests(start, rows):
    running = start()
    body = payload.encode_request(rows)
    running.ask(body, JSON)
    socket_used = running.connection.sock
    assert {running.ask(body, JSON)[0] for _ in range(20)} == {200}
    assert running.connection.sock is socket_used


def test_many_clients_at_once(start, rows):
    running = start()
    body = payload.encode_request(rows)
    expected = running.ask(body, JSON)[2]
    replies: list[bytes] = []

    def ask() -> None:
        client = http.client.HTTPConnection("127.0.0.1", running.server.server_port, timeout=20)
        for _ in range(10):
            client.request("POST", "/invocations", body, {"Content-Type": JSON})
            replies.append(client.getresponse().read())
        client.close()

    clients = [threading.Thread(target=ask) for _ in range(8)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    assert replies == [expected] * 80


def test_a_bug_is_answered_with_500_and_a_traceback_in_the_log(start, rows, monkeypatch):
    running = start()
    monkeypatch.setattr(serve.payload, "decode_request", lambda *_: 1 / 0)
    assert running.ask(b"{}", JSON)[0] == 500
    assert "ZeroDivisionError" in running.log.getvalue()


def test_shutting_down_lets_a_request_in_flight_end(start, rows, monkeypatch):
    running = start()
    arrived, go_on = threading.Event(), threading.Event()
    decode = payload.decode_request

    def slow(*arguments):
        arrived.set()
        assert go_on.wait(20)
        return decode(*arguments)

    monkeypatch.setattr(serve.payload, "decode_request", slow)
    replies: list[tuple] = []
    body = payload.encode_request(rows)
    client = threading.Thread(target=lambda: replies.append(running.ask(body, JSON)))
    client.start()
    assert arrived.wait(20)
    running.server.shutdown()
    closing = threading.Thread(target=running.server.finish)
    closing.start()
    closing.join(0.05)
    assert closing.is_alive()
    go_on.set()
    closing.join(20)
    client.join(20)
    assert not closing.is_alive()
    assert replies[0][0] == 200
