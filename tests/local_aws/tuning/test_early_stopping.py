"""The median stopping rule against the developer guide's sentences, written down again with NumPy."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from course_utils.local_aws.tuning.early_stopping import hopeless

LOSSES = st.lists(st.integers(-20, 20), min_size=0, max_size=6)


@given(LOSSES, st.lists(LOSSES, max_size=7))
def test_a_job_worse_than_the_median_of_running_averages_is_hopeless(losses, earlier):
    epoch = len(losses)
    averages = [np.mean(each[:epoch]) for each in earlier if epoch and len(each) >= epoch]
    expected = epoch >= 2 and len(averages) >= 3 and losses[-1] > np.median(averages)
    assert hopeless(losses, earlier) == expected


def test_an_objective_that_is_told_once_stops_nobody():
    """As with factorization machines, which tell ``test:rmse`` at their end."""
    assert not hopeless([9.0], [[1.0], [1.1], [0.9], [1.0]])
