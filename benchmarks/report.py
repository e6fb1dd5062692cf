"""What every benchmark shares: interleaved timing, and a report in Markdown that says where it came from.

report = Report("solvers", "How fast our solvers are beside libFM.")
seconds = timed({"ours": ours, "peer": peer}, rounds=7)
report.table("One iteration", ["k", "ours", "peer", "ratio"], rows)
if options.save:
    report.save()                      # benchmarks/results/solvers.md
"""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain
from numbers import Integral
from pathlib import Path
from time import process_time

RESULTS = Path(__file__).resolve().parent / "results"


class Report:
    """Markdown that is printed as it grows and, with :meth:`save`, kept.

    Parameters
    ----------
    name : str
        The report is saved as ``benchmarks/results/<name>.md``.
    intro : str
        One sentence at its head: what was measured.
    """

    def __init__(self, name: str, intro: str) -> None:
        self.name, self.intro = name, intro
        self._parts: list[str] = []
        print(f"{intro}\n", flush=True)

    def text(self, markdown: str) -> None:
        """Add a paragraph."""
        print(f"{markdown}\n", flush=True)
        self._parts.append(markdown)

    def table(self, title: str, columns: list[str], rows: Iterable[Sequence], note: str = "") -> None:
        """Add a table; each row is printed as soon as ``rows`` yields it.

        Numbers are given thousands separators and four significant digits; text stays as it is, and None
        becomes a dash. A column is set to the right when its first cell starts like a number.

        Raises
        ------
        ValueError
            If a row has another number of cells than there are columns.
        """
        rows = iter(rows)
        first = next(rows, None)
        sides = [("--:" if _looks_numeric(cell) else "---") for cell in map(_cell, first or columns)]
        lines = [f"## {title}", "", _line(map(_cell, columns)), _line(sides)]
        print("\n".join(lines), flush=True)
        for row in chain([] if first is None else [first], rows):
            if len(row) != len(columns):
                raise ValueError(f"Table {title!r} has columns {columns}, but a row holds {row!r}.")
            lines.append(_line(map(_cell, row)))
            print(lines[-1], flush=True)
        lines += ["", note] if note else []
        print(f"\n{note}\n" if note else "", flush=True)
        self._parts.append("\n".join(lines))

    def save(self) -> Path:
        """Write ``benchmarks/results/<name>.md``: intro, command, date, machine, versions, then the parts."""
        head = f"# {self.name}\n\n{self.intro}\n\n```\n{command_line()}\n```\n\n{machine()}"
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{self.name}.md"
        path.write_text("\n\n".join([head, *self._parts]) + "\n", encoding="utf-8")
        print(f"Saved as benchmarks/results/{path.name}", flush=True)
        return path


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return value.replace("|", "\\|")
    if isinstance(value, Integral):
        return f"{value:,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _looks_numeric(cell: str) -> bool:
    return cell.lstrip("-–+±×≤≥<>~ .")[:1].isdigit()


def command_line() -> str:
    """The command that is running, as one would type it in the repository: no folders of this machine."""
    words = [Path(word).name if Path(word).is_absolute() else word for word in sys.argv[1:]]
    return shlex.join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *words])


def machine() -> str:
    """Date, CPU, cores and versions, in one line."""
    versions = [f"{name} {version(name.lower())}" for name in ("NumPy", "numba")]
    return ", ".join(
        [
            f"{datetime.now(UTC):%Y-%m-%d}",
            f"{_cpu_model()} ({os.cpu_count()} cores)",
            platform.system(),
            f"Python {platform.python_version()}",
            *versions,
        ]
    )


def _cpu_model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if sys.platform == "darwin":
        name = subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True)
        return name.stdout.strip() or platform.machine()
    return platform.processor() or platform.machine()


def cpu_seconds() -> float:
    """CPU time so far of this process, and of its children that have ended."""
    times = os.times()
    return process_time() + times.children_user + times.children_system


def timed(
    contest: dict[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = cpu_seconds
) -> dict[str, list[float]]:
    """Seconds of each call, contestants taking turns so that a busy machine is busy for all of them.

    Parameters
    ----------
    contest : dict of callables
        Each is called once per round. Compile and warm up before.
    rounds : int
    clock : callable
        CPU seconds unless told; ``time.perf_counter`` where several cores work at once.

    Returns
    -------
    dict of lists, ``rounds`` seconds for each name
    """
    seconds: dict[str, list[float]] = {name: [] for name in contest}
    for _ in range(rounds):
        for name, function in contest.items():
            started = clock()
            function()
            seconds[name].append(clock() - started)
    return seconds
