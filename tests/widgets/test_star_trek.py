"""What the Star Trek lab computes and says, against the equation and over many seeds."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.fm.lesson import fit_toy, predict_double_loop
from course_utils.widgets import star_trek
from course_utils.widgets.star_trek import FILMS, NAMES, USERS, Settings

GRID = star_trek.rendle_grid()
MODEST = Settings(lambda_w=0.0, lambda_V=0.0)


def edited(user: str, film: str, stars: float) -> np.ndarray:
    grid = GRID.copy()
    grid[USERS.index(user), FILMS.index(film)] = stars
    return grid


def test_the_grid_is_rendles() -> None:
    blank = np.nan
    np.testing.assert_array_equal(GRID, [[5, 3, 1, blank], [blank, blank, 4, 5], [1, blank, 5, blank]])


def test_every_prediction_is_the_equation() -> None:
    rated = ~np.isnan(GRID)
    X = [star_trek.one_hot(user, film) for user in USERS for film in FILMS]
    model = fit_toy(np.array(X)[rated.ravel()], GRID[rated], seed=3)
    expected = [predict_double_loop(x, model.w0, model.w, model.V) for x in X]
    found = star_trek.fit_grid(GRID, Settings(seed=3)).predicted
    np.testing.assert_allclose(found.ravel(), expected, atol=1e-5)


def test_a_seed_beyond_the_ten_is_fitted_too_and_changes_only_the_chosen_one() -> None:
    first, other = star_trek.fit_grid(GRID, MODEST), star_trek.fit_grid(GRID, Settings(77, 2, 0.0, 0.0))
    np.testing.assert_allclose(first.by_seed, other.by_seed, atol=1e-6)
    assert np.abs(first.predicted - other.predicted).max() > 0.05


def test_results_are_shared_and_therefore_read_only() -> None:
    outcome = star_trek.fit_grid(GRID)
    assert star_trek.fit_grid(GRID) is outcome
    with pytest.raises(ValueError, match="read-only"):
        outcome.predicted[0, 0] = 1.0


def test_map_coordinates_keep_every_product_of_two_vectors() -> None:
    V = np.random.default_rng(4).normal(size=(7, 2))
    points = star_trek.map_coordinates(V)
    np.testing.assert_allclose(points @ points.T, V @ V.T, atol=1e-12)


@pytest.mark.parametrize("k", [1, 2, 3, 8])
def test_the_map_has_two_coordinates_for_any_k(k) -> None:
    assert star_trek.map_coordinates(star_trek.fit_grid(GRID, Settings(k=k)).V).shape == (7, 2)


def test_the_map_looks_alike_from_every_seed() -> None:
    maps = [star_trek.map_coordinates(star_trek.fit_grid(GRID, Settings(seed=s)).V) for s in range(12)]
    for picture in maps[1:]:
        np.testing.assert_allclose(picture, maps[0], atol=0.06)


def test_sentences_of_the_course_settings() -> None:
    outcome = star_trek.fit_grid(GRID)
    assert "Alice is predicted 2.2 stars, Charlie is predicted 4.0" in star_trek.answer(outcome)
    assert "10 of 10" in star_trek.agreement(outcome)
    assert star_trek.map_title(outcome) == "Star Trek leans towards Star Wars"
    assert "Bob" in star_trek.map_alt(outcome)


def test_sentences_follow_what_is_set() -> None:
    assert "seed luck" in star_trek.agreement(star_trek.fit_grid(GRID, MODEST))
    assert "recommend the film to Alice" in star_trek.answer(
        star_trek.fit_grid(edited("Bob", "Star Trek", 1))
    )
    assert "Alice has rated it (2" in star_trek.answer(star_trek.fit_grid(edited("Alice", "Star Trek", 2)))
    shrunk = star_trek.fit_grid(GRID, Settings(lambda_V=10.0))
    assert "cannot tell" in star_trek.answer(shrunk)
    assert "shrunk" in star_trek.map_title(shrunk)
    assert star_trek.companions(shrunk) == ([], [])
    assert "nothing to learn from" in star_trek.answer(star_trek.fit_grid(np.full((3, 4), np.nan)))


def test_a_grid_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(3, 4\)"):
        star_trek.fit_grid(np.ones((4, 3)))


def test_names_are_users_then_films() -> None:
    assert NAMES[:3] == USERS
    assert NAMES[3:] == FILMS
    assert len(star_trek.KINDS) == len(NAMES)
