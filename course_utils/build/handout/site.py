"""Run the lessons, write what Sphinx reads, and let Sphinx make the site."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nbformat

from course_utils.build.execute import execute
from course_utils.build.handout.front import DataUsed, data_used, front_page
from course_utils.build.handout.lessons import HandoutError, page
from course_utils.paths import NOTEBOOKS, lesson_notebooks

WEBSITE = Path(__file__).parent / "website"  # conf.py, templates, styles
CELL_TIMEOUT = 300
LEFTOVERS = (".buildinfo", "objects.inv", "_sources")  # for Sphinx and for other sites, not for readers


def build(lessons: Sequence[int] | None, destination: Path, notebooks: Path = NOTEBOOKS) -> Path:
    """Make the handout.

    Parameters
    ----------
    lessons : sequence of int, or None
        The numbers of the lessons; None: all.
    destination : Path
        The folder of the site; what was in it before is gone.
    notebooks : Path
        The folder of the student edition.

    Returns
    -------
    Path
        The first page. It opens with a double click; no server is needed.

    Raises
    ------
    HandoutError
        If there is no such lesson, a widget cannot be read without a kernel, or Sphinx warns of anything.
    CellFailed
        If a lesson does not run.
    """
    chosen = _chosen(lessons, notebooks)
    with tempfile.TemporaryDirectory(prefix="course-handout-") as scratch:
        source, made = Path(scratch, "source"), Path(scratch, "site")
        shutil.copytree(WEBSITE, source)
        _write_lessons(chosen, source)
        data = data_used()
        (source / "index.md").write_text(front_page(chosen, data), encoding="utf-8")
        _sphinx(source, made, data)
        shutil.rmtree(destination, ignore_errors=True)
        shutil.copytree(made, destination, ignore=shutil.ignore_patterns(*LEFTOVERS))
    return destination / "index.html"


def _chosen(lessons: Sequence[int] | None, notebooks: Path) -> list[Path]:
    every = lesson_notebooks(notebooks)
    wanted = list(every) if lessons is None else sorted({f"{number:02d}" for number in lessons})
    unknown = [number for number in wanted if number not in every]
    if unknown or not wanted:
        which = " ".join(unknown) or "at all"
        raise HandoutError(f"there is no lesson {which}; there are: {' '.join(every) or 'none'}")
    return [every[number] for number in wanted]


def _write_lessons(chosen: list[Path], source: Path) -> None:
    """Execute the lessons on this machine's own data, and write their pages and their styles."""
    names = frozenset(path.stem for path in chosen)
    styles: set[str] = set()
    for path in chosen:
        notebook = nbformat.read(path, as_version=4)
        ran = execute(notebook, lesson=path.stem, cwd=path.parent, timeout=CELL_TIMEOUT, env={})
        made, carried = page(ran.notebook, names)
        styles |= carried
        nbformat.write(made, source / path.name)
    (source / "static" / "explorables.css").write_text("\n".join(sorted(styles)), encoding="utf-8")


def _sphinx(source: Path, made: Path, data: DataUsed) -> None:
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going"]
    command += ["-d", str(source.parent / "doctrees"), "-D", f"html_theme_options.announcement={data.banner}"]
    done = subprocess.run(
        [*command, str(source), str(made)], capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode != 0:
        raise HandoutError(f"Sphinx does not accept the pages:\n{done.stderr or done.stdout}")
