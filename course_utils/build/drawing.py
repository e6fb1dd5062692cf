"""Draw the architecture: a band for each floor, a box for each member, an arrow for each import told once.

The picture is SVG text, made from `course_utils.build.architecture` alone and therefore the same on every
machine. It has colours for light and dark pages, and words for those who do not see it.
"""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from course_utils.build.architecture import FLOOR_OF, FLOORS, STARTED, imports, told_once

WIDTH = 1080
BOXES = (232, 830)  # from where to where the boxes of a floor stand; the floors' names are left of them
LANE = 14  # right of the boxes, arrows that pass a floor run down in lanes so far apart
BAND, GAP = 54, 48
BOX, BOX_HEIGHT = 124, 32
TRACK = 6  # between two arrows that run sideways above or below the same floor

STYLE = """
  svg { font-family: system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif; }
  .page { fill: #ffffff; } .band { fill: #f1f3f6; } .floor { fill: #4a5560; font-size: 13px; }
  .box { fill: #ffffff; stroke: #4a6a8a; stroke-width: 1.4; }
  .name { fill: #14202b; font-size: 14px; font-weight: 600; text-anchor: middle; }
  .arrow { fill: none; stroke: #4a6a8a; stroke-width: 1.5; }
  .starts { stroke: #a8480f; stroke-dasharray: 6 4; }
  .head { fill: #4a6a8a; } .starts-head { fill: #a8480f; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #14191f; } .band { fill: #1f2730; } .floor { fill: #b4c0cc; }
    .box { fill: #2a3541; stroke: #8fb4d9; } .name { fill: #f0f4f8; }
    .arrow { stroke: #8fb4d9; } .starts { stroke: #f2a06b; }
    .head { fill: #8fb4d9; } .starts-head { fill: #f2a06b; }
  }
"""

Arrow = tuple[str, str]


@dataclass(frozen=True)
class Place:
    """The middle of a box."""

    x: float
    y: float


class Tracks:
    """Hands out places beside each other, so that no two arrows run on top of one another."""

    def __init__(self) -> None:
        self._taken: dict[object, int] = {}

    def next(self, where: object) -> int:
        """0, 1, 2, … for every new arrow at one place."""
        self._taken[where] = self._taken.get(where, -1) + 1
        return self._taken[where]


def draw() -> str:
    """The drawing as SVG text."""
    arrows = told_once(imports())
    joined = [*arrows, *sorted(STARTED)]
    places = _places(joined)
    routes = _routes(joined, places)
    height = _top(0) + BAND + GAP
    shapes = [
        *(_band(floor, title) for floor, (title, _) in enumerate(FLOORS)),
        *(_arrow(routes[arrow], "arrow starts" if arrow in STARTED else "arrow") for arrow in joined),
        *(_box(name, places[name]) for name in sorted(FLOOR_OF)),
        *_legend(height),
    ]
    described = html.escape(in_words(arrows), quote=False)
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
            'aria-labelledby="title words">',
            '<title id="title">The floors of course_utils, and what imports what</title>',
            f'<desc id="words">{described}</desc>',
            f"<style>{STYLE}</style>",
            _marker("head"),
            _marker("starts-head"),
            f'<rect class="page" width="{WIDTH}" height="{height}"/>',
            *shapes,
            "</svg>\n",
        )
    )


def in_words(arrows: Iterable[tuple[str, str]]) -> str:
    """The drawing as sentences, from the top floor down."""
    by_start = itertools.groupby(sorted(arrows), key=lambda arrow: arrow[0])
    uses = {start: ", ".join(end for _, end in group) for start, group in by_start}
    floors = [
        f"Floor {height}, {title}: {', '.join(sorted(names))}."
        for height, (title, names) in enumerate(FLOORS)
    ]
    lines = [f"{start} imports {ends}." for start, ends in uses.items()]
    started = [f"{start} starts {end} as a program." for start, end in sorted(STARTED)]
    return " ".join([*reversed(floors), *lines, *started])


def _places(arrows: Sequence[Arrow]) -> dict[str, Place]:
    """Where each box stands: floor by floor from the top, near what it is joined to."""
    placed: dict[str, Place] = {}
    for floor in range(len(FLOORS) - 1, -1, -1):
        orders = itertools.permutations(sorted(FLOORS[floor][1]))
        placed |= min((_row(order, floor) for order in orders), key=lambda row: _strain(row, placed, arrows))
    return placed


def _row(order: Sequence[str], floor: int) -> dict[str, Place]:
    left, right = BOXES
    step = (right - left) / len(order)
    y = _top(floor) + BAND / 2
    return {name: Place(left + step * (number + 0.5), y) for number, name in enumerate(order)}


def _strain(row: dict[str, Place], above: dict[str, Place], arrows: Sequence[Arrow]) -> float:
    """How far apart joined boxes stand; joined boxes of one floor should be neighbours above all."""
    known = {**above, **row}
    apart = 0.0
    for start, end in arrows:
        if end in row and start in known:
            weight = 10 if start in row else 1
            apart += weight * abs(known[start].x - known[end].x)
    return apart


def _routes(arrows: Sequence[Arrow], places: dict[str, Place]) -> dict[Arrow, str]:
    """The path of every arrow."""
    down = [arrow for arrow in arrows if FLOOR_OF[arrow[0]] > FLOOR_OF[arrow[1]]]
    ports = _ports(down, places)
    lanes = _lanes([arrow for arrow in down if FLOOR_OF[arrow[0]] - FLOOR_OF[arrow[1]] > 1])
    tracks = Tracks()
    routes = {}
    for start, end in arrows:
        arrow = (start, end)
        if arrow in lanes:
            lane = BOXES[1] + 16 + LANE * lanes[arrow]
            routes[arrow] = _through_lane(arrow, ports[arrow], lane, tracks)
        elif arrow in ports:
            routes[arrow] = _next_floor(arrow, ports[arrow])
        else:
            routes[arrow] = _sideways(start, end, places, tracks)
    return routes


def _ports(down: Sequence[Arrow], places: dict[str, Place]) -> dict[Arrow, tuple[float, float]]:
    """Where along its boxes each arrow leaves and arrives: side by side, in the order of the other ends."""
    found: dict[Arrow, list[float]] = {arrow: [0.0, 0.0] for arrow in down}
    for side in (0, 1):
        for name in sorted({arrow[side] for arrow in down}):
            own = [arrow for arrow in down if arrow[side] == name]
            far = [arrow for arrow in own if FLOOR_OF[arrow[0]] - FLOOR_OF[arrow[1]] > 1]
            own.sort(key=lambda arrow: (arrow in far, places[arrow[1 - side]].x, arrow))
            for number, arrow in enumerate(own):
                offset = (number + 1) / (len(own) + 1) - 0.5
                found[arrow][side] = places[name].x + BOX * 0.9 * offset
    return {arrow: (start, end) for arrow, (start, end) in found.items()}


def _lanes(far: Sequence[Arrow]) -> dict[Arrow, int]:
    """A lane for each arrow that passes a floor: the shortest innermost, no two in one lane at one height."""
    taken: list[set[int]] = []
    lanes = {}
    for start, end in sorted(far, key=lambda arrow: (FLOOR_OF[arrow[0]] - FLOOR_OF[arrow[1]], arrow)):
        passed = set(range(FLOOR_OF[end], FLOOR_OF[start] + 1))
        free = [number for number, used in enumerate(taken) if not used & passed]
        number = free[0] if free else len(taken)
        if not free:
            taken.append(set())
        taken[number] |= passed
        lanes[start, end] = number
    return lanes


def _through_lane(arrow: Arrow, ends: tuple[float, float], lane: float, tracks: Tracks) -> str:
    (high, low), (x, to_x) = (FLOOR_OF[arrow[0]], FLOOR_OF[arrow[1]]), ends
    top = _top(high) + (BAND + BOX_HEIGHT) / 2
    bottom = _top(low) + (BAND - BOX_HEIGHT) / 2
    out = _top(high) + BAND + 6 + TRACK * tracks.next(("below", high))
    back = _top(low) - 6 - TRACK * tracks.next(("above", low))
    corners = [(x, top), (x, out), (lane, out), (lane, back), (to_x, back), (to_x, bottom)]
    return _rounded(corners)


def _next_floor(arrow: Arrow, ends: tuple[float, float]) -> str:
    x, to_x = ends
    y = _top(FLOOR_OF[arrow[0]]) + (BAND + BOX_HEIGHT) / 2
    to_y = _top(FLOOR_OF[arrow[1]]) + (BAND - BOX_HEIGHT) / 2
    middle = (y + to_y) / 2
    return f"M {x:.0f} {y:.0f} C {x:.0f} {middle:.0f}, {to_x:.0f} {middle:.0f}, {to_x:.0f} {to_y:.0f}"


def _sideways(here: str, there: str, places: dict[str, Place], tracks: Tracks) -> str:
    """Straight to a neighbour; over the boxes between to somebody further off."""
    start, end = places[here], places[there]
    low, high = sorted((start.x, end.x))
    if not any(place.y == start.y and low < place.x < high for place in places.values()):
        edge = BOX / 2 if end.x > start.x else -BOX / 2
        return f"M {start.x + edge:.0f} {start.y:.0f} L {end.x - edge:.0f} {end.y:.0f}"
    roof = start.y - BAND / 2 - 6 - TRACK * tracks.next(("above", start.y))
    top = start.y - BOX_HEIGHT / 2
    return _rounded([(start.x, top), (start.x, roof), (end.x, roof), (end.x, top)])


def _rounded(corners: Sequence[tuple[float, float]], radius: float = 5) -> str:
    """A path along corners whose sides are level or upright, every corner rounded."""
    path = [f"M {corners[0][0]:.0f} {corners[0][1]:.0f}"]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        here, there = _towards(corner, before, radius), _towards(corner, after, radius)
        path.append(f"L {here} Q {corner[0]:.0f} {corner[1]:.0f} {there}")
    return " ".join([*path, f"L {corners[-1][0]:.0f} {corners[-1][1]:.0f}"])


def _towards(corner: tuple[float, float], other: tuple[float, float], radius: float) -> str:
    steps = (max(-radius, min(radius, to - at)) for at, to in zip(corner, other, strict=True))
    return " ".join(f"{at + step:.0f}" for at, step in zip(corner, steps, strict=True))


def _top(floor: int) -> int:
    return GAP // 2 + (len(FLOORS) - 1 - floor) * (BAND + GAP)


def _marker(name: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
        f'orient="auto-start-reverse"><path class="{name}" d="M 0 0 L 10 5 L 0 10 z"/></marker>'
    )


def _arrow(path: str, style: str) -> str:
    head = "starts-head" if "starts" in style else "head"
    return f'<path class="{style}" d="{path}" marker-end="url(#{head})"/>'


def _band(height: int, title: str) -> str:
    top = _top(height)
    return (
        f'<rect class="band" x="8" y="{top}" width="{WIDTH - 16}" height="{BAND}" rx="8"/>'
        f'<text class="floor" x="22" y="{top + BAND / 2 + 5:.0f}">{html.escape(title)}</text>'
    )


def _box(name: str, place: Place) -> str:
    x, y = place.x - BOX / 2, place.y - BOX_HEIGHT / 2
    return (
        f'<rect class="box" x="{x:.0f}" y="{y:.0f}" width="{BOX}" height="{BOX_HEIGHT}" rx="6"/>'
        f'<text class="name" x="{place.x:.0f}" y="{place.y + 5:.0f}">{name}</text>'
    )


def _legend(height: int) -> list[str]:
    y = height - GAP // 2
    return [
        _arrow(f"M 22 {y} L 72 {y}", "arrow"),
        f'<text class="floor" x="82" y="{y + 5}">imports (what follows from other arrows is left out)</text>',
        _arrow(f"M 452 {y} L 502 {y}", "arrow starts"),
        f'<text class="floor" x="512" y="{y + 5}">starts by name, without an import</text>',
    ]
