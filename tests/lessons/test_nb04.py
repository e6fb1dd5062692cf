"""Lesson 04 is true: its checks, its claims over many seeds, and the bugs that it lets learners hunt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from course_utils.build.editions import make
from course_utils.build.source import read
from course_utils.datasets import rendle, sample
from course_utils.encode import FeatureMap
from course_utils.evaluate.split import split_by_hash
from course_utils.fm import lesson as fm
from course_utils.fm.model import sigmoid
from course_utils.learn import lesson
from course_utils.learn.checks import judge

SOURCE = Path(__file__).parents[2] / "notebooks" / "source" / "04_fm_in_numpy.py"
LESSON = lesson(4)
TASKS = {task.id: task for task in LESSON.exercises}
THE_ANSWER = {
    "E4.1": "predict_rows",
    "E4.2": "gradients",
    "E4.3": "central_difference",
    "E4.5": "guilty",
    "E4.6": "slope_of_log_loss",
}
SEEDS = range(10)


def solved(task) -> object:
    """What the solution of an exercise ends in."""
    names: dict = {"np": np, "lesson": fm, "sigmoid": sigmoid}
    exec(task.solution, names)
    return names[THE_ANSWER[task.id]]


def cell(text: str) -> str:
    """The first code cell of the solved edition that holds ``text``."""
    cells = make(read(SOURCE), "solved").cells
    return next(each.source for each in cells if each.cell_type == "code" and text in each.source)


def toy() -> tuple[np.ndarray, np.ndarray]:
    """The seven rows and stars of the lesson."""
    ratings = rendle.load().ratings
    X = FeatureMap.fit(ratings, blocks=("user", "item")).transform(ratings).toarray()
    return X, ratings["rating"].to_numpy()


# ------------------------------------------------------------------------------------------------ the checks


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_solution_passes(task) -> None:
    assert judge(task, solved(task)).outcome == "passed"


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
@pytest.mark.parametrize("answer", ["six", 7, [], {"A": "2"}, lambda: 1, lambda *_: "six", lambda *_: np.nan])
def test_strange_answers_get_words(task, answer) -> None:
    assert judge(task, answer).outcome == "not yet"


def test_the_step_in_its_right_order_runs_and_lowers_the_error() -> None:
    X, y = toy()
    names = {"np": np, "lesson": fm, "X": X, "y": y, "X_judge": X, "y_judge": y, "w0": 3.0, "lr": 0.1}
    names |= {"rng": np.random.default_rng(7), "w": np.zeros(7), "V": np.full((7, 2), 0.1), "history": []}

    def slopes_from(error, X, V):
        own_share = ((X**2).T @ error)[:, None] * V
        return [
            s / len(error) for s in (error.sum(), X.T @ error, X.T @ (error[:, None] * (X @ V)) - own_share)
        ]

    before = fm.loss(X, y, 3.0, np.zeros(7), np.full((7, 2), 0.1))
    exec("\n".join(LESSON.parsons[0].lines), names | {"slopes_from": slopes_from})
    assert names["history"][0] < before


# ------------------------------------------------------------------------------------------------ the claims


@pytest.mark.parametrize("seed", SEEDS)
def test_wrong_slopes_of_V_learn_all_the_same(seed: int) -> None:
    X, y = toy()
    names = {"np": np, "lesson": fm, "X_toy": X, "y_toy": y}
    exec(cell("def wrong_gradients").replace("default_rng(7)", f"default_rng({seed})"), names)
    errors = names["errors_by_step"](names["wrong_gradients"])
    assert errors[0] > 1
    assert errors[-1] < 0.1


@pytest.fixture(scope="module")
def rows():
    """The lesson's own rows, thinned to a third so that ten fits stay quick."""
    learn, judge_rows = split_by_hash(sample.load().ratings, test_share=0.2)
    learn = learn.iloc[::3]
    feature_map = FeatureMap.fit(learn)
    return [(feature_map.transform(table), table["rating"].to_numpy()) for table in (learn, judge_rows)]


@pytest.mark.parametrize("seed", SEEDS)
def test_without_regularisation_judging_error_falls_and_then_rises(rows, seed: int) -> None:
    (X, y), validation = rows
    fitted = fm.sgd(X, y, validation=validation, k=8, epochs=25, lr=5.0, lambda_w=0, lambda_V=0, seed=seed)
    judging = [epoch.metrics["validation_loss"] for epoch in fitted.history]
    learning = [epoch.metrics["train_loss"] for epoch in fitted.history]
    best = int(np.argmin(judging))
    assert 0 < best < len(judging) - 1
    assert judging[-1] > judging[best] + 0.005
    assert learning[-1] < learning[best]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_machine_beats_the_share_of_likes(rows, seed: int) -> None:
    (X, y), (X_judge, y_judge) = rows
    liked, liked_judge = (y >= 4).astype(float), (y_judge >= 4).astype(float)
    fitted = fm.sgd(
        X,
        liked,
        validation=(X_judge, liked_judge),
        task="binary_classifier",
        k=8,
        epochs=5,
        lr=20.0,
        lambda_w=0,
        lambda_V=0,
        seed=seed,
    )
    share = liked.mean()
    bar = -np.mean(liked_judge * np.log(share) + (1 - liked_judge) * np.log(1 - share))
    assert min(epoch.metrics["validation_loss"] for epoch in fitted.history) < bar - 0.05


# ---------------------------------------------------------------------------------------------- the bug hunt

MENDED = {
    "A": ("w + (sums**2 - squares)", "w + 0.5 * (sums**2 - squares)"),
    "B": ("np.zeros((X.shape[1], k)), []", "np.random.default_rng(0).normal(0, 0.1, (X.shape[1], k)), []"),
    "C": ("(slopes[0] + pull * w0)", "slopes[0]"),
    "D": ("scores_of(X, w0, w, V) - y ", "scores_of(X_judge, w0, w, V) - y_judge "),
}


def hunt(mended: str, seed: int = 0) -> dict[str, bool]:
    """Which tests of the report are fine after some faults have been mended."""
    faulty = cell("def scores_of")
    for letter in mended:
        wrong, right = MENDED[letter]
        assert faulty.count(wrong) == 1
        faulty = faulty.replace(wrong, right)
    X, y = toy()
    rng = np.random.default_rng(7)
    names = {"np": np, "lesson": fm, "X_toy": X, "y_toy": y, "w0": 3.0}
    names |= {"w": rng.normal(size=7), "V": rng.normal(size=(7, 2))}
    names["by_loop"] = [fm.predict_double_loop(x, names["w0"], names["w"], names["V"]) for x in X]
    exec(faulty.replace("default_rng(0)", f"default_rng({seed})"), names)
    seen = {}
    reporting = cell("def report").split("\n\n", 1)[1]
    exec(reporting, names | {"report": lambda test, fine: seen.update({test[0]: bool(fine)})})
    return seen


def test_each_fault_spoils_its_own_test() -> None:
    assert hunt("") == dict.fromkeys("ABCD", False)
    for letter in "ABCD":
        others = "ABCD".replace(letter, "")
        assert hunt(others) == dict.fromkeys(others, True) | {letter: False}


def test_the_report_finds_out_a_start_with_equal_factors() -> None:
    """V = 0.1 everywhere moves, and its two factors stay one."""
    X, y = toy()
    w0, w, V = 3.0, np.zeros(7), np.full((7, 2), 0.1)
    names = {"np": np, "lesson": fm, "X_toy": X, "y_toy": y, "w0": w0, "w": w, "V": V}
    names |= {"scores_of": fm.predict, "by_loop": fm.predict(X, w0, w, V)}
    names["train"] = lambda *_: (w0, w, 3 * V, [0.0])
    seen = {}
    names["report"] = lambda test, fine: seen.update({test[0]: bool(fine)})
    exec(cell("def report").split("\n\n", 1)[1], names)
    assert not seen["B"]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_mended_code_passes_from_every_start(seed: int) -> None:
    assert hunt("ABCD", seed) == dict.fromkeys("ABCD", True)


def test_the_guilty_lines_carry_their_numbers() -> None:
    lines = cell("def scores_of").splitlines()
    for letter, number in solved(TASKS["E4.5"]).items():
        (line,) = [line for line in lines if line.endswith(f"# {number}")]
        assert MENDED[letter][0].strip() in line
