"""What holds for every lesson and the records behind it."""

from __future__ import annotations

import re
import statistics

import pytest

from course_utils.build import lint
from course_utils.build.editions import make
from course_utils.build.source import Source, sources
from course_utils.learn import lesson
from course_utils.learn.audit import audit
from course_utils.paths import ROOT, SOURCES

LESSONS = sources(SOURCES)
PROJECTOR = 88  # characters of a code cell's line that fit beside each other in the font of a lecture room

MISCONCEPTIONS = {
    1: range(1, 6),
    2: range(6, 10),
    3: range(10, 14),
    4: range(14, 17),
    5: range(17, 21),
    6: range(21, 24),
    7: range(24, 27),
    8: range(27, 30),
    9: range(30, 33),
    10: range(33, 36),
    11: range(36, 40),
    12: range(40, 44),
}
"""Numbers of the misconceptions that each lesson is the first to meet."""


@pytest.mark.parametrize("source", LESSONS, ids=lambda source: source.path.stem)
def test_every_known_mistake_gets_its_own_answer(source: Source) -> None:
    assert audit(lesson(source.number)) == []


@pytest.mark.parametrize("number", MISCONCEPTIONS)
def test_the_misconceptions_of_a_lesson_are_answered(number: int) -> None:
    records = lesson(number)
    answered = {option.misconception for question in records.questions for option in question.options}
    answered |= {mistake.misconception for task in records.exercises for mistake in task.mistakes}
    assert {f"M{each:02d}" for each in MISCONCEPTIONS[number]} <= answered


def test_every_misconception_has_its_lesson() -> None:
    first_met = sorted(each for met in MISCONCEPTIONS.values() for each in met)
    assert first_met == list(range(1, len(first_met) + 1))


@pytest.mark.parametrize("source", LESSONS, ids=lambda source: source.path.stem)
def test_the_right_option_moves_about(source: Source) -> None:
    """A learner who always ticks the same place must not pass a quiz."""
    single = [question for question in lesson(source.number).questions if question.kind == "one"]
    places = {[option.correct for option in question.options].index(True) for question in single}
    assert len(single) < 2 or len(places) > 1


@pytest.mark.parametrize("source", LESSONS, ids=lambda source: source.path.stem)
def test_style(source: Source) -> None:
    assert lint(source.path) == []


@pytest.mark.parametrize("source", LESSONS, ids=lambda source: source.path.stem)
def test_code_comes_in_small_cells_with_prose_around_it(source: Source) -> None:
    cells = make(source, "student").cells
    code = [len(cell.source.splitlines()) for cell in cells if cell.cell_type == "code"]
    assert max(code) <= 15
    assert statistics.median(code) <= 8
    assert 2 * len(code) <= len(cells) + 20


@pytest.mark.parametrize("source", LESSONS, ids=lambda source: source.path.stem)
def test_minutes_add_up(source: Source) -> None:
    """Of the sections, and of reading, doing and discussing (in lesson 09 those of its first half)."""
    text = source.path.read_text(encoding="utf-8")
    total = int(re.search(r"\*\*Time\*\* (\d+) minutes", text)[1])
    assert sum(map(int, re.findall(r"^# ## .*\((\d+) min\)$", text, re.MULTILINE))) == total
    parts = re.search(r"(\d+) minutes: (\d+) reading, (\d+) doing, (\d+)\s", text)
    if parts:
        whole, *each = map(int, parts.groups())
        assert whole == sum(each)


@pytest.mark.parametrize("source", LESSONS, ids=lambda source: source.path.stem)
def test_no_line_of_code_is_cut_off_at_the_projector(source: Source) -> None:
    code = [line for cell in source.cells if cell.cell_type == "code" for line in cell.source.splitlines()]
    assert [line for line in code if len(line) > PROJECTOR] == []


@pytest.mark.parametrize("source", LESSONS, ids=lambda source: source.path.stem)
def test_a_lesson_has_one_title(source: Source) -> None:
    prose = "\n".join(cell.source for cell in source.cells if cell.cell_type == "markdown")
    assert len(re.findall(r"^# ", re.sub(r"```.*?```", "", prose, flags=re.DOTALL), re.MULTILINE)) == 1


def test_the_readme_lists_every_lesson_under_its_own_title_and_minutes() -> None:
    rows = re.findall(
        r"^\| (\d\d) \| (.+?) \| .+ \| (\d+) \|$", (ROOT / "README.md").read_text(), re.MULTILINE
    )
    heads = [(source, source.cells[0].source) for source in LESSONS]
    assert rows == [
        (
            f"{source.number:02d}",
            re.match(r"# (.+)", head)[1],
            re.search(r"\*\*Time\*\* (\d+) minutes", head)[1],
        )
        for source, head in heads
    ]
