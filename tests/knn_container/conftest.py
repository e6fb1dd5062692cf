"""A folder laid out as SageMaker lays out ``/opt/ml``, a small problem, and ways to run k-NN on it."""

from __future__ import annotations

import http.client
import io
import json
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import numpy as np
import pytest

from course_utils import recordio
from course_utils.fm_container.log import Log
from course_utils.knn_container import serve, train
from course_utils.knn_container.model import Model

SETTINGS = {"feature_dim": "4", "k": "5", "predictor_type": "classifier", "sample_size": "1000"}


@dataclass
class Job:
    """One container's root folder, for a job that works unless it is changed."""

    root: Path

    def hyperparameters(self, **values: object) -> Job:
        self._config("hyperparameters", {**SETTINGS, **values})
        return self

    def channel(self, name: str, files: dict[str, bytes], **settings: str) -> Job:
        path = self.root / "input" / "config" / "inputdataconfig.json"
        channels = json.loads(path.read_text()) if path.exists() else {}
        self._config("inputdataconfig", channels | {name: {"TrainingInputMode": "File", **settings}})
        folder = self.root / "input" / "data" / name
        folder.mkdir(parents=True)
        for file, content in files.items():
            (folder / file).write_bytes(content)
        return self

    def resources(self, *hosts: str) -> Job:
        self._config("resourceconfig", {"current_host": hosts[0], "hosts": hosts})
        return self

    def _config(self, name: str, content: object) -> None:
        folder = self.root / "input" / "config"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps(content))

    def train(self, should_stop: Callable[[], bool] = lambda: False) -> tuple[int, str]:
        """Train in this process: exit code and log."""
        stream = io.StringIO()
        code = train.run(self.root, Log(stream, algorithm="knn"), should_stop)
        return code, stream.getvalue()

    @property
    def failure(self) -> str:
        return (self.root / "output" / "failure").read_text()


class Data(NamedTuple):
    X: np.ndarray
    y: np.ndarray


def records(X, y=None) -> bytes:
    """RecordIO-protobuf bytes."""
    stream = io.BytesIO()
    recordio.write(stream, X, y)
    return stream.getvalue()


def csv(X, y=None) -> bytes:
    table = X if y is None else np.column_stack([y, X])
    return "".join(",".join(map(repr, row)) + "\n" for row in table.tolist()).encode()


def wide(X, y=None) -> bytes:
    """Records as SDK v2 writes them for float64 rows and int64 labels (small ones)."""
    data = b""
    for number, row in enumerate(X.tolist()):
        payload = _entry(b"\x0a", _field(b"\x1a", _field(b"\x0a", struct.pack(f"<{len(row)}d", *row))))
        if y is not None:
            payload += _entry(b"\x12", _field(b"\x3a", _field(b"\x0a", bytes([int(y[number])]))))
        data += struct.pack("<II", 0xCED7230A, len(payload)) + payload + bytes(-len(payload) % 4)
    return data


def _entry(tag: bytes, value: bytes) -> bytes:
    return _field(tag, _field(b"\x0a", b"values") + _field(b"\x12", value))


def _field(tag: bytes, content: bytes) -> bytes:
    return tag + bytes([len(content)]) + content


@pytest.fixture(name="wide", scope="session")
def wide_fixture():
    return wide


@pytest.fixture(name="records", scope="session")
def records_fixture():
    return records


@pytest.fixture(name="csv", scope="session")
def csv_fixture():
    return csv


@pytest.fixture(scope="session")
def points() -> Data:
    """Three clouds of 40 points each, labelled 0, 1 and 7, with some points that stand there twice."""
    rng = np.random.default_rng(3)
    y = np.repeat(np.float32([0, 1, 7]), 40)
    X = (rng.normal(size=(120, 4)) + y[:, None] / 2).astype(np.float32)
    X[[17, 55, 90]] = X[3]
    order = rng.permutation(120)
    return Data(X[order], y[order])


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path / "ml").hyperparameters().resources("algo-1")


@pytest.fixture
def toy_job(job: Job, points: Data) -> Job:
    return job.channel("train", {"a.pbr": records(*points)})


class Reply(NamedTuple):
    status: int
    content_type: str
    body: bytes
    hint: str


@pytest.fixture
def serving() -> Iterator[Callable]:
    """``serving(model)`` starts a server; what it returns asks it: ``ask(body, content_type, accept)``."""
    running = []

    def start(model: Model, **options) -> Callable[..., Reply]:
        server = serve.Server(model, Log(io.StringIO()), **options)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
        running.append((server, thread, connection))

        def ask(body: bytes, content_type: str, accept: str | None = None) -> Reply:
            headers = {"Content-Type": content_type} | ({"Accept": accept} if accept else {})
            connection.request("POST", "/invocations", body, headers)
            reply = connection.getresponse()
            hint = unquote(reply.headers["X-Hint"] or "")
            return Reply(reply.status, reply.headers["Content-Type"], reply.read(), hint)

        return ask

    yield start
    for server, thread, connection in running:
        connection.close()
        server.shutdown()
        server.finish()
        thread.join()
