"""What the code says on ``docs/architecture.md``: a picture, and the same in a table between two marks."""

from __future__ import annotations

from pathlib import Path

from course_utils.build.architecture import FLOORS, STARTED, imports, purpose
from course_utils.build.drawing import draw
from course_utils.paths import ROOT

PAGE = ROOT / "docs" / "architecture.md"
PICTURE = ROOT / "docs" / "architecture.svg"
BEGIN = "<!-- The table below is made by `course docs` from the code. -->"
END = "<!-- End of the table. -->"


class PageError(ValueError):
    """The page has no place for the table; the text says what it should hold."""


def architecture_files(page: Path = PAGE) -> dict[Path, str]:
    """What the picture and the page should hold: the page keeps its own words, the table is made anew."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise PageError(
            f"{page.name}: the table stands between the lines '{BEGIN}' and '{END}'; one is missing"
        )
    return {PICTURE: draw(), page: f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"}


def table() -> str:
    """A row for each member, from the top floor down: what it is, what it imports, what it starts."""
    uses = imports()
    lines = ["| floor | member | what it is | imports | starts |", "|---|---|---|---|---|"]
    for height in range(len(FLOORS) - 1, -1, -1):
        title, names = FLOORS[height]
        for name in sorted(names):
            started = sorted(end for start, end in STARTED if start == name)
            cells = (
                f"{height} {title}",
                f"`{name}`",
                purpose(name).replace("``", "`").replace(":mod:", "").replace("|", r"\|"),
                ", ".join(f"`{other}`" for other in sorted(uses[name])) or "–",
                ", ".join(f"`{other}`" for other in started) or "–",
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
