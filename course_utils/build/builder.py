"""Build the notebooks of an edition, and tell which ones on disk no longer agree with their sources."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_utils.build.editions import EDITIONS, make
from course_utils.build.execute import OFFLINE, execute
from course_utils.build.outputs import KEEP, UnstableOutput, keep_checked, without_outputs
from course_utils.build.source import Source, SourceError, sources, tags

CELL_TIMEOUT = 120


def build_all(
    source_dir: Path,
    out_dir: Path,
    edition: str = "student",
    execute: bool = True,
    on_built: Callable[[Path], None] | None = None,
    only: Collection[str] = (),
) -> list[Path]:
    """Build every lesson's notebook, or some lessons'.

    Parameters
    ----------
    source_dir, out_dir : Path
    edition : {"student", "solved"}
        ``solved`` runs with ``COURSE_STRICT=1``: every check must pass.
    execute : bool
        False skips the run; outputs kept from the last run stay while no code has changed.
    on_built : callable, optional
        Called with each notebook's path as soon as it is in place.
    only : collection of str
        The numbers of the lessons to build, ``{"02", "09"}``; empty: all.

    Returns
    -------
    list of Path
        The notebooks, in the order of the lessons.

    Raises
    ------
    SourceError
        If a source cannot become a notebook, or `only` names a lesson that has none.
    CellFailed
        If a cell fails; notebooks built before it are already in place, the failing one is left as it was.
    UnstableOutput
        If an output that is kept would differ on the next machine.
    """
    out_dir = Path(out_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    built = []
    for source in chosen(sources(source_dir), only):
        path = _path(source, out_dir)
        notebook = make(source, edition)
        notebook = _run(notebook, source, out_dir, edition) if execute else _reuse(notebook, path)
        path.write_text(_text(notebook), encoding="utf-8")
        built.append(path)
        if on_built is not None:
            on_built(path)
    return built


def check_built(source_dir: Path, out_dir: Path, edition: str = "student") -> list[str]:
    """Compare notebooks with their sources, without running anything.

    Returns
    -------
    list of str
        One sentence per notebook that is missing, left over, or different in more than its kept outputs.
    """
    out_dir = Path(out_dir)
    drifted = []
    lessons = sources(source_dir)
    for source in lessons:
        path = _path(source, out_dir)
        problem = _drift(make(source, edition), path) if path.exists() else "is missing"
        if problem:
            drifted.append(f"{path.name} {problem}")
    known = {_path(source, out_dir) for source in lessons}
    left_over = sorted(path for path in out_dir.glob("*.ipynb") if path not in known)
    return drifted + [f"{path.name} has no source" for path in left_over]


def chosen(lessons: list[Source], only: Collection[str]) -> list[Source]:
    """The lessons with these numbers, or all if there are none.

    Raises
    ------
    SourceError
        If there is no such lesson.
    """
    known = {source.path.stem[:2] for source in lessons}
    if strange := sorted(set(only) - known):
        raise SourceError(f"there is no lesson {' '.join(strange)}; there are: {' '.join(sorted(known))}")
    return [source for source in lessons if not only or source.path.stem[:2] in only]


def build_environment(scratch: Path, *, strict: bool) -> dict[str, str | None]:
    """The environment that notebooks are built and tested in: offline, bundled data, nobody's own settings.

    Parameters
    ----------
    scratch : Path
        An empty folder for caches and state.
    strict : bool
        True makes every check that does not pass an error.
    """
    return {
        **OFFLINE,
        "COURSE_STRICT": "1" if strict else None,
        "COURSE_DATA_DIR": None,
        "COURSE_CACHE_DIR": str(scratch / "cache"),
        "COURSE_STATE_DIR": str(scratch / "state"),
        "IPYTHONDIR": str(scratch / "ipython"),
    }


def _path(source: Source, out_dir: Path) -> Path:
    return out_dir / f"{source.path.stem}.ipynb"


def _text(notebook: NotebookNode) -> str:
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def _run(notebook: NotebookNode, source: Source, out_dir: Path, edition: str) -> NotebookNode:
    with tempfile.TemporaryDirectory(prefix="course-build-") as scratch:
        env = build_environment(Path(scratch), strict=EDITIONS[edition].strict)
        execution = execute(
            nbformat.from_dict(notebook),
            lesson=source.path.stem,
            cwd=out_dir,
            timeout=CELL_TIMEOUT,
            env=env,
        )
    try:
        return keep_checked(notebook, execution.notebook)
    except UnstableOutput as error:
        raise UnstableOutput(f"{source.path.name}: {error}") from None


def _reuse(notebook: NotebookNode, path: Path) -> NotebookNode:
    """Carry over the outputs of the last run, provided that it ran the same code."""
    if not path.exists():
        return notebook
    last = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    last_code = [cell for cell in last.cells if cell.cell_type == "code"]
    if [cell.source for cell in code] == [cell.source for cell in last_code]:
        for cell, ran in zip(code, last_code, strict=True):
            if KEEP in tags(cell):
                cell.outputs, cell.execution_count = ran.outputs, ran.execution_count
    return notebook


def _drift(expected: NotebookNode, path: Path) -> str:
    """What is different, in words; empty if nothing is."""
    try:
        actual = nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError):
        return "is not a notebook"
    for cell in actual.cells:
        if cell.cell_type == "code":
            ran, kept = cell.execution_count is not None, KEEP in tags(cell)
            if kept and not ran:
                return f"has not been run: cell {cell.id} should keep its output"
            if not kept and (ran or cell.outputs):
                return f"keeps an output on cell {cell.id}, which is not tagged {KEEP}"
    actual = without_outputs(actual)
    if actual == expected:
        return ""
    for old, new in zip(actual.cells, expected.cells, strict=False):
        if old != new:
            return f"differs from its source at cell {new.id}"
    return "differs from its source"
