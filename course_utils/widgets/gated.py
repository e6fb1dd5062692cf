"""An explorable that keeps its results to itself until the learner has locked in a prediction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from course_utils.learn import predict
from course_utils.learn.panel import Panel
from course_utils.widgets import parts


class GatedPanel(Panel):
    """A prediction, controls, and results that stay hidden until the prediction is locked or revealed.

    Once open it stays open. A subclass fills in its results in ``_show()``, and has its controls call
    ``_refresh``.

    Parameters
    ----------
    question : str or None
        Id of the prediction to lock in first; None opens the panel at once.
    controls, results : sequence of Widget
    hint : str
        What to try, shown beside the locked prediction once the panel is open.
    twin_html, twin_text : str
        As for `Panel`; the prediction's own twin is put before the HTML.

    Attributes
    ----------
    gate : PredictPanel or None
        The question that opens the panel.
    opened : bool
        True once results are shown.
    """

    def __init__(
        self,
        question: str | None,
        controls: Sequence[widgets.Widget],
        results: Sequence[widgets.Widget],
        *,
        hint: str = "",
        twin_html: str,
        twin_text: str,
    ) -> None:
        self.opened = False
        self.gate = None if question is None else predict(question)
        self._said, self._hint = widgets.HTML(), hint
        self._results = widgets.VBox(list(results))
        self._results.layout.display = "none"
        gate = [] if self.gate is None else [self.gate]
        super().__init__(
            [*gate, self._said, *controls, self._results],
            twin_html="".join(each.twin["text/html"] for each in gate) + twin_html,
            twin_text=twin_text,
        )
        if self.gate is not None:
            self.gate.choice.observe(self._open_when_locked, names="disabled")
        self._open_when_locked()

    def _open_when_locked(self, _: Any = None) -> None:
        locked = self.gate is None or self.gate.choice.disabled
        if locked and not self.opened:
            self.opened = True
            self._refresh()
            self._results.layout.display = ""
            if self.gate is not None:
                self.gate.layout.display = "none"  # it has done its work, and takes half a screen
                self._said.value = parts.reminder(self.gate.choice.value, self._hint)

    def _refresh(self, _: Any = None) -> None:
        """Show what is set, if anything may be shown yet."""
        if self.opened:
            self._show()
