"""The concept map of lesson 99 as SVG: sharp on a projector, and in the colours of the page's theme."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Mapping

from course_utils.widgets import concept_map
from course_utils.widgets.concept_map import IDEAS, KINDS, LINKS, Blank, Idea, Link

_WIDTH, _HEIGHT = 164, 48  # of a node
_ACROSS, _DOWN = 298, 124  # from one node to the next
_EDGE = 8
_LINE = 16  # from one line of a label to the next
_LABEL_LETTERS, _LEVEL_LETTERS = 18, 15  # in a line beside an upright or slanted arrow, and on a level one
_NODE_LETTERS = 18

_CSS = """<style>
.fmc-map {max-width: 1074px; width: 100%; height: auto; display: block;
  font-family: var(--jp-ui-font-family, sans-serif)}
.fmc-map text {fill: var(--jp-content-font-color1, currentColor); text-anchor: middle}
.fmc-map rect {stroke: #757575; stroke-width: 1.5}
.fmc-map .fmc-data rect {fill: rgba(0, 114, 178, .16)}
.fmc-map .fmc-machine rect {fill: rgba(0, 158, 115, .18)}
.fmc-map .fmc-judging rect {fill: rgba(230, 159, 0, .20)}
.fmc-map .fmc-service rect {fill: rgba(204, 121, 167, .20)}
.fmc-map .fmc-time rect {fill: rgba(86, 180, 233, .20)}
.fmc-map .fmc-node text {font-size: 15px; font-weight: 600}
.fmc-map .fmc-link text {font-size: 14px; paint-order: stroke; stroke-width: 6px; stroke-linejoin: round;
  stroke: var(--jp-layout-color0, Canvas)}
.fmc-map line {stroke: #8a8a8a; stroke-width: 1.5}
.fmc-map marker path {fill: #8a8a8a}
.fmc-map .fmc-open text, .fmc-map .fmc-right text, .fmc-map .fmc-wrong text {font-weight: 700}
.fmc-map .fmc-open rect, .fmc-map .fmc-wrong rect {stroke-dasharray: 6 4; stroke-width: 2.5}
.fmc-map .fmc-link.fmc-open text {font-size: 17px}
.fmc-map .fmc-wrong text {text-decoration: underline wavy #D55E00}
.fmc-map .fmc-current text {text-decoration: underline 3px}
.fmc-map .fmc-current rect, .fmc-map .fmc-current line {stroke: var(--jp-brand-color1, #1976d2);
  stroke-width: 3.5}
</style>"""

_ARROW = (
    '<defs><marker id="fmc-map-arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" '
    'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 L10 5 L0 10 z"/></marker></defs>'
)


def draw(placed: Mapping[int, str], current: int | None = None) -> str:
    """The map as one ``<svg>`` with a text for screen readers.

    Parameters
    ----------
    placed : dict of blank number to text
    current : int, optional
        The blank that is being asked about; it is drawn thicker.
    """
    columns = max(idea.column for idea in IDEAS)
    rows = max(idea.row for idea in IDEAS)
    width, height = 2 * _EDGE + columns * _ACROSS + _WIDTH, 2 * _EDGE + rows * _DOWN + _HEIGHT
    body = "".join(_link(link, placed, current) for link in LINKS)
    body += "".join(_node(idea, placed, current) for idea in IDEAS)
    return (
        f'{_CSS}<svg class="fmc-map" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{html.escape(alt(placed), quote=True)}">{_ARROW}{body}</svg>'
    )


def alt(placed: Mapping[int, str]) -> str:
    """The map in words, without its 22 sentences, which stand below it."""
    return (
        f"Concept map: {len(IDEAS)} ideas, from ratings over the id map to the endpoint, the list and the "
        f"rebuild, joined by {len(LINKS)} labelled arrows. {concept_map.progress(placed)} "
        "Every arrow stands below the map as a sentence."
    )


def legend() -> str:
    """What the signs in the nodes mean."""
    return " &nbsp; ".join(f"{sign} {html.escape(kind)}" for kind, sign in KINDS.items())


def _corner(idea: Idea) -> tuple[float, float]:
    return _EDGE + idea.column * _ACROSS, _EDGE + idea.row * _DOWN


def _node(idea: Idea, placed: Mapping[int, str], current: int | None) -> str:
    x, y = _corner(idea)
    name = f"{KINDS[idea.kind]} {concept_map.shown(idea.name, idea.name, placed)}"
    state = _state(concept_map.blank_of(idea.name), placed, current)
    lines = _around(_balanced(name, _NODE_LETTERS), y + _HEIGHT / 2)
    return (
        f'<g class="fmc-node fmc-{idea.kind}{state}">'
        f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="9"/>'
        f"{_text(lines, x + _WIDTH / 2)}</g>"
    )


def _link(link: Link, placed: Mapping[int, str], current: int | None) -> str:
    by_name = {idea.name: idea for idea in IDEAS}
    (x1, y1), (x2, y2) = _ends(by_name[link.source], by_name[link.target])
    place = (link.source, link.target)
    state = _state(concept_map.blank_of(place), placed, current)
    label = concept_map.shown(place, link.label, placed)
    if y1 == y2:
        lines = _above_and_below(_balanced(label, _LEVEL_LETTERS), y1)
    else:
        lines = _around(_balanced(label, _LABEL_LETTERS), (y1 + y2) / 2)
    return (
        f'<g class="fmc-link{state}"><line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" '
        f'marker-end="url(#fmc-map-arrow)"/>{_text(lines, (x1 + x2) / 2)}</g>'
    )


def _ends(source: Idea, target: Idea) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where an arrow leaves one node and meets the other: side to side, or corner to corner."""
    across, down = target.column - source.column, target.row - source.row
    (x1, y1), (x2, y2) = _corner(source), _corner(target)
    leave, meet = (1 + across) / 2, (1 - across) / 2  # 0 the left side, ½ the middle, 1 the right side
    below, above = (1 + down) / 2, (1 - down) / 2
    return (x1 + leave * _WIDTH, y1 + below * _HEIGHT), (x2 + meet * _WIDTH, y2 + above * _HEIGHT)


def _state(blank: Blank | None, placed: Mapping[int, str], current: int | None) -> str:
    if blank is None:
        return ""
    choice = concept_map.chosen(blank, placed)
    state = " fmc-open" if choice is None else " fmc-right" if choice.correct else " fmc-wrong"
    return state + " fmc-current" * (blank.number == current)


def _balanced(text: str, letters: int) -> list[str]:
    """Lines of about the same length, and no more of them than needed."""
    count = len(textwrap.wrap(text, letters))
    return min(
        (lines for width in range(6, letters + 1) if len(lines := textwrap.wrap(text, width)) == count),
        key=lambda lines: max(map(len, lines)),
    )


def _around(lines: list[str], y: float) -> list[tuple[str, float]]:
    """Lines with their baselines, centred on a height."""
    top = y - (len(lines) - 1) * _LINE / 2 + 5
    return [(line, top + i * _LINE) for i, line in enumerate(lines)]


def _above_and_below(lines: list[str], y: float) -> list[tuple[str, float]]:
    """Lines with their baselines, half of them above a height and half below it."""
    above = (len(lines) + 1) // 2
    return [
        (line, y - 7 - (above - 1 - i) * _LINE if i < above else y + 17 + (i - above) * _LINE)
        for i, line in enumerate(lines)
    ]


def _text(lines: list[tuple[str, float]], x: float) -> str:
    spans = "".join(f'<tspan x="{x:g}" y="{y:g}">{html.escape(line)}</tspan>' for line, y in lines)
    return f"<text>{spans}</text>"
