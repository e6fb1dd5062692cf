"""The feature blocks. Each turns a table into its own slice of columns.

What a row holds mostly depends on one id, such as a film's genres. A block therefore keeps one sparse row per
known id and a last one for everything unknown, and encodes a table as :class:`Picked`: this row, that row, …
The rows themselves are copied once, straight to their place among the other blocks.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from course_utils.encode.ids import IdIndex, column, id_values, refuse_unknown

Unknown = Literal["zero", "error", "column"]


class Picked(NamedTuple):
    """One block of feature rows, not yet copied: row i is ``rows[codes[i]]``.

    ``rows`` is (m, width) CSR float32 with ascending columns, ``codes`` (n,) whole numbers; -1 is the last.
    """

    rows: sparse.csr_array
    codes: np.ndarray


def incidence(row: np.ndarray, column: np.ndarray, shape: tuple[int, int]) -> sparse.csr_array:
    """Which rows meet which columns: a canonical CSR of ones (bool), however often a pair is named."""
    # Given 64-bit places SciPy keeps them, at twice the memory. Nobody has 2³¹ users or films.
    pairs = row.astype(np.int32), column.astype(np.int32)
    return sparse.csr_array((np.ones(len(row), dtype=bool), pairs), shape=shape)


def genre_incidence(items: pd.DataFrame) -> tuple[IdIndex, list[str], sparse.csr_array]:
    """The films of an items table, all genres in alphabetical order, and which film has which.

    Raises
    ------
    ValueError
        If the table is not ``DataFrame[genres]`` indexed by item, or a film's genres are not a list of texts.
    """
    if items is None or "genres" not in items or items.index.name != "item":
        raise ValueError("Genres need items=dataset.items: a table with 'genres', indexed by 'item'.")
    if not items.index.is_unique:
        raise ValueError("The items table names some film twice; each id must stand once.")
    genres = items["genres"]
    for item, own in genres.items():
        if isinstance(own, str) or not isinstance(own, Collection):
            raise ValueError(
                f"The genres of item {item!r} are {own!r}; expected a tuple such as ('Drama', 'War'). "
                "Text with separators is taken apart by items['genres'].str.split('|')."
            )
    values = id_values(items.reset_index(), "item")
    films = IdIndex(values)
    film = np.repeat(films.codes(values, "item"), genres.map(len).to_numpy(dtype=np.int64))
    labels, number = np.unique([genre for own in genres for genre in own], return_inverse=True)
    return films, labels.tolist(), incidence(film, number, (len(films), len(labels)))


def lookup_rows(
    starts: np.ndarray, columns: np.ndarray, width: int, *, share: bool, spare: bool
) -> sparse.csr_array:
    """The lookup matrix: row i holds the columns ``columns[starts[i]:starts[i + 1]]``, then the unknown row.

    Parameters
    ----------
    starts : (n + 1,) int
    columns : int, ascending within a row
    width : int
        Number of ordinary columns.
    share : bool
        False: every entry is 1. True: the entries of a row add up to 1.
    spare : bool
        True: one more column, which only the unknown row holds. False: the unknown row is blank.
    """
    counts = np.diff(starts)
    values = np.repeat(1 / np.maximum(counts, 1), counts) if share else np.ones(len(columns))
    return sparse.csr_array(
        (
            np.append(values, [1.0] * spare).astype(np.float32),
            np.append(columns, [width] * spare).astype(np.int32),
            np.append(starts, starts[-1] + spare).astype(np.int32),
        ),
        shape=(len(counts) + 1, width + spare),
    )


def one_hot_rows(n: int, *, spare: bool) -> sparse.csr_array:
    """The lookup matrix of a plain one-hot block over n ids."""
    return lookup_rows(np.arange(n + 1), np.arange(n), n, share=False, spare=spare)


@dataclass(frozen=True, eq=False)
class Lookup:
    """Columns that follow from the user alone or from the film alone.

    ``members`` is None for a one-hot block; otherwise says which labels each id has: (ids, labels) CSR bool.
    """

    name: str
    key: str
    ids: IdIndex
    labels: list
    members: sparse.csr_array | None
    share: bool
    unknown: Unknown

    @classmethod
    def one_hot(cls, name: str, ratings: pd.DataFrame, unknown: Unknown) -> Lookup:
        """One column per user, or one per film."""
        ids = IdIndex(id_values(ratings, name))
        return cls(name, name, ids, ids.ids, None, False, unknown)

    @classmethod
    def genres(cls, items: pd.DataFrame, unknown: Unknown) -> Lookup:
        """One column per genre, several hot at once. Every film of ``items`` is known, rated or not."""
        films, labels, members = genre_incidence(items)
        return cls("genre", "item", films, labels, members, False, unknown)

    @classmethod
    def other_items(cls, ratings: pd.DataFrame, unknown: Unknown) -> Lookup:
        """All films that the user rated in training, the row's own included; they add up to 1."""
        user_ids, item_ids = id_values(ratings, "user"), id_values(ratings, "item")
        users, items = IdIndex(user_ids), IdIndex(item_ids)
        rated = incidence(
            users.codes(user_ids, "user"), items.codes(item_ids, "item"), (len(users), len(items))
        )
        return cls("other_items", "user", users, items.ids, rated, True, unknown)

    @property
    def width(self) -> int:
        return len(self.labels) + (self.unknown == "column")

    @cached_property
    def _rows(self) -> sparse.csr_array:
        spare = self.unknown == "column"
        if self.members is None:
            return one_hot_rows(len(self.ids), spare=spare)
        indptr, indices = self.members.indptr, self.members.indices
        return lookup_rows(indptr, indices, len(self.labels), share=self.share, spare=spare)

    def encode(self, table: pd.DataFrame) -> Picked:
        values = id_values(table, self.key)
        codes = self.ids.codes(values, self.key)
        if self.unknown == "error":
            refuse_unknown(codes, values, self.key)
        return Picked(self._rows, codes)

    def to_json(self) -> dict:
        fields = {"key": self.key, "ids": self.ids.ids, "share": self.share, "unknown": self.unknown}
        if self.members is not None:
            starts = self.members.indptr[1:-1]
            members = [own.tolist() for own in np.split(self.members.indices, starts)]
            fields |= {"labels": self.labels, "members": members}
        return {"name": self.name, **fields}

    @classmethod
    def from_json(cls, fields: dict) -> Lookup:
        ids, labels, members = IdIndex(fields["ids"]), fields.get("labels", fields["ids"]), None
        if "members" in fields:
            counts = [len(own) for own in fields["members"]]
            column = np.array([label for own in fields["members"] for label in own], dtype=np.int64)
            members = incidence(np.repeat(np.arange(len(ids)), counts), column, (len(ids), len(labels)))
        return cls(
            fields["name"],
            fields["key"],
            ids,
            labels,
            members,
            fields["share"],
            fields["unknown"],
        )


@dataclass(frozen=True, eq=False)
class Time:
    """One real-valued column: calendar months (UTC) since ``origin``, divided by ``scale`` months."""

    origin: str
    scale: float
    name: str = "time"

    @classmethod
    def fit(cls, ratings: pd.DataFrame, origin: str | None, scale: float | None) -> Time:
        """By default the first training month is 0 and the last is 1."""
        months = month_of(ratings)
        origin = origin or str(months.min())
        span = (months.max() - np.datetime64(origin, "M")).astype(int)
        return cls(origin, float(scale or max(span, 1)))

    width = 1

    @property
    def labels(self) -> list:
        return [None]

    def encode(self, table: pd.DataFrame) -> Picked:
        months = (month_of(table) - np.datetime64(self.origin, "M")).astype(np.int64)
        n = len(months)
        values = (months / self.scale).astype(np.float32)
        rows = sparse.csr_array(
            (values, np.zeros(n, np.int32), np.arange(n + 1, dtype=np.int32)), shape=(n, 1)
        )
        return Picked(rows, np.arange(n))

    def to_json(self) -> dict:
        return {"name": self.name, "origin": self.origin, "scale": self.scale}

    @classmethod
    def from_json(cls, fields: dict) -> Time:
        return cls(fields["origin"], fields["scale"])


def month_of(table: pd.DataFrame) -> np.ndarray:
    """Calendar month of each row's Unix seconds, (n,) datetime64[M]."""
    return moment_of(table).astype("datetime64[M]")


def moment_of(table: pd.DataFrame) -> np.ndarray:
    """Each row's Unix seconds as a UTC time, (n,) datetime64[s]."""
    return column(table, "timestamp").to_numpy(dtype=np.int64).astype("datetime64[s]")


@dataclass(frozen=True, eq=False)
class Day:
    """One column per calendar day (UTC) of the training rows: what was in the air on that day."""

    days: np.ndarray  # (m,) datetime64[D], ascending
    unknown: Unknown
    name: str = "day"

    @classmethod
    def fit(cls, ratings: pd.DataFrame, unknown: Unknown) -> Day:
        return cls(np.unique(moment_of(ratings).astype("datetime64[D]")), unknown)

    @property
    def labels(self) -> list:
        """The days as ``"YYYY-MM-DD"``."""
        return np.datetime_as_string(self.days).tolist()

    @property
    def width(self) -> int:
        return len(self.days) + (self.unknown == "column")

    @cached_property
    def _rows(self) -> sparse.csr_array:
        return one_hot_rows(len(self.days), spare=self.unknown == "column")

    def encode(self, table: pd.DataFrame) -> Picked:
        days = moment_of(table).astype("datetime64[D]")
        codes = pd.Index(self.days.astype(np.int64)).get_indexer(days.astype(np.int64))
        if self.unknown == "error":
            refuse_unknown(codes, np.datetime_as_string(days), "day")
        return Picked(self._rows, codes)

    def to_json(self) -> dict:
        return {"name": self.name, "days": self.labels, "unknown": self.unknown}

    @classmethod
    def from_json(cls, fields: dict) -> Day:
        return cls(np.array(fields["days"], dtype="datetime64[D]"), fields["unknown"])


@dataclass(frozen=True, eq=False)
class LastItem:
    """The film that the user rated last before the row's moment, in the training rows; blank for the first.

    "Before" means an earlier second. Training rows of the same user and second keep their order.
    """

    users: IdIndex
    items: IdIndex
    history: np.ndarray  # (3, m) int64: user code, timestamp, item code; ascending by user and time
    unknown: Unknown
    name: str = "last_item"

    @classmethod
    def fit(cls, ratings: pd.DataFrame, unknown: Unknown) -> LastItem:
        user_ids, item_ids = id_values(ratings, "user"), id_values(ratings, "item")
        users, items = IdIndex(user_ids), IdIndex(item_ids)
        history = np.stack(
            (
                users.codes(user_ids, "user"),
                column(ratings, "timestamp").to_numpy(dtype=np.int64),
                items.codes(item_ids, "item"),
            )
        ).astype(np.int64)
        return cls(users, items, history[:, np.lexsort((history[1], history[0]))], unknown)

    @property
    def labels(self) -> list:
        return self.items.ids

    @property
    def width(self) -> int:
        return len(self.items) + (self.unknown == "column")

    def encode(self, table: pd.DataFrame) -> Picked:
        user_ids = id_values(table, "user")
        user = self.users.codes(user_ids, "user")
        if self.unknown == "error":
            refuse_unknown(user, user_ids, "user")
        past_user, past_time, past_item = self.history
        # One sortable number per (user, second), so that a single binary search answers every row.
        start, seconds = past_time.min(), np.ptp(past_time) + 2
        moment = np.clip(column(table, "timestamp").to_numpy(dtype=np.int64) - start, 0, seconds - 1)
        place = np.searchsorted(past_user * seconds + past_time - start, user * seconds + moment) - 1
        blank, strange = len(self.items), len(self.items) + 1
        last = np.where((place >= 0) & (past_user[place] == user), past_item[place], blank)
        return Picked(self._rows, np.where(user < 0, strange, last))

    @cached_property
    def _rows(self) -> sparse.csr_array:
        """One-hot rows, then a blank row for "no film before", then the row of an unknown user."""
        n = len(self.items)
        starts = np.append(np.arange(n + 1), n)
        return lookup_rows(starts, np.arange(n), n, share=False, spare=self.unknown == "column")

    def to_json(self) -> dict:
        return {
            "name": self.name,
            "users": self.users.ids,
            "items": self.items.ids,
            "history": self.history.tolist(),
            "unknown": self.unknown,
        }

    @classmethod
    def from_json(cls, fields: dict) -> LastItem:
        return cls(
            IdIndex(fields["users"]),
            IdIndex(fields["items"]),
            np.array(fields["history"], dtype=np.int64),
            fields["unknown"],
        )
