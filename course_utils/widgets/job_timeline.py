"""What the job timeline computes: the stages of a training job, what is billed of them, an endpoint's hours.

Plain functions on plain data, without widgets or figures. Prices are those of the one price table
(:mod:`course_utils.aws.prices`): AWS changes them, and they differ between regions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from course_utils.aws import prices

PRICES: dict[str, float] = prices.instances("training")
"""Dollars an hour for one training machine, as assumed (see `PRICES_OF`); the last one has a GPU."""

ENDPOINT_PRICE = prices.of("ml.t2.medium", "hosting").usd_per_hour
"""Dollars an hour for an endpoint on one ml.t2.medium, as assumed."""

PRICES_OF = f"{prices.HOME}, {prices.oldest()}"
"""Where and when the assumed prices were read."""

HOURS = (0, 1, 8, 24, 64, 168, 720)
"""Hours that the endpoint may run: a weekend has 64, from Friday 17:00 to Monday 9:00; a month has 720."""

MINUTES = (1, 2, 5, 10, 30, 60, 300)


@dataclass(frozen=True)
class Stage:
    """One stage of a training job: its name, its seconds, and whether AWS bills them."""

    name: str
    seconds: float
    billed: bool


PUBLISHED = (Stage("Starting", 44, False), Stage("Downloading", 216, True), Stage("Training", 58, True))
"""A job of 2024-05-15 at AWS whose log is public: 91 epochs over 70 % of ml-latest-small, on one machine.

Of the 274 seconds that AWS counted, its algorithm was at work for `PUBLISHED_WORK`.
"""

PUBLISHED_WORK = 28


@dataclass(frozen=True)
class Bill:
    """Dollars for training, and for the endpoint."""

    training: float
    endpoint: float

    @property
    def total(self) -> float:
        """Dollars in all."""
        return self.training + self.endpoint


def stages(job: Mapping[str, Any]) -> tuple[Stage, ...]:
    """The stages of a job that has ended, from what DescribeTrainingJob says of it.

    Billing begins with TrainingStartTime, which is when the machines are there and the download begins. The
    two moments are written down by different hands: a stage is billed when most of it comes after.
    """
    found = []
    for each in job["SecondaryStatusTransitions"]:
        if each["Status"] not in ("Completed", "Stopped", "MaxRuntimeExceeded"):
            length = each["EndTime"] - each["StartTime"]
            billed = each["StartTime"] + length / 2 >= job["TrainingStartTime"]
            found.append(Stage(each["Status"], length.total_seconds(), billed))
    return tuple(found)


def training_for(seconds: float) -> tuple[Stage, ...]:
    """The published job's stages, had its training taken so many seconds."""
    return tuple(
        replace(stage, seconds=seconds) if stage.name == "Training" else stage for stage in PUBLISHED
    )


def billed_seconds(job: Sequence[Stage]) -> int:
    """Whole seconds that AWS counts of these stages, for each machine."""
    return ceil(sum(stage.seconds for stage in job if stage.billed))


def bill(
    job: Sequence[Stage], machines: int, price: float, hours: float, endpoint_price: float = ENDPOINT_PRICE
) -> Bill:
    """What a job and an endpoint cost.

    Parameters
    ----------
    job : stages
    machines : int
        Each of them is billed for the whole job.
    price, endpoint_price : float
        Dollars an hour, of one training machine and of the endpoint.
    hours : float
        How long the endpoint runs.
    """
    return Bill(billed_seconds(job) / 3600 * machines * price, hours * endpoint_price)


def meter(job: Sequence[Stage], cost: Bill, hours: float) -> tuple[list[float], list[float]]:
    """The running bill: hours since the job was sent, and the dollars by then, at every bend of the line."""
    waiting = sum(stage.seconds for stage in job if not stage.billed) / 3600
    trained = waiting + sum(stage.seconds for stage in job if stage.billed) / 3600
    return [0, waiting, trained, trained + hours], [0, 0, cost.training, cost.total]


# ------------------------------------------------------------------------------------------------ in words


def dollars(amount: float) -> str:
    """An amount with as many digits as it takes to tell it from nothing: ``$3.58``, ``$0.0096``."""
    if amount == 0 or amount >= 0.1:
        return f"${amount:,.2f}"
    return f"${amount:.2g}" if amount >= 0.0001 else "less than $0.0001"


def answer(job: Sequence[Stage], machines: int, hours: float, cost: Bill) -> str:
    """Both parts of the bill in words, and how they compare."""
    each = "1 machine" if machines == 1 else f"{machines} machines"
    training = f"Training: {billed_seconds(job):,} billed seconds on {each} cost {dollars(cost.training)}."
    if not hours:
        return f"{training} No endpoint runs, so the bill ends here."
    running = "1 hour" if hours == 1 else f"{hours:,} hours"
    return f"{training} Endpoint: {running} cost {dollars(cost.endpoint)}. {finding(cost)}."


def finding(cost: Bill) -> str:
    """Which part of the bill is the larger, and how many times the other."""
    if not cost.endpoint:
        return "Without an endpoint, the bill ends with the job"
    if cost.endpoint >= cost.training:
        return f"The endpoint costs {_times(cost.endpoint, cost.training)} the training"
    return f"The training costs {_times(cost.training, cost.endpoint)} the endpoint"


def _times(more: float, less: float) -> str:
    if not less:
        return "more than"
    ratio = more / less
    return f"{ratio:,.0f} times" if ratio >= 10 else f"{ratio:.1f} times"
