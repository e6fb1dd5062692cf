"""The median stopping rule: a training job that does worse than half of the earlier ones is ended early.

The rule is the developer guide's (Stop Training Jobs Early). It can only act where an algorithm tells its
objective after each epoch. Factorization machines tell ``test:rmse`` and the other objectives once, at their
end, so there it never acts, on AWS as here.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from statistics import median

# In our own choice, as the guide is silent: the rule begins with a job's second value, because one alone is
# no course, and needs this many earlier jobs, because the median of one or two says little.
_FIRST_STEP = 2
_EARLIER_JOBS = 3


def hopeless(losses: Sequence[float], earlier: Sequence[Sequence[float]]) -> bool:
    """Whether a job whose objective went through ``losses`` should be stopped.

    Parameters
    ----------
    losses : sequence of float
        The job's values so far, smaller is better.
    earlier : sequence of sequences
        The values of the jobs that have ended.
    """
    step = len(losses)
    averages = [list(accumulate(each))[step - 1] / step for each in earlier if step and len(each) >= step]
    if step < _FIRST_STEP or len(averages) < _EARLIER_JOBS:
        return False
    return losses[-1] > median(averages)
