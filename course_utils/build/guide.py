"""The instructor's guide: hand-written pages, and beside them the tables that the lessons already hold.

``instructor/source/NN.md`` is a lesson's page: the parts of `PARTS`, one sentence for each misconception that
the lesson is the first to meet (``- M06: …``), and one for each explorable (``- StarTrekLab: …``).
``instructor/source/before.md`` opens the guide. Timing, predictions, answers that show a misconception, and
the speaker's notes come from ``notebooks/source`` and ``course_utils/learn/lessons``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from course_utils.build import markers
from course_utils.build.editions import parse
from course_utils.build.source import Source, sources, tags
from course_utils.learn.catalogue import lesson
from course_utils.learn.records import Exercise, Lesson, Parsons, Question
from course_utils.paths import ROOT, SOURCES

GUIDE = ROOT / "instructor" / "guide.md"
PAGES = ROOT / "instructor" / "source"
PARTS = ("Say", "Ask", "Do", "Watch for", "If late")
_LISTS = ("Misconceptions", "Explorables")
_SECTION = re.compile(r"^## (?P<title>.+?) \((?P<minutes>\d+) min\)$", re.MULTILINE)
# A gated explorable asks its prediction itself: the lesson's own cells only reveal it.
_ASKING = {
    "predict": "predict",
    "reveal": "predict",
    "check": "exercise",
    "parsons": "exercise",
    "quiz": "quiz",
}


class GuideError(ValueError):
    """A page of the guide cannot be used; the text says which, and what it should hold."""


@dataclass(frozen=True)
class Page:
    """What is written by hand for one lesson.

    Attributes
    ----------
    parts : dict of str to str
        Markdown for each of `PARTS`.
    misconceptions, explorables : dict of str to str
        A sentence for each misconception id, and for each explorable's class name.
    """

    parts: dict[str, str]
    misconceptions: dict[str, str]
    explorables: dict[str, str]


@dataclass
class Section:
    """One section of a lesson: its minutes, and what it asks in the order of the page."""

    title: str
    minutes: int
    predict: list[str] = field(default_factory=list)
    exercise: list[str] = field(default_factory=list)
    quiz: list[str] = field(default_factory=list)
    explorable: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def write_guide(path: Path = GUIDE, pages: Path = PAGES, lessons: Path = SOURCES) -> list[str]:
    """Write the guide, and return the lessons (``"12"``) that have no page by hand and so are left out."""
    text, without = guide(pages, lessons)
    path.write_text(text, encoding="utf-8")
    return without


def guide(pages: Path = PAGES, lessons: Path = SOURCES) -> tuple[str, list[str]]:
    """Return the guide's text, and the lessons that it leaves out as nobody has written their page.

    Raises
    ------
    GuideError
        If a page lacks a part, or its lists do not name what the lesson holds.
    """
    written = {path.stem: read_page(path) for path in sorted(pages.glob("[0-9][0-9].md"))}
    taught = {f"{source.number:02d}": source for source in sources(lessons)}
    if strange := sorted(set(written) - set(taught)):
        raise GuideError(f"instructor/source/{strange[0]}.md: there is no such lesson")
    beliefs = {name: text for page in written.values() for name, text in page.misconceptions.items()}
    chosen = {number: taught[number] for number in written}
    text = [
        "<!-- Made by `course docs` from instructor/source, notebooks/source and course_utils/learn/lessons. "
        "Do not edit. -->",
        (pages / "before.md").read_text(encoding="utf-8").strip(),
        *_overview(chosen.values()),
        *(block for number in chosen for block in lesson_page(chosen[number], written[number], beliefs)),
    ]
    return "\n\n".join(text) + "\n", sorted(set(taught) - set(written))


def read_page(path: Path) -> Page:
    """Read one hand-written page."""
    chunks = re.split(r"^## (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = {title.strip(): text.strip() for title, text in zip(chunks[1::2], chunks[2::2], strict=True)}
    missing = [part for part in PARTS if not found.get(part)]
    strange = sorted(set(found) - {*PARTS, *_LISTS})
    if missing or strange:
        raise GuideError(
            f"{path.name}: a page has the headings {', '.join((*PARTS, *_LISTS))}, the last two where "
            f"needed; missing: {', '.join(missing) or 'none'}; unknown: {', '.join(strange) or 'none'}"
        )
    return Page({part: found[part] for part in PARTS}, *(_sentences(found.get(each, "")) for each in _LISTS))


def _sentences(text: str) -> dict[str, str]:
    """``- name: sentence``, which may go on over several lines."""
    joined = re.sub(r"\n +", " ", text)
    return dict(re.findall(r"^- (\w+): (.+)$", joined, re.MULTILINE))


def sections(source: Source) -> tuple[list[str], list[Section]]:
    """The notes that stand before the first section, and the sections of a lesson."""
    before: list[str] = []
    found: list[Section] = []
    widgets: set[str] = set()
    for cell in source.cells:
        if "notes" in tags(cell):
            (found[-1].notes if found else before).append(cell.source)
        elif cell.cell_type == "markdown":
            found += [Section(head["title"], int(head["minutes"])) for head in _SECTION.finditer(cell.source)]
        elif cell.cell_type == "code":
            tree = parse(markers.solved(cell.source))
            widgets |= _imported_widgets(tree)
            for place, name in _asked(tree, widgets) if found else ():
                if not any(name in getattr(part, place) for part in found):
                    getattr(found[-1], place).append(name)
    return before, found


def _imported_widgets(tree: ast.Module) -> set[str]:
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("course_utils.widgets")
        for alias in node.names
        if alias.name[0].isupper() and not alias.name.isupper()
    }


def _asked(tree: ast.Module, widgets: set[str]) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in widgets:
                yield "explorable", name
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(item)), *_]) if (
                name in _ASKING
            ):
                yield _ASKING[name], item


def _overview(chosen: Sequence[Source]) -> Iterator[str]:
    yield "## All lessons at a glance"
    rows = []
    for source in chosen:
        _, parts = sections(source)
        asked = lesson(source.number)
        rows.append(
            (
                f"[{source.number:02d}](#{_anchor(source)})",
                _title(source),
                _minutes(source),
                len(asked.predictions),
                len(asked.exercises) + len(asked.parsons),
                len(asked.questions),
                ", ".join(name for part in parts for name in part.explorable),
            )
        )
    head = ("", "lesson", "minutes", "predictions", "exercises", "quiz questions", "explorables")
    yield _table(head, rows)


def lesson_page(source: Source, page: Page, beliefs: dict[str, str]) -> Iterator[str]:
    """The blocks of one lesson's page."""
    before, parts = sections(source)
    asked = lesson(source.number)
    _require_all(source, page, beliefs, parts, asked)
    yield f"## {_heading(source)}"
    yield (
        f"{_time(source)} Open [the lesson](../notebooks/{source.path.stem}.ipynb) beside this page: "
        f"`python3 course.py lab --lesson {source.number:02d}`."
    )
    for part in PARTS:
        yield f"### {part}"
        yield page.parts[part]
    yield "### The clock"
    yield _clock(parts)
    if asked.predictions:
        yield "### Predictions, and what comes out"
        rows = [
            (p.id, p.stem, " / ".join(p.options) or "a number" + f" ({p.unit})" * bool(p.unit), p.why)
            for p in asked.predictions
        ]
        yield _table(("", "you ask", "they choose", "and then"), rows)
    if shown := list(_sightings(asked)):
        yield "### Misconceptions, and how each shows"
        rows = [(name, beliefs[name], *rest) for name, *rest in sorted(shown)]
        yield _table(
            ("", "what they believe", "where", "what you see", "what the course answers"), _once(rows)
        )
    if used := [(name, part.title) for part in parts for name in part.explorable]:
        yield "### What each explorable is for"
        yield _table(
            ("explorable", "in", "it is there to show"),
            [(f"`{name}`", title, page.explorables[name]) for name, title in used],
        )
    yield "### The lesson's own notes"
    yield from before
    for part in parts:
        if part.notes:
            yield f"*{part.title}*"
            yield from part.notes


def _require_all(
    source: Source, page: Page, beliefs: dict[str, str], parts: list[Section], asked: Lesson
) -> None:
    name = f"instructor/source/{source.number:02d}.md"
    unexplained = sorted({sight[0] for sight in _sightings(asked)} - set(beliefs))
    if unexplained:
        raise GuideError(
            f"{name}: lesson {source.number:02d} answers {', '.join(unexplained)}, and no page says what "
            "that is; write a line like '- M06: It needs a row for the very pair.' under '## Misconceptions'"
        )
    used = {each for part in parts for each in part.explorable}
    if used != set(page.explorables):
        raise GuideError(
            f"{name}: under '## Explorables' stand {', '.join(sorted(page.explorables)) or 'none'}; "
            f"the lesson opens {', '.join(sorted(used)) or 'none'}"
        )


def _clock(parts: list[Section]) -> str:
    rows, start = [], 0
    for part in parts:
        explored = [f"`{name}`" for name in part.explorable]
        does = ", ".join([*part.predict, *part.exercise, *explored, *part.quiz])
        rows.append((f"{start // 60}:{start % 60:02d}", part.minutes, part.title, does))
        start += part.minutes
    rows.append((f"{start // 60}:{start % 60:02d}", "", "*end*", ""))
    return _table(("at", "min", "section", "they do"), rows)


def _sightings(asked: Lesson) -> Iterator[tuple[str, str, str, str]]:
    """Every answer that shows a misconception: its id, the item, what one sees, what the course says."""
    for item in asked.items():
        match item:
            case Question():
                for option in item.options:
                    if option.misconception:
                        yield option.misconception, item.id, f"“{option.text}”", _first(option.feedback)
            case Exercise() | Parsons():
                for slip in item.mistakes:
                    if slip.misconception:
                        yield slip.misconception, item.id, _seen(slip.example), _first(slip.feedback)


def _seen(answer: object) -> str:
    """A wrong answer, if it is short enough to be read; otherwise what kind of thing it is."""
    if callable(answer):
        return "their code"
    written = f"{{{', '.join(map(repr, sorted(answer)))}}}" if isinstance(answer, set) else repr(answer)
    return f"`{written}`" if len(written) <= 48 and _is_literal(written) else "their answer"


def _is_literal(written: str) -> bool:
    try:
        ast.literal_eval(written)
    except (ValueError, SyntaxError):
        return False
    return True


def _first(text: str) -> str:
    """The first two sentences of a feedback."""
    return " ".join(re.split(r"(?<=[.!?])\s+(?=[A-Z“])", text)[:2])


def _once(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Id and belief in the first of several rows only."""
    return [
        row if place == 0 or rows[place - 1][0] != row[0] else ("", "", *row[2:])
        for place, row in enumerate(rows)
    ]


def _title(source: Source) -> str:
    return source.cells[0].source.splitlines()[0].removeprefix("# ")


def _heading(source: Source) -> str:
    return f"{source.number:02d} · {_title(source)}"


def _anchor(source: Source) -> str:
    """The address of the heading, as GitHub, Sphinx and JupyterLab alike make it from plain words."""
    return re.sub(r"[^\w\- ]", "", _heading(source).lower()).replace(" ", "-")


def _time(source: Source) -> str:
    paragraph = re.search(r"\*\*Time\*\* (.+?)(?:\n\n|$)", source.cells[0].source, re.DOTALL)[1]
    return paragraph.replace("\n", " ").replace(" The minutes stand beside the headings.", "")


def _minutes(source: Source) -> int:
    return int(re.search(r"\*\*Time\*\* (\d+) minutes", source.cells[0].source)[1])


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(each) for each in line)} |" for line in lines)


def _cell(value: object) -> str:
    return re.sub(r"\s+", " ", str(value)).replace("|", r"\|")
