"""The training log.

No real log of k-NN was at hand, so its lines have the form of their family's, which factorization machines
share. The two ``#test_score`` lines are documented (developer guide, *k-NN Request and Response Formats*).
"""

from __future__ import annotations

import json
from pathlib import Path

from course_utils.fm_container.log import Log, PassCounter, TrainingLog, milliseconds

ALGORITHM = "knn"
_DIRECTION = {"accuracy": "<score>", "mse": "<loss>"}


class Story(TrainingLog):
    """Tells the story of one training job. The methods are called in the order in which they stand here,
    after those of the family that tell about the configuration."""

    def passed_over(self, channel: Path, counter: PassCounter, num_bytes: int, start: float) -> None:
        """A channel was read from its beginning to its end; ``start`` in seconds since 1970."""
        end = self.log.clock()
        stats = {
            "data_pipeline": str(channel),
            "epoch": 0,
            "duration": int((end - start) * 1000),
            "num_examples": counter.batches,
            "num_bytes": num_bytes,
        }
        self.log.tensorio("info", "epoch_stats=" + json.dumps(stats))
        meta = "training_data_iter" if channel.name == "train" else "test_data_iter"
        self.log.metrics(start, end, counter.metrics(), Meta=meta)
        if channel.name == "train":
            throughput = counter.records / max(end - start, 1e-9)
            host = f"host={self.log.host}"
            self.log.info(f"#progress_metric: {host}, completed 100.0 % of epochs")
            self.log.info(f"#throughput_metric: {host}, train throughput={throughput} records/second")

    def built(self, points: int, rows: int, start: float) -> None:
        """The index is about to be written; it took from ``start`` until now."""
        self.log.info(f"The index holds {points} of {rows} rows")
        end = self.log.clock()
        self.log.metrics(start, end, {"index.build.time": milliseconds((end - start) * 1000)})

    def scored(self, name: str, value: float) -> None:
        """The test channel's score."""
        self.log.info(f"#test_score ({self.log.host}) : {(name, value)}")
        what = f"test {name} {_DIRECTION[name]}={value!r}"
        self.log.info(f"#quality_metric: host={self.log.host}, {what}")


def new_log() -> Log:
    """Standard output, with ``#metrics`` blocks that name this algorithm."""
    return Log(algorithm=ALGORITHM)
