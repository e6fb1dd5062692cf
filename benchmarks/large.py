"""25 million ratings from table to lists: how long, and how much memory?

    python benchmarks/large.py                        # the shape of MovieLens 25M, made up
    python benchmarks/large.py --share 0.2            # a fifth of its users and ratings

Every step that a learner would take, one after the other, in one process: a ratings table drawn from a
known factorization machine, a 90/10 split by hash, a FeatureMap, CSR rows, ALS and Gibbs sampling with 16
factors, test RMSE, ten films for every user. The lowest RMSE that any model can reach is known, as the data
are made up.

Memory is the largest resident set of the process during a step (VmHWM, reset before each; Linux only).
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from report import Report

from course_utils.datasets.large_sample import ML_25M, Shape, generate
from course_utils.encode import FeatureMap
from course_utils.evaluate import Biases, GlobalMean, coverage, personalisation, rmse, split_by_hash
from course_utils.fm import als, gibbs
from course_utils.recommend import top_n

NUM_FACTORS = 16
SOME_USERS = 2000  # personalisation compares every two lists


@dataclass
class Steps:
    """What each step took."""

    rows: list[list] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        reset_peak()
        wall, cpu = perf_counter(), process_time()
        yield
        wall, cpu = perf_counter() - wall, process_time() - cpu
        self.rows.append([name, wall, cpu, peak_gib(), resident_gib()])
        print(f"{name}: {wall:.1f} s, {cpu:.1f} s of CPU, peak {peak_gib():.2f} GiB", flush=True)


def reset_peak() -> None:
    """Let VmHWM start again from what is resident now; where that is impossible, peaks only grow."""
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5")


def peak_gib() -> float:
    if sys.platform == "linux":
        return _status("VmHWM")
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def resident_gib() -> float | None:
    return _status("VmRSS") if sys.platform == "linux" else None


def _status(name: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 2**20
    raise ValueError(f"/proc/self/status has no {name}.")


def compile_solvers() -> None:
    """Once per machine and version: paid here, so that no step below hides it."""
    X = np.eye(4, dtype=np.float32)[[[0, 2], [1, 3], [0, 3]]].sum(axis=1)
    als.fit(X, [1, 2, 3], als.ALSConfig(NUM_FACTORS, 1))
    gibbs.fit(X, [1, 2, 3], gibbs.GibbsConfig(NUM_FACTORS, 2, 1), predict_X=X)
    generate(Shape(400, 20, 80))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0, help="of the users and ratings; all films stay")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--als", type=int, default=15, help="epochs")
    parser.add_argument("--gibbs", type=int, default=60, help="iterations, the first 10 of them burn-in")
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/large.md")
    options = parser.parse_args()
    shape = Shape(int(ML_25M.ratings * options.share), int(ML_25M.users * options.share), ML_25M.items)
    report = Report(
        "large",
        f"{shape.ratings:,} made-up ratings of {shape.items:,} films by {shape.users:,} users, "
        f"from table to lists with {options.threads} threads.",
    )
    compile_solvers()
    steps, errors = Steps(), []
    with steps.step("draw the ratings table"):
        sample = generate(shape)
    dataset = sample.dataset
    with steps.step("split 90/10 by hash"):
        train, test = split_by_hash(dataset.ratings)
    dataset = replace(dataset, ratings=train)
    errors.append(["global mean", rmse(test["rating"], GlobalMean().fit(train).predict(test))])
    with steps.step("ridge on user and film biases"):
        errors.append(["biases", rmse(test["rating"], Biases().fit(train).predict(test))])
    with steps.step("FeatureMap.fit"):
        feature_map = FeatureMap.fit(train)
    with steps.step("transform to CSR"):
        X, test_X = feature_map.transform(train), feature_map.transform(test)
        y, test_y = train["rating"].to_numpy(np.float32), test["rating"].to_numpy()
    with steps.step(f"ALS, {options.als} epochs"):
        config = als.ALSConfig(NUM_FACTORS, options.als)
        by_als = als.fit(X, y, config, seed=1, threads=options.threads)
    with steps.step("predict the test rows (ALS)"):
        errors.append(["ALS", rmse(test_y, by_als.params.predict(test_X).clip(0.5, 5))])
    with steps.step(f"Gibbs, {options.gibbs} iterations"):
        config = gibbs.GibbsConfig(NUM_FACTORS, options.gibbs, 10)
        by_gibbs = gibbs.fit(X, y, config, predict_X=test_X, seed=1, threads=options.threads)
    errors.append(["Gibbs", rmse(test_y, by_gibbs.test_prediction)])
    errors.append(["the model that drew them", sample.lowest_rmse])
    del X, test_X

    shown = []
    for name, params in (("ALS", by_als.params), ("Gibbs, averaged", by_gibbs.params)):
        with steps.step(f"ten films for everybody ({name}, {params.num_factors} factors)"):
            lists = top_n(params, feature_map, None, dataset, threads=options.threads)
        pairs = lists["user"].nunique() * len(feature_map.ids("item"))
        some = lists[lists["user"].isin(lists["user"].unique()[:: -(-shape.users // SOME_USERS)])]
        shown.append(
            [
                name,
                params.num_factors,
                pairs / 1e6 / steps.rows[-1][1],
                coverage(lists, feature_map.ids("item")),
                personalisation([own["item"] for _, own in some.groupby("user")]),
            ]
        )

    report.table("Steps", ["step", "s", "CPU s", "peak GiB", "GiB afterwards"], steps.rows)
    total, peak = (sum(row[1] for row in steps.rows), max(row[3] for row in steps.rows))
    report.text(f"Together {total:.0f} s; largest peak {peak:.2f} GiB; {os.cpu_count()} cores.")
    report.table("Test RMSE", ["model", "RMSE"], errors)
    report.table(
        "Lists",
        ["model", "factors", "million pairs/s", "coverage", "personalisation"],
        shown,
        note=f"By wall time, encoding and ranking included. Personalisation of {SOME_USERS:,} users.",
    )
    if options.save:
        report.save()


if __name__ == "__main__":
    main()
