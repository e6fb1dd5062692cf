"""The form of log lines; whole logs are compared with real ones in test_container.py."""

from __future__ import annotations

import io
import json
import re

import pytest

from course_utils.fm_container.log import ChannelSize, Log, PassCounter, TrainingLog, counter, milliseconds


class Clock:
    """A clock that is read, never waited for: each look takes a millisecond."""

    def __init__(self) -> None:
        self.now = 1715808646.309043

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


@pytest.fixture
def log() -> Log:
    return Log(io.StringIO(), clock=Clock())


def _lines(log: Log) -> list[str]:
    return log.stream.getvalue().splitlines()


def test_prefixes(log):
    log.info("a")
    log.warning("b")
    log.error("c")
    log.tensorio("info", "d")
    log.line("e")
    thread = re.search(r" (\d+)\]", _lines(log)[0])[1]
    assert _lines(log) == [
        f"[05/15/2024 21:30:46 INFO {thread}] a",
        f"[05/15/2024 21:30:46 WARNING {thread}] b",
        f"[05/15/2024 21:30:46 ERROR {thread}] c",
        "[2024-05-15 21:30:46.313] [tensorio] [info] d",
        "e",
    ]


def test_every_line_is_flushed_at_once():
    """Otherwise a log that is followed live arrives in lumps of 8 KiB."""
    seen = []

    class Stream(io.StringIO):
        def flush(self) -> None:
            seen.append(self.getvalue())

    log = Log(Stream())
    log.line("a")
    log.line("b")
    assert seen == ["a\n", "a\nb\n"]


def test_numbers_of_metrics_blocks():
    assert json.dumps(counter(994)) == '{"sum": 994.0, "count": 1, "min": 994, "max": 994}'
    assert json.dumps(milliseconds(4.25)) == '{"sum": 4.25, "count": 1, "min": 4.25, "max": 4.25}'


def test_pass_counter_counts_as_a_real_job_did():
    """ml-latest-small, mini_batch_size 994, after its second epoch: numbers from the real log."""
    passes = PassCounter()
    passes.see(994, 1)
    passes.reset()
    for _ in range(2):
        passes.reset()
        passes.see(70585, 72)
    assert [block["min"] for block in passes.metrics().values()] == [142164, 145, 70585, 72, 3, 70585, 72]


@pytest.mark.golden
def test_lines_of_a_real_epoch_come_out_digit_for_digit(golden_dir, log):
    """Tell the log what the real job knew in its first and last epoch; compare whole lines."""
    real = (golden_dir / "fm-regressor-ml-latest-small" / "training-log.txt").read_text().splitlines()
    quality = [line.split("] ", 1)[1] for line in real if "#quality_metric" in line]

    def value_of(where: str) -> dict[str, float]:
        lines = [line for line in quality if f"algo-1, {where} " in line]
        return {line.split(" <")[0].split()[-1]: float(line.split("=")[-1]) for line in lines}

    size = ChannelSize("/opt/ml/input/data/train", 70585, 72, 4517440, 994, 63616)
    story = TrainingLog(log)
    story.final_configuration({})
    story.initialized(size, epochs=91)
    for epoch in (0, 90):
        story.batch(epoch, 0, value_of(f"epoch={epoch}, batch=0 train"))
        story.epoch(epoch, value_of(f"epoch={epoch}, train"))
    ours = [line.split("] ", 1)[1] for line in _lines(log) if "#quality_metric" in line]
    wanted = [line for line in quality if re.search(r"epoch=(0|90), |algo-1, train", line)]
    assert len(ours) == 15
    assert ours == wanted


def test_later_batches_tell_their_speed(log):
    story = TrainingLog(log)
    story.final_configuration({})
    story.initialized(ChannelSize("train", 600, 600, 1, 1, 1), epochs=1)
    story.batch(0, 500, {"rmse": 1.0})
    speed, quality = _lines(log)[-2:]
    assert re.search(r"INFO \d+\] Iter\[0\] Batch \[500\]#011Speed: \d+\.\d\d samples/sec$", speed)
    assert quality.endswith("#quality_metric: host=algo-1, epoch=0, batch=500 train rmse <loss>=1.0")
