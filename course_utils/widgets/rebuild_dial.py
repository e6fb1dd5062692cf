"""What the rebuild dial of lesson 10 computes: a kiosk replayed under any schedule of rebuilds, and its bill.

A model is built for every morning of the replay and judged on every later day, once. Any schedule is then a
walk through that table: which model was in use on which day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from course_utils.aws import prices
from course_utils.datasets import kiosk
from course_utils.datasets.kiosk import DAYS, EVENTS_A_DAY, FIRST_DAY
from course_utils.estimator import FactorizationMachine

WINDOW = 28
"""A model learns from so many days before it is built; what is older is forgotten."""

MISS = 1.0
"""A prediction is a miss when it is off by more than this many stars."""

CADENCES: dict[str, int | None] = {"never": None, "monthly": 28, "weekly": 7, "daily": 1}
"""Name of a schedule -> the days between two rebuilds; None: no rebuild at all."""

TRAFFIC = (10, 100, 1_000, 10_000, 100_000)
"""Recommendations a day that the dial offers."""

REPLAYED = DAYS - FIRST_DAY


@dataclass(frozen=True, eq=False)
class Table:
    """Every model on every later day: row = the day a model is built on, column = the day it is judged on.

    All (DAYS, DAYS), NaN where the model does not exist yet. ``squared`` is the mean squared error in stars²,
    ``unseen`` the share of events with a user or film that the model never saw, ``missed`` that of misses.
    """

    squared: np.ndarray
    unseen: np.ndarray
    missed: np.ndarray


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one schedule gave, day by day from FIRST_DAY on.

    Parameters
    ----------
    built : (REPLAYED,) int
        The day on which the model in use was built.
    rmse, unseen, missed : (REPLAYED,) float
        Of each day.
    """

    built: np.ndarray
    rmse: np.ndarray
    unseen: np.ndarray
    missed: np.ndarray

    @property
    def rebuilds(self) -> int:
        """How often a model was built after the first one."""
        return len(np.unique(self.built)) - 1

    @property
    def total_rmse(self) -> float:
        """Over all events: each day has as many."""
        return float(np.sqrt(np.mean(self.rmse**2)))


@dataclass(frozen=True)
class Assumptions:
    """What a bill hangs on, besides the schedule. None of it is a fact about your shop: change it.

    Parameters
    ----------
    traffic : int
        Recommendations a day.
    price : float
        USD for an hour of the machine that trains.
    minutes : float
        Machine time for each rebuild.
    per_miss : float
        USD that a miss costs the shop.
    """

    traffic: int = 1_000
    price: float = prices.of("ml.m5.large", "training").usd_per_hour
    minutes: float = 30.0
    per_miss: float = 0.0005


@dataclass(frozen=True)
class Bill:
    """What a schedule costs in the whole replay, in USD: machine time, and misses."""

    machines: float
    misses: float

    @property
    def together(self) -> float:
        """Both."""
        return self.machines + self.misses


def machine() -> FactorizationMachine:
    """The kiosk's model, not yet fitted."""
    options = {"lambda_w": 1.0, "lambda_V": 1.0, "init_sigma": 0.3}
    return FactorizationMachine("als", 2, epochs=20, solver_options=options, random_state=1)


def window(events: pd.DataFrame, day: int) -> pd.DataFrame:
    """What a model that is built on the morning of ``day`` learns from."""
    return events[events["day"].between(day - WINDOW, day - 1)]


@lru_cache(maxsize=16)
def table(seed: int = 10) -> Table:
    """Build a model for every morning of the replay and judge it on every later day."""
    events = kiosk.load(seed)
    squared, unseen, missed = (np.full((DAYS, DAYS), np.nan) for _ in range(3))
    for built in range(FIRST_DAY, DAYS):
        model = machine().fit(window(events, built))
        later = events[events["day"] >= built]
        error = np.abs(model.predict(later) - later["rating"].to_numpy())
        known = [later[block].isin(model.feature_map_.ids(block)) for block in ("user", "item")]
        stranger = ~(known[0] & known[1]).to_numpy()
        for into, each in ((squared, error**2), (unseen, stranger), (missed, error > MISS)):
            into[built, built:] = each.reshape(-1, EVENTS_A_DAY).mean(axis=1)
    return Table(squared, unseen, missed)


def follow(should_rebuild: Callable[[int, float], bool], seed: int = 10) -> Outcome:
    """Replay the kiosk under a policy.

    Every morning the policy is asked with the age of the model in use, in days, and the share of yesterday's
    events that it had never seen the user or film of. The first model is built on FIRST_DAY.
    """
    judged, days = table(seed), np.arange(FIRST_DAY, DAYS)
    built = np.full(REPLAYED, FIRST_DAY)
    for place, day in enumerate(days[1:], start=1):
        in_use = built[place - 1]
        rebuild = should_rebuild(int(day - in_use), float(judged.unseen[in_use, day - 1]))
        built[place] = day if rebuild else in_use
    return Outcome(
        built, np.sqrt(judged.squared[built, days]), judged.unseen[built, days], judged.missed[built, days]
    )


@lru_cache(maxsize=64)
def scheduled(cadence: str, seed: int = 10) -> Outcome:
    """Replay the kiosk under one of `CADENCES`."""
    every = CADENCES[cadence]
    return follow(lambda age, unseen: every is not None and age >= every, seed)


def bill(outcome: Outcome, given: Assumptions) -> Bill:
    """What the replay would have cost."""
    machines = outcome.rebuilds * given.minutes / 60 * given.price
    return Bill(machines, given.traffic * REPLAYED * float(outcome.missed.mean()) * given.per_miss)


def cheapest(given: Assumptions) -> str:
    """The cadence with the lowest bill, misses included; of equal ones the slowest."""
    return min(CADENCES, key=lambda cadence: round(bill(scheduled(cadence), given).together, 9))


# ------------------------------------------------------------------------------------------------ in words


def answer(cadence: str) -> str:
    """What a cadence does to the model, in one sentence."""
    found = scheduled(cadence)
    times = {0: "no rebuild", 1: "1 rebuild"}.get(found.rebuilds, f"{found.rebuilds} rebuilds")
    return (
        f"{cadence.capitalize()}: {times} in {REPLAYED} days, RMSE {found.total_rmse:.2f} stars, "
        f"{found.unseen.mean():.0%} of the events unseen."
    )


def advice(cadence: str, given: Assumptions) -> str:
    """What the cadence costs and which one costs least, in one or two sentences."""
    spent, least = bill(scheduled(cadence), given), cheapest(given)
    per_thousand = 1000 * spent.machines / (given.traffic * REPLAYED)
    words = f"Machines: {spent.machines:,.2f} USD, or {per_thousand:.2g} USD per 1,000 recommendations. "
    if least == cadence:
        return words + f"With these assumptions, {cadence} costs least of the four."
    saved = spent.together - bill(scheduled(least), given).together
    return words + f"With these assumptions, {least} would cost {saved:,.2f} USD less, misses included."


def course_title(cadence: str) -> str:
    """What the figure shows, as a title."""
    found = scheduled(cadence)
    first, last = (float(np.sqrt(np.mean(part**2))) for part in (found.rmse[:7], found.rmse[-28:]))
    if last > first + 0.15:
        return f"{cadence.capitalize()}: the error climbs from {first:.1f} to {last:.1f} stars"
    return f"{cadence.capitalize()}: the error stays near {found.total_rmse:.1f} stars"


def course_alt(cadence: str) -> str:
    """The figure in words."""
    found, never = scheduled(cadence), scheduled("never")
    return (
        f"Error and unseen share of each day, from day {FIRST_DAY} to {DAYS - 1}. {course_title(cadence)}. "
        f"Without any rebuild the last day has {never.rmse[-1]:.1f} stars and {never.unseen[-1]:.0%} unseen, "
        f"here {found.rmse[-1]:.1f} stars and {found.unseen[-1]:.0%}. New films arrive on the days "
        f"{', '.join(map(str, kiosk.DROPS))}; each lifts the unseen share until the next rebuild."
    )
