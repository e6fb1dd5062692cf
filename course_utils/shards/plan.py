"""How many rows go to which shard, from the row counts of the partitions alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


def rows_of_shards(rows: int, shards: int, batch: int) -> list[int]:
    """How many rows each shard gets: whole mini-batches, and no shard more than one above another.

    The fewer than ``batch`` rows that fill no mini-batch are in none of them.

    Raises
    ------
    ValueError
        Where some shard would stay empty.
    """
    if min(shards, batch) < 1:
        raise ValueError(f"shards={shards} and batch={batch}: both must be 1 or more.")
    batches = rows // batch
    if batches < shards:
        raise ValueError(
            f"{rows:,} rows fill {batches:,} mini-batches of {batch:,}, too few for {shards:,} shards. "
            "Cut fewer shards, or take a smaller mini-batch."
        )
    return [batch * (batches // shards + (shard < batches % shards)) for shard in range(shards)]


@dataclass(frozen=True)
class Plan:
    """Deals the rows of some partitions to shards, one by one like cards, until each has its number.

    Every worker can follow it by itself: the place of a row follows from its partition's number and its own
    place there.

    Parameters
    ----------
    counts : tuple of int
        Rows of each partition.
    shards : int
    batch : int
        The training job's ``mini_batch_size``. With 1 no row is left out, as for rows to score.
    """

    counts: tuple[int, ...]
    shards: int
    batch: int

    def __post_init__(self) -> None:
        rows_of_shards(sum(self.counts), self.shards, self.batch)

    @property
    def sizes(self) -> list[int]:
        """Rows of each shard."""
        return rows_of_shards(sum(self.counts), self.shards, self.batch)

    @cached_property
    def left_out(self) -> list[int]:
        """Rows of each partition that go nowhere: its share of what fills no mini-batch.

        Were they all taken from the last partition, they would be one sort of users.
        """
        until = np.cumsum([0, *self.counts])
        rest = int(until[-1]) % self.batch
        shares = [int(rows) * rest // int(until[-1]) for rows in until]
        return np.diff(shares).tolist()

    @cached_property
    def first(self) -> list[int]:
        """The place among all kept rows at which each partition begins."""
        kept = np.subtract(self.counts, self.left_out)
        return (np.cumsum(kept) - kept).tolist()

    def shard_of(self, place: np.ndarray) -> np.ndarray:
        """The shard of the rows at some places among all kept rows."""
        everyone = min(self.sizes) * self.shards  # so many rows go round all shards, the others round some
        larger = max(1, sum(size > min(self.sizes) for size in self.sizes))
        return np.where(place < everyone, place % self.shards, (place - everyone) % larger)
