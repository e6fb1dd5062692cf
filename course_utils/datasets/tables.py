"""The one form in which every data set reaches a lesson."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from course_utils.paths import ROOT

Origin = Literal["COURSE_DATA_DIR", "cache", "download", "sample", "built-in"]

RATING_COLUMNS = ("user", "item", "rating", "timestamp")
ITEM_COLUMNS = ("title", "genres")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Ratings, the films they are about, and where both came from.

    Parameters
    ----------
    name : str
        Such as ``"ml-latest-small"``; ``"sample"`` for the made-up stand-in.
    ratings : DataFrame[user, item, rating, timestamp]
        One row per rating, in the source's order. Ids exactly as in the source (never positions), ``rating``
        float64 in stars, ``timestamp`` int64 in Unix seconds (nullable ``Int64`` where the source has none).
    items : DataFrame[title, genres]
        Indexed by ``item``; ``genres`` is a tuple of str, empty where the source names none.
    origin : str
        Where the rows were found: "COURSE_DATA_DIR", "cache", "download", "sample" or "built-in".
    notice : str
        What a reader must be told before believing any figure; ``""`` when there is nothing to tell.
    licence : str
        The terms of use, in short.
    """

    name: str
    ratings: pd.DataFrame
    items: pd.DataFrame
    origin: Origin
    notice: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        for table, columns, what in (
            (self.ratings, RATING_COLUMNS, "ratings"),
            (self.items, ITEM_COLUMNS, "items"),
        ):
            missing = [column for column in columns if column not in table]
            if missing:
                raise ValueError(f"The {what} table lacks {missing}; it has {list(table)}.")
        if self.items.index.name != "item" or not self.items.index.is_unique:
            raise ValueError("The items table must be indexed by 'item', with each id once.")

    def titles(self, item_ids: Iterable) -> list[str]:
        """The title of each film, looked up by id; positions never enter.

        Raises
        ------
        KeyError
            For an id that the items table does not hold.
        """
        ids = pd.Index(list(item_ids)).tolist()  # plain int and str, for the message below
        positions = self.items.index.get_indexer(ids)
        unknown = [item for item, position in zip(ids, positions, strict=True) if position < 0]
        if unknown:
            raise KeyError(
                f"{self.name} has no film with id {unknown[0]!r} ({len(unknown)} unknown in all). "
                "Ids are the source's own numbers or names, not positions in a list."
            )
        return self.items["title"].iloc[positions].tolist()


def bundled(relative: str) -> Path:
    """A file of the repository's ``data/`` folder.

    Raises
    ------
    FileNotFoundError
        When the package runs without its repository beside it.
    """
    path = ROOT / "data" / relative
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing. The course reads it from its repository: install the package from a full "
            "clone with 'python3 course.py test' (or 'uv sync'), and check that 'git status' shows no "
            "deleted file under data/."
        )
    return path
