"""A whole cut, by the process pool, by Spark, and by the script."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from course_utils.encode import FeatureMap
from course_utils.shards import cluster, cut, job


def rows_of(tables: list[pd.DataFrame]) -> set[tuple[int, int, float]]:
    whole = pd.concat(tables)
    found = {(int(u), int(i), round(float(r), 4)) for u, i, r in whole[["user", "item", "rating"]].to_numpy()}
    assert len(found) == len(whole), "some row stands twice"
    return found


def assert_good(tables: list[pd.DataFrame], table: pd.DataFrame, shards: int, batch: int) -> None:
    """Each row once but for the rest, whole mini-batches, even, everybody everywhere, no order left."""
    assert len(tables) == shards
    sizes = [len(each) for each in tables]
    assert sum(sizes) == len(table) // batch * batch
    assert all(size % batch == 0 for size in sizes)
    assert max(sizes) - min(sizes) <= batch
    assert rows_of(tables) <= rows_of([table])
    for each in tables:
        assert abs(each["rating"].mean() - table["rating"].mean()) < 0.35
        assert abs(np.corrcoef(each["user"], np.arange(len(each)))[0, 1]) < 0.2


@pytest.mark.parametrize("workers", [1, 2])
def test_the_pool_cuts_a_table(partitions, table, tmp_path, read_shards, workers) -> None:
    made = cut(partitions, tmp_path / "out", shards=4, batch=50, workers=workers)
    assert_good(read_shards(made.output), table, 4, 50)
    assert made.rows == 2300
    assert made.left_out == 45
    assert made.feature_dim == table["user"].nunique() + table["item"].nunique()
    assert made.bytes == sum(path.stat().st_size for path in Path(made.train).iterdir())


def test_beside_the_shards_lie_their_map_and_their_list_and_not_among_them(partitions, tmp_path) -> None:
    made = cut(partitions, tmp_path / "out", shards=4, batch=50)
    assert sorted(path.name for path in Path(made.train).iterdir()) == [
        f"part-0000{number}.pbr" for number in range(4)
    ]
    listed = json.loads((tmp_path / "out/shards.json").read_text())
    assert [shard["rows"] for shard in listed["shards"]] == [600, 600, 550, 550]
    assert listed["left_out"] == 45


def test_old_shards_are_not_mixed_with_new_ones(partitions, tmp_path) -> None:
    made = cut(partitions, tmp_path / "out", shards=4, batch=50)
    with pytest.raises(FileExistsError, match=r"holds 4 file\(s\) already"):
        cut(partitions, made.output, shards=2, batch=50)


def test_a_given_map_decides_the_columns(partitions, table, tmp_path) -> None:
    stranger = pd.DataFrame({"user": [999], "item": [9999], "rating": [3.0], "timestamp": [0]})
    names = FeatureMap.fit(pd.concat([table, stranger]))
    assert names.feature_dim == table["user"].nunique() + table["item"].nunique() + 2
    made = cut(partitions, tmp_path / "out", shards=1, batch=1, feature_map=names)
    assert made.feature_dim == names.feature_dim
    assert made.left_out == 0


def test_spark_cuts_a_table(spark, partitions, table, tmp_path, read_shards) -> None:
    source = spark.read.parquet(str(partitions[0].parent)).repartition(3)
    source.write.parquet(str(tmp_path / "again"))
    given = spark.read.parquet(str(tmp_path / "again"))
    made = cluster.cut(given, str(tmp_path / "out"), shards=4, batch=50)
    assert_good(read_shards(made.output), table, 4, 50)
    assert (made.rows, made.left_out) == (2300, 45)
    assert made.bytes == sum(path.stat().st_size for path in Path(made.train).iterdir())


def test_spark_and_the_pool_write_the_same_bytes_from_the_same_partition(spark, table, tmp_path) -> None:
    table.to_parquet(tmp_path / "whole.parquet")
    given = spark.read.parquet(str(tmp_path / "whole.parquet")).coalesce(1)
    cluster.cut(given, str(tmp_path / "spark"), shards=3, batch=50, seed=5)
    cut([tmp_path / "whole.parquet"], tmp_path / "pool", shards=3, batch=50, seed=5)
    for path in (tmp_path / "pool" / "train").iterdir():
        assert path.read_bytes() == (tmp_path / "spark" / "train" / path.name).read_bytes()
    maps = [(tmp_path / engine / "feature_map.json").read_bytes() for engine in ("spark", "pool")]
    assert maps[0] == maps[1]


def test_spark_refuses_an_empty_table_in_words(spark, tmp_path) -> None:
    nothing = spark.createDataFrame([], "user long, item long, rating double")
    with pytest.raises(ValueError, match="0 rows fill 0 mini-batches"):
        cluster.cut(nothing, str(tmp_path / "out"), shards=1, batch=1)


def test_spark_listens_to_nobody_else(spark) -> None:
    settings = spark.sparkContext.getConf()
    assert settings.get("spark.driver.bindAddress") == "127.0.0.1"
    assert settings.get("spark.ui.enabled") == "false"
    assert spark.sparkContext.uiWebUrl is None


@pytest.mark.spark
def test_the_script_runs_as_a_person_types_it(
    java_and_spark, partitions, table, tmp_path, read_shards
) -> None:
    command = [sys.executable, "-m", "course_utils.shards.job", "--local", "2", "--shards", "4"]
    command += ["--input", str(partitions[0].parent), "--output", str(tmp_path / "out"), "--batch", "50"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "4 shards in " in said
    assert "2,300 rows, 45 left out" in said
    assert_good(read_shards(str(tmp_path / "out")), table, 4, 50)


@pytest.mark.parametrize(("missing", "words"), [("pyspark", "uv sync --group spark"), ("java", "openjdk-17")])
def test_what_is_missing_is_said_and_how_to_get_it(
    monkeypatch, tmp_path, capsys, partitions, missing, words
) -> None:
    if missing == "pyspark":
        monkeypatch.setitem(sys.modules, "pyspark", None)
    else:
        pytest.importorskip("pyspark")
        monkeypatch.setenv("JAVA_HOME", str(tmp_path / "no-java"))
    with pytest.raises(cluster.SparkMissing, match=words), cluster.local_session():
        pass
    with pytest.raises(SystemExit) as ended:
        job.main(["--input", "x", "--output", "y", "--shards", "1", "--batch", "1", "--local", "2"])
    assert ended.value.code == 1
    assert words in capsys.readouterr().err


def test_the_package_does_without_spark() -> None:
    code = "import sys; sys.modules['pyspark'] = None; import course_utils.shards, course_utils.shards.job"
    subprocess.run([sys.executable, "-c", code], check=True)
