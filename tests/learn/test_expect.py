from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from course_utils.learn.expect import NotYet, difference, expect, expect_same, same


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (1, 1.0),
        ([1, 2], np.array([1.0, 2.0])),
        (csr_array([[0, 1]]), [[0, 1]]),
        ("a", "a"),
        (None, None),
        ({"a": [1]}, {"a": (1.0,)}),
        (["x", "y"], ("x", "y")),
        (pd.Series([1.0, 2.0]), [1, 2]),
        (float("nan"), float("nan")),
        (True, True),
        ([], []),
    ],
)
def test_same_values_in_other_clothes(actual, expected):
    assert same(actual, expected)
    assert difference(actual, expected) == ""


@pytest.mark.parametrize(
    ("actual", "expected", "words"),
    [
        (1, 2, "it is 1, expected 2"),
        ([1, 0], [1, 1], "at position 1 it is 0, expected 1"),
        ([[1, 2], [3, 5]], [[1, 2], [3, 4]], "at position (1, 1) it is 5, expected 4"),
        ([1], [1, 2], "it has 1 values, expected 2 values"),
        ([1], 1, "it has 1 values, expected a single value"),
        (None, 1, "it is a NoneType, expected a int"),
        (abs, [1], "it is a function (abs), expected a list with 1 values"),
        ({}, {"a": 1}, "the key 'a' is missing"),
        ({"a": 1, "b": 1}, {"a": 1}, "the key 'b' was not expected"),
        ({"a": 1}, {"a": 2}, "under 'a', it is 1, expected 2"),
        (3, {"a": 2}, "it is a int, expected a dict"),
        ("Alice", "Bob", "it is 'Alice', expected 'Bob'"),
        (["a"], ["b"], "at position 0 it is 'a', expected 'b'"),
        ("5", 5, "it is '5', expected 5"),
        (1, None, "it is 1, expected None"),
        ([[1], [1, 2]], [1, 2], "it is a list, expected a list with 2 values"),
    ],
)
def test_the_first_difference_in_words(actual, expected, words):
    assert difference(actual, expected) == words
    with pytest.raises(NotYet) as caught:
        expect_same(actual, expected, "the row")
    assert str(caught.value) == f"the row: {words}"


def test_tolerance_is_absolute_and_meant():
    assert same(1.0 + 9e-7, 1.0)
    assert not same(1.0 + 2e-6, 1.0)
    assert same(1.04, 1.0, tolerance=0.05)


def test_expect():
    expect(True, "unused")
    with pytest.raises(NotYet, match="too short"):
        expect([], "too short")
