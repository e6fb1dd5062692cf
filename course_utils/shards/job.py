"""Cut a ratings table into shards, as a script: here, on EMR, in a SageMaker Processing job.

On this machine::

    python -m course_utils.shards.job --local 2 --input ratings/ --output shards/ --shards 8 --batch 1000

On a cluster, the same file, where spark-submit names the machines::

    spark-submit job.py --input s3://bucket/ratings/ --output s3://bucket/shards/ --shards 400 --batch 1000

The workers need this package and what it stands on (NumPy, pandas, SciPy, numba, pyarrow, boto3): on EMR as
an archive with ``--archives``, in SageMaker Processing as an image built on AWS's Spark image.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from course_utils.encode import FeatureMap
from course_utils.shards.cluster import SparkMissing, cut, local_session


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", required=True, help="Parquet files with user, item, rating")
    parser.add_argument("--output", required=True, help="a folder that all workers share, or s3://…")
    parser.add_argument("--shards", type=int, required=True, help="a multiple of the training machines")
    parser.add_argument("--batch", type=int, required=True, help="mini_batch_size of the training job")
    parser.add_argument("--feature-map", type=Path, help="of an earlier cut; else made from the table")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--local", type=int, metavar="CORES", help="Spark on this machine alone")
    options = parser.parse_args(arguments)
    feature_map = FeatureMap.load(options.feature_map) if options.feature_map else None
    try:
        session = local_session(options.local) if options.local else nullcontext(_given_session())
        with session as spark:
            table = spark.read.parquet(options.input)
            given = {name: getattr(options, name) for name in ("shards", "batch", "seed")}
            made = cut(table, options.output, feature_map=feature_map, **given)
    except SparkMissing as missing:
        parser.exit(1, f"{missing}\n")
    print(
        f"{len(made.shards)} shards in {made.train}: {made.rows:,} rows, {made.left_out:,} left out, "
        f"{made.bytes / 1e6:,.1f} MB, {made.feature_dim:,} columns"
    )


def _given_session():
    """The session of spark-submit, which has named the machines."""
    from pyspark.sql import SparkSession

    return SparkSession.builder.appName("shards").getOrCreate()


if __name__ == "__main__":
    main()
