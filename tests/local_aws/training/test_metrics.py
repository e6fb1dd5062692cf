"""Metrics of a log: single precision, as DescribeTrainingJob gives them, in the order in which they came."""

from __future__ import annotations

import time

import numpy as np
import pytest

from course_utils.local_aws.errors import AwsError
from course_utils.local_aws.training.metrics import MetricScanner


def scanned(*lines):
    scanner = MetricScanner(
        [{"Name": "test:rmse", "Regex": r"rmse=(\S+)"}, {"Name": "none", "Regex": "rmse"}]
    )
    for line in lines:
        scanner.scan(line)
    return scanner


def test_values_are_kept_in_order_and_the_last_one_is_final():
    scanner = scanned("rmse=0.9", "nothing", "rmse=0.7124711275")
    values = [value for value, _ in scanner.history("test:rmse")]
    assert values == [float(np.float32(0.9)), 0.7124711275100708]  # as a real job reported it
    times = [when for _, when in scanner.history("test:rmse")]
    assert times == sorted(times)
    [final] = scanner.final()
    assert final == {"MetricName": "test:rmse", "Value": values[-1], "Timestamp": times[-1]}
    assert scanner.history("another") == []


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e60", "abc", ""])
def test_what_is_no_finite_number_is_no_value(value):
    scanner = scanned("rmse=1.5", f"rmse={value}")
    assert [each["Value"] for each in scanner.final()] == [1.5]


def test_an_unreadable_expression_is_refused():
    with pytest.raises(AwsError, match="expression of the metric x cannot be read"):
        MetricScanner([{"Name": "x", "Regex": "("}])


def test_an_expression_that_takes_for_ever_is_given_up():
    scanner = MetricScanner(
        [{"Name": "slow", "Regex": r"(?:1|11)+(?:x|y)()"}, {"Name": "a", "Regex": r"a=(\S+)"}]
    )
    begun = time.monotonic()
    for number in range(50):
        scanner.scan(f"{'1' * 100} a={number}")
    assert time.monotonic() - begun < 20  # 3 of the 50 seconds that it would have taken
    assert len(scanner.history("a")) == 50
