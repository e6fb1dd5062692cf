"""``hint`` and ``solution``: help that gets stronger with each call."""

from __future__ import annotations

from collections import Counter

from course_utils.learn import look
from course_utils.learn.catalogue import UnknownId, exercise
from course_utils.learn.look import Card

_asked: Counter[str] = Counter()


def hint(exercise_id: str) -> Card:
    """Show the next hint; each call gives a stronger one, and the last points to the solution.

    The count lives in memory only: a restarted kernel begins again with the first hint.
    """
    try:
        task = exercise(exercise_id)
    except UnknownId as error:
        return look.say("quiet", "I do not know this exercise", str(error))
    _asked[task.id] += 1
    number = _asked[task.id]
    if number > len(task.hints):
        heading = f"Hints · {task.id}"
        message = (
            f'You have seen all {len(task.hints)} hints. `solution("{task.id}")` shows one way to do it.'
        )
    else:
        heading = f"Hint {number} of {len(task.hints)} · {task.id}"
        message = task.hints[number - 1]
    return look.say("ask", heading, message)


def solution(exercise_id: str) -> Card:
    """Show one way to solve the exercise, and what there is to say about it."""
    try:
        task = exercise(exercise_id)
    except UnknownId as error:
        return look.say("quiet", "I do not know this exercise", str(error))
    heading = f"One solution · {task.id}"
    body = look.code_block(task.solution) + look.paragraphs(task.discussion)
    return Card("ask", heading, body, f"{heading}\n\n{task.solution.strip()}\n\n{task.discussion.strip()}")


def forget_hints() -> None:
    """Begin again with the first hints."""
    _asked.clear()
