"""Find a lesson, or one of its items, by id."""

from __future__ import annotations

import importlib
import pkgutil

from course_utils.learn import lessons as lessons_package
from course_utils.learn.records import Exercise, Lesson, Parsons, Prediction, Question, lesson_number


class UnknownId(LookupError):
    """No lesson has an item of this id; the text says which ids there are."""


def lesson(number: int | str) -> Lesson:
    """Return what lesson ``number`` asks (``2`` or ``"02"``).

    Raises
    ------
    UnknownId
        If the lesson has no module in ``course_utils/learn/lessons``.
    """
    name = f"{lessons_package.__name__}.nb{int(number):02d}"
    try:
        return importlib.import_module(name).LESSON
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise UnknownId(
            f"lesson {int(number)} has no exercises; lessons that have: {lesson_numbers()}"
        ) from None


def lesson_numbers() -> list[int]:
    """Numbers of all lessons that ask something, in order."""
    names = (module.name for module in pkgutil.iter_modules(lessons_package.__path__))
    return sorted(int(name[2:]) for name in names if name.startswith("nb"))


def exercise(item_id: str) -> Exercise:
    """Return the exercise ``"E2.1"``, or raise `UnknownId`."""
    return _one(item_id, "exercises")


def prediction(item_id: str) -> Prediction:
    """Return the prediction ``"P2.1"``, or raise `UnknownId`."""
    return _one(item_id, "predictions")


def puzzle(item_id: str) -> Parsons:
    """Return the Parsons problem ``"E3.3"``, or raise `UnknownId`."""
    return _one(item_id, "parsons")


def questions(item_id: str) -> tuple[Question, ...]:
    """Return the questions of quiz ``"Q2"``, or the one question ``"Q2.1"``, or raise `UnknownId`."""
    if "." in item_id:
        return (_one(item_id, "questions"),)
    found = lesson(_number(item_id)).questions
    if not item_id.startswith("Q") or not found:
        raise UnknownId(f"there is no quiz {item_id!r}")
    return found


def _one(item_id: str, group: str):
    items = getattr(lesson(_number(item_id)), group)
    for item in items:
        if item.id == item_id:
            return item
    known = ", ".join(item.id for item in items) or "none"
    raise UnknownId(f"there is no {item_id!r} among the {group} of its lesson; there are: {known}")


def _number(item_id: str) -> int:
    try:
        return lesson_number(item_id)
    except ValueError as error:
        raise UnknownId(str(error)) from None
