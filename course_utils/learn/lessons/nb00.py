"""Lesson 00, Check that your machine is ready: one exercise to learn what feedback looks like."""

from __future__ import annotations

import numpy as np

from course_utils.learn.expect import expect, same
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Question


def _empty_cells(answer) -> None:
    expect(
        np.ndim(answer) == 0 and not isinstance(answer, str), "Give one number, without quotes or brackets."
    )
    expect(
        same(answer, 5), f"{answer:g} is not it. All cells of the table, less the filled ones: what is left?"
    )


def _is(number: int):
    return lambda answer: same(answer, number)


def _wrong_number(number: int, feedback: str) -> Mistake:
    return Mistake(matches=_is(number), feedback=feedback, example=number)


LESSON = Lesson(
    number=0,
    objectives={
        "O0.1": "run a cell, and run a whole notebook afresh",
        "O0.2": "read the course's answers to your exercises",
        "O0.3": "say what local and AWS mean in this course",
    },
    exercises=(
        Exercise(
            id="E0.1",
            objective="O0.2",
            verify=_empty_cells,
            expects="a number",
            passed="12 cells, 7 filled. An empty cell is not zero stars: nobody knows it yet.",
            hints=(
                "The table has 3 rows and 4 columns.",
                "12 cells in all, and 7 of them are filled.",
                "12 - 7",
            ),
            solution="empty_cells = 5",
            discussion="Three users times four films are 12 cells; 12 - 7 = 5.",
            mistakes=(
                _wrong_number(
                    0, "This is what a wrong answer looks like: it says why. Count the filled cells, 7."
                ),
                _wrong_number(7, "Seven are filled. The question asks for the empty ones."),
                _wrong_number(12, "Twelve is the whole table, filled cells included."),
                Mistake(
                    matches=lambda answer: same(answer, 5 / 12, tolerance=0.01),
                    feedback="That is the share of empty cells. The question asks how many there are.",
                    example=5 / 12,
                ),
            ),
        ),
    ),
    questions=(
        Question(
            id="Q0.1",
            objective="O0.1",
            stem="A cell complains that a name is not defined, although it worked a minute ago. What helps?",
            options=(
                Option("Reinstall Python", "The notebook has forgotten a cell, not your machine its Python."),
                Option(
                    "Restart the kernel and run all cells", "Every cell then runs in its order.", correct=True
                ),
            ),
            after="When in doubt: restart and run all.",
        ),
        Question(
            id="Q0.2",
            objective="O0.3",
            stem="In local mode, who receives your training job?",
            options=(
                Option(
                    "A server on your own machine", "It listens on 127.0.0.1 and nowhere else.", correct=True
                ),
                Option("Amazon, in a free tier", "Nothing leaves your machine in local mode."),
            ),
            after="Local means local: same notebook, no bill.",
        ),
    ),
)
