"""The top-N explorer of lesson 06: what a user rated best, beside what a model offers."""

from __future__ import annotations

import html
from collections.abc import Mapping

import ipywidgets as widgets
import pandas as pd

from course_utils.datasets import Dataset
from course_utils.widgets import parts, top_n_explorer
from course_utils.widgets.gated import GatedPanel
from course_utils.widgets.top_n_explorer import FAME, Cinema, Film, Model, Offer

_STYLE = """<style>
table.fmc-films td, table.fmc-films th {padding: 3px 6px 3px 4px; line-height: 1.25; vertical-align: top}
</style>"""


class TopNExplorer(GatedPanel):
    """A user's history beside a list of ten, with a user, a model and two repairs to choose.

    Parameters
    ----------
    data : Dataset
    learn_rows, judge_rows : DataFrame[user, item, rating]
        What is known, and what was kept back.
    models : name -> Model
        The last one is chosen at first.
    question : str, optional
        Id of the prediction to lock in first; None opens the explorer at once.

    Attributes
    ----------
    user, model : Dropdown
    hide : Checkbox
    fame : SelectionSlider
    answer, history, offer : HTML
        The results: sentences, and the two lists.
    """

    def __init__(
        self,
        data: Dataset,
        learn_rows: pd.DataFrame,
        judge_rows: pd.DataFrame,
        models: Mapping[str, Model],
        question: str | None = "P6.7",
    ) -> None:
        self.cinema = Cinema(data, learn_rows, judge_rows, models)
        names = list(models)
        self._user_of = {f"user {user}": user for user in self.cinema.users}
        self.user = parts.choice_list("User to look at", list(self._user_of), next(iter(self._user_of)))
        self.model = parts.choice_list("Model behind the list", names, names[-1])
        self.hide = widgets.Checkbox(value=False, description="Hide films already rated", indent=False)
        self.fame = widgets.SelectionSlider(
            options=[(f"{stars:+.1f} stars" if stars else "0 stars", stars) for stars in FAME],
            value=0.0,
            description="Weight of fame",
            continuous_update=False,
            style={"description_width": "13.5em"},
            layout=widgets.Layout(width="29em"),
        )
        self.answer = widgets.HTML()
        side = widgets.Layout(flex="1 1 24em", min_width="22em")
        self.history, self.offer = widgets.HTML(layout=side), widgets.HTML(layout=side)
        super().__init__(
            question,
            [self.user, self.model, self.hide, self.fame],
            [
                self.answer,
                widgets.HBox([self.history, self.offer], layout=widgets.Layout(flex_flow="row wrap")),
            ],
            hint="Try it: hide what was rated, then change the user.",
            twin_html=self._twin_html(names),
            twin_text="\n\n".join(self._twin_texts(names)),
        )
        for control in (self.user, self.model, self.hide, self.fame):
            control.observe(self._refresh, names="value")

    @property
    def chosen(self) -> Offer:
        """The list as the controls stand."""
        return self.cinema.offer(
            self._user_of[self.user.value],
            self.model.value,
            hide=self.hide.value,
            fame=self.fame.value,
        )

    def describe(self) -> str:
        """The state of the explorer as plain text."""
        return describe(self.chosen)

    def _show(self) -> None:
        user, offer = self._user_of[self.user.value], self.chosen
        self.answer.value = _words(offer)
        self.history.value = _history(self.cinema.history(user), self.user.value)
        self.offer.value = _offer(offer, self.model.value)

    # ---------------------------------------------------------------- for pages without a kernel

    def _twin_states(self, names: list[str]) -> list[tuple[str, bool, Offer]]:
        """The first user, by every model, with nothing hidden and with rated films hidden."""
        first = self.cinema.users[0]
        return [
            (name, hide, self.cinema.offer(first, name, hide=hide, fame=0.0))
            for name in names
            for hide in (False, True)
        ]

    def _twin_html(self, names: list[str]) -> str:
        first = self.cinema.users[0]
        shown = "".join(
            f"<p><strong>{html.escape(name)}, {_switch(hide)}</strong></p>"
            f"{_words(offer)}{_offer(offer, name)}"
            for name, hide, offer in self._twin_states(names)
        )
        return _history(self.cinema.history(first), f"user {first}") + parts.folded(
            "Made your prediction? Show what the explorer answers", shown
        )

    def _twin_texts(self, names: list[str]) -> list[str]:
        return [
            f"{name}, {_switch(hide)}\n{describe(offer)}" for name, hide, offer in self._twin_states(names)
        ]


def describe(offer: Offer) -> str:
    """A list as plain text: the sentences, then a line for each film."""
    lines = [f"  {film.title}{_signs(film)} ({top_n_explorer.people(film.raters)})" for film in offer.films]
    return "\n".join([top_n_explorer.verdict(offer), top_n_explorer.company(offer), *lines])


def _switch(hide: bool) -> str:
    return "rated films hidden" if hide else "nothing hidden"


def _signs(film: Film) -> str:
    """✔ for a hit, "rated already" for a film that was seen; both in words for those who cannot see signs."""
    return " ✔ liked" * film.hit + " · rated already" * film.seen


def _words(offer: Offer) -> str:
    return parts.sentence(top_n_explorer.verdict(offer), top_n_explorer.company(offer))


def _history(films: list[Film], who: str) -> str:
    rows = [(film, f"{film.stars:g} ★") for film in films]
    return _list(rows, f"What {who} rated best", "stars")


def _offer(offer: Offer, model: str) -> str:
    rows = [(film, f"{film.raters:,}") for film in offer.films]
    return _list(rows, f"What “{model}” offers", "raters")


def _list(rows: list[tuple[Film, str]], caption: str, last: str) -> str:
    """An HTML table of films: place, title with genres below, and one figure."""
    body = "".join(
        f'<tr><th scope="row">{place}</th><td>{html.escape(film.title)}'
        f"<strong>{html.escape(_signs(film))}</strong><br><small>{html.escape(film.genres)}</small></td>"
        f"<td>{html.escape(figure)}</td></tr>"
        for place, (film, figure) in enumerate(rows, 1)
    )
    return (
        f'{parts.STYLE}{_STYLE}<table class="fmc-bytes fmc-films"><caption>{html.escape(caption)}</caption>'
        '<thead><tr><th scope="col">place</th><th scope="col">film</th>'
        f'<th scope="col">{last}</th></tr></thead><tbody>{body}</tbody></table>'
    )
