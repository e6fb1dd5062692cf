"""The slides edition: every lesson as a reveal.js deck that opens with a double click and needs no network.

A deck is made in three steps: the lesson runs solved (`course_utils.build.execute`), its cells are dealt out
to slides (`course_utils.build.deck`), and nbconvert writes them with the template ``templates/slides``.
"""

from __future__ import annotations

import html
import os
import shutil
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

import sphinx_revealjs
from nbconvert import SlidesExporter
from nbformat import NotebookNode

from course_utils.build import formulas
from course_utils.build.builder import CELL_TIMEOUT, build_environment, chosen
from course_utils.build.deck import deal
from course_utils.build.editions import make
from course_utils.build.execute import execute
from course_utils.build.outputs import for_reading
from course_utils.build.pages import TEMPLATES
from course_utils.build.source import Source, sources
from course_utils.widgets.parts import STYLE as EXPLORABLE_STYLE

ASSETS = Path(__file__).with_name("slides_assets")
REVEAL = Path(sphinx_revealjs.__file__).parent / "_static/revealjs"
#: What a deck needs of reveal.js; its licence travels along.
REVEAL_FILES = (
    "LICENSE",
    "dist/reset.css",
    "dist/reveal.css",
    "dist/reveal.js",
    "plugin/notes/notes.js",
)


def build_slides(
    source_dir: Path,
    out_dir: Path,
    only: Collection[str] = (),
    on_built: Callable[[Path], None] | None = None,
) -> list[Path]:
    """Make the decks of all lessons, or of some; ``out_dir`` holds all that they need.

    Parameters
    ----------
    source_dir, out_dir : Path
    only : collection of str
        The numbers of the lessons, ``{"02", "09"}``; empty: all.
    on_built : callable, optional
        Called with each deck's path as soon as it is in place.

    Returns
    -------
    list of Path
        The decks, in the order of the lessons.

    Raises
    ------
    SourceError
        If a source cannot become a deck, or `only` names a lesson that there is none of.
    CellFailed
        If a cell fails.
    """
    lessons = chosen(sources(source_dir), only)
    copy_assets(out_dir)
    decks = []
    for source in lessons:
        path = out_dir / f"{source.path.stem}.html"
        write_deck(run(source, out_dir), path)
        decks.append(path)
        if on_built is not None:
            on_built(path)
    write_index(out_dir)
    return decks


def run(source: Source, folder: Path) -> NotebookNode:
    """Execute a lesson, solved and offline, on the data that this machine has."""
    with tempfile.TemporaryDirectory(prefix="course-slides-") as scratch:
        own = {name: os.environ.get(name) for name in ("COURSE_DATA_DIR", "COURSE_CACHE_DIR")}
        env = build_environment(Path(scratch), strict=True) | own
        notebook = make(source, "slides")
        return execute(notebook, lesson=source.path.stem, cwd=folder, timeout=CELL_TIMEOUT, env=env).notebook


def write_deck(executed: NotebookNode, path: Path) -> None:
    """Write an executed lesson as slides; pictures are inside, `copy_assets` brings the rest."""
    exporter = SlidesExporter(
        template_name="slides",
        extra_template_basedirs=[str(TEMPLATES)],
        filters={"markdown2html": formulas.markdown_to_html},
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    deck = deal(for_reading(executed))
    resources = {
        "metadata": {"name": deck.metadata.title},
        "formula_css": formulas.CSS,
        "explorable_style": EXPLORABLE_STYLE,
    }
    page, _ = exporter.from_notebook_node(deck, resources=resources)
    path.write_text(page, encoding="utf-8")


def copy_assets(folder: Path) -> None:
    """Put reveal.js and the course's own style beside the decks."""
    for name in REVEAL_FILES:
        target = folder / "reveal" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REVEAL / name, target)
    for asset in ASSETS.iterdir():
        shutil.copyfile(asset, folder / asset.name)


def write_index(folder: Path) -> None:
    """Write the page that lists the decks which are there."""
    decks = sorted(folder.glob("[0-9][0-9]_*.html"))
    items = "\n".join(f'<li><a href="{path.name}">{html.escape(_title(path))}</a></li>' for path in decks)
    page = (TEMPLATES / "slides/overview.html").read_text(encoding="utf-8").replace("<!-- decks -->", items)
    (folder / "index.html").write_text(page, encoding="utf-8")


def _title(deck: Path) -> str:
    head = deck.read_text(encoding="utf-8").partition("<title>")[2]
    return html.unescape(head.partition("</title>")[0])
