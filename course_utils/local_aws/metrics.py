"""Reads metrics out of a job's log by regular expressions, as SageMaker does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import regex

from course_utils.local_aws.state import now


class MetricScanner:
    """Keeps the last value of every metric.

    Parameters
    ----------
    definitions : list of dict
        ``{"Name": …, "Regex": …}``; the expression's first group is the value.
    """

    def __init__(self, definitions: list[dict[str, str]]) -> None:
        self._patterns = [(each["Name"], regex.compile(each["Regex"])) for each in definitions]
        self._last: dict[str, tuple[float, datetime]] = {}

    def scan(self, line: str) -> None:
        """Look for every metric in one log line."""
        for name, pattern in self._patterns:
            match = pattern.search(line, timeout=1)
            if match and match.groups():
                try:
                    self._last[name] = float(match[1]), now()
                except ValueError:
                    continue  # not a number: SageMaker ignores it too

    def final(self) -> list[dict[str, Any]]:
        """``FinalMetricDataList`` of DescribeTrainingJob, in the order of the names."""
        return [
            {"MetricName": name, "Value": value, "Timestamp": when}
            for name, (value, when) in sorted(self._last.items())
        ]
