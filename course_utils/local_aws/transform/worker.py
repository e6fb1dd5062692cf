"""One instance of a batch transform job: a container, and the objects that it is asked about.

Objects are read, cut into payloads, sent and written a little at a time; at most
``MaxConcurrentTransforms`` payloads are held. Answers are written in the order of the input. When one payload
of an object is refused, the object gets no output, and the others go on, as on AWS.
"""

from __future__ import annotations

import gzip
import http.client
import json
import threading
import time
import uuid
import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import unquote

from course_utils.local_aws import texts
from course_utils.local_aws.endpoints.artefacts import ArtefactError, fetch
from course_utils.local_aws.endpoints.serving import HINT, Reply, ServingProcess
from course_utils.local_aws.logs.stream import LogStream
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.state import Record
from course_utils.local_aws.storage import StorageError, join_uri
from course_utils.local_aws.training.channels import DataObject
from course_utils.local_aws.transform.batches import MB, BadInput, payloads
from course_utils.local_aws.transform.data_processing import Processing

LOG_GROUP = "/aws/sagemaker/TransformJobs"
INVOCATION_SECONDS, INVOCATION_RETRIES = 600, 3  # ModelClientConfig's defaults
_STRATEGIES = {"MultiRecord": "MULTI_RECORD", "SingleRecord": "SINGLE_RECORD"}


class Failed(Exception):
    """Nothing more can be done; the text is the FailureReason."""


class Settings(NamedTuple):
    """How requests are made; ``strategy`` in the container's own spelling."""

    concurrent: int
    megabytes: int
    strategy: str


class Refusal(Exception):
    """A payload that the container did not answer with success."""

    def __init__(self, reply: Reply | None) -> None:
        super().__init__()
        self.reply = reply


class Worker:
    """One instance.

    Parameters
    ----------
    platform : Platform
    region : str
    job : Record
    container : dict
        The model's container.
    root : Path
        A folder of its own, for the container's ``/opt/ml`` and for outputs on their way.
    cancelled : threading.Event
        Set when the job is being stopped.
    """

    def __init__(
        self,
        platform: Platform,
        region: str,
        job: Record,
        container: dict[str, Any],
        *,
        root: Path,
        cancelled: threading.Event,
    ) -> None:
        self._platform, self._region, self._job, self._container = platform, region, job, container
        self._root, self._cancelled = root, cancelled
        self._process: ServingProcess | None = None
        self._faults: list[str] = []
        self._advice = ""
        source, target = job["TransformInput"], job["TransformOutput"]
        self._split = source["SplitType"]
        self._processing = Processing(
            job["DataProcessing"],
            source.get("ContentType", ""),
            target.get("Accept", ""),
            split=self._split != "None",
        )
        self._headers = {
            **({"Content-Type": source["ContentType"]} if source.get("ContentType") else {}),
            **({"Accept": target["Accept"]} if target.get("Accept") else {}),
        }
        client = job.get("ModelClientConfig", {})
        self._retries = client.get("InvocationsMaxRetries", INVOCATION_RETRIES)
        self._seconds = client.get("InvocationsTimeoutInSeconds", INVOCATION_SECONDS)

    def run(self, objects: list[DataObject]) -> list[str]:
        """Transform all objects; returns a FailureReason for each that failed.

        Raises
        ------
        Failed
            When the container does not come up.
        """
        stream = f"{self._job['TransformJobName']}/i-{uuid.uuid4().hex[:17]}-{int(time.time() * 1000)}"
        log = self._platform.log_stream(self._region, LOG_GROUP, stream)
        data_log = self._platform.log_stream(self._region, LOG_GROUP, f"{stream}/data-log")
        try:
            process = self._launch(log)
            settings = self._settings(process)
            _say(data_log, texts.transform_settings(*settings))
            if self._split == "RecordIO" and settings.strategy == "SINGLE_RECORD":
                self._advice = texts.FRAMES_TAKEN_OFF
            self._transform(objects, process, settings, data_log)
        finally:
            self.stop()
            log.close()
            data_log.close()
        return self._faults

    def stop(self, **grace: float) -> None:
        """End the container."""
        process = self._process
        if process is not None:
            process.stop(**grace)

    # --- the container --------------------------------------------------------------------------------------

    def _launch(self, log: LogStream) -> ServingProcess:
        root = self._root / "ml"
        try:
            fetch(self._platform.storage, self._container, root)
        except ArtefactError as error:
            raise Failed(texts.client_error(str(error))) from error
        wanted = Settings(
            self._job.get("MaxConcurrentTransforms") or 1,
            self._job.get("MaxPayloadInMB", 6),
            _STRATEGIES[self._job.get("BatchStrategy", "MultiRecord")],
        )
        environment = {
            "AWS_REGION": self._region,
            **self._container.get("Environment", {}),
            **self._job.get("Environment", {}),
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_BATCH_STRATEGY": wanted.strategy,
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(wanted.megabytes),
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": str(wanted.concurrent),
        }
        image = self._platform.images.find(self._container["Image"])
        self._process = process = ServingProcess(image, root, environment, log.write, self._seconds)
        if not process.wait_until_healthy(self._cancelled) and not self._cancelled.is_set():
            process.stop(grace=0)  # after that its log is whole
            raise Failed(texts.transform_ping_failed(log.last_line))
        return process

    def _settings(self, process: ServingProcess) -> Settings:
        """What the job asks for; what it leaves open, the container may say (``/execution-parameters``)."""
        said: dict[str, Any] = {}
        reply = process.get("/execution-parameters")
        if reply.status == 200:
            with suppress(ValueError):
                content = json.loads(reply.body)
                said = content if isinstance(content, dict) else {}
        asked = self._job
        return Settings(
            asked.get("MaxConcurrentTransforms") or _whole(said.get("MaxConcurrentTransforms"), 1),
            asked.get("MaxPayloadInMB") or _whole(said.get("MaxPayloadInMB"), 6),
            _STRATEGIES.get(asked.get("BatchStrategy")) or str(said.get("BatchStrategy", "MULTI_RECORD")),
        )

    # --- the objects ----------------------------------------------------------------------------------------

    def _transform(
        self, objects: list[DataObject], process: ServingProcess, settings: Settings, data_log: LogStream
    ) -> None:
        waiting: deque[tuple[_Output, list[bytes], Future[bytes] | None]] = deque()

        def take() -> None:
            output, records, answer = waiting.popleft()
            if answer is None:
                self._finish(output)
            elif not output.failed:
                try:
                    output.write(self._processing.output(records, answer.result()))
                except (Refusal, BadInput, OSError) as failure:
                    self._fail(output, failure)
            else:
                answer.cancel()

        with ThreadPoolExecutor(settings.concurrent) as pool:
            for each in objects:
                output = _Output(each, self._job["TransformOutput"], self._root / "output", data_log)
                try:
                    for records in self._payloads(each, settings):
                        if output.failed or self._cancelled.is_set():
                            break
                        body = self._processing.request(records)
                        while sum(answer is not None for _, _, answer in waiting) >= settings.concurrent:
                            take()
                        kept = records if self._processing.joins else []  # many small objects: they weigh
                        waiting.append((output, kept, pool.submit(self._ask, process, body)))
                except (BadInput, StorageError, OSError, EOFError, zlib.error) as failure:
                    self._fail(output, failure)
                waiting.append((output, [], None))
                while len(waiting) > 2 * settings.concurrent:  # objects without records wait for nothing
                    take()
            while waiting:
                take()

    def _payloads(self, each: DataObject, settings: Settings) -> Iterator[list[bytes]]:
        with self._platform.storage.open(each.uri) as stored:
            zipped = self._job["TransformInput"]["CompressionType"] == "Gzip"
            stream: BinaryIO = gzip.GzipFile(fileobj=stored) if zipped else stored
            yield from payloads(
                stream,
                self._split,
                limit=settings.megabytes * MB,
                single=settings.strategy == "SINGLE_RECORD",
            )

    def _ask(self, process: ServingProcess, body: bytes) -> bytes:
        """One payload's answer; a container that fails at it is asked again, as AWS does."""
        for left in range(self._retries, -1, -1):
            reply = None
            with suppress(OSError, http.client.HTTPException):
                reply = process.invoke(body, self._headers)
            if reply is not None and reply.status < 300:
                return reply.body
            if left == 0 or self._cancelled.is_set() or not process.running:
                break
            if reply is not None and reply.status < 500:
                break
        raise Refusal(reply)

    def _finish(self, output: _Output) -> None:
        """All answers are in: store them, unless the object failed or the job is being stopped."""
        if not output.failed and not self._cancelled.is_set():
            try:
                self._platform.storage.upload(output.close(), output.uri)
            except (StorageError, OSError) as failure:
                self._fail(output, failure)
        output.discard()

    def _fail(self, output: _Output, failure: Exception) -> None:
        if output.failed or self._cancelled.is_set():
            return
        output.failed = True
        if isinstance(failure, Refusal):
            self._faults.append(output.refused(failure.reply, self._advice))
        else:
            reason = texts.client_error(str(failure))
            output.say(reason)
            self._faults.append(texts.hinted(reason, output.name))


class _Output:
    """The answers about one object on their way to S3, and what the data log says of it."""

    def __init__(self, source: DataObject, target: dict[str, Any], folder: Path, data_log: LogStream) -> None:
        self.uri = join_uri(target["S3OutputPath"], f"{source.name}.out")
        self.failed = False
        self.name = source.uri.removeprefix("s3://")
        self._line_by_line = target["AssembleWith"] == "Line"
        self._data_log = data_log
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / uuid.uuid4().hex
        self._file = self._path.open("wb")

    def write(self, answer: bytes) -> None:
        self._file.write(answer)
        if self._line_by_line and not answer.endswith(b"\n"):
            self._file.write(b"\n")

    def close(self) -> Path:
        self._file.close()
        return self._path

    def discard(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def say(self, text: str) -> None:
        """Lines about this object in the data log."""
        for line in text.split("\n"):
            _say(self._data_log, f"{self.name}: {line}")

    def refused(self, reply: Reply | None, advice: str) -> str:
        """Log what the container answered (None: nothing); returns the FailureReason."""
        if reply is None:
            self.say(texts.NO_RESPONSE)
            return texts.transform_failed(None, self.name, f"{texts.NO_RESPONSE}.")
        message = reply.body.decode("utf-8", "replace").rstrip("\n")
        hint = f"{unquote(reply.headers.get(HINT, ''))} {advice}".strip()
        self.say(f"{texts.bad_status(reply.status)}\n\nMessage:\n{texts.hinted(message, hint)}")
        return texts.transform_failed(reply.status, self.name, f"{message}.", hint)


def _say(log: LogStream, text: str) -> None:
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    log.write(f"{moment}:[sagemaker logs]: {text}")


def _whole(value: object, default: int) -> int:
    return value if isinstance(value, int) and value > 0 else default
