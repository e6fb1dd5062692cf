"""What holds for the records behind every lesson, whether it is finished or still plain."""

from __future__ import annotations

import pytest

from course_utils.build.source import Source, sources
from course_utils.learn import lesson
from course_utils.learn.audit import audit
from course_utils.paths import SOURCES

LESSONS = sources(SOURCES)


@pytest.mark.parametrize("source", LESSONS, ids=lambda source: source.path.stem)
def test_every_known_mistake_gets_its_own_answer(source: Source) -> None:
    faults = audit(lesson(source.number))
    if source.plain:  # a plain lesson may still lack an exercise or a question for an objective
        faults = [fault for fault in faults if "has no" not in fault]
    assert faults == []


def test_the_exemplar_is_not_plain() -> None:
    assert [source.path.stem for source in LESSONS if not source.plain] == ["02_star_trek"]
