"""How fast is a list of ten films for everybody? Beside the same lists made in simpler ways, in one run.

    python benchmarks/recommend.py                          # the users and films of MovieLens 1M
    python benchmarks/recommend.py --users 943 --films 1682 --save

- ``top_n``: every pair by the inner product of (V'x_U, 1) and (V'x_I, w_I), float32 finds and float64
  decides; encoding, leaving out seen films, ranking and titles included.
- Float64 matrix product and a full sort: the usual few lines of NumPy, without seen films and titles.
- Rows: each pair as a CSR row and scored by the model, as any row-by-row recommender must; once with the rows
  made beforehand, once with making them counted. A share of the users only.
- Item k-NN and popularity (``top_n_by``): the baselines, on a share of the users.

Models are random numbers: speed does not depend on what was learned. Times are CPU seconds of one thread,
medians of interleaved rounds; all lists are compared before.
"""

from __future__ import annotations

import argparse
import os
import tracemalloc
from collections.abc import Callable
from statistics import median

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core each, or CPU seconds would not compare
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from report import Report, timed

from course_utils.datasets import Dataset
from course_utils.datasets.large_sample import Shape, generate
from course_utils.encode import FeatureMap
from course_utils.evaluate import ItemKNN, Popularity
from course_utils.fm.model import FMParameters
from course_utils.recommend import top_n, top_n_by
from course_utils.recommend.halves import item_half, user_half

ROUNDS = 5
ROW_USERS = 100  # users scored row by row
RATINGS_A_USER = 165  # as in MovieLens 1M


def random_model(d: int, k: int) -> FMParameters:
    rng = np.random.default_rng(k)
    return FMParameters(
        3.5, rng.normal(0, 0.4, d).astype(np.float32), rng.normal(0, 0.3, (d, k)).astype(np.float32)
    )


def by_sorting(params: FMParameters, feature_map: FeatureMap, users, films) -> np.ndarray:
    """Places of the ten best films of each user, (users, 10): all scores in float64, all of them sorted."""
    item, user = item_half(params, feature_map, films), user_half(params, feature_map, users, 0)
    lists = []
    for start in range(0, len(users), 256):  # a block of users at a time, or memory would run out
        block = user[start : start + 256]
        scores = block.factors @ item.factors.T + item.own + block.own[:, None] + params.w0
        lists.append(np.argsort(-scores, axis=1)[:, :10])
    return np.concatenate(lists)


def peak_megabytes(action: Callable[[], object]) -> float:
    tracemalloc.start()
    action()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def factorization_machines(report: Report, dataset: Dataset, feature_map: FeatureMap, rounds: int) -> None:
    users, films = np.array(feature_map.ids("user")), np.array(feature_map.ids("item"))
    some = users[-min(ROW_USERS, len(users)) :]
    table = pd.DataFrame({"user": np.repeat(some, len(films)), "item": np.tile(films, len(some))})
    X = feature_map.transform(table)
    pairs = len(users) * len(films)
    shares = {"top_n": pairs, "sorted": pairs, "rows": len(table), "encoded rows": len(table)}

    def rows() -> object:
        for k in (8, 16, 32, 64):
            params = random_model(feature_map.feature_dim, k)
            contest = {
                "top_n": lambda: top_n(params, feature_map, None, dataset),  # noqa: B023
                "sorted": lambda: by_sorting(params, feature_map, users, films),  # noqa: B023
                "rows": lambda: params.score(X),  # noqa: B023
                "encoded rows": lambda: params.score(feature_map.transform(table)),  # noqa: B023
            }
            ours = top_n(params, feature_map, users, dataset, exclude_seen=False)["item"].to_numpy()
            assert (ours.reshape(-1, 10) == films[contest["sorted"]()]).mean() > 0.999  # ties alone differ
            seconds = {name: median(taken) for name, taken in timed(contest, rounds).items()}
            speed = {name: shares[name] / 1e6 / seconds[name] for name in contest}
            ratios = [speed["top_n"] / speed[name] for name in ("sorted", "encoded rows")]
            yield [k, *speed.values(), *ratios, peak_megabytes(contest["top_n"])]

    columns = ["k", "top_n", "float64 and sort", "rows", "encoded rows"]
    columns += ["ratio to sort", "ratio to encoded rows", "peak of top_n, MB"]
    report.table("Ten films for every user: million pairs a second", columns, rows())


def baselines(report: Report, dataset: Dataset, rounds: int) -> None:
    users = dataset.ratings["user"].unique()[-ROW_USERS:]
    pairs = len(users) * len(dataset.items)

    def rows() -> object:
        for model in (Popularity(), ItemKNN()):
            model.fit(dataset.ratings)
            contest = {"lists": lambda: top_n_by(model, users, dataset)}  # noqa: B023
            contest["lists"]()  # compiles
            seconds = median(timed(contest, rounds)["lists"])
            yield [type(model).__name__, len(users), seconds, pairs / 1e6 / seconds]

    report.table("Baselines", ["model", "users", "CPU s", "million pairs/s"], rows())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=6040)
    parser.add_argument("--films", type=int, default=3706)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/recommend.md")
    options = parser.parse_args()
    dataset = generate(Shape(RATINGS_A_USER * options.users, options.users, options.films)).dataset
    feature_map = FeatureMap.fit(dataset.ratings)
    pairs = options.users * options.films
    report = Report(
        "recommend",
        f"Lists of ten films for {options.users:,} users among {options.films:,} films, "
        f"{pairs / 1e6:.1f} million pairs: CPU time of one core, median of {options.rounds} rounds.",
    )
    factorization_machines(report, dataset, feature_map, options.rounds)
    baselines(report, dataset, options.rounds)
    if options.save:
        report.save()


if __name__ == "__main__":
    main()
