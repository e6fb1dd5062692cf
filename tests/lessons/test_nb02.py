"""Lesson 02 is true: its checks, its random claims over many seeds, and the numbers in its prose."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from course_utils.fm.lesson import fit_toy, fit_toy_many
from course_utils.learn import lesson
from course_utils.learn.checks import judge
from course_utils.learn.lessons import nb02
from course_utils.widgets import star_trek
from course_utils.widgets.star_trek import FILMS, NAMES, USERS

SOURCE = Path(__file__).parents[2] / "notebooks" / "source" / "02_star_trek.py"
LESSON = lesson(2)
TASKS = {task.id: task for task in LESSON.exercises}
X_ROWS = np.array([star_trek.one_hot("Alice", "Star Trek"), star_trek.one_hot("Charlie", "Star Trek")])
SEEDS = range(20)


def seven() -> tuple[np.ndarray, np.ndarray]:
    grid = star_trek.rendle_grid()
    pairs = [(u, f) for u in range(3) for f in range(4) if not np.isnan(grid[u, f])]
    X = np.array([star_trek.one_hot(USERS[u], FILMS[f]) for u, f in pairs])
    return X, np.array([grid[pair] for pair in pairs])


def stars(**settings) -> np.ndarray:
    """Predicted Star Trek of Alice and Charlie, (seeds, 2)."""
    return np.array([model.predict(X_ROWS) for model in fit_toy_many(*seven(), SEEDS, **settings)])


def solved(task) -> object:
    """What the solution of an exercise ends in, with the names that the notebook has by then."""
    X, y = seven()
    names = {"COLUMNS": list(NAMES), "X": X, "y": y, "fit_toy": fit_toy, "star_trek_rows": X_ROWS}
    before = set(names)
    exec(task.solution, names)
    return next(value for name, value in names.items() if name not in before | {"__builtins__"})


# ------------------------------------------------------------------------------------------------ the checks


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_solution_passes(task) -> None:
    assert judge(task, solved(task)).outcome == "passed"


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
@pytest.mark.parametrize("answer", ["Star Trek", 7, [], {}, lambda: 1, float("nan")])
def test_strange_answers_get_words(task, answer) -> None:
    assert judge(task, answer).outcome == "not yet"


# ---------------------------------------------------------------------------------------------- random claims


def test_with_the_course_settings_every_seed_says_the_same() -> None:
    alice, charlie = stars().T
    np.testing.assert_allclose(alice, 2.2, atol=0.05)
    np.testing.assert_allclose(charlie, 4.0, atol=0.05)


def test_without_regularisation_the_order_is_luck_although_every_fit_is_perfect() -> None:
    alice, charlie = stars(lambda_w=0, lambda_V=0).T
    assert (charlie > alice)[:10].sum() == 7
    assert 0.5 <= (charlie > alice).mean() < 1
    X, y = seven()
    for model in fit_toy_many(X, y, SEEDS, lambda_w=0, lambda_V=0):
        np.testing.assert_allclose(model.predict(X), y, atol=0.01)


def test_more_factors_change_nothing_and_one_factor_is_too_few() -> None:
    np.testing.assert_allclose(stars(k=8), stars(k=2), atol=0.05)
    alice, charlie = stars(k=1).T
    assert (charlie <= alice).any()


def test_the_pair_decides_in_every_seed() -> None:
    for model in fit_toy_many(*seven(), SEEDS):
        terms = model.explain(X_ROWS[0], NAMES).set_index("kind")["value"]
        assert terms["pair"] == pytest.approx(-0.91, abs=0.03)
        assert np.abs(terms["linear"]).max() < 0.05


def test_the_map_tells_the_same_story_in_every_seed() -> None:
    row = {name: i for i, name in enumerate(NAMES)}
    for model in fit_toy_many(*seven(), SEEDS):
        V = model.V.astype(float)
        length = np.linalg.norm(V, axis=1)
        cosine = V @ V.T / np.outer(length, length)
        assert cosine[row["Alice"], row["Titanic"]] > 0.99
        assert cosine[row["Charlie"], row["Star Wars"]] > 0.99
        assert cosine[row["Bob"], row["Star Trek"]] > 0.99
        assert cosine[row["Alice"], row["Charlie"]] < -0.99
        assert 0.4 < cosine[row["Star Trek"], row["Star Wars"]] < 0.6
        assert length[row["Notting Hill"]] < 0.1


def test_which_single_edits_please_alice_in_all_seeds() -> None:
    grid = star_trek.rendle_grid()
    passing = {
        (user, film, stars)
        for user, film, stars in itertools.product(USERS, FILMS, (1, 2, 3, 4, 5))
        if judge(TASKS["E2.3"], (user, film, stars)).outcome == "passed"
    }
    assert passing == {
        ("Alice", "Star Wars", 5),
        ("Bob", "Star Wars", 1),
        ("Bob", "Star Wars", 2),
        ("Bob", "Star Trek", 1),
        ("Bob", "Star Trek", 2),
        ("Charlie", "Titanic", 4),
        ("Charlie", "Titanic", 5),
    }
    assert all(not np.isnan(grid[USERS.index(user), FILMS.index(film)]) for user, film, _ in passing)


def test_the_trap_edit_hangs_on_the_seed() -> None:
    reached = nb02.alice_after(("Alice", "Star Wars", 4)) >= nb02.WANTED
    assert 0 < reached.sum() < len(reached)


def test_bobs_change_of_mind_lifts_alice_in_all_seeds() -> None:
    assert nb02.alice_after(("Bob", "Star Trek", 1)).min() > 3.9
