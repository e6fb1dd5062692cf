from __future__ import annotations

import pytest

from course_utils.learn import quiz


def one():
    return quiz("Q97.1").questions[0]


def many():
    return quiz("Q97.2").questions[0]


def number():
    return quiz("Q97.3").questions[0]


def test_a_quiz_holds_all_questions_of_its_lesson():
    assert [panel.question.id for panel in quiz("Q97").questions] == ["Q97.1", "Q97.2", "Q97.3"]


@pytest.mark.parametrize("make", [one, many, number])
def test_asking_too_early_is_no_mistake(make):
    panel = make()
    panel.ask.click()
    assert "○ not answered yet" in panel.answer.value
    assert panel.misconceptions == ()


def test_one_right():
    panel = one()
    panel.choice.value = "No, 9"
    panel.ask.click()
    assert "✔ right" in panel.answer.value
    assert "Squares multiply." in panel.answer.value


def test_one_wrong_has_its_own_feedback_and_misconception():
    panel = one()
    panel.choice.value = "Yes & no"
    panel.ask.click()
    assert "✘ not yet" in panel.answer.value
    assert "That doubles." in panel.answer.value
    assert "Squares multiply." not in panel.answer.value
    assert panel.misconceptions == ("M01",)


@pytest.mark.parametrize(
    ("ticked", "says", "not_says"),
    [
        ((0, 2), "Even numbers halve.", "not"),
        ((0,), "One more answer holds", "Even numbers"),
        ((1,), "3 is odd.", "2 = 2"),
        ((0, 1, 2), "“Three”: 3 is odd.", "2 = 2"),
    ],
)
def test_many(ticked, says, not_says):
    panel = many()
    for index in ticked:
        panel.boxes[index].value = True
    panel.ask.click()
    assert says in panel.answer.value
    assert not_says not in panel.answer.value.split("</style>")[1]
    assert panel.misconceptions == (("M02",) if 1 in ticked else ())


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("52", "✔ right"),
        ("52,4", "✔ right"),
        ("42", "You forgot to carry."),
        ("412", "You wrote the carry down."),
        ("53", "53 is not it."),
        ("-1e308", "is not it."),
        ("much", "○ not answered yet"),
    ],
)
def test_number(typed, says):
    panel = number()
    panel.choice.value = typed
    panel.ask.click()
    assert says in panel.answer.value


def test_another_try_replaces_the_answer():
    panel = one()
    panel.choice.index = 1
    panel.ask.click()
    panel.choice.index = 0
    panel.ask.click()
    assert "✔ right" in panel.answer.value
    assert "That doubles." not in panel.answer.value
    assert panel.misconceptions == ()


def test_unknown_ids_get_words():
    for quiz_id in ("Q97.9", "Q55", "E97", "P97.1", "quiz"):
        assert repr(quiz(quiz_id))
