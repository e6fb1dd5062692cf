"""What the scale dial of lesson 12 computes: hours, dollars and memory of any number of ratings, from slopes.

A slope is what a step costs for a million rows, measured by ``benchmarks/shards.py`` on a made-up table of 25
million ratings; a test compares. Everything else is an assumption, and `ASSUMED` says them.
"""

from __future__ import annotations

from dataclasses import dataclass

from course_utils.widgets.job_timeline import PRICES, dollars

RATINGS = (100_000, 1_000_000, 25_000_000, 100_000_000, 1_000_000_000, 10_000_000_000)
MACHINES = (1, 2, 4, 8, 16, 32)
FACTORS = (8, 16, 32, 64)

CUT_MS = 2229.0
"""Milliseconds for a million ratings to become shards: Spark in local mode, two cores, its start included."""

PASS_MS = {8: 282.2, 16: 313.6, 32: 378.8, 64: 542.6}
"""k -> milliseconds for a million rows of one training pass, one core."""

SCORE_MS = {8: 96.8, 16: 127.0, 32: 198.5, 64: 311.7}
"""k -> milliseconds to score a million rows, one core."""

NEAREST_MS = {8: 1272.0, 16: 1204.0, 32: 1533.0, 64: 1496.0}
"""k -> milliseconds in which a thousand users find their nearest of 59,047 films, one core."""

SAGEMAKER_ROWS = 250_524
"""Rows a second in the public log of a real SageMaker job, of its whole machine; see benchmarks/adam.py."""

OURS, SAGEMAKER = "this course's", "SageMaker's"
SPEEDS = (OURS, SAGEMAKER)

LAPTOP_GB = 16
FREE = 0.8  # of the memory: the rest is the system's


@dataclass(frozen=True)
class Instance:
    """A machine of AWS: cores, memory in GB, dollars an hour."""

    cores: int
    gigabytes: int
    price: float


INSTANCES = {
    "ml.m5.large": Instance(2, 8, PRICES["ml.m5.large"]),
    "ml.m5.xlarge": Instance(4, 16, PRICES["ml.m5.xlarge"]),
    "ml.m5.4xlarge": Instance(16, 64, PRICES["ml.m5.4xlarge"]),
}

ASSUMED = (
    "30 training passes; 154 ratings a user and 59,047 films, as in MovieLens 25M; a core as fast as the "
    "one that was measured (SageMaker's training: as fast as the public log of one job with k = 64, for "
    "every k and every machine); Spark's start grows with the rows; machines share rows without any loss, "
    "and a training pass of the course uses one core of each; prices of us-east-1 as quoted in 2025, machine "
    "time only."
)


@dataclass(frozen=True)
class Shop:
    """A number of ratings, and the users and films that come with it."""

    ratings: int
    films: int = 59_047

    @property
    def users(self) -> int:
        """At MovieLens 25M's ratings for each user."""
        return self.ratings // 154

    @property
    def columns(self) -> int:
        """Of a one-hot row."""
        return self.users + self.films


@dataclass(frozen=True)
class Plan:
    """What one chooses."""

    factors: int = 16
    machines: int = 1
    instance: str = "ml.m5.large"
    speed: str = OURS
    passes: int = 30


@dataclass(frozen=True)
class Estimate:
    """What a plan comes to.

    Parameters
    ----------
    hours : dict of step to hours
        By the clock.
    dollars : float
        Machine time of all steps.
    table_gb, rows_gb, model_gb : float
        The table in one memory; a machine's share of the encoded rows; the model, with Adam's two memories.
    fits : bool
        Whether a machine of the plan holds the model (and, at our speed, its rows).
    """

    hours: dict[str, float]
    dollars: float
    table_gb: float
    rows_gb: float
    model_gb: float
    fits: bool

    @property
    def total(self) -> float:
        """Hours of all steps, one after the other."""
        return sum(self.hours.values())


def estimate(shop: Shop, plan: Plan) -> Estimate:
    """Carry the slopes on to a shop."""
    machine = INSTANCES[plan.instance]
    millions, cores = shop.ratings / 1e6, machine.cores * plan.machines
    if plan.speed == SAGEMAKER:
        train = plan.passes * shop.ratings / SAGEMAKER_ROWS / plan.machines
    else:
        train = plan.passes * millions * PASS_MS[plan.factors] / 1000 / plan.machines
    seconds = {
        "cut into shards": millions * CUT_MS / 1000 * 2 / cores,
        "train": train,
        "lists by k-NN": shop.users / 1000 * NEAREST_MS[plan.factors] / 1000 / cores,
    }
    hours = {step: each / 3600 for step, each in seconds.items()}
    rows_gb = shop.ratings * 24 / plan.machines / 1e9
    model_gb = shop.columns * (1 + plan.factors) * 3 * 4 / 1e9
    needed = model_gb + (rows_gb if plan.speed == OURS else 0)  # SageMaker's reads its rows from the disk
    return Estimate(
        hours,
        sum(hours.values()) * plan.machines * machine.price,
        shop.ratings * 32 / 1e9,
        rows_gb,
        model_gb,
        needed <= FREE * machine.gigabytes,
    )


def hours_for_every_pair(shop: Shop, plan: Plan) -> float:
    """Hours to score each user with each film."""
    cores = INSTANCES[plan.instance].cores * plan.machines
    return shop.users * shop.films / 1e6 * SCORE_MS[plan.factors] / 1000 / cores / 3600


# ------------------------------------------------------------------------------------------------ in words


def time_in_words(hours: float) -> str:
    """``12 s``, ``34 min``, ``5.6 h``, ``7.8 days``."""
    for limit, factor, unit in ((1 / 60, 3600, "s"), (1, 60, "min"), (48, 1, "h")):
        if hours < limit:
            return f"{hours * factor:.2g} {unit}"
    return f"{hours / 24:,.0f} days"


def answer(shop: Shop, plan: Plan) -> str:
    """Hours and dollars in one sentence."""
    found = estimate(shop, plan)
    machines = "1 machine" if plan.machines == 1 else f"{plan.machines} machines"
    return (
        f"{shop.ratings:,} ratings, k = {plan.factors}: {time_in_words(found.total)} on {machines}, "
        f"{dollars(found.dollars)}."
    )


def advice(shop: Shop, plan: Plan) -> str:
    """What fits where, and what to do about it, in one or two sentences."""
    found, machine = estimate(shop, plan), INSTANCES[plan.instance]
    room = FREE * machine.gigabytes
    if found.model_gb > room:
        words = (
            f"STOP: the model takes {found.model_gb:,.1f} GB while it learns, more than the {room:,.1f} GB "
            f"free on an {plan.instance}. Do not count on more machines, since nothing promises that they "
            "divide the model: take a larger one, or fewer factors."
        )
    elif not found.fits:
        words = (
            f"STOP: rows and model take {found.rows_gb + found.model_gb:,.1f} GB on each machine, and "
            f"{room:,.1f} GB are free. More machines help here: the rows are shared."
        )
    else:
        words = "It fits on these machines."
    if found.table_gb <= FREE * LAPTOP_GB:
        return f"{words} A laptop with {LAPTOP_GB} GB holds the table too: you may not need any of this."
    return f"{words} A laptop with {LAPTOP_GB} GB does not hold the table ({found.table_gb:,.0f} GB)."


def longest(shop: Shop, plan: Plan) -> str:
    """The step that takes most of the time."""
    hours = estimate(shop, plan).hours
    return max(hours, key=hours.get)


def title(shop: Shop, plan: Plan) -> str:
    """What the figure shows."""
    if not estimate(shop, plan).fits:
        return "This plan stops: a machine's memory is too small"
    hours = estimate(shop, plan).hours
    share = max(hours.values()) / sum(hours.values())
    return f"The longest step is “{longest(shop, plan)}”, {share:.0%} of the time"


def alt(shop: Shop, plan: Plan) -> str:
    """The figure in words."""
    steps = ", ".join(f"{step} {time_in_words(each)}" for step, each in estimate(shop, plan).hours.items())
    every = time_in_words(hours_for_every_pair(shop, plan))
    return (
        "Hours against ratings, a line for each step, both axes in powers of ten. "
        f"At {shop.ratings:,} ratings: {steps}; scoring every pair would take {every}."
    )


def curves(plan: Plan) -> dict[str, list[float]]:
    """Hours of each step at all of `RATINGS`, and those of scoring every pair."""
    shops = [Shop(each) for each in RATINGS]
    found = [estimate(shop, plan).hours for shop in shops]
    lines = {step: [hours[step] for hours in found] for step in found[0]}
    return lines | {"every pair scored": [hours_for_every_pair(shop, plan) for shop in shops]}
