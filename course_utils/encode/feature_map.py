"""Which id owns which column: fitted once on training rows, then used for every row that follows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
from scipy import sparse

from course_utils.encode.blocks import Day, LastItem, Lookup, Picked, Time, Unknown
from course_utils.encode.ids import UnknownIdError, column

__all__ = ["BLOCKS", "FeatureMap", "UnknownIdError"]

BLOCKS = ("user", "item", "genre", "time", "day", "other_items", "last_item")
_FORMAT = "fm-course feature map 1"
_COPIED_AT_ONCE = 1 << 20  # non-zeros
_KINDS = {"time": Time, "day": Day, "last_item": LastItem}  # every other block is a Lookup


class FeatureMap:
    """Ids to columns and back. A model without its map is worthless: save the two together.

    Make one with :meth:`fit` or :meth:`load`. Columns stand block by block in the order given to ``fit``, and
    within a block in ascending order of the ids.

    ============= =========================================================================================
    block         columns
    ============= =========================================================================================
    user          one per user in the training rows, 1 in the row's own
    item          one per film in the training rows, 1 in the row's own
    genre         one per genre of the items table, 1 in each genre of the film (a new film has genres too)
    time          one: calendar months (UTC) since ``time_origin``, divided by ``time_scale``
    day           one per calendar day (UTC) on which a training row was rated, 1 in the row's own
    other_items   one per film; every film the user rated in training, the row's own included; sums to 1
    last_item     one per film, 1 in the film the user rated last before this row; blank for the first
    ============= =========================================================================================

    The last two blocks and the month number follow Rendle 2010, figure 1.
    """

    def __init__(self, blocks: Sequence[Lookup | Time | Day | LastItem], unknown: Unknown) -> None:
        self._blocks = {block.name: block for block in blocks}
        self.unknown = unknown
        stops = np.cumsum([block.width for block in blocks])
        self._ranges = {
            block.name: range(int(stop) - block.width, int(stop))
            for block, stop in zip(blocks, stops, strict=True)
        }

    @classmethod
    def fit(
        cls,
        ratings: pd.DataFrame,
        blocks: Sequence[str] = ("user", "item"),
        *,
        items: pd.DataFrame | None = None,
        unknown: Unknown = "zero",
        time_origin: str | None = None,
        time_scale: float | None = None,
    ) -> FeatureMap:
        """Learn the columns from training rows only.

        Parameters
        ----------
        ratings : DataFrame[user, item, …]
            Training rows; ``timestamp`` (Unix seconds) is needed by the time, day and last_item blocks only.
        blocks : sequence of str
            Some of ``BLOCKS``, in column order.
        items : DataFrame[genres] indexed by item
            Needed by the genre block only.
        unknown : "zero", "error" or "column"
            What ``transform`` does with an id that it has never seen: leave the block blank, raise
            :class:`UnknownIdError`, or set the block's one spare column (its last) to 1.
        time_origin : "YYYY-MM", optional
            The month numbered 0; by default that of the first training row.
        time_scale : float, optional
            Months per unit; by default the span of the training rows, so that they lie between 0 and 1.
            Gradient descent goes wrong on a column that runs to 270 beside columns of 0 and 1.

        Raises
        ------
        ValueError
            For an empty table, a missing column, an empty cell, a wrong or repeated block name.
        """
        _check_blocks(blocks)
        if unknown not in get_args(Unknown):
            raise ValueError(f"unknown must be one of {get_args(Unknown)}, got {unknown!r}.")
        if not len(ratings):
            raise ValueError("There is nothing to learn columns from: the ratings table has no rows.")
        _check_ratings(ratings)

        makers = {
            "user": lambda: Lookup.one_hot("user", ratings, unknown),
            "item": lambda: Lookup.one_hot("item", ratings, unknown),
            "genre": lambda: Lookup.genres(items, unknown),
            "time": lambda: Time.fit(ratings, time_origin, time_scale),
            "day": lambda: Day.fit(ratings, unknown),
            "other_items": lambda: Lookup.other_items(ratings, unknown),
            "last_item": lambda: LastItem.fit(ratings, unknown),
        }
        return cls([makers[name]() for name in blocks], unknown)

    def transform(self, table: pd.DataFrame, *, only: Iterable[str] | None = None) -> sparse.csr_array:
        """Feature rows of a table, with the columns learned in training.

        Parameters
        ----------
        table : DataFrame
            Training, test or candidate rows; needs ``user`` and ``item`` as far as the blocks use them.
        only : iterable of str, optional
            Fill these blocks and leave the columns of the others blank: a film alone, before any user.

        Returns
        -------
        (n, feature_dim) CSR float32, column indices ascending within each row

        Raises
        ------
        UnknownIdError
            For an unseen id, if the map was fitted with ``unknown="error"``.
        ValueError
            For a missing column, an empty cell, or ids of another type than in training.
        """
        _check_ratings(table)
        chosen = self.blocks if only is None else tuple(only)
        for name in chosen:
            self._need(name)
        parts = [
            block.encode(table) if name in chosen else _blank(len(table), block.width)
            for name, block in self._blocks.items()
        ]
        return _side_by_side(parts, len(table))

    @property
    def feature_dim(self) -> int:
        """d, the number of columns."""
        return sum(map(len, self._ranges.values()))

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks' names in column order."""
        return tuple(self._blocks)

    @property
    def column_names(self) -> list[str]:
        """One name per column, such as ``"user=Alice"``; ``"time"``; ``"item=?"`` for a spare column."""
        names = []
        for name, block in self._blocks.items():
            own = [name if label is None else f"{name}={label}" for label in block.labels]
            names += own + [f"{name}=?"] * (block.width - len(own))
        return names

    def columns_of(self, block: str) -> range:
        """The columns that belong to one block."""
        self._need(block)
        return self._ranges[block]

    def ids(self, block: str) -> list:
        """What the columns of one block stand for, in column order and without a spare one: ids or genres."""
        self._need(block)
        return list(self._blocks[block].labels)

    def column(self, block: str, id) -> int:
        """The column of one user, film or genre.

        Raises
        ------
        UnknownIdError
            If the block has no column for it.
        """
        try:
            return self.columns_of(block)[self.ids(block).index(id)]
        except ValueError:
            raise UnknownIdError(
                f"The {block!r} block has no column for {id!r}; it knows {len(self.ids(block))} "
                f"ids, such as {self.ids(block)[:3]}."
            ) from None

    def save(self, path: str | Path) -> None:
        """Write the map as JSON; ids keep their type."""
        content = {"format": _FORMAT, "blocks": [block.to_json() for block in self._blocks.values()]}
        Path(path).write_text(json.dumps(content | {"unknown": self.unknown}), encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> FeatureMap:
        """Read a map that :meth:`save` wrote.

        Raises
        ------
        ValueError
            If the file is something else.
        """
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            if content["format"] != _FORMAT:
                raise ValueError(f"its format is {content['format']!r}, expected {_FORMAT!r}")
            blocks = [_KINDS.get(fields["name"], Lookup).from_json(fields) for fields in content["blocks"]]
            return cls(blocks, content["unknown"])
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{path} is not a feature map of this course ({error}). Save one with FeatureMap.save."
            ) from error

    def __repr__(self) -> str:
        widths = ", ".join(f"{name}: {len(columns)}" for name, columns in self._ranges.items())
        return f"FeatureMap({widths}; feature_dim={self.feature_dim}, unknown={self.unknown!r})"

    def _need(self, block: str) -> None:
        if block not in self._blocks:
            raise ValueError(f"This map has no block {block!r}; it has {list(self._blocks)}.")


def _blank(n: int, width: int) -> Picked:
    return Picked(sparse.csr_array((1, width), dtype=np.float32), np.zeros(n, dtype=np.int64))


def _side_by_side(parts: list[Picked], n: int) -> sparse.csr_array:
    """Copy the picked rows to their place, block beside block.

    Some rows at a time, so that little memory is needed beside the result itself: rows of the other_items
    block hold hundreds of numbers each.
    """
    offsets = np.cumsum([0, *(part.rows.shape[1] for part in parts)])
    starts = np.zeros(n + 1, dtype=np.int64)
    for rows, codes in parts:
        starts[1:] += np.diff(rows.indptr)[codes]
    np.cumsum(starts, out=starts)
    index_dtype = np.int32 if max(starts[-1], offsets[-1]) <= np.iinfo(np.int32).max else np.int64
    indices = np.empty(starts[-1], dtype=index_dtype)
    data = np.empty(starts[-1], dtype=np.float32)
    cuts = np.searchsorted(starts, np.arange(0, starts[-1], _COPIED_AT_ONCE))
    for first, last in pairwise([*np.unique(cuts), n]):
        next_free = starts[first:last].copy()
        for (rows, codes), offset in zip(parts, offsets[:-1], strict=True):
            part = rows[codes[first:last]]
            count = np.diff(part.indptr)
            place = np.repeat(next_free - part.indptr[:-1], count) + np.arange(part.nnz)
            indices[place] = part.indices + index_dtype(offset)
            data[place] = part.data
            next_free += count
    return sparse.csr_array((data, indices, starts.astype(index_dtype)), shape=(n, int(offsets[-1])))


def _check_blocks(blocks: Sequence[str]) -> None:
    if isinstance(blocks, str):
        raise ValueError(
            f"blocks must be a sequence of names, such as ({blocks!r},); got the text {blocks!r}."
        )
    wrong = [name for name in blocks if name not in BLOCKS]
    if wrong or not blocks:
        raise ValueError(f"blocks must name some of {BLOCKS}; got {tuple(blocks)!r}.")
    repeated = sorted({name for name in blocks if list(blocks).count(name) > 1})
    if repeated:
        raise ValueError(f"Each block can stand once; {repeated} stand more often in {tuple(blocks)!r}.")


def _check_ratings(table: pd.DataFrame) -> None:
    if "rating" in table:
        column(table, "rating")
