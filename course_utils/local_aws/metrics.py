"""Reads metrics out of a job's log by regular expressions, as SageMaker does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import regex

from course_utils.local_aws import texts
from course_utils.local_aws.errors import validation
from course_utils.local_aws.state import now


class MetricScanner:
    """Keeps the last value of every metric.

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
        self._last: dict[str, tuple[float, datetime]] = {}

    def scan(self, line: str) -> None:
        """Look for every metric in one log line."""
        for name, pattern in self._patterns:
            try:
                match = pattern.search(line, timeout=1)
                if match and match.groups():
                    self._last[name] = float(match[1]), now()
            except (ValueError, TimeoutError):
                continue  # not a number (SageMaker ignores it, too), or an expression that takes for ever

    def final(self) -> list[dict[str, Any]]:
        """``FinalMetricDataList`` of DescribeTrainingJob, in the order of the names."""
        return [
            {"MetricName": name, "Value": value, "Timestamp": when}
            for name, (value, when) in sorted(self._last.items())
        ]


def _compiled(definition: dict[str, str]) -> regex.Pattern[str]:
    try:
        return regex.compile(definition["Regex"])
    except regex.error as error:
        raise validation(texts.bad_metric(definition["Name"], str(error))) from error
