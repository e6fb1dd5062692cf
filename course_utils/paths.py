"""Where things lie: the repository that this package was installed from, its lessons and its build folder."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
SOURCES = NOTEBOOKS / "source"
BUILD = ROOT / "build"


def lesson_notebooks(folder: Path = NOTEBOOKS) -> dict[str, Path]:
    """The built lessons by their number, in order: ``{"00": .../00_setup_check.ipynb, ...}``."""
    return {path.name[:2]: path for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))}
