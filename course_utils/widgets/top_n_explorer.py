"""What the top-N explorer of lesson 06 computes: one user's ten films by one model, weighed and judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from course_utils.datasets import Dataset
from course_utils.evaluate import Popularity

PLACES = 10  # of a list, and of the history beside it
PEOPLE = 8  # users to choose from
LEAST = 30  # ratings that each of them has to learn from
LIKED = 4.0  # stars
FAME = (-0.4, -0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4)  # stars for each tenfold number of raters


class Model(Protocol):
    """Anything that scores a table of users and films."""

    def predict(self, table: pd.DataFrame) -> np.ndarray:
        """(n,) scores, more is better."""


@dataclass(frozen=True)
class Film:
    """One line of a list.

    ``stars`` is what the user gave (in a history) or the score (in an offer), ``raters`` how many people
    rated the film; ``seen``: the user rated it before; ``hit``: liked it, among the ratings kept back.
    """

    title: str
    genres: str
    stars: float
    raters: int
    seen: bool = False
    hit: bool = False


@dataclass(frozen=True, eq=False)
class Offer:
    """One user's list, and how many of its films stand on the lists of the other users, on average."""

    films: list[Film]
    elsewhere: float

    @property
    def seen(self) -> int:
        """Films on the list that the user has rated already."""
        return sum(film.seen for film in self.films)

    @property
    def hits(self) -> int:
        """Films on the list that the user liked among the ratings kept back."""
        return sum(film.hit for film in self.films)

    @property
    def raters(self) -> int:
        """How many people rated a film of the list, in the median."""
        return int(np.median([film.raters for film in self.films]))


class Cinema:
    """Some users, all films, and every model's scores for them.

    Parameters
    ----------
    data : Dataset
        Gives titles and genres.
    learn_rows, judge_rows : DataFrame[user, item, rating]
        What is known, and what was kept back.
    models : name -> Model
        A `Popularity` by count is ranked by the logarithm of its counts, which puts them in the same order.

    Attributes
    ----------
    users : list of ids, evenly spread among those with at least `LEAST` ratings
    """

    def __init__(
        self,
        data: Dataset,
        learn_rows: pd.DataFrame,
        judge_rows: pd.DataFrame,
        models: Mapping[str, Model],
    ) -> None:
        counts = learn_rows["user"].value_counts().sort_index()
        keen = counts.index[counts >= LEAST]
        self.users = keen[np.linspace(0, len(keen) - 1, min(PEOPLE, len(keen))).astype(int)].tolist()
        raters = learn_rows["item"].value_counts().sort_index()
        self._films, self._raters = raters.index, raters.to_numpy()
        self._titles = data.titles(self._films)
        self._genres = [", ".join(genres[:3]) for genres in data.items["genres"].reindex(self._films)]
        self._stars = self._table(learn_rows)
        self._liked = self._table(judge_rows) >= LIKED
        self._scores = {name: self._score(model) for name, model in models.items()}

    def history(self, user) -> list[Film]:
        """The films that a user rated best, the better known ones first among equals."""
        stars = self._stars[self.users.index(user)]
        order = np.lexsort((-self._raters, -stars))[: min(PLACES, int(np.isfinite(stars).sum()))]
        return [self._film(place, stars[place]) for place in order]

    def offer(self, user, model: str, *, hide: bool, fame: float) -> Offer:
        """The ten best films for a user, after hiding what was rated and weighing fame."""
        lists = [self._best(row, model, hide, fame) for row in range(len(self.users))]
        row = self.users.index(user)
        others = [len(set(lists[row]) & set(places)) for at, places in enumerate(lists) if at != row]
        films = [
            self._film(
                place,
                self._scores[model][row, place],
                seen=bool(np.isfinite(self._stars[row, place])),
                hit=bool(self._liked[row, place]),
            )
            for place in lists[row]
        ]
        return Offer(films, float(np.mean(others)) if others else 0.0)

    def _best(self, row: int, model: str, hide: bool, fame: float) -> list[int]:
        scores = self._scores[model][row] + fame * np.log10(self._raters)
        if hide:
            scores = np.where(np.isfinite(self._stars[row]), -np.inf, scores)
        return np.argsort(-scores, kind="stable")[:PLACES].tolist()

    def _film(self, place: int, stars: float, *, seen: bool = False, hit: bool = False) -> Film:
        return Film(
            self._titles[place], self._genres[place], float(stars), int(self._raters[place]), seen, hit
        )

    def _table(self, rows: pd.DataFrame) -> np.ndarray:
        """Stars of these users, (users, films); NaN where nothing is known."""
        table = np.full((len(self.users), len(self._films)), np.nan)
        row = pd.Index(self.users).get_indexer(rows["user"])
        column = self._films.get_indexer(rows["item"])
        here = (row >= 0) & (column >= 0)
        table[row[here], column[here]] = rows["rating"].to_numpy()[here]
        return table

    def _score(self, model: Model) -> np.ndarray:
        table = pd.DataFrame(
            {
                "user": np.repeat(self.users, len(self._films)),
                "item": np.tile(self._films, len(self.users)),
            }
        )
        scores = np.asarray(model.predict(table), dtype=float).reshape(len(self.users), -1)
        counts = isinstance(model, Popularity) and model.by == "count"
        return np.log10(scores) if counts else scores


# ------------------------------------------------------------------------------------------------ in words


def verdict(offer: Offer) -> str:
    """What is on the list, in one sentence."""
    seen = (
        f"{offer.seen} of the {len(offer.films)} films are rated already"
        if offer.seen
        else "No film is rated already"
    )
    found = "no hit" if not offer.hits else "1 hit ✔" if offer.hits == 1 else f"{offer.hits} hits ✔"
    return f"{seen}; {found} among the ratings kept back."


def company(offer: Offer) -> str:
    """Who else gets these films, and how known they are."""
    return (
        f"Each of the other users gets {offer.elsewhere:.1f} of these films too, on average. "
        f"The middle one of them has {people(offer.raters)}."
    )


def people(raters: int) -> str:
    """How many people rated a film, in words."""
    return "1 rater" if raters == 1 else f"{raters:,} raters"
