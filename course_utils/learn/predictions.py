"""``predict`` and ``reveal``: say what you expect, lock it in, then run and compare."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import ipywidgets as widgets

from course_utils.learn import look
from course_utils.learn.answers import holds_placeholder
from course_utils.learn.catalogue import UnknownId, prediction
from course_utils.learn.look import Card
from course_utils.learn.panel import Panel, button, note, number_box, radio, read_number
from course_utils.learn.panel import html as html_box
from course_utils.learn.records import Prediction

LOCK, UNLOCK = "Lock in my answer", "Change my locked answer"


@dataclass
class _Memory:
    """What this kernel remembers about one prediction."""

    locked: str | float | None = None
    revealed: bool = False
    panels: list[PredictPanel] = field(default_factory=list)


_memory: dict[str, _Memory] = {}


def predict(prediction_id: str) -> PredictPanel | Card:
    """Ask for a prediction before a cell is run.

    Run the cell again and a locked answer is still there; `reveal` closes it for good.
    """
    try:
        asked = prediction(prediction_id)
    except UnknownId as error:
        return look.say("quiet", "I do not know this question", str(error))
    memory = _memory.setdefault(asked.id, _Memory())
    panel = PredictPanel(asked, memory)
    memory.panels.append(panel)
    return panel


def reveal(prediction_id: str, actual: Any) -> Card:
    """Compare the locked answer with what happened, and say why in one line.

    Parameters
    ----------
    prediction_id : str
    actual : object
        What the run gave: a number, an option's text, or whatever the prediction's ``happened`` reads. With
        None there is nothing to compare yet, and the prediction stays open.
    """
    try:
        asked = prediction(prediction_id)
    except UnknownId as error:
        return look.say("quiet", "I do not know this question", str(error))
    if holds_placeholder(actual):
        heading = f"○ the result is not there yet · {asked.id}"
        message = "Fill in the `...` above, run that cell, then this one."
        return look.say("quiet", heading, message, status=True)
    if actual is None:
        heading = f"○ the result is not there yet · {asked.id}"
        message = "Finish what stands above, then run this cell again. Until then your prediction stays open."
        return look.say("quiet", heading, message, status=True)
    memory = _memory.setdefault(asked.id, _Memory())
    memory.revealed = True
    for panel in memory.panels:
        panel.refresh()
    happened = _happened(asked, actual)
    tone, heading, comparison = _compare(asked, memory.locked, happened)
    lines = [comparison, f"Why? {asked.why}"]
    body = "".join(f"<p>{look.inline(line)}</p>" for line in lines)
    return Card(tone, heading, body, "\n".join([heading, *lines]), status=True)


def forget_predictions() -> None:
    """Forget every locked answer."""
    _memory.clear()


def _happened(asked: Prediction, actual: Any) -> str | float:
    if asked.happened is not None:
        actual = asked.happened(actual)
    return str(actual) if asked.options else float(actual)


def _compare(asked: Prediction, locked: str | float | None, happened: str | float) -> tuple[str, str, str]:
    truth = _words(asked, happened)
    if locked is None:
        return (
            "quiet",
            f"○ nothing was locked in · {asked.id}",
            f"What happened: {truth}. Next time, guess first.",
        )
    right = locked == happened if asked.options else abs(locked - happened) <= asked.tolerance
    said = _words(asked, locked)
    if right:
        return "good", f"✔ as you predicted · {asked.id}", f"You said: {said}. What happened: {truth}."
    return "ask", f"✘ a surprise · {asked.id}", f"You said: {said}. What happened: {truth}."


def _words(asked: Prediction, value: str | float) -> str:
    if asked.options:
        return str(value)
    number = f"{value:.4g}"
    one = number == "1" and " " not in asked.unit  # "1 film", but "1 million pairs"
    return f"{number} {asked.unit.removesuffix('s') if one else asked.unit}".rstrip()


class PredictPanel(Panel):
    """The widget that `predict` shows: a question, its options or a box for a number, and a lock."""

    def __init__(self, asked: Prediction, memory: _Memory) -> None:
        self.asked = asked
        self._memory = memory
        question = html_box(look.card("ask", f"Predict first · {asked.id}", look.paragraphs(asked.stem)))
        if asked.options:
            self.choice: widgets.RadioButtons | widgets.Text = radio(
                list(asked.options), "Your prediction is:"
            )
        else:
            unit = f" (in {asked.unit})" if asked.unit else ""
            self.choice = number_box(f"Your predicted number{unit}:")
        if memory.locked is not None:
            self.choice.value = memory.locked if asked.options else f"{memory.locked:g}"
        self.lock = button(LOCK)
        self.lock.on_click(self._toggle)
        self.status = html_box()
        super().__init__(
            [question, self.choice, self.lock, self.status],
            twin_html=_twin_html(asked),
            twin_text=_twin_text(asked),
        )
        self.refresh()

    def refresh(self) -> None:
        """Show what is remembered: open, locked, or already revealed."""
        memory = self._memory
        locked = memory.locked is not None
        self.choice.disabled = locked or memory.revealed
        self.lock.disabled = memory.revealed
        self.lock.description = UNLOCK if locked else LOCK
        if memory.revealed:
            self.status.value = note(
                "quiet", "The answer is out", "The comparison stands below the cell that ran."
            )
        elif locked:
            message = f"You said: {_words(self.asked, memory.locked)}. Now run the next cell."
            self.status.value = note("quiet", "✔ locked in", message)
        else:
            self.status.value = ""

    def _toggle(self, _: widgets.Button) -> None:
        if self._memory.revealed:
            return
        if self._memory.locked is not None:
            self._memory.locked = None
            self._refresh_all()
            return
        answer = self.choice.value if self.asked.options else read_number(self.choice.value)
        if answer is None:
            wanted = "Choose one of the options" if self.asked.options else "Type a number, such as 3.5"
            self.status.value = note("quiet", "○ nothing to lock in yet", f"{wanted}, then lock it in.")
            return
        self._memory.locked = answer
        self._refresh_all()

    def _refresh_all(self) -> None:
        for panel in self._memory.panels:
            panel.refresh()


def _twin_html(asked: Prediction) -> str:
    options = "".join(f"<li>{look.inline(option)}</li>" for option in asked.options)
    body = look.paragraphs(asked.stem) + (f"<ul>{options}</ul>" if options else "<p>Write down a number.</p>")
    return look.card("ask", f"Predict first · {asked.id}", body)


def _twin_text(asked: Prediction) -> str:
    return "\n".join(
        [f"Predict first · {asked.id}", asked.stem, *(f"( ) {option}" for option in asked.options)]
    )
