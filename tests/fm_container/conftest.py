"""A folder laid out as SageMaker lays out ``/opt/ml``, and ways to run the container on it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from course_utils import recordio
from course_utils.fm_container import train
from course_utils.fm_container.log import Log

# Tests that need a program from outside are there only when it is.
collect_ignore = [] if os.environ.get("COURSE_MXNET_PYTHON") else ["test_mxnet.py"]


def _pour(content: bytes, path: Path) -> None:
    with contextlib.suppress(BrokenPipeError):  # the reader wanted no more
        path.write_bytes(content)


@dataclass
class Job:
    """One container's root folder."""

    root: Path

    def hyperparameters(self, **values: object) -> Job:
        self._config("hyperparameters", values)
        return self

    def resources(self, *hosts: str) -> Job:
        self._config("resourceconfig", {"current_host": hosts[0], "hosts": hosts})
        return self

    def channel(self, name: str, files: dict[str, bytes], **settings: str) -> Job:
        path = self.root / "input" / "config" / "inputdataconfig.json"
        channels = json.loads(path.read_text()) if path.exists() else {}
        self._config("inputdataconfig", channels | {name: {"TrainingInputMode": "File", **settings}})
        folder = self.root / "input" / "data" / name
        folder.mkdir(parents=True)
        for file, content in files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(content)
        return self

    def _config(self, name: str, content: object) -> None:
        folder = self.root / "input" / "config"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps(content))

    def pipes(self, name: str, contents: list[bytes], **settings: str) -> Job:
        """A channel in Pipe mode; whoever opens its pipes gets these contents, one after another."""
        self.channel(name, {}, TrainingInputMode="Pipe", **settings)
        for epoch, content in enumerate(contents):
            path = self.root / "input" / "data" / f"{name}_{epoch}"
            os.mkfifo(path)
            threading.Thread(target=_pour, args=(content, path), daemon=True).start()
        return self

    def train(self, should_stop: Callable[[], bool] = lambda: False) -> tuple[int, str]:
        """Train in this process: exit code and log."""
        stream = io.StringIO()
        code = train.run(self.root, Log(stream), should_stop)
        return code, stream.getvalue()

    @property
    def failure(self) -> str | None:
        path = self.root / "output" / "failure"
        return path.read_text() if path.exists() else None

    @property
    def model(self) -> Path:
        return self.root / "model" / "model_algo-1"


def records(X, y=None) -> bytes:
    """RecordIO-protobuf bytes."""
    stream = io.BytesIO()
    recordio.write(stream, X, y)
    return stream.getvalue()


@pytest.fixture(name="records", scope="session")
def records_fixture():
    return records


@pytest.fixture(scope="session")
def toy() -> tuple[sparse.csr_array, np.ndarray]:
    """Rows and ratings: 130 of them, 20 columns, two ones in each row."""
    rng = np.random.default_rng(5)
    columns = np.column_stack([rng.integers(0, 12, 130), rng.integers(12, 20, 130)])
    X = sparse.csr_array((np.ones(260, np.float32), columns.ravel(), np.arange(0, 261, 2)), shape=(130, 20))
    return X, rng.integers(1, 6, 130).astype(np.float32)


@pytest.fixture
def empty_job(tmp_path: Path) -> Job:
    return Job(tmp_path / "ml").resources("algo-1")


@pytest.fixture
def toy_job(empty_job: Job, toy) -> Job:
    """A job that works: one channel, one small file."""
    empty_job.hyperparameters(
        feature_dim="20", num_factors="3", predictor_type="regressor", mini_batch_size="50"
    )
    return empty_job.channel("train", {"a.pbr": records(*toy)})


@pytest.fixture
def start_container() -> Iterator[Callable[..., subprocess.Popen]]:
    """Start ``python -m course_utils.fm_container``; whatever still runs at the end is killed."""
    started: list[subprocess.Popen] = []

    def start(command: str, root: Path, **environment: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-m", "course_utils.fm_container", command],
            env={**os.environ, "SAGEMAKER_BASE_DIR": str(root), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()
