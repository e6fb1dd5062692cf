"""The pair race: four ways to one number, exact counts, and a widget that is sane at every extreme."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from course_utils.learn import reveal
from course_utils.widgets import PairRace, pair_race
from course_utils.widgets.pair_race import LENGTHS


def results(race: PairRace) -> str:
    return re.sub(
        r"base64,[^\"]+|<style>.*?</style>", "", race.answer.value + race.table.value + race.chart.value
    )


@pytest.mark.parametrize(("n", "k", "nonzeros"), [(10, 1, 1), (20, 8, 20), (50, 32, 5)])
def test_all_four_ways_give_the_same_number(n, k, nonzeros) -> None:
    values = [run.value for run in pair_race.race(n, k, nonzeros)]
    np.testing.assert_allclose(values, values[0], atol=1e-12)
    assert nonzeros == 1 or abs(values[0]) > 0


def test_a_long_loop_is_estimated_and_says_so() -> None:
    runs = pair_race.race(800, 8, 5)
    assert [run.estimated for run in runs] == [True, False, False, False]
    assert runs[0].value is None
    assert all(run.seconds > 0 for run in runs)
    assert not pair_race.race(50, 8, 5)[0].estimated


def test_counts_by_hand() -> None:
    assert pair_race.multiplications(4, 2, 3) == (6 * 4, 16 * 4, 2 * 9 + 1, 2 * 7 + 1)
    assert pair_race.multiplications(800, 8, 5)[0] == 3_196_000


@pytest.mark.parametrize(
    ("seconds", "words"), [(1.234, "1.2 s"), (0.97, "970 ms"), (19e-6, "19 µs"), (5e-10, "0.5 ns")]
)
def test_durations_in_words(seconds, words) -> None:
    assert pair_race.seconds_in_words(seconds) == words


def test_results_wait_for_a_locked_prediction() -> None:
    race = PairRace()
    race.n.value = 800
    assert race.answer.value == race.chart.value == race.table.value == ""
    race.gate.choice.value = race.gate.choice.options[1]
    race.gate.lock.click()
    assert race.opened
    assert "319,600 pairs" in race.answer.value


def test_a_revealed_answer_opens_the_race_as_run_all_does() -> None:
    race = PairRace()
    reveal("P3.3", 4.02)
    assert race.opened


@pytest.mark.parametrize(
    ("n", "k", "m"), list(itertools.product([LENGTHS[0], LENGTHS[-1]], [1, 32], [1, 50]))
)
def test_every_corner(n, k, m) -> None:
    race = PairRace(question=None)
    race.n.value, race.k.value, race.nonzeros.value = n, k, m
    text = results(race)
    assert not re.search(r"\bnan\b|\binf\b|None|Traceback", text)
    assert f"{pair_race.pair_count(n):,} pairs" in text
    counts = re.findall(r'fmc-fact">([\d,]+)</td>', text)
    assert counts == [f"{count:,}" for count in pair_race.multiplications(n, k, min(m, n))]
    assert re.search(r'alt="[^"]{40,}"', text)


def test_every_slider_reaches_the_counts() -> None:
    race = PairRace(question=None)
    for knob, value in (("n", 400), ("k", 2), ("nonzeros", 9)):
        before = race.answer.value, race.chart.value
        getattr(race, knob).value = value
        assert race.answer.value != before[0]
        assert race.chart.value != before[1]


def test_times_are_labelled_and_the_twin_has_none() -> None:
    race = PairRace(question=None)
    assert "measured here and now" in race.table.value
    twin = race._repr_mimebundle_()["text/html"]
    assert not re.search(r"\d (ms|µs|ns)\b", twin)
    assert race.answer.value in twin
    assert race.chart.value in twin


def test_everybody_can_use_it(owe_everybody) -> None:
    owe_everybody(PairRace(question=None), controls=3)
