"""A table that outgrows a laptop: what does each step cost for a million ratings, and does it stay so?

    python benchmarks/shards.py --save

Made-up tables of the shape of MovieLens 25M, and of a half and a quarter of its users and ratings, in sixteen
Parquet files sorted by user. Every step on the way to lists for everybody is measured at each size:

* inside one worker, on one core, in CPU time: hash and deal the rows, encode them, write them as RecordIO;
  one training pass of SageMaker's optimiser for several k; score the rows (batch transform's work); find a
  hundred nearest films for a user (k-NN's work);
* whole engines, by the clock: the process pool with two workers, and Spark in local mode on two cores.

Where a step's cost for a million stays the same at each size, it may be carried on to a billion. The
explorable of lesson 12 does so, with the slopes of this file.
"""

from __future__ import annotations

import argparse
import io
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean

import numpy as np
import pandas as pd
from report import Report, cpu_seconds

from course_utils import recordio
from course_utils.datasets.large_sample import ML_25M, Shape, generate
from course_utils.encode import FeatureMap
from course_utils.fm import adam
from course_utils.fm.model import FMParameters
from course_utils.knn_container.index import Index
from course_utils.shards import Plan, cluster, cut, deal

PARTITIONS, SHARDS, BATCH = 16, 16, 1000
FACTORS = (8, 16, 32, 64)
ASKED = 2000  # users whose nearest films are looked for
NEAREST = 100
SHARES = (0.25, 0.5, 1.0)


def shape_of(share: float) -> Shape:
    """A share of the users and ratings; all films stay."""
    return Shape(int(ML_25M.ratings * share), int(ML_25M.users * share), ML_25M.items)


def partitions_of(ratings: pd.DataFrame, folder: Path) -> list[Path]:
    """Write the table as files, each with users of its own."""
    folder.mkdir()
    paths = []
    for number, rows in enumerate(np.array_split(np.arange(len(ratings)), PARTITIONS)):
        paths.append(folder / f"users-{number:02}.parquet")
        ratings.iloc[rows[0] : rows[-1] + 1].to_parquet(paths[-1])
    return paths


def timed(function, *arguments):
    """CPU milliseconds, and what the function gave."""
    started = time.process_time()
    made = function(*arguments)
    return 1000 * (time.process_time() - started), made


def rows_as_recordio(X, y) -> int:
    """Bytes written; nothing is kept."""

    class Nowhere(io.RawIOBase):
        size = 0

        def write(self, data) -> int:
            self.size += len(data)
            return len(data)

    nowhere = Nowhere()
    recordio.write(nowhere, X, y)
    return nowhere.size


def steps_of(ratings: pd.DataFrame, rounds: int) -> dict[str, float]:
    """CPU ms for a million rows (for a thousand users in k-NN) of each step; the least of some rounds."""
    whole = ratings.iloc[: len(ratings) // BATCH * BATCH]
    names = FeatureMap.fit(whole)
    one = Plan((len(whole) // PARTITIONS,), SHARDS, 1)
    part = whole.iloc[: one.counts[0]]
    rng = np.random.default_rng(1)
    found: dict[str, list[float]] = {}
    models: dict[int, FMParameters] = {}
    for _ in range(rounds):
        found.setdefault("hash and deal", []).append(timed(deal, part, 0, one)[0] / len(part))
        took, X = timed(names.transform, whole)
        found.setdefault("encode", []).append(took / len(whole))
        y = whole["rating"].to_numpy(np.float32)
        found.setdefault("write RecordIO", []).append(timed(rows_as_recordio, X, y)[0] / len(whole))
        X = X[rng.permutation(len(whole))]  # as shards are: the rows of one user lie far apart
        for k in FACTORS:
            config = adam.AdamConfig(k, epochs=1, mini_batch_size=BATCH)
            took, fitted = timed(adam.fit, X, y, config)
            found.setdefault(f"training pass, k = {k}", []).append(took / len(whole))
            models[k] = fitted.params
        for k, params in models.items():
            took = timed(params.predict, X)[0] / len(whole)
            found.setdefault(f"score rows, k = {k}", []).append(took)
        for k, params in models.items():
            found.setdefault(f"nearest films, k = {k}", []).append(nearest(params, names))
    per_million = {name: min(each) * 1e6 for name, each in found.items()}
    return {
        name: value / 1000 if name.startswith("nearest") else value for name, value in per_million.items()
    }


def nearest(params: FMParameters, names: FeatureMap) -> float:
    """CPU ms for one user to find the nearest among all films, by a k-NN index of inner products."""
    users, films = (np.array(names.columns_of(block)) for block in ("user", "item"))
    points = np.column_stack([params.V[films], params.w[films]]).astype(np.float32)
    index = Index(points, "INNER_PRODUCT")
    asked = np.column_stack([params.V[users[:ASKED]], np.ones(min(ASKED, len(users)))]).astype(np.float32)
    index.search(asked[:10], NEAREST)
    return timed(index.search, asked, NEAREST)[0] / len(asked)


def by_pool(paths: list[Path], output: Path) -> list:
    wall, cpu = time.perf_counter(), cpu_seconds()
    made = cut(paths, output, shards=SHARDS, batch=BATCH, workers=2)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    return [
        "process pool, 2 workers",
        time.perf_counter() - wall,
        cpu_seconds() - cpu,
        peak,
        made.bytes / made.rows,
    ]


def by_spark(folder: Path, output: Path) -> list:
    """The script as a person types it; start of Java and Spark included."""
    command = [sys.executable, "-m", "course_utils.shards.job", "--local", "2", "--input", str(folder)]
    command += ["--output", str(output), "--shards", str(SHARDS), "--batch", str(BATCH)]
    wall = time.perf_counter()
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    wall = time.perf_counter() - wall
    written = int(re.search(r": ([\d,]+) rows", said)[1].replace(",", ""))
    size = sum(path.stat().st_size for path in (output / "train").iterdir())
    return ["Spark, local mode, 2 cores", wall, None, None, size / written]


def exponent(sizes: list[float], costs: list[float]) -> float:
    """The slope on logarithmic axes: 1 is growth in proportion."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--share", type=float, default=1.0, help="of the largest table, for a quick look")
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/shards.md")
    options = parser.parse_args()
    report = Report("shards", "From a partitioned table to lists, for a million ratings at a time.")
    steps_of(generate(Shape(80_000, 800, 400)).dataset.ratings, 1)  # compiled before anything is timed
    shapes = [shape_of(share * options.share) for share in SHARES]
    measured: list[dict[str, float]] = []
    engines: list[list] = []
    for shape in shapes:
        ratings = generate(shape).dataset.ratings
        measured.append(steps_of(ratings, options.rounds))
        with tempfile.TemporaryDirectory() as folder:
            paths = partitions_of(ratings, Path(folder, "table"))
            del ratings
            runs = [by_pool(paths, Path(folder, "pool"))]
            if cluster.what_is_missing() is None:
                runs.append(by_spark(Path(folder, "table"), Path(folder, "spark")))
        engines += [[f"{shape.ratings:,}", *run[:2], 1e9 * run[1] / shape.ratings, *run[2:]] for run in runs]
    sizes = [shape.ratings for shape in shapes]
    report.table(
        "One core: CPU milliseconds for a million rows",
        ["step", *(f"{size:,}" for size in sizes), "mean", "exponent"],
        (
            [name, *costs, mean(costs), 1 + exponent(sizes, costs)]
            for name, costs in ((name, [each[name] for each in measured]) for name in measured[0])
        ),
        f"Nearest films: for a thousand users, {NEAREST} of {ML_25M.items:,} films each, found exactly. "
        "Exponent 1: a row costs the same in a larger table, as far as this was measured.",
    )
    report.table(
        "Engines: the whole cut into shards, by the clock",
        ["ratings", "engine", "s", "ms a million", "CPU s", "GiB of a worker at most", "bytes a row"],
        engines,
        f"{PARTITIONS} partitions into {SHARDS} shards. Spark's seconds hold its start.",
    )
    if options.save:
        report.save()


if __name__ == "__main__":
    main()
