"""A small partitioned table, and one Spark for all tests that need it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from course_utils import recordio
from course_utils.encode import FeatureMap
from course_utils.shards import cluster


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()):
            item.add_marker("spark")


@pytest.fixture(scope="session")
def spark(java_and_spark: None) -> Iterator:
    with cluster.local_session(2) as session:
        yield session


@pytest.fixture(scope="session")
def table() -> pd.DataFrame:
    """2,345 distinct ratings, sorted by user, whose stars tell the user."""
    rng = np.random.default_rng(12)
    pairs = np.sort(rng.choice(60 * 90, 2345, replace=False))
    user, item = pairs // 90 + 1, pairs % 90 + 1000
    return pd.DataFrame({"user": user, "item": item, "rating": user / 10, "timestamp": pairs})


@pytest.fixture
def partitions(table: pd.DataFrame, tmp_path: Path) -> list[Path]:
    """The table as Parquet files of different lengths, each with users of its own."""
    (tmp_path / "table").mkdir()
    paths = []
    for number, (first, last) in enumerate(pairwise([0, 300, 1000, 1100, 2000, len(table)])):
        paths.append(tmp_path / "table" / f"users-{number}.parquet")
        table.iloc[first:last].to_parquet(paths[-1])
    return paths


@pytest.fixture(scope="session")
def read_shards() -> Callable[[str], list[pd.DataFrame]]:
    """``read_shards(output)``: every shard as a table of users, films and stars, by name."""

    def read(output: str) -> list[pd.DataFrame]:
        names = FeatureMap.load(Path(output, "feature_map.json"))
        ids = np.array([*names.ids("user"), *names.ids("item")])
        tables = []
        for path in sorted(Path(output, "train").iterdir()):
            with path.open("rb") as stream:
                X, y = recordio.read(stream)
            pairs = ids[X.indices.reshape(-1, 2)]
            tables.append(pd.DataFrame({"user": pairs[:, 0], "item": pairs[:, 1], "rating": y}))
        return tables

    return read
