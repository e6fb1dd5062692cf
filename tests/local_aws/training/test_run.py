"""One training job, stopped or broken at every stage; storage and logs are played by the test."""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from course_utils.local_aws.containers.images import Image
from course_utils.local_aws.state import Registry, now
from course_utils.local_aws.training import run as training_run
from course_utils.local_aws.training.metrics import MetricScanner
from course_utils.local_aws.training.run import KIND, TrainingRun

SAVE = "open('model/weights', 'w').write('42')"
SLEEP = f"{SAVE}; import time; print('ready', flush=True); time.sleep(600)"


class Gate:
    """Something that a job comes to and may not pass before the test lets it."""

    def __init__(self):
        self.reached, self.opened = threading.Event(), threading.Event()

    def __call__(self, *_):
        self.reached.set()
        assert self.opened.wait(30)


class Storage:
    """One object; ``on_download`` and ``on_upload`` are called before."""

    def __init__(self):
        self.on_download = self.on_upload = lambda *_: None
        self.uploads = []

    def list(self, uri):
        return ["data/a", "data/b"]

    def download(self, uri, path):
        self.on_download(uri)
        path.write_bytes(b"1")

    def upload(self, path, uri):
        self.on_upload(uri)
        self.uploads.append(uri)


class Job:
    """A run and what it leaves in the registry."""

    def __init__(self, state_dir, program, spot=False):
        state_dir.mkdir()
        self.lines, self.seen = [], []
        self.ready = threading.Event()
        registry = Registry(state_dir)
        self.storage = Storage()
        log = SimpleNamespace(write=self._write, close=lambda: None)
        self.platform = SimpleNamespace(
            state_dir=state_dir,
            registry=registry,
            running={},
            storage=self.storage,
            log_stream=lambda *_: log,
        )
        source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/data"}
        record = {
            "TrainingJobArn": "arn",
            "AlgorithmSpecification": {"TrainingInputMode": "File"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
            "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/output"},
            "ModelArtifacts": {"S3ModelArtifacts": "s3://bucket/output/job/output/model.tar.gz"},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            "EnableManagedSpotTraining": spot,
            "TrainingJobStatus": "InProgress",
            "SecondaryStatus": "Starting",
            "SecondaryStatusTransitions": [
                {"Status": "Starting", "StartTime": now(), "StatusMessage": "Starting the training job"}
            ],
            "LastModifiedTime": now(),
        }
        registry.add(KIND, "us-east-1", "job", record)
        image = Image("fake", [sys.executable, "-c", program], [])
        self.run = TrainingRun(self.platform, "us-east-1", "job", image, MetricScanner([]))

    def _write(self, line):
        self.lines.append(line)
        if line == "ready":
            self.ready.set()

    def end(self):
        self.run._thread.join(30)
        assert not self.run._thread.is_alive()
        assert self.platform.running == {}
        assert not (self.platform.state_dir / "jobs" / "us-east-1" / "job").exists()
        return self.platform.registry.get(KIND, "us-east-1", "job")


@pytest.fixture
def job(tmp_path):
    return lambda program=SAVE, **settings: Job(tmp_path / "state", program, **settings)


def story(record):
    """What a client prints that follows the job: each secondary status and its last message."""
    return [(each["Status"], each["StatusMessage"]) for each in record["SecondaryStatusTransitions"]]


PREPARED = ("Starting", "Preparing the instances for training")
DOWNLOADED = ("Downloading", "Downloading the training image")
STOPPING, STOPPED = ("Stopping", "Stopping the training job"), ("Stopped", "Training job stopped")
TRAINING = ("Training", "Training image download completed. Training in progress.")
UPLOADING = ("Uploading", "Uploading generated training model")


def test_the_story_of_a_job_that_works(job):
    """In the words and the order of real jobs' output."""
    running = job()
    gate = running.storage.on_download = Gate()
    running.run.start()
    assert gate.reached.wait(30)
    record = running.platform.registry.get(KIND, "us-east-1", "job")
    assert story(record) == [PREPARED, ("Downloading", "Downloading input data")]
    gate.opened.set()
    record = running.end()
    assert story(record) == [
        PREPARED,
        DOWNLOADED,
        TRAINING,
        UPLOADING,
        ("Completed", "Training job completed"),
    ]
    assert running.storage.uploads == ["s3://bucket/output/job/output/model.tar.gz"]


def test_the_story_of_a_job_that_fails(job):
    running = job("raise SystemExit(1)")
    running.run.start()
    record = running.end()
    assert story(record) == [PREPARED, DOWNLOADED, TRAINING, UPLOADING, ("Failed", "Training job failed")]
    assert record["FailureReason"] == "AlgorithmError: , exit code: 1"


def test_a_stop_before_anything_has_begun(job):
    running = job()
    running.run.request_stop()
    running.run.start()
    record = running.end()
    assert story(record) == [("Starting", "Starting the training job"), STOPPING, STOPPED]
    assert record["TrainingStartTime"] <= record["TrainingEndTime"]
    assert running.storage.uploads == []


def test_a_stop_while_downloading_skips_the_rest(job):
    running = job()
    gate = running.storage.on_download = Gate()
    running.run.start()
    assert gate.reached.wait(30)
    running.run.request_stop()
    gate.opened.set()
    record = running.end()
    downloading = ("Downloading", "Downloading input data")
    assert story(record) == [PREPARED, downloading, STOPPING, STOPPED]
    assert running.lines == []


def test_a_stop_while_training_keeps_the_model(job):
    running = job(SLEEP)
    running.run.start()
    assert running.ready.wait(30)
    running.run.request_stop()
    running.run.request_stop()  # a second one changes nothing
    record = running.end()
    assert story(record) == [PREPARED, DOWNLOADED, TRAINING, STOPPING, UPLOADING, STOPPED]
    assert running.storage.uploads == ["s3://bucket/output/job/output/model.tar.gz"]


def test_a_stop_while_uploading_comes_too_late(job):
    running = job()
    gate = running.storage.on_upload = Gate()
    running.run.start()
    assert gate.reached.wait(30)
    running.run.request_stop()
    gate.opened.set()
    assert story(running.end())[-1] == ("Completed", "Training job completed")


def test_a_program_that_ignores_the_stop_is_killed(job, monkeypatch):
    monkeypatch.setattr(training_run, "STOP_GRACE_SECONDS", 0.2)
    running = job(f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}")
    running.run.start()
    assert running.ready.wait(30)
    running.run.request_stop()
    assert running.end()["TrainingJobStatus"] == "Stopped"


@pytest.mark.parametrize("spot", [False, True])
def test_billing(job, spot, monkeypatch):
    """Whole seconds from the download on; spot instances as the one public log tells: 55.8 % less."""
    running = job(spot=spot)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    moments = iter(start + timedelta(seconds=each) for each in (1, 1, 2, 3, 100))
    monkeypatch.setattr(training_run, "now", lambda: next(moments))
    running.run.start()
    record = running.end()
    assert record["TrainingTimeInSeconds"] == 99
    assert record["BillableTimeInSeconds"] == (44 if spot else 99)
