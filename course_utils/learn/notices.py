"""``notice``: what a learner must know about where the data came from."""

from __future__ import annotations

from typing import Protocol

from course_utils.learn import look
from course_utils.learn.look import Card


class HasNotice(Protocol):
    """Anything with a ``notice``, such as `course_utils.datasets.tables.Dataset`."""

    notice: str


def notice(dataset: HasNotice) -> Card | None:
    """Show the dataset's own notice, for instance that its ratings are made up; nothing if there is none."""
    if not dataset.notice:
        return None
    return look.say("quiet", "About this data", dataset.notice)
