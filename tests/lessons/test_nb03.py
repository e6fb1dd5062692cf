"""Lesson 03 is true: its checks and counts, its claims over many seeds, and the numbers in its prose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from course_utils.build.editions import make
from course_utils.build.source import read
from course_utils.fm.lesson import fit_toy_many, predict, predict_double_loop
from course_utils.learn import lesson
from course_utils.learn.checks import judge
from course_utils.widgets import pca_lens, star_trek
from course_utils.widgets.star_trek import FILMS, USERS

SOURCE = Path(__file__).parents[2] / "notebooks" / "source" / "03_linear_time.py"
LESSON = lesson(3)
TASKS = {task.id: task for task in LESSON.exercises}
THE_ANSWER = {"E3.1": "score", "E3.2": "interactions", "E3.4": "count_parameters", "E3.5": "low_rank"}
SEEDS = range(12)


def solved(task) -> object:
    """What the solution of an exercise ends in."""
    names: dict = {"np": np}
    exec(task.solution, names)
    return names[THE_ANSWER[task.id]]


def run_cell(text: str, names: dict) -> dict:
    """Run the first code cell of the solved edition that holds ``text``; returns its names."""
    cells = make(read(SOURCE), "solved").cells
    exec(next(cell.source for cell in cells if cell.cell_type == "code" and text in cell.source), names)
    return names


def toy(reading: str) -> tuple[np.ndarray, np.ndarray]:
    """Rendle's grid as rows and stars; blanks left out, or read as 0."""
    grid = star_trek.rendle_grid()
    if reading == pca_lens.ZERO:
        grid = np.nan_to_num(grid)
    cells = [(u, f) for u in range(3) for f in range(4) if not np.isnan(grid[u, f])]
    X = np.array([star_trek.one_hot(USERS[u], FILMS[f]) for u, f in cells])
    return X, np.array([grid[cell] for cell in cells])


# ------------------------------------------------------------------------------------------------ the checks


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_solution_passes(task) -> None:
    assert judge(task, solved(task)).outcome == "passed"


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
@pytest.mark.parametrize("answer", ["six", 7, [], lambda: 1, lambda *_: "six", lambda *_: float("nan")])
def test_strange_answers_get_words(task, answer) -> None:
    assert judge(task, answer).outcome == "not yet"


# ------------------------------------------------------------------------------------------------ the proof


def test_every_line_of_the_proof_is_worth_the_same() -> None:
    """The five lines of E3.3, evaluated as they are written."""
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        x, V = rng.normal(size=6), rng.normal(size=(6, 3))
        n, factors, inner = range(6), range(3), V @ V.T
        lines = [
            sum(inner[i, j] * x[i] * x[j] for i in n for j in n if i < j),
            (sum(inner[i, j] * x[i] * x[j] for i in n for j in n) - sum(inner[i, i] * x[i] ** 2 for i in n))
            / 2,
            (
                sum(V[i, f] * V[j, f] * x[i] * x[j] for i in n for j in n for f in factors)
                - sum(V[i, f] ** 2 * x[i] ** 2 for i in n for f in factors)
            )
            / 2,
            sum(
                sum(V[i, f] * x[i] for i in n) * sum(V[j, f] * x[j] for j in n)
                - sum(V[i, f] ** 2 * x[i] ** 2 for i in n)
                for f in factors
            )
            / 2,
            sum(
                sum(V[i, f] * x[i] for i in n) ** 2 - sum(V[i, f] ** 2 * x[i] ** 2 for i in n)
                for f in factors
            )
            / 2,
        ]
        np.testing.assert_allclose(lines, lines[0], rtol=1e-10)
    assert len(lines) == len(LESSON.parsons[0].lines)


def test_loop_and_identity_differ_by_rounding_only_in_every_seed() -> None:
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        rows, w, V = rng.normal(size=(20, 30)), rng.normal(size=30), rng.normal(size=(30, 4))
        slow = np.array([predict_double_loop(row, 0.5, w, V) for row in rows])
        assert np.abs(slow - predict(rows, 0.5, w, V)).max() < 1e-9 * np.abs(slow).max()


class Counted:
    """A number that counts how often it is multiplied."""

    count = 0

    def __init__(self, value: float) -> None:
        self.value = value

    def __mul__(self, other: Counted) -> Counted:
        Counted.count += 1
        return Counted(self.value * other.value)

    def __add__(self, other: Counted) -> Counted:
        return Counted(self.value + other.value)

    def __sub__(self, other: Counted) -> Counted:
        return Counted(self.value - other.value)


def total(numbers: list[Counted]) -> Counted:
    result = Counted(0.0)
    for number in numbers:
        result += number
    return result


@pytest.mark.parametrize(("n", "k"), [(2, 1), (5, 3), (9, 4)])
def test_the_counts_are_those_of_numbers_that_count(n, k) -> None:
    rng = np.random.default_rng(n)
    x = [Counted(value) for value in rng.normal(size=n)]
    V = [[Counted(value) for value in row] for row in rng.normal(size=(n, k))]
    counts = run_cell("def loop_multiplications", {"print": lambda *_: None})

    Counted.count = 0
    loop = total(
        [
            total([V[i][f] * V[j][f] for f in range(k)]) * x[i] * x[j]
            for i in range(n)
            for j in range(i + 1, n)
        ]
    )
    assert Counted.count == counts["loop_multiplications"](n, k)

    Counted.count = 0
    parts = [[V[i][f] * x[i] for i in range(n)] for f in range(k)]
    sums = [total(part) for part in parts]
    squares = [s * s - total([a * a for a in part]) for s, part in zip(sums, parts, strict=True)]
    identity = Counted(0.5) * total(squares)
    assert Counted.count == counts["identity_multiplications"](n, k)
    assert identity.value == pytest.approx(loop.value)


# ---------------------------------------------------------------------------------------------- the relatives


def test_what_was_told_as_zero_is_learned_as_zero_by_both() -> None:
    """Blanks make the difference, not the method: ten seeds and more."""
    charlie = [star_trek.one_hot("Charlie", "Star Trek")]
    told_zero = [model.predict(charlie)[0] for model in fit_toy_many(*toy(pca_lens.ZERO), SEEDS)]
    unknown = [model.predict(charlie)[0] for model in fit_toy_many(*toy(pca_lens.UNKNOWN), SEEDS)]
    assert max(told_zero) < 0.5
    np.testing.assert_allclose(unknown, 4.0, atol=0.05)
    grid = np.nan_to_num(star_trek.rendle_grid())
    np.testing.assert_allclose(pca_lens.low_rank(grid, 3), grid, atol=1e-9)
    assert pca_lens.low_rank(grid, 2)[2, 3] == pytest.approx(2.1, abs=0.05)


def test_a_weight_for_a_pair_that_no_row_has_stays_at_zero() -> None:
    names = run_cell("alice_star_trek =", {"np": np, "reveal": lambda *_: None})
    assert names["alice_star_trek"] == pytest.approx(0, abs=1e-12)
    assert (np.abs(names["weights"][8:]) > 1e-9).sum() == 7


def test_the_numbers_in_the_text() -> None:
    text = SOURCE.read_text(encoding="utf-8")
    n = 610 + 9_724
    assert f"{n:,}" in text
    assert n * (n - 1) // 2 > 53_000_000
    assert "more than 53 million" in text
    assert f"{n * 8:,} numbers in $V$" in text
    assert f"{100 * 100_836 / (n * (n - 1) / 2):.2f} % occur" in text
    assert f"Two non-zeros, {8 * 5 + 1} multiplications" in text
    assert (
        f"takes {n * (n - 1) // 2 * 10:,} multiplications; by the identity, {8 * (2 * n + 1) + 1:,}" in text
    )
    assert f"for that the loop does with {8 + 2}" in text
    assert f"{1000 * 999 // 2:,} times" in text
