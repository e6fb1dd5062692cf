"""The sparsity microscope of lesson 01: choose the size of a table, and see how empty it is."""

from __future__ import annotations

import html
from functools import lru_cache
from typing import Any

import ipywidgets as widgets

from course_utils import plots
from course_utils.learn.panel import Panel
from course_utils.widgets import parts, sparsity_microscope
from course_utils.widgets.sparsity_microscope import PRESETS, Table

_OWN = "A table of your own"
_FIRST = "MovieLens small: 610 users"
_WIDTH = {"description_width": "13.5em"}


class SparsityMicroscope(Panel):
    """Three sliders, each ten times as much a few steps on, and what the table looks like from near.

    Attributes
    ----------
    preset : Dropdown
        Tables to start from; moving a slider turns it to "A table of your own".
    users, items, each : FloatLogSlider
        Users, things, and ratings per user.
    answer, facts, corner : HTML
        Sentences, numbers, and a picture of one corner.
    """

    def __init__(self) -> None:
        first = PRESETS[_FIRST]
        self.preset = widgets.Dropdown(
            options=[*PRESETS, _OWN],
            value=_FIRST,
            description="Table to look at",
            style=_WIDTH,
            layout=widgets.Layout(width="32em", max_width="100%"),
        )
        self.users = _log_slider("Number of users", first.users, 8)
        self.items = _log_slider("Number of things", first.items, 7)
        self.each = _log_slider("Ratings per user", first.each, 4)
        self.answer = widgets.HTML()
        self.facts = widgets.HTML(layout=widgets.Layout(flex="0 0 auto"))
        self.corner = widgets.HTML(layout=widgets.Layout(flex="1 1 28em", min_width="26em", max_width="39em"))
        self._paused = False
        super().__init__(
            [
                self.preset,
                self.users,
                self.items,
                self.each,
                self.answer,
                widgets.HBox([self.facts, self.corner], layout=widgets.Layout(flex_flow="row wrap")),
            ],
            twin_html=_twin_html(),
            twin_text="\n\n".join(f"{name}\n{describe(this)}" for name, this in PRESETS.items()),
        )
        self.preset.observe(self._take_preset, names="value")
        for slider in (self.users, self.items, self.each):
            slider.observe(self._own_table, names="value")
        self._refresh()

    @property
    def table(self) -> Table:
        """The table as the sliders stand."""
        return sparsity_microscope.table(self.users.value, self.items.value, self.each.value)

    def _take_preset(self, _: Any) -> None:
        if self._paused or self.preset.value == _OWN:
            return
        self._paused = True
        this = PRESETS[self.preset.value]
        self.users.value, self.items.value, self.each.value = this.users, this.items, this.each
        self._paused = False
        self._refresh()

    def _own_table(self, _: Any) -> None:
        if self._paused:
            return
        self._paused = True
        self.preset.value = _OWN
        self._paused = False
        self._refresh()

    def _refresh(self) -> None:
        self.answer.value = _words(self.table)
        self.facts.value = _facts(self.table)
        self.corner.value = _corner(self.table)


def describe(this: Table) -> str:
    """One table in plain text."""
    numbers = "\n".join(f"  {name}: {value}" for name, value in sparsity_microscope.facts(this).items())
    return f"{sparsity_microscope.verdict(this)} {sparsity_microscope.consequence(this)}\n{numbers}"


def _log_slider(description: str, value: float, decades: int) -> widgets.FloatLogSlider:
    """A slider from 1 to 10^decades that reports when released."""
    return widgets.FloatLogSlider(
        value=value,
        base=10,
        min=0,
        max=decades,
        step=0.1,
        readout_format=",.0f",
        description=description,
        continuous_update=False,
        style=_WIDTH,
        layout=widgets.Layout(width="32em", max_width="100%"),
    )


def _words(this: Table) -> str:
    return parts.sentence(sparsity_microscope.verdict(this), sparsity_microscope.consequence(this))


def _facts(this: Table) -> str:
    rows = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th><td class="fmc-fact">{html.escape(value)}</td></tr>'
        for name, value in sparsity_microscope.facts(this).items()
    )
    caption = f"{this.users:,} users × {this.items:,} things"
    return f'{parts.STYLE}<table class="fmc-facts"><caption>{caption}</caption><tbody>{rows}</tbody></table>'


@lru_cache(maxsize=64)
def _corner(this: Table) -> str:
    fig = plots.filled_cells(
        sparsity_microscope.corner(this),
        title=sparsity_microscope.corner_title(this),
        xlabel="things",
        ylabel="users",
    )
    return parts.picture(fig, sparsity_microscope.corner_alt(this))


def _twin_html() -> str:
    """For pages without a kernel: all three tables to start from."""
    return "".join(
        f"<p><strong>{html.escape(name)}</strong></p>{_words(this)}{_facts(this)}{_corner(this)}"
        for name, this in PRESETS.items()
    )
