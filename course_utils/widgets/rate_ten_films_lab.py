"""Rate-ten-films of lesson 11: stars in, a list and its reasons out, at every click."""

from __future__ import annotations

import base64
import html
from collections.abc import Collection
from typing import Any

import ipywidgets as widgets
import pandas as pd

from course_utils.datasets import Dataset
from course_utils.encode import FeatureMap
from course_utils.fm.model import FMParameters
from course_utils.learn.panel import Panel
from course_utils.widgets import parts, rate_ten_films
from course_utils.widgets.rate_ten_films import Answer, Counter, Push, short

_PAGE = 20
_TWO_LINES = 70  # characters of a film's title in the list, where it may wrap
_MENU_WIDTH = "35em"
_STARS = [("not seen", 0), *((f"{stars} {'★' * stars}", stars) for stars in range(1, 6))]
_STYLE = """<style>
table.fmc-list td.fmc-number {text-align: right !important; vertical-align: top; min-width: 2em;
  padding: 1px 6px}
table.fmc-list th[scope=row] {vertical-align: top; line-height: 1.3; padding: 1px 6px; white-space: normal}
table.fmc-list small {display: block; font-weight: 400; line-height: 1.3}
table.fmc-list em {font-weight: 400; font-style: normal; border: 1px solid; border-radius: 4px;
  padding: 0 4px}
</style>"""
_EXAMPLE = (
    "<strong>An example, not you:</strong> a made-up viewer gave Sci-Fi films 5 stars and others 2. "
    "Press <em>Rate them myself</em>, then rate about ten films that you know."
)
_YOURS = (
    "<strong>Your ratings.</strong> They stay in this notebook's kernel: nothing is sent, nothing is stored."
)


class RateTenFilms(Panel):
    """Well-known films to give stars to, the ten films that follow from them, and which rating pushed each.

    Starts with the ratings of a made-up viewer, and says so.

    Parameters
    ----------
    params, feature_map
        A trained regressor and its map.
    data : Dataset
        The ratings that it was trained on, with the titles.

    Attributes
    ----------
    stars : dict of id to Dropdown
        What is given to each film; 0 is "not seen".
    page : Dropdown
        Which twenty of the films are shown.
    clear, restore : Button
        Forget all stars; put the example back.
    whose, answer, table, save : HTML
        Whose ratings these are, sentences, the list with its reasons, a link that saves it.
    """

    def __init__(self, params: FMParameters, feature_map: FeatureMap, data: Dataset) -> None:
        self._counter = Counter(params, feature_map, data)
        self._example = rate_ten_films.example(self._counter)
        titles = data.titles(self._counter.menu)
        self.stars = {
            item: _star_picker(title, self._example.get(item, 0))
            for item, title in zip(self._counter.menu, titles, strict=True)
        }
        pages = _pages(len(titles))
        self.page = parts.choice_list("Films to rate", pages, pages[0])
        self.page.style.description_width = "9em"
        self.page.layout.width = _MENU_WIDTH
        self.clear = _button("Rate them myself", "Clears all stars")
        self.restore = _button("Show the example", "Puts the made-up viewer's ten ratings back")
        self.whose, self.answer, self.table, self.save = (widgets.HTML() for _ in range(4))
        self._menu = widgets.VBox()
        self._paused, self._own, self._now = False, False, None
        first = self._counter.answer(self._example)
        super().__init__(
            [
                self.whose,
                widgets.HBox([self.clear, self.restore], layout=widgets.Layout(flex_flow="row wrap")),
                widgets.HBox(
                    [
                        widgets.VBox([self.page, self._menu], layout=widgets.Layout(flex="0 0 auto")),
                        widgets.VBox(
                            [self.answer, self.table, self.save],
                            layout=widgets.Layout(
                                flex="1 1 24em", min_width="22em", max_width="46em", margin="0 0 0 1.5em"
                            ),
                        ),
                    ],
                    layout=widgets.Layout(flex_flow="row wrap"),
                ),
            ],
            twin_html=_given(self._counter, first) + _words(first) + _list(first, ()),
            twin_text=describe(self._counter, first),
        )
        for picker in self.stars.values():
            picker.observe(self._rated, names="value")
        self.page.observe(self._turn, names="value")
        self.clear.on_click(lambda _: self._set({}, own=True))
        self.restore.on_click(lambda _: self._set(self._example, own=False))
        self._turn()
        self._show()

    # ---------------------------------------------------------------- what is set, what comes out

    @property
    def ratings(self) -> pd.DataFrame:
        """The stars as they stand: DataFrame[item, title, rating], the best known film first."""
        return self._table(self._given())

    @property
    def example(self) -> pd.DataFrame:
        """The made-up viewer's ratings, whatever stars stand now: DataFrame[item, title, rating]."""
        return self._table(self._example)

    @property
    def recommended(self) -> pd.DataFrame:
        """The list as it stands: DataFrame[rank, item, title, score]."""
        return self._now.films.copy()

    def describe(self) -> str:
        """The state as plain text."""
        return describe(self._counter, self._now)

    def _table(self, given: dict) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "item": pd.Series(list(given), dtype=pd.Index(self._counter.menu).dtype),
                "title": self._counter.data.titles(given),
                "rating": pd.Series(list(given.values()), dtype=float),
            }
        )

    def _given(self) -> dict:
        return {item: picker.value for item, picker in self.stars.items() if picker.value}

    # ---------------------------------------------------------------- reacting

    def _rated(self, _: Any) -> None:
        if not self._paused:
            self._own = True
            self._show()

    def _set(self, ratings: dict, *, own: bool) -> None:
        self._paused = True
        for item, picker in self.stars.items():
            picker.value = ratings.get(item, 0)
        self._paused, self._own = False, own
        self._show()

    def _turn(self, _: Any = None) -> None:
        first = _PAGE * self.page.index
        self._menu.children = list(self.stars.values())[first : first + _PAGE]

    def _show(self) -> None:
        before, self._now = self._now, self._counter.answer(self._given())
        new = rate_ten_films.changed(self._now, before)
        self.whose.value = f"<p>{_YOURS if self._own else _EXAMPLE}</p>"
        self.answer.value = _words(self._now)
        self.table.value = _list(self._now, new)
        self.save.value = _link(self._now.films)


def describe(counter: Counter, answer: Answer) -> str:
    """Ratings, sentences and the list in plain text."""
    given = [
        f"  {stars} stars: {short(title)}"
        for stars, title in zip(answer.ratings.values(), counter.data.titles(answer.ratings), strict=True)
    ]
    films = [
        f"  {film.rank}. {short(film.title)} ({film.score:.1f}) {'; '.join(map(_reason, reasons))}".rstrip()
        for film, reasons in zip(answer.films.itertuples(), answer.reasons, strict=True)
    ]
    return "\n".join(["Rated:", *given, rate_ten_films.summary(answer), *films])


def _star_picker(title: str, stars: int) -> widgets.Dropdown:
    """A list of stars for one film; on the keyboard, a digit chooses."""
    return widgets.Dropdown(
        options=_STARS,
        value=stars,
        description=short(title),
        tooltip=title,
        style={"description_width": "25em"},
        layout=widgets.Layout(width=_MENU_WIDTH, max_width="100%"),
    )


def _button(description: str, tooltip: str) -> widgets.Button:
    return widgets.Button(description=description, tooltip=tooltip, layout=widgets.Layout(width="auto"))


def _pages(films: int) -> list[str]:
    return [
        f"{first + 1} to {min(first + _PAGE, films)} of the best known" for first in range(0, films, _PAGE)
    ]


def _words(answer: Answer) -> str:
    return parts.sentence(rate_ten_films.summary(answer), rate_ten_films.manner(answer))


def _given(counter: Counter, answer: Answer) -> str:
    """The made-up viewer's ratings, for pages without a kernel."""
    rows = {
        short(title): [f"{stars} {'★' * int(stars)}"]
        for title, stars in zip(counter.data.titles(answer.ratings), answer.ratings.values(), strict=True)
    }
    return f"<p>{_EXAMPLE}</p>" + parts.fact_table(["stars"], rows, "What the made-up viewer gave")


def _list(answer: Answer, new: Collection) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in ("", "film, and what pushed it", "stars"))
    rows = ""
    for film, reasons in zip(answer.films.itertuples(), answer.reasons, strict=True):
        news = " <em>▲ new</em>" if film.item in new else ""
        pushes = "".join(f"<small>{html.escape(_reason(reason))}</small>" for reason in reasons)
        rows += (
            f'<tr><td class="fmc-number">{film.rank}</td>'
            f'<th scope="row">{html.escape(short(film.title, _TWO_LINES))}{news}{pushes}</th>'
            f'<td class="fmc-number">{film.score:.1f}</td></tr>'
        )
    caption = "Ten films that were not rated, with predicted stars, and the ratings that pushed them most"
    return (
        f'{parts.STYLE}{_STYLE}<table class="fmc-facts fmc-list"><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _reason(push: Push) -> str:
    sign, stars = "▲" if push.stars > 0 else "▼", f"{push.stars:+.2f}".replace("-", "\N{MINUS SIGN}")
    return f"{sign} {stars} by {push.given:.0f} ★ for {push.title}"


def _link(films: pd.DataFrame) -> str:
    """The list as a file that the browser writes by itself when asked to: no server is involved."""
    content = base64.b64encode(films.round({"score": 2}).to_csv(index=False).encode()).decode()
    return (
        f'<a download="my_list.csv" href="data:text/csv;base64,{content}">Save this list as a file (CSV)</a>'
    )
