"""What the map of lesson 06 computes: everybody's ten best films, and how many of them two users share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from course_utils.datasets import Dataset
from course_utils.estimator import FactorizationMachine
from course_utils.evaluate import personalisation
from course_utils.recommend import top_n

PLACES = 10  # of a list
USERS = 12  # on the map
FACTORS = (0, 8, 16)


@dataclass(frozen=True, eq=False)
class Overlap:
    """How alike everybody's lists are.

    Parameters
    ----------
    users : list
        The ids on the map.
    shared : (USERS, USERS) int64
        Films that every two of them share; the diagonal is `PLACES`.
    everybody : int
        All users with a list.
    different : int
        Different lists among all users, whatever the order within a list.
    personalisation : float
        Mean Jaccard distance between every two of all users: 0, all the same; 1, no film in common.
    """

    users: list
    shared: np.ndarray
    everybody: int
    different: int
    personalisation: float

    @property
    def mean_shared(self) -> float:
        """Films that two users on the map share, on average."""
        return float(self.shared[np.triu_indices(len(self.users), 1)].mean())


def overlap(lists: pd.DataFrame) -> Overlap:
    """Compare everybody's lists.

    Parameters
    ----------
    lists : DataFrame[user, item]
        As `course_utils.recommend.top_n` makes them.
    """
    sets = lists.groupby("user")["item"].agg(frozenset)
    places = np.linspace(0, len(sets) - 1, min(USERS, len(sets))).round().astype(int)
    shown = sets.iloc[places]
    shared = np.array([[len(a & b) for b in shown] for a in shown])
    return Overlap(shown.index.tolist(), shared, len(sets), sets.nunique(), personalisation(list(sets)))


def overlaps(
    known: Dataset,
    rows: pd.DataFrame,
    settings: Mapping[str, Mapping],
    factors: tuple[int, ...] = FACTORS,
    trained: Mapping[tuple[str, int], FactorizationMachine] | None = None,
) -> dict[tuple[str, int, bool], Overlap]:
    """Take a machine for each setting and each number of factors, and compare its lists, hidden and not.

    Parameters
    ----------
    known : Dataset
        What a user rated here can be hidden.
    rows : DataFrame[user, item, rating]
        To learn from, in the order in which the algorithm gets them.
    settings : name -> keywords of `FactorizationMachine("adam", …)`
        A ``num_factors`` among them gives way to ``factors``.
    trained : (setting, k) -> FactorizationMachine, optional
        Machines that need not be trained again.

    Returns
    -------
    dict of (setting, k, whether rated films are hidden) to Overlap
    """
    found = {}
    for name, keywords in settings.items():
        for k in factors:
            machine = (trained or {}).get((name, k)) or _train(rows, {**keywords, "num_factors": k})
            for hide in (False, True):
                lists = top_n(machine.params_, machine.feature_map_, None, known, PLACES, exclude_seen=hide)
                found[name, k, hide] = overlap(lists)
    return found


def _train(rows: pd.DataFrame, keywords: Mapping) -> FactorizationMachine:
    return FactorizationMachine("adam", **keywords, random_state=0).fit(rows)


# ------------------------------------------------------------------------------------------------ in words


def verdict(this: Overlap) -> str:
    """How alike two lists are, in one sentence."""
    if this.different == 1:
        return f"All {this.everybody} users get the same ten films. Nothing here is personal."
    return f"Two users share {this.mean_shared:.1f} of ten films, on average over this map."


def over_everybody(this: Overlap, hide: bool) -> str:
    """The figures for all users, and a caution where films are hidden."""
    caution = " Part of it is what they have seen, not what they like." if hide else ""
    lists = "one list" if this.different == 1 else f"{this.different} different lists"
    return f"All {this.everybody} users: {lists}, personalisation {this.personalisation:.2f}.{caution}"


def caption(k: int, hide: bool) -> str:
    """What the table shows, as its caption."""
    seen = "films already rated are hidden" if hide else "nothing is hidden"
    return f"Films that two users share, of ten; k = {k}, {seen}. The stronger the tint, the more."
