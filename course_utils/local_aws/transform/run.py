"""One batch transform job on its way: its containers, its objects, its end."""

from __future__ import annotations

import logging
import shutil
import threading
from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.state import Record, now
from course_utils.local_aws.training.channels import DataObject
from course_utils.local_aws.transform.worker import Failed, Worker

KIND = "transform-job"
REASON_LENGTH = 1024

_log = logging.getLogger(__name__)


class TransformRun:
    """Carries one job to its end, in a thread of its own and one for each instance.

    Parameters
    ----------
    platform : Platform
    region, name : str
        Which job.
    container : dict
        The model's container, as it was when the job was made.
    objects : list of DataObject
        What to transform; the instances deal them out among themselves.
    """

    def __init__(
        self,
        platform: Platform,
        region: str,
        name: str,
        container: dict[str, Any],
        objects: list[DataObject],
    ) -> None:
        self._platform, self._region, self._name = platform, region, name
        self._container, self._objects = container, objects
        self._root = platform.state_dir / "transforms" / region / name
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._workers: list[Worker] = []
        self._faults: list[str] = []
        self._thread = threading.Thread(target=self._run, name=f"transform job {name}", daemon=True)

    def start(self) -> None:
        self._platform.running[KIND, self._region, self._name] = self
        self._thread.start()

    def request_stop(self) -> None:
        """Begin to stop the job; nothing happens when its work is done already."""
        with self._lock:
            self._stopped.set()
            self._change(self._mark_stopping)
            workers = list(self._workers)
        for worker in workers:
            threading.Thread(target=worker.stop, daemon=True).start()

    def shut_down(self) -> None:
        """The server ends: kill the containers and do not wait for their work."""
        with self._lock:
            self._stopped.set()
            workers = list(self._workers)
        for worker in workers:
            worker.stop(grace=0)
        self._thread.join(timeout=5)

    def _run(self) -> None:
        job = self._platform.registry.get(KIND, self._region, self._name)
        try:
            self._change(lambda record: record.update(TransformStartTime=now()))
            self._work(job)
        finally:
            shutil.rmtree(self._root, ignore_errors=True)
            with self._lock:
                self._platform.running.pop((KIND, self._region, self._name), None)
                self._change(self._finish)

    def _work(self, job: Record) -> None:
        count = job["TransformResources"]["InstanceCount"]
        with self._lock:
            self._workers = [
                Worker(
                    self._platform,
                    self._region,
                    job,
                    self._container,
                    root=self._root / str(number),
                    cancelled=self._stopped,
                )
                for number in range(count)
            ]
        threads = [
            threading.Thread(
                target=self._let_work,
                args=(worker, self._objects[number::count]),
                name=f"transform job {self._name}, instance {number}",
                daemon=True,
            )
            for number, worker in enumerate(self._workers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _let_work(self, worker: Worker, objects: list[DataObject]) -> None:
        try:
            self._faults += worker.run(objects)
        except Failed as failure:
            self._faults.append(str(failure))
        except Exception as fault:  # a job must always end, or its learner would wait for ever
            _log.exception("transform job %s", self._name)
            self._faults.append(texts.local_fault(f"{type(fault).__name__}: {fault}"))

    def _change(self, change: Any) -> None:
        self._platform.registry.change(KIND, self._region, self._name, change)

    @staticmethod
    def _mark_stopping(job: Record) -> None:
        if job["TransformJobStatus"] == "InProgress":
            job["TransformJobStatus"] = "Stopping"

    def _finish(self, job: Record) -> None:
        job["TransformEndTime"] = now()
        if self._stopped.is_set():
            job["TransformJobStatus"] = "Stopped"
        elif self._faults:
            job.update(TransformJobStatus="Failed", FailureReason=self._faults[0][:REASON_LENGTH])
        else:
            job["TransformJobStatus"] = "Completed"
