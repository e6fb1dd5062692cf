"""One tuning job on its way: launches training jobs, watches them, and ends."""

from __future__ import annotations

import logging
import secrets
import threading
from dataclasses import replace
from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.errors import AwsError
from course_utils.local_aws.platform import Platform
from course_utils.local_aws.state import Record, now
from course_utils.local_aws.training import operations as training
from course_utils.local_aws.training.run import KIND as TRAINING_JOB
from course_utils.local_aws.tuning import jobs, results
from course_utils.local_aws.tuning.completion import Verdict, failed, verdict
from course_utils.local_aws.tuning.early_stopping import hopeless
from course_utils.local_aws.tuning.jobs import ENDED, KIND
from course_utils.local_aws.tuning.ranges import Space
from course_utils.local_aws.tuning.results import Objective
from course_utils.local_aws.tuning.strategies import STRATEGIES, Trial

_WATCH_SECONDS = 0.05
_log = logging.getLogger(__name__)


class TuningRun:
    """Carries one tuning job from its first training job to its end, in a thread of its own.

    What it decides depends on the records alone, so that a new one can take over after a restart.

    Parameters
    ----------
    platform : Platform
    region, name : str
        Which tuning job; its record must be there.
    """

    def __init__(self, platform: Platform, region: str, name: str) -> None:
        self._platform, self._region, self._name = platform, region, name
        self._tuning_job = jobs.find(platform, region, name)
        self._config = self._tuning_job["HyperParameterTuningJobConfig"]
        self._objective = Objective.of(self._tuning_job)
        self._space = Space.of(self._config["ParameterRanges"])
        self._inherited = self._inherit()
        self._jobs = {
            job["TrainingJobName"]: job for job in jobs.training_jobs(platform, region, self._tuning_job)
        }
        self._scanners: dict[str, Any] = {}
        self._stopped: set[str] = set()
        self._verdict: Verdict | None = None
        self._stop_requested = self._halted = False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"tuning job {name}", daemon=True)
        # Before its training jobs are, so that at the server's end this one is told first.
        platform.running[KIND, region, name] = self

    def start(self) -> None:
        self._thread.start()

    def abandon(self) -> None:
        """Forget a run that was never started."""
        self._platform.running.pop((KIND, self._region, self._name), None)

    def request_stop(self) -> None:
        """Begin to stop the tuning job and its training jobs."""
        self._stop_requested = True
        self._wake.set()

    def shut_down(self) -> None:
        """The server ends: launch nothing more. The record stays as it is, for the next server to go on."""
        self._halted = True
        self._wake.set()
        self._thread.join(timeout=5)
        for name, job in self._jobs.items():
            if job["TrainingJobStatus"] not in ENDED:
                self._platform.registry.change(TRAINING_JOB, self._region, name, results.mark_as_lost)

    def launch(self) -> bool:
        """Launch the next training job; False when every combination has been tried.

        Raises
        ------
        AwsError
            When the training job is refused.
        """
        strategy = STRATEGIES[self._config["Strategy"]]
        kept = [job for job in self._jobs.values() if not results.lost(job)]
        trials = [results.trial(job, self._objective) for job in kept]
        parameters = strategy(self._space, [*self._inherited, *trials], self._tuning_job["Seed"])
        if parameters is None:
            return False
        name = f"{self._name}-{len(self._jobs) + 1:03d}-{secrets.token_hex(4)}"
        training.create_training_job(self._platform, self._region, self._request(name, parameters))
        self._jobs[name] = self._platform.registry.get(TRAINING_JOB, self._region, name)
        if run := self._platform.running.get((TRAINING_JOB, self._region, name)):
            self._scanners[name] = run.scanner
        return True

    def _request(self, name: str, parameters: dict[str, str]) -> dict[str, Any]:
        """CreateTrainingJob's request, and what a training job's record says of its tuning job."""
        definition = dict(self._tuning_job["TrainingJobDefinition"])
        static, own_name = definition.pop("StaticHyperParameters"), definition.pop("DefinitionName", None)
        definition.pop("HyperParameterTuningResourceConfig", None)
        arn = self._tuning_job["HyperParameterTuningJobArn"]
        return {
            **definition,
            "TrainingJobName": name,
            "HyperParameters": {**static, **parameters},
            "Tags": self._platform.registry.tags(arn),
            "TuningJobArn": arn,
            "TrainingJobDefinitionName": own_name,
            "TunedHyperParameters": parameters,
        }

    def _inherit(self) -> list[Trial]:
        """What the parents of a warm start have tried, as far as it lies inside the ranges."""
        trials = []
        warm_start = self._tuning_job.get("WarmStartConfig")
        for parent in jobs.parents(self._platform, self._region, warm_start) if warm_start else []:
            for job in jobs.training_jobs(self._platform, self._region, parent):
                parameters = {each.name: job["HyperParameters"][each.name] for each in self._space.ranges}
                if parameters in self._space and not results.lost(job):
                    trials.append(replace(results.trial(job, self._objective), parameters=parameters))
        return trials

    # --- the course of a tuning job -------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            end = self._course()
        except AwsError as refusal:
            end = self._give_up(refusal.message)
        except Exception as fault:  # a job must always end, or its learner would wait for ever
            _log.exception("tuning job %s", self._name)
            end = self._give_up(texts.local_fault(f"{type(fault).__name__}: {fault}"))
        finally:
            self._platform.running.pop((KIND, self._region, self._name), None)
        if not self._halted:
            finish(self._platform, self._region, self._name, end)

    def _course(self) -> Verdict:
        """Go on until nothing runs and nothing is to be launched any more."""
        while not self._halted:
            self._look()
            everything = list(self._jobs.values())
            running = [name for name, job in self._jobs.items() if job["TrainingJobStatus"] not in ENDED]
            if self._verdict is None:
                stopped = Verdict("Stopped") if self._stop_requested else None
                self._verdict = stopped or verdict(self._tuning_job, everything)
                for name in running if self._verdict else self._hopeless(running):
                    self._stop_training(name)
            waiting = bool(running)
            if self._verdict is None and self._has_room(len(running)):
                try:
                    if self.launch():
                        continue
                except AwsError as refusal:
                    if refusal.code != "ResourceLimitExceeded":
                        raise
                    waiting = True  # for the instances that other jobs have taken
            if not waiting:
                return self._verdict or failed(self._tuning_job, everything) or Verdict("Completed")
            self._wake.wait(_WATCH_SECONDS)
            self._wake.clear()
        return Verdict("InProgress")

    def _look(self) -> None:
        """Read again the records of the training jobs that have just ended."""
        for name, job in list(self._jobs.items()):
            gone = (TRAINING_JOB, self._region, name) not in self._platform.running
            if job["TrainingJobStatus"] not in ENDED and gone:
                self._jobs[name] = self._platform.registry.get(TRAINING_JOB, self._region, name)

    def _has_room(self, running: int) -> bool:
        limits = self._config["ResourceLimits"]
        most = limits.get("MaxNumberOfTrainingJobs")
        attempts = results.attempts(list(self._jobs.values()))
        return running < limits["MaxParallelTrainingJobs"] and (most is None or attempts < most)

    def _hopeless(self, running: list[str]) -> list[str]:
        """The running training jobs that early stopping ends."""
        if self._config.get("TrainingJobEarlyStoppingType", "Off") == "Off":
            return []
        earlier = [self._course_of(name) for name in self._jobs if name not in running]
        return [name for name in running if hopeless(self._course_of(name), earlier)]

    def _course_of(self, name: str) -> list[float]:
        """The losses of a training job from its beginning; none when an earlier server has run it."""
        scanner = self._scanners.get(name)
        values = scanner.history(self._objective.metric) if scanner else []
        return [self._objective.sign * value for value, _ in values]

    def _stop_training(self, name: str) -> None:
        run = self._platform.running.get((TRAINING_JOB, self._region, name))
        if run is not None and name not in self._stopped:  # None: it ended in this very moment
            self._stopped.add(name)
            run.request_stop()

    def _give_up(self, reason: str) -> Verdict:
        for name in self._jobs:
            self._stop_training(name)
        return Verdict("Failed", reason)


def finish(platform: Platform, region: str, name: str, end: Verdict) -> None:
    """Write a tuning job's end into its record."""

    def change(tuning_job: Record) -> None:
        tuning_job["HyperParameterTuningJobStatus"] = end.status
        tuning_job["HyperParameterTuningEndTime"] = now()
        if end.reason:
            tuning_job["FailureReason"] = end.reason

    platform.registry.change(KIND, region, name, change)


def recover(platform: Platform) -> None:
    """Take up the tuning jobs that an earlier server has left: those in progress go on.

    To be called after the training jobs have been recovered. One that was lost in the middle is made up for.
    """
    for region, name, tuning_job in platform.registry.everywhere(KIND):
        if tuning_job["HyperParameterTuningJobStatus"] == "Stopping":
            finish(platform, region, name, Verdict("Stopped"))
        elif tuning_job["HyperParameterTuningJobStatus"] == "InProgress":
            TuningRun(platform, region, name).start()
