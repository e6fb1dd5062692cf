"""``audit``: what is missing or contradictory in a lesson's records. For authors and tests."""

from __future__ import annotations

from course_utils.learn.checks import judge
from course_utils.learn.puzzles import shuffled
from course_utils.learn.records import Lesson


def audit(lesson: Lesson) -> list[str]:
    """Return one sentence per fault; an empty list means that the lesson keeps its promises.

    Every objective is checked by an exercise or puzzle and asked about in the quiz; every known mistake is
    recognised from its own example; every quiz option answers back; every placeholder is *not attempted*.
    """
    faults = []
    practised = {item.objective for item in (*lesson.exercises, *lesson.parsons)}
    asked = {question.objective for question in lesson.questions}
    for objective in lesson.objectives:
        if objective not in practised:
            faults.append(f"{objective} has no exercise")
        if objective not in asked:
            faults.append(f"{objective} has no quiz question")
    for task in lesson.exercises:
        if judge(task, ...).outcome != "not attempted":
            faults.append(f"{task.id} does not take ... as not attempted")
        for mistake in task.mistakes:
            result = judge(task, mistake.example)
            if result.outcome != "not yet" or not result.message.startswith(mistake.feedback):
                faults.append(
                    f"{task.id} answers the example of {mistake.feedback[:40]!r} with: {result.message!r}"
                )
    for question in lesson.questions:
        for option in question.options:
            if not option.feedback.strip():
                faults.append(f"{question.id} says nothing to {option.text!r}")
    for task in lesson.parsons:
        for mistake in task.mistakes:
            if mistake.matches(task.lines) or not mistake.matches(tuple(mistake.example)):
                faults.append(
                    f"{task.id} does not tell the order of {mistake.feedback[:40]!r} from the right one"
                )
        if shuffled(task) == list(task.lines):
            faults.append(f"{task.id} opens solved")
    return faults
