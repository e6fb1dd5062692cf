"""Metrics against pencil-and-paper values and the standard library."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.evaluate import accuracy, f1, log_loss, log_loss_from_scores, mae, personalisation, rmse


def test_rmse_and_mae_by_hand() -> None:
    assert rmse([4, 1, 5], [3, 1, 3]) == pytest.approx(math.sqrt(5 / 3))
    assert mae([4, 1, 5], [3, 1, 3]) == pytest.approx(1)


def test_sums_are_taken_in_float64() -> None:
    y = np.zeros(10**5, np.float32)
    assert rmse(y, np.full(10**5, 0.1, np.float32)) == pytest.approx(np.float32(0.1), rel=1e-12)


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0.001, 0.999)), min_size=1))
def test_log_loss_is_the_mean_surprise(rows) -> None:
    y, p = zip(*rows, strict=True)
    expected = math.fsum(-math.log(q if label else 1 - q) for label, q in rows) / len(rows)
    assert log_loss(y, p) == pytest.approx(expected)
    scores = [math.log(q / (1 - q)) for q in p]
    assert log_loss_from_scores(y, scores) == pytest.approx(expected)


def test_log_loss_stays_finite_at_the_ends() -> None:
    assert log_loss([0, 1], [0.0, 1.0]) == pytest.approx(0, abs=1e-15)
    assert log_loss([1], [0.0]) == pytest.approx(52 * math.log(2))
    assert log_loss([0], np.array([1], np.float32)) == pytest.approx(23 * math.log(2))
    assert log_loss_from_scores([1, 0], [-1000, 1000]) == 1000
    assert log_loss_from_scores([1, 0], [1000, -1000]) == 0


def test_accuracy_and_f1_by_hand() -> None:
    y, label = [1, 1, 1, 0, 0], [1, 0, 0, 1, 0]
    assert accuracy(y, label) == pytest.approx(2 / 5)
    assert f1(y, label) == pytest.approx(2 * (1 / 2) * (1 / 3) / (1 / 2 + 1 / 3))
    assert f1([0, 0], [0, 0]) == 0
    assert f1([1, 0], [0, 1]) == 0
    assert f1([1, 1], [1, 1]) == 1


@pytest.mark.parametrize("metric", [rmse, mae, log_loss, log_loss_from_scores, accuracy, f1])
def test_bad_input_is_refused(metric) -> None:
    with pytest.raises(ValueError, match="equally long"):
        metric([1, 0], [1])
    with pytest.raises(ValueError, match="one-dimensional"):  # (n, 1) against (n,) would broadcast to (n, n)
        metric([[1], [0]], [[1], [0]])
    with pytest.raises(ValueError, match="nothing to compare"):
        metric([], [])
    with pytest.raises(ValueError, match="NaN"):
        metric([1, 0], [1, math.nan])


def test_labels_and_probabilities_are_checked() -> None:
    with pytest.raises(ValueError, match="0 or 1; got 5"):
        log_loss([5], [0.5])
    with pytest.raises(ValueError, match="log_loss_from_scores"):
        log_loss([1], [1.5])
    with pytest.raises(ValueError, match=r"p >= 0\.5"):
        f1([1], [0.4])


def test_personalisation_ends() -> None:
    assert personalisation([[1, 2], [2, 1], [1, 2]]) == 0
    assert personalisation([["a"], ["b"], ["c"]]) == 1
    assert personalisation({"Alice": [1, 2], "Bob": [1, 3]}) == pytest.approx(2 / 3)


@given(st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=8), min_size=2, max_size=9))
def test_personalisation_is_the_mean_over_all_pairs(lists) -> None:
    distances = [1 - len(a & b) / len(a | b) for a, b in combinations(map(set, lists), 2)]
    assert personalisation(lists) == pytest.approx(sum(distances) / len(distances))


def test_personalisation_of_more_lists_than_one_block_holds() -> None:
    lists = [[n % 2] for n in range(3000)]  # two camps of 1500
    assert personalisation(lists) == pytest.approx(1500 * 1500 / (3000 * 2999 / 2))


@pytest.mark.parametrize("lists", [[], [[1]], [[1], []]])
def test_personalisation_needs_two_lists(lists) -> None:
    with pytest.raises(ValueError, match="at least two"):
        personalisation(lists)
