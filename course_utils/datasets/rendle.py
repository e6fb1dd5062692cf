"""The seven ratings with which Steffen Rendle introduced factorization machines.

Source: S. Rendle, "Factorization Machines", ICDM 2010, example 1 and figure 1.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from course_utils.datasets.tables import Dataset, bundled

MONTH_ORIGIN = "2008-12"
"""The month numbered 0. The paper counts January 2009 as 1."""

PAPER_ORDER = ("Titanic", "Notting Hill", "Star Wars", "Star Trek")
"""The films in the order of the paper's columns (TI, NH, SW, ST)."""


def month_number(timestamp):
    """The paper's month number of Unix seconds (UTC): January 2009 is 1, January 2010 is 13.

    Parameters
    ----------
    timestamp : int or (n,) int64

    Returns
    -------
    int64 of the same shape

    Examples
    --------
    >>> int(month_number(1262304000))  # 2010-01-01
    13
    """
    months = np.asarray(timestamp, dtype="datetime64[s]").astype("datetime64[M]")
    return (months - np.datetime64(MONTH_ORIGIN, "M")).astype(np.int64)


def load() -> Dataset:
    """The toy table: 3 users, 4 films, 7 ratings; a rating's timestamp is the first second of its month.

    The paper gives no genres, so every film's are empty: what Star Wars and Star Trek share has to be
    learned from ratings alone.
    """
    rows = pd.read_csv(bundled("rendle.csv"), dtype={"rating": np.float64})
    months = rows.pop("month").to_numpy(dtype="datetime64[M]")
    rows["timestamp"] = months.astype("datetime64[s]").astype(np.int64)
    items = pd.DataFrame(
        {"title": list(PAPER_ORDER), "genres": [()] * len(PAPER_ORDER)},
        index=pd.Index(PAPER_ORDER, name="item"),
    )
    return Dataset(
        name="rendle-2010",
        ratings=rows,
        items=items,
        origin="built-in",
        licence="Seven example ratings quoted from S. Rendle, Factorization Machines, ICDM 2010, figure 1.",
    )
