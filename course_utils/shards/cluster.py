"""The same cut on Apache Spark: on this machine, or on the many of EMR or SageMaker Processing.

Spark brings the workers, the shuffle between them, and new attempts where one fails. What a worker does is in
:mod:`course_utils.shards.rows`. pyspark is imported when a function is called, and not before: this package
works without it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from course_utils.encode import FeatureMap
from course_utils.shards import places
from course_utils.shards.plan import Plan
from course_utils.shards.rows import COLUMNS, deal, map_of_ids, write_shard
from course_utils.shards.shard_set import Shard, ShardSet, train_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class SparkMissing(ImportError):
    """Spark cannot run here; the text says what to install."""


def what_is_missing() -> str | None:
    """Why Spark cannot run here and what to type, in a sentence; None where it can."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return "PySpark is not installed here. Type: uv sync --group spark (480 MB), and restart the kernel."
    java = Path(os.environ["JAVA_HOME"], "bin/java") if "JAVA_HOME" in os.environ else "java"
    if shutil.which(java) is None:
        return (
            "PySpark is here, and Java is not. Spark needs Java 17 or 21. Debian and Ubuntu: "
            "apt install openjdk-17-jre-headless; macOS: brew install openjdk@17; then restart the kernel."
        )
    return None


@contextmanager
def local_session(cores: int = 2, memory: str = "2g") -> Iterator[SparkSession]:
    """Spark on this machine alone: no web page, no port that another machine can reach. Stopped at the end.

    Raises
    ------
    SparkMissing
    """
    missing = what_is_missing()
    if missing:
        raise SparkMissing(missing)
    from pyspark.sql import SparkSession

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # for the workers
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": memory,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": str(cores),  # 200 unless told, for a cluster
    }
    builder = SparkSession.builder.master(f"local[{cores}]").appName("shards")
    session = builder.config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield session
    finally:
        session.stop()


def cut(
    table: DataFrame,
    output: str,
    *,
    shards: int,
    batch: int,
    feature_map: FeatureMap | None = None,
    seed: int = 0,
) -> ShardSet:
    """Cut a Spark table into RecordIO shards; see :func:`course_utils.shards.pool.cut`.

    Parameters
    ----------
    table : Spark DataFrame[user, item, rating]
        Read from files: it is read three times, and must be the same each time.
    output : str
        A folder that all workers share, or ``s3://bucket/prefix``. On a cluster: S3.
    """
    from pyspark.sql import functions

    places.refuse_if_used(train_of(output))
    table = table.select(*COLUMNS)
    counted = table.groupBy(functions.spark_partition_id().alias("partition")).count().collect()
    count_of = {row["partition"]: row["count"] for row in counted}
    counts = tuple(count_of.get(number, 0) for number in range(max(count_of, default=-1) + 1))
    plan = Plan(counts, shards, batch)
    if feature_map is None:
        ids = (table.select(name).distinct().toPandas()[name].to_numpy() for name in ("user", "item"))
        feature_map = map_of_ids(*ids)
    shared = table.sparkSession.sparkContext.broadcast(feature_map)  # sent to each worker once

    def deal_out(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        from pyspark import TaskContext

        rows = list(batches)
        if rows:
            yield deal(pd.concat(rows, ignore_index=True), TaskContext.get().partitionId(), plan, seed)

    def gather(key: tuple[int], rows: pd.DataFrame) -> pd.DataFrame:
        shard = write_shard([rows], int(key[0]), train_of(output), shared.value, seed)
        return pd.DataFrame([vars(shard)])

    dealt = table.mapInPandas(deal_out, f"{_schema(table)}, shard int")
    written = dealt.groupBy("shard").applyInPandas(gather, "name string, rows long, bytes long").collect()
    found = sorted((Shard(**row.asDict()) for row in written), key=lambda shard: shard.name)
    made = ShardSet(output, tuple(found), batch, sum(plan.left_out), feature_map.feature_dim, seed)
    made.save(feature_map)
    return made


def _schema(table: DataFrame) -> str:
    return ", ".join(f"{field.name} {field.dataType.simpleString()}" for field in table.schema)
