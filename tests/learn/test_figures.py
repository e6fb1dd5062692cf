from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from course_utils.learn import record
from course_utils.learn.figures import plain


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array([[1, 2]]), [[1, 2]]),
        (pd.DataFrame({"rank": [1], "title": ["Alien"]}), [{"rank": 1, "title": "Alien"}]),
        (pd.Series([1.5]), [1.5]),
        ({1: (None, "x")}, {"1": [None, "x"]}),
    ],
)
def test_values_become_json(value, expected):
    assert plain(value) == expected
    json.dumps(plain(value), allow_nan=False)


def test_what_json_lacks_is_refused_even_outside_a_notebook():
    with pytest.raises(ValueError, match="nan cannot be recorded"):
        record("rmse", [0.9, np.nan])
    with pytest.raises(TypeError, match="a set cannot be recorded"):
        record("rmse", {1})


def test_outside_a_notebook_nothing_happens(capsys):
    assert record("rmse", 0.9) is None
    assert capsys.readouterr().out == ""
