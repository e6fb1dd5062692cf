"""Calibration against a loop, and on probabilities that are right by construction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.evaluate import calibration_error, reliability


def test_worked_by_hand() -> None:
    table = reliability([0, 1, 1, 1], [0.1, 0.3, 0.5, 1.0], bins=2)
    assert table[["low", "high", "rows"]].to_numpy().tolist() == [[0, 0.5, 2], [0.5, 1, 2]]
    np.testing.assert_allclose(table[["predicted", "observed"]], [[0.2, 0.5], [0.75, 1]])
    assert calibration_error([0, 1, 1, 1], [0.1, 0.3, 0.5, 1.0], bins=2) == pytest.approx(0.3 / 2 + 0.25 / 2)


@given(
    st.lists(st.tuples(st.integers(0, 1), st.sampled_from(np.arange(0, 65) / 64)), min_size=1),
    st.sampled_from([1, 4, 16]),
)
def test_calibration_error_is_the_weighted_gap(rows, bins) -> None:
    expected = 0.0
    for b in range(bins):
        own = [(y, p) for y, p in rows if min(int(p * bins), bins - 1) == b]
        if own:
            expected += abs(sum(y for y, _ in own) - sum(p for _, p in own)) / len(rows)
    assert calibration_error(*zip(*rows, strict=True), bins=bins) == pytest.approx(expected, abs=1e-12)


def test_true_probabilities_are_calibrated_and_bold_ones_are_not() -> None:
    rng = np.random.default_rng(3)
    p = rng.random(200_000)
    y = rng.random(len(p)) < p
    assert calibration_error(y, p) < 0.01
    assert calibration_error(y, np.where(p > 0.5, 1.0, 0.0)) == pytest.approx(0.25, abs=0.01)


def test_empty_intervals_are_told_apart_from_zero() -> None:
    table = reliability([1], [0.95])
    assert table["rows"].tolist() == [0] * 9 + [1]
    assert table["observed"].isna().tolist() == [True] * 9 + [False]


def test_groups_of_equally_many_rows_part_what_one_interval_hides() -> None:
    y, p = [0, 1, 0, 0, 0, 1], [0.03, 0.09, 0.01, 0.02, 0.05, 0.08]
    assert reliability(y, p)["rows"].tolist() == [6, *[0] * 9]
    table = reliability(y, p, bins=3, by="rows")
    assert table["rows"].tolist() == [2, 2, 2]
    assert table[["low", "high"]].to_numpy().tolist() == [[0.01, 0.02], [0.03, 0.05], [0.08, 0.09]]
    np.testing.assert_allclose(table[["predicted", "observed"]], [[0.015, 0], [0.04, 0], [0.085, 1]])


def test_equal_probabilities_still_fill_equal_groups() -> None:
    table = reliability([0, 1, 0, 1], [0.5] * 4, bins=4, by="rows")
    assert table["rows"].tolist() == [1] * 4
    assert table["observed"].tolist() == [0, 1, 0, 1]


def test_refusals() -> None:
    with pytest.raises(ValueError, match="2 rows do not fill 3 groups"):
        reliability([1, 0], [0.5, 0.5], bins=3, by="rows")
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        reliability([1], [1.2])
    with pytest.raises(ValueError, match="at least 1"):
        reliability([1], [0.5], bins=0)
    with pytest.raises(ValueError, match="0 or 1; got 4"):
        reliability([4], [0.5])
