"""The concept map of lesson 99: fill ten blanks, and hear why a wrong label is tempting."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets as widgets

from course_utils.learn.panel import WIDE, Panel, button, note
from course_utils.widgets import concept_map, concept_map_svg, parts
from course_utils.widgets.concept_map import BLANKS, BY_NUMBER


class ConceptMap(Panel):
    """A map of the course with ten blanks; one blank at a time is asked for.

    Attributes
    ----------
    blank : Dropdown
        Number of the blank to fill.
    choice : RadioButtons
        What could be put there.
    place, onward : Button
        Put the choice on the map; go to the next blank that is not right yet.
    answer, map : HTML
        What is said to the choice; the drawing.
    placed : dict of int to str
        What stands on the map now.
    """

    def __init__(self) -> None:
        self.placed: dict[int, str] = {}
        self.blank = widgets.Dropdown(
            options=[(concept_map.question(blank), blank.number) for blank in BLANKS],
            value=1,
            description="Blank to fill in",
            style={"description_width": "8em"},
            layout=widgets.Layout(width="44em", max_width="100%"),
        )
        self.choice = widgets.RadioButtons(
            options=[choice.text for choice in BY_NUMBER[1].choices],
            index=None,
            description="What belongs there:",
            style={"description_width": "initial"},
            layout=widgets.Layout(**WIDE),
        )
        self.place = button("Place it on the map")
        self.onward = button("Go to the next blank")
        self.answer = widgets.HTML()
        self.map = widgets.HTML(layout=widgets.Layout(max_width="1090px"))
        super().__init__(
            [self.map, self.blank, self.choice, widgets.HBox([self.place, self.onward]), self.answer],
            twin_html=_twin_html(),
            twin_text="\n".join(concept_map.sentences({})),
        )
        self.blank.observe(self._ask, names="value")
        self.place.on_click(self._place)
        self.onward.on_click(self._onward)
        self._draw()

    def _ask(self, _: Any) -> None:
        """Offer the choices of the blank that was picked."""
        self.choice.index = None
        self.choice.options = [choice.text for choice in BY_NUMBER[self.blank.value].choices]
        self.choice.value = self.placed.get(self.blank.value)
        self.answer.value = ""
        self._draw()

    def _place(self, _: Any) -> None:
        blank = BY_NUMBER[self.blank.value]
        if self.choice.value is None:
            self.answer.value = note("quiet", "○ nothing chosen yet", "Choose one of the labels first.")
            return
        self.placed[blank.number] = self.choice.value
        choice = concept_map.chosen(blank, self.placed)
        heading = f"✔ right · {blank.sign}" if choice.correct else f"✘ not yet · {blank.sign}"
        said = f"{choice.feedback}\n\n{concept_map.progress(self.placed)}"
        self.answer.value = note("good" if choice.correct else "bad", heading, said)
        self._draw()

    def _onward(self, _: Any) -> None:
        number = concept_map.next_open(self.placed, self.blank.value)
        if number is None:
            self.answer.value = note("good", "✔ the map is complete", concept_map.progress(self.placed))
        else:
            self.blank.value = number

    def _draw(self) -> None:
        self.map.value = _drawing(self.placed, self.blank.value)


def _drawing(placed: dict[int, str], current: int | None) -> str:
    """Legend, map, and the same in sentences."""
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in concept_map.sentences(placed))
    aloud = parts.folded("Read the map as sentences", f"<ul>{lines}</ul>")
    return f"<p>{concept_map_svg.legend()}</p>{concept_map_svg.draw(placed, current)}{aloud}"


def _twin_html() -> str:
    """For pages without a kernel: the map with its blanks, and the finished one behind a click."""
    full = concept_map.everything_right()
    return _drawing({}, None) + parts.folded(
        "Filled it in on paper? Show the finished map", _drawing(full, None)
    )
