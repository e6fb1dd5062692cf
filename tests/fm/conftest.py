"""Real data that several solver tests share."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pandas as pd
import pytest

from course_utils.datasets import movielens


@pytest.fixture(scope="session")
def published_fold(movielens_dir: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and test ratings of ml-100k's own first fold, u1, in file order."""

    def read(archive: zipfile.ZipFile, member: str) -> pd.DataFrame:
        name = next(name for name in archive.namelist() if name.endswith(member))
        return pd.read_csv(archive.open(name), sep="\t", names=["user", "item", "rating", "timestamp"])

    with zipfile.ZipFile(movielens.locate("ml-100k")) as archive:
        return read(archive, "u1.base"), read(archive, "u1.test")
