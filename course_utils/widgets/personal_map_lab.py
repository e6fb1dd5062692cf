"""The map of lesson 06: is it personal? Settings, k and hiding to choose; what two users share comes out."""

from __future__ import annotations

import html
from collections.abc import Mapping

import ipywidgets as widgets
import pandas as pd

from course_utils.datasets import Dataset
from course_utils.estimator import FactorizationMachine
from course_utils.widgets import parts, personal_map
from course_utils.widgets.gated import GatedPanel
from course_utils.widgets.personal_map import FACTORS, PLACES, Overlap

_STYLE = """<style>
table.fmc-overlap {border-collapse: separate; border-spacing: 2px; margin: .4em 0;
  color: var(--jp-content-font-color1, inherit); font-size: var(--jp-content-font-size1, 14px)}
table.fmc-overlap caption {text-align: left; padding: 0 4px 4px; white-space: normal;
  color: var(--jp-content-font-color1, inherit); font-size: var(--jp-content-font-size1, 14px)}
table.fmc-overlap tr {background: none !important}
table.fmc-overlap th {text-align: right !important; font-weight: 600; padding: 2px 6px; background: none}
table.fmc-overlap td {text-align: center !important; min-width: 2.2em; padding: 3px 4px; border-radius: 4px}
</style>"""


class PersonalMap(GatedPanel):
    """Twelve users, and how many films the lists of every two of them share.

    Every machine that is not given is trained when the map is made; the controls choose among what is ready.

    Parameters
    ----------
    known : Dataset
        What a user rated here can be hidden.
    rows : DataFrame[user, item, rating]
        To learn from, in the order in which the algorithm gets them.
    settings : name -> keywords of `FactorizationMachine("adam", …)`
    question : str, optional
        Id of the prediction to lock in first; None opens the map at once.
    trained : (setting, k) -> FactorizationMachine, optional
        Machines with these settings that need not be trained again.

    Attributes
    ----------
    setting : Dropdown
    k : SelectionSlider
    hide : Checkbox
    answer, map : HTML
        The results: sentences, and a triangle of numbers.
    """

    def __init__(
        self,
        known: Dataset,
        rows: pd.DataFrame,
        settings: Mapping[str, Mapping],
        question: str | None = "P6.4",
        trained: Mapping[tuple[str, int], FactorizationMachine] | None = None,
    ) -> None:
        self._overlaps = personal_map.overlaps(known, rows, settings, trained=trained)
        names = list(settings)
        self.setting = parts.choice_list("Settings of training", names, names[0])
        self.k = parts.choice_slider("Number of factors k", FACTORS, 8)
        self.hide = widgets.Checkbox(value=False, description="Hide films already rated", indent=False)
        self.answer, self.map = widgets.HTML(), widgets.HTML()
        super().__init__(
            question,
            [self.setting, self.k, self.hide],
            [self.answer, self.map],
            hint="Try it: k = 0 first, hidden and not.",
            twin_html=parts.folded(
                "Made your prediction? Show what the map answers",
                "".join(_heading(*state) + _everything(this, *state[1:]) for state, this in self._rows()),
            ),
            twin_text="\n\n".join(
                f"{name}, k = {k}\n{describe(this, hide)}" for (name, k, hide), this in self._rows()
            ),
        )
        for control in (self.setting, self.k, self.hide):
            control.observe(self._refresh, names="value")

    @property
    def overlap(self) -> Overlap:
        """What is found for what is set."""
        return self._overlaps[self.setting.value, self.k.value, self.hide.value]

    def describe(self) -> str:
        """The state of the map as plain text."""
        return describe(self.overlap, self.hide.value)

    def _show(self) -> None:
        self.answer.value = _words(self.overlap, self.hide.value)
        self.map.value = _triangle(self.overlap, self.k.value, self.hide.value)

    def _rows(self) -> list[tuple[tuple[str, int, bool], Overlap]]:
        """What pages without a kernel show: every setting with no factors and with eight."""
        return [(state, this) for state, this in self._overlaps.items() if state[1] in (0, 8)]


def describe(this: Overlap, hide: bool) -> str:
    """One state in plain text: the sentence, the figures, and the triangle of numbers."""
    rows = [
        f"user {user}".rjust(10) + "".join(f"{number:4}" for number in numbers[:place])
        for place, (user, numbers) in enumerate(zip(this.users, this.shared, strict=True))
    ]
    return "\n".join([personal_map.verdict(this), personal_map.over_everybody(this, hide), *rows])


def _heading(name: str, k: int, hide: bool) -> str:
    return f"<p><strong>{html.escape(name)}, k = {k}{', films already rated hidden' * hide}</strong></p>"


def _everything(this: Overlap, k: int, hide: bool) -> str:
    return _words(this, hide) + _triangle(this, k, hide)


def _words(this: Overlap, hide: bool) -> str:
    return parts.sentence(personal_map.verdict(this), personal_map.over_everybody(this, hide))


def _triangle(this: Overlap, k: int, hide: bool) -> str:
    """The numbers below the diagonal as an HTML table; the tint repeats what a number says."""
    head = "".join(f'<th scope="col">{html.escape(str(user))}</th>' for user in this.users[:-1])
    body = "".join(
        f'<tr><th scope="row">user {html.escape(str(user))}</th>{"".join(map(_cell, numbers[:place]))}</tr>'
        for place, (user, numbers) in enumerate(zip(this.users, this.shared, strict=True))
        if place
    )
    return (
        f'{_STYLE}<table class="fmc-overlap"><caption>{personal_map.caption(k, hide)}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cell(number: int) -> str:
    """Never opaque, so that the number stays readable on light and on dark."""
    return f'<td style="background: rgba(86, 180, 233, {0.6 * number / PLACES:.2f})">{number}</td>'
