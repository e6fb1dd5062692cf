"""How the next combination of values is chosen.

A strategy is a function of what is known, without a memory of its own: the same tuning job, with the same
seed and the same results, tries the same values, also when the server was restarted in between.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from course_utils.local_aws.tuning.ranges import Categorical, Parameters, Space


@dataclass(frozen=True)
class Trial:
    """One training job, as a strategy sees it.

    Attributes
    ----------
    parameters : dict
        The values it was given.
    loss : float or None
        Its objective, smaller is better. None while it runs, and when it ended without one.
    pending, failed : bool
        Whether it still runs; whether it failed.
    """

    parameters: Parameters
    loss: float | None = None
    pending: bool = False
    failed: bool = False


Strategy = Callable[[Space, Sequence[Trial], int], Parameters | None]
"""``strategy(space, trials, seed)``: the next combination, or None when all have been tried."""


def random_search(space: Space, trials: Sequence[Trial], seed: int) -> Parameters | None:
    """Any combination that was not tried yet, whatever the others' results."""
    tried = [each.parameters for each in trials]
    if len(_distinct(tried)) >= space.size:
        return None
    random = generator(seed, trials)
    while (drawn := space.draw(random)) in tried:
        pass
    return drawn


def grid_search(space: Space, trials: Sequence[Trial], seed: int) -> Parameters | None:
    """Every combination in its turn."""
    names = [each.name for each in space.ranges]
    tried = [each.parameters for each in trials]
    for values in itertools.product(*(each.values for each in space.ranges if isinstance(each, Categorical))):
        combination = dict(zip(names, values, strict=True))
        if combination not in tried:
            return combination
    return None


def bayesian_search(space: Space, trials: Sequence[Trial], seed: int) -> Parameters | None:
    """See :func:`course_utils.local_aws.tuning.bayesian.bayesian_search`."""
    # Here and not above: most servers never tune, and NumPy and SciPy would make each of them start later.
    from course_utils.local_aws.tuning import bayesian

    return bayesian.bayesian_search(space, trials, seed)


STRATEGIES: dict[str, Strategy] = {
    "Random": random_search,
    "Bayesian": bayesian_search,
    "Grid": grid_search,
}


def generator(seed: int, trials: Sequence[Trial]) -> Random:
    """Random numbers for the next trial: its own, yet the same whenever it is asked for again."""
    return Random(f"{seed}/{len(trials)}")


def _distinct(combinations: Sequence[Parameters]) -> set[frozenset[tuple[str, str]]]:
    return {frozenset(each.items()) for each in combinations}
