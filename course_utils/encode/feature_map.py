"""Which id owns which column: fitted once on training rows, then used for every row that follows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
from scipy import sparse

from course_utils.encode.blocks import LastItem, Lookup, Time, Unknown
from course_utils.encode.ids import UnknownIdError, column

__all__ = ["BLOCKS", "FeatureMap", "UnknownIdError"]

BLOCKS = ("user", "item", "genre", "time", "other_items", "last_item")
_FORMAT = "fm-course feature map 1"
_KINDS = {"time": Time, "last_item": LastItem}  # every other block is a Lookup


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
    other_items   one per film; every film the user rated in training, the row's own included; sums to 1
    last_item     one per film, 1 in the film the user rated last before this row; blank for the first
    ============= =========================================================================================

    The last two blocks and the month number follow Rendle 2010, figure 1.
    """

    def __init__(self, blocks: Sequence[Lookup | Time | LastItem], unknown: Unknown) -> None:
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
            Training rows; ``timestamp`` (Unix seconds) is needed by the time and last_item blocks only.
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
        if "genre" in blocks:
            _check_items(items)

        makers = {
            "user": lambda: Lookup.one_hot("user", ratings, unknown),
            "item": lambda: Lookup.one_hot("item", ratings, unknown),
            "genre": lambda: Lookup.genres(items, unknown),
            "time": lambda: Time.fit(ratings, time_origin, time_scale),
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
            block.encode(table) if name in chosen else sparse.csr_array((len(table), block.width))
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


def _side_by_side(parts: list[sparse.csr_array], n: int) -> sparse.csr_array:
    """Join blocks of columns, row by row. Much faster than scipy's hstack, which sorts coordinates."""
    counts = [np.diff(part.indptr) for part in parts]
    offsets = np.cumsum([0, *(part.shape[1] for part in parts)])
    starts = np.concatenate(([0], np.cumsum(np.sum(counts, axis=0), dtype=np.int64)))
    index_dtype = np.int32 if max(starts[-1], offsets[-1]) <= np.iinfo(np.int32).max else np.int64
    starts = starts.astype(index_dtype)
    indices = np.empty(starts[-1], dtype=index_dtype)
    data = np.empty(starts[-1], dtype=np.float32)
    next_free = starts[:-1].copy()
    for part, count, offset in zip(parts, counts, offsets[:-1], strict=True):
        place = np.repeat(next_free - part.indptr[:-1], count) + np.arange(part.nnz, dtype=index_dtype)
        indices[place] = part.indices + index_dtype(offset)
        data[place] = part.data
        next_free += count.astype(index_dtype)
    return sparse.csr_array((data, indices, starts), shape=(n, int(offsets[-1])))


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


def _check_items(items: pd.DataFrame | None) -> None:
    if items is None or "genres" not in items or items.index.name != "item":
        raise ValueError(
            "The genre block needs items=dataset.items: a table with 'genres', indexed by 'item'."
        )
    if not items.index.is_unique:
        raise ValueError("The items table names some film twice; each id must stand once.")
