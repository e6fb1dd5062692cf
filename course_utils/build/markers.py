"""The marker language: one cell holds both an exercise's stub and its solution; see `course_utils.build`."""

from __future__ import annotations

import re

_BEGIN = re.compile(r"(?P<indent>\s*)### BEGIN SOLUTION(?::\s*(?P<stub>.*\S))?\s*")
_END = re.compile(r"\s*### END SOLUTION\s*")
_LINE = re.compile(r"(?P<indent>\s*)(?P<code>\S.*?)\s*### SOLUTION(?::\s*(?P<stub>.*\S))?\s*")
GAP = "..."


class MarkerError(ValueError):
    """A marker is left open, stands alone, or promises a stub that is not part of its solution."""


def stub(code: str) -> str:
    """Return the cell as a learner gets it: every solution replaced by its stub.

    Raises
    ------
    MarkerError
    """
    return _split(code)[0]


def solved(code: str) -> str:
    """Return the cell with its solutions in place and the markers gone.

    Raises
    ------
    MarkerError
    """
    return _split(code)[1]


def notes(text: str) -> str:
    """Return a speaker's note with each line that begins in bold as a paragraph: read at a glance."""
    return re.sub(r"\n(?=\*\*)", "\n\n", text)


def _split(code: str) -> tuple[str, str]:
    stub_lines: list[str] = []
    solved_lines: list[str] = []
    opened: re.Match[str] | None = None
    hidden: list[str] = []
    for number, line in enumerate(code.split("\n"), start=1):
        begin, end, inline = _BEGIN.fullmatch(line), _END.fullmatch(line), _LINE.fullmatch(line)
        if begin and opened is None:
            opened, hidden = begin, []
        elif end and opened is not None:
            stub_lines.append(opened["indent"] + _stub_of("\n".join(hidden), opened["stub"], number))
            solved_lines += hidden
            opened = None
        elif begin or end:
            raise MarkerError(f"line {number}: {line.strip()!r} has no partner")
        elif opened is not None:
            hidden.append(line)
        elif inline:
            stub_lines.append(inline["indent"] + _stub_of(inline["code"], inline["stub"], number))
            solved_lines.append(inline["indent"] + inline["code"])
        else:
            stub_lines.append(line)
            solved_lines.append(line)
    if opened is not None:
        raise MarkerError("'### BEGIN SOLUTION' is never ended")
    return "\n".join(stub_lines), "\n".join(solved_lines)


def _stub_of(solution: str, written: str | None, number: int) -> str:
    """The stub line, once it is sure that the solution is the stub with its gaps filled."""
    line = written or GAP
    pieces = [re.escape(" ".join(piece.split())) for piece in line.split(GAP)]
    if GAP not in line or not re.fullmatch(r"\s*.+\s*".join(pieces), " ".join(solution.split())):
        raise MarkerError(
            f"line {number}: the stub {line!r} should be the solution with '...' where learners fill in"
        )
    return line
