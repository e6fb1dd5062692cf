"""The floors of the package and the imports among them: a test holds this table, a drawing shows it."""

from __future__ import annotations

import ast
from pathlib import Path

from course_utils.paths import ROOT

PACKAGE = ROOT / "course_utils"

FLOORS: tuple[tuple[str, frozenset[str]], ...] = (  # lowest first
    ("places", frozenset({"paths"})),
    ("tables, rows, bytes", frozenset({"recordio", "encode", "datasets"})),
    ("tables that outgrow one machine", frozenset({"shards"})),
    ("models and judges", frozenset({"evaluate", "fm"})),
    ("formats at the edges", frozenset({"artifact", "payload"})),
    ("the estimator", frozenset({"estimator"})),
    ("SageMaker's algorithms", frozenset({"fm_container", "knn_container"})),
    ("the local SageMaker", frozenset({"local_aws"})),
    ("lists, and the door to SageMaker", frozenset({"aws", "recommend"})),
    ("what a lesson shows and asks", frozenset({"widgets", "learn", "plots"})),
    ("commands", frozenset({"build", "cli", "commands", "doctor"})),
)
"""Modules and packages of `course_utils` by floor. Imports stay on a floor or point down, never up."""

FLOOR_OF = {name: height for height, (_, names) in enumerate(FLOORS) for name in names}

STARTED = frozenset({("cli", "commands"), ("local_aws", "fm_container"), ("local_aws", "knn_container")})
"""Who starts whom by name, as a process or a command, without importing it."""


def members(package: Path = PACKAGE) -> set[str]:
    """Every module and package that lies directly in ``course_utils``."""
    return {path.stem if path.is_file() else path.name for path in package.iterdir() if _is_code(path)}


def files_of(name: str, package: Path = PACKAGE) -> list[Path]:
    """The Python files of one module or package of ``course_utils``."""
    folder = package / name
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


def imports_of(path: Path, package: Path = PACKAGE) -> set[str]:
    """The members of ``course_utils`` that one file imports, wherever in the file the import stands."""
    module = ("course_utils", *path.relative_to(package).with_suffix("").parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(module[: -node.level]) if node.level else ""
            source = ".".join(part for part in (base, node.module or "") if part)
            found |= {source} | {f"{source}.{alias.name}" for alias in node.names}
    return {name.split(".")[1] for name in found if name.startswith("course_utils.")} & members(package)


def imports(package: Path = PACKAGE) -> dict[str, set[str]]:
    """For every member of ``course_utils``, the other members that it imports."""
    return {
        name: set().union(*(imports_of(path, package) for path in files_of(name, package))) - {name}
        for name in sorted(members(package))
    }


def purpose(name: str, package: Path = PACKAGE) -> str:
    """The first sentence of what a member says of itself."""
    folder = package / name
    home = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    text = ast.get_docstring(ast.parse(home.read_text(encoding="utf-8"))) or ""
    return text.splitlines()[0].rstrip(".") if text else ""


def told_once(graph: dict[str, set[str]]) -> list[tuple[str, str]]:
    """The arrows that a drawing needs: none that follows from a chain of others.

    Parameters
    ----------
    graph : dict
        Who imports whom; it may run in circles.

    Returns
    -------
    list of (str, str)
        In alphabetical order. Along these arrows everybody still reaches whom they reached before.
    """
    left = {name: set(others) for name, others in graph.items()}
    for name in sorted(graph):
        for other in sorted(graph[name], key=lambda each: (-FLOOR_OF.get(each, 0), each), reverse=True):
            left[name].discard(other)
            if other not in _reached(left, name):
                left[name].add(other)
    return sorted((name, other) for name, others in left.items() for other in others)


def _reached(graph: dict[str, set[str]], start: str) -> set[str]:
    seen, ahead = set(), [start]
    while ahead:
        for other in graph.get(ahead.pop(), ()):
            if other not in seen:
                seen.add(other)
                ahead.append(other)
    return seen


def _is_code(path: Path) -> bool:
    return (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file()
