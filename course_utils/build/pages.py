"""Write an executed notebook as one web page that reads without a kernel and without Jupyter."""

from __future__ import annotations

from pathlib import Path

from nbconvert import HTMLExporter
from nbformat import NotebookNode

from course_utils.build.outputs import for_reading


def write_page(executed: NotebookNode, path: Path) -> Path:
    """Write ``executed`` to ``path`` (HTML, pictures inside) and return the path.

    Widgets appear as their static twins. Formulas are typeset by MathJax when the reader is online and stay
    readable TeX otherwise.
    """
    exporter = HTMLExporter(template_name="lab", jquery_url="", require_js_url="")
    page, _ = exporter.from_notebook_node(
        for_reading(executed), resources={"metadata": {"name": path.stem.replace("_", " ")}}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    return path
