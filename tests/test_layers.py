"""Imports inside the package only point down the floors of the architecture."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import course_utils

PACKAGE = Path(course_utils.__file__).parent
FLOORS = [  # lowest first; modules on one floor may import each other
    {"paths"},
    {"recordio", "encode", "datasets"},
    {"evaluate", "fm"},
    {"artifact", "payload"},
    {"estimator"},
    {"fm_container", "knn_container"},
    {"local_aws"},
    {"aws", "recommend"},
    {"widgets", "learn", "plots"},
    {"build", "cli", "commands", "doctor"},
]
FLOOR_OF = {name: height for height, names in enumerate(FLOORS) for name in names}


def top_name(module: str) -> str:
    return module.split(".")[1]


def imports_of(path: Path) -> set[str]:
    """Top-level names of course_utils that one file imports, wherever in the file the import stands."""
    module_parts = ("course_utils", *path.relative_to(PACKAGE).with_suffix("").parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(module_parts[: -node.level]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    inside = {name for name in found if name.startswith("course_utils.")}
    return {top_name(name) for name in inside} & (set(FLOOR_OF) | all_modules())


def all_modules() -> set[str]:
    return {p.stem if p.is_file() else p.name for p in PACKAGE.iterdir() if is_code(p)}


def is_code(path: Path) -> bool:
    return (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file()


def test_every_module_has_its_floor() -> None:
    assert all_modules() == set(FLOOR_OF)


@pytest.mark.parametrize("name", sorted(FLOOR_OF))
def test_imports_never_point_up(name: str) -> None:
    folder = PACKAGE / name
    files = sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
    up = {
        f"{file.relative_to(PACKAGE)} imports {other}"
        for file in files
        for other in imports_of(file)
        if FLOOR_OF[other] > FLOOR_OF[name]
    }
    assert not up


def test_local_aws_knows_the_container_only_as_a_process() -> None:
    files = (PACKAGE / "local_aws").rglob("*.py")
    containers = {"fm_container", "knn_container"}
    assert not [file.name for file in files if containers & imports_of(file)]
