"""The top-N explorer of lesson 06, driven in process: true lists, a closed gate, every extreme, its twin."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from course_utils.datasets import Dataset, sample
from course_utils.evaluate import Biases, Popularity, split_by_hash
from course_utils.recommend import top_n_by
from course_utils.widgets import TopNExplorer, top_n_explorer
from course_utils.widgets.top_n_explorer import FAME, LEAST, PEOPLE, PLACES, Cinema


class Taste:
    """Scores that differ from user to user, the same every time."""

    def predict(self, table: pd.DataFrame) -> np.ndarray:
        return 3 + np.sin(table["user"].to_numpy() * 7.0 + table["item"].to_numpy() * 13.0)


@pytest.fixture(scope="module")
def rows() -> tuple[Dataset, pd.DataFrame, pd.DataFrame]:
    data = sample.load()
    ratings = data.ratings[data.ratings["user"].isin(data.ratings["user"].unique()[:80])]
    return replace(data, ratings=ratings), *split_by_hash(ratings, test_share=0.3)


@pytest.fixture(scope="module")
def models(rows) -> dict:
    return {"popularity": Popularity().fit(rows[1]), "biases": Biases().fit(rows[1]), "taste": Taste()}


@pytest.fixture(scope="module")
def cinema(rows, models) -> Cinema:
    return Cinema(*rows, models)


@pytest.fixture
def explorer(rows, models) -> TopNExplorer:
    return TopNExplorer(*rows, models)


def unlock(explorer: TopNExplorer) -> None:
    explorer.gate.choice.value = explorer.gate.choice.options[1]
    explorer.gate.lock.click()


def shown(explorer: TopNExplorer) -> str:
    return explorer.answer.value + explorer.history.value + explorer.offer.value


# ------------------------------------------------------------------------------------------------ the lists


def test_users_are_spread_and_have_rated_enough(cinema, rows) -> None:
    counts = rows[1]["user"].value_counts()
    assert len(set(cinema.users)) == PEOPLE
    assert counts[cinema.users].min() >= LEAST


@pytest.mark.parametrize("name", ["popularity", "biases", "taste"])
def test_hidden_lists_are_those_of_the_package(cinema, rows, models, name) -> None:
    data, learn, _ = rows
    known = replace(data, ratings=learn)
    theirs = top_n_by(models[name], cinema.users, known, items=learn["item"].unique())
    for user in cinema.users:
        offer = cinema.offer(user, name, hide=True, fame=0.0)
        assert [film.title for film in offer.films] == theirs.loc[theirs["user"] == user, "title"].tolist()
        assert offer.seen == 0


def test_seen_and_hit_are_told_from_the_rows(cinema, rows) -> None:
    data, learn, kept = rows
    for user in cinema.users:
        own = data.titles(learn.loc[learn["user"] == user, "item"])
        liked = data.titles(kept.loc[(kept["user"] == user) & (kept["rating"] >= 4), "item"])
        for film in cinema.offer(user, "popularity", hide=False, fame=0.0).films:
            assert film.seen == (film.title in own)
            assert film.hit == (film.title in liked)


def test_fame_moves_a_list_up_and_down_the_scale(cinema) -> None:
    user = cinema.users[0]
    raters = [cinema.offer(user, "taste", hide=True, fame=fame).raters for fame in FAME]
    assert raters[0] < raters[len(raters) // 2] < raters[-1]


def test_who_else_gets_these_films(cinema) -> None:
    user = cinema.users[0]
    assert cinema.offer(user, "popularity", hide=False, fame=0.0).elsewhere == PLACES
    assert cinema.offer(user, "taste", hide=False, fame=0.0).elsewhere < 2


def test_the_history_holds_what_was_rated_best(cinema, rows) -> None:
    _, learn, _ = rows
    for user in cinema.users:
        stars = learn.loc[learn["user"] == user, "rating"].nlargest(PLACES).tolist()
        assert [film.stars for film in cinema.history(user)] == stars


# ------------------------------------------------------------------------------------------------ the gate


def test_closed_until_an_answer_is_locked_in(explorer) -> None:
    assert not explorer.opened
    explorer.hide.value = True
    assert shown(explorer) == ""
    unlock(explorer)
    assert "No film is rated already" in explorer.answer.value


# ------------------------------------------------------------------------------------------------ reacting


def test_each_control_moves_what_it_should(explorer) -> None:
    unlock(explorer)
    before = explorer.history.value, explorer.offer.value
    explorer.fame.value = FAME[-1]
    assert explorer.history.value == before[0]
    assert explorer.offer.value != before[1]
    explorer.user.value = explorer.user.options[1]
    assert explorer.history.value != before[0]
    assert explorer.user.options[1] in explorer.history.value
    explorer.model.value = "popularity"
    assert "“popularity” offers" in explorer.offer.value
    explorer.hide.value = True
    assert "rated already</strong>" not in explorer.offer.value


def test_every_extreme_reads_well(explorer) -> None:
    unlock(explorer)
    for user, model, hide, fame in itertools.product(
        explorer.user.options[:: PEOPLE - 1], explorer.model.options, (False, True), (FAME[0], FAME[-1])
    ):
        explorer.user.value, explorer.model.value = user, model
        explorer.hide.value, explorer.fame.value = hide, fame
        assert explorer.offer.value.count('scope="row"') == PLACES
        assert not re.search(r"\bnan\b|\binf\b|None|Traceback|\b1 (raters|hits)\b", explorer.describe())
        assert top_n_explorer.verdict(explorer.chosen) in explorer.answer.value


# ---------------------------------------------------------------------------------------------- for everybody


def test_titles_cannot_smuggle_in_html(rows, models) -> None:
    data, learn, kept = rows
    items = data.items.assign(title="<b>A</b> & B")
    explorer = TopNExplorer(replace(data, items=items), learn, kept, models, question=None)
    assert "<b>A</b>" not in shown(explorer)
    assert "&lt;b&gt;A" in explorer.offer.value


def test_the_twin_says_what_the_widget_says(explorer) -> None:
    bundle = explorer._repr_mimebundle_()
    unlock(explorer)
    assert explorer.history.value in bundle["text/html"]
    for model, hide in itertools.product(explorer.model.options, (False, True)):
        explorer.model.value, explorer.hide.value = model, hide
        assert explorer.offer.value in bundle["text/html"]
        assert explorer.describe() in bundle["text/plain"]


def test_everybody_can_use_it(rows, models, owe_everybody) -> None:
    owe_everybody(TopNExplorer(*rows, models, question=None), controls=4)
