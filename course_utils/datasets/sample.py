"""A made-up MovieLens: films that do not exist, rated by nobody, drawn from a factorization machine we know.

It stands in for MovieLens when there is no network, and it has one thing that no real data set has: the
truth. A lesson can lay what a model learned beside what was really there, and can name the RMSE below which
no model can get.

``python -m course_utils.datasets.sample`` writes ``data/sample/`` anew.
"""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtr

from course_utils.datasets.sample_titles import invent_titles
from course_utils.datasets.tables import Dataset, bundled
from course_utils.encode import FeatureMap
from course_utils.paths import ROOT

SEED = 2010
BLOCKS = ("user", "item", "genre", "time")
"""The truth's feature blocks, in column order."""

NOTICE = (
    "THIS IS MADE-UP DATA. The films do not exist and nobody rated them: a computer drew these ratings from "
    "a factorization machine with known numbers. The course uses it because real MovieLens ratings are not "
    "on this machine. For real ones type 'python3 course.py data get ml-latest-small' (1 MB download), or "
    "put ml-latest-small.zip into a folder and set COURSE_DATA_DIR to that folder."
)
LICENCE = "Made by this course from random numbers; use it as you like."

_STARS = np.arange(1, 11) / 2
# The commonest first.
_GENRES = ("Drama", "Comedy", "Romance", "Action", "Adventure", "Crime")
_GENRES += ("Sci-Fi", "Mystery", "Horror", "Fantasy", "Animation", "Documentary")
_OPENS, _CLOSES = (np.datetime64(day, "s").astype(np.int64) for day in ("2015-01-01", "2025-01-01"))
_YEAR = 31_556_952  # seconds
_NOISE_SD = 0.7


@dataclass(frozen=True, eq=False)
class Truth:
    """The factorization machine that the sample was drawn from.

    rating = (w0 + <w, x> + Σ_{i<j} <v_i, v_j> x_i x_j + noise), rounded to half stars from 0.5 to 5,
    with x a row of ``feature_map`` and noise normal with standard deviation ``noise_sd``.

    Parameters
    ----------
    w0 : float
    w : (d,) float32
    V : (d, k) float32
        As in ``FMParameters(w0, w, V)``, with columns as in ``feature_map``.
    feature_map : FeatureMap
        Blocks user, item, genre and time, fitted on all ratings of the sample.
    noise_sd : float
        Stars of noise added before rounding.
    rmse : float
        The lowest RMSE that can be reached on the sample's ratings: what is left when every score is known
        exactly and the best guess, :func:`expected_rating`, is made from it.
    """

    w0: float
    w: np.ndarray
    V: np.ndarray
    feature_map: FeatureMap
    noise_sd: float
    rmse: float


def load() -> Dataset:
    """The sample as stored in the repository."""
    ratings = pd.read_csv(
        bundled("sample/ratings.csv.gz"),
        dtype={"user": np.int64, "item": np.int64, "rating": np.float64, "timestamp": np.int64},
    )
    films = pd.read_csv(bundled("sample/items.csv"), index_col="item", encoding="utf-8")
    films["genres"] = [tuple(genres.split("|")) for genres in films["genres"]]
    return Dataset("sample", ratings, films, "sample", NOTICE, LICENCE)


def truth() -> Truth:
    """What :func:`load`'s ratings were drawn from."""
    data = load()
    with np.load(bundled("sample/truth.npz")) as stored:
        w0, w, V, noise_sd = float(stored["w0"]), stored["w"], stored["V"], float(stored["noise_sd"])
    feature_map = FeatureMap.fit(data.ratings, BLOCKS, items=data.items)
    best = expected_rating(_score(w0, w, V, feature_map.transform(data.ratings)), noise_sd)
    return Truth(w0, w, V, feature_map, noise_sd, _rmse(data.ratings["rating"], best))


def expected_rating(score, noise_sd: float) -> np.ndarray:
    """The mean rating of pairs whose true scores are known, (n,) float64.

    Noise, rounding and the two ends of the scale included: rounding to half stars cuts the normal noise at
    the points midway between two ratings.
    """
    cuts = (_STARS[1:] + _STARS[:-1]) / 2
    above = ndtr((np.asarray(score, dtype=np.float64)[:, None] - cuts) / noise_sd)
    return _STARS[0] + 0.5 * above.sum(axis=1)


def generate(
    seed: int = SEED, *, n_users: int = 600, n_items: int = 1500, num_factors: int = 4
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, np.ndarray]]:
    """Draw ratings, films and the truth behind them.

    Returns
    -------
    ratings : DataFrame[user, item, rating, timestamp], by user and then by time
    items : DataFrame[title, genres], indexed by item
    truth : dict of ``w0``, ``w`` (d,), ``V`` (d, num_factors) float32 and ``noise_sd``
    """
    rng = np.random.default_rng(seed)
    items, released = _films(rng, n_items)
    pairs = _who_rated_what_when(rng, n_users, items.index.to_numpy(), released)
    feature_map = FeatureMap.fit(pairs, BLOCKS, items=items)
    w0, w, V = _parameters(rng, feature_map, num_factors)
    score = _score(w0, w, V, feature_map.transform(pairs)) + rng.normal(0, _NOISE_SD, len(pairs))
    rating = np.clip(np.round(2 * score) / 2, _STARS[0], _STARS[-1])
    pairs.insert(2, "rating", rating)
    return pairs, items, {"w0": np.float64(w0), "w": w, "V": V, "noise_sd": np.float64(_NOISE_SD)}


def write(folder: Path) -> None:
    """Write the three files of ``data/sample/``, the same bytes every time on one machine."""
    ratings, items, truth = generate()
    folder.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    ratings.to_csv(text, index=False, lineterminator="\n", float_format="%g")
    # The name and time in a gzip header would make every run differ.
    with (folder / "ratings.csv.gz").open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(text.getvalue().encode())
    joined = items.assign(genres=items["genres"].map("|".join))
    joined.to_csv(folder / "items.csv", lineterminator="\n", encoding="utf-8")
    np.savez_compressed(folder / "truth.npz", **truth)


def _films(rng: np.random.Generator, n: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Films with gaps between their ids, one to three genres, and release times: 60 % were there before."""
    ids = np.sort(rng.choice(np.arange(1, 40 * n), n, replace=False))
    age = rng.exponential(9, n)
    fresh = rng.random(n) < 0.4
    released = np.where(fresh, rng.uniform(_OPENS, _CLOSES - _YEAR // 2, n), _OPENS - age * _YEAR)
    years = released.astype("datetime64[s]").astype("datetime64[Y]").astype(int) + 1970
    titles = [f"{title} ({year})" for title, year in zip(invent_titles(rng, n), years, strict=True)]
    liking = np.log(np.arange(len(_GENRES)) + 2.0)[::-1] + rng.gumbel(size=(n, len(_GENRES)))
    order = np.argsort(-liking, axis=1)
    how_many = rng.choice([1, 2, 3], n, p=[0.35, 0.45, 0.2])
    genres = [
        tuple(sorted(_GENRES[g] for g in row[:count])) for row, count in zip(order, how_many, strict=True)
    ]
    return pd.DataFrame({"title": titles, "genres": genres}, index=pd.Index(ids, name="item")), released


def _who_rated_what_when(
    rng: np.random.Generator, n_users: int, item_ids: np.ndarray, released: np.ndarray
) -> pd.DataFrame:
    """Pairs with times: few films get most ratings, few users give most, none comes before the release."""
    n_items = len(item_ids)
    popularity = -1.05 * np.log(rng.permutation(n_items) + 12.0)  # log of a shifted power law
    user_ids = np.sort(rng.choice(np.arange(1, 4 * n_users), n_users, replace=False))
    counts = np.clip(20 + rng.lognormal(4.3, 1.0, n_users), 20, n_items // 3).astype(int)
    parts = []
    for user, count in zip(user_ids, counts, strict=True):
        joined = rng.uniform(_OPENS, _CLOSES - _YEAR // 4)
        evenings = np.sort(
            rng.uniform(joined, min(joined + 3 * _YEAR, _CLOSES - _YEAR // 50), 2 + count // 25)
        )
        out = np.flatnonzero(released < evenings[-1])
        # The largest of log-weight + Gumbel noise: a weighted draw without replacement.
        chosen = out[np.argsort(-(popularity[out] + rng.gumbel(size=len(out))))[:count]]
        first = np.searchsorted(evenings, released[chosen])
        evening = rng.integers(first, len(evenings))
        seconds = evenings[evening] + rng.integers(0, 3 * 3600, len(chosen))
        part = pd.DataFrame({"user": user, "item": item_ids[chosen], "timestamp": seconds.astype(np.int64)})
        parts.append(part.sort_values(["timestamp", "item"]))
    return pd.concat(parts, ignore_index=True)


def _parameters(
    rng: np.random.Generator, feature_map: FeatureMap, k: int
) -> tuple[float, np.ndarray, np.ndarray]:
    """Biases for everybody; tastes in V; films share the taste of their genres; time pulls tastes along."""
    d = feature_map.feature_dim
    w, V = np.zeros(d), np.zeros((d, k))
    for block, bias_sd, factor_sd in (
        ("user", 0.35, 0.52),
        ("item", 0.38, 0.44),
        ("genre", 0.10, 0.24),
        ("time", 0.00, 0.30),
    ):
        columns = feature_map.columns_of(block)
        w[columns.start : columns.stop] = rng.normal(0, bias_sd, len(columns))
        V[columns.start : columns.stop] = rng.normal(0, factor_sd, (len(columns), k))
    return 3.5, w.astype(np.float32), V.astype(np.float32)


def _score(w0: float, w: np.ndarray, V: np.ndarray, X) -> np.ndarray:
    """Rendle's linear-time form, in float64."""
    X, w, V = X.astype(np.float64), w.astype(np.float64), V.astype(np.float64)
    return w0 + X @ w + 0.5 * (((X @ V) ** 2) - X.power(2) @ V**2).sum(axis=1)


def _rmse(y, prediction) -> float:
    return float(np.sqrt(np.mean((np.asarray(y) - prediction) ** 2)))


if __name__ == "__main__":
    write(ROOT / "data" / "sample")
