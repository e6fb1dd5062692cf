"""Reads metrics out of a job's log by regular expressions, as SageMaker does."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from datetime import datetime
from typing import Any

import regex

from course_utils.local_aws import texts
from course_utils.local_aws.errors import validation
from course_utils.local_aws.state import now

_PATIENCE = 3  # lines on which an expression may run out of time before it is given up


class MetricScanner:
    """Keeps the values of every metric, in the order in which they came.

    A value is kept as SageMaker reports it, in single precision. What is no finite number is no value: a
    client could not read it, and nothing could be compared with it.

    Parameters
    ----------
    definitions : list of dict
        ``{"Name": …, "Regex": …}``; the expression's first group is the value.

    Raises
    ------
    AwsError
        ``ValidationException`` for an expression that cannot be read.
    """

    def __init__(self, definitions: list[dict[str, str]]) -> None:
        self._patterns = [(each["Name"], _compiled(each)) for each in definitions]
        self._values: dict[str, list[tuple[float, datetime]]] = {}
        self._too_slow: Counter[str] = Counter()

    def scan(self, line: str) -> None:
        """Look for every metric in one log line."""
        for name, pattern in self._patterns:
            if self._too_slow[name] >= _PATIENCE:
                continue
            try:
                match = pattern.search(line, timeout=1)
                value = float32(float(match[1])) if match and match.groups() else math.nan
            except TimeoutError:  # one of those expressions that take for ever
                self._too_slow[name] += 1
                continue
            except ValueError:
                continue  # not a number (SageMaker ignores it, too)
            if math.isfinite(value):
                self._values.setdefault(name, []).append((value, now()))

    def names(self) -> list[str]:
        """The metrics that have a value, in the order of their names."""
        return sorted(self._values.copy())

    def history(self, name: str) -> list[tuple[float, datetime]]:
        """Every value of one metric so far, oldest first, each with the time it was seen."""
        return list(self._values.get(name, ()))

    def final(self) -> list[dict[str, Any]]:
        """``FinalMetricDataList`` of DescribeTrainingJob: the last values, in the order of the names."""
        return [
            {"MetricName": name, "Value": values[-1][0], "Timestamp": values[-1][1]}
            for name, values in sorted(self._values.copy().items())
        ]


def float32(value: float) -> float:
    """The nearest number that single precision holds; infinite when it holds none so large."""
    return array("f", [value])[0]


def _compiled(definition: dict[str, str]) -> regex.Pattern[str]:
    try:
        return regex.compile(definition["Regex"])
    except regex.error as error:
        raise validation(texts.bad_metric(definition["Name"], str(error))) from error
