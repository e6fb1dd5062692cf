"""The live edition: what the instructor types is blank, and whoever falls behind catches up with one line.

Two kinds of cells are typed in class. An exercise keeps its stub, as in the student edition, and says how to
see its solution. A cell tagged ``live`` is blanked; above it stands a cell with ``catch_up("nb02-013")``,
which does the blank cell's work out of sight and offers its lines. So the notebook runs from top to bottom
whether anybody types or not, and lines that are typed take effect after those of `catch_up`.
"""

from __future__ import annotations

import ast
import re

from IPython import get_ipython
from IPython.utils.capture import capture_output
from nbformat import NotebookNode

from course_utils.build import markers
from course_utils.build.source import read, tags
from course_utils.learn import look
from course_utils.learn.look import Card
from course_utils.paths import SOURCES

#: Calls whose answer is for the eye: these wait until somebody types the lines.
_SHOWING = frozenset({"check", "predict", "print", "quiz", "record", "reveal", "show"})
_CHECK = re.compile(r'\bcheck\("(E\d+\.\d+)"')


class CannotCatchUp(RuntimeError):
    """There is nothing to catch up with, or the cells above have not run; the text says what to do."""


def expand(built: NotebookNode, cell: NotebookNode) -> list[NotebookNode]:
    """Return the cells that stand for one cell of the source.

    Parameters
    ----------
    built : NotebookNode
        The cell with its stubs, as the student edition has it.
    cell : NotebookNode
        The cell of the source.
    """
    if "notes" in tags(cell):
        notes = markers.notes(built.source)
        built.source = f"<details><summary>For the instructor</summary>\n\n{notes}\n\n</details>"
        return [built]
    if cell.cell_type != "code":
        return [built]
    if is_blank(cell):
        return [_catch_up_cell(built), _blank_cell(built, markers.solved(cell.source))]
    if exercise := _exercise_of(cell):
        help_line = f'# Fell behind? solution("{exercise}"), in a new cell, shows the missing lines.'
        built.source = f"{help_line}\n{built.source}"
    return [built]


def is_blank(cell: NotebookNode) -> bool:
    """Whether the live edition blanks a cell: it is tagged ``live``, or has gaps that no check knows."""
    gaps = markers.stub(cell.source) != markers.solved(cell.source)
    return "live" in tags(cell) or (gaps and not _CHECK.search(cell.source))


def catch_up(cell_id: str) -> Card:
    """Do the work of a blank cell of the live edition, and offer its lines.

    What the lines would print, plot or reveal stays out of sight: that is for the cell below.

    Parameters
    ----------
    cell_id : str
        ``"nb02-013"``, as it stands in the notebook.

    Raises
    ------
    CannotCatchUp
        If no lesson has such a cell, or its lines need names that the cells above have not made yet.
    """
    code = lines_of(cell_id)
    shell = get_ipython()
    if shell is None:
        raise CannotCatchUp(f'catch_up("{cell_id}") works in a notebook: it sets names there')
    tree = ast.parse(code)
    tree.body = [statement for statement in tree.body if not _shows(statement)]
    try:
        with capture_output():
            exec(compile(tree, f"<{cell_id}>", "exec"), shell.user_ns)
    except NameError as error:
        raise CannotCatchUp(
            f"{error}: run the cells above first (menu Run, Run All Above Selected Cell), then this one again"
        ) from None
    names = _listed(made_by(code))
    said = f"This cell has set {names}. " if names else ""
    message = f"{said}Type along in the cell below, or go on without."
    lines = f"<details><summary>Fell behind? The lines</summary>{look.code_block(code)}</details>"
    heading = "✔ the lesson goes on in any case"
    return Card("quiet", heading, look.paragraphs(message) + lines, f"{heading}\n{message}\n\n{code}")


def lines_of(cell_id: str) -> str:
    """The finished lines of a blank cell, from the lesson's source.

    Raises
    ------
    CannotCatchUp
        If no lesson has such a cell.
    """
    for path in sorted(SOURCES.glob(f"{cell_id[2:4]}_*.py")):
        source = read(path)
        for index, cell in enumerate(source.cells):
            if source.cell_id(index) == cell_id and cell.cell_type == "code" and is_blank(cell):
                return markers.solved(cell.source)
    raise CannotCatchUp(f"no lesson has a blank cell {cell_id!r}; build the live edition anew if it says so")


def made_by(code: str) -> list[str]:
    """The names that a cell gives to what it makes, in its order; functions with what they take.

    Examples
    --------
    >>> made_by("import json\\nX, y = 1, 2\\ndef f(a, b): return a")
    ['X', 'y', 'f(a, b)']
    """
    names: dict[str, None] = {}
    for statement in ast.parse(code).body:
        match statement:
            case ast.FunctionDef():
                names[f"{statement.name}({ast.unparse(statement.args)})"] = None
            case ast.Assign(targets=targets):
                named = (node.id for each in targets for node in ast.walk(each) if isinstance(node, ast.Name))
                names |= dict.fromkeys(named)
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.AugAssign(target=ast.Name(id=name)):
                names[name] = None
    return list(names)


def _catch_up_cell(built: NotebookNode) -> NotebookNode:
    return NotebookNode(
        id=f"{built.id}-catch-up",
        cell_type="code",
        metadata={},
        source="# Fell behind? Run this cell, and nothing below is missing; its output holds the lines.\n"
        f'from course_utils.build import catch_up\n\ncatch_up("{built.id}")',
        outputs=[],
        execution_count=None,
    )


def _blank_cell(built: NotebookNode, code: str) -> NotebookNode:
    """Imports and whole-line comments stay; the rest is for the instructor's fingers."""
    imports = [
        ast.unparse(statement)
        for statement in ast.parse(code).body
        if isinstance(statement, ast.Import | ast.ImportFrom)
    ]
    comments = [line for line in code.splitlines() if line.startswith("#")]
    names = _listed(made_by(code))
    task = f"# Type along: this cell makes {names}." if names else "# Type along."
    built.source = "\n".join([*imports, *([""] if imports else []), task, *comments, ""])
    built.metadata.pop("tags", None)  # nothing here has an output to compare
    return built


def _exercise_of(cell: NotebookNode) -> str | None:
    found = _CHECK.search(cell.source)
    return found[1] if found and markers.stub(cell.source) != markers.solved(cell.source) else None


def _shows(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return name in _SHOWING
    return False


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)
