"""What the ad slot of lesson 07 computes: click rates by two models, times bids, and who gets the slot.

Plain functions on plain data, without widgets or figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from course_utils.datasets import clicks
from course_utils.datasets.clicks import ADS, DEVICES, PAGES
from course_utils.fm import adam

LEARN = 150_000  # rows of the log that the models learn from
FACTORS = {"machine": 8, "linear": 0}
SETTINGS = {
    "predictor_type": "binary_classifier",
    "epochs": 20,
    "mini_batch_size": 500,
    "bias_lr": 0.005,
    "linear_lr": 0.005,
    "factors_lr": 0.005,
    "bias_wd": 0.0,
    "linear_wd": 0.0001,
    "factors_wd": 0.0001,
    "factors_init_sigma": 0.1,
}
#: Cents per click.
BIDS = {"shoes": 55, "pans": 40, "trips": 50, "headsets": 60, "mowers": 20, "coffee": 15}
HIGHEST_BID = 120


@dataclass(frozen=True)
class Slot:
    """Where and when a slot is free, and what each of `ADS` bids for a click (cents)."""

    page: str = "games"
    hour: int = 20
    device: str = "phone"
    bids: tuple[int, ...] = tuple(BIDS.values())


@lru_cache(maxsize=1)
def rates() -> dict[str, np.ndarray]:
    """Click rates by the "machine", the "linear" model and the "truth": (pages, ads, hours, devices) each.

    Fits both models to the lesson's log, which takes about a second; once.
    """
    log = clicks.ads()
    rows, every = log.rows[:LEARN], log.candidates()
    X, y, asked = _one_hot(rows.drop(columns="click")), rows["click"].to_numpy(), _one_hot(every)
    shape = len(PAGES), len(ADS), len(clicks.HOURS), len(DEVICES)
    found = {"truth": log.rate(every).reshape(shape)}
    for name, factors in FACTORS.items():
        config = adam.AdamConfig(num_factors=factors, **SETTINGS)
        model = adam.fit(X, y, config, seed=0).params
        found[name] = model.predict(asked).astype(float).reshape(shape)
    return found


def ad_rates(slot: Slot, who: str) -> np.ndarray:
    """The click rate of each ad in the slot, (ads,), by the "machine", the "linear" model or the "truth"."""
    return rates()[who][PAGES.index(slot.page), :, slot.hour, DEVICES.index(slot.device)]


def worth(slot: Slot, who: str) -> np.ndarray:
    """Expected cents per 1,000 impressions of each ad, (ads,)."""
    return 1000 * ad_rates(slot, who) * np.array(slot.bids)


def winner(slot: Slot, who: str) -> str:
    """The ad that earns most in the slot, by these rates."""
    return ADS[int(np.argmax(worth(slot, who)))]


def _one_hot(rows: pd.DataFrame) -> np.ndarray:
    return pd.get_dummies(rows, dtype=np.float32).to_numpy()


# ------------------------------------------------------------------------------------------------ in words


def nobody_bids(slot: Slot) -> bool:
    """Whether the slot stays empty."""
    return not any(slot.bids)


def verdict(slot: Slot) -> str:
    """Who gets the slot, in one sentence."""
    if nobody_bids(slot):
        return "Nobody bids, so the slot stays empty."
    first, other = winner(slot, "machine"), winner(slot, "linear")
    place = ADS.index(first)
    rate, bid = ad_rates(slot, "machine")[place], slot.bids[place]
    agreed = "The linear model agrees." if other == first else f"The linear model prefers {other}."
    return (
        f"The machine gives the slot to {first}: {1000 * rate:.1f} clicks in 1,000 × {bid} cents are "
        f"{1000 * rate * bid:,.0f} cents. {agreed}"
    )


def reason(slot: Slot) -> str:
    """What is clicked most, and what the choices really earn, in two sentences."""
    if nobody_bids(slot):
        return "An ad that bids nothing is worth nothing, however often it is clicked."
    most = ADS[int(np.argmax(ad_rates(slot, "machine")))]
    first, other = winner(slot, "machine"), winner(slot, "linear")
    clicked = (
        f"{most.capitalize()} are clicked most, too."
        if most == first
        else f"{most.capitalize()} are clicked most, and bid too little."
    ).replace("Coffee are", "Coffee is")
    paid = {ad: f"{ad} {worth(slot, 'truth')[ADS.index(ad)]:,.0f}" for ad in (first, other)}
    return f"{clicked} By the true rates, in cents per 1,000: {', '.join(paid.values())}."


def finding(slot: Slot) -> str:
    """What the figure shows, as a title."""
    if nobody_bids(slot):
        return "Nobody bids"
    first, other = winner(slot, "machine"), winner(slot, "linear")
    if first == other:
        return f"Both models give the slot to {first}"
    return f"The machine picks {first}, the linear model {other}"


def words(slot: Slot) -> str:
    """The figure in words."""
    each = "; ".join(
        f"{ad} {by_machine:,.0f} and {by_linear:,.0f}"
        for ad, by_machine, by_linear in zip(ADS, worth(slot, "machine"), worth(slot, "linear"), strict=True)
    )
    return (
        f"Expected cents per 1,000 impressions on a {slot.page} page at {slot.hour}:00 on a {slot.device}, "
        f"by the machine and by the linear model: {each}. {finding(slot)}."
    )
