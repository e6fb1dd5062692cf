r"""The training log, line by line in the form of the real container (its Python 3 form, 2021 and later).

A job's log is what a learner watches, what SageMaker's metric definitions are matched against, and what
``follow(job_name)`` prints; so every line here has a real twin, with the same keys in the same order and
numbers written the same way (counters as ``"sum": 3.0, "count": 1, "min": 3, "max": 3``; times in
milliseconds; floats in ``repr`` digits).

Left out, because they speak of software that is not here:

* ``SyntaxWarning`` and ``RuntimeWarning`` lines of MXNet's and Python 3.8's own files, two lines each;
* ``[HH:MM:SS] /opt/brazil-pkg-cache/…`` lines: warnings of MXNet's C++ part about its key-value store;
* everything with ``Starting - …`` or ``Training - …``: the platform writes those, not the container.

Two lines are kept for their form and say nothing new: ``nvidia-smi …`` (this container uses no GPU, so the
search takes no time) and ``Create Store: local``. A TAB reaches CloudWatch as ``#011``, so that is written.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

ALGORITHM = "factorization-machines"

# The sign behind a metric's name: is a small or a large value good?
_DIRECTION = {
    "rmse": "<loss>",
    "mse": "<loss>",
    "absolute_loss": "<loss>",
    "binary_classification_accuracy": "<score>",
    "binary_classification_cross_entropy": "<loss>",
    "binary_f_1.000": "<score>",
}


def counter(value: int) -> dict[str, float]:
    """A count as a ``#metrics`` block shows it: the sum as a float, least and greatest as integers."""
    return {"sum": float(value), "count": 1, "min": value, "max": value}


def milliseconds(value: float) -> dict[str, float]:
    """A time as a ``#metrics`` block shows it."""
    return {"sum": value, "count": 1, "min": value, "max": value}


class Log:
    """Writes lines to ``stream``, each flushed at once so that the log can be followed live.

    Parameters
    ----------
    stream : text stream, optional
        Standard output by default.
    host : str
        The host's name in ``resourceconfig.json``.
    clock : callable, optional
        Seconds since 1970 as a float.
    algorithm : str
        What ``#metrics`` blocks call it.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        host: str = "algo-1",
        clock: Callable[[], float] = time.time,
        algorithm: str = ALGORITHM,
    ) -> None:
        self.stream = sys.stdout if stream is None else stream
        self.host = host
        self.clock = clock
        self.algorithm = algorithm
        self._thread = threading.get_ident()

    def line(self, text: str) -> None:
        """One line without a prefix."""
        self.stream.write(text + "\n")
        self.stream.flush()

    def _python(self, level: str, text: str) -> None:
        stamp = time.strftime("%m/%d/%Y %H:%M:%S", time.gmtime(self.clock()))
        self.line(f"[{stamp} {level} {self._thread}] {text}")

    def info(self, text: str) -> None:
        """``[MM/DD/YYYY HH:MM:SS INFO thread] text``; times are UTC."""
        self._python("INFO", text)

    def warning(self, text: str) -> None:
        """The same with WARNING."""
        self._python("WARNING", text)

    def error(self, text: str) -> None:
        """The same with ERROR."""
        self._python("ERROR", text)

    def tensorio(self, level: str, text: str) -> None:
        """A line of the data reader: ``[YYYY-MM-DD HH:MM:SS.mmm] [tensorio] [level] text``."""
        now = self.clock()
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now))
        self.line(f"[{stamp}.{int(now % 1 * 1000):03d}] [tensorio] [{level}] {text}")

    def metrics(self, start: float, end: float, values: Mapping[str, dict], **dimensions: Any) -> None:
        """One ``#metrics`` block; ``start`` and ``end`` in seconds since 1970."""
        block = {
            "StartTime": start,
            "EndTime": end,
            "Dimensions": {
                "Algorithm": self.algorithm,
                "Host": self.host,
                "Operation": "training",
                **dimensions,
            },
            "Metrics": dict(values),
        }
        self.line("#metrics " + json.dumps(block))

    def quality(self, stage: str, metrics: Mapping[str, float], where: str = "") -> None:
        """One line per metric; ``where`` is empty, ``"epoch=0, "`` or ``"epoch=0, batch=0 "``."""
        for name, value in metrics.items():
            what = f"{where}{stage} {name} {_DIRECTION[name]}={float(value)!r}"
            self.info(f"#quality_metric: host={self.host}, {what}")


@dataclass
class PassCounter:
    """What the real data iterator counts: rows and batches, over all passes and since the last reset."""

    records: int = 0
    batches: int = 0
    most_records: int = 0
    most_batches: int = 0
    resets: int = 0
    records_since_reset: int = 0
    batches_since_reset: int = 0

    def see(self, records: int, batches: int) -> None:
        """Count rows that were read; padding rows are not records."""
        self.records += records
        self.batches += batches
        self.records_since_reset += records
        self.batches_since_reset += batches
        self.most_records = max(self.most_records, self.records_since_reset)
        self.most_batches = max(self.most_batches, self.batches_since_reset)

    def reset(self) -> None:
        """Go back to the first row."""
        self.resets += 1
        self.records_since_reset = self.batches_since_reset = 0

    def metrics(self) -> dict[str, dict]:
        """The seven counters, named and ordered as in the log."""
        return {
            "Total Records Seen": counter(self.records),
            "Total Batches Seen": counter(self.batches),
            "Max Records Seen Between Resets": counter(self.most_records),
            "Max Batches Seen Between Resets": counter(self.most_batches),
            "Reset Count": counter(self.resets),
            "Number of Records Since Last Reset": counter(self.records_since_reset),
            "Number of Batches Since Last Reset": counter(self.batches_since_reset),
        }


@dataclass(frozen=True)
class ChannelSize:
    """What the log tells about one channel.

    ``path`` as the job sees it, ``records`` rows, ``batches`` = records / mini_batch_size rounded up,
    ``num_bytes`` of all its files, ``first_records`` and ``first_bytes`` of the first batch.
    """

    path: str
    records: int
    batches: int
    num_bytes: int
    first_records: int
    first_bytes: int


class TrainingLog:
    """Tells the story of one training job, in the order of a real log.

    The methods are called in the order in which they stand here. Blocks of ``#metrics`` chain: each begins
    when the one before it was written, as the real ones do.

    Parameters
    ----------
    log : Log
    distributed : bool
        Whether the job has several hosts.
    """

    def __init__(self, log: Log, distributed: bool = False) -> None:
        self.log = log
        self._distributed = distributed
        self._started = self._reader_started = self._block_start = log.clock()
        self._passes = PassCounter()

    def _block(self, values: Mapping[str, dict]) -> None:
        """A block of the job's own recorder, from the end of the last such block until now."""
        end = self.log.clock()
        self.log.metrics(self._block_start, end, values)
        self._block_start = self.log.clock()

    def _since(self, start: float) -> float:
        return (self.log.clock() - start) * 1000.0

    def _epoch_stats(
        self, size: ChannelSize, epoch: int, duration: float, batches: int, num_bytes: int
    ) -> None:
        stats = {
            "data_pipeline": size.path,
            "epoch": epoch,
            "duration": int(duration),
            "num_examples": batches,
            "num_bytes": num_bytes,
        }
        self.log.tensorio("info", "epoch_stats=" + json.dumps(stats))

    def _first_batch_read(self, size: ChannelSize) -> None:
        """The reader opens a channel once, for one batch, to learn names and shapes."""
        self._epoch_stats(size, 0, self._since(self._reader_started), 1, size.first_bytes)

    # -- configuration --

    def default_configuration(self, path: str, config: Mapping) -> None:
        """The hidden defaults, as they stand in ``path``."""
        self.log.info(f"Reading default configuration from {path}: {dict(config)}")

    def provided_configuration(self, path: str, config: Mapping) -> None:
        """What the job was given, as it stands in ``path``."""
        self.log.info(f"Merging with provided configuration from {path}: {dict(config)}")

    def final_configuration(self, config: Mapping) -> None:
        """Ends the set-up; what follows is counted as initialisation."""
        self.log.info(f"Final configuration: {dict(config)}")
        self.log.warning("Loggers have already been setup.")
        self.log.line(f"Process {os.getpid()} is a worker.")
        self.log.info("Using default worker.")
        self.log.info("Checkpoint loading and saving are disabled.")
        self.log.tensorio("warning", "TensorIO is already initialized; ignoring the initialization routine.")
        self._setup_ms = self._since(self._started)
        self._reader_started = self._block_start = self.log.clock()

    # -- before the first epoch --

    def initialized(self, train: ChannelSize, epochs: int) -> None:
        """The train channel has been opened and the network built."""
        self._train, self._epochs = train, epochs
        self._first_batch_read(train)
        self.log.info("nvidia-smi: took 0.000 seconds to run.")
        self.log.info("nvidia-smi identified 0 GPUs.")
        self.log.info("Number of GPUs being used: 0")
        self.log.info("[Sparse network] Building a sparse network.")
        self.log.info(f"Create Store: {'dist_async' if self._distributed else 'local'}")
        self._block({"initialize.time": milliseconds(self._since(self._block_start))})

        start = self.log.clock()
        self._passes.see(train.first_records, 1)
        self._passes.reset()
        self.log.metrics(start, self.log.clock(), self._passes.metrics(), Meta="init_train_data_iter")
        self._start_epoch()

    def _start_epoch(self) -> None:
        self._passes.reset()
        self._epoch_start = self.log.clock()

    # -- training --

    def batch(self, epoch: int, batch: int, metrics: Mapping[str, float]) -> None:
        """Metrics of an epoch so far."""
        if batch:
            speed = (batch + 1) * self._train.first_records / (self.log.clock() - self._epoch_start)
            self.log.info(f"Iter[{epoch}] Batch [{batch}]#011Speed: {speed:.2f} samples/sec")
        self.log.quality("train", metrics, f"epoch={epoch}, batch={batch} ")

    def epoch(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """The end of one pass over the train channel; the reader counts it as its pass 2·(epoch + 1)."""
        train, last = self._train, epoch == self._epochs - 1
        self._passes.see(train.records, train.batches)
        self._epoch_stats(
            train, 2 * (epoch + 1), self._since(self._epoch_start), train.batches, train.num_bytes
        )
        self.log.quality("train", metrics, f"epoch={epoch}, ")
        if last:
            self.log.quality("train", metrics)
        update = {"update.time": milliseconds(self._since(self._block_start))}
        self._block({"epochs": counter(self._epochs), **update} if epoch == 0 else update)
        percent = 100.0 * (epoch + 1) / self._epochs
        self.log.info(f"#progress_metric: host={self.log.host}, completed {percent} % of epochs")
        end = self.log.clock()
        self.log.metrics(
            self._epoch_start, end, self._passes.metrics(), epoch=epoch, Meta="training_data_iter"
        )
        throughput = train.records / max(end - self._epoch_start, 1e-9)
        self.log.info(
            f"#throughput_metric: host={self.log.host}, train throughput={throughput} records/second"
        )
        if not last:
            self._start_epoch()

    # -- after the last epoch --

    def finalizing(self) -> None:
        """Training is over; the parameters are about to be written."""
        if not self._distributed:
            self.log.warning(
                "wait_for_all_workers will not sync workers since the kv store is not running distributed"
            )
        self.log.info("Pulling entire model from kvstore to finalize")

    def saved(self, path: str) -> None:
        """The parameters lie in ``path``, a temporary file, about to become the model."""
        self._block({"finalize.time": milliseconds(self._since(self._block_start))})
        self.log.info(f'Saved checkpoint to "{path}"')

    def tested(self, test: ChannelSize, score: Callable[[], Mapping[str, float]]) -> None:
        """Call ``score()`` for the test metrics and report them."""
        self._first_batch_read(test)
        start = self.log.clock()
        metrics = score()
        self._epoch_stats(test, 1, self._since(start), test.batches, test.num_bytes)
        passes = PassCounter()
        passes.reset()
        passes.see(test.records, test.batches)
        self.log.metrics(start, self.log.clock(), passes.metrics(), Meta="test_data_iter")
        for name, value in metrics.items():
            self.log.info(f"#test_score ({self.log.host}) : {(name, float(value))}")
        self.log.quality("test", metrics)

    def finished(self) -> None:
        """The last block: how long the set-up and the whole job took."""
        self._block(
            {
                "setuptime": milliseconds(self._setup_ms),
                "totaltime": milliseconds(self._since(self._started)),
            }
        )
