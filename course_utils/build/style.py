"""The style rules for lessons that a machine can check."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from course_utils.build import markers
from course_utils.build.editions import parse
from course_utils.build.source import Source, read, tags
from course_utils.learn.audit import audit
from course_utils.learn.catalogue import UnknownId, lesson
from course_utils.learn.records import Lesson

LONGEST_CODE_CELL = 15
DECISION_EVERY = 6
BANNED = ("just", "simply", "obviously", "easy", "trivial")
HEAD = ("You will", "You need", "Time")

_BANNED = re.compile(rf"\b({'|'.join(BANNED)})\b", re.IGNORECASE)
_CODE_IN_PROSE = re.compile(r"```.*?```|~~~.*?~~~|`[^`\n]+`", re.DOTALL)
_DECISIONS = ("predict", "check", "quiz", "parsons")
_WIDGETS = "course_utils.widgets"


def lint(source: Path) -> list[str]:
    """Return one sentence per broken rule; an empty list is a clean lesson.

    A head with *You will / You need / Time*; code cells of at most 15 lines; no banned word in
    prose; images with alternative text; no star import, ``globals()``, ``sys.path``, ``%run`` or trailing
    semicolon; ``show`` only with ``alt``; a decision at least every six code cells.
    The objectives, exercises, predictions and questions of the text and of ``course_utils/learn/lessons`` are
    the same; the solutions shown are those of the source; `course_utils.learn.audit.audit` finds nothing.

    Parameters
    ----------
    source : Path
        ``notebooks/source/02_star_trek.py``.
    """
    text = read(Path(source))
    return [*_head(text), *_prose(text), *_code(text), *_pace(text), *_records(text)]


def _head(source: Source) -> Iterator[str]:
    first = source.cells[0] if source.cells else None
    if first is None or first.cell_type != "markdown" or not re.match(r"# \S", first.source):
        yield f"{source.path.name}: the first cell is a heading, '# Build …'"
        return
    missing = [promise for promise in HEAD if promise not in first.source]
    if missing:
        yield f"{source.where(0)}: the head lacks {', '.join(missing)}"


def _prose(source: Source) -> Iterator[str]:
    for index, cell in enumerate(source.cells):
        if cell.cell_type != "markdown":
            continue
        prose = _CODE_IN_PROSE.sub(" ", cell.source)
        for word in _BANNED.findall(prose):
            yield f"{source.where(index)}: says {word!r}"
        images = re.findall(r"<img\b[^>]*>", prose)
        if re.search(r"!\[\s*\]\(", prose) or any(not re.search(r"\balt=.[^'\"]", image) for image in images):
            yield f"{source.where(index)}: an image without alternative text"


def _code(source: Source) -> Iterator[str]:
    for index, cell in enumerate(source.cells):
        if cell.cell_type != "code":
            continue
        where = source.where(index)
        length = len(markers.stub(cell.source).splitlines())
        if "solution" not in tags(cell) and length > LONGEST_CODE_CELL:
            yield f"{where}: {length} lines of code; at most {LONGEST_CODE_CELL}"
        for line in cell.source.splitlines():
            if re.match(r"\s*%run\b", line):
                yield f"{where}: %run hides where names come from"
            if line.split("#")[0].rstrip().endswith(";"):
                yield f"{where}: a trailing ';' does not silence a cell everywhere; write '_ = …'"
        for node in ast.walk(parse(markers.solved(cell.source))):
            fault = _fault_of(node)
            if fault:
                yield f"{where}: {fault}"


def _fault_of(node: ast.AST) -> str:
    match node:
        case ast.ImportFrom(names=[ast.alias(name="*")]):
            return "a star import hides where names come from"
        case ast.Call(func=ast.Name(id="globals")):
            return "globals() hides where names come from"
        case ast.Attribute(value=ast.Name(id="sys"), attr="path"):
            return "sys.path is not touched: course_utils is installed"
        case ast.Call(func=ast.Name(id="show") | ast.Attribute(attr="show"), keywords=keywords):
            alt = next((keyword.value for keyword in keywords if keyword.arg == "alt"), None)
            if alt is None or (isinstance(alt, ast.Constant) and not str(alt.value).strip()):
                return 'figures are shown by show(fig, alt="…"), with words in alt'
    return ""


def _pace(source: Source) -> Iterator[str]:
    """Count code cells since the learner last had something to decide."""
    widgets: set[str] = set()
    idle = 0
    for index, cell in enumerate(source.cells):
        if cell.cell_type != "code" or {"solution", "notes"} & tags(cell):
            continue
        tree = parse(markers.solved(cell.source))
        idle += 1
        if _called(tree) & (widgets | set(_DECISIONS)):
            idle = 0
        elif idle == DECISION_EVERY:
            yield f"{source.where(index)}: the {DECISION_EVERY}th code cell in a row with nothing to decide"
            idle = 0
        widgets |= {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_WIDGETS)
            for alias in node.names
        }


def _called(tree: ast.AST) -> set[str]:
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {
        f.id if isinstance(f, ast.Name) else f.attr for f in calls if isinstance(f, ast.Name | ast.Attribute)
    }


def _records(source: Source) -> Iterator[str]:
    asked = _asked(source)
    try:
        known = lesson(source.number)
    except UnknownId:
        yield f"{source.path.name}: there is no course_utils/learn/lessons/nb{source.number:02d}.py"
        return
    answers = f"nb{source.number:02d}.py"
    existing = {item.id for item in known.items()}
    asked = {item for name in asked for item in _expand(name, existing)}
    for item in sorted(asked - existing):
        yield f"{source.path.name} asks {item}, which {answers} does not have"
    yield from (f"{answers}: {fault}" for fault in _banned_in(known))
    for item in sorted(existing - asked):
        yield f"{source.path.name} never asks {item}, which {answers} has"
    named = {
        found for cell in source.cells if cell.cell_type == "markdown" for found in _objectives(cell.source)
    }
    for objective in sorted(named ^ set(known.objectives)):
        place = source.path.name if objective in named else answers
        yield f"{objective} is only in {place}"
    yield from (f"{answers}: {fault}" for fault in audit(known))
    yield from _solutions(source, known, answers)


def _objectives(prose: str) -> list[str]:
    return re.findall(r"\bO\d{1,2}\.\d{1,2}\b", prose)


def _asked(source: Source) -> set[str]:
    """The ids that the lesson's cells pass to the functions of `course_utils.learn`."""
    found = set()
    for cell in source.cells:
        if cell.cell_type != "code":
            continue
        for node in ast.walk(parse(markers.solved(cell.source))):
            match node:
                case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(item)), *_]):
                    if name in (*_DECISIONS, "reveal", "hint", "solution"):
                        found.add(item)
    return found


def _expand(name: str, existing: set[str]) -> set[str]:
    """``Q2`` stands for every question of the quiz."""
    members = {item for item in existing if item.startswith(f"{name}.")}
    return members or {name}


def _banned_in(known: Lesson) -> Iterator[str]:
    for item in known.items():
        for text in _texts(item):
            for word in _BANNED.findall(_CODE_IN_PROSE.sub(" ", text)):
                yield f"{item.id} says {word!r}"


def _texts(record: Any) -> Iterator[str]:
    """Every text of a record that a learner reads as prose."""
    if isinstance(record, str):
        yield record
    elif isinstance(record, tuple):
        for part in record:
            yield from _texts(part)
    elif dataclasses.is_dataclass(record):
        for field in dataclasses.fields(record):
            if field.name not in ("solution", "example", "lines"):
                yield from _texts(getattr(record, field.name))


def _solutions(source: Source, known: Lesson, answers: str) -> Iterator[str]:
    """Every statement of a solution shown stands in the source, so that the two cannot drift apart."""
    written = {
        ast.unparse(statement)
        for cell in source.cells
        if cell.cell_type == "code"
        for statement in parse(markers.solved(cell.source)).body
    }
    for task in known.exercises:
        for statement in ast.parse(task.solution).body:
            if ast.unparse(statement) not in written:
                first = ast.unparse(statement).splitlines()[0]
                yield f"{answers}: the solution of {task.id} is not what {source.path.name} has: {first}"
