"""How good are our factorization machines? Test RMSE on real MovieLens, five seeds, beside what others reach.

    COURSE_DATA_DIR=… COURSE_GOLDEN_DIR=… python benchmarks/accuracy.py --save
    python benchmarks/accuracy.py --only ml-100k --seeds 2

Three protocols, each fixed by somebody else or by a hash:

- ml-100k, its published folds u1 to u5;
- ml-latest-small, the 70/30 split of a real SageMaker job (the rows are in ``COURSE_GOLDEN_DIR``);
- ml-1m, every tenth rating by a hash of user and film, without a block for days, so that a copy of the
  archive that lacks the times will do.

Whatever a model knows, its columns, sides and days, comes from the training rows alone, and genres from the
items table. Predictions stay within the range of the training ratings.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import pandas as pd
from peers import PeerUnavailable, libfm_file, run_libfm
from report import Report

from course_utils.datasets import movielens
from course_utils.encode import FeatureMap, sides
from course_utils.evaluate.baselines import Biases, GlobalMean
from course_utils.evaluate.metrics import rmse
from course_utils.evaluate.split import split_by_hash
from course_utils.fm import als, gibbs

PAIR = ("user", "item")


@dataclass(frozen=True)
class Split:
    """Training and test ratings, and the items table."""

    name: str
    train: pd.DataFrame
    test: pd.DataFrame
    items: pd.DataFrame


@dataclass(frozen=True)
class Model:
    """An FM to be sampled: its columns, its side information, its size."""

    label: str
    k: int
    blocks: tuple[str, ...] = PAIR
    known: tuple[str, ...] = ()
    ordinal: bool = False

    def features(self, split: Split) -> FeatureMap:
        return FeatureMap.fit(split.train, self.blocks)

    def sides(self, split: Split, features: FeatureMap) -> list[sides.Side]:
        makers = {
            "seen": lambda: [
                sides.seen_items(features, split.train),
                sides.seen_by(features, split.train),
            ],
            "seen_items": lambda: [sides.seen_items(features, split.train)],
            "genre": lambda: [sides.genres(features, split.items)],
        }
        return [side for name in self.known for side in makers[name]()]

    def errors(self, split: Split, seeds: int, iterations: int) -> list[float]:
        features = self.features(split)
        X, predict_X = features.transform(split.train), features.transform(split.test)
        known = self.sides(split, features)
        config = gibbs.GibbsConfig(
            self.k, iterations, predictor_type="ordinal" if self.ordinal else "regressor"
        )
        low, high = split.train.rating.min(), split.train.rating.max()
        errors = []
        for seed in range(seeds):
            result = gibbs.fit(X, split.train.rating, config, sides=known, predict_X=predict_X, seed=seed)
            errors.append(rmse(split.test.rating, result.test_prediction.clip(low, high)))
        return errors


PLAIN, ORDERED = "users and films", "stars as ordered classes"
MODELS = {
    "ml-100k": [
        Model(PLAIN, 8),
        Model(PLAIN, 16),
        Model(f"{PLAIN}, {ORDERED}", 16, ordinal=True),
        Model("users, films and seen_items", 16, known=("seen_items",)),
        Model("… and both implicit sides", 16, known=("seen",)),
        Model("… and genres, days", 16, (*PAIR, "day"), ("seen", "genre")),
        Model(f"… and {ORDERED}", 16, (*PAIR, "day"), ("seen", "genre"), ordinal=True),
    ],
    "ml-latest-small": [
        Model(PLAIN, 8),
        Model(PLAIN, 16),
        Model("users, films and genres", 8, known=("genre",)),
        Model("… and both implicit sides", 8, known=("seen", "genre")),
        Model("… and days", 16, (*PAIR, "day"), ("seen", "genre")),
        Model(f"… and {ORDERED}", 16, (*PAIR, "day"), ("seen", "genre"), ordinal=True),
    ],
    "ml-1m": [
        Model(PLAIN, 16),
        Model("users, films and both implicit sides", 32, known=("seen",)),
        Model("… and genres", 32, known=("seen", "genre")),
        Model(f"… and {ORDERED}", 32, known=("seen", "genre"), ordinal=True),
    ],
}
TARGETS = {  # what this project set out to reach, by data set and place in MODELS
    "ml-100k": [None, 0.9045, 0.9045, None, 0.891, 0.886, 0.886],
    "ml-latest-small": [0.845, 0.845, None, None, None, None],
    "ml-1m": [0.8375, 0.827, None, None],
}
# More draws help on the folds of ml-100k. On ml-latest-small, where most films have few ratings, they hurt,
# libFM's MCMC as well: k = 8, ours .8444 and libFM's .8450 after 300, .8508 and .8504 after 1,000.
DRAWS = {"ml-latest-small": 300, "ml-100k": 500, "ml-1m": 300}
OTHERS = {
    "ml-100k": (
        "Others on fold u1: the real SageMaker job 1.000 (by its log: num_factors 64, rows in file order); "
        "libFM's MCMC .9043 to .9058 (k = 8 to 32, measured on another day); the best figure that we know to "
        "be published 0.884 (a Bayesian FM with implicit and time blocks and ordered probit)."
    ),
    "ml-latest-small": (
        "Others on this split: the real SageMaker job .9070 (by its log, k = 8); myFM .8432 (k = 8, 150 "
        "iterations, measured on another day)."
    ),
    "ml-1m": (
        "Others, each on another random 90/10 split: libFM's MCMC .8446 at k = 8 and .8377 at k = 16 "
        "(measured on another day); the best published figures are near .82."
    ),
}


def ml_100k(fold: int) -> Split:
    with zipfile.ZipFile(movielens.fetch("ml-100k")) as archive:
        names = {Path(name).name: name for name in archive.namelist()}
        parts = [
            pd.read_csv(
                archive.open(names[f"u{fold}.{part}"]),
                sep="\t",
                names=["user", "item", "rating", "timestamp"],
            )
            for part in ("base", "test")
        ]
    return Split(f"ml-100k, fold u{fold}", *parts, movielens.load("ml-100k", allow_sample=False).items)


def ml_latest_small() -> Split:
    """The job's rows name columns: 610 users, then the rated films in ascending order of their ids."""
    folder = Path(os.environ["COURSE_GOLDEN_DIR"]) / "fm-regressor-ml-latest-small"
    data = movielens.load("ml-latest-small", allow_sample=False)
    users, films = np.sort(data.ratings.user.unique()), np.sort(data.ratings.item.unique())
    parts = []
    for name in ("user_movie_train.svm", "user_movie_test.svm"):
        table = np.array((folder / name).read_text().replace(":1", "").split(), float).reshape(-1, 3)
        columns = table[:, 1:].astype(int)
        part = pd.DataFrame(
            {"user": users[columns[:, 0]], "item": films[columns[:, 1] - len(users)], "rating": table[:, 0]}
        )
        times = data.ratings[["user", "item", "rating", "timestamp"]]
        parts.append(part.merge(times, on=["user", "item", "rating"], validate="1:1"))
        if len(parts[-1]) != len(table):
            raise ValueError(f"{name} holds ratings that ml-latest-small does not.")
    return Split("ml-latest-small, the SageMaker job's 70/30", *parts, data.items)


def ml_1m() -> Split:
    data = movielens.load("ml-1m", allow_sample=False)
    return Split("ml-1m, 90/10 by hash", *split_by_hash(data.ratings), data.items)


LOADERS: dict[str, Callable[[], Split]] = {
    "ml-latest-small": ml_latest_small,
    "ml-100k": lambda: ml_100k(1),
    "ml-1m": ml_1m,
}


def ladder(data: str, split: Split, seeds: int, iterations: int) -> Iterator[tuple]:
    """Rows of the table: baselines first, then ALS, then what is sampled."""
    for label, model in (("global mean", GlobalMean()), ("biases of users and films, ridge", Biases())):
        error = rmse(split.test.rating, model.fit(split.train).predict(split.test))
        yield label, None, f"{error:.4f}", None, None, None
    features = FeatureMap.fit(split.train)
    X, y, test_X = features.transform(split.train), split.train.rating, features.transform(split.test)
    for k in (8, 16):
        errors = [
            rmse(
                split.test.rating,
                als.fit(X, y, als.ALSConfig(k, 30), seed=seed).params.score(test_X).clip(y.min(), y.max()),
            )
            for seed in range(seeds)
        ]
        yield f"{PLAIN}, one ALS model", k, *spread(errors), None
    for model, target in zip(MODELS[data], TARGETS[data], strict=True):
        yield model.label, model.k, *spread(model.errors(split, seeds, iterations)), target


def spread(errors: list[float]) -> tuple[str, str, str]:
    """Mean, standard deviation, and lowest to highest."""
    deviation = f"{stdev(errors):.4f}" if len(errors) > 1 else "–"
    return f"{mean(errors):.4f}", deviation, f"{min(errors):.4f} to {max(errors):.4f}"


def libfm_errors(split: Split, ks: tuple[int, ...], iterations: int) -> str:
    """What libFM's MCMC reaches on the same rows in this run, as a sentence."""
    features = FeatureMap.fit(split.train)
    groups = np.repeat([0, 1], [len(features.columns_of(block)) for block in PAIR])
    with tempfile.TemporaryDirectory() as folder:
        files = [
            libfm_file(Path(folder, name), features.transform(part), part.rating.to_numpy())
            for name, part in (("train", split.train), ("test", split.test))
        ]
        try:
            found = [
                f"{run_libfm(*files, 'mcmc', k, iterations, groups=groups).test_rmse:.4f} at k = {k}"
                for k in ks
            ]
        except PeerUnavailable as reason:
            return f"libFM not reachable: {reason}"
    return f"libFM's MCMC in this very run, one seed, {iterations} iterations: {', '.join(found)}."


def folds(seeds: int, iterations: int) -> Iterator[tuple]:
    """The plainest and the fullest model on all five folds."""
    totals: dict[str, list[float]] = {}
    models = {f"{m.label}, k = {m.k}": m for m in (MODELS["ml-100k"][1], MODELS["ml-100k"][-1])}
    for fold in range(1, 6):
        split = ml_100k(fold)
        found = {name: mean(model.errors(split, seeds, iterations)) for name, model in models.items()}
        for name, error in found.items():
            totals.setdefault(name, []).append(error)
        yield f"u{fold}", *(f"{error:.4f}" for error in found.values())
    yield "mean of folds", *(f"{mean(errors):.4f}" for errors in totals.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=list(LOADERS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--fold-seeds", type=int, default=2, help="for the five folds of ml-100k")
    parser.add_argument("--iterations", type=int, help=f"by default {DRAWS}")
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/accuracy.md")
    options = parser.parse_args()
    report = Report(
        "accuracy",
        "Test RMSE on real MovieLens. Below the single ALS models, each model is the average of many Gibbs "
        f"draws, the first 10 left out. Mean, standard deviation and range over {options.seeds} seeds.",
    )
    columns = ["model", "k", "test RMSE", "sd", "range", "target ≤"]
    for data in [options.only] if options.only else LOADERS:
        if data == "ml-latest-small" and "COURSE_GOLDEN_DIR" not in os.environ:
            report.text("ml-latest-small: COURSE_GOLDEN_DIR is not set, so the job's split is not at hand.")
            continue
        split, draws = LOADERS[data](), options.iterations or DRAWS[data]
        rows = ladder(data, split, options.seeds, draws)
        report.table(f"{split.name}, {draws} draws", columns, rows, OTHERS[data])
        if data != "ml-1m":  # there it would take many minutes; benchmarks/solvers.py has a short run
            report.text(libfm_errors(split, (8, 16), draws))
    if options.only in (None, "ml-100k"):
        report.table(
            f"ml-100k, all five folds, means of {options.fold_seeds} seeds",
            ["fold", f"{PLAIN}, k = 16", f"everything, {ORDERED}, k = 16"],
            folds(options.fold_seeds, options.iterations or DRAWS["ml-100k"]),
        )
    if options.save:
        report.save()


if __name__ == "__main__":
    main()
