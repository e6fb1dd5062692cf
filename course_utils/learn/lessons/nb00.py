"""Lesson 00, Check that your machine is ready: short exercises to learn what feedback looks like."""

from __future__ import annotations

import numpy as np

from course_utils.learn.expect import expect, same
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Prediction, Question


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


def _count_after_restart(answer) -> None:
    expect(np.ndim(answer) == 0 and not isinstance(answer, str), "Give one number, without quotes.")
    expect(same(answer, 2), f"{answer:g} is not it. Everything is forgotten; then each cell runs once.")


_LOCAL = {"a bill": False, "reaches AWS": False, "really trains": True}


def _local_mode(answer) -> None:
    expect(isinstance(answer, dict), "Give a dict, as in the cell: three questions, three answers.")
    for question in _LOCAL:
        expect(question in answer, f"The answer to {question!r} is missing.")
        expect(isinstance(answer[question], bool), f"{question!r}: write True or False, without quotes.")
    wrong = [question for question, right in _LOCAL.items() if answer[question] != right]
    expect(not wrong, f"{', '.join(map(repr, wrong))}: read the two points in section 5 once more.")


def _but(**changed: bool) -> dict[str, bool]:
    return _LOCAL | {name.replace("_", " "): value for name, value in changed.items()}


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
            objective="O0.1",
            verify=_count_after_restart,
            expects="a number",
            passed="One from the first cell, one more from the second. What you clicked before is forgotten.",
            hints=(
                "A restart forgets `count`. The notebook's text stays.",
                "How often does *Run All Cells* run each cell?",
                "1 from the first cell, and the second runs once: 1 + 1.",
            ),
            solution="count_after_restart = 2",
            discussion="Each cell runs once, in order: that is what a notebook should be right for.",
            mistakes=(
                _wrong_number(4, "4 is what was there before. The restart forgets it."),
                _wrong_number(
                    5,
                    "5 would be one more than before. But the restart forgets, and the first cell runs again.",
                ),
                _wrong_number(1, "That is after the first cell. *Run All* runs the second one, too."),
                _wrong_number(0, "Forgotten, yes; but then all cells run again."),
            ),
        ),
        Exercise(
            id="E0.2",
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
        Exercise(
            id="E0.3",
            objective="O0.3",
            verify=_local_mode,
            expects="a dict of three times True or False",
            passed="No bill, no AWS, real training: you can try everything.",
            hints=(
                "Where does the local server run, and who pays for that machine?",
                "It listens on your own machine and has no way out.",
                "Two are False. The one about training is True.",
            ),
            solution='local = {"a bill": False, "reaches AWS": False, "really trains": True}',
            discussion="The local server speaks the protocol of AWS, trains real models and answers real requests.",
            mistakes=(
                Mistake(
                    matches=lambda answer: answer["a bill"] is True,
                    feedback="Nobody sends a bill for your own machine. Charges begin with mode AWS, which has to be asked "
                    "for by name.",
                    example=_but(a_bill=True),
                ),
                Mistake(
                    matches=lambda answer: answer["reaches AWS"] is True,
                    feedback="It speaks as AWS does, on your own machine. Nothing leaves it.",
                    example=_but(reaches_AWS=True),
                ),
                Mistake(
                    matches=lambda answer: answer["really trains"] is False,
                    feedback="It is no pretence: the models are trained, and they answer.",
                    example=_but(really_trains=False),
                ),
            ),
        ),
    ),
    predictions=(
        Prediction(
            id="P0.1",
            objective="O0.1",
            stem="The first cell says `count = 1`, the second `count = count + 1`. You run the first once and the second "
            "three times. What is in count?",
            why="The kernel remembers: each run adds one to what is there.",
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
        Question(
            id="Q0.3",
            objective="O0.2",
            stem="A check answers “not attempted”. What does it tell you?",
            options=(
                Option("Your answer is wrong", "A wrong answer gets “not yet”, and a reason."),
                Option("You have run out of tries", "You may try as often as you like."),
                Option("A gap is still open", "Replace the `...` and run the cell.", correct=True),
            ),
            after="Three outcomes: not attempted, not yet, passed. None is counted.",
        ),
    ),
)
