from __future__ import annotations

import dataclasses

import pytest

from course_utils.learn import lesson, lesson_numbers
from course_utils.learn.catalogue import UnknownId
from course_utils.learn.records import Option, Prediction, Question, lesson_number


def changed(lesson_97, group, **values):
    first, *others = getattr(lesson_97, group)
    return dataclasses.replace(lesson_97, **{group: (dataclasses.replace(first, **values), *others)})


@pytest.mark.parametrize(
    ("group", "values", "words"),
    [
        ("exercises", {"id": "97.1"}, "should look like 'E2.1'"),
        ("exercises", {"id": "E98.1"}, "does not belong to lesson 97"),
        ("exercises", {"id": "E97.2"}, "defined twice"),
        ("exercises", {"objective": "O97.9"}, "does not list"),
        ("exercises", {"hints": ("one",)}, "has 1 hints"),
        ("predictions", {"options": ("one",)}, "two different options"),
        ("questions", {"options": (Option("a", "b"),)}, "0 right options"),
        ("questions", {"options": (Option("a", "b", correct=True),) * 2}, "2 right options"),
        ("questions", {"options": (Option("a", "b", correct=True), Option("a", "c"))}, "same option twice"),
        ("parsons", {"lines": ("a", "a")}, "at least two lines"),
    ],
)
def test_a_record_that_cannot_work_is_refused_when_it_is_written(lesson_97, group, values, words):
    with pytest.raises(ValueError, match=words):
        changed(lesson_97, group, **values)


def test_misconceptions_have_ids():
    with pytest.raises(ValueError, match="M06"):
        Option("a", "b", misconception="six")


def test_a_number_question_offers_numbers():
    with pytest.raises(ValueError, match="could not convert"):
        Question(
            id="Q9.1",
            objective="O9.1",
            stem="?",
            kind="number",
            options=(Option("x", "", correct=True),),
            after="",
        )


def test_ids_carry_the_lesson():
    assert [lesson_number(item) for item in ("E2.1", "P10.3", "Q2", "O5.1")] == [2, 10, 2, 5]
    for wrong in ("E", "X2.1", "E2.", "2.1", "", "E2.1 "):
        with pytest.raises(ValueError, match="is not an id"):
            lesson_number(wrong)


def test_lessons_are_found_by_number(lesson_97):
    assert lesson(97) is lesson("97") is lesson_97
    with pytest.raises(UnknownId, match="lesson 55 has no exercises"):
        lesson(55)


def test_a_broken_lesson_module_is_not_taken_for_a_missing_one(monkeypatch, tmp_path):
    from course_utils.learn import lessons

    (tmp_path / "nb96.py").write_text("import no_such_module\n")
    monkeypatch.setattr(lessons, "__path__", [*lessons.__path__, str(tmp_path)])
    assert 96 in lesson_numbers()
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        lesson(96)


def test_numbers_and_options_are_the_two_kinds_of_prediction():
    assert Prediction(id="P9.1", objective="O9.1", stem="?", why="").options == ()
