"""The first slider of the course: it shows that widgets work on this machine."""

from __future__ import annotations

import ipywidgets as widgets

from course_utils.learn import look
from course_utils.learn.panel import Panel, html

WANTED = 7


def answer_to(value: int) -> str:
    """What the page says when the slider stands at ``value``."""
    if value == WANTED:
        return look.card("good", "✔ It works", look.paragraphs("Your widgets talk to Python."), status=True)
    where = "higher" if value < WANTED else "lower"
    return look.card(
        "ask", f"The slider is at {value}", look.paragraphs(f"Move it {where}, to 7."), status=True
    )


class WarmUp(Panel):
    """A slider from 0 to 10 and one sentence that follows it.

    Attributes
    ----------
    slider : IntSlider
    sentence : HTML
    """

    def __init__(self) -> None:
        self.slider = widgets.IntSlider(
            value=0,
            max=10,
            continuous_update=False,
            description="Move this slider to 7:",
            style={"description_width": "initial"},
            layout=widgets.Layout(width="32em"),
        )
        self.sentence = html(answer_to(self.slider.value))
        self.slider.observe(self._follow, names="value")
        still = "A slider stands here. If you see this sentence instead, run the cell in JupyterLab."
        super().__init__([self.slider, self.sentence], twin_html=look.paragraphs(still), twin_text=still)

    def _follow(self, change: dict) -> None:
        self.sentence.value = answer_to(change["new"])
