"""The instructor's guide: it agrees with the lessons, and refuses a page that does not."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from course_utils.build.guide import GUIDE, PAGES, PARTS, GuideError, guide, read_page, sections
from course_utils.build.source import sources
from course_utils.learn.catalogue import lesson
from course_utils.paths import SOURCES

SHOWN = ("00", "02")  # two lessons are enough to try what the guide makes of a change
LESSONS = {f"{source.number:02d}": source for source in sources(SOURCES)}
WRITTEN = sorted(path.stem for path in PAGES.glob("[0-9][0-9].md"))


@pytest.fixture(scope="module")
def made() -> str:
    return guide()[0]


def test_the_guide_agrees_with_its_pages_and_the_lessons(made: str) -> None:
    assert GUIDE.read_text(encoding="utf-8") == made, "type: python3 course.py docs"


@pytest.mark.parametrize("number", WRITTEN)
def test_every_item_of_a_lesson_stands_on_its_clock(number: str) -> None:
    """What the clock lists is what the lesson's records hold: nothing asked is missing, and nothing twice."""
    _, parts = sections(LESSONS[number])
    listed = [item for part in parts for item in (*part.predict, *part.exercise)]
    asked = lesson(int(number))
    expected = [item.id for item in (*asked.predictions, *asked.exercises, *asked.parsons)]
    assert sorted(listed) == sorted(expected)
    assert [item for part in parts for item in part.quiz] == [f"Q{int(number)}"]


@pytest.mark.parametrize("number", WRITTEN)
def test_the_clock_ends_with_the_minutes_of_the_lesson(made: str, number: str) -> None:
    minutes = int(re.search(r"\*\*Time\*\* (\d+) minutes", LESSONS[number].cells[0].source)[1])
    page = _page_of(made, number)
    assert f"| {minutes // 60}:{minutes % 60:02d} |  | *end* |" in page


@pytest.mark.parametrize("number", WRITTEN)
def test_every_tagged_answer_and_every_note_is_on_the_page(made: str, number: str) -> None:
    page, asked = _page_of(made, number), lesson(int(number))
    for item in asked.items():
        for answer in (*getattr(item, "mistakes", ()), *getattr(item, "options", ())):
            if misconception := getattr(answer, "misconception", ""):
                assert misconception in page, f"{item.id} shows {misconception}"
    notes = [cell.source for cell in LESSONS[number].cells if "notes" in cell.metadata.get("tags", ())]
    assert all(note in page for note in notes)


def test_each_misconception_is_told_once() -> None:
    told = [name for number in WRITTEN for name in read_page(PAGES / f"{number}.md").misconceptions]
    assert len(told) == len(set(told))
    assert told == sorted(told)


@pytest.mark.parametrize("number", WRITTEN)
def test_a_page_is_short_enough_to_teach_from(number: str) -> None:
    page = read_page(PAGES / f"{number}.md")
    assert sum(len(page.parts[part].split()) for part in PARTS) <= 600
    banned = r"\b(just|simply|obviously|easy|trivial)\b"
    assert not re.search(banned, (PAGES / f"{number}.md").read_text(encoding="utf-8"), re.IGNORECASE)


@pytest.mark.parametrize("number", WRITTEN)
def test_a_page_names_only_items_that_the_lesson_has(number: str) -> None:
    text = (PAGES / f"{number}.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\b[EP]\d{1,2}\.\d\b", text))
    known = {item.id for item in lesson(int(number)).items()}
    assert named <= known


def test_a_lesson_without_a_page_is_left_out_and_said(pages: Path, lessons: Path) -> None:
    (pages / "00.md").unlink()
    text, without = guide(pages, lessons)
    assert without == ["00"]
    assert "## 00 ·" not in text
    assert "## 02 ·" in text


def test_a_changed_page_and_a_changed_lesson_change_the_guide(pages: Path, lessons: Path) -> None:
    before = guide(pages, lessons)[0]
    _replace(pages / "00.md", "Skip section 5.", "Skip nothing.")
    changed = guide(pages, lessons)[0]
    assert changed == before.replace("Skip section 5.", "Skip nothing.") != before
    _replace(next(lessons.glob("00_*.py")), "## 1. Run a cell (3 min)", "## 1. Run a cell (9 min)")
    assert "| 0:09 | 1 | 2. Read the report |" in guide(pages, lessons)[0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("## Ask", "## Asking", "missing: Ask; unknown: Asking"),
        ("- M07:", "- M77:", "answers M07"),
        ("- StarTrekLab:", "- StarTrek:", "the lesson opens StarTrekLab"),
    ],
)
def test_a_page_that_does_not_fit_its_lesson_is_refused(
    pages: Path, lessons: Path, old: str, new: str, said: str
) -> None:
    _replace(pages / "02.md", old, new)
    with pytest.raises(GuideError, match=re.escape(said)):
        guide(pages, lessons)


def test_a_page_without_a_lesson_is_refused(pages: Path, lessons: Path) -> None:
    (pages / "77.md").write_text((pages / "00.md").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(GuideError, match="77"):
        guide(pages, lessons)


@pytest.fixture
def lessons(tmp_path: Path) -> Path:
    """A copy of two lessons."""
    folder = tmp_path / "lessons"
    folder.mkdir()
    for number in SHOWN:
        shutil.copy(LESSONS[number].path, folder)
    return folder


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A copy of their pages; the second one also tells the misconceptions that other lessons meet first."""
    folder = tmp_path / "pages"
    folder.mkdir()
    for name in ("before", *SHOWN):
        shutil.copy(PAGES / f"{name}.md", folder)
    others = [read_page(PAGES / f"{number}.md").misconceptions for number in WRITTEN if number not in SHOWN]
    lines = "".join(f"- {name}: {text}\n" for each in others for name, text in each.items())
    _replace(folder / "02.md", "## Misconceptions\n\n", f"## Misconceptions\n\n{lines}")
    return folder


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def _page_of(made: str, number: str) -> str:
    """The lesson's own part of the guide."""
    return re.split(r"^## (?=\d\d · )", made, flags=re.MULTILINE)[WRITTEN.index(number) + 1]
