"""Editions: which cells of the source they drop, and whether solutions are in place."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from course_utils.build import deck, live, markers
from course_utils.build.source import Source, SourceError, tags

#: Tags that only steer the builder and are of no use in a built notebook.
BUILDER_TAGS = frozenset({"solution", "notes", "live"})


@dataclass(frozen=True)
class Edition:
    """One way to turn a source into a notebook.

    Parameters
    ----------
    drops : frozenset of str
        Cells with one of these tags are left out.
    code : callable
        What becomes of the text of a code cell.
    strict : bool
        True if every check must pass when the notebook runs.
    expand : callable
        ``expand(built, cell)``: the cells that stand for one cell of the source.
    """

    drops: frozenset[str]
    code: Callable[[str], str]
    strict: bool
    expand: Callable[[NotebookNode, NotebookNode], list[NotebookNode]] = lambda built, cell: [built]


EDITIONS = {
    "student": Edition(drops=frozenset({"solution", "notes"}), code=markers.stub, strict=False),
    "solved": Edition(drops=frozenset({"notes"}), code=markers.solved, strict=True),
    "live": Edition(drops=frozenset({"solution"}), code=markers.stub, strict=False, expand=live.expand),
    "slides": Edition(drops=frozenset(), code=markers.solved, strict=True, expand=deck.expand),
}


def make(source: Source, edition: str) -> NotebookNode:
    """Make the notebook of one edition: no outputs yet, and the same bytes for the same source.

    Raises
    ------
    SourceError
        If a marker is wrong or a cell is not valid Python; the text names the cell and the line.
    KeyError
        If there is no such edition.
    """
    rules = EDITIONS[edition]
    cells = []
    for index, cell in enumerate(source.cells):
        if rules.drops & tags(cell):
            continue
        built = nbformat.from_dict(
            {
                "id": source.cell_id(index),
                "cell_type": cell.cell_type,
                "metadata": _metadata(cell),
                "source": cell.source,
            }
        )
        if cell.cell_type == "code":
            try:
                built.source = rules.code(cell.source)
            except markers.MarkerError as error:
                raise SourceError(f"{source.where(index)}: {error}") from None
            _must_parse(built.source, source.where(index))
            built.update(outputs=[], execution_count=None)
        cells += rules.expand(built, cell)
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.nbformat_minor = 5
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    nbformat.validate(notebook)
    return notebook


def parse(code: str) -> ast.Module:
    """Parse the code of a cell, magics and top-level ``await`` included."""
    plain = TransformerManager().transform_cell(code)
    return compile(plain, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def _must_parse(code: str, where: str) -> None:
    try:
        parse(code)
    except SyntaxError as error:
        raise SourceError(f"{where}: line {error.lineno} of the cell is not Python: {error.msg}") from None


def _metadata(cell: NotebookNode) -> dict:
    """What a built cell keeps: its tags for readers and nbval, and its place in the slides."""
    kept = {key: cell.metadata[key] for key in ("slideshow", "jupyter") if key in cell.metadata}
    visible = sorted(tags(cell) - BUILDER_TAGS)
    return {**kept, "tags": visible} if visible else kept
