"""Lesson 01 is true: its checks, the claims of its prose on the data at hand, and the numbers it shows."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from course_utils.build.editions import make
from course_utils.build.source import read
from course_utils.datasets import Dataset, movielens, sample
from course_utils.learn import lesson
from course_utils.learn.checks import judge
from course_utils.widgets import wiper_trap
from course_utils.widgets.wiper_trap import Switches

SOURCE = Path(__file__).parents[2] / "notebooks" / "source" / "01_why_recommending_is_hard.py"
LESSON = lesson(1)
TASKS = {task.id: task for task in LESSON.exercises}
CODE = [cell.source for cell in make(read(SOURCE), "solved").cells if cell.cell_type == "code"]


def cell(text: str) -> str:
    """The solved lesson's first code cell with this text."""
    return next(code for code in CODE if text in code)


def recommender():
    """``people_like_you`` as the lesson defines it."""
    names: dict = {}
    exec(re.match(r"def .*?\n\n", cell("def people_like_you") + "\n\n", re.DOTALL)[0], names)
    return names["people_like_you"]


def shop():
    """``four_best`` as the lesson defines it."""
    names: dict = {"pd": pd}
    exec(cell("def four_best"), names)
    return names["four_best"]


def likes_of(data: Dataset) -> pd.DataFrame:
    liked = data.ratings[data.ratings["rating"] >= 4]
    return pd.crosstab(liked["user"], liked["item"]).clip(upper=1)


@pytest.fixture(scope="module", params=["sample", "real"])
def data(request: pytest.FixtureRequest) -> Dataset:
    if request.param == "sample":
        return sample.load()
    if movielens.locate() is None:
        pytest.skip("no MovieLens on this machine")
    return movielens.load()


# ------------------------------------------------------------------------------------------------ the checks


def solved(task) -> object:
    names: dict = {}
    exec(task.solution, names)
    return next(value for name, value in names.items() if name != "__builtins__")


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_solution_passes(task) -> None:
    assert judge(task, solved(task)).outcome == "passed"


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
@pytest.mark.parametrize("answer", ["Star Trek", 7, [], {}, lambda: 1, float("nan")])
def test_strange_answers_get_words(task, answer) -> None:
    assert judge(task, answer).outcome == "not yet"


# ----------------------------------------------------------------------------------- claims of the prose


def test_three_picks_make_a_list_of_ones_own(data: Dataset) -> None:
    """Lists of ten pairs of people with different picks differ in most films, whoever picks what."""
    likes, people_like_you = likes_of(data), recommender()
    famous = likes.sum().sort_values(ascending=False, kind="stable").index[:20]
    rng = np.random.default_rng(7)
    for _ in range(10):
        six = rng.permutation(20)[:6]
        mine, theirs = (set(people_like_you(likes, famous[picks]).index) for picks in (six[:3], six[3:]))
        assert len(mine) == 10
        assert not mine & set(famous[six[:3]])
        assert len(mine & theirs) <= 7


def test_ten_users_get_ten_lists(data: Dataset) -> None:
    likes, people_like_you = likes_of(data), recommender()
    lists = {
        tuple(people_like_you(likes, likes.columns[likes.loc[user] == 1]).index) for user in likes.index[:10]
    }
    assert len(lists) == 10


def test_a_new_film_is_never_shown(data: Dataset) -> None:
    likes, people_like_you = likes_of(data), recommender()
    likes[0] = 0
    scores = people_like_you(likes, likes.columns[:3], n=likes.shape[1])
    assert scores[0] == 0 == scores.min()


def test_more_users_do_not_fill_the_table(data: Dataset) -> None:
    ratings = data.ratings
    density = solved(TASKS["E1.1"])
    twins = ratings.assign(user=ratings["user"] + 1_000_000)
    assert density(pd.concat([ratings, twins])) == pytest.approx(density(ratings))
    assert density(ratings) < 0.1


def test_most_of_real_movielens_is_cold_and_hardly_any_of_the_sample(data: Dataset) -> None:
    counts = data.ratings["item"].value_counts().reindex(data.items.index, fill_value=0)
    share = (counts < 5).mean()
    assert share < 0.05 if data.origin == "sample" else share > 0.5


def test_of_three_ways_one_is_personal(data: Dataset) -> None:
    from course_utils.evaluate import Biases

    likes, people_like_you = likes_of(data), recommender()
    model = Biases().fit(data.ratings)
    films = data.items.reset_index()
    own, stars = [], []
    for user in likes.index[:5]:
        scores = pd.Series(model.predict(films.assign(user=user)), index=films["item"])
        stars.append(set(scores.nlargest(10).index))
        own.append(set(people_like_you(likes, likes.columns[likes.loc[user] == 1]).index))
    assert all(first == second for first, second in combinations(stars, 2))
    assert all(len(first & second) < 10 for first, second in combinations(own, 2))


def test_training_on_a_purchase_makes_more_wipers() -> None:
    four_best = shop()
    places = [
        sum(
            "wipers" in thing
            for thing in four_best({"wipers": w, "phone holder": 2, "care": 1, "tools": 1}).index
        )
        for w in (3, 6)
    ]
    assert places == [2, 3]


def test_the_explorable_starts_from_the_numbers_of_the_text() -> None:
    four_best = shop()
    for day, wipers in ((2, 3), (3, 6)):
        told = four_best({"wipers": wipers, "phone holder": 2, "care": 1, "tools": 1})
        offers = wiper_trap.offers(day, Switches(retrain=True))
        assert [offer.thing for offer in offers] == list(told.index)
        assert [round(offer.score, 2) for offer in offers] == list(told)


# ------------------------------------------------------------------------------------------------ the text


def test_a_recommender_within_six_cells() -> None:
    assert "people_like_you(likes, mine)" in "".join(CODE[:6])
