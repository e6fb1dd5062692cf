"""What a quiz says about what to read again: it follows the answers, and remembers the first try only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from course_utils.learn import lesson
from course_utils.learn.quizzes import QuizPanel
from course_utils.learn.rereading import read_again, standing


@pytest.fixture
def asked() -> QuizPanel:
    """Four questions of lesson 02, each with a place; the third and the fourth share theirs."""
    places = ("lesson 02, one", "lesson 02, two", "lesson 02, three", "lesson 02, three")
    questions = [question for question in lesson(2).questions if question.kind == "one"][:4]
    return QuizPanel(tuple(replace(q, again=place) for q, place in zip(questions, places, strict=True)))


def answer(panel, *, right: bool) -> None:
    panel.choice.index = [option.correct for option in panel.question.options].index(right)
    panel.ask.click()


def test_nothing_answered_yet(asked) -> None:
    panel = read_again(asked)
    assert "nothing answered yet" in panel.answer.value
    assert panel.right_at_first is None


def test_asking_without_an_answer_is_no_try(asked) -> None:
    panel = read_again(asked)
    asked.questions[0].ask.click()
    assert asked.questions[0].tries == ()
    assert "nothing answered yet" in panel.answer.value


def test_the_first_try_counts_and_later_ones_do_not(asked) -> None:
    panel = read_again(asked)
    first, second, third, fourth = asked.questions
    answer(first, right=True)
    assert "Nothing to read again" in panel.answer.value
    answer(second, right=False)
    answer(second, right=True)
    answer(third, right=False)
    assert panel.right_at_first is None
    assert "1 of 3 right at the first try; 1 still open" in panel.answer.value
    now = standing(asked.questions)
    assert (now.first, now.later) == ((first.question.id,), (second.question.id,))
    assert (now.wrong, now.open) == ((third.question.id,), (fourth.question.id,))
    assert f"lesson 02, two ({second.question.id})" in panel.answer.value
    assert "lesson 02, one" not in panel.answer.value
    answer(fourth, right=False)
    assert panel.right_at_first == 1


def test_questions_from_the_same_place_share_a_line(asked) -> None:
    panel = read_again(asked)
    for question in asked.questions[2:]:
        answer(question, right=False)
    assert panel.answer.value.count("lesson 02, three") == 1
    assert asked.questions[3].question.id in panel.answer.value


def test_all_right(asked) -> None:
    panel = read_again(asked)
    for question in asked.questions:
        answer(question, right=True)
    assert "4 of 4 right at the first try" in panel.answer.value
    assert "still open" not in panel.answer.value


def test_answers_say_where_to_read_again(asked) -> None:
    question = asked.questions[0]
    answer(question, right=False)
    assert "Read again: lesson 02, one." in question.answer.value
    answer(question, right=True)
    assert "This is lesson 02, one." in question.answer.value
    assert "lesson 02, one" in question.twin["text/html"]


def test_questions_without_a_place_say_nothing_of_it() -> None:
    question = QuizPanel(lesson(2).questions).questions[0]
    answer(question, right=False)
    assert "Read again" not in question.answer.value


def test_the_twin_lists_every_place(asked) -> None:
    bundle = read_again(asked)._repr_mimebundle_()
    for question in asked.questions:
        assert f"{question.question.id}: {question.question.again}" in bundle["text/plain"]
        assert question.question.again in bundle["text/html"]
