"""Lesson 09 is true: its checks, its minutes, the numbers that it quotes, and its claims over ten seeds."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from course_utils.build import lint
from course_utils.build.editions import make
from course_utils.build.source import read
from course_utils.datasets import movielens, sample
from course_utils.encode import FeatureMap
from course_utils.evaluate.baselines import Biases
from course_utils.evaluate.metrics import rmse
from course_utils.evaluate.split import split_by_hash
from course_utils.fm import adam
from course_utils.learn import lesson
from course_utils.learn.checks import judge
from course_utils.widgets import job_timeline

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "notebooks" / "source" / "09_sagemaker.py"
LESSON = lesson(9)
TASKS = {task.id: task for task in LESSON.exercises}
FOLDER = "s3://bucket/folder"
RECORDIO = "application/x-recordio-protobuf"
REPLY = {"predictions": [{"score": 3.5}, {"score": 4.00001}]}
# What an exercise's cell needs from the cells before it, and what it hands to its check.
NEEDED = {
    "E9.1": {"folder": FOLDER, "RECORDIO": RECORDIO, "upload": lambda *_: None},
    "E9.5": {
        "answer": REPLY,
        "fm": None,
        "two_rows": None,
        "own": np.array([3.5, 4.0]),
        "served": [3.5, 4.00001],
    },
    "E9.8": {"rmse": rmse, "y_test": np.array([3.0, 4.0]), "answers": [{"score": 3.5}, {"score": 4.5}]},
}
HANDED: dict[str, Callable[[dict], object]] = {
    "E9.1": lambda names: {"channel": names["train_channel"], "folder": FOLDER},
    "E9.2": lambda names: {"required": names["required"], "columns": 77},
    "E9.3": lambda names: names["mended"],
    "E9.4": lambda names: names["bill"],
    "E9.5": lambda names: {"difference": names["difference"], "own": names["own"], "answer": REPLY},
    "E9.6": lambda names: names["tear_down"],
    "E9.7": lambda names: names["verdict"],
    "E9.8": lambda names: {"batch_rmse": names["batch_rmse"], "winner_rmse": 0.5},
}


class _Map:
    feature_dim = 77


def solved(task) -> object:
    """What the check is given after the solution of an exercise has run."""
    names = {"np": np, "feature_map": _Map(), **NEEDED.get(task.id, {})}
    exec(task.solution, names)
    return HANDED[task.id](names)


def prose(edition: str = "student") -> str:
    return "\n".join(
        cell.source for cell in make(read(SOURCE), edition).cells if cell.cell_type == "markdown"
    )


def code_cell(edition: str, text: str) -> str:
    """The first code cell of an edition that holds ``text``."""
    cells = make(read(SOURCE), edition).cells
    return next(cell.source for cell in cells if cell.cell_type == "code" and text in cell.source)


# ------------------------------------------------------------------------------------------------ the checks


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_solution_passes(task) -> None:
    assert judge(task, solved(task)).outcome == "passed"


@pytest.mark.parametrize("exercise", ["E9.3", "E9.4", "E9.6", "E9.7"])
@pytest.mark.parametrize("answer", ["SageMaker", 7, [], {}, lambda: 1, lambda *_: "x", float("nan")])
def test_strange_answers_get_words(exercise, answer) -> None:
    result = judge(TASKS[exercise], answer)
    assert result.outcome == "not yet"
    assert len(result.message.split()) > 3


@pytest.mark.parametrize(
    ("exercise", "wrap"),
    [
        ("E9.1", lambda answer: {"channel": answer, "folder": FOLDER}),
        ("E9.2", lambda answer: {"required": answer, "columns": 77}),
        ("E9.5", lambda answer: {"difference": answer, "own": [3.5, 4.0], "answer": REPLY}),
        ("E9.8", lambda answer: {"batch_rmse": answer, "winner_rmse": 0.5}),
    ],
)
@pytest.mark.parametrize("answer", ["text", 7, [], {}, ["train"], True, float("nan")])
def test_strange_parts_of_an_answer_get_words(exercise, wrap, answer) -> None:
    result = judge(TASKS[exercise], wrap(answer))
    assert result.outcome == "not yet"
    assert len(result.message.split()) > 3


def test_another_number_of_factors_is_not_what_was_asked_for() -> None:
    other = {"required": {**solved(TASKS["E9.2"])["required"], "num_factors": "8"}, "columns": 77}
    assert "take 16" in judge(TASKS["E9.2"], other).message


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"mini_batch_size": "500"}, "passed"),
        ({"instance_type": "ml.c5.xlarge"}, "passed"),
        ({"mini_batch_size": "994"}, "not yet"),
        ({"instance_type": "ml.g5.xlarge"}, "not yet"),
        ({"epochs": "1"}, "not yet"),
        ({"seed": "1"}, "not yet"),
    ],
)
def test_the_bug_hunt_takes_every_right_job(change, outcome) -> None:
    assert judge(TASKS["E9.3"], {**solved(TASKS["E9.3"]), **change}).outcome == outcome


def test_the_faulty_job_of_the_notebook_is_the_one_that_the_check_knows() -> None:
    names: dict = {"check": lambda *_: None}
    exec(code_cell("student", "faulty = "), names)
    assert judge(TASKS["E9.3"], names["faulty"]).message.startswith("That is still the faulty one")


# ------------------------------------------------------------------------------------------------ the text


def test_style_and_minutes() -> None:
    assert lint(SOURCE) == []
    text = prose()
    parts = [int(each) for each in re.findall(r"^## .*\((\d+) min\)$", text, re.MULTILINE)]
    said = re.search(
        r"\*\*Time\*\* (\d+) minutes: a core of (\d+) \((\d+) reading, (\d+) doing, (\d+) discussing\), "
        r"and a second\s+half of (\d+)",
        text,
    )
    total, core, reading, doing, discussing, second = map(int, said.groups())
    start = text.index("# Second half")
    early = [int(each) for each in re.findall(r"^## .*\((\d+) min\)$", text[:start], re.MULTILINE)]
    assert sum(parts) == total == core + second
    assert sum(early) == core == reading + doing + discussing


def test_nothing_is_only_for_the_local_mode() -> None:
    """One line chooses the place; no other may know of it."""
    code = "\n".join(cell.source for cell in make(read(SOURCE), "solved").cells if cell.cell_type == "code")
    assert len(re.findall(r"\blocal", code)) == 1
    assert not re.search(r"127\.0\.0\.1|endpoint_url|FM_SEED|local_aws|\.mode\b|us-east-1", code)


def test_the_prices_and_seconds_quoted_are_those_of_the_timeline() -> None:
    text = prose()
    assert f"`ml.m5.large` {job_timeline.PRICES['ml.m5.large']} for training" in text
    assert f"`ml.t2.medium` {job_timeline.ENDPOINT_PRICE} for the endpoint" in text
    assert f"at work for {job_timeline.PUBLISHED_WORK} seconds" in text
    counted = job_timeline.billed_seconds(job_timeline.PUBLISHED)
    assert job_timeline.PUBLISHED_WORK / counted < 0.11  # nine tenths went into fetching things
    weekend = code_cell("student", "64 * hour_of_endpoint")
    assert f"{counted} / 3600 * hour_of_training" in weekend


def test_the_hosts_quoted_are_those_of_the_benchmark() -> None:
    measured = (ROOT / "benchmarks" / "results" / "hosts.md").read_text(encoding="utf-8")
    rows = np.array(
        [
            [float(cell) for cell in line.strip("|").split("|")]
            for line in measured.partition("seed by seed")[2].splitlines()
            if re.match(r"\| +\d", line)
        ]
    )
    names: dict = {"np": np}
    exec(code_cell("student", "quarter = ["), names)
    for name, column in (("one", 1), ("four", 3), ("quarter", 5)):
        assert names[name] == pytest.approx(rows[:, column])
    one, four, quarter = (np.array(names[name]) for name in ("one", "four", "quarter"))
    assert (four > one).all()
    assert (quarter > one).all()
    assert (four - one).mean() > 3 * (quarter - one).mean()  # "several times as wide"


# ------------------------------------------------------------------------------------------------ ten seeds

SETTINGS = adam.AdamConfig(  # the lesson's hyperparameters
    num_factors=16,
    epochs=30,
    mini_batch_size=1000,
    linear_lr=0.003,
    factors_lr=0.0005,
    linear_wd=0.0001,
    factors_wd=0.0001,
    factors_init_sigma=0.01,
)


@pytest.fixture(scope="module", params=["sample", "ml-latest-small"])
def case(request: pytest.FixtureRequest):
    """Rows in file order, rows kept back, and the RMSE of plain biases."""
    if request.param == "sample":
        ratings = sample.load().ratings
    else:
        request.getfixturevalue("movielens_dir")
        ratings = movielens.load(request.param, allow_sample=False).ratings
    learn, judge = split_by_hash(ratings, test_share=0.1)
    feature_map = FeatureMap.fit(learn)
    train, test = (
        (feature_map.transform(table), table["rating"].to_numpy(np.float32)) for table in (learn, judge)
    )
    return train, test, rmse(test[1], Biases().fit(learn).predict(judge))


@pytest.mark.parametrize("seed", range(10))
def test_shuffled_and_in_full_batches_it_beats_the_biases_and_in_file_order_it_does_not(case, seed) -> None:
    (X, y), (X_test, y_test), biases = case
    order = np.random.default_rng(seed).permutation(len(y))
    order = order[: len(order) // SETTINGS.mini_batch_size * SETTINGS.mini_batch_size]
    shuffled = adam.fit(X[order], y[order], SETTINGS, seed=seed).params
    in_file_order = adam.fit(X[: len(order)], y[: len(order)], SETTINGS, seed=seed).params
    assert rmse(y_test, shuffled.predict(X_test)) < biases - 0.01
    assert rmse(y_test, in_file_order.predict(X_test)) > biases
