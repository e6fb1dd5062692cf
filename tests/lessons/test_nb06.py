"""Lesson 06 is true: its checks, and what its prose claims of both data sets, over ten seeds."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from course_utils.build.editions import make
from course_utils.build.source import read
from course_utils.datasets import Dataset, movielens, sample
from course_utils.estimator import FactorizationMachine
from course_utils.evaluate import (
    Biases,
    GlobalMean,
    Popularity,
    auc,
    cold_warm,
    personalisation,
    precision_at_k,
    rmse,
    split_by_hash,
    split_by_time,
)
from course_utils.learn import lesson
from course_utils.learn.checks import judge
from course_utils.recommend import top_n, top_n_by

SOURCE = Path(__file__).parents[2] / "notebooks" / "source" / "06_train_and_distrust.py"
LESSON = lesson(6)
TASKS = {task.id: task for task in LESSON.exercises}
PREDICTIONS = {prediction.id: prediction for prediction in LESSON.predictions}
CODE = [cell.source for cell in make(read(SOURCE), "solved").cells if cell.cell_type == "code"]
NAMES = {"np": np, "pd": pd, "FactorizationMachine": FactorizationMachine, "auc": auc}
SEEDS = range(10)
BATCH = 994


def settings(name: str) -> dict:
    """``published`` or ``ours`` as the lesson writes them."""
    code = next(cell for cell in CODE if f"{name} = {{" in cell)
    names: dict = {}
    exec(re.search(rf"^{name} = \{{.*?\}}\}}", code, re.DOTALL | re.MULTILINE)[0], names)
    return names[name]


PUBLISHED, OURS = settings("published"), settings("ours")


@dataclass(frozen=True, eq=False)
class Split:
    """One data set as the lesson divides it."""

    data: Dataset
    learn: pd.DataFrame
    judge: pd.DataFrame

    @property
    def known(self) -> Dataset:
        return replace(self.data, ratings=self.learn)

    @property
    def liked(self) -> pd.DataFrame:
        return self.judge[self.judge["rating"] >= 4]

    def order(self, seed: int) -> np.ndarray:
        return np.random.default_rng(7 + seed).permutation(len(self.learn))

    def ready(self, seed: int) -> pd.DataFrame:
        order = self.order(seed)
        return self.learn.iloc[order[: len(order) // BATCH * BATCH]]

    def fit(self, keywords: dict, seed: int, rows: pd.DataFrame | None = None) -> FactorizationMachine:
        machine = FactorizationMachine("adam", **keywords, random_state=seed)
        return machine.fit(self.ready(seed) if rows is None else rows)

    def error(self, model) -> float:
        return rmse(self.judge["rating"], model.predict(self.judge))

    @cache  # noqa: B019 - two splits, as long as the tests run
    def lists(self, machine: FactorizationMachine, **options) -> pd.DataFrame:
        """Ten films for everybody; several tests look at the same lists."""
        return top_n(machine.params_, machine.feature_map_, None, self.known, **options)


def sets(lists: pd.DataFrame) -> pd.Series:
    return lists.groupby("user")["item"].agg(frozenset)


@pytest.fixture(scope="module", params=["sample", "real"])
def split(request: pytest.FixtureRequest) -> Split:
    if request.param == "real" and movielens.locate() is None:
        pytest.skip("no MovieLens on this machine")
    data = sample.load() if request.param == "sample" else movielens.load()
    return Split(data, *split_by_hash(data.ratings, test_share=0.3))


@pytest.fixture(scope="module")
def machines(split: Split) -> dict[str, list[FactorizationMachine]]:
    """Both settings, and the published ones without vectors, from ten seeds and ten orders of the rows."""
    recipes = {"published": PUBLISHED, "ours": OURS, "no taste": {**PUBLISHED, "num_factors": 0}}
    return {name: [split.fit(keywords, seed) for seed in SEEDS] for name, keywords in recipes.items()}


# ------------------------------------------------------------------------------------------------ the checks


def solved(task) -> object:
    names = dict(NAMES)
    exec(task.solution, names)
    return next(value for name, value in names.items() if name not in {*NAMES, "__builtins__"})


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_solution_passes(task) -> None:
    assert judge(task, solved(task)).outcome == "passed"


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
@pytest.mark.parametrize("answer", ["Star Trek", 7, [], {}, lambda: 1, lambda *_: None, lambda *_: 0.5])
def test_strange_answers_get_words(task, answer) -> None:
    assert judge(task, answer).outcome == "not yet"


def test_a_fair_shuffle_that_repeats_itself_is_asked_for() -> None:
    def careless(n, batch_size, rng):
        return np.random.default_rng().permutation(n)[: n // batch_size * batch_size]

    assert "Twice the same generator" in judge(TASKS["E6.4"], careless).message


# ----------------------------------------------------------------------------------- claims of the prose


def test_the_ladder_and_its_larger_step(split: Split, machines) -> None:
    mean, biases = (split.error(model.fit(split.learn)) for model in (GlobalMean(), Biases()))
    for machine in machines["ours"]:
        rungs = [mean, biases, split.error(machine)]
        assert rungs == sorted(rungs, reverse=True)
        assert PREDICTIONS["P6.1"].happened(rungs) == "From the mean to the biases"


def test_popularity_makes_more_hits_than_the_best_rmse_and_biases_the_fewest(split: Split, machines) -> None:
    popular, biased = (
        precision_at_k(split.liked, top_n_by(model.fit(split.learn), None, split.known))
        for model in (Popularity(), Biases())
    )
    for ours, published in zip(machines["ours"], machines["published"], strict=True):
        assert biased < precision_at_k(split.liked, split.lists(ours)) < 0.7 * popular
        assert split.error(published) > split.error(ours)


def test_published_settings_make_few_lists_and_ours_make_many(split: Split, machines) -> None:
    for name, low, high in (("published", 0, 0.2), ("ours", 0.65, 1)):
        for machine in machines[name]:
            different = sets(split.lists(machine, exclude_seen=False))
            assert low < different.nunique() / len(different) <= high


def test_personal_without_hiding_and_half_personal_without_taste(split: Split, machines) -> None:
    for blind, published, ours in zip(
        machines["no taste"], machines["published"], machines["ours"], strict=True
    ):
        open_lists = [sets(split.lists(m, exclude_seen=False)) for m in (blind, published, ours)]
        distances = [personalisation(list(lists)) for lists in open_lists]
        assert distances[0] == 0
        assert distances[1] < distances[2] / 2
        assert 0.4 < personalisation(list(sets(split.lists(blind)))) < 0.6


def test_few_raters_cannot_move_a_film_far_under_the_published_settings(split: Split, machines) -> None:
    names = {"np": np, "pd": pd, "learn_rows": split.learn}
    code = next(cell for cell in CODE if "def weights_by_raters" in cell)
    exec(code[: code.index("\nreach")], names)
    for published, ours in zip(machines["published"], machines["ours"], strict=True):
        theirs, own = names["weights_by_raters"](published), names["weights_by_raters"](ours)
        assert theirs["20 and more"] > 2 * theirs["1 to 4 ratings"]
        assert own["1 to 4 ratings"] > 2 * theirs["1 to 4 ratings"]


def test_published_vectors_point_the_same_way(split: Split, machines) -> None:
    names = {"np": np}
    code = next(cell for cell in CODE if "def alike" in cell)
    exec(code[: code.index("\nprint")], names)
    for published, ours in zip(machines["published"], machines["ours"], strict=True):
        assert names["alike"](published) > 0.5
        assert names["alike"](ours) < 0.35


def test_padding_pulls_down_and_shuffling_pays(split: Split) -> None:
    """Over ten orders of the rows without vectors, which play no part; for two as the lesson does it."""
    without_vectors = {**PUBLISHED, "num_factors": 0}
    for seed, keywords in [*((seed, without_vectors) for seed in SEEDS), (0, PUBLISHED), (1, PUBLISHED)]:
        order = split.order(seed)[: len(split.learn) // BATCH * BATCH - 983]
        assert len(order) % BATCH == 11
        sides = {"shuffled": order, "file": np.sort(order)}
        fed = {
            (side, whole): split.fit(keywords, seed, split.learn.iloc[rows[: len(rows) - 11 * whole]])
            for side, rows in sides.items()
            for whole in (False, True)
        }
        errors = {way: split.error(machine) for way, machine in fed.items()}
        assert min(errors, key=errors.get) == ("shuffled", True)
        assert errors["shuffled", False] < errors["file", True] < errors["file", False]
        means = {way: machine.predict(split.judge).mean() for way, machine in fed.items()}
        assert means["shuffled", False] < means["shuffled", True]
        change = fed["shuffled", False].params_.w0 - fed["shuffled", True].params_.w0
        assert PREDICTIONS["P6.5"].happened(change) == "It is pulled down"


def test_the_future_is_cold_and_every_cold_slice_is_harder(split: Split) -> None:
    past, future = split_by_time(split.data.ratings, test_share=0.2)
    temperature = cold_warm(past, future)
    assert (temperature != "warm").mean() > 0.4
    for seed in SEEDS:
        machine = FactorizationMachine("als", epochs=15, random_state=seed).fit(past)
        squares = (machine.predict(future) - future["rating"]) ** 2
        sliced = squares.groupby(temperature, observed=True).mean()
        assert sliced.idxmin() == "warm"


def test_genres_order_films_that_nobody_has_rated(split: Split) -> None:
    ratings, items = split.data.ratings, split.data.items
    for seed in SEEDS:
        tenth = np.random.default_rng(seed).permutation(items.index)[: len(items) // 10]
        is_new = ratings["item"].isin(tenth)
        placed = solved(TASKS["E6.5"])
        with_genres = placed(("user", "item", "genre"), ratings[~is_new], ratings[is_new], items)
        assert with_genres > 0.55
    assert placed(("user", "item"), ratings[~is_new], ratings[is_new], items) == 0.5


def test_a_few_of_ten_were_seen(split: Split, machines) -> None:
    for machine in machines["ours"]:
        shown = split.lists(machine, exclude_seen=False)
        seen = shown.merge(split.learn, on=["user", "item"])
        share = len(seen) / shown["user"].nunique()
        assert 1 < share < 4
        assert PREDICTIONS["P6.7"].happened(share) == "Two or three"


def test_fame_brings_hits_and_leaves_taste(split: Split, machines) -> None:
    raters = split.learn["item"].value_counts()
    names = {"log_raters": np.log10(raters)}
    exec(lifting_code(), names)
    some = split.learn["user"].unique()[::6]  # few enough for one table
    for published, ours in zip(machines["published"], machines["ours"], strict=True):
        scored = Remembered(ours)
        plain, lifted = (
            top_n_by(names["WithFame"](scored, fame), some, split.known, items=raters.index)
            for fame in (0, 0.3)
        )
        theirs = split.lists(published)
        theirs = theirs[theirs["user"].isin(some)]
        liked = split.liked[split.liked["user"].isin(some)]
        assert precision_at_k(liked, lifted) > 1.3 * precision_at_k(liked, plain)
        assert personalisation(list(sets(lifted))) > personalisation(list(sets(theirs))) + 0.1
        assert personalisation(list(sets(lifted))) > 0.65


class Remembered:
    """A model that scores the first table that it gets, and says the same of the next ones."""

    def __init__(self, model) -> None:
        self.model = model
        self.scores: np.ndarray | None = None

    def predict(self, table: pd.DataFrame) -> np.ndarray:
        if self.scores is None:
            self.scores = self.model.predict(table)
        assert len(table) == len(self.scores)
        return self.scores


def lifting_code() -> str:
    """The class that adds fame, without the lines that use it."""
    code = next(cell for cell in CODE if "class WithFame" in cell)
    return code[: code.index("\nlog_raters")]
