"""One training job, from the files of ``input/`` to ``model/model_algo-1``.

How it ends, as the SageMaker container contract asks:

* exit code 0 and a model; or
* exit code 1, 2 or 3 and the reason in ``output/failure`` (see :mod:`~course_utils.fm_container.failure`); or
* after SIGTERM (StopTrainingJob, or MaxRuntimeInSeconds is over) exit code 143 = 128 + SIGTERM, no failure
  file, and the model as it is after the batch at hand. AWS documents that its algorithms save such an
  intermediate model where they can (CreateTrainingJob, StoppingCondition). The platform decides what to call
  the job; the code only says that training did not run to its end.

The model appears in ``model/`` by a rename: there is either none or a whole one.

Random numbers are fresh in each job, as on AWS, where no hyperparameter sets a seed. The environment
variable ``FM_SEED`` (CreateTrainingJob's ``Environment``) fixes them, for lessons and tests that need the
same figures.
"""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from course_utils import artifact
from course_utils.artifact.ndarray import MAX_BYTES
from course_utils.fm import adam
from course_utils.fm.model import FMParameters
from course_utils.fm_container import channels, config, failure, messages
from course_utils.fm_container.exchange import Hosts, Stopped, meet
from course_utils.fm_container.failure import CustomerError, PlatformError
from course_utils.fm_container.log import Log, TrainingLog
from course_utils.fm_container.paths import base_dir, model_file

STOPPED = 128 + signal.SIGTERM


def main() -> int:
    """Run the job under ``SAGEMAKER_BASE_DIR`` until it ends or SIGTERM comes; returns the exit code."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    return run(base_dir(), Log(), stop.is_set)


def run(root: Path, log: Log, should_stop: Callable[[], bool]) -> int:
    """Run the job under ``root`` and report every failure as the contract asks; returns the exit code."""
    return failure.reported(root, log, lambda: _train(root, log, should_stop))


def _train(root: Path, log: Log, should_stop: Callable[[], bool]) -> int:
    settings = root / "input" / "config"
    hosts = Hosts.of(config.read_object(settings / "resourceconfig.json"))
    log.host = hosts.current
    story = TrainingLog(log, distributed=hosts.several)
    final = _configure(settings / "hyperparameters.json", story)
    seed = _seed(os.environ.get("FM_SEED"))
    optimiser = adam.AdamConfig.from_hyperparameters(final)
    _check_size(optimiser)

    data = channels.read_all(
        root,
        config.read_object(settings / "inputdataconfig.json"),
        optimiser.feature_dim,
        optimiser.mini_batch_size,
    )
    if optimiser.predictor_type == "binary_classifier":
        channels.check_labels(data)
    train = data["train"]
    _load_compiled_code()
    try:
        steps = _meet(hosts, should_stop)
    except Stopped:
        log.warning(messages.STOPPED_WITHOUT_MODEL)
        return STOPPED
    story.initialized(train.size, optimiser.epochs)

    batches_done = 0

    def stop_before_batch() -> bool:
        nonlocal batches_done
        stopping = should_stop()
        batches_done += not stopping
        return stopping

    try:
        fitted = adam.fit(
            train.X,
            train.y,
            optimiser,
            seed=seed,
            on_epoch=lambda epoch: story.epoch(epoch.epoch, epoch.metrics),
            on_batch=story.batch,
            should_stop=stop_before_batch,
            rows_of=train.reread,
            optimiser=steps,
        )
    except ValueError as error:  # the rows are known to be good, so the settings made it diverge
        raise CustomerError(str(error)) from None

    stopped = len(fitted.history) < optimiser.epochs
    if stopped and not hosts.leading:
        log.warning(messages.STOPPED_FOLLOWER.format(epoch=len(fitted.history), leader=hosts.all[0]))
        return STOPPED
    if stopped and not batches_done:
        log.warning(messages.STOPPED_WITHOUT_MODEL)
        return STOPPED
    story.finalizing()
    if not hosts.leading:
        story.finished()
        return 0
    _save(root, fitted.params, final, story)
    if stopped:
        log.warning(messages.STOPPED_WITH_MODEL.format(epoch=len(fitted.history), batches=batches_done))
        return STOPPED
    if test := data.get("test"):
        story.tested(test.size, lambda: adam.evaluate(fitted.params, test.X, test.y))
    story.finished()
    return 0


def _configure(path: Path, story: TrainingLog) -> dict[str, Any]:
    """The final, valid configuration, every step of it told in the log."""
    story.default_configuration(str(config.DEFAULTS_FILE), config.DEFAULTS)
    provided = config.read_object(path)
    story.provided_configuration(str(path), provided)
    final = config.merge(provided)
    config.validate(final)
    story.final_configuration(final)
    return final


def _seed(value: str | None) -> int | None:
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and int(value) < 2**32):
        raise CustomerError(messages.BAD_SEED.format(value=value))
    return int(value)


def _check_size(optimiser: adam.AdamConfig) -> None:
    """Better now than after hours of training: the artefact reader takes no larger model."""
    size = optimiser.feature_dim * (20 + 4 * optimiser.num_factors)  # of the params file, but for some bytes
    if size > MAX_BYTES:
        raise CustomerError(messages.TOO_LARGE_MODEL.format(size=size, limit=MAX_BYTES))


def _meet(hosts: Hosts, should_stop: Callable[[], bool]) -> Callable[..., adam.Optimiser]:
    """What takes the steps of this host's training."""
    if not hosts.several:
        return adam.Optimiser
    folder = os.environ.get("SAGEMAKER_HOSTS_DIR")
    if not folder:
        raise PlatformError(messages.NO_MEETING_PLACE.format(count=len(hosts.all)))
    return meet(hosts, Path(folder), should_stop)


def _load_compiled_code() -> None:
    """Fit one number, so that the first epoch's time and throughput are those of training alone."""
    adam.fit(np.ones((1, 1)), np.ones(1), adam.AdamConfig(num_factors=1))


def _save(root: Path, params: FMParameters, final: Mapping[str, Any], story: TrainingLog) -> None:
    target = model_file(root)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root) as temporary:
        path = Path(temporary) / "state-0001.params"
        path.write_bytes(artifact.model_file(params, final, mtime=int(time.time())))
        story.saved(str(path))
        os.replace(path, target)
