"""What an hour of an instance costs: the one table that lessons, widgets and the budget guard read.

The table is ``prices.json`` beside this file. AWS changes its prices, so each row names its source and the
source its date; :func:`warning` says so when a table is older than a year. To bring it up to date, edit that
file by AWS's price page, which it names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd

FILE = Path(__file__).with_name("prices.json")
USES = ("training", "hosting", "transform", "processing")
HOME = "us-east-1"
"""The region whose prices the lessons name."""

_OLD_DAYS = 366


class PriceUnknown(LookupError):
    """The table has no such row; the text says what to do."""


@dataclass(frozen=True)
class Price:
    """One row of the table.

    Attributes
    ----------
    usd_per_hour : float
        For one instance.
    source : str
        Where the number is from, in words.
    as_of : str
        ``"2025"`` or ``"2023-12"``: the year or month in which it held.
    certain : bool
        Whether it stood on a bill; else it is assumed.
    """

    region: str
    instance: str
    usd_per_hour: float
    source: str
    as_of: str
    certain: bool

    def __str__(self) -> str:
        sure = "" if self.certain else ", assumed"
        return f"${self.usd_per_hour:g} an hour ({self.region}, {self.as_of}{sure})"


@cache
def _file() -> Mapping:
    return json.loads(FILE.read_text("utf-8"))


@cache
def _rows() -> dict[tuple[str, str, str], Price]:
    found = {}
    for row in _file()["prices"]:
        source = _file()["sources"][row["source"]]
        price = Price(
            row["region"],
            row["instance"],
            row["usd_per_hour"],
            source["text"],
            source["as_of"],
            source["certain"],
        )
        found |= {(row["region"], row["instance"], use): price for use in row["uses"]}
    return found


def page() -> str:
    """Address of AWS's own price list."""
    return _file()["page"]


def regions() -> list[str]:
    """The regions of the table, in its order."""
    return list(dict.fromkeys(region for region, _, _ in _rows()))


def instances(use: str, region: str = HOME) -> dict[str, float]:
    """USD an hour of each instance type that a region has for ``use`` (one of :data:`USES`)."""
    return {
        name: price.usd_per_hour
        for (where, name, what), price in _rows().items()
        if (where, what) == (region, use)
    }


def of(instance: str, use: str, region: str = HOME) -> Price:
    """The price of one instance.

    Parameters
    ----------
    instance : str
        Such as ``"ml.m5.large"``.
    use : str
        One of :data:`USES`.
    region : str

    Raises
    ------
    PriceUnknown
    """
    if use not in USES:
        raise ValueError(f"use is {use!r}; it must be one of {', '.join(USES)}")
    try:
        return _rows()[region, instance, use]
    except KeyError:
        there = ", ".join(instances(use, region)) or f"nothing in {region}; regions: {', '.join(regions())}"
        raise PriceUnknown(
            f"The price table does not know what {instance} costs for {use} in {region}. It knows: {there}."
        ) from None


def oldest(region: str = HOME) -> str:
    """The date of the oldest row of a region, as the table says it."""
    return min(price.as_of for (where, _, _), price in _rows().items() if where == region)


def warning(region: str = HOME, today: date | None = None) -> str | None:
    """A sentence when the prices of a region are older than a year, or None."""
    if region not in regions():
        return f"The price table has no row for {region}."
    year, _, month = (since := oldest(region)).partition("-")
    # A year without a month counts from its first day: better too old than too young.
    age = (today or date.today()) - date(int(year), int(month or 1), 1)
    if age.days <= _OLD_DAYS:
        return None
    return f"Some prices of {region} are of {since}. Compare them with {page()} before you rely on them."


def table(region: str | None = None) -> pd.DataFrame:
    """The rows of one region, or all: ``region, instance, use, usd_per_hour, as_of, certain, source``."""
    rows = [
        {
            "region": where,
            "instance": name,
            "use": use,
            "usd_per_hour": price.usd_per_hour,
            "as_of": price.as_of,
            "certain": price.certain,
            "source": price.source,
        }
        for (where, name, use), price in _rows().items()
        if region in (None, where)
    ]
    return pd.DataFrame(rows)
