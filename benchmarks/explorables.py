"""How quickly do the explorables answer? Every control of every explorable, moved through its values.

    python benchmarks/explorables.py            # all lessons, on the made-up sample
    python benchmarks/explorables.py 02 06 --save

Each lesson runs to its end first, so that the explorables hold what the lesson gave them and are open. Then
every control takes up to six of its values, from one end to the other, and the answer is timed: CPU seconds
of the kernel. What the browser adds is not in it. Beside them, in the same run, the time to draw a pair of
empty axes and encode them as PNG, the floor of everything that draws. Buttons are left out: a race is meant
to take its time.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from time import process_time
from typing import Any

import ipywidgets as widgets
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib.figure import Figure
from report import Report
from traitlets.config import Config

from course_utils.build.builder import build_environment
from course_utils.build.editions import make
from course_utils.build.source import Source, sources
from course_utils.learn.panel import Panel
from course_utils.paths import SOURCES
from course_utils.plots import figure_html

MOST_VALUES = 6
TARGET_MS = 100
COLUMNS = [
    "lesson",
    "explorable",
    "answers",
    "median, ms",
    "nine in ten, ms",
    "slowest, ms",
    "at",
    "median / empty axes",
]
_NO_HISTORY = Config({"HistoryManager": {"enabled": False}})


def explorables_of(source: Source) -> dict[str, Panel]:
    """The explorables that a lesson makes, by class name; its solved edition runs to the end."""
    shell, found = InteractiveShell(config=_NO_HISTORY), {}
    with capture_output():
        for cell in make(source, "solved").cells:
            if cell.cell_type == "code":
                ran = shell.run_cell(cell.source)
                ran.raise_error()
                if isinstance(ran.result, Panel) and type(ran.result).__module__.startswith(
                    "course_utils.widgets"
                ):
                    found[type(ran.result).__name__] = ran.result
    return found


def controls(widget: Any) -> Iterator[widgets.ValueWidget]:
    """Every control inside a widget that holds a value."""
    for child in getattr(widget, "children", ()):
        if isinstance(child, widgets.ValueWidget) and not isinstance(child, widgets.HTML):
            yield child
        yield from controls(child)


def values(control: Any) -> list[Any]:
    """Up to six values of a control, its first and its last among them; none for free text."""
    if hasattr(control, "options"):
        choices = [option[1] if isinstance(option, tuple) else option for option in control.options]
    elif isinstance(control, widgets.Checkbox):
        choices = [True, False]
    elif hasattr(control, "min") and hasattr(control, "max"):
        low, high = control.min, control.max
        steps = [low + (high - low) * part / 5 for part in range(6)]
        choices = [int(step) for step in steps] if isinstance(control.value, int) else steps
    else:
        choices = []
    step = max(1, (len(choices) - 1) / (MOST_VALUES - 1)) if len(choices) > 1 else 1
    places = sorted({round(step * place) for place in range(MOST_VALUES)})
    return [choices[place] for place in places if place < len(choices)]


def answers_ms(panel: Panel) -> dict[str, list[float]]:
    """Milliseconds of every answer, by control; each control goes back to where it was."""
    taken = {}
    for control in controls(panel):
        before, name = control.value, control.description or type(control).__name__
        for value in values(control):
            if control.value != value:
                began = process_time()
                control.value = value
                taken.setdefault(name, []).append(1000 * (process_time() - began))
        control.value = before
    return taken


def empty_axes_ms() -> float:
    """What drawing a pair of axes costs, with nothing in them."""
    times = []
    for _ in range(9):
        began = process_time()
        fig = Figure(figsize=(7, 4))
        fig.subplots()
        figure_html(fig, "Empty axes, for comparison.")
        times.append(1000 * (process_time() - began))
    return median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", metavar="NN", help="only these lessons (default: all)")
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/explorables.md")
    options = parser.parse_args()
    report = Report(
        "explorables", f"How long a moved control takes to answer, beside the target of {TARGET_MS} ms."
    )

    def rows() -> Iterator[list[Any]]:
        for source in sources(SOURCES):
            if options.lessons and f"{source.number:02d}" not in options.lessons:
                continue
            for name, panel in explorables_of(source).items():
                taken = answers_ms(panel)
                every = [each for times in taken.values() for each in times]
                if not every:
                    continue
                slowest = max(taken, key=lambda control: max(taken[control]))
                most = quantiles(every, n=10, method="inclusive")[-1]
                figures = [len(every), median(every), most, max(every), slowest, median(every) / empty]
                yield [f"{source.number:02d}", name, *figures]

    with tempfile.TemporaryDirectory() as scratch:
        changes = build_environment(Path(scratch), strict=False)
        os.environ.update({name: value for name, value in changes.items() if value is not None})
        os.environ.pop("COURSE_DATA_DIR", None)
        empty = empty_axes_ms()
        report.table(
            "Moved controls",
            COLUMNS,
            rows(),
            note=f"A pair of empty axes took {empty:.0f} ms in the same run. A single answer far above the "
            "others met Python's garbage collector on its way through all that the lesson has loaded.",
        )
    if options.save:
        report.save()


if __name__ == "__main__":
    main()
