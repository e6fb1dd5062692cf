"""One executed lesson as a page: no widget, no style sheet of its own, folded help at each exercise."""

from __future__ import annotations

import html
import re

from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from course_utils.build.outputs import WIDGET, for_reading
from course_utils.learn import look
from course_utils.learn.catalogue import exercise
from course_utils.learn.checks import METADATA_KEY as CHECK_KEY
from course_utils.learn.records import Exercise

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_LINK = re.compile(r'<a href="([^"/]+)\.ipynb">(.*?)</a>', re.DOTALL)


class HandoutError(RuntimeError):
    """The handout cannot be made; the text says why."""


def page(executed: NotebookNode, lessons: frozenset[str]) -> tuple[NotebookNode, set[str]]:
    """Turn an executed lesson into what Sphinx reads.

    Parameters
    ----------
    executed : NotebookNode
    lessons : frozenset of str
        The lessons that the handout holds, such as ``"02_star_trek"``: links lead to these only.

    Returns
    -------
    NotebookNode
        Widgets give way to their static twins; a check, which has nothing to judge on paper, gives way to
        the hints and the solution of its exercise.
    set of str
        The style sheets that outputs carried, once each: they belong into the head of the site.

    Raises
    ------
    HandoutError
        If a widget has nothing to show without a kernel.
    """
    made = for_reading(executed)
    styles: set[str] = set()
    for cell in made.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not _is_empty(output)]
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if WIDGET in data:
                raise HandoutError(f"cell {cell.id} shows a widget without a static twin; see learn/panel.py")
            if CHECK_KEY in output.get("metadata", {}):
                data["text/html"] = help_with(exercise(output.metadata[CHECK_KEY]["exercise"]))
            if "text/html" in data:
                styles.update(_STYLE.findall(data["text/html"]))
                data["text/html"] = _links(_STYLE.sub("", data["text/html"]), lessons)
    return made, styles


def help_with(task: Exercise) -> str:
    """The hints and the solution of an exercise as HTML, each to be opened by itself."""
    hints = "".join(
        _folded(f"Hint {number} of {len(task.hints)} for {task.id}", look.paragraphs(hint))
        for number, hint in enumerate(task.hints, start=1)
    )
    code = highlight(task.solution.strip(), PythonLexer(), HtmlFormatter())
    solution = _folded(f"One solution of {task.id}", code + look.paragraphs(task.discussion))
    return look.card("ask", f"Exercise · {task.id}", hints + solution)


def _is_empty(output: NotebookNode) -> bool:
    """Whether nothing is left to see: a progress bar that has ended leaves an empty stage behind."""
    data = output.get("data", {})
    if WIDGET in data and data.get("text/plain") == "Output()":
        return True
    return "text/html" in data and not re.search(r"<(img|svg)\b|>[^<]*[^<\s]", data["text/html"])


def _folded(summary: str, body: str) -> str:
    return f"<details><summary>{html.escape(summary)}</summary>{body}</details>"


def _links(text: str, lessons: frozenset[str]) -> str:
    """Links to notebooks become links to pages; a lesson that has no page keeps its words."""

    def link(found: re.Match[str]) -> str:
        name, words = found.groups()
        return f'<a href="{name}.html">{words}</a>' if name in lessons else words

    return _LINK.sub(link, text)
