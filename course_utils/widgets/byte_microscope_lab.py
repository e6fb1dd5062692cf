"""The byte microscope of lesson 08: change a rating, and see which bytes of its record move."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import ipywidgets as widgets

from course_utils.learn.panel import Panel, button
from course_utils.widgets import byte_microscope, parts
from course_utils.widgets.byte_microscope import FILM_COLUMNS, FIRST_SLIDE, KINDS, STARS, WIDTHS, Part, Slide

_CAPTION = "One record, in the order of the file, each byte as two hexadecimal digits."


class ByteMicroscope(Panel):
    """One record of RecordIO-protobuf, taken apart.

    Attributes
    ----------
    stars, film, columns : SelectionSlider
        What the record says.
    labelled : Checkbox
        Off: a record without stars, as for a prediction.
    part : IntSlider
        Which part is explained, counted from 1.
    reset : Button
        Puts the first record back.
    answer, picture, explained : HTML
        The results: sentences, the bytes, one part in words.
    """

    def __init__(self) -> None:
        self.stars = _steps("Stars of the rating", STARS, FIRST_SLIDE.stars, "{:g}")
        self.film = _steps("Column of the film", FILM_COLUMNS, FIRST_SLIDE.film, "{:,}")
        self.columns = _steps("Number of all columns", WIDTHS, FIRST_SLIDE.columns, "{:,}")
        self.labelled = widgets.Checkbox(value=True, description="The record holds the stars", indent=False)
        self.reset = button("Reset to the first record")
        self.answer = widgets.HTML()
        self.picture = widgets.HTML()
        self.explained = widgets.HTML()
        self._seen: list[Part] | str = byte_microscope.look(FIRST_SLIDE)
        self._moved: Collection[int] = ()
        self._paused = False
        self.part = parts.whole_slider("Part to explain", 1, 1, len(self._seen))
        knobs = [self.stars, self.film, self.columns, self.labelled, self.reset]
        super().__init__(
            [widgets.VBox(knobs), self.answer, self.picture, self.part, self.explained],
            twin_html=_twin_html(),
            twin_text=describe(self._seen),
        )
        for knob in (self.stars, self.film, self.columns, self.labelled):
            knob.observe(self._refresh, names="value")
        self.part.observe(self._explain, names="value")
        self.reset.on_click(self._reset)
        self._show(self._seen)

    @property
    def slide(self) -> Slide:
        """The record that the controls describe."""
        stars = self.stars.value if self.labelled.value else None
        return Slide(self.film.value, self.columns.value, stars)

    def describe(self) -> str:
        """The state of the microscope as plain text."""
        return describe(self._seen)

    def _refresh(self, _: Any = None) -> None:
        if not self._paused:
            self._show(byte_microscope.look(self.slide))

    def _show(self, seen: list[Part] | str) -> None:
        before, self._seen = self._seen, seen
        self.answer.value = _words(before, seen)
        self._moved = _moved(before, seen)
        if not isinstance(seen, str):
            self.part.max = len(seen)
        self._explain()

    def _explain(self, _: Any = None) -> None:
        if isinstance(self._seen, str):
            self.picture.value = self.explained.value = ""
            return
        self.picture.value = _picture(self._seen, self._moved, self.part.value - 1)
        self.explained.value = parts.sentence(self._seen[self.part.value - 1].sentence)

    def _reset(self, _: widgets.Button) -> None:
        self._paused = True
        self.stars.value, self.film.value = FIRST_SLIDE.stars, FIRST_SLIDE.film
        self.columns.value, self.labelled.value, self.part.value = FIRST_SLIDE.columns, True, 1
        self._paused = False
        self._refresh()


def describe(seen: list[Part] | str) -> str:
    """A record as plain text: a line for each part, and what is to be said about all of it."""
    if isinstance(seen, str):
        return byte_microscope.answer(seen)
    lines = [f"{part.segment.start:3}  {part.raw.hex(' '):18} {part.label}" for part in seen]
    return "\n".join([byte_microscope.answer(seen), *lines])


def _steps(description: str, values: tuple, value: Any, form: str) -> widgets.SelectionSlider:
    return widgets.SelectionSlider(
        options=[(form.format(each), each) for each in values],
        value=value,
        description=description,
        continuous_update=False,
        style={"description_width": "13.5em"},
        layout=widgets.Layout(width="29em"),
    )


def _words(before: list[Part] | str, seen: list[Part] | str) -> str:
    return parts.sentence(byte_microscope.answer(seen), byte_microscope.news(before, seen))


def _moved(before: list[Part] | str, seen: list[Part] | str) -> list[int]:
    if isinstance(before, str) or isinstance(seen, str):
        return []
    changed = byte_microscope.moved(before, seen)
    return [i for i, part in enumerate(seen) if part in changed]


def _picture(seen: list[Part], moved: Collection[int] = (), chosen: int | None = None) -> str:
    rows: dict[str, list[parts.Chip]] = {}
    for i, part in enumerate(seen):
        chip = parts.Chip(part.raw.hex(" "), part.label, part.kind, i in moved, i == chosen)
        rows.setdefault(part.row, []).append(chip)
    return parts.byte_table(rows, KINDS, _CAPTION)


def _twin_html() -> str:
    """For pages without a kernel: the first record, and the same one with 4 stars."""
    first = byte_microscope.look(FIRST_SLIDE)
    changed = byte_microscope.look(Slide(stars=4.0))
    return (
        parts.sentence(byte_microscope.answer(first))
        + _picture(first)
        + "<p><strong>With 4 stars in place of 5</strong></p>"
        + _words(first, changed)
        + _picture(changed, _moved(first, changed))
    )
