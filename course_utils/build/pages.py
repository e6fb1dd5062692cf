"""Write an executed notebook as one web page that reads without a kernel, Jupyter, scripts or a network."""

from __future__ import annotations

from pathlib import Path

from nbconvert import HTMLExporter
from nbformat import NotebookNode

from course_utils.build import formulas
from course_utils.build.outputs import for_reading

TEMPLATES = Path(__file__).with_name("templates")


def write_page(executed: NotebookNode, path: Path) -> Path:
    """Write ``executed`` to ``path`` (HTML, pictures inside) and return the path.

    Widgets appear as their static twins, formulas as MathML.
    """
    exporter = HTMLExporter(
        template_name="course",
        extra_template_basedirs=[str(TEMPLATES)],
        filters={"markdown2html": formulas.markdown_to_html},
    )
    page, _ = exporter.from_notebook_node(
        for_reading(executed),
        resources={"metadata": {"name": path.stem.replace("_", " ")}, "formula_css": formulas.CSS},
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    return path
