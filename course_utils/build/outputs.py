"""Which outputs a built notebook keeps, and in what form."""

from __future__ import annotations

import re

import nbformat
from nbformat import NotebookNode

from course_utils.build.source import tags
from course_utils.paths import ROOT

KEEP = "nbval-check-output"
WIDGET = "application/vnd.jupyter.widget-view+json"

_UNSTABLE = {
    "a memory address": re.compile(r"\b0x[0-9a-f]{6,}"),
    "a path of this machine": re.compile(
        rf"{re.escape(str(ROOT))}|(?<![\w.])(/home/|/tmp/|/Users/|[A-Z]:\\)|site-packages"
    ),
    "a timing": re.compile(r"\b\d[\d.]* ?(ms|µs|ns)\b|\bWall time\b"),
    "a widget's own id": re.compile(r"\bIPY_MODEL_"),
}


class UnstableOutput(ValueError):
    """An output that is kept would differ on the next machine."""


def keep_checked(made: NotebookNode, executed: NotebookNode) -> NotebookNode:
    """Return the notebook as it was made, with outputs on the cells tagged ``nbval-check-output`` only.

    Kept outputs are as a viewer without a kernel can show them: widgets are reduced to their static twins,
    recorded figures and all output metadata are gone.

    Raises
    ------
    UnstableOutput
        If a kept output holds a path, an address or a timing.
    """
    notebook = nbformat.from_dict(made)
    for kept, ran in zip(notebook.cells, executed.cells, strict=True):
        if kept.cell_type == "code" and KEEP in tags(kept):
            kept.execution_count = ran.execution_count
            kept.outputs = [_clean(output, kept.id) for output in ran.outputs if output.get("data") != {}]
    return notebook


def without_outputs(notebook: NotebookNode) -> NotebookNode:
    """Return a copy as it was before it ran."""
    bare = nbformat.from_dict(notebook)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return bare


def for_reading(executed: NotebookNode) -> NotebookNode:
    """Return a copy for a page without a kernel.

    Every widget that has a static twin gives way to it; outputs without content, which only carry recorded
    figures, are gone, and so is the widgets' state, which needs scripts to be seen. Nobody locks a prediction
    in on a page: a revealed one says what happened, and no more.
    """
    page = nbformat.from_dict(executed)
    page.metadata.pop("widgets", None)
    for cell in page.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("data") != {}]
        for output in cell.get("outputs", ()):
            if "text/html" in output.get("data", {}):
                output.data.pop(WIDGET, None)
                output.data["text/html"] = _without_reproach(output.data["text/html"])
    return page


def _without_reproach(page: str) -> str:
    return page.replace("○ nothing was locked in", "What happened").replace(" Next time, guess first.", "")


def _clean(output: NotebookNode, cell_id: str) -> NotebookNode:
    clean = nbformat.from_dict(output)
    if "data" in clean:
        clean.data.pop(WIDGET, None)
        clean.metadata = nbformat.from_dict({})
    if clean.output_type == "execute_result":
        clean.execution_count = output.execution_count
    for text in (
        clean.get("text", ""),
        *map(str, clean.get("data", {}).values()),
        *clean.get("traceback", ()),
    ):
        for what, pattern in _UNSTABLE.items():
            found = pattern.search(text)
            if found:
                raise UnstableOutput(f"cell {cell_id} is tagged {KEEP} and shows {what}: {found[0]!r}")
    return clean
