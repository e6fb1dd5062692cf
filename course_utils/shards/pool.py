"""The engine of one machine: Python's process pool, and files in between. What Spark does, on one screen."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from course_utils.encode import FeatureMap
from course_utils.shards import places
from course_utils.shards.plan import Plan
from course_utils.shards.rows import COLUMNS, deal, ids_of, map_of_ids, write_shard
from course_utils.shards.shard_set import Shard, ShardSet, train_of


def cut(
    partitions: Sequence[str | Path],
    output: str | Path,
    *,
    shards: int,
    batch: int,
    feature_map: FeatureMap | None = None,
    seed: int = 0,
    workers: int = 1,
) -> ShardSet:
    """Cut a table that lies in several Parquet files into RecordIO shards.

    Parameters
    ----------
    partitions : sequence of paths
        Each with the columns ``user``, ``item``, ``rating``, and small enough for a worker's memory.
    output : path, or ``s3://bucket/prefix``
        Gets ``train/part-00000.pbr`` …, ``feature_map.json`` and ``shards.json``.
    shards : int
        How many. A multiple of the machines that are to train on them.
    batch : int
        The training job's ``mini_batch_size``.
    feature_map : FeatureMap, optional
        By default a column for every user and film of the table.
    workers : int
        Processes. Several need what every Python program with processes needs on macOS and Windows: in a
        script, the call stands under ``if __name__ == "__main__":``.
    """
    output = str(output)
    places.refuse_if_used(train_of(output))
    with _mapper(workers) as each, tempfile.TemporaryDirectory() as between:
        counts, ids = zip(*each(_look, partitions), strict=True)
        plan = Plan(counts, shards, batch)
        if feature_map is None:
            feature_map = map_of_ids(*(np.concatenate([own[name] for own in ids]) for name in ids[0]))
        list(each(partial(_deal_out, plan=plan, seed=seed, between=between), enumerate(partitions)))
        gather = partial(_gather, where=train_of(output), feature_map=feature_map, seed=seed, between=between)
        written = list(each(gather, range(shards)))
    made = ShardSet(output, tuple(written), batch, sum(plan.left_out), feature_map.feature_dim, seed)
    made.save(feature_map)
    return made


def _look(path: str | Path) -> tuple[int, dict[str, np.ndarray]]:
    """Rows and ids of one partition."""
    rows = pd.read_parquet(path, columns=["user", "item"])
    return len(rows), ids_of(rows)


def _deal_out(numbered: tuple[int, str | Path], plan: Plan, seed: int, between: str) -> None:
    """One partition into pieces, a file for each shard: what engines call a shuffle."""
    number, path = numbered
    for shard, piece in deal(pd.read_parquet(path, columns=COLUMNS), number, plan, seed).groupby("shard"):
        piece.to_parquet(Path(between, f"{shard}-{number}.parquet"))


def _gather(shard: int, where: str, feature_map: FeatureMap, seed: int, between: str) -> Shard:
    """All pieces of one shard into its file."""
    pieces = sorted(Path(between).glob(f"{shard}-*.parquet"), key=lambda path: int(path.stem.split("-")[1]))
    parts = (pd.read_parquet(path, columns=COLUMNS) for path in pieces)
    return write_shard(parts, shard, where, feature_map, seed)


@contextmanager
def _mapper(workers: int) -> Iterator[Callable]:
    """``map``, here or on several processes."""
    if workers == 1:
        yield map
        return
    # Fresh processes: one that is forked from a program with threads (Jupyter has them) may hang.
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool.map
