"""Each layout's reader, on real archives where they are present and on tiny made-up ones everywhere."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from course_utils.datasets import layouts, movielens

MEMBERS = {
    "csv": {
        "ratings.csv": "userId,movieId,rating,timestamp\n1,10,3.5,100\n2,30,4.0,90\n",
        "movies.csv": 'movieId,title,genres\n30,"Thé, Le (2001)",Drama|War\n10,Tea,(no genres listed)\n',
    },
    "1m": {
        "ratings.dat": "1::10::3::100\n2::30::4::90\n",
        "movies.dat": "30::Thé, Le: Part 2 (2001)::Drama|War\n10::Tea (1999)::Comedy\n",
    },
    "10m": {
        "ratings.dat": "1::10::3.5::100\n2::30::4::90\n",
        "movies.dat": "30::Thé, Le: Part 2 (2001)::Drama|War\n10::Tea (1999)::Comedy\n",
    },
    "1m-no-timestamps": {
        "ratings.csv": "userId,movieId,rating\n1,10,3\n2,30,4\n",
        "movies.dat": "30::Thé, Le (2001)::Drama|War\n10::Tea (1999)::Comedy\n",
    },
    "100k": {
        "u.data": "1\t10\t3\t100\n2\t30\t4\t90\n",
        "u.genre": "unknown|0\nDrama|1\nWar|2\n\n",
        "u.item": '30|Thé "Le" (2001)|01-Jan-2001||http://x|0|1|1\n10|Tea (1999)|||http://y|1|0|0\n',
    },
}


def write_zip(path: Path, layout: str) -> Path:
    encoding = "utf-8" if layout in ("csv", "10m") else "latin-1"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in MEMBERS[layout].items():
            archive.writestr(f"some-folder/{name}", text.encode(encoding))
    return path


@pytest.mark.parametrize("layout", list(MEMBERS))
def test_every_layout_gives_the_same_tables(layout: str, tmp_path: Path) -> None:
    ratings, items = layouts.read(write_zip(tmp_path / "x.zip", layout), layout)
    assert list(ratings) == ["user", "item", "rating", "timestamp"]
    assert ratings["user"].tolist() == [1, 2]
    assert ratings["item"].tolist() == [10, 30]
    assert ratings["rating"].tolist() == [3.5 if layout in ("csv", "10m") else 3, 4]
    assert ratings.dtypes[["user", "item", "rating"]].tolist() == [np.int64, np.int64, np.float64]
    assert items.index.tolist() == [30, 10]  # as in the file, not as in the ratings
    assert items.at[30, "title"].startswith("Thé")
    assert items.at[30, "genres"] == ("Drama", "War")
    assert items.at[10, "genres"] == (() if layout in ("csv", "100k") else ("Comedy",))
    if layout == "1m-no-timestamps":
        assert ratings["timestamp"].dtype == "Int64"
        assert ratings["timestamp"].isna().all()
    else:
        assert ratings["timestamp"].tolist() == [100, 90]
        assert ratings["timestamp"].dtype == np.int64


@pytest.mark.parametrize(
    ("name", "ratings", "users", "films", "mean", "item", "title"),
    [
        ("ml-latest-small", 100_836, 610, 9_742, 3.501557, 356, "Forrest Gump (1994)"),
        ("ml-100k", 100_000, 943, 1_682, 3.52986, 242, "Kolya (1996)"),
        ("ml-1m", 1_000_209, 6_040, 3_883, 3.581564, 2858, "American Beauty (1999)"),
    ],
)
def test_real_archives(movielens_dir, name, ratings, users, films, mean, item, title) -> None:
    """Figures from GroupLens' own READMEs; the mean is their ratings added up by awk."""
    data = movielens.load(name, allow_sample=False)
    assert data.origin == "COURSE_DATA_DIR"
    assert movielens.locate(name).parent == movielens_dir
    assert (len(data.ratings), data.ratings["user"].nunique(), len(data.items)) == (ratings, users, films)
    assert data.ratings["rating"].mean() == pytest.approx(mean, abs=1e-6)
    assert data.ratings["item"].isin(data.items.index).all()
    assert data.titles([item]) == [title]
    assert bool(data.notice) == data.ratings["timestamp"].isna().all()
