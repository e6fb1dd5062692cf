"""Run a notebook in a fresh kernel, cell by cell, with progress, timings and the figures that it records."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbclient.output_widget import OutputWidget
from nbformat import NotebookNode

from course_utils.learn.checks import METADATA_KEY as CHECK_KEY
from course_utils.learn.figures import METADATA_KEY as RECORD_KEY

OFFLINE: Mapping[str, str | None] = {"COURSE_OFFLINE": "1"}

#: ``on_cell(done, total, cell, seconds)``, called after each code cell that ran.
OnCell = Callable[[int, int, NotebookNode, float], None]


@dataclass
class Execution:
    """What came of a run.

    Attributes
    ----------
    notebook : NotebookNode
        With all outputs, up to the cell that failed if one did.
    seconds : dict of str to float
        Wall time by cell id: every code cell that ran, the one that failed included.
    """

    notebook: NotebookNode
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def records(self) -> dict[str, Any]:
        """What the lesson recorded with `course_utils.learn.record`, by name."""
        return {content["name"]: content["value"] for content in self._metadata(RECORD_KEY)}

    @property
    def checks(self) -> dict[str, str]:
        """The outcome of every displayed check, by exercise id."""
        return {content["exercise"]: content["outcome"] for content in self._metadata(CHECK_KEY)}

    def _metadata(self, key: str) -> list[dict]:
        outputs = [output for cell in self.notebook.cells for output in cell.get("outputs", ())]
        return [output.metadata[key] for output in outputs if key in output.get("metadata", {})]


class _OneWayOutput(OutputWidget):
    """nbclient's stand-in for ``ipywidgets.Output``, without the message that can make nbclient stall.

    That message is sent on a channel that is being polled (jupyter/nbclient issue 312). The only loss:
    ``Output.outputs`` stays empty inside the kernel.
    """

    def sync_state(self) -> None:
        """Leave the kernel alone."""


class CellFailed(RuntimeError):
    """A cell raised, ran out of time or lost its kernel.

    Attributes
    ----------
    cell_id : str
    line : int or None
        Line within the cell, where Python named one.
    execution : Execution
        Everything up to the failure.
    """

    def __init__(self, lesson: str, cell: NotebookNode, reason: str, line: int | None, execution: Execution):
        self.cell_id, self.line, self.execution = cell.get("id", "?"), line, execution
        place = f"{lesson}, cell {self.cell_id}"
        if line is not None:
            place += f", line {line}: {cell.source.splitlines()[line - 1].strip()}"
        super().__init__(f"{place}\n  {reason}")


def execute(
    notebook: NotebookNode,
    *,
    lesson: str,
    cwd: Path,
    timeout: int = 120,
    env: Mapping[str, str | None] = OFFLINE,
    on_cell: OnCell | None = None,
) -> Execution:
    """Run all cells of a notebook, in place.

    Parameters
    ----------
    notebook : NotebookNode
    lesson : str
        Name for messages.
    cwd : Path
        Folder that the kernel runs in; a notebook's own folder, as in JupyterLab.
    timeout : int
        Seconds that one cell may take.
    env : mapping
        Changes to this process's environment; None removes a variable.
    on_cell : callable, optional
        ``on_cell(done, total, cell, seconds)`` after each code cell; counts are of code cells.

    Returns
    -------
    Execution

    Raises
    ------
    CellFailed
        At the first cell that fails.
    """
    execution = Execution(notebook)
    total = sum(cell.cell_type == "code" for cell in notebook.cells)
    running: NotebookNode | None = None
    started = 0.0

    def begins(cell: NotebookNode, cell_index: int) -> None:
        nonlocal running, started
        running, started = cell, time.perf_counter()

    def ended(cell: NotebookNode, cell_index: int, execute_reply: dict) -> None:
        seconds = time.perf_counter() - started
        execution.seconds[cell.id] = seconds
        if on_cell is not None:
            on_cell(len(execution.seconds), total, cell, seconds)

    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # not its remarks about encryption on loopback
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(cwd)}},
        on_cell_execute=begins,
        on_cell_executed=ended,
    )
    client.widget_registry["@jupyter-widgets/output"]["OutputModel"] = _OneWayOutput
    environment = {name: value for name, value in {**os.environ, **env}.items() if value is not None}
    try:
        client.execute(env=environment)
    except CellExecutionError as error:
        reason = f"{error.ename}: {error.evalue}"
        raise CellFailed(lesson, running, reason, _line(error.traceback), execution) from None
    except CellTimeoutError:
        reason = f"took longer than {timeout} seconds"
        raise CellFailed(lesson, running, reason, None, execution) from None
    except DeadKernelError:
        raise CellFailed(lesson, running, "the kernel died", None, execution) from None
    return execution


def _line(traceback: str) -> int | None:
    """The line of the cell itself that a traceback passed through last."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", traceback)
    found = re.findall(r"^Cell In\[\d+\], line (\d+)", plain, flags=re.MULTILINE)
    return int(found[-1]) if found else None
