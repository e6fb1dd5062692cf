"""Lesson 10 is true: its checks, its random claims over many seeds, and the numbers in its prose."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from course_utils import artifact
from course_utils.datasets import kiosk, sample
from course_utils.encode import FeatureMap
from course_utils.estimator import FactorizationMachine
from course_utils.evaluate import Biases, rmse, split_by_hash
from course_utils.learn import lesson
from course_utils.learn.checks import judge
from course_utils.learn.lessons import nb10
from course_utils.widgets.rebuild_dial import machine, scheduled, window

SOURCE = Path(__file__).parents[2] / "notebooks" / "source" / "10_rebuild.py"
LESSON = lesson(10)
TASKS = {task.id: task for task in LESSON.exercises}
NAMES = {"np": np, "pd": pd, "rmse": rmse, "Path": Path, "artifact": artifact, "FeatureMap": FeatureMap}
DAY = 86_400
SEEDS = range(10)


def solved(task) -> object:
    """What the solution of an exercise ends in, with the names that the notebook has by then."""
    names = dict(NAMES)
    exec(task.solution, names)
    return next(value for name, value in names.items() if name not in {*NAMES, "__builtins__"})


# ------------------------------------------------------------------------------------------------ the checks


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_solution_passes(task) -> None:
    assert judge(task, solved(task)).outcome == "passed"


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
@pytest.mark.parametrize("answer", ["v1", 7, [], {}, lambda: 1, float("nan"), lambda *given: "yes"])
def test_strange_answers_get_words(task, answer) -> None:
    assert judge(task, answer).outcome == "not yet"


def test_right_answers_in_other_words_pass() -> None:
    def known_at(events, moment):
        return events.query("timestamp < @moment").sort_values("timestamp").reset_index(drop=True)

    def unseen_share(known, events):
        users, items = set(known["user"]), set(known["item"])
        pairs = zip(events["user"], events["item"], strict=True)
        return sum(u not in users or i not in items for u, i in pairs) / len(events)

    def promote(champion, challenger, newest):
        squared = [((m.predict(newest) - newest["rating"]) ** 2).sum() for m in (champion, challenger)]
        return squared[1] < squared[0]

    def save_version(folder, version, params, feature_map):
        home = os.path.join(folder, version)
        os.makedirs(home, exist_ok=True)
        feature_map.save(os.path.join(home, "feature_map.json"))
        artifact.save(os.path.join(home, "model.tar.gz"), params, {})
        return home

    for exercise, answer in {
        "E10.0": known_at, "E10.1": unseen_share, "E10.3": promote, "E10.4": save_version,
    }.items():  # fmt: skip
        assert judge(TASKS[exercise], answer).outcome == "passed", exercise


def test_another_folder_than_the_version_s_own_is_refused() -> None:
    def save_version(folder, version, params, feature_map):
        solved(TASKS["E10.4"])(folder, version, params, feature_map)
        return folder

    assert "Return `home`" in judge(TASKS["E10.4"], save_version).message


def test_between_two_rebuilds_the_score_stands_still() -> None:
    events, asked = kiosk.load(), pd.DataFrame({"user": [7], "item": [9]})
    scores = [machine().fit(window(events, day)).predict(asked)[0] for day in (28, 35)]
    assert abs(scores[0] - scores[1]) > 0.5
    days = events.loc[events["user"] == 7, "day"]
    assert set(range(28, 35)) <= set(days)  # "goes on rating films every day"
    assert (days < 28).any()


@pytest.mark.parametrize("share", [0.1, 0.15, 0.2, 0.3])
@pytest.mark.parametrize("age", [7, 8])
def test_thresholds_near_the_solution_pass_too(share, age) -> None:
    assert judge(TASKS["E10.2"], lambda a, u: u > share or a >= age).outcome == "passed"


def test_no_clock_reaches_all_goals_and_no_threshold_alone_does() -> None:
    for every in range(1, 30):
        assert any(nb10.policy_faults(lambda a, u, n=every: a >= n, seed) for seed in nb10.KIOSKS)
    for share in np.arange(0.02, 0.6, 0.02):
        assert any(nb10.policy_faults(lambda a, u, s=share: u > s, seed) for seed in nb10.KIOSKS)


# ---------------------------------------------------------------------------------------------- random claims


@pytest.mark.parametrize("seed", range(10, 20))
def test_the_policy_of_the_solution_is_good_in_every_kiosk(seed) -> None:
    assert nb10.policy_faults(solved(TASKS["E10.2"]), seed) == []
    weekly = scheduled("weekly", seed)
    assert weekly.unseen.mean() > nb10.MOST_UNSEEN


@pytest.mark.parametrize("seed", SEEDS)
def test_the_gate_opens_for_the_right_challenger_in_every_kiosk(seed) -> None:
    events = kiosk.load(seed)
    newest, known = events[events["day"].between(98, 104)], window(events, 98)
    assert known["day"].max() < newest["day"].min()
    options = {"lambda_w": 0.01, "lambda_V": 0.01}
    bold = FactorizationMachine("als", 16, epochs=40, random_state=seed, solver_options=options)
    challengers = {
        "as always": machine().set_params(random_state=seed).fit(known),
        "ambitious": bold.fit(known),
        "damaged": machine().fit(known.assign(rating=np.sort(known["rating"]))),
    }
    champion = machine().set_params(random_state=seed).fit(window(events, 84))
    promote = solved(TASKS["E10.3"])
    assert {name: promote(champion, model, newest) for name, model in challengers.items()} == {
        "as always": True,
        "ambitious": False,
        "damaged": False,
    }
    own = {name: rmse(known["rating"], model.predict(known)) for name, model in challengers.items()}
    assert own["ambitious"] < 0.5 * own["as always"]


@pytest.mark.parametrize("seed", range(10, 20))
def test_a_model_that_is_never_rebuilt_ends_up_serving_acquaintances_worst(seed) -> None:
    events = kiosk.load(seed)
    learned, later = window(events, kiosk.FIRST_DAY), events[events["day"] >= kiosk.FIRST_DAY]
    squared = (machine().fit(learned).predict(later) - later["rating"]) ** 2
    known = later["user"].isin(learned["user"]) & later["item"].isin(learned["item"])
    week = (later["day"] - kiosk.FIRST_DAY) // 7
    acquaintances, strangers = (np.sqrt(squared[rows].groupby(week).mean()) for rows in (known, ~known))
    assert (acquaintances[:1] < 0.9).all()
    assert (acquaintances[4:] > strangers[4:] + 0.1).all()
    assert strangers[1:].between(1.0, 1.2).all()
    assert 1.5 < acquaintances.max() < 1.8


# ------------------------------------------------------------------------------------------ facts of the text


def test_in_the_sample_people_return_and_rebuilding_pays() -> None:
    ratings = sample.load().ratings.sort_values("timestamp", kind="stable")
    start = ratings["timestamp"].max() - 365 * DAY
    past, future = ratings[ratings["timestamp"] < start], ratings[ratings["timestamp"] >= start]
    user, film = (ratings.groupby(key)["timestamp"].transform("min") for key in ("user", "item"))

    def unseen(every: int) -> float:
        rebuilt = start + (ratings["timestamp"] - start) // every * every
        return ((user >= rebuilt) | (film >= rebuilt))[ratings["timestamp"] >= start].mean()

    exact = solved(TASKS["E10.1"])
    assert unseen(10_000 * DAY) == pytest.approx(exact(past, future))
    months = (future["timestamp"] - start) // (30 * DAY)
    by_month = [
        exact(ratings[ratings["timestamp"] < start + m * 30 * DAY], part).item() * len(part)
        for m, part in future.groupby(months)
    ]
    assert unseen(30 * DAY) == pytest.approx(sum(by_month) / len(future))
    assert unseen(30 * DAY) < 0.1 < 0.4 < unseen(10_000 * DAY)
    in_time = rmse(future["rating"], Biases().fit(past).predict(future))
    learn, test = split_by_hash(ratings, len(future) / len(ratings))
    assert rmse(test["rating"], Biases().fit(learn).predict(test)) < in_time - 0.03


def test_a_map_that_lost_its_first_film_shifts_all_others() -> None:
    table = pd.DataFrame({"user": [1, 2, 1, 2], "item": [10, 20, 30, 40]})
    old, new = FeatureMap.fit(table), FeatureMap.fit(table.assign(item=[50, 20, 30, 40]))
    assert old.feature_dim == new.feature_dim
    assert [new.column("item", item) - old.column("item", item) for item in (20, 30, 40)] == [-1, -1, -1]
