"""What rate-ten-films computes: a newcomer's list and its reasons, from a trained machine, in milliseconds.

Plain functions on plain data, without widgets or figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from course_utils.datasets import Dataset
from course_utils.encode import FeatureMap
from course_utils.fm.model import FMParameters
from course_utils.recommend import NewUser, fold_in, rating_pushes
from course_utils.recommend.halves import item_half

MENU = 60  # films that can be rated, the best known first
PLACES = 10
LEAST = 20  # ratings: films that fewer people have rated are not recommended here
LOVED, BORING = 5, 2  # stars that the made-up viewer gives
_TITLE = 46  # characters
_NOTEWORTHY = 0.005  # stars; a smaller push reads as 0.00


@dataclass(frozen=True)
class Push:
    """One rating, and by how many stars it moves one film of the list."""

    title: str
    given: float
    stars: float


@dataclass(frozen=True, eq=False)
class Answer:
    """What the machine makes of some ratings.

    Parameters
    ----------
    ratings : dict of id to stars
    films : DataFrame[rank, item, title, score]
        The list, without what was rated.
    reasons : list of list of Push
        For each film of the list the pushes that matter, the largest upward one first.
    generosity : float
        The newcomer's weight less that of the mean user, in stars.
    in_common : int
        How many films the list shares with that of a newcomer without ratings.
    """

    ratings: dict
    films: pd.DataFrame
    reasons: list[list[Push]]
    generosity: float
    in_common: int


class Counter:
    """A trained machine with its films laid out, so that each answer takes a few milliseconds.

    Parameters
    ----------
    params, feature_map
        A regressor and its map, with a user block and an item block.
    data : Dataset
        Its ratings say which films are well known, its items give the titles.

    Attributes
    ----------
    menu : list of ids
        The best known films, the most rated first.
    everybody : Answer
        The list of a newcomer without ratings.
    """

    def __init__(self, params: FMParameters, feature_map: FeatureMap, data: Dataset) -> None:
        self.params, self.feature_map, self.data = params, feature_map, data
        known = data.ratings["item"].value_counts().rename_axis("item").reset_index(name="count")
        known = known[known["item"].isin(feature_map.ids("item"))]
        known = known.sort_values(["count", "item"], ascending=[False, True])
        self.menu = known["item"].head(MENU).tolist()
        self.pool = pd.Index(known["item"][known["count"] >= LEAST]).sort_values()
        self._films = item_half(params, feature_map, self.pool)
        users = feature_map.columns_of("user")
        self._mean = NewUser(
            float(params.w[users.start : users.stop].mean()), params.V[users.start : users.stop].mean(axis=0)
        )
        self._general = set(self._best(self._mean, ())["item"])
        self.everybody = self.answer({})

    def answer(self, ratings: Mapping) -> Answer:
        """The list for somebody who gave these stars, and why."""
        if not ratings:
            films = self._best(self._mean, ())
            return Answer({}, films, [[] for _ in range(len(films))], 0.0, len(films))
        table = pd.DataFrame({"item": list(ratings), "rating": [float(stars) for stars in ratings.values()]})
        newcomer = fold_in(self.params, self.feature_map, table)
        films = self._best(newcomer, table["item"])
        pushes = rating_pushes(self.params, self.feature_map, table, films["item"])
        titles = [short(title) for title in self.data.titles(table["item"])]
        reasons = [_reasons(titles, table["rating"], row) for row in pushes.to_numpy()]
        in_common = len(self._general & set(films["item"]))
        return Answer(dict(ratings), films, reasons, newcomer.w - self._mean.w, in_common)

    def _best(self, newcomer: NewUser, seen) -> pd.DataFrame:
        scores = self.params.w0 + newcomer.w + self._films.own + self._films.factors @ newcomer.v
        scores = np.where(self.pool.isin(list(seen)), -np.inf, scores)
        best = np.argsort(-scores, kind="stable")[:PLACES]
        best = best[np.isfinite(scores[best])]
        ids = self.pool[best]
        return pd.DataFrame(
            {
                "rank": np.arange(1, len(best) + 1),
                "item": ids,
                "title": self.data.titles(ids),
                "score": scores[best],
            }
        )


def example(counter: Counter, genre: str = "Sci-Fi") -> dict:
    """Ten ratings of a made-up viewer, who loves one genre and is bored by the rest; id to stars.

    Of the best known films the first five of the genre, and the first five others. Where fewer are of the
    genre, others fill up.
    """
    genres = counter.data.items["genres"]
    loved = [item for item in counter.menu[:20] if genre in genres[item]][: PLACES // 2]
    others = [item for item in counter.menu[:20] if genre not in genres[item]][: PLACES - len(loved)]
    chosen = dict.fromkeys(loved, LOVED) | dict.fromkeys(others, BORING)
    return {item: chosen[item] for item in counter.menu if item in chosen}


def _reasons(titles: list[str], given, pushes: np.ndarray) -> list[Push]:
    """The two ratings that push a film up most, and the one that pushes it down most."""
    order = np.argsort(-pushes)
    chosen = [place for place in order[:2] if pushes[place] >= _NOTEWORTHY]
    chosen += [place for place in order[-1:] if pushes[place] <= -_NOTEWORTHY]
    return [Push(titles[place], float(given[place]), float(pushes[place])) for place in chosen]


def short(title: str, most: int = _TITLE) -> str:
    """A title of at most so many characters; other titles of the same film, in brackets, go first."""
    name, year = (title[:-7], title[-7:]) if title.endswith(")") and title[-7:-5] == " (" else (title, "")
    if len(name) + len(year) > most:
        name = name.split(" (")[0]
    return name + year if len(name) + len(year) <= most else name[: most - 1 - len(year)] + "…" + year


# ------------------------------------------------------------------------------------------------ in words


def summary(answer: Answer) -> str:
    """How personal the list is, in a sentence or two."""
    count = len(answer.ratings)
    if not count:
        return "No rating yet: this is everybody's list. Rate a film you know, and it begins to be yours."
    ratings = "One rating" if count == 1 else f"{count} ratings"
    shared = {0: "none of its ten films", 1: "one of its ten films"}.get(
        answer.in_common, f"{answer.in_common} of its ten films"
    )
    return f"{ratings}: this list shares {shared} with everybody's list."


def manner(answer: Answer) -> str:
    """How strict the newcomer is, in a sentence; empty without ratings."""
    if not answer.ratings:
        return ""
    if abs(answer.generosity) < 0.05:
        return "Strictness: that of most people. It changes no order."
    side = "above" if answer.generosity > 0 else "below"
    stars = f"{abs(answer.generosity):.1f} stars {side} most people"
    return f"Strictness: {stars}, for any film. It changes no order."


def changed(answer: Answer, before: Answer | None) -> set:
    """The films that came into the list since ``before``; ids."""
    return set() if before is None else set(answer.films["item"]) - set(before.films["item"])
