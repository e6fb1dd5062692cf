"""A widget box that also reads without a kernel."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from course_utils.learn import look

#: Lets long option texts wrap instead of being cut.
WIDE = {"width": "auto", "max_width": "60em"}


class Panel(widgets.VBox):
    """An ipywidgets column with a static twin: what viewers without a kernel show instead.

    A live front end draws the widget; viewers that know no widgets, such as GitHub, fall back to the twin.

    The twin's two forms are in ``.twin``, by MIME type.

    Parameters
    ----------
    children : list of Widget
    twin_html, twin_text : str
        The same content as HTML (already escaped) and as plain text.
    """

    def __init__(self, children: list[widgets.Widget], *, twin_html: str, twin_text: str) -> None:
        super().__init__(children)
        self.twin = {"text/html": twin_html, "text/plain": twin_text}

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        return {**super()._repr_mimebundle_(**kwargs), **self.twin}


def html(value: str = "") -> widgets.HTML:
    """Return an HTML widget that takes the width of its panel."""
    return widgets.HTML(value=value, layout=widgets.Layout(**WIDE))


def button(description: str) -> widgets.Button:
    """Return a button as wide as its words."""
    return widgets.Button(
        description=description, layout=widgets.Layout(width="auto", align_self="flex-start")
    )


def radio(options: list[str], description: str) -> widgets.RadioButtons:
    """Return radio buttons with nothing chosen; ``description`` is what screen readers call the group."""
    return widgets.RadioButtons(
        options=options,
        index=None,
        description=description,
        style={"description_width": "initial"},
        layout=widgets.Layout(**WIDE),
    )


def number_box(description: str) -> widgets.Text:
    """Return an empty box for a number: numeric widgets cannot be empty, and 0 would read as an answer."""
    return widgets.Text(
        description=description,
        placeholder="a number",
        style={"description_width": "initial"},
        layout=widgets.Layout(width="32em", max_width="100%"),
        continuous_update=True,
    )


def read_number(text: str) -> float | None:
    """Read a typed number, with a decimal point or comma; None if it is not a finite number."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def note(tone: str, heading: str, message: str) -> str:
    """Return the HTML of an answer to what the learner did; read out by screen readers."""
    return look.card(tone, heading, look.paragraphs(message), status=True)
