"""Lesson 00 is true: its checks answer, its minutes add up, and a kernel counts as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from course_utils.build import lint
from course_utils.build.editions import make
from course_utils.build.source import read
from course_utils.learn import lesson
from course_utils.learn.checks import judge

SOURCE = Path(__file__).parents[2] / "notebooks" / "source" / "00_setup_check.py"
LESSON = lesson(0)
TASKS = {task.id: task for task in LESSON.exercises}


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_untouched_right_and_strange(task) -> None:
    names: dict = {}
    exec(task.solution, names)
    assert judge(task, ...).outcome == "not attempted"
    assert judge(task, names[task.solution.split(" =")[0]]).outcome == "passed"
    for answer in ("five", [], {"a bill": "no"}, 99, lambda: 1):
        assert judge(task, answer).outcome == "not yet"


def test_count_is_what_the_lesson_says() -> None:
    code = [cell.source for cell in make(read(SOURCE), "student").cells if cell.cell_type == "code"]
    first, second = (
        next(each for each in code if each.startswith(start)) for start in ("count = 1", "count = c")
    )
    names: dict = {"print": lambda *_: None}
    for cell in (first, second, second, second):
        exec(cell, names)
    assert names["count"] == 4
    afresh: dict = {"print": lambda *_: None}
    for cell in (first, second):
        exec(cell, afresh)
    assert judge(TASKS["E0.1"], afresh["count"]).outcome == "passed"


def test_style_and_minutes() -> None:
    assert lint(SOURCE) == []
    text = SOURCE.read_text(encoding="utf-8")
    whole, *parts = map(int, re.search(r"\*\*Time\*\* (\d+) minutes: (\d+) \D*(\d+) doing", text).groups())
    assert whole == sum(parts) == sum(map(int, re.findall(r"^# ## .*\((\d+) min\)", text, re.MULTILINE)))
