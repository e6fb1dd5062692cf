"""A ratings table that outgrows one machine, as RecordIO shards that many machines write and train on.

SageMaker's factorization machines read their files in order, do not shuffle, and fill the last mini-batch
with empty rows. So shards are shuffled within and across, even, and whole mini-batches::

    plan.py        which row of which partition goes to which shard: exact, decided from row counts alone
    rows.py        what a worker does: deal one partition out, write one shard
    places.py      a folder or s3://…, written atomically
    shard_set.py   what was written, kept beside the shards
    pool.py        the engine of one machine: Python's process pool
    cluster.py     the same steps on Spark, local or EMR; needs the group `spark`, and imports it late
    job.py         the script for spark-submit and SageMaker Processing

Both engines call the same two functions of ``rows.py``: the same partitions become the same bytes.
"""

from course_utils.shards.plan import Plan, rows_of_shards
from course_utils.shards.pool import cut
from course_utils.shards.rows import deal, keys, write_shard
from course_utils.shards.shard_set import Shard, ShardSet

__all__ = ["Plan", "Shard", "ShardSet", "cut", "deal", "keys", "rows_of_shards", "write_shard"]
