"""The map of lesson 06, driven in process: true numbers, a closed gate, every state, its twin."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from course_utils.datasets import Dataset, sample
from course_utils.widgets import PersonalMap, personal_map
from course_utils.widgets.personal_map import FACTORS, USERS, overlap

SHORT = {"epochs": 2, "solver_options": {"mini_batch_size": 100, "linear_lr": 0.003, "factors_lr": 0.003}}
LONG = {**SHORT, "epochs": 12, "solver_options": {**SHORT["solver_options"], "factors_init_sigma": 0.05}}
SETTINGS = {"a short training": SHORT, "a long training": LONG}


@pytest.fixture(scope="module")
def known() -> Dataset:
    """Ratings by sixty users of the sample, shuffled."""
    data = sample.load()
    rows = data.ratings[data.ratings["user"].isin(data.ratings["user"].unique()[:60])]
    return replace(data, ratings=rows.sample(frac=1, random_state=7))


@pytest.fixture
def map_(known: Dataset) -> PersonalMap:
    return PersonalMap(known, known.ratings, SETTINGS)


def unlock(map_: PersonalMap) -> None:
    map_.gate.choice.value = "0.1"
    map_.gate.lock.click()


# ------------------------------------------------------------------------------------------------ the numbers


def test_overlap_counts_films_and_lists() -> None:
    lists = pd.DataFrame({"user": [1, 1, 2, 2, 3, 3], "item": ["a", "b", "b", "a", "b", "c"]})
    found = overlap(lists)
    assert found.users == [1, 2, 3]
    assert found.shared.tolist() == [[2, 2, 1], [2, 2, 1], [1, 1, 2]]
    assert (found.everybody, found.different) == (3, 2)
    assert found.mean_shared == pytest.approx(4 / 3)
    assert found.personalisation == pytest.approx((0 + 2 / 3 + 2 / 3) / 3)


def test_users_on_the_map_are_spread_over_all(map_) -> None:
    assert len(map_.overlap.users) == USERS
    assert map_.overlap.everybody == 60
    assert map_.overlap.users == sorted(set(map_.overlap.users))


def test_without_factors_one_list_and_hiding_pulls_lists_apart(map_) -> None:
    map_.k.value = 0
    assert map_.overlap.different == 1
    assert map_.overlap.personalisation == 0
    assert "Nothing here is personal" in personal_map.verdict(map_.overlap)
    map_.hide.value = True
    assert map_.overlap.personalisation > 0.1
    assert "what they have seen" in personal_map.over_everybody(map_.overlap, hide=True)


def test_hidden_lists_hold_nothing_that_was_rated(known) -> None:
    from course_utils.estimator import FactorizationMachine
    from course_utils.recommend import top_n

    machine = FactorizationMachine("adam", **{**LONG, "num_factors": 8}, random_state=0).fit(known.ratings)
    lists = top_n(machine.params_, machine.feature_map_, None, known)
    expected = overlap(lists)
    found = personal_map.overlaps(known, known.ratings, {"x": LONG}, (8,))
    assert np.array_equal(found["x", 8, True].shared, expected.shared)
    assert found["x", 8, False].personalisation != expected.personalisation


def test_a_machine_that_is_given_is_not_trained_again(known) -> None:
    from course_utils.estimator import FactorizationMachine

    given = FactorizationMachine("adam", **{**LONG, "num_factors": 0}, random_state=0).fit(known.ratings)
    found = personal_map.overlaps(known, known.ratings, {"x": LONG}, (8,), trained={("x", 8): given})
    assert found["x", 8, False].different == 1, "the one without factors that was handed over"


# ------------------------------------------------------------------------------------------------ the gate


def test_closed_until_a_number_is_locked_in(map_) -> None:
    assert not map_.opened
    assert map_.map.value == ""
    map_.k.value = 0
    assert map_.map.value == ""
    unlock(map_)
    assert map_.opened
    assert "k = 0" in map_.map.value


# ------------------------------------------------------------------------------------------------ reacting


@pytest.mark.parametrize(("name", "k", "hide"), list(itertools.product(SETTINGS, FACTORS, (False, True))))
def test_every_state_shows_its_own_numbers(known, map_, name, k, hide) -> None:
    unlock(map_)
    map_.setting.value, map_.k.value, map_.hide.value = name, k, hide
    numbers = [int(cell) for cell in re.findall(r"<td style[^>]*>(\d+)</td>", map_.map.value)]
    below = [map_.overlap.shared[row, column] for row in range(USERS) for column in range(row)]
    assert numbers == below
    assert f"k = {k}" in map_.map.value
    assert personal_map.verdict(map_.overlap) in map_.answer.value
    assert not re.search(r"\bnan\b|\binf\b|None|Traceback", map_.map.value + map_.answer.value)
    assert str(numbers[0]) in map_.describe()
    assert map_.map.value.count('scope="row"') == USERS - 1


def test_more_in_common_is_darker(map_) -> None:
    unlock(map_)
    map_.hide.value = True
    cells = re.findall(r"0\.\d+\)\">\d+", map_.map.value)
    tints = {int(cell.rsplit(">", 1)[1]): float(cell.split(")")[0]) for cell in cells}
    assert len(tints) > 2
    assert sorted(tints, key=tints.get) == sorted(tints)


# ---------------------------------------------------------------------------------------------- for everybody


def test_the_twin_says_what_the_widget_says(map_) -> None:
    bundle = map_._repr_mimebundle_()
    unlock(map_)
    assert "<details>" in bundle["text/html"]
    for name, k, hide in itertools.product(SETTINGS, (0, 8), (False, True)):
        map_.setting.value, map_.k.value, map_.hide.value = name, k, hide
        assert map_.map.value in bundle["text/html"]
        assert map_.describe() in bundle["text/plain"]


def test_everybody_can_use_it(known, owe_everybody) -> None:
    owe_everybody(PersonalMap(known, known.ratings, SETTINGS, question=None), controls=3)
