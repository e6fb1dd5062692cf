"""The capstone's rubric, computed and ticked in process."""

from __future__ import annotations

import html
import itertools

import ipywidgets as widgets
import pytest

from course_utils.widgets import CapstoneRubric, rubric
from course_utils.widgets.rubric import CRITERIA, LEVELS, MOST


@pytest.fixture
def sheet() -> CapstoneRubric:
    return CapstoneRubric()


def tick(sheet: CapstoneRubric, points: int) -> None:
    for boxes in sheet.boxes.values():
        for level, box in enumerate(boxes):
            box.value = level < points


@pytest.mark.parametrize("ticks", list(itertools.product((False, True), repeat=3)))
def test_a_level_counts_with_those_below_it(ticks) -> None:
    ticked = {criterion.name: ticks for criterion in CRITERIA}
    now = rubric.standing(ticked)
    points = {(True, False, False): 1, (True, True, False): 2, (True, True, True): 3, (True, False, True): 1}
    each = points.get(ticks, 0)
    assert now.total == 6 * each
    assert bool(now.gaps) == (sum(ticks) > each)
    assert rubric.advice(now)


@pytest.mark.parametrize(
    ("points", "says"), [(0, "sketch"), (1, "prototype"), (2, "Sound"), (3, "Let it run")]
)
def test_the_total_and_what_it_means(sheet, points, says) -> None:
    tick(sheet, points)
    assert f"{6 * points} of {MOST} points" in sheet.answer.value
    assert says in sheet.answer.value


def test_the_next_step_is_that_of_the_weakest_criterion(sheet) -> None:
    tick(sheet, 3)
    assert "Every level is reached" in sheet.answer.value
    for box in sheet.boxes["Rebuild plan"][1:]:
        box.value = False
    weakest = next(criterion for criterion in CRITERIA if criterion.name == "Rebuild plan")
    assert html.escape(weakest.levels[1]) in sheet.answer.value
    assert "lesson 10" in sheet.answer.value


def test_a_gap_is_named(sheet) -> None:
    sheet.boxes["Deployment"][2].value = True
    assert "0 of 18" in sheet.answer.value
    assert "look at Deployment again" in sheet.answer.value


def test_boxes_are_named_and_the_twin_holds_the_rubric(sheet) -> None:
    boxes = [box for group in sheet.boxes.values() for box in group]
    assert len(boxes) == MOST == len(CRITERIA) * len(LEVELS)
    assert all(isinstance(box, widgets.Checkbox) and len(box.description.split()) >= 5 for box in boxes)
    bundle = sheet._repr_mimebundle_()
    for criterion in CRITERIA:
        for text in criterion.levels:
            assert html.escape(text) in bundle["text/html"]
            assert text in bundle["text/plain"]
