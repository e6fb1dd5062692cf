"""The training bench: the lesson's own machine, claims over many seeds, a widget sane at every extreme."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from course_utils.fm import lesson
from course_utils.learn import reveal
from course_utils.widgets import TrainingBench, training_bench
from course_utils.widgets.training_bench import EPOCHS, FILMS, MOST_FACTORS, RATES, STRENGTHS, USERS

SEEDS = range(10)


def results(bench: TrainingBench) -> str:
    shown = bench.answer.value + bench.table.value + bench.chart.value
    return re.sub(r"base64,[^\"]+|<style>.*?</style>", "", shown, flags=re.DOTALL)


def best(lr: float = 2, lambda_V: float = 0, k: int = 8, epochs: int = 40, seed: int = 0) -> float:
    return min(training_bench.train(k, lr, 0, lambda_V, epochs, seed).judging)


# ----------------------------------------------------------------------------------------------- the training


@pytest.mark.parametrize("setting", [(3, 2, 0, 0), (2, 5, 0.01, 0.003), (0, 1, 0.1, 0)])
def test_it_trains_with_the_gradients_of_the_lesson(setting) -> None:
    """Two epochs over one-hot rows with `lesson.gradients`, batch for batch."""
    k, lr, lambda_w, lambda_V = setting
    learn, judge = training_bench.cells()

    def one_hot(cells) -> np.ndarray:
        X = np.zeros((len(cells.stars), USERS + FILMS))
        X[np.arange(len(X)), cells.users] = X[np.arange(len(X)), USERS + cells.films] = 1
        return X

    X, y, rng = one_hot(learn), learn.stars, np.random.default_rng(0)
    w0, w, V = y.mean(), np.zeros(USERS + FILMS), rng.normal(0, 0.1, (USERS + FILMS, k))
    for _ in range(2):
        order = rng.permutation(len(y))
        for start in range(0, len(y), 100):
            batch = order[start : start + 100]
            slope_w0, slope_w, slope_V = lesson.gradients(X[batch], y[batch], w0, w, V)
            w0, w, V = (
                w0 - 0.1 * slope_w0,
                w - lr * (slope_w + lambda_w * w),
                V - lr * (slope_V + lambda_V * V),
            )
    run = training_bench.train(*setting, epochs=2)
    assert run.learning[-1] == pytest.approx(lesson.loss(X, y, w0, w, V))
    assert run.judging[-1] == pytest.approx(lesson.loss(one_hot(judge), judge.stars, w0, w, V))


def test_nothing_is_both_learned_from_and_kept_back() -> None:
    learn, judge = (set(zip(part.users, part.films, strict=True)) for part in training_bench.cells())
    assert len(learn) > 1_000
    assert len(judge) > 500
    assert not learn & judge


@pytest.mark.parametrize("seed", SEEDS)
def test_the_learning_rate_changes_more_than_speed(seed: int) -> None:
    run = training_bench.train(seed=seed)
    assert 0 < run.best < 40
    assert run.judging[-1] > min(run.judging) + 0.05
    assert abs(best(1, seed=seed) - best(2, seed=seed)) < 0.01
    assert abs(best(5, seed=seed) - best(2, seed=seed)) < 0.01
    assert best(20, seed=seed) > best(2, seed=seed) + 0.05
    assert best(0.1, seed=seed) > best(2, seed=seed) + 0.05
    assert training_bench.train(lr=50, seed=seed).diverged


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_three_questions_lead_to(seed: int) -> None:
    ends = [training_bench.train(k, seed=seed).learning[-1] for k in (0, 2, 8, 16)]
    assert ends == sorted(ends, reverse=True)
    assert abs(best(k=16, seed=seed) - best(k=8, seed=seed)) < 0.06
    linear = training_bench.train(0, seed=seed)
    assert linear.judging[-1] - min(linear.judging) < 0.015
    assert best(lambda_V=0.003, seed=seed) < best(seed=seed)
    far_end = training_bench.train(8, 2, 0, STRENGTHS[-1], 40, seed)
    np.testing.assert_allclose(
        far_end.judging[5:], linear.judging[5:], atol=0.01
    )  # other batches, other wobble


# ------------------------------------------------------------------------------------------------ in words


@pytest.mark.parametrize(
    ("judging", "learning", "says", "means"),
    [
        ((1.0, 0.8, 0.9), (1.0, 0.8, 0.6), "lowest 0.80 after epoch 1, then up to 0.90", "by heart"),
        ((1.0, 0.8, 0.9), (1.0, 0.8, 0.8), "lowest 0.80 after epoch 1, then up to 0.90", "cannot settle"),
        ((1.0, 0.9, 0.8), (1.0, 0.9, 0.8), "down to 0.80 after epoch 2 of 2, and still", "More epochs"),
        ((1.0, 0.8, 0.8), (1.0, 0.8, 0.8), "lowest 0.80 after epoch 1, then level", "side by side"),
        ((1.0, 1.2, 1.1), (1.0, 1.2, 1.1), "never below 1.00", "too long"),
    ],
)
def test_every_shape_has_its_words(judging, learning, says, means) -> None:
    run = training_bench.Run(learning, judging, diverged=False)
    assert training_bench.verdict(run).startswith(says)
    assert means in training_bench.meaning(run)


@pytest.mark.parametrize("end", [float("nan"), float("inf"), 7.0])
def test_divergence_is_called_by_its_name(end: float) -> None:
    run = training_bench.Run((1.0, end), (1.0, end), diverged=True)
    assert run.best == 0
    assert training_bench.verdict(run) == "diverged in epoch 1, from 1.00 to beyond 5 stars"
    assert training_bench.finding(run) == "Diverged in epoch 1"
    assert "no faster" in training_bench.meaning(run)


# ------------------------------------------------------------------------------------------------ the widget


def test_results_wait_for_a_locked_prediction() -> None:
    bench = TrainingBench()
    bench.lr.value = 20
    assert bench.answer.value == bench.chart.value == bench.table.value == ""
    bench.lr.value = 2
    bench.gate.choice.value = bench.gate.choice.options[0]
    bench.gate.lock.click()
    assert bench.opened
    assert "lowest 0.82 after epoch 17, then up to 0.93" in bench.answer.value


def test_a_revealed_answer_opens_the_bench_as_run_all_does() -> None:
    bench = TrainingBench()
    reveal("P4.5", (0.82, 0.98))
    assert bench.opened


CORNERS = list(
    itertools.product(
        (0, MOST_FACTORS),
        (RATES[0], RATES[-1]),
        (0, STRENGTHS[-1]),
        (0, STRENGTHS[-1]),
        (EPOCHS[0], EPOCHS[-1]),
    )
)


@pytest.mark.parametrize(("k", "lr", "lambda_w", "lambda_V", "epochs"), CORNERS)
def test_every_corner(k, lr, lambda_w, lambda_V, epochs) -> None:
    bench = TrainingBench(question=None)
    for control, value in zip(
        (bench.k, bench.lr, bench.lambda_w, bench.lambda_V, bench.epochs),
        (k, lr, lambda_w, lambda_V, epochs),
        strict=True,
    ):
        control.value = value
    text = results(bench)
    assert not re.search(r"\bnan\b|\binf\b|None|Traceback", text)
    assert re.search(r'alt="[^"]{40,}"', text)
    diverged = training_bench.train(k, lr, lambda_w, lambda_V, epochs).diverged
    assert diverged == (lr == RATES[-1])
    assert ("diverged in epoch" in bench.answer.value) == diverged
    assert ("beyond 5" in bench.table.value) >= diverged


def test_every_slider_trains_anew_and_the_run_before_stays() -> None:
    bench = TrainingBench(question=None)
    for knob, value in (("k", 2), ("lr", 5), ("lambda_w", 0.1), ("lambda_V", 0.001), ("epochs", 10)):
        before = bench.chart.value, bench.table.value
        getattr(bench, knob).value = value
        assert bench.chart.value != before[0]
        assert bench.table.value != before[1]
    assert len(bench.runs) == 6
    assert re.findall(r">(run \d)</th>", bench.table.value) == ["run 3", "run 4", "run 5", "run 6"]


def test_the_twin_shows_both_learning_rates() -> None:
    bench = TrainingBench(question=None)
    twin = bench._repr_mimebundle_()["text/html"]
    assert bench.answer.value in twin
    assert bench.chart.value in twin
    assert "learning rate 20" in twin


def test_everybody_can_use_it(owe_everybody) -> None:
    owe_everybody(TrainingBench(question=None), controls=5)
