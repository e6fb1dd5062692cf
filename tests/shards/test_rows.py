"""What a worker does gives the same on every machine and at every attempt, and mixes."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import boto3
import numpy as np
import pandas as pd
import pytest
from moto import mock_aws

from course_utils import recordio
from course_utils.encode import FeatureMap
from course_utils.shards import Plan, deal, keys, places, write_shard


def test_keys_are_the_same_in_another_process_also_of_text() -> None:
    rows = pd.DataFrame({"user": ["Alice", "Bob"], "item": [1, 2], "rating": [4.0, 5.0]})
    code = (
        "import pandas as pd; from course_utils.shards import keys; print(keys(pd.DataFrame("
        "{'user': ['Alice', 'Bob'], 'item': [1, 2], 'rating': [4.0, 5.0]}), 3).tolist())"
    )
    for salt in ("1", "2"):
        said = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": salt},
            capture_output=True,
            text=True,
            check=True,
        )
        assert said.stdout.strip() == str(keys(rows, 3).tolist())


@pytest.mark.parametrize("seed", range(10))
def test_every_seed_gives_another_order_that_mixes(table, seed) -> None:
    order = np.argsort(keys(table, seed))
    assert abs(np.corrcoef(order, np.arange(len(order)))[0, 1]) < 0.1
    assert (order != np.argsort(keys(table, seed + 1))).mean() > 0.9


def test_the_order_in_which_rows_arrive_does_not_matter(table) -> None:
    """A shuffle on a cluster delivers rows as they come, at a second attempt in another order."""
    plan = Plan((len(table),), 3, 100)
    again = table.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(deal(table, 0, plan), deal(again, 0, plan))


def test_every_shard_gets_a_bit_of_everybody_and_no_row_stands_twice(table) -> None:
    dealt = deal(table, 0, Plan((len(table),), 4, 100))
    assert not dealt.index.duplicated().any()
    assert dealt["shard"].value_counts().sort_index().tolist() == [600, 600, 600, 500]
    means = dealt.groupby("shard")["rating"].mean()
    assert (abs(means - table["rating"].mean()) < 0.3).all()  # by file order it would be 0.8 to 5.2


def test_a_partition_that_changed_since_it_was_counted_is_refused(table) -> None:
    with pytest.raises(ValueError, match=r"has 2,344 rows now, and had 2,345"):
        deal(table.iloc[1:], 0, Plan((len(table),), 4, 100))


def test_a_shard_is_shuffled_and_the_same_whatever_its_pieces(table, tmp_path) -> None:
    names = FeatureMap.fit(table)
    one = write_shard([table], 0, str(tmp_path / "one"), names)
    parts = [table.iloc[2000:], table.iloc[:700], table.iloc[700:2000]]
    other = write_shard(iter(parts), 0, str(tmp_path / "other"), names)
    assert one == other
    data = (tmp_path / "one" / one.name).read_bytes()
    assert data == (tmp_path / "other" / one.name).read_bytes()
    assert one.bytes == len(data)
    sorted_by_user = tmp_path / "sorted.pbr"
    with sorted_by_user.open("wb") as stream:
        recordio.write(stream, names.transform(table), table["rating"].to_numpy(np.float32))
    assert data != sorted_by_user.read_bytes()


def test_rows_to_score_have_no_label(table, tmp_path) -> None:
    write_shard([table[["user", "item"]]], 7, str(tmp_path), FeatureMap.fit(table))
    with (tmp_path / "part-00007.pbr").open("rb") as stream:
        X, y = recordio.read(stream)
    assert X.shape[0] == len(table)
    assert y is None


def test_a_worker_that_dies_leaves_no_half_of_a_file(tmp_path) -> None:
    def die(stream):
        stream.write(b"half")
        raise RuntimeError("the plug was pulled")

    with pytest.raises(RuntimeError, match="pulled"), places.new_file(str(tmp_path), "x") as stream:
        die(stream)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_not_there_until_it_is_whole_and_replaces_the_old_one(tmp_path) -> None:
    (tmp_path / "x").write_bytes(b"old")
    with places.new_file(str(tmp_path), "x") as stream:
        stream.write(b"new")
        stream.flush()
        assert (tmp_path / "x").read_bytes() == b"old"
        assert places.names(str(tmp_path)) == ["x"]
    assert (tmp_path / "x").read_bytes() == b"new"


def test_s3_is_written_as_a_folder_is(table, monkeypatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="shards")
        shard = write_shard([table], 3, "s3://shards/out/train", FeatureMap.fit(table))
        assert places.names("s3://shards/out/train/") == ["part-00003.pbr"]
        body = s3.get_object(Bucket="shards", Key="out/train/part-00003.pbr")["Body"].read()
        assert len(body) == shard.bytes
        assert recordio.read(io.BytesIO(body))[0].shape[0] == len(table)
        with pytest.raises(FileExistsError, match=r"part-00003\.pbr"):
            places.refuse_if_used("s3://shards/out/train")
