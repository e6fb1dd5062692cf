"""Deal the cells of an executed lesson out to slides, so that each slide holds what fits on it.

A section (a heading of first or second level) is a column of slides; within it, what belongs together stays
together while there is room. How tall things are is estimated here, and made exact by ``slides.js`` in the
browser, which shrinks a slide that turned out too tall.
"""

from __future__ import annotations

import ast
import copy
import re
from dataclasses import dataclass, field

import nbformat
from nbformat import NotebookNode

from course_utils.build import markers
from course_utils.build.source import tags
from course_utils.learn import look

#: Room below the section's name on a slide of 1280 × 720, in pixels.
ROOM = 600
STUB = "stub"

_TEXT_LINE, _CODE_LINE, _OUTPUT_LINE, _ROW, _PICTURE, _FORMULA = 38, 27, 23, 36, 440, 84
_TEXT_WIDTH, _OUTPUT_WIDTH = 84, 104  # characters
_GAP = 16
_HEADING = {1: 110, 2: 84, 3: 64}
_DETAILS = re.compile(r"<details.*?</details>", re.DOTALL)
_STYLE = re.compile(r"<style.*?</style>", re.DOTALL)
# a heading, or a line in bold, goes with what it heads; the words of an exercise with its stub
_LEADS = re.compile(r"#|\*\*E\d|\*\*[^*]+\*\*$")
_FENCE = re.compile(r"(```|~~~)")


@dataclass
class _Page:
    """One slide."""

    cells: list[NotebookNode] = field(default_factory=list)
    notes: list[NotebookNode] = field(default_factory=list)
    room: int = ROOM


@dataclass
class _Section:
    """A column of slides under one heading."""

    title: str
    pages: list[_Page] = field(default_factory=lambda: [_Page()])
    noted: int = 0  # so many pages have had their notes


def expand(built: NotebookNode, cell: NotebookNode) -> list[NotebookNode]:
    """Mark the cells of the slides edition: notes as notes, and exercises with what learners see."""
    if "notes" in tags(cell):
        built.source = markers.notes(built.source)
        built.metadata["slideshow"] = {"slide_type": "notes"}
    elif cell.cell_type == "code" and (stub := markers.stub(cell.source)) != built.source:
        built.metadata[STUB] = stub
    return [built]


def deal(executed: NotebookNode) -> NotebookNode:
    """Return the deck: cells, or parts of cells, each with the ``slide_type`` that nbconvert reads.

    An exercise takes two slides: first its stub, then, one key away, the solution with its output. Speaker's
    notes belong to all slides of their section since the notes before them.
    """
    sections: list[_Section] = []
    for cell in executed.cells:
        if cell.cell_type == "markdown" and _is_notes(cell):
            _note(sections, cell)
        elif cell.cell_type == "markdown":
            for block in blocks(cell.source):
                _place_text(sections, block)
        elif STUB in cell.metadata:
            _place(sections, _code(cell.metadata[STUB]), _height_of_code(cell.metadata[STUB]))
            sections[-1].pages.append(_Page())
            _place_code(sections, cell)
        else:
            _place_code(sections, cell)
    deck = nbformat.v4.new_notebook(cells=list(_flatten(sections)), metadata=executed.metadata)
    deck.metadata["title"] = sections[0].title if sections else ""
    return deck


def blocks(markdown: str) -> list[str]:
    """Split Markdown at blank lines, except within fenced code and formulas; headings stand alone.

    Examples
    --------
    >>> blocks("# Title\\nWords,\\nand more.\\n\\n* a list")
    ['# Title', 'Words,\\nand more.', '* a list']
    """
    found: list[list[str]] = [[]]
    inside = False
    for line in markdown.split("\n"):
        if _FENCE.match(line.strip()) or line.count("$$") == 1:
            inside = not inside
        heading = not inside and re.match(r"#{1,6} ", line)
        if heading or (not line.strip() and not inside):
            found.append([])
        if line.strip() or inside:
            found[-1].append(line)
        if heading:
            found.append([])
    return ["\n".join(lines) for lines in found if lines]


def _place_text(sections: list[_Section], block: str) -> None:
    level = len(found[1]) if (found := re.match(r"(#{1,6}) ", block)) else 0
    if level in (1, 2) or not sections:
        sections.append(_Section(title=_plain(block.lstrip("# "))))
    elif level == 3 and any(not cell.source.startswith("## ") for cell in sections[-1].pages[-1].cells):
        sections[-1].pages.append(_Page())
    cell = nbformat.v4.new_markdown_cell(block)
    _place(sections, cell, height_of_text(block))


def _place_code(sections: list[_Section], cell: NotebookNode) -> None:
    """Input and output stay together if they fit on one slide; otherwise the output has slides of its own."""
    source = "" if is_frame(cell.source) else cell.source
    outputs = [part for output in cell.outputs for part in cards(output)]
    if re.search(r"^reveal\(", cell.source, re.MULTILINE) or _asks(sections[-1].pages[-1]):
        sections[-1].pages.append(_Page())  # what answers a prediction is never beside it
    tall = _height_of_code(source) + sum(height_of_output(output) for output in outputs)
    if tall <= ROOM:
        _place(sections, _code(source, outputs), tall)
        return
    if source:
        _place(sections, _code(source), _height_of_code(source))
    for output in outputs:
        _place(sections, _code("", [output]), height_of_output(output))


def _asks(page: _Page) -> bool:
    """Whether a page ends with a prediction to be made."""
    outputs = page.cells[-1].get("outputs", ()) if page.cells else ()
    return any("Predict first ·" in output.get("data", {}).get("text/html", "") for output in outputs)


def is_frame(code: str) -> bool:
    """Whether a cell's code only frames its output: a figure, a question, an explorable."""
    if re.search(r"^show\(", code, re.MULTILINE):
        return True
    try:
        statements = ast.parse(code).body
    except SyntaxError:  # a magic or a top-level await: that is worth seeing
        return False
    match [each for each in statements if not isinstance(each, ast.Import | ast.ImportFrom)]:
        case [ast.Expr(value=ast.Call(func=ast.Name(id=name)))]:
            return name not in ("print", "check")
    return False


def cards(output: NotebookNode) -> list[NotebookNode]:
    """Take an output apart where the course put several cards into it: the questions of a quiz."""
    page = output.get("data", {}).get("text/html", "")
    parts = [part for part in page.split(look.STYLE) if part.strip()]
    if len(parts) < 2 or not all(part.startswith('<div class="fmc-card') for part in parts):
        return [output]
    return [nbformat.v4.new_output("display_data", {"text/html": look.STYLE + part}) for part in parts]


def _place(sections: list[_Section], cell: NotebookNode, height: int) -> None:
    pages = sections[-1].pages
    if pages[-1].cells and height > pages[-1].room:
        pages.append(_Page())
        last = pages[-2].cells[-1]
        if len(pages[-2].cells) > 1 and last.cell_type == "markdown" and _LEADS.match(last.source):
            pages[-1].cells.append(pages[-2].cells.pop())
            pages[-1].room -= height_of_text(last.source)
    pages[-1].cells.append(cell)
    pages[-1].room -= height


def _note(sections: list[_Section], cell: NotebookNode) -> None:
    section = sections[-1]
    for page in section.pages[section.noted :] or section.pages[-1:]:
        page.notes.append(cell)
    section.noted = len(section.pages)


def _flatten(sections: list[_Section]) -> list[NotebookNode]:
    """Write sections and pages as nbconvert reads them: in the metadata of each cell."""
    cells: list[NotebookNode] = []
    for section in sections:
        kind = "slide"
        for page in filter(lambda page: page.cells, section.pages):
            first, *others = copy.deepcopy(page.cells)
            named = {"section": section.title} if kind == "subslide" else {}
            first.metadata["slideshow"] = nbformat.from_dict({"slide_type": kind, "data": named})
            for cell in others:
                cell.metadata["slideshow"] = nbformat.from_dict({"slide_type": "-"})
            cells += [first, *others, *copy.deepcopy(page.notes)]
            kind = "subslide"
    for number, cell in enumerate(cells, start=1):
        cell.id = f"slide-{number}"
    return cells


def height_of_text(block: str) -> int:
    """Estimate how tall a block of Markdown is, in pixels."""
    if found := re.match(r"(#{1,6}) ", block):
        return _HEADING.get(len(found[1]), _HEADING[3])
    if block.lstrip().startswith("$$"):
        return _FORMULA + _GAP
    lines = block.split("\n")
    if lines[0].lstrip().startswith("|"):
        rows = [line for line in lines if not re.fullmatch(r"[|\s:-]+", line)]
        return sum(_ROW * _lines(_shown(row), _TEXT_WIDTH) for row in rows) + _GAP
    if _FENCE.match(lines[0].strip()):
        return _CODE_LINE * len(lines)
    items = re.split(r"\n(?=\s*(?:[*-]|\d+\.) )", block)
    extra = _FORMULA * (block.count("$$") // 2)
    return sum(_TEXT_LINE * _lines(_shown(item), _TEXT_WIDTH) for item in items) + _GAP + extra


def height_of_output(output: NotebookNode) -> int:
    """Estimate how tall an output is, in pixels; what is folded counts as one line."""
    page = output.get("data", {}).get("text/html")
    if page is None:
        text = output.get("text") or output.get("data", {}).get("text/plain", "")
        return sum(_OUTPUT_LINE * _lines(line, _OUTPUT_WIDTH) for line in text.splitlines()) + _GAP
    folded = len(_DETAILS.findall(page))
    seen = _DETAILS.sub("", _STYLE.sub("", page))
    pictures = len(re.findall(r"<(?:img|svg)\b", seen))
    rows = len(re.findall(r"<(?:tr|li|p|h\d)\b", seen))
    words = len(re.sub(r"<[^>]*>", "", re.sub(r"<svg.*?</svg>", "", seen, flags=re.DOTALL))) // _TEXT_WIDTH
    return _PICTURE * pictures + _ROW * (rows + folded) + _OUTPUT_LINE * words + _GAP


def _height_of_code(source: str) -> int:
    return _CODE_LINE * len(source.splitlines()) + 2 * _GAP if source else 0


def _lines(text: str, width: int) -> int:
    return max(1, -(-len(text) // width))


def _shown(markdown: str) -> str:
    """Roughly what is left of a text when its marks and the commands of its formulas are gone."""
    return re.sub(r"\\[a-z]+|[*`$|{}]", "", " ".join(markdown.split()))


def _plain(heading: str) -> str:
    return re.sub(r"[*`$]", "", heading).strip()


def _is_notes(cell: NotebookNode) -> bool:
    return cell.metadata.get("slideshow", {}).get("slide_type") == "notes"


def _code(source: str, outputs: list[NotebookNode] | None = None) -> NotebookNode:
    cell = nbformat.v4.new_code_cell(source, outputs=outputs or [])
    if not source:
        cell.metadata["transient"] = {"remove_source": True}
    return cell
