from __future__ import annotations

import dataclasses
import sys
import types

import pytest

from course_utils.build import lint
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Prediction, Question
from course_utils.paths import SOURCES

FULL = """\
# %% [markdown]
# # Square numbers
#
# **You will** square (O97.1). **You need** nothing. **Time** 1 minute.

# %%
from course_utils.learn import check, predict, quiz, reveal

# %%
predict("P97.1")

# %%
reveal("P97.1", 3 * 3)

# %%
def square(x):
    return x * x  ### SOLUTION: return ...


# %%
check("E97.1", square)

# %%
quiz("Q97")
"""


def verify(answer):
    assert answer(3) == 9


LESSON = Lesson(
    number=97,
    objectives={"O97.1": "square"},
    exercises=(
        Exercise(
            id="E97.1",
            objective="O97.1",
            verify=verify,
            expects="a function",
            passed="Yes.",
            hints=("a", "b", "c"),
            solution="def square(x):\n    return x * x",
            discussion="",
            mistakes=(Mistake(matches=lambda f: f(3) == 6, feedback="Doubled.", example=lambda x: 2 * x),),
        ),
    ),
    predictions=(Prediction(id="P97.1", objective="O97.1", stem="3²?", why="So."),),
    questions=(
        Question(
            id="Q97.1", objective="O97.1", stem="?", options=(Option("y", "f", correct=True),), after=""
        ),
    ),
)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "97_square.py"
    path.write_text(FULL)
    return path


@pytest.fixture
def use(monkeypatch):
    """``use(lesson)`` puts a lesson where `lint` looks for number 97."""

    def put(lesson):
        module = types.ModuleType("course_utils.learn.lessons.nb97")
        module.LESSON = lesson
        monkeypatch.setitem(sys.modules, module.__name__, module)

    put(LESSON)
    return put


def change(source, old, new):
    text = source.read_text()
    assert old in text
    source.write_text(text.replace(old, new))


def test_a_lesson_in_good_style(source, use):
    assert lint(source) == []


MANY_LINES = "\n".join(f"x{n} = {n}" for n in range(16))
IDLE_CELL = "# %%\nx = 1\n\n"
IDLE = IDLE_CELL * 6
FOUR_IDLE = IDLE_CELL * 4
WIDGET_BETWEEN = f"# %%\nfrom course_utils.widgets.lab import Lab\n\n{FOUR_IDLE}# %%\nLab()\n\n{FOUR_IDLE}"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("# # Square numbers", "# Square numbers", "first cell is a heading"),
        ("**You need**", "**Needs**", "head lacks You need"),
        ("square (O97.1)", "Simply square (O97.1)", "says 'Simply'"),
        ("nothing.", "nothing. ![](a.png)", "without alternative text"),
        ("nothing.", 'nothing. <img src="a.png" alt="">', "without alternative text"),
        ("# %%\nquiz", f"# %%\n{MANY_LINES}\n\n# %%\nquiz", "16 lines of code; at most 15"),
        ("# %%\nquiz", "# %%\nfrom math import *\n\n# %%\nquiz", "star import"),
        ("# %%\nquiz", "# %%\nglobals()['x'] = 1\n\n# %%\nquiz", "globals()"),
        ("# %%\nquiz", "# %%\nimport sys\nsys.path.append('.')\n\n# %%\nquiz", "sys.path"),
        ("# %%\nquiz", "# %%\n# %run other.ipynb\n\n# %%\nquiz", "%run"),
        ("# %%\nquiz", "# %%\nx = 1;\n\n# %%\nquiz", "trailing ';'"),
        ("# %%\nquiz", "# %%\nshow(figure)\n\n# %%\nquiz", "with words in alt"),
        ("# %%\nquiz", "# %%\nplt.show()\n\n# %%\nquiz", "with words in alt"),
        ("# %%\nquiz", '# %%\nshow(figure, alt=" ")\n\n# %%\nquiz', "with words in alt"),
        ("# %%\nquiz", IDLE + "# %%\nquiz", "6th code cell in a row with nothing to decide"),
        ('check("E97.1"', 'check("E97.2"', "asks E97.2, which nb97.py does not have"),
        ('check("E97.1"', 'print("E97.1"', "never asks E97.1"),
        ('quiz("Q97")', "pass", "never asks Q97.1"),
        ("(O97.1)", "(O97.2)", "O97.2 is only in 97_square.py"),
        ("(O97.1)", "", "O97.1 is only in nb97.py"),
        (
            "return x * x ",
            "return x ** 2 ",
            "the solution of E97.1 is not what 97_square.py has: def square(x):",
        ),
    ],
)
def test_every_rule_speaks(source, use, old, new, words):
    change(source, old, new)
    assert any(words in fault for fault in lint(source)), lint(source)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("nothing.", "nothing: `simply.py`, ```\njust code\n```, adjustment."),
        ("nothing.", 'nothing. ![a cat](a.png) <img src="b.png" alt="a dog">'),
        ("# %%\nquiz", '# %% tags=["solution"]\n' + MANY_LINES + "\n\n# %%\nquiz"),
        ("# %%\nquiz", "# %%\nx = 1  # a; b;\n\n# %%\nquiz"),
        ("# %%\nquiz", '# %%\nshow(figure, alt="Two lines that cross")\n\n# %%\nquiz'),
        ("# %%\nquiz", WIDGET_BETWEEN + "# %%\nquiz"),
        ('quiz("Q97")', 'quiz("Q97.1")'),
    ],
)  # fmt: skip
def test_what_is_allowed(source, use, old, new):
    change(source, old, new)
    assert lint(source) == []


def test_the_stub_is_what_counts_as_long(source, use):
    long = "\n    ### BEGIN SOLUTION\n" + "    x = x\n" * 20 + "    return x * x\n    ### END SOLUTION"
    change(source, "\n    return x * x  ### SOLUTION: return ...", long)
    assert not any("lines of code" in fault for fault in lint(source))


def test_banned_words_in_the_answers_are_found(source, use):
    use(
        dataclasses.replace(
            LESSON, exercises=(dataclasses.replace(LESSON.exercises[0], passed="That was easy."),)
        )
    )
    assert lint(source) == ["nb97.py: E97.1 says 'easy'"]


def test_faults_of_the_answers_are_passed_on(source, use):
    silent = dataclasses.replace(LESSON.questions[0], options=(Option("y", "", correct=True),))
    use(dataclasses.replace(LESSON, questions=(silent,)))
    assert lint(source) == ["nb97.py: Q97.1 says nothing to 'y'"]


def test_a_lesson_without_answers(source):
    assert lint(source) == ["97_square.py: there is no course_utils/learn/lessons/nb97.py"]


@pytest.mark.parametrize("path", sorted(SOURCES.glob("*.py")), ids=lambda path: path.stem)
def test_the_courses_own_lessons(path):
    assert lint(path) == []
