"""One training job on its way: Starting, Downloading, Training, Uploading, and its end."""

from __future__ import annotations

import logging
import math
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.containers.container import Container
from course_utils.local_aws.containers.images import Image
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.state import Record, now
from course_utils.local_aws.storage import StorageError, join_uri, pack
from course_utils.local_aws.training import channels, job_metrics, opt_ml
from course_utils.local_aws.training.channels import DataObject
from course_utils.local_aws.training.cluster import Cluster, Exit, culprit
from course_utils.local_aws.training.metrics import MetricScanner
from course_utils.local_aws.training.pipes import PipeFeeder

KIND = "training-job"
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
STOP_GRACE_SECONDS = 120  # what SageMaker gives a container between SIGTERM and SIGKILL
# What spot instances save depends on the hour; this is what the one factorization machine saved whose log is
# public. DescribeTrainingJob: savings = (1 - BillableTimeInSeconds / TrainingTimeInSeconds) * 100.
SPOT_SAVINGS = 0.558

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
    instances : int
        On how many hosts: one process each, ``algo-1`` to ``algo-<instances>``.

    Attributes
    ----------
    scanner, instances
        As given.
    """

    def __init__(
        self,
        platform: Platform,
        region: str,
        name: str,
        image: Image,
        scanner: MetricScanner,
        instances: int = 1,
    ) -> None:
        self.scanner, self.instances = scanner, instances
        self._platform, self._region, self._name, self._image = platform, region, name, image
        self._root: Path = platform.state_dir / "jobs" / region / name
        self._hosts = [f"algo-{number}" for number in range(1, instances + 1)]
        self._lock = threading.Lock()
        self._cluster: Cluster | None = None
        self._fault: str | None = None  # why no more data can be had
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
            cluster = self._cluster
        if cluster is not None:
            threading.Thread(target=cluster.stop, args=(self._grace,), daemon=True).start()

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
            self._end(
                "Failed", "Failed", texts.JOB_FAILED, FailureReason=str(failure)[: opt_ml.REASON_LENGTH]
            )
        except Exception as fault:  # a job must always end, or its learner would wait for ever
            _log.exception("training job %s", self._name)
            reason = texts.local_fault(f"{type(fault).__name__}: {fault}")
            self._end("Failed", "Failed", texts.JOB_FAILED, FailureReason=reason[: opt_ml.REASON_LENGTH])
        finally:
            self._platform.running.pop((KIND, self._region, self._name), None)
            shutil.rmtree(self._root, ignore_errors=True)

    def _stages(self, job: Record) -> tuple[str, str, str]:
        """Run all stages; returns the status, the secondary status and its message."""
        self._say(texts.JOB_PREPARING)
        shutil.rmtree(self._root, ignore_errors=True)
        for host in self._hosts:
            opt_ml.lay_out(self._root / host, host, self._hosts, job)
        data = self._download(job)
        exits, too_long = self._train(job, data)
        with self._lock:
            stopped, self._over = self._stop_requested, True
        if self._fault and not stopped:
            raise JobFailed(texts.download_failed(self._fault))
        if exits is not None:
            self._keep_checkpoints(job)
        blamed = culprit(exits or [])
        if blamed and not (stopped or too_long):
            self._enter("Uploading", texts.JOB_UPLOADING)
            self._upload_output(job)
            raise JobFailed(opt_ml.failure_reason(self._root / blamed.host, blamed.status))
        if exits is not None:
            self._enter("Uploading", texts.JOB_UPLOADING)
            self._upload_model(job)
            self._upload_output(job)
        if stopped:
            return "Stopped", "Stopped", texts.JOB_STOPPED
        if too_long:
            return "Stopped", "MaxRuntimeExceeded", texts.JOB_MAX_RUNTIME
        return "Completed", "Completed", texts.JOB_COMPLETED

    def _download(self, job: Record) -> list[tuple[dict[str, Any], list[DataObject]]]:
        """Copy the channels to the hosts; returns those that are to be piped, with their objects."""
        piped = []
        copied = [each for each in job.get("InputDataConfig", []) if channels.input_mode(each, job) != "Pipe"]
        with self._lock:
            if self._stop_requested:
                return []
            message = texts.JOB_DOWNLOADING if copied else texts.JOB_IMAGE
            self._enter("Downloading", message, TrainingStartTime=now())
        try:
            for channel in job.get("InputDataConfig", []):
                objects = channels.objects(self._platform.storage, channel)
                if channel not in copied:
                    piped.append((channel, objects))
                    continue
                # FastFile too: a program cannot tell copies from files that are fetched when they are opened.
                for number, host in enumerate(self._hosts):
                    folder = self._root / host / "input" / "data" / channel["ChannelName"]
                    share = channels.share(channel, objects, number, self.instances)
                    channels.download(self._platform.storage, share, folder, lambda: self._stop_requested)
        except StorageError as error:
            raise JobFailed(texts.download_failed(str(error))) from error
        self._restore_checkpoints(job)
        self._say(texts.JOB_IMAGE)
        return piped

    def _train(
        self, job: Record, piped: list[tuple[dict[str, Any], list[DataObject]]]
    ) -> tuple[list[Exit] | None, bool]:
        """Run the program on all hosts; returns how it ended and whether it ran longer than allowed.

        None means that it was not started, because the job had been stopped before.
        """
        cluster, closing = Cluster(), []
        try:
            with self._lock:
                if self._stop_requested:
                    return None, False
                self._enter("Training", texts.JOB_TRAINING)
                self._cluster = cluster
                for number, host in enumerate(self._hosts):
                    closing += [self._feed(channel, objects, number).close for channel, objects in piped]
                    closing.append(self._start(job, host))
            if self._fault:
                return [], False
            try:
                exits = cluster.wait(job["StoppingCondition"]["MaxRuntimeInSeconds"])
            except TimeoutError:
                cluster.stop(self._grace)
                return [], True
            if self._stop_requested:
                cluster.stop(self._grace)
            return exits, False
        finally:
            cluster.stop(0)
            for close in closing:
                close()

    def _start(self, job: Record, host: str) -> Callable[[], None]:
        """Start the program on one host; returns what closes its log."""
        stream = f"{self._name}/{host}-{int(time.time() * 1000)}"
        log = self._platform.log_stream(self._region, LOG_GROUP, stream)
        root = self._root / host
        container = Container(
            self._image.train,
            root,
            {
                "AWS_REGION": self._region,
                "TRAINING_JOB_NAME": self._name,
                "TRAINING_JOB_ARN": job["TrainingJobArn"],
                **job.get("Environment", {}),
                # Hosts of a real job find each other by name. Here they share a folder, in which one can
                # leave word at which port it listens.
                "SAGEMAKER_HOSTS_DIR": str(self._root),
            },
            [log.write, self.scanner.scan],
        )
        self._cluster.add(host, container)
        return log.close

    def _feed(self, channel: dict[str, Any], objects: list[DataObject], number: int) -> PipeFeeder:
        """Let one channel flow into one host."""

        def fail(why: str) -> None:
            self._fault = self._fault or why
            threading.Thread(target=self._cluster.stop, args=(0,), daemon=True).start()

        folder = self._root / self._hosts[number] / "input" / "data"
        share = channels.share(channel, objects, number, self.instances)
        return PipeFeeder(self._platform.storage, share, folder, channel, fail)

    # --- checkpoints ----------------------------------------------------------------------------------------
    # SageMaker copies checkpoints while the job runs, in case it is interrupted. Here none is, so they are
    # copied when the program has ended.

    def _restore_checkpoints(self, job: Record) -> None:
        if "CheckpointConfig" not in job:
            return
        uri = join_uri(job["CheckpointConfig"]["S3Uri"], "")
        source = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}}
        objects = channels.objects(self._platform.storage, source)
        for host in self._hosts:
            folder = self._root / host / opt_ml.checkpoint_folder(job)
            channels.download(self._platform.storage, objects, folder, lambda: self._stop_requested)

    def _keep_checkpoints(self, job: Record) -> None:
        if "CheckpointConfig" not in job:
            return
        for host in self._hosts:
            folder = self._root / host / opt_ml.checkpoint_folder(job)
            for path in sorted(each for each in folder.rglob("*") if each.is_file()):
                name = path.relative_to(folder).as_posix()
                self._put(path, join_uri(job["CheckpointConfig"]["S3Uri"], name))

    # --- what it leaves -------------------------------------------------------------------------------------

    def _upload_model(self, job: Record) -> None:
        self._upload("model", job["ModelArtifacts"]["S3ModelArtifacts"])

    def _upload_output(self, job: Record) -> None:
        target = join_uri(job["OutputDataConfig"]["S3OutputPath"], self._name, "output", "output.tar.gz")
        self._upload("output/data", target)

    def _upload(self, folder: str, uri: str) -> None:
        """Store what all hosts wrote to ``folder`` as one archive; of two files of one name, algo-1's."""
        first = self._root / self._hosts[0] / folder
        for host in self._hosts[1:]:
            opt_ml.add_files(self._root / host / folder, first)
        if not any(first.iterdir()):
            return
        archive = self._root / "upload.tar.gz"
        pack(first, archive)
        self._put(archive, uri)

    def _put(self, path: Path, uri: str) -> None:
        try:
            self._platform.storage.upload(path, uri)
        except StorageError as error:
            raise JobFailed(texts.upload_failed(str(error))) from error

    # --- statuses -------------------------------------------------------------------------------------------

    def _change(self, change: Callable[[Record], None]) -> None:
        self._platform.registry.change(KIND, self._region, self._name, change)

    def _say(self, message: str) -> None:
        """Tell more about the secondary status that the job is in; nothing when it is stopping."""

        def change(job: Record) -> None:
            job["SecondaryStatusTransitions"][-1]["StatusMessage"] = message

        with self._lock:
            if not self._stop_requested:
                self._change(change)

    def _enter(self, secondary: str, message: str, **members: Any) -> None:
        """Begin the next secondary status."""
        moment = now()

        def change(job: Record) -> None:
            _begin(job, secondary, message, moment)
            job.update(members)

        self._change(change)

    def _end(self, status: str, secondary: str, message: str, **members: Any) -> None:
        with self._lock:
            self._over = True
        moment = now()

        def change(job: Record) -> None:
            _begin(job, secondary, message, moment)
            job["SecondaryStatusTransitions"][-1]["EndTime"] = moment
            started = job.setdefault("TrainingStartTime", moment)
            job.update(
                members,
                TrainingJobStatus=status,
                TrainingEndTime=moment,
                **_times(job, (moment - started).total_seconds()),
                FinalMetricDataList=self.scanner.final(),
            )

        self._change(change)
        job_metrics.keep(self._platform, self._region, self._name, self.scanner)


def _begin(job: Record, secondary: str, message: str, moment: Any) -> None:
    transitions = job["SecondaryStatusTransitions"]
    transitions[-1]["EndTime"] = moment
    transitions.append({"Status": secondary, "StartTime": moment, "StatusMessage": message})
    job["SecondaryStatus"] = secondary


def lose(job: Record) -> None:
    """End a job whose server ended before it; its time stops at its last sign of life. Nobody is billed."""
    last = job["LastModifiedTime"]
    started = job.setdefault("TrainingStartTime", last)
    moment = now()
    _begin(job, "Failed", texts.JOB_FAILED, moment)
    job["SecondaryStatusTransitions"][-1]["EndTime"] = moment
    job.update(
        TrainingJobStatus="Failed",
        FailureReason=texts.job_lost(),
        TrainingEndTime=moment,
    )
    if last > started:
        job["TrainingTimeInSeconds"] = math.ceil((last - started).total_seconds())


def _times(job: Record, seconds: float) -> dict[str, int]:
    """Billing begins with the download and counts whole seconds; spot instances cost less of them.

    By the service model there are no 0 seconds: a job that was stopped before its download has none of these.
    """
    whole = math.ceil(seconds)
    if not whole:
        return {}
    share = 1 - SPOT_SAVINGS if job.get("EnableManagedSpotTraining") else 1
    return {"TrainingTimeInSeconds": whole, "BillableTimeInSeconds": math.ceil(whole * share)}
