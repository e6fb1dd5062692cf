"""One training job on its way: Starting, Downloading, Training, Uploading, and its end."""

from __future__ import annotations

import logging
import math
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.container import OPT_ML, Container, write_config
from course_utils.local_aws.images import Image
from course_utils.local_aws.metrics import MetricScanner
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.state import Record, now
from course_utils.local_aws.storage import StorageError, join_uri, pack

KIND = "training-job"
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
HOST = "algo-1"
STOP_GRACE_SECONDS = 120  # what SageMaker gives a container between SIGTERM and SIGKILL
REASON_LENGTH = 1024

_log = logging.getLogger(__name__)


class JobFailed(Exception):
    """Ends a run as Failed; the text is the FailureReason."""


class TrainingRun:
    """Carries one job from Starting to its end, in a thread of its own.

    Parameters
    ----------
    platform : Platform
    region, name : str
        Which job.
    image : Image
        What to run.
    scanner : MetricScanner
        Reads the job's metrics out of its log.
    """

    def __init__(
        self, platform: Platform, region: str, name: str, image: Image, scanner: MetricScanner
    ) -> None:
        self._platform, self._region, self._name, self._image = platform, region, name, image
        self._root: Path = platform.state_dir / "jobs" / region / name
        self._scanner = scanner
        self._lock = threading.Lock()
        self._container: Container | None = None
        self._stop_requested = False
        self._over = False  # past the point where a stop could change the outcome
        self._grace = STOP_GRACE_SECONDS
        self._thread = threading.Thread(target=self._run, name=f"training job {name}", daemon=True)

    def start(self) -> None:
        self._platform.running[KIND, self._region, self._name] = self
        self._thread.start()

    def request_stop(self) -> None:
        """Begin to stop the job; nothing happens when its work is done already."""
        with self._lock:
            if self._over:
                return
            if not self._stop_requested:
                self._stop_requested = True
                self._enter("Stopping", texts.JOB_STOPPING, TrainingJobStatus="Stopping")
            container = self._container
        if container is not None:
            threading.Thread(target=container.stop, args=(self._grace,), daemon=True).start()

    def shut_down(self) -> None:
        """The server ends: kill the program and do not wait for its work."""
        self._grace = 0
        self.request_stop()
        self._thread.join(timeout=5)

    # --- the course of a job --------------------------------------------------------------------------------

    def _run(self) -> None:
        job = self._platform.registry.get(KIND, self._region, self._name)
        try:
            status, secondary, message = self._stages(job)
            self._end(status, secondary, message)
        except JobFailed as failure:
            self._end("Failed", "Failed", texts.JOB_FAILED, FailureReason=str(failure)[:REASON_LENGTH])
        except Exception as fault:  # a job must always end, or its learner would wait for ever
            _log.exception("training job %s", self._name)
            reason = texts.local_fault(f"{type(fault).__name__}: {fault}")
            self._end("Failed", "Failed", texts.JOB_FAILED, FailureReason=reason[:REASON_LENGTH])
        finally:
            self._platform.running.pop((KIND, self._region, self._name), None)
            shutil.rmtree(self._root, ignore_errors=True)

    def _stages(self, job: Record) -> tuple[str, str, str]:
        """Run all stages; returns the status, the secondary status and its message."""
        self._lay_out(job)
        self._enter("Downloading", texts.JOB_DOWNLOADING, TrainingStartTime=now())
        self._download(job)
        exit_status, too_long = self._train(job)
        with self._lock:
            stopped, self._over = self._stop_requested, True
        if exit_status and not (stopped or too_long):
            self._upload_extra_output(job)
            raise JobFailed(failure_reason(self._root, exit_status))
        self._enter("Uploading", texts.JOB_UPLOADING)
        self._upload(job)
        if stopped:
            return "Stopped", "Stopped", texts.JOB_STOPPED
        if too_long:
            return "Stopped", "MaxRuntimeExceeded", texts.JOB_MAX_RUNTIME
        return "Completed", "Completed", texts.JOB_COMPLETED

    def _lay_out(self, job: Record) -> None:
        """Make ``/opt/ml`` as the container contract describes it."""
        shutil.rmtree(self._root, ignore_errors=True)
        for folder in ("input/config", "input/data", "model", "output/data", "code"):
            (self._root / folder).mkdir(parents=True)
        channels = job.get("InputDataConfig", [])
        # in alphabetical order, in which real logs print them
        write_config(self._root, "hyperparameters", dict(sorted(job.get("HyperParameters", {}).items())))
        write_config(
            self._root, "inputdataconfig", {each["ChannelName"]: _channel_config(each) for each in channels}
        )
        instance = job["ResourceConfig"]["InstanceType"]
        write_config(
            self._root,
            "resourceconfig",
            {
                "current_host": HOST,
                "current_instance_type": instance,
                "current_group_name": "homogeneousCluster",
                "hosts": [HOST],
                "instance_groups": [
                    {"instance_group_name": "homogeneousCluster", "instance_type": instance, "hosts": [HOST]}
                ],
                "network_interface_name": "lo",
            },
        )

    def _download(self, job: Record) -> None:
        for channel in job.get("InputDataConfig", []):
            folder = self._root / "input" / "data" / channel["ChannelName"]
            folder.mkdir()
            try:
                uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
                self._platform.storage.download_prefix(uri, folder, lambda: self._stop_requested)
            except StorageError as error:
                raise JobFailed(texts.download_failed(str(error))) from error

    def _train(self, job: Record) -> tuple[int, bool]:
        """Run the program; returns its exit status and whether it ran longer than allowed."""
        log = self._platform.log_stream(
            self._region, LOG_GROUP, f"{self._name}/{HOST}-{int(time.time() * 1000)}"
        )
        try:
            with self._lock:
                if self._stop_requested:
                    return 0, False
                self._enter("Training", texts.JOB_TRAINING)
                self._container = Container(
                    self._image.train,
                    self._root,
                    {
                        "AWS_REGION": self._region,
                        "TRAINING_JOB_NAME": self._name,
                        "TRAINING_JOB_ARN": job["TrainingJobArn"],
                        **job.get("Environment", {}),
                    },
                    [log.write, self._scanner.scan],
                )
            try:
                return self._container.wait(job["StoppingCondition"]["MaxRuntimeInSeconds"]), False
            except subprocess.TimeoutExpired:
                return self._container.stop(self._grace), True
        finally:
            log.close()

    def _upload(self, job: Record) -> None:
        self._upload_archive(self._root / "model", job["ModelArtifacts"]["S3ModelArtifacts"])
        self._upload_extra_output(job)

    def _upload_extra_output(self, job: Record) -> None:
        target = join_uri(job["OutputDataConfig"]["S3OutputPath"], self._name, "output", "output.tar.gz")
        self._upload_archive(self._root / "output" / "data", target)

    def _upload_archive(self, folder: Path, uri: str) -> None:
        if not any(folder.iterdir()):
            return
        archive = self._root / "upload.tar.gz"
        pack(folder, archive)
        try:
            self._platform.storage.upload(archive, uri)
        except StorageError as error:
            raise JobFailed(texts.upload_failed(str(error))) from error

    # --- statuses -------------------------------------------------------------------------------------------

    def _enter(self, secondary: str, message: str, **members: Any) -> None:
        """Begin the next secondary status."""
        moment = now()

        def change(job: Record) -> None:
            _begin(job, secondary, message, moment)
            job.update(members)

        self._platform.registry.change(KIND, self._region, self._name, change)

    def _end(self, status: str, secondary: str, message: str, **members: Any) -> None:
        with self._lock:
            self._over = True
        moment = now()

        def change(job: Record) -> None:
            _begin(job, secondary, message, moment)
            job["SecondaryStatusTransitions"][-1]["EndTime"] = moment
            started = job.setdefault("TrainingStartTime", moment)
            # Billing begins with the download; AWS counts whole seconds.
            seconds = math.ceil((moment - started).total_seconds())
            job.update(
                members,
                TrainingJobStatus=status,
                TrainingEndTime=moment,
                TrainingTimeInSeconds=seconds,
                BillableTimeInSeconds=seconds,
                FinalMetricDataList=self._scanner.final(),
            )

        self._platform.registry.change(KIND, self._region, self._name, change)


def _begin(job: Record, secondary: str, message: str, moment: Any) -> None:
    transitions = job["SecondaryStatusTransitions"]
    transitions[-1]["EndTime"] = moment
    transitions.append({"Status": secondary, "StartTime": moment, "StatusMessage": message})
    job["SecondaryStatus"] = secondary


def lose(job: Record) -> None:
    """End a job whose server ended before it; its time stops at its last sign of life."""
    last = job["LastModifiedTime"]
    started = job.setdefault("TrainingStartTime", last)
    moment = now()
    _begin(job, "Failed", texts.JOB_FAILED, moment)
    job["SecondaryStatusTransitions"][-1]["EndTime"] = moment
    job.update(
        TrainingJobStatus="Failed",
        FailureReason=texts.job_lost(),
        TrainingEndTime=moment,
        TrainingTimeInSeconds=math.ceil((last - started).total_seconds()),
        BillableTimeInSeconds=0,
    )


def _channel_config(channel: dict[str, Any]) -> dict[str, str]:
    """One entry of ``inputdataconfig.json``."""
    return {
        "TrainingInputMode": channel.get("InputMode", "File"),
        "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
            "S3DataDistributionType", "FullyReplicated"
        ),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
        **({"ContentType": channel["ContentType"]} if channel.get("ContentType") else {}),
    }


_FAULTS = {2: "ClientError", 3: "InternalServerError"}
_PREFIXES = {
    "Customer Error": "ClientError",
    "Algorithm Error": "AlgorithmError",
    "Platform Error": "InternalServerError",
}


def failure_reason(root: Path, exit_status: int) -> str:
    """FailureReason of a program that ended with ``exit_status``.

    The first 1024 characters of ``output/failure`` are the reason; its prefix, or else the exit status (1
    algorithm, 2 customer, 3 platform), says whose fault it is.
    """
    file = root / "output" / "failure"
    text = ""
    if file.is_file():
        with file.open(encoding="utf-8", errors="replace") as stream:
            text = stream.read().strip().replace(str(root), OPT_ML)[:REASON_LENGTH]
    fault = _FAULTS.get(exit_status, "AlgorithmError")
    prefix, colon, rest = text.partition(":")
    if colon and prefix in _PREFIXES:
        fault, text = _PREFIXES[prefix], rest.strip()
    return f"{fault}: {text}, exit code: {exit_status}"
