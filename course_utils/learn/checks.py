"""``check``: not attempted, passed, or not yet, with words for each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Literal

from course_utils.learn import look
from course_utils.learn.answers import LearnersFunction, NotAttempted, holds_placeholder, is_function
from course_utils.learn.catalogue import UnknownId, exercise
from course_utils.learn.expect import NotYet
from course_utils.learn.records import Exercise

Outcome = Literal["passed", "not attempted", "not yet"]

#: Key under which a displayed result states its outcome in the output's metadata, for the notebook's runner.
METADATA_KEY = "fm-course.check"

_SYMBOL = {"passed": "✔", "not attempted": "○", "not yet": "✘"}
_TONE = {"passed": "good", "not attempted": "quiet", "not yet": "bad"}


class CheckFailed(AssertionError):
    """Raised by `check` when ``COURSE_STRICT`` demands another outcome."""


#: What the environment variable ``COURSE_STRICT`` demands of every check: the course proves with it that its
#: own solutions pass, and that its notebooks as shipped count as not attempted.
DEMANDS = {"1": "passed", "unsolved": "not attempted"}


@dataclass(frozen=True)
class Result:
    """What `check` says.

    Attributes
    ----------
    exercise : str
        ``"E2.1"``.
    outcome : {"passed", "not attempted", "not yet"}
    message : str
        For the learner.
    misconception : str
        ``"M06"`` if the answer shows a known misconception, else empty.
    """

    exercise: str
    outcome: Outcome
    message: str
    misconception: str = ""

    @property
    def heading(self) -> str:
        """Symbol, word and exercise: ``✔ passed · E2.1``."""
        return f"{_SYMBOL[self.outcome]} {self.outcome} · {self.exercise}"

    def __repr__(self) -> str:
        return f"{self.heading}\n{self.message}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict, dict]:
        body = look.paragraphs(self.message)
        data = {
            "text/plain": repr(self),
            "text/html": look.card(_TONE[self.outcome], self.heading, body, status=True),
        }
        return data, {METADATA_KEY: {"exercise": self.exercise, "outcome": self.outcome}}


def check(exercise_id: str, answer: Any) -> Result:
    """Check an answer, and say what to do next.

    Parameters
    ----------
    exercise_id : str
        ``"E2.1"``.
    answer : object
        What the exercise asks for: a value, or a function of yours, which is then called.

    Returns
    -------
    Result
        Displays itself. Never raises, whatever the answer is.

    Raises
    ------
    CheckFailed
        Only when the environment variable ``COURSE_STRICT`` demands another outcome (see `DEMANDS`).
    """
    try:
        result = judge(exercise(exercise_id), answer)
    except UnknownId as error:
        result = Result(str(exercise_id), "not attempted", f"I do not know this exercise: {error}.")
    if result.outcome != DEMANDS.get(os.environ.get("COURSE_STRICT", ""), result.outcome):
        raise CheckFailed(repr(result))
    return result


def judge(task: Exercise, answer: Any) -> Result:
    """Say what an answer to an exercise deserves; `check` without the environment's demands."""
    nothing_yet = Result(
        task.id, "not attempted", f'Replace the `...` and run this cell again. Stuck? `hint("{task.id}")`'
    )
    if holds_placeholder(answer) or (answer is None and not task.none_is_an_answer):
        return nothing_yet
    given = (
        LearnersFunction(answer, none_is_an_answer=task.none_is_an_answer) if is_function(answer) else answer
    )
    try:
        task.verify(given)
    except NotAttempted:
        return nothing_yet
    except NotYet as reason:
        message = str(reason)
    except Exception as error:
        # The checker stumbled over an answer of an unforeseen kind: that, too, is the learner's to read.
        kind = "a function" if is_function(answer) else f"of type `{type(answer).__name__}`"
        message = (
            f"This exercise expects {task.expects}; your answer is {kind}, and checking it raised "
            f"`{type(error).__name__}: {error}`."
        )
    else:
        return Result(task.id, "passed", task.passed)
    for mistake in task.mistakes:
        if _matches(mistake.matches, given):
            return Result(task.id, "not yet", _with_hint(mistake.feedback, task), mistake.misconception)
    return Result(task.id, "not yet", _with_hint(message, task))


def _matches(matcher: Any, answer: Any) -> bool:
    """A matcher meets answers of every kind; one that it cannot read is not the mistake it looks for."""
    try:
        return bool(matcher(answer))
    except Exception:
        return False


def _with_hint(message: str, task: Exercise) -> str:
    return f'{message}\n\nStuck? `hint("{task.id}")`'
