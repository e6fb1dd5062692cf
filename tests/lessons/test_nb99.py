"""Lesson 99 is true: its checks, its claims over many seeds, its sums, and where it sends people."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from course_utils.build.source import read, sources
from course_utils.encode import FeatureMap
from course_utils.evaluate.metrics import rmse
from course_utils.fm.lesson import fit_toy_many
from course_utils.learn import lesson
from course_utils.learn.checks import judge
from course_utils.learn.lessons import nb99
from course_utils.paths import SOURCES
from course_utils.widgets import concept_map, rubric

SOURCE = Path(SOURCES) / "99_wrap_up.py"
LESSON = lesson(99)
TASKS = {task.id: task for task in LESSON.exercises}
QUESTIONS = {question.id: question for question in LESSON.questions}
SEEDS = range(20)
LESSONS = {source.number: source for source in sources(SOURCES)}


def cell_with(text: str) -> str:
    """The code of the first cell that holds a text."""
    return next(
        cell.source for cell in read(SOURCE).cells if cell.cell_type == "code" and text in cell.source
    )


@pytest.fixture(scope="module")
def canteen() -> dict:
    """Names of the canteen's cells: events, grid, later, stars …"""
    names: dict = {"pd": pd, "np": np, "rmse": rmse, "print": lambda *_: None}
    exec(cell_with("stars = {"), names)
    names["dish_map"] = FeatureMap.fit(names["events"])
    names["machines"] = fit_toy_many(
        names["dish_map"].transform(names["events"]), names["events"]["rating"].to_numpy(float), SEEDS, k=3
    )
    names["means"] = names["events"].groupby("item")["rating"].mean()
    names["scores_of"] = lambda machine, user: dict(
        zip(
            names["grid"].columns,
            machine.predict(
                names["dish_map"].transform(pd.DataFrame({"user": user, "item": names["grid"].columns}))
            ),
            strict=True,
        )
    )
    exec(cell_with("def best_new").split("firsts")[0], names)
    exec(cell_with("later = pd").split("by_machine")[0], names)
    return names


def solved(task) -> object:
    """What the solution of an exercise ends in, with the names that the notebook has by then."""
    names = {"rmse": rmse}
    exec(task.solution, names)
    return next(value for name, value in names.items() if name not in ("rmse", "__builtins__"))


# ------------------------------------------------------------------------------------------------ the checks


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_solution_passes(task) -> None:
    assert judge(task, solved(task)).outcome == "passed"


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
@pytest.mark.parametrize("answer", ["brownie", 7, [], {}, lambda: 1, float("nan"), lambda *_: None])
def test_strange_answers_get_words(task, answer) -> None:
    assert judge(task, answer).outcome == "not yet"


def test_each_sound_line_of_the_release_note_is_defended() -> None:
    lines = re.findall(r"^# \| \*\*([A-H])\*\* \|", SOURCE.read_text(encoding="utf-8"), re.MULTILINE)
    assert lines == list("ABCDEFGH")
    for letter in set(lines) - set(nb99.FAULTS):
        assert f"{letter} is right" in judge(TASKS["E99.5"], {*nb99.FAULTS, letter}).message
    assert judge(TASKS["E99.5"], "abdg").outcome == "passed"
    assert judge(TASKS["E99.5"], "A, B, D, G").outcome == "passed"
    assert "2 lines" in judge(TASKS["E99.5"], ["A", "B"]).message


# ---------------------------------------------------------------------------------------------- the canteen


def test_guest_1_gets_the_ramen_from_every_seed_and_the_brownie_from_the_mean(canteen) -> None:
    firsts = {canteen["best_new"](canteen["scores_of"](machine, 1), 1) for machine in canteen["machines"]}
    assert firsts == {"ramen"}
    assert canteen["best_new"](canteen["means"].to_dict(), 1) == "brownie"


def test_the_machine_beats_the_mean_and_its_lists_differ_from_every_seed(canteen) -> None:
    later, stars = canteen["later"], canteen["stars"]
    by_mean = rmse(later["rating"], later["item"].map(canteen["means"]))
    for machine in canteen["machines"]:
        assert rmse(later["rating"], machine.predict(canteen["dish_map"].transform(later))) < by_mean - 0.5
        firsts = {canteen["best_new"](canteen["scores_of"](machine, user), user) for user in stars}
        assert len(firsts) == 6


def test_two_factors_lead_some_of_sixty_seeds_astray_and_none_of_the_first_ten(canteen) -> None:
    X, y = canteen["dish_map"].transform(canteen["events"]), canteen["events"]["rating"].to_numpy(float)
    firsts = [canteen["best_new"](canteen["scores_of"](m, 1), 1) for m in fit_toy_many(X, y, range(60), k=2)]
    assert set(firsts[:10]) == {"ramen"} != set(firsts)


def test_nobody_eats_later_what_they_have_rated(canteen) -> None:
    assert not any(row.item in canteen["stars"][row.user] for row in canteen["later"].itertuples())


# -------------------------------------------------------------------------------------------- the mixed quiz


def lessons_named(text: str) -> list[int]:
    """Numbers in "lesson 05", "lessons 04 and 06", "lessons 01 to 11"."""
    spans = re.findall(r"lessons? (\d\d)(?: (?:and|to) (\d\d))?", text)
    return [int(number) for span in spans for number in span if number]


def test_the_questions_are_mixed_and_come_from_every_lesson() -> None:
    order = [lessons_named(question.again)[0] for question in LESSON.questions]
    assert len(order) == 18
    assert set(order) == set(range(1, 12))
    assert all(first != second for first, second in pairwise(order))


def test_every_lesson_that_is_named_exists() -> None:
    texts = [SOURCE.read_text(encoding="utf-8"), Path(nb99.__file__).read_text(encoding="utf-8")]
    texts += [Path(module.__file__).read_text(encoding="utf-8") for module in (concept_map, rubric)]
    named = {number for text in texts for number in lessons_named(text)}
    assert named <= set(LESSONS)


def test_every_section_that_is_named_exists() -> None:
    for question in LESSON.questions:
        (number,), (title,) = lessons_named(question.again), re.findall("“(.+?)”", question.again)
        text = LESSONS[number].path.read_text(encoding="utf-8")
        assert re.search(rf"^# ## (\d+\. )?{re.escape(title)}( \(|$)", text, re.MULTILINE), question.again


def test_the_sums_in_the_questions() -> None:
    def right(number: int) -> str:
        return next(option.text for option in QUESTIONS[f"Q99.{number}"].options if option.correct)

    assert float(right(5)) == 5 * 4 / 2
    values = {"A": 0.04 * 0.10, "B": 0.01 * 0.50}
    assert right(8) == max(values, key=values.get)
    cost = {"month": (0.92, 20), "week": (0.90, 90), "day": (0.899, 600)}
    best = min(cost, key=lambda each: cost[each][1] + 60 * cost[each][0] / 0.01)
    assert right(14) == f"Every {best}"


def test_the_cadences_of_the_lesson_are_those_of_the_check() -> None:
    names = {"pd": pd, "print": lambda *_: None}
    exec(cell_with("cadences = "), names)
    pd.testing.assert_frame_equal(names["cadences"], nb99.CADENCES)


def test_the_sums_in_the_feedback_on_cadences() -> None:
    table = nb99.CADENCES.set_index("days")
    assert table.loc[7, "rmse"] - table.loc[1, "rmse"] == pytest.approx(0.004)
    assert table.loc[1, "euros"] - table.loc[7, "euros"] == 510


# ------------------------------------------------------------------------------------------------ the text


def test_the_reading_list_is_described() -> None:
    reading = SOURCE.read_text(encoding="utf-8").split("# ## Read on")[1].split("# ## ")[0]
    rows = re.findall(
        r"^# \| (.+) \| (.+) \| ([\d, –]+) \| (\d+), (gentle|steady|steep) \|$", reading, re.MULTILINE
    )
    assert len(rows) == reading.count("](https://") >= 12
    for what, content, lessons, *_ in rows:
        assert len(content.split()) >= 8, what
        assert set(map(int, re.findall(r"\d\d", lessons))) <= set(LESSONS)
