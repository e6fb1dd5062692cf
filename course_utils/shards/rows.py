"""What a worker does, whichever engine started it: deal one partition out, and write one shard.

Nothing here is random in the sense of different each time. A worker that dies is replaced by another one that
does its work again, and rows that were to be dealt out anew would then be lost or stand twice. So the order
comes from the rows themselves: a hash of each, mixed with the seed.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from course_utils import recordio
from course_utils.encode import FeatureMap
from course_utils.shards import places
from course_utils.shards.plan import Plan
from course_utils.shards.shard_set import Shard

COLUMNS = ["user", "item", "rating"]
"""What the functions here need of a table; without ``rating``, rows get no label."""


def keys(rows: pd.DataFrame, seed: int) -> np.ndarray:
    """A number that looks random for each row, (n,) uint64: the same on every machine and in every process.

    Python's own ``hash`` is not: of text it differs from process to process.
    """
    known = [name for name in COLUMNS if name in rows]
    own = pd.util.hash_pandas_object(rows[known], index=False).to_numpy()
    return pd.util.hash_array(own ^ pd.util.hash_array(np.array([seed], np.uint64)))


def deal(rows: pd.DataFrame, partition: int, plan: Plan, seed: int = 0) -> pd.DataFrame:
    """The rows of one partition, shuffled, each with the number of its ``shard``; some are left out.

    Raises
    ------
    ValueError
        If the partition is not as long as when the plan was made.
    """
    if len(rows) != plan.counts[partition]:
        raise ValueError(
            f"Partition {partition} has {len(rows):,} rows now, and had {plan.counts[partition]:,} when they "
            "were counted. The table must read the same twice: write it to files first."
        )
    order = np.argsort(keys(rows, seed), kind="stable")[plan.left_out[partition] :]
    place = plan.first[partition] + np.arange(len(order))
    return rows.iloc[order].assign(shard=plan.shard_of(place).astype(np.int32))


def write_shard(
    parts: Iterable[pd.DataFrame], number: int, where: str, feature_map: FeatureMap, seed: int = 0
) -> Shard:
    """Write everything dealt to one shard, shuffled, as one RecordIO file that appears when it is whole.

    Parameters
    ----------
    parts : iterable of DataFrame[user, item, rating]
        In any order: pieces of pandas, of Spark, of anything that yields tables.
    number : int
        Names the file.
    where : str
        A folder or ``s3://bucket/prefix``.
    """
    rows = pd.concat(list(parts), ignore_index=True)
    rows = rows.iloc[np.argsort(keys(rows, seed + 1), kind="stable")]  # dealt by one seed, stacked by another
    stars = rows["rating"].to_numpy(np.float32) if "rating" in rows else None
    name = f"part-{number:05}.pbr"
    with places.new_file(where, name) as stream:
        recordio.write(stream, feature_map.transform(rows), stars)
        size = stream.tell()
    return Shard(name, len(rows), size)


def ids_of(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """The users and films of one partition, once each."""
    return {name: rows[name].unique() for name in ("user", "item")}


def map_of_ids(users: np.ndarray, items: np.ndarray) -> FeatureMap:
    """A map with a column for each of these users and films, which need not be in one table together."""
    longest = max(len(users), len(items))  # the shorter list is repeated: an id counts once
    table = {"user": np.resize(users, longest), "item": np.resize(items, longest)}
    return FeatureMap.fit(pd.DataFrame(table))
