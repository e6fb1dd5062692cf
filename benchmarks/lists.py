"""Are the lists personal, and are they any good? Ten films for each user of a real SageMaker job's data.

    COURSE_DATA_DIR=… COURSE_GOLDEN_DIR=… python benchmarks/lists.py --save

Every model learns from the job's 70 % of ml-latest-small and recommends, to all 610 users, ten films that
they have not rated there. Personalisation is the mean Jaccard distance between the lists of every two users:
0 when all see the same films, 1 when no two share any. The three users at places 0, 209 and 333 are those to
whom the published course model recommends the same ten films. Precision and NDCG ask for films that the user
gave 4 stars or more in the other 30 %.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from statistics import mean

import numpy as np
import pandas as pd
from accuracy import PLAIN, Split, ml_latest_small
from report import Report

from course_utils.datasets import Dataset, movielens
from course_utils.encode import FeatureMap, sides
from course_utils.evaluate import (
    Biases,
    ItemKNN,
    Popularity,
    coverage,
    ndcg_at_k,
    personalisation,
    precision_at_k,
)
from course_utils.fm import FMParameters, adam, als, gibbs
from course_utils.recommend import top_n, top_n_by

PLACES = (0, 209, 333)
LIKED = 4.0
THE_JOB = adam.AdamConfig(  # the hyperparameters of the real job
    num_factors=8,
    mini_batch_size=994,
    epochs=91,
    bias_lr=0.21899531189430518,
    linear_lr=0.00021524948053767607,
    factors_lr=5.357593337770278e-05,
)
DRAWS = 300


def baselines(split: Split, data: Dataset) -> Iterator[tuple[str, list[pd.DataFrame]]]:
    for name, model in (("popularity", Popularity()), ("biases", Biases()), ("item k-NN", ItemKNN())):
        yield name, [top_n_by(model.fit(split.train), None, data)]


def machines(split: Split, data: Dataset, seeds: int) -> Iterator[tuple[str, list[pd.DataFrame]]]:
    features = FeatureMap.fit(split.train)
    X, y = features.transform(split.train), split.train.rating
    known = [
        sides.seen_items(features, split.train),
        sides.seen_by(features, split.train),
        sides.genres(features, split.items),
    ]

    def sampled(k: int, predictor_type: str = "regressor", **more) -> Callable[[int], FMParameters]:
        config = gibbs.GibbsConfig(k, DRAWS, predictor_type=predictor_type)
        return lambda seed: gibbs.fit(X, y, config, seed=seed, **more).params

    models = {
        "FM, Adam, the real job's settings, k = 8": lambda seed: adam.fit(X, y, THE_JOB, seed=seed).params,
        "FM, ALS, k = 8": lambda seed: als.fit(X, y, als.ALSConfig(8), seed=seed).params,
        "FM, Gibbs, k = 8": sampled(8),
        "FM, Gibbs, k = 32": sampled(32),
        "FM, Gibbs, k = 32, sides": sampled(32, sides=known),
        "FM, Gibbs, k = 32, sides, stars as ordered classes": sampled(32, "ordinal", sides=known),
    }
    for name, learn in models.items():
        yield name, [top_n(learn(seed), features, None, data) for seed in range(seeds)]


def row(name: str, lists: list[pd.DataFrame], split: Split) -> tuple:
    """One line of the table: means over the seeds, but the overlap of the three users for each seed."""
    users = np.unique(split.train.user)
    liked = split.test[split.test.rating >= LIKED]
    films = [own.groupby("user")["item"].agg(set) for own in lists]
    distances = [personalisation(own.to_list()) for own in films]
    overlaps = [
        max(len(a & b) for a, b in combinations([own[users[place]] for place in PLACES], 2)) for own in films
    ]
    return (
        name,
        f"{mean(distances):.3f}",
        f"{min(distances):.3f}",
        " ".join(map(str, overlaps)),
        f"{mean(precision_at_k(liked, own) for own in lists):.3f}",
        f"{mean(ndcg_at_k(liked, own) for own in lists):.3f}",
        f"{mean(coverage(own, split.items.index) for own in lists):.3f}",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/lists.md")
    options = parser.parse_args()
    split = ml_latest_small()
    data = replace(movielens.load("ml-latest-small", allow_sample=False), ratings=split.train)
    report = Report(
        "lists",
        f"Ten films for each of {split.train.user.nunique()} users, learned from the 70 % of ml-latest-small "
        f"that a real SageMaker job was trained on; FMs over {PLAIN}, {options.seeds} seeds.",
    )
    contestants = [*baselines(split, data), *machines(split, data, options.seeds)]
    report.table(
        "Personal, and good?",
        [
            "model",
            "personalisation",
            "lowest seed",
            "films that two of three users share, at most",
            "precision@10",
            "NDCG@10",
            "coverage",
        ],
        (row(name, lists, split) for name, lists in contestants),
        "Targets: personalisation of at least 0.7, at most 3 shared films. Precision is measured with "
        "ratings that people chose to give, and most chose what most choose: it favours popular films.",
    )
    if options.save:
        report.save()


if __name__ == "__main__":
    main()
