"""What the sparsity microscope of lesson 01 computes: how full a table is, and what follows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

WINDOW = (40, 60)  # rows and columns of the corner that is drawn
_BYTES_PER_CELL = 4  # float32


@dataclass(frozen=True)
class Table:
    """A table of ratings by its size alone.

    Parameters
    ----------
    users, items : int
        Rows and columns.
    each : float
        How many things a user rates, on average; at most ``items``.
    """

    users: int
    items: int
    each: float

    @property
    def cells(self) -> int:
        """All cells, filled or not."""
        return self.users * self.items

    @property
    def ratings(self) -> float:
        """Filled cells."""
        return self.users * self.each

    @property
    def density(self) -> float:
        """Share of filled cells."""
        return self.each / self.items

    @property
    def per_item(self) -> float:
        """How many ratings a thing has, on average."""
        return self.ratings / self.items

    @property
    def in_common(self) -> float:
        """How many things two users have both rated, on average, were all things rated equally often."""
        return self.each**2 / self.items

    @property
    def dense_bytes(self) -> int:
        """What the table takes with a float32 for each cell, blank or not."""
        return self.cells * _BYTES_PER_CELL


#: Tables to start from. MovieLens: what ml-latest-small holds, 100,836 ratings of 9,724 films by 610 users.
PRESETS = {
    "Toy: three users, four films": Table(3, 4, 7 / 3),
    "MovieLens small: 610 users": Table(610, 9724, 100_836 / 610),
    "Marketplace: ten million users": Table(10_000_000, 1_000_000, 20.0),
}


def table(users: float, items: float, each: float) -> Table:
    """A table from three slider values: whole users and things; nobody rates more than there is."""
    items = max(1, round(items))
    return Table(max(1, round(users)), items, min(each, items))


def corner(this: Table) -> np.ndarray:
    """(rows, columns) bool: filled cells in a corner, strewn evenly; the same for the same table."""
    rows, columns = min(this.users, WINDOW[0]), min(this.items, WINDOW[1])
    rng = np.random.default_rng(7)
    if (rows, columns) == (this.users, this.items):  # all of it: as many dots as there are ratings
        places = rng.permutation(rows * columns)[: round(this.ratings)]
        return np.isin(np.arange(rows * columns), places).reshape(rows, columns)
    return rng.random((rows, columns)) < this.density


# ------------------------------------------------------------------------------------------------ in words


def verdict(this: Table) -> str:
    """How full the table is, in one sentence."""
    if this.density >= 0.1:
        return f"{percent(this.density)} of the cells are filled."
    return f"{percent(this.density)} of the cells are filled: one in {_number(1 / this.density)}."


def consequence(this: Table) -> str:
    """What that means for "people like you", in one sentence."""
    shared = f"Two users have {_number(this.in_common)} things in common, on average"
    if this.in_common >= 1:
        return f"{shared}: enough to ask who is like whom."
    needed = math.ceil(math.sqrt(this.items))
    return (
        f"{shared}: most pairs share nothing. Each user would have to rate {needed:,} things before two of "
        "them share one."
    )


def facts(this: Table) -> dict[str, str]:
    """The numbers of the table, in words."""
    return {
        "Cells": _number(this.cells),
        "Ratings": _number(this.ratings),
        "Filled": percent(this.density),
        "Ratings per thing": _number(this.per_item),
        "Things that two users share": _number(this.in_common),
        "Memory with every blank stored": _bytes(this.dense_bytes),
    }


def corner_title(this: Table) -> str:
    """What the picture shows, as a title."""
    filled = corner(this)
    whole = "the table" if filled.shape == (this.users, this.items) else "this corner"
    return f"{int(filled.sum()):,} of {filled.size:,} cells in {whole} are filled"


def corner_alt(this: Table) -> str:
    """The picture in words."""
    rows, columns = corner(this).shape
    return f"A corner of the table, {rows} users by {columns} things. {corner_title(this)}."


def percent(share: float) -> str:
    """A share in percent, with two digits that count: ``1.70 %``, ``0.0020 %``."""
    value = 100 * share
    digits = 2 if value >= 0.1 else 1 - math.floor(math.log10(value))
    return f"{value:.{digits}f} %"


def _number(value: float) -> str:
    if value >= 10 or value == round(value):
        return f"{value:,.0f}"
    digits = 2 if value >= 0.1 else -math.floor(math.log10(value))
    return f"{value:.{digits}f}"


def _bytes(count: int) -> str:
    power = min(int(math.log10(count) // 3), 5)
    return f"{count / 1000**power:,.3g} {('bytes', 'kB', 'MB', 'GB', 'TB', 'PB')[power]}"
