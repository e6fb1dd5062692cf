"""Lesson 12 is true: its checks, its Spark cell, its prose on both data sets over ten seeds."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from course_utils import recordio
from course_utils.build.editions import make
from course_utils.build.source import read
from course_utils.datasets import movielens, sample
from course_utils.encode import FeatureMap
from course_utils.evaluate import rmse, split_by_hash
from course_utils.fm import adam
from course_utils.learn import lesson
from course_utils.learn.checks import judge
from course_utils.paths import ROOT
from course_utils.shards import cluster, cut, keys
from course_utils.widgets import scale_dial

SOURCE = Path(__file__).parents[2] / "notebooks" / "source" / "12_past_one_machine.py"
LESSON = lesson(12)
TASKS = {task.id: task for task in LESSON.exercises}
PREDICTIONS = {prediction.id: prediction for prediction in LESSON.predictions}
CODE = [cell.source for cell in make(read(SOURCE), "solved").cells if cell.cell_type == "code"]
NAMES = {"np": np, "keys": keys}


def solved(task) -> object:
    names = dict(NAMES)
    exec(task.solution, names)
    return next(value for name, value in names.items() if name not in {*NAMES, "__builtins__"})


def cell_with(text: str) -> str:
    return next(code for code in CODE if text in code)


# ------------------------------------------------------------------------------------------------ the checks


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_solution_passes(task) -> None:
    assert judge(task, solved(task)).outcome == "passed"


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
@pytest.mark.parametrize("answer", ["shards", 7, [], {}, lambda: 1, lambda *_: None, lambda *_: 0.5])
def test_strange_answers_get_words(task, answer) -> None:
    assert judge(task, answer).outcome == "not yet"


def test_right_answers_in_other_words_pass() -> None:
    def the_last_get_more(rows, shards, batch):
        batches = rows // batch
        return np.array([batch * ((batches + shard) // shards) for shard in range(shards)])

    def by_column(rows, seed):
        return rows.assign(key=keys(rows, seed)).reset_index(drop=True).sort_values("key").index

    def joined(shares, answers):
        found = {}
        for name in sorted(shares, reverse=True):
            found.update(zip(shares[name], answers[f"{name}.out"], strict=True))
        return found

    for exercise, answer in {"E12.2": the_last_get_more, "E12.3": by_column, "E12.5": joined}.items():
        assert judge(TASKS[exercise], answer).outcome == "passed", exercise


# --------------------------------------------------------------------------------------------- the Spark cell


def run_spark_cell(missing: str | None, switched_on: bool, names: dict) -> str:
    code = cell_with("run_spark = False").replace("run_spark = False", f"run_spark = {switched_on}")
    with redirect_stdout(io.StringIO()) as said:
        exec(code, {"sys": sys, "subprocess": subprocess, "missing": missing, **names})
    return said.getvalue()


def test_without_spark_the_cell_says_so_and_how_to_get_it(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    missing = cluster.what_is_missing()
    for switched_on in (False, True):
        said = run_spark_cell(missing, switched_on, {"table": tmp_path, "work": tmp_path})
        assert "SPARK HAS NOT RUN" in said
        assert "uv sync --group spark" in said
    assert "set" in run_spark_cell(None, False, {"table": tmp_path, "work": tmp_path}).lower()


@pytest.mark.spark
def test_with_spark_the_cell_cuts_the_lessons_table(java_and_spark, tmp_path) -> None:
    (tmp_path / "table").mkdir()
    learn, _ = split_by_hash(sample.load().ratings, test_share=0.1)
    learn.to_parquet(tmp_path / "table" / "users-0.parquet")
    said = run_spark_cell(None, True, {"table": tmp_path / "table", "work": tmp_path})
    assert re.match(r"4 shards in .*: [\d,]+ rows, \d+ left out", said)
    assert len(list((tmp_path / "spark" / "train").iterdir())) == 4


# ------------------------------------------------------------------------------------ claims of the prose


@pytest.fixture(scope="module", params=["sample", "real"])
def cuts(request: pytest.FixtureRequest, tmp_path_factory) -> tuple[dict[str, tuple], tuple]:
    """Rows as the lesson's two kinds of shards hand them over, and the rows kept back."""
    if request.param == "real" and movielens.locate() is None:
        pytest.skip("no MovieLens on this machine")
    data = sample.load() if request.param == "sample" else movielens.load()
    learn, kept_back = split_by_hash(data.ratings, test_share=0.1)
    learn = learn.sort_values(["user", "item"])
    folder = tmp_path_factory.mktemp("cut")
    paths = []
    for number, places in enumerate(np.array_split(np.arange(len(learn)), 5)):
        paths.append(folder / f"users-{number}.parquet")
        learn.iloc[places].to_parquet(paths[-1])
    made = cut(paths, folder / "dealt", shards=4, batch=1000)
    names = FeatureMap.load(folder / "dealt" / "feature_map.json")
    X, y = zip(*map(rows_of, sorted(Path(made.train).iterdir())), strict=True)
    dealt = sparse.vstack(X).tocsr(), np.concatenate(y)
    naive = names.transform(learn), learn["rating"].to_numpy(np.float32)
    return {"naive": naive, "dealt": dealt}, (names.transform(kept_back), kept_back["rating"])


def rows_of(path: Path) -> tuple:
    with path.open("rb") as stream:
        return recordio.read(stream)


def test_dealt_shards_make_the_better_model_whatever_the_seed(cuts) -> None:
    rows, (X, stars) = cuts
    config = re.search(r"adam\.(AdamConfig\(.*?\))\n", cell_with("def trained_on"), re.DOTALL)[1]
    settings = eval(config, {"AdamConfig": adam.AdamConfig})
    for seed in range(10):
        errors = {
            way: rmse(stars, adam.fit(*own, settings, seed=seed).params.predict(X))
            for way, own in rows.items()
        }
        assert errors["dealt"] < errors["naive"] - 0.01
        assert PREDICTIONS["P12.2"].happened(errors["naive"] - errors["dealt"]).startswith("It is worse")


def test_the_figures_of_several_machines_are_those_of_the_benchmark() -> None:
    names: dict = {"np": np}
    with redirect_stdout(io.StringIO()):
        exec(cell_with("quarter = ["), names)
    measured = (ROOT / "benchmarks/results/hosts.md").read_text(encoding="utf-8")
    table = [
        line.strip("| ").split(" | ") for line in measured.splitlines() if re.match(r"\| \d \| 0\.", line)
    ]
    columns = [[float(cell) for cell in column] for column in zip(*table, strict=True)]
    assert columns[1] == names["one"]
    assert columns[4] == names["half"]
    assert columns[5] == names["quarter"]
    change = np.mean(names["quarter"]) - np.mean(names["one"])
    assert PREDICTIONS["P12.3"].happened(change) == "It grows"


def test_what_the_slopes_say_of_a_billion() -> None:
    shop = scale_dial.Shop(1_000_000_000)
    night = scale_dial.hours_for_every_pair(shop, scale_dial.Plan(factors=16))
    assert 4 < night < 12
    shares = []
    for speed in (scale_dial.SAGEMAKER, scale_dial.OURS):
        hours = scale_dial.estimate(shop, scale_dial.Plan(machines=8, speed=speed)).hours
        shares.append(f"{hours['train'] / sum(hours.values()):.0%}")
    assert shares == ["95%", "61%"]  # as the notes say
    for bytes_a_row in (50, 80):  # whatever the ids: two indices, two ones, a label, and what frames them
        written = shop.users * shop.films * bytes_a_row / 1e12
        assert PREDICTIONS["P12.4"].happened(written) == "More than ten terabytes"
    cost = scale_dial.estimate(shop, scale_dial.Plan(speed=scale_dial.SAGEMAKER)).dollars
    assert PREDICTIONS["P12.5"].happened(cost) == "Less than 20 dollars"


def test_the_table_of_a_laptop_is_as_large_as_the_lesson_says() -> None:
    ratings = sample.load().ratings[["user", "item", "rating", "timestamp"]]
    assert ratings.memory_usage(index=False).sum() / len(ratings) == 32
    features = FeatureMap.fit(ratings).transform(ratings)
    memory = features.data.nbytes + features.indices.nbytes + features.indptr.nbytes + 4 * len(ratings)
    assert memory / len(ratings) == pytest.approx(24, abs=0.1)
    assert round(25_000_095 / 162_541) == 154
