"""Ranges: their scales against the formulas of other libraries, their ends, and the way back."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from course_utils.local_aws.tuning.ranges import (
    LINEAR,
    LOGARITHMIC,
    REVERSE_LOGARITHMIC,
    Categorical,
    Continuous,
    Integer,
    Space,
    scale,
)

SHARES = (np.arange(20_000) + 0.5) / 20_000
EVEN = {
    "linear": (Continuous("x", -2.0, 6.0, LINEAR), stats.uniform(-2, 8)),
    "logarithmic": (Continuous("x", 1e-6, 0.5, LOGARITHMIC), stats.loguniform(1e-6, 0.5)),
}


@pytest.mark.parametrize("name", EVEN)
def test_continuous_values_have_the_distribution_of_their_scale(name):
    range_, distribution = EVEN[name]
    values = [float(range_.value(share)) for share in SHARES]
    assert stats.kstest(values, distribution.cdf).statistic < 1e-4


def test_a_reverse_logarithmic_scale_is_even_in_the_distance_from_one():
    range_ = Continuous("momentum", 0.5, 0.9999, REVERSE_LOGARITHMIC)
    distances = [1 - float(range_.value(share)) for share in SHARES]
    assert stats.kstest(distances, stats.loguniform(1e-4, 0.5).cdf).statistic < 1e-4


@pytest.mark.parametrize("range_", [Integer("k", 3, 7, LINEAR), Categorical("c", ("a", "b", "c", "d"))])
def test_each_whole_number_and_each_category_gets_its_fair_share(range_):
    counts = Counter(range_.value(share) for share in SHARES)
    assert len(counts) == range_.size
    assert max(counts.values()) - min(counts.values()) <= 2


def test_whole_numbers_on_a_logarithmic_scale_are_rarer_the_larger_they_are():
    counts = Counter(int(Integer("k", 1, 100, LOGARITHMIC).value(share)) for share in SHARES)
    for value in (1, 2, 10, 99):
        share = math.log((value + 0.5) / (value - 0.5)) / math.log(100.5 / 0.5)
        assert counts[value] / len(SHARES) == pytest.approx(share, abs=2e-4)


@given(low=st.floats(1e-8, 500), width=st.floats(1e-6, 500), share=st.floats(0, 1))
def test_values_stay_inside_and_find_back_to_their_place(low, width, share):
    for each in (LINEAR, LOGARITHMIC):
        range_ = Continuous("x", low, low + width, each)
        value = range_.value(share)
        assert low <= float(value) <= low + width
        assert range_.encode(value)[0] == pytest.approx(share, abs=1e-6)
        assert [float(range_.value(end)) for end in (0, 1)] == pytest.approx([low, low + width])


def test_categories_lie_at_distance_one_from_each_other():
    a, b, c = (np.array(Categorical("c", ("a", "b", "c")).encode(each)) for each in "abc")
    assert np.linalg.norm(a - b) == pytest.approx(1) == np.linalg.norm(b - c)


@pytest.mark.parametrize(
    ("low", "high", "chosen"),
    [(1e-8, 512, LOGARITHMIC), (100, 10_000, LOGARITHMIC), (1, 10, LINEAR), (0, 1, LINEAR), (-5, 5, LINEAR)],
)
def test_auto_is_logarithmic_for_positive_ranges_over_orders_of_magnitude(low, high, chosen):
    assert scale("Auto", low, high) is chosen


def test_a_space_is_read_off_a_request():
    space = Space.of(
        {
            "IntegerParameterRanges": [{"Name": "epochs", "MinValue": "1", "MaxValue": "20"}],
            "ContinuousParameterRanges": [
                {"Name": "lr", "MinValue": "1e-5", "MaxValue": "0.1", "ScalingType": "Linear"}
            ],
            "CategoricalParameterRanges": [{"Name": "method", "Values": ["normal", "uniform"]}],
        }
    )
    assert space.size == math.inf
    assert space.ranges[0] == Integer("epochs", 1, 20, LOGARITHMIC)
    assert space.ranges[1] == Continuous("lr", 1e-5, 0.1, LINEAR)
    middle = space.at([0.5, 0.5, 0.5])
    assert float(middle["lr"]) == pytest.approx(0.050005)
    assert middle == {"epochs": "3", "lr": middle["lr"], "method": "uniform"}
    assert middle in space
    for name, outside in (("epochs", "21"), ("lr", "0.2"), ("method", "constant"), ("lr", "x")):
        assert {**middle, name: outside} not in space
    assert Space(space.ranges[::2]).size == 40
