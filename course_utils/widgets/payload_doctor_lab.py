"""The payload doctor of lesson 08: paste a request, and read what an endpoint makes of it."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets as widgets

from course_utils.learn import look
from course_utils.learn.panel import Panel
from course_utils.widgets import parts, payload_doctor
from course_utils.widgets.payload_doctor import CASES, MOST_COLUMNS, TOY_COLUMNS, TYPES, Diagnosis

_OWN = "Your own text"
_WIDTH = {"description_width": "13.5em"}


class PayloadDoctor(Panel):
    """A text box for a request, and its diagnosis in plain words.

    Attributes
    ----------
    case : Dropdown
        Examples to start from; changing the text turns it to "Your own text".
    content_type : Dropdown
        The request's Content-Type header.
    columns : IntSlider
        How many columns the model has; with 7 they have the names of Rendle's users and films.
    body : Textarea
        The request.
    answer : HTML
        The diagnosis.
    """

    def __init__(self) -> None:
        first = next(iter(CASES))
        wide = widgets.Layout(width="64em", max_width="100%")
        self.case = widgets.Dropdown(
            options=[*CASES, _OWN],
            value=first,
            description="Request to examine",
            style=_WIDTH,
            layout=widgets.Layout(width="38em", max_width="100%"),
        )
        self.content_type = widgets.Dropdown(
            options=TYPES,
            value=CASES[first].content_type,
            description="Content-Type it names",
            style=_WIDTH,
            layout=widgets.Layout(width="29em"),
        )
        self.columns = parts.whole_slider("Columns of the model", TOY_COLUMNS, 1, MOST_COLUMNS)
        self.body = widgets.Textarea(
            value=CASES[first].body,
            description="Body of the request",
            rows=5,
            continuous_update=False,
            style=_WIDTH,
            layout=wide,
        )
        self.answer = widgets.HTML()
        self._paused = False
        super().__init__(
            [self.case, self.content_type, self.columns, self.body, self.answer],
            twin_html=_twin_html(),
            twin_text="\n\n".join(_case_in_words(name) for name in CASES),
        )
        self.case.observe(self._take_case, names="value")
        self.body.observe(self._own_text, names="value")
        for control in (self.content_type, self.columns):
            control.observe(self._refresh, names="value")
        self._refresh()

    def diagnosis(self) -> Diagnosis:
        """What the doctor says about the request as it stands."""
        return payload_doctor.examine(self.body.value, self.content_type.value, self.columns.value)

    def _take_case(self, _: Any) -> None:
        if self._paused or self.case.value == _OWN:
            return
        self._paused = True
        case = CASES[self.case.value]
        self.body.value, self.content_type.value = case.body, case.content_type
        self._paused = False
        self._refresh()

    def _own_text(self, _: Any) -> None:
        if self._paused:
            return
        self._paused = True
        self.case.value = _OWN
        self._paused = False
        self._refresh()

    def _refresh(self, _: Any = None) -> None:
        if not self._paused:
            self.answer.value = _card(self.diagnosis())


def _card(diagnosis: Diagnosis) -> str:
    tone = "bad" if diagnosis.status != 200 or diagnosis.warnings else "good"
    body = "".join(
        f"<p>{heading}</p><ul>{''.join(f'<li>{html.escape(text)}</li>' for text in texts)}</ul>"
        for heading, texts in _sections(diagnosis).items()
        if texts
    )
    return look.card(tone, payload_doctor.verdict(diagnosis), body, status=True)


def _sections(diagnosis: Diagnosis) -> dict[str, tuple[str, ...]]:
    return {
        "What is wrong, and what to mend:": diagnosis.faults,
        "Look again:": diagnosis.warnings,
        "The model reads, one line for each instance:": diagnosis.readings,
    }


def _examined(name: str) -> Diagnosis:
    case = CASES[name]
    return payload_doctor.examine(case.body, case.content_type, TOY_COLUMNS)


def _case_in_words(name: str) -> str:
    diagnosis = _examined(name)
    texts = [f"  {text}" for found in _sections(diagnosis).values() for text in found]
    return "\n".join([f"{name}: {payload_doctor.verdict(diagnosis)}", *texts])


def _twin_html() -> str:
    """For pages without a kernel: every example with its diagnosis."""
    return "".join(
        f"<p><strong>{html.escape(name)}</strong> ({case.content_type})</p>{look.code_block(case.body)}"
        + parts.folded("Show the diagnosis", _card(_examined(name)))
        for name, case in CASES.items()
    )
