"""One training job, from the files of ``input/`` to the three files of ``model/``.

Training is sampling and writing down: there is nothing to fit. It ends as that of factorization machines does
(:mod:`course_utils.fm_container.train`), but for SIGTERM, after which there is no model: half a sample would
be none.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from course_utils.fm_container import failure
from course_utils.fm_container.config import read_object
from course_utils.fm_container.failure import CustomerError
from course_utils.fm_container.log import Log, PassCounter
from course_utils.fm_container.paths import base_dir
from course_utils.knn_container import channels, config, messages, model
from course_utils.knn_container.config import Settings
from course_utils.knn_container.index import Index, unit_length
from course_utils.knn_container.log import Story, new_log
from course_utils.knn_container.model import Model
from course_utils.knn_container.sampling import Reservoir

STOPPED = 128 + signal.SIGTERM


def main() -> int:
    """Run the job under ``SAGEMAKER_BASE_DIR`` until it ends or SIGTERM comes; returns the exit code."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    return run(base_dir(), new_log(), stop.is_set)


def run(root: Path, log: Log, should_stop: Callable[[], bool]) -> int:
    """Run the job under ``root`` and report every failure as the contract asks; returns the exit code."""
    return failure.reported(root, log, lambda: _Job(root, log, should_stop).run())


class _Stopped(Exception):
    """SIGTERM came."""


class _Job:
    def __init__(self, root: Path, log: Log, should_stop: Callable[[], bool]) -> None:
        self.root, self.should_stop = root, should_stop
        self.story = Story(log)

    def run(self) -> int:
        folder = self.root / "input" / "config"
        self.settings = self._configure(folder / "hyperparameters.json")
        if len(hosts := read_object(folder / "resourceconfig.json").get("hosts", ["algo-1"])) > 1:
            raise CustomerError(messages.ONE_HOST_ONLY.format(count=len(hosts)))
        inputs = read_object(folder / "inputdataconfig.json")
        channels.check(inputs)
        try:
            trained = self._train(inputs["train"])
            score = self._test(trained, inputs["test"]) if "test" in inputs else None
        except _Stopped:
            self.story.log.warning(messages.STOPPED)
            return STOPPED
        model.save(self.root, trained)
        if score is not None:
            self.story.scored("accuracy" if trained.predictor_type == "classifier" else "mse", score)
        self.story.finished()
        return 0

    def _configure(self, path: Path) -> Settings:
        self.story.default_configuration(str(config.DEFAULTS_FILE), config.DEFAULTS)
        provided = read_object(path)
        self.story.provided_configuration(str(path), provided)
        final = config.merge(provided)
        settings = config.settings(final)
        self.story.final_configuration(final)
        return settings

    def _pieces(self, name: str, settings: Mapping[str, Any]):
        """The channel's rows and labels; tells about it in the end."""
        counter, start, num_bytes = PassCounter(), self.story.log.clock(), 0
        counter.reset()
        for X, y, size in channels.read(self.root, name, settings, self.settings.feature_dim):
            if self.should_stop():
                raise _Stopped
            counter.see(len(y), 0)
            num_bytes += size
            yield X, y
        counter.see(0, -(-counter.records // self.settings.mini_batch_size))
        self.story.passed_over(self.root / "input" / "data" / name, counter, num_bytes, start)

    def _train(self, channel: Mapping[str, Any]) -> Model:
        settings = self.settings
        reservoir = Reservoir(settings.sample_size, np.random.default_rng())
        for X, y in self._pieces("train", channel):
            reservoir.show(X, y)
        start = self.story.log.clock()
        points, labels = reservoir.sample()
        if settings.k > len(points):
            raise CustomerError(
                messages.TOO_FEW_POINTS.format(
                    k=settings.k, points=len(points), rows=reservoir.seen, sample_size=settings.sample_size
                )
            )
        if settings.index_metric == "COSINE":
            points = unit_length(points)
        self.story.built(len(points), reservoir.seen, start)
        return Model(Index(points, settings.index_metric), labels, settings.k, settings.predictor_type)

    def _test(self, trained: Model, channel: Mapping[str, Any]) -> float:
        """Accuracy, or mean squared error."""
        total, rows = 0.0, 0
        for X, y in self._pieces("test", channel):
            predicted = trained.predict(X).predicted_label.astype(np.float64)
            total += float(
                (predicted == y).sum()
                if trained.predictor_type == "classifier"
                else ((predicted - y) ** 2).sum()
            )
            rows += len(y)
        return total / rows
