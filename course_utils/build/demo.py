"""One explorable of a lesson, alone in a notebook: what it needs of the lesson, and nothing else.

What it needs is found by reading the lesson backwards from the explorable: a statement is taken if it makes
or changes a name that a statement taken before it uses.
"""

from __future__ import annotations

import ast
import importlib
import inspect

import nbformat
from nbformat import NotebookNode

from course_utils.build import markers
from course_utils.build.editions import parse
from course_utils.build.source import Source, SourceError

_WIDGETS = "course_utils.widgets"


def explorables(source: Source) -> list[str]:
    """The explorables that a lesson opens, in its order."""
    statements = _statements(source)
    return list(dict.fromkeys(node.func.id for _, node in _calls(statements)))


def demo(source: Source, name: str) -> NotebookNode:
    """Return a notebook that shows one explorable of a lesson, with its results open.

    Raises
    ------
    SourceError
        If the lesson does not open such an explorable.
    """
    statements = _statements(source)
    for place, call in _calls(statements):
        if call.func.id == name:
            call = _opened(call, _class_of(statements, name))
            code = "\n".join(ast.unparse(each) for each in needed(call, statements[:place]))
            cells = [
                nbformat.v4.new_markdown_cell(f"Lesson {source.number:02d} · {name}", id="title"),
                nbformat.v4.new_code_cell(f"{code}\n\n{ast.unparse(call)}", id="demo"),
            ]
            return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": _KERNEL})
    known = ", ".join(explorables(source)) or "none"
    raise SourceError(f"lesson {source.number:02d} opens no explorable {name!r}; it opens: {known}")


def needed(wanted: ast.AST, before: list[ast.stmt]) -> list[ast.stmt]:
    """The statements that make what an expression uses, in their order.

    Examples
    --------
    >>> lines = ast.parse("a = 1\\nb = 2\\na += 1\\nprint(b)").body
    >>> [ast.unparse(each) for each in needed(ast.parse("f(a)"), lines)]
    ['a = 1', 'a += 1']
    """
    names = _loaded(wanted)
    taken = []
    for statement in reversed(before):
        made, changed = _made(statement), _changed(statement)
        if names & (made | changed):
            taken.append(statement)
            names = (names - made) | changed & names | _loaded(statement)
    return taken[::-1]


_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def _statements(source: Source) -> list[ast.stmt]:
    cells = [cell for cell in source.cells if cell.cell_type == "code"]
    return [statement for cell in cells for statement in parse(markers.solved(cell.source)).body]


def _calls(statements: list[ast.stmt]) -> list[tuple[int, ast.Call]]:
    """The calls that open an explorable, each with the number of its statement."""
    known = {
        alias.name
        for statement in statements
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith(_WIDGETS)
        for alias in statement.names
    }
    return [
        (place, statement.value)
        for place, statement in enumerate(statements)
        if isinstance(statement, ast.Expr | ast.Assign)
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, ast.Name)
        and statement.value.func.id in known
        and isinstance(_class_of(statements, statement.value.func.id), type)
    ]


def _class_of(statements: list[ast.stmt], name: str) -> object:
    modules = [
        statement.module
        for statement in statements
        if isinstance(statement, ast.ImportFrom) and name in [alias.name for alias in statement.names]
    ]
    return getattr(importlib.import_module(modules[0]), name)


def _opened(call: ast.Call, explorable: object) -> ast.Call:
    """The call with its prediction already answered; without arguments where it does without."""
    parameters = inspect.signature(explorable).parameters.values()
    if all(each.default is not each.empty for each in parameters):
        call = ast.Call(func=call.func, args=[], keywords=[])
    if any(each.name == "question" for each in parameters):
        call.keywords = [*call.keywords, ast.keyword(arg="question", value=ast.Constant(None))]
    return call


def _loaded(node: ast.AST) -> set[str]:
    return {
        each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    }


def _made(statement: ast.stmt) -> set[str]:
    """Names that a statement binds whatever they were before."""
    match statement:
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {(alias.asname or alias.name).split(".")[0] for alias in names}
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {
                name
                for target in targets
                if not isinstance(target, ast.Subscript)
                for name in _stored(target)
            }
    return set()


def _changed(statement: ast.stmt) -> set[str]:
    """Names whose value a statement may change: ``a += 1``, ``a[0] = 1``, ``a.sort()``, any in a loop."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return {name}
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))]):
            return {name}
        case ast.AugAssign(target=ast.Name(id=name)):
            return {name}
        case ast.For() | ast.If() | ast.With() | ast.Try() | ast.While():
            inner = [
                each for each in ast.walk(statement) if isinstance(each, ast.stmt) and each is not statement
            ]
            return _stored(statement).union(*map(_changed, inner))
    return set()


def _stored(node: ast.AST) -> set[str]:
    return {
        each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    }
