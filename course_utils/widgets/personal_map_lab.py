"""The map of lesson 06: is it personal? Settings, k and hiding to choose; what two users share comes out."""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets as widgets
import pandas as pd

from course_utils import plots
from course_utils.datasets import Dataset
from course_utils.widgets import parts, personal_map
from course_utils.widgets.gated import GatedPanel
from course_utils.widgets.personal_map import FACTORS, PLACES, Overlap


class PersonalMap(GatedPanel):
    """Twelve users, and how many films the lists of every two of them share.

    Every machine is trained when the map is made; the controls only choose among what is ready.

    Parameters
    ----------
    known : Dataset
        What a user rated here can be hidden.
    rows : DataFrame[user, item, rating]
        To learn from, in the order in which the algorithm gets them.
    settings : name -> keywords of `FactorizationMachine("adam", …)`
    question : str, optional
        Id of the prediction to lock in first; None opens the map at once.

    Attributes
    ----------
    setting : Dropdown
    k : SelectionSlider
    hide : Checkbox
    answer, map : HTML
        The results: sentences, the triangle of numbers.
    """

    def __init__(
        self,
        known: Dataset,
        rows: pd.DataFrame,
        settings: Mapping[str, Mapping],
        question: str | None = "P6.4",
    ) -> None:
        self._overlaps = personal_map.overlaps(known, rows, settings)
        self._maps: dict[tuple[str, int, bool], str] = {}
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
            twin_html=self._twin_html(names),
            twin_text="\n\n".join(
                f"{name}, k = {k}, {'seen films' if hide else 'nothing'} hidden\n{describe(this, hide)}"
                for (name, k, hide), this in self._overlaps.items()
            ),
        )
        for control in (self.setting, self.k, self.hide):
            control.observe(self._refresh, names="value")

    @property
    def state(self) -> tuple[str, int, bool]:
        """What is set: the settings' name, k, and whether rated films are hidden."""
        return self.setting.value, self.k.value, self.hide.value

    @property
    def overlap(self) -> Overlap:
        """What is found for what is set."""
        return self._overlaps[self.state]

    def describe(self) -> str:
        """The state of the map as plain text."""
        return describe(self.overlap, self.hide.value)

    def _show(self) -> None:
        self.answer.value = _words(self.overlap, self.hide.value)
        self.map.value = self._map(*self.state)

    def _map(self, name: str, k: int, hide: bool) -> str:
        """The figure of one state, drawn when it is first asked for."""
        state = name, k, hide
        if state not in self._maps:
            this = self._overlaps[state]
            fig = plots.overlap_grid(
                this.shared,
                [f"user {user}" for user in this.users],
                top=PLACES,
                title=personal_map.map_title(this, k, hide),
            )
            self._maps[state] = parts.picture(fig, personal_map.map_alt(this, k, hide))
        return self._maps[state]

    def _twin_html(self, names: list[str]) -> str:
        """For pages without a kernel: the first settings, hidden and not; and k = 8 of the last ones."""
        states = [(names[0], k, hide) for k in (0, 8) for hide in (False, True)] + [(names[-1], 8, False)]
        shown = "".join(
            f"<p><strong>{name}, k = {k}</strong></p>{_words(self._overlaps[name, k, hide], hide)}"
            f"{self._map(name, k, hide)}"
            for name, k, hide in states
        )
        return parts.folded("Made your prediction? Show what the map answers", shown)


def describe(this: Overlap, hide: bool) -> str:
    """One state in plain text: the sentence, the figures, and the triangle of numbers."""
    rows = [
        f"user {user}".rjust(10) + "".join(f"{number:4}" for number in numbers[:place])
        for place, (user, numbers) in enumerate(zip(this.users, this.shared, strict=True))
    ]
    return "\n".join([personal_map.verdict(this), personal_map.over_everybody(this, hide), *rows])


def _words(this: Overlap, hide: bool) -> str:
    return parts.sentence(personal_map.verdict(this), personal_map.over_everybody(this, hide))
