"""The sparsity microscope, driven in process: true numbers, sane at every extreme, its static twin."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from course_utils.widgets import SparsityMicroscope, sparsity_microscope
from course_utils.widgets.sparsity_microscope import PRESETS, WINDOW, Table, corner, table


@pytest.fixture
def microscope() -> SparsityMicroscope:
    return SparsityMicroscope()


def shown(microscope: SparsityMicroscope) -> str:
    values = (microscope.answer.value, microscope.facts.value, microscope.corner.value)
    return re.sub(r'base64,[^"]+', "", " ".join(values))


# ------------------------------------------------------------------------------------------------ the numbers


def test_what_movielens_small_has() -> None:
    small = PRESETS["MovieLens small: 610 users"]
    assert small.ratings == pytest.approx(100_836)
    assert sparsity_microscope.percent(small.density) == "1.70 %"


def test_more_users_leave_density_and_common_things_as_they_are() -> None:
    few, many = Table(100, 5000, 20), Table(100_000, 5000, 20)
    assert few.density == many.density
    assert few.in_common == many.in_common
    assert many.per_item == pytest.approx(1000 * few.per_item)


def test_what_two_users_share_is_what_chance_gives_them() -> None:
    this = Table(200, 300, 30)
    rng = np.random.default_rng(7)
    rated = np.array([np.isin(np.arange(300), rng.permutation(300)[:30]) for _ in range(200)]).astype(int)
    pairs = (rated @ rated.T)[np.triu_indices(200, 1)]
    assert pairs.mean() == pytest.approx(this.in_common, rel=0.05)


def test_nobody_rates_more_than_there_is() -> None:
    assert table(1, 1, 10_000) == Table(1, 1, 1)


def test_the_corner_is_as_full_as_the_table() -> None:
    assert corner(PRESETS["Toy: three users, four films"]).sum() == 7
    half = corner(Table(1000, 1000, 500))
    assert half.shape == WINDOW
    assert half.mean() == pytest.approx(0.5, abs=0.05)
    assert corner(Table(1000, 1000, 1000)).all()


# ------------------------------------------------------------------------------------------------ reacting


def test_more_users_move_the_ratings_and_not_the_density(microscope) -> None:
    verdict = sparsity_microscope.verdict(microscope.table)
    facts = microscope.facts.value
    microscope.users.value = 6100
    assert sparsity_microscope.verdict(microscope.table) == verdict
    assert verdict in microscope.answer.value
    assert microscope.facts.value != facts
    assert microscope.preset.value == "A table of your own"


@pytest.mark.parametrize("slider", ["items", "each"])
def test_things_and_ratings_move_words_and_picture(microscope, slider) -> None:
    before = microscope.answer.value, microscope.corner.value
    getattr(microscope, slider).value *= 10
    after = microscope.answer.value, microscope.corner.value
    assert all(old != new for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize("name", PRESETS)
def test_presets_set_the_sliders(microscope, name) -> None:
    microscope.preset.value = "A table of your own"
    microscope.preset.value = name
    assert microscope.table == PRESETS[name]
    assert microscope.preset.value == name


@pytest.mark.parametrize(
    ("users", "items", "each"), list(itertools.product([1, 10**8], [1, 10**7], [1, 10**4]))
)
def test_every_corner_of_the_sliders(microscope, users, items, each) -> None:
    microscope.users.value, microscope.items.value, microscope.each.value = users, items, each
    assert not re.search(r"\bnan\b|\binf\b|None|Traceback|e[+-]\d", shown(microscope))
    assert microscope.table.density <= 1
    assert len(re.search(r'alt="([^"]*)"', microscope.corner.value)[1].split()) > 4


# ---------------------------------------------------------------------------------------------- for everybody


def test_the_twin_says_what_the_widget_says(microscope) -> None:
    bundle = microscope._repr_mimebundle_()
    for name in PRESETS:
        microscope.preset.value = name
        for part in (microscope.answer.value, microscope.facts.value, microscope.corner.value):
            assert part in bundle["text/html"]
    assert "1.70 %" in bundle["text/plain"]


def test_everybody_can_use_it(microscope, owe_everybody) -> None:
    owe_everybody(microscope, controls=4)
