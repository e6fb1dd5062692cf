"""How fast pairs are scored, next to scoring each pair as a CSR row in the same run.

    python benchmarks/recommend.py                          # the users and films of MovieLens 1M
    python benchmarks/recommend.py --users 943 --films 1682

Models are random numbers: speed does not depend on what was learned. The rows way gets a share of the users,
once with its rows made beforehand and once with the making counted, as any row-by-row recommender must. Times
are CPU seconds of one thread, medians of interleaved rounds.
"""

from __future__ import annotations

import argparse
import os
import tracemalloc
from collections.abc import Callable
from statistics import median
from time import process_time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core each, or CPU seconds would not compare
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from course_utils.datasets import Dataset
from course_utils.encode import FeatureMap
from course_utils.fm.model import FMParameters
from course_utils.recommend import top_n
from course_utils.recommend.halves import Half, item_half, pair_scores, user_half

ROUNDS = 3
ROW_USERS = 100  # users scored row by row
BLOCK_USERS = 256


def made_up(users: int, films: int) -> tuple[Dataset, FeatureMap]:
    """165 ratings a user, as in MovieLens 1M; the columns of all users and films."""
    rng = np.random.default_rng(0)
    pairs = np.unique(rng.integers(0, users * films, 165 * users))
    ratings = pd.DataFrame({"user": pairs // films, "item": pairs % films, "rating": 3.0, "timestamp": 0})
    everything = pd.DataFrame(
        {"user": np.arange(max(users, films)) % users, "item": np.arange(max(users, films)) % films}
    )
    items = pd.DataFrame(
        {"title": [f"Film {i}" for i in range(films)], "genres": [()] * films},
        index=pd.RangeIndex(films, name="item"),
    )
    return Dataset("made up", ratings, items, "built-in"), FeatureMap.fit(everything)


def random_model(d: int, k: int) -> FMParameters:
    rng = np.random.default_rng(k)
    return FMParameters(
        3.5, rng.normal(0, 0.4, d).astype(np.float32), rng.normal(0, 0.3, (d, k)).astype(np.float32)
    )


def by_identity(params: FMParameters, feature_map: FeatureMap, users, films) -> np.ndarray:
    """Every pair's score, a block of users at a time; the last block is returned."""
    item, user = item_half(params, feature_map, films), user_half(params, feature_map, users, 0)
    for start in range(0, len(users), BLOCK_USERS):
        block = slice(start, start + BLOCK_USERS)
        scores = pair_scores(params.w0, Half(user.factors[block], user.own[block]), item)
    return scores


def seconds(action: Callable[[], object]) -> float:
    started = process_time()
    action()
    return process_time() - started


def peak_megabytes(action: Callable[[], object]) -> float:
    tracemalloc.start()
    action()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=6040)
    parser.add_argument("--films", type=int, default=3706)
    options = parser.parse_args()
    dataset, feature_map = made_up(options.users, options.films)
    users, films = np.arange(options.users), np.arange(options.films)
    some = users[-min(ROW_USERS, len(users)) :]
    table = pd.DataFrame({"user": np.repeat(some, len(films)), "item": np.tile(films, len(some))})
    X = feature_map.transform(table)
    pairs = {"identity": len(users) * len(films), "top 10": len(users) * len(films)}
    pairs |= {"rows": len(table), "encoded rows": len(table)}

    millions = pairs["identity"] / 1e6
    print(f"{len(users)} users x {len(films)} films = {millions:.1f} million pairs, {ROUNDS} rounds")
    print("million pairs a second")
    print(
        f"{'k':>3} {'identity':>9} {'top 10':>7} {'rows':>6} {'encoded rows':>13} {'identity : rows':>16} "
        f"{'top 10 : encoded rows':>22} {'peak, MB':>9}"
    )
    for k in (8, 16, 32, 64):
        params = random_model(feature_map.feature_dim, k)
        by_rows = params.score(X).reshape(len(some), -1)
        np.testing.assert_allclose(
            by_identity(params, feature_map, some, films), by_rows, rtol=1e-5, atol=1e-5
        )
        actions = {
            "identity": lambda: by_identity(params, feature_map, users, films),  # noqa: B023
            "top 10": lambda: top_n(params, feature_map, None, dataset),  # noqa: B023
            "rows": lambda: params.score(X),  # noqa: B023
            "encoded rows": lambda: params.score(feature_map.transform(table)),  # noqa: B023
        }
        times = {name: [] for name in actions}
        for _ in range(ROUNDS):
            for name, action in actions.items():
                times[name].append(seconds(action))
        speed = {name: pairs[name] / 1e6 / median(taken) for name, taken in times.items()}
        print(
            f"{k:>3} {speed['identity']:>9.1f} {speed['top 10']:>7.1f} {speed['rows']:>6.2f} "
            f"{speed['encoded rows']:>13.2f} {speed['identity'] / speed['rows']:>16.1f} "
            f"{speed['top 10'] / speed['encoded rows']:>22.1f} {peak_megabytes(actions['top 10']):>9.0f}"
        )


if __name__ == "__main__":
    main()
