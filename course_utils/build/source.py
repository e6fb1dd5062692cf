"""Read a lesson's source: py:percent text, by way of jupytext."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import jupytext
from nbformat import NotebookNode

NAME = re.compile(r"(\d\d)_\w+")


class SourceError(ValueError):
    """A source cannot become a notebook; the text says where and why."""


@dataclass(frozen=True)
class Source:
    """One lesson's source.

    Attributes
    ----------
    path : Path
    number : int
        2 for ``02_star_trek.py``.
    cells : list of NotebookNode
        As jupytext reads them, markers and tags included.
    lines : list of int
        The line of the file on which each cell begins.
    """

    path: Path
    number: int
    cells: list[NotebookNode]
    lines: list[int]

    def where(self, index: int) -> str:
        """Name a cell by its id and its place in the source: ``nb02-012 (02_star_trek.py, line 85)``."""
        return f"{self.cell_id(index)} ({self.path.name}, line {self.lines[index]})"

    def cell_id(self, index: int) -> str:
        """The id of a cell in every edition: counted in the source, so that editions agree."""
        return f"nb{self.number:02d}-{index + 1:03d}"


def sources(folder: Path) -> list[Source]:
    """Read all lessons in a folder, in order.

    Raises
    ------
    SourceError
        If a file cannot be read as a lesson.
    """
    return [read(path) for path in sorted(Path(folder).glob("*.py"))]


def read(path: Path) -> Source:
    """Read one lesson.

    Raises
    ------
    SourceError
        If the name does not begin with two digits and an underscore, or the text does not begin with a cell.
    """
    name = NAME.fullmatch(path.stem)
    if name is None:
        raise SourceError(f"{path.name}: a lesson is named like '02_star_trek.py'")
    text = path.read_text(encoding="utf-8")
    notebook = jupytext.reads(text, fmt="py:percent")
    lines = [
        number for number, line in enumerate(text.splitlines(), start=1) if re.match(r"# %%(\s|$)", line)
    ]
    if len(lines) != len(notebook.cells):
        raise SourceError(f"{path.name}: every cell, the first too, begins with a line '# %%'")
    return Source(path, int(name[1]), notebook.cells, lines)


def tags(cell: NotebookNode) -> frozenset[str]:
    """The tags of a cell."""
    return frozenset(cell.metadata.get("tags", ()))
