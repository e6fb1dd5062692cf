"""A made-up lesson 97, so that these tests stand apart from the course's own lessons."""

from __future__ import annotations

import sys
import types

import pytest

from course_utils.learn.expect import expect, expect_same, same
from course_utils.learn.hints import forget_hints
from course_utils.learn.predictions import forget_predictions
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Parsons, Prediction, Question


def verify_square(answer):
    expect_same(answer(3), 9, "`square(3)`")
    expect_same(answer(-2.5), 6.25, "`square(-2.5)`")


def verify_row(answer):
    expect(len(answer) == 3, f"The row has {len(answer)} numbers; 3 are needed.")
    expect_same(answer, [1, 0, 1], "the row")


LESSON = Lesson(
    number=97,
    objectives={"O97.1": "square a number", "O97.2": "write a row"},
    exercises=(
        Exercise(
            id="E97.1",
            objective="O97.1",
            verify=verify_square,
            expects="a function of one number",
            passed="A square is never negative.",
            hints=("What is 3 times 3?", "Multiply x by itself.", "Return `x * x`."),
            solution="def square(x):\n    return x * x\n",
            discussion="`x ** 2` & `x * x` agree.",
            mistakes=(
                Mistake(
                    matches=lambda answer: same(answer(3), 6),
                    feedback="You doubled it.",
                    example=lambda x: 2 * x,
                    misconception="M01",
                ),
            ),
        ),
        Exercise(
            id="E97.2",
            objective="O97.2",
            verify=verify_row,
            expects="a list of 3 numbers",
            passed="Two ones.",
            hints=("a", "b", "c"),
            solution="row = [1, 0, 1]\n",
            discussion="",
            mistakes=(
                # A sloppy matcher on purpose: it also matches the right answer.
                Mistake(matches=lambda answer: answer[0] == 1, feedback="Begins well.", example=[1, 1, 1]),
            ),
        ),
        Exercise(
            id="E97.3",
            objective="O97.2",
            verify=lambda answer: expect(answer is None, "It should be None."),
            expects="None",
            passed="None it is.",
            hints=("a", "b", "c"),
            solution="answer = None\n",
            discussion="",
            none_is_an_answer=True,
        ),
    ),
    predictions=(
        Prediction(
            id="P97.1", objective="O97.1", stem="How many?", why="Because.", unit="stars", tolerance=0.5
        ),
        Prediction(
            id="P97.2",
            objective="O97.1",
            stem="Who wins <b>?",
            why="It is so.",
            options=("Alice", "Charlie"),
            happened=lambda scores: max(scores, key=scores.get),
        ),
    ),
    questions=(
        Question(
            id="Q97.1",
            objective="O97.1",
            stem="Is 3² = 6?",
            options=(
                Option("No, 9", "Right.", correct=True),
                Option("Yes & no", "That doubles.", misconception="M01"),
            ),
            after="Squares multiply.",
        ),
        Question(
            id="Q97.2",
            objective="O97.2",
            stem="Which are even?",
            kind="many",
            options=(
                Option("Two", "2 = 2 · 1.", correct=True),
                Option("Three", "3 is odd.", misconception="M02"),
                Option("Four", "4 = 2 · 2.", correct=True),
            ),
            after="Even numbers halve.",
        ),
        Question(
            id="Q97.3",
            objective="O97.2",
            stem="37 + 15 = ?",
            kind="number",
            tolerance=0.5,
            options=(
                Option("52", "Carried.", correct=True),
                Option("42", "You forgot to carry.", misconception="M03"),
                Option("412", "You wrote the carry down."),
            ),
            after="Carry the ten.",
        ),
    ),
    parsons=(
        Parsons(
            id="E97.4",
            objective="O97.1",
            stem="Order the steps.",
            lines=("s = x", "    p = s * x  # <b>", "return p"),
            after="Done.",
            mistakes=(
                Mistake(
                    matches=lambda lines: lines[0] == "return p",
                    feedback="Nothing comes after return.",
                    example=("return p", "s = x", "    p = s * x  # <b>"),
                ),
            ),
        ),
    ),
)


@pytest.fixture(autouse=True)
def lesson_97(monkeypatch):
    """Put the lesson where lessons are looked for, and begin with an empty memory."""
    module = types.ModuleType("course_utils.learn.lessons.nb97")
    module.LESSON = LESSON
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.delenv("COURSE_STRICT", raising=False)
    forget_hints()
    forget_predictions()
    return LESSON
