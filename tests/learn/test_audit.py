from __future__ import annotations

import dataclasses

from course_utils.learn.audit import audit
from course_utils.learn.records import Option


def replace_first(lesson_97, group, **values):
    first, *others = getattr(lesson_97, group)
    return dataclasses.replace(lesson_97, **{group: (dataclasses.replace(first, **values), *others)})


def test_a_lesson_that_keeps_its_promises(lesson_97):
    assert audit(lesson_97) == []


def test_objectives_without_practice_or_question(lesson_97):
    more = dataclasses.replace(lesson_97, objectives={**lesson_97.objectives, "O97.3": "fly"})
    assert audit(more) == ["O97.3 has no exercise", "O97.3 has no quiz question"]


def test_a_mistake_that_its_own_example_does_not_show(lesson_97):
    mistake = dataclasses.replace(lesson_97.exercises[0].mistakes[0], example=lambda x: x + 1)
    assert "'You doubled it.'" in audit(replace_first(lesson_97, "exercises", mistakes=(mistake,)))[0]


def test_a_silent_option(lesson_97):
    options = (Option("No, 9", " ", correct=True),)
    assert audit(replace_first(lesson_97, "questions", options=options)) == ["Q97.1 says nothing to 'No, 9'"]


def test_a_wrong_order_that_is_the_right_one(lesson_97):
    mistake = dataclasses.replace(lesson_97.parsons[0].mistakes[0], matches=lambda lines: True)
    assert "does not tell the order" in audit(replace_first(lesson_97, "parsons", mistakes=(mistake,)))[0]
