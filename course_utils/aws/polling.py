"""How those who follow a job know its end, and how often they look."""

from __future__ import annotations

import os

from course_utils.local_aws import redirect

ENDED = ("Completed", "Failed", "Stopped")
"""Statuses that a training, tuning or transform job never leaves."""


def seconds_between_looks(wanted: float | None) -> float:
    """``wanted``, or (None) 0.2 in local mode and 5 at AWS, which throttles whoever asks too often."""
    if wanted is not None:
        return wanted
    return 0.2 if redirect.ADDRESS_VARIABLE in os.environ else 5.0
