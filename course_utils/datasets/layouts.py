"""Readers of the MovieLens layouts: one zip in, a ratings and an items table out."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from course_utils.datasets.archives import open_member

_NO_GENRE = ("(no genres listed)", "unknown", "")
_NUMBERS = {"user": np.int64, "item": np.int64, "rating": np.float64, "timestamp": np.int64}


def read(path: Path, layout: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ratings and items of a verified archive.

    Parameters
    ----------
    path : Path of a zip
    layout : "csv" (latest-small, 20M, 25M, 32M), "100k", "1m", "1m-no-timestamps" or "10m"

    Returns
    -------
    ratings : DataFrame[user, item, rating, timestamp], in file order
    items : DataFrame[title, genres], indexed by item
    """
    with zipfile.ZipFile(path) as archive:
        return _READERS[layout](archive)


def _read_csv_layout(archive: zipfile.ZipFile) -> tuple[pd.DataFrame, pd.DataFrame]:
    with open_member(archive, "movies.csv") as content:
        films = pd.read_csv(
            content, encoding="utf-8", dtype={"movieId": np.int64, "title": str, "genres": str}
        )
    genres = films["genres"].str.split("|")
    return _ratings_csv(archive, list(_NUMBERS)), _items(films["movieId"], films["title"], genres)


def _read_1m_without_timestamps(archive: zipfile.ZipFile) -> tuple[pd.DataFrame, pd.DataFrame]:
    ratings = _ratings_csv(archive, ["user", "item", "rating"])
    ratings["timestamp"] = pd.array([pd.NA], dtype="Int64").repeat(len(ratings))
    return ratings, _movies_dat(archive, "latin-1")


def _read_1m(archive: zipfile.ZipFile) -> tuple[pd.DataFrame, pd.DataFrame]:
    return _ratings_dat(archive), _movies_dat(archive, "latin-1")


def _read_10m(archive: zipfile.ZipFile) -> tuple[pd.DataFrame, pd.DataFrame]:
    return _ratings_dat(archive), _movies_dat(archive, "utf-8")


def _read_100k(archive: zipfile.ZipFile) -> tuple[pd.DataFrame, pd.DataFrame]:
    with open_member(archive, "u.data") as content:
        ratings = pd.read_csv(content, sep="\t", header=None, names=list(_NUMBERS), dtype=_NUMBERS)
    with open_member(archive, "u.genre") as content:
        names = [line.split("|")[0] for line in io.TextIOWrapper(content, "latin-1") if "|" in line]
    with open_member(archive, "u.item") as content:
        films = pd.read_csv(content, sep="|", header=None, encoding="latin-1", quoting=3, dtype={0: np.int64})
    flags = films.iloc[:, -len(names) :].to_numpy(dtype=bool)
    genres = [[name for name, flag in zip(names, row, strict=True) if flag] for row in flags]
    return ratings, _items(films[0], films[1], genres)


_READERS = {
    "csv": _read_csv_layout,
    "100k": _read_100k,
    "1m": _read_1m,
    "1m-no-timestamps": _read_1m_without_timestamps,
    "10m": _read_10m,
}


def _ratings_csv(archive: zipfile.ZipFile, names: list[str]) -> pd.DataFrame:
    with open_member(archive, "ratings.csv") as content:
        return pd.read_csv(content, header=0, names=names, dtype={name: _NUMBERS[name] for name in names})


def _ratings_dat(archive: zipfile.ZipFile) -> pd.DataFrame:
    # "1::1193::5::978300760" split at every single colon: the fields stand in columns 0, 2, 4 and 6.
    # pandas' fast parser takes separators of one character only.
    places = dict(zip((0, 2, 4, 6), _NUMBERS, strict=True))
    with open_member(archive, "ratings.dat") as content:
        rows = pd.read_csv(
            content,
            sep=":",
            header=None,
            usecols=list(places),
            dtype={place: _NUMBERS[name] for place, name in places.items()},
        )
    return rows.rename(columns=places)


def _movies_dat(archive: zipfile.ZipFile, encoding: str) -> pd.DataFrame:
    with open_member(archive, "movies.dat") as content:
        lines = [
            line.rstrip("\r\n").split("::") for line in io.TextIOWrapper(content, encoding, newline="\n")
        ]
    ids, titles, genres = zip(*(line for line in lines if len(line) == 3), strict=True)
    return _items(np.array(ids, dtype=np.int64), titles, [text.split("|") for text in genres])


def _items(ids, titles, genres) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "title": list(titles),
            "genres": [tuple(genre for genre in own if genre not in _NO_GENRE) for own in genres],
        },
        index=pd.Index(np.asarray(ids, dtype=np.int64), name="item"),
    )
