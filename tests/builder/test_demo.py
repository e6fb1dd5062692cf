from __future__ import annotations

import ast

import pytest

from course_utils.build import source
from course_utils.build.demo import demo, explorables, needed
from course_utils.build.source import SourceError
from course_utils.paths import SOURCES

LESSONS = {lesson.number: lesson for lesson in source.sources(SOURCES)}


def taken(wanted: str, *lines: str) -> list[str]:
    before = ast.parse("\n".join(lines)).body
    return [ast.unparse(each) for each in needed(ast.parse(wanted), before)]


def test_only_what_the_explorable_uses_is_taken():
    assert taken("lab(c)", "import os", "a = 1", "b = 2", "c = a + 1", "print(b)") == ["a = 1", "c = a + 1"]


def test_what_a_function_uses_is_taken_with_it():
    assert taken("f()", "k = 3", "def f():\n    return k") == ["k = 3", "def f():\n    return k"]


def test_a_name_that_is_made_anew_needs_nothing_from_before():
    assert taken("lab(a)", "slow = 1", "a = slow", "a = 2") == ["a = 2"]


def test_what_changes_a_name_is_taken_with_what_made_it():
    lines = ["a = []", "a.append(1)", "a[0] = 2", "a += [3]", "for i in [4]:\n    a.append(i)"]
    assert taken("lab(a)", *lines) == lines


def test_the_demo_of_an_explorable_has_its_prediction_answered():
    assert demo(LESSONS[2], "StarTrekLab").cells[1].source.endswith("StarTrekLab(question=None)")


def test_an_explorable_that_does_without_the_lesson_s_work_is_opened_without():
    code = demo(LESSONS[9], "JobTimeline").cells[1].source
    assert code == "from course_utils.widgets import JobTimeline\n\nJobTimeline(question=None)"


def test_an_unknown_explorable_is_named_beside_those_that_are_there():
    with pytest.raises(SourceError, match=r"no explorable 'Map'; it opens: PairRace, PCALens"):
        demo(LESSONS[3], "Map")


@pytest.mark.parametrize(
    ("number", "name"), [(number, name) for number in LESSONS for name in explorables(LESSONS[number])]
)
def test_every_explorable_opens_with_what_was_taken(number, name):
    *setup, call = ast.parse(demo(LESSONS[number], name).cells[1].source).body
    names = {}
    exec(compile(ast.Module(setup, []), name, "exec"), names)
    opened = eval(compile(ast.Expression(call.value), name, "eval"), names)
    assert getattr(opened, "opened", True)
