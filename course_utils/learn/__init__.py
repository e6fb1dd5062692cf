'''What a notebook asks its reader: predictions, exercises, quizzes, puzzles; and the answers to every answer.

In a notebook::

    from course_utils.learn import check, hint, parsons, predict, quiz, record, reveal, solution

    predict("P2.1")                    # commit to an answer ...
    reveal("P2.1", rating)             # ... run, then compare
    check("E2.1", one_hot_row)         # the last line of its cell, right below the exercise
    hint("E2.1"); solution("E2.1")     # each in a cell of its own
    quiz("Q2")                         # every question Q2.1, Q2.2 …
    read_again(asked)                  # after `asked = quiz("Q99")`: the score, and where to go back to
    parsons("E3.3")
    record("rmse.fm", 0.87)            # a figure for report.json; shows nothing
    coverage()                         # topics, and where the course teaches, practises and asks them
    notice(data)                       # says so when the ratings are made up

Each of them is the *last expression of its cell*, because it displays what it returns. Nothing is written to
disk, counted, or sent anywhere; restarting the kernel forgets everything.

How a lesson's answers are written
----------------------------------
One module per lesson, ``course_utils/learn/lessons/nb02.py``, with one `LESSON`. Ids carry its number.
Texts are plain: `backticks` become code, a blank line begins a paragraph, everything else is escaped::

    from course_utils.learn.expect import expect, expect_same, same
    from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Parsons, Prediction, Question


    def _one_hot_row(answer):
        """`answer` is the learner's function: call it and compare. Errors inside it are explained for you."""
        row = answer("Alice", "Titanic")
        expect(len(row) == 7, f"The row has {len(row)} numbers; three users and four films need 7.")
        expect_same(row, [1, 0, 0, 1, 0, 0, 0], "`one_hot_row('Alice', 'Titanic')`")


    LESSON = Lesson(
        number=2,
        objectives={"O2.1": "read Rendle's table", "O2.2": "one-hot a rating by hand"},
        exercises=(
            Exercise(
                id="E2.1",
                objective="O2.2",
                verify=_one_hot_row,
                expects="a function of a user and a film",
                passed="Two ones: one for Alice, one for Titanic. The zeros need not be stored.",
                hints=("How many columns are there?", "Alice is column 0.", "Set columns 0 and 3 to 1."),
                solution="""
    def one_hot_row(user, film):
        row = [0] * 7
        row[USERS.index(user)] = 1
        row[3 + FILMS.index(film)] = 1
        return row
    """,
                discussion="Other ways are fine too …",
                mistakes=(
                    Mistake(
                        matches=lambda answer: same(answer("Alice", "Titanic"), [1, 0, 0, 5, 0, 0, 0]),
                        feedback="You wrote the rating into the row. It belongs into y.",
                        example=lambda user, film: [1, 0, 0, 5, 0, 0, 0],
                        misconception="M06",
                    ),
                ),
            ),
        ),
        predictions=(
            Prediction(
                id="P2.1",
                objective="O2.1",
                stem="Nobody has told us what Alice thinks of Star Trek. How many stars will the model give?",
                unit="stars",              # no options: a number is asked for
                tolerance=0.5,
                why="Alice disliked Star Wars, and so …",
            ),
            Prediction(
                id="P2.2",
                objective="O2.1",
                stem="Who will like Star Trek more?",
                options=("Alice", "Charlie"),
                happened=lambda scores: "Alice" if scores["Alice"] > scores["Charlie"] else "Charlie",
                why="…",
            ),
        ),
        questions=(
            Question(
                id="Q2.1",
                objective="O2.1",
                stem="…?",
                kind="one",                # or "many", or "number" (then each Option's text is a number)
                options=(
                    Option("Yes", "Because …", correct=True),
                    Option("No", "It would, if …", misconception="M06"),
                ),
                after="The idea to keep.",
            ),
        ),
        parsons=(),
    )

The solution's code must be the same as in the lesson's source; `course_utils.build.lint` compares them.
`course_utils.learn.audit.audit(LESSON)` lists what is wrong with a lesson: mistakes whose own example is not
caught, options without feedback, objectives that nothing checks. Lessons are reached by `lesson(2)` and
`lesson_numbers()`.
'''

from course_utils.learn.catalogue import lesson, lesson_numbers
from course_utils.learn.checks import CheckFailed, Result, check
from course_utils.learn.coverage import coverage
from course_utils.learn.figures import record
from course_utils.learn.hints import hint, solution
from course_utils.learn.notices import notice
from course_utils.learn.predictions import predict, reveal
from course_utils.learn.puzzles import parsons
from course_utils.learn.quizzes import quiz
from course_utils.learn.rereading import read_again

__all__ = [
    "CheckFailed",
    "Result",
    "check",
    "coverage",
    "hint",
    "lesson",
    "lesson_numbers",
    "notice",
    "parsons",
    "predict",
    "quiz",
    "read_again",
    "record",
    "reveal",
    "solution",
]
