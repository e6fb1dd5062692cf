"""What a lesson knows about its questions: plain records, no behaviour beyond checking their own shape.

The ids carry the lesson's number: ``E2.1`` is an exercise of lesson 2, ``P2.1`` a prediction, ``Q2.1`` a quiz
question, ``O2.1`` an objective. Misconceptions (``M06``) are numbered through the whole course.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

HINTS_PER_EXERCISE = 3
_ITEM_ID = re.compile(r"([EPQO])(\d{1,2})\.(\d{1,2})")
_MISCONCEPTION_ID = re.compile(r"M\d{2}")


def _require_id(value: str, letter: str) -> None:
    match = _ITEM_ID.fullmatch(value)
    if match is None or match[1] != letter:
        raise ValueError(
            f"the id {value!r} should look like '{letter}2.1': letter, lesson number, dot, number"
        )


def _require_misconception(value: str) -> None:
    if value and not _MISCONCEPTION_ID.fullmatch(value):
        raise ValueError(f"the misconception id {value!r} should look like 'M06'")


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One wrong answer that learners are known to give, and what to say to it.

    Parameters
    ----------
    matches : callable
        ``matches(answer) -> bool``. Tried only after the answer failed ``Exercise.verify``, so it may be
        generous. If it raises, it does not match.
    feedback : str
        Why this answer is tempting, and what to look at next.
    example : object
        An answer that makes this mistake. Tests give it to `check` and expect this very feedback.
    misconception : str
        Misconception id such as ``"M06"``; empty for a slip that proves nothing deeper.
    """

    matches: Callable[[Any], bool]
    feedback: str
    example: Any
    misconception: str = ""

    def __post_init__(self) -> None:
        _require_misconception(self.misconception)


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """A coding task with its check, hints and solution.

    Parameters
    ----------
    id, objective : str
        ``"E2.1"`` and the objective it proves, ``"O2.2"``.
    verify : callable
        ``verify(answer)`` returns nothing when the answer is right and otherwise raises `NotYet` with a
        message for the learner (see `course_utils.learn.expect`). A learner's function arrives wrapped: what
        goes wrong inside it is explained without any work here.
    expects : str
        What kind of thing the answer should be, in words: ``"a list of 7 numbers"``.
    passed : str
        One or two sentences for the right answer: why it is right, or what to notice.
    hints : tuple of 3 str
        Each stronger than the one before; the last nearly tells.
    solution, discussion : str
        Python code, as in the lesson's source, and a paragraph about it.
    mistakes : tuple of Mistake
        Known wrong answers, most specific first.
    none_is_an_answer : bool
        True if ``None`` can be meant; otherwise it counts as *not attempted*.
    """

    id: str
    objective: str
    verify: Callable[[Any], None]
    expects: str
    passed: str
    hints: tuple[str, str, str]
    solution: str
    discussion: str
    mistakes: tuple[Mistake, ...] = ()
    none_is_an_answer: bool = False

    def __post_init__(self) -> None:
        _require_id(self.id, "E")
        _require_id(self.objective, "O")
        if len(self.hints) != HINTS_PER_EXERCISE:
            raise ValueError(f"{self.id} has {len(self.hints)} hints; it needs {HINTS_PER_EXERCISE}")


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """A question answered before a cell is run, so that the run can surprise.

    Parameters
    ----------
    options : tuple of str
        The choices; empty means that a number is asked for.
    happened : callable or None
        Turns what the lesson passes to ``reveal(id, actual)`` into the text of the option that came true.
        None: ``actual`` is that text itself.
    tolerance : float
        For numbers: how far off still counts as right, in `unit`.
    unit : str
        For numbers: ``"stars"``.
    why : str
        One line, shown with the result.
    """

    id: str
    objective: str
    stem: str
    why: str
    options: tuple[str, ...] = ()
    happened: Callable[[Any], str] | None = None
    tolerance: float = 0.0
    unit: str = ""

    def __post_init__(self) -> None:
        _require_id(self.id, "P")
        _require_id(self.objective, "O")
        if len(self.options) == 1 or len(set(self.options)) != len(self.options):
            raise ValueError(f"{self.id} needs at least two different options, or none to ask for a number")


@dataclass(frozen=True)
class Option:
    """One answer that a quiz question offers.

    For a question of kind ``"number"`` the text is the number itself: a known answer with its own feedback.
    Every wrong option says why it is wrong, and names its misconception where there is one.
    """

    text: str
    feedback: str
    correct: bool = False
    misconception: str = ""

    def __post_init__(self) -> None:
        _require_misconception(self.misconception)


@dataclass(frozen=True, kw_only=True)
class Question:
    """One quiz question.

    Parameters
    ----------
    kind : {"one", "many", "number"}
        One right option; any number of right options; a number typed in.
    after : str
        Shown once the answer is right: the idea to keep.
    tolerance : float
        For numbers: how far from an option's number still counts as that option.
    again : str
        For quizzes over several lessons: where to read this again, shown with every answer.
    """

    id: str
    objective: str
    stem: str
    options: tuple[Option, ...]
    after: str
    kind: Literal["one", "many", "number"] = "one"
    tolerance: float = 0.0
    again: str = ""

    def __post_init__(self) -> None:
        _require_id(self.id, "Q")
        _require_id(self.objective, "O")
        right = sum(option.correct for option in self.options)
        if right == 0 or (self.kind != "many" and right > 1):
            raise ValueError(f"{self.id} is of kind {self.kind!r} and has {right} right options")
        if len({option.text for option in self.options}) != len(self.options):
            raise ValueError(f"{self.id} offers the same option twice")
        if self.kind == "number":
            for option in self.options:
                float(option.text)


@dataclass(frozen=True, kw_only=True)
class Parsons:
    """Lines to be put in order.

    Parameters
    ----------
    id : str
        An exercise id, ``"E3.3"``: ordering lines is an exercise without typing.
    lines : tuple of str
        The lines in the right order; shown shuffled.
    after : str
        Shown once the order is right.
    mistakes : tuple of Mistake
        Known wrong orders; `Mistake.matches` gets the tuple of lines as the learner ordered them.
    """

    id: str
    objective: str
    stem: str
    lines: tuple[str, ...]
    after: str
    mistakes: tuple[Mistake, ...] = ()

    def __post_init__(self) -> None:
        _require_id(self.id, "E")
        _require_id(self.objective, "O")
        if len(self.lines) < 2 or len(set(self.lines)) != len(self.lines):
            raise ValueError(f"{self.id} needs at least two lines, all different")


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """Everything that one lesson asks.

    Parameters
    ----------
    number : int
        2 for ``02_star_trek``.
    objectives : dict of str to str
        ``{"O2.1": "read Rendle's table"}``: what the learner will be able to do, as a testable verb.
    """

    number: int
    objectives: dict[str, str]
    exercises: tuple[Exercise, ...] = ()
    predictions: tuple[Prediction, ...] = ()
    questions: tuple[Question, ...] = ()
    parsons: tuple[Parsons, ...] = ()

    def __post_init__(self) -> None:
        for objective in self.objectives:
            _require_id(objective, "O")
        seen: set[str] = set()
        for item in self.items():
            if lesson_number(item.id) != self.number:
                raise ValueError(f"{item.id} does not belong to lesson {self.number}")
            if item.id in seen:
                raise ValueError(f"{item.id} is defined twice")
            if item.objective not in self.objectives:
                raise ValueError(
                    f"{item.id} serves {item.objective}, which lesson {self.number} does not list"
                )
            seen.add(item.id)

    def items(self) -> tuple[Exercise | Prediction | Question | Parsons, ...]:
        """Every exercise, prediction, question and puzzle of the lesson."""
        return (*self.exercises, *self.predictions, *self.questions, *self.parsons)


def lesson_number(item_id: str) -> int:
    """Return the lesson that an id belongs to: 2 for ``"E2.1"``, ``"P2.1"`` and ``"Q2"``.

    Raises
    ------
    ValueError
        If the text is not an id.
    """
    match = re.fullmatch(r"[EPQO](\d{1,2})(\.\d{1,2})?", str(item_id))
    if match is None:
        raise ValueError(f"{item_id!r} is not an id; ids look like 'E2.1', 'P2.1' or 'Q2'")
    return int(match[1])
