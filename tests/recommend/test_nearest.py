"""Every user's best films against sorting all of them, where float32 alone would go wrong."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.recommend.halves import Half
from course_utils.recommend.nearest import best_items


def sorted_lists(w0, users, items, n, seen=()) -> list[tuple[int, int]]:
    """Every score in float64, rounded as a model rounds, sorted with the lower place first among equals."""
    lists = []
    for u in range(len(users.own)):
        scores = w0 + users.own[u] + items.own + np.einsum("k,nk->n", users.factors[u], items.factors)
        order = np.lexsort((range(len(scores)), -scores.astype(np.float32)))
        lists += [(u, i) for i in [i for i in order.tolist() if (u, i) not in seen][:n]]
    return lists


def made(rng, rows, k, size=1.0) -> Half:
    return Half(rng.normal(0, size, (rows, k)), rng.normal(0, size, rows))


@pytest.mark.parametrize("films", [3, 40, 511, 512, 513, 1500, 5000])
@pytest.mark.parametrize(("n", "k"), [(1, 0), (10, 3), (60, 8), (700, 1)])
def test_lists_are_those_of_sorting_everything(films, n, k) -> None:
    rng = np.random.default_rng(films + n)
    users, items = made(rng, 9, k), made(rng, films, k)
    assert list(zip(*best_items(3.5, users, items, n), strict=True)) == sorted_lists(3.5, users, items, n)


@pytest.mark.parametrize("seed", range(10))
def test_scores_that_float32_cannot_tell_apart_are_told_apart(seed) -> None:
    """Large factors that nearly cancel: the products are of the size 10⁶, the scores differ by 10⁻³."""
    rng = np.random.default_rng(seed)
    users = Half(rng.normal(0, 1000, (5, 1)) * [[1, 1]] + rng.normal(0, 1e-6, (5, 2)), np.zeros(5))
    items = Half(rng.normal(0, 1000, (2000, 1)) * [[1, -1]], rng.normal(0, 1e-6, 2000))
    items.factors[:] += rng.normal(0, 1e-6, (2000, 2))
    in_float32 = users.factors.astype(np.float32) @ items.factors.astype(np.float32).T
    expected = sorted_lists(0.0, users, items, 10)
    assert np.argsort(-in_float32, axis=1)[:, :10].ravel().tolist() != [i for _, i in expected]
    assert list(zip(*best_items(0.0, users, items, 10), strict=True)) == expected


def test_equal_scores_go_to_the_first_places() -> None:
    flat = Half(np.ones((3, 2)), np.zeros(3)), Half(np.ones((4000, 2)), np.repeat([0.0, 1.0], 2000))
    user, film = best_items(0.0, *flat, 5)
    assert user.tolist() == [0] * 5 + [1] * 5 + [2] * 5
    assert film.tolist() == [2000, 2001, 2002, 2003, 2004] * 3


def test_seen_films_stay_out_even_if_little_is_left() -> None:
    rng = np.random.default_rng(4)
    users, items = made(rng, 3, 4), made(rng, 1200, 4)
    seen = [(0, i) for i in range(0, 1200, 7)] + [(2, i) for i in range(1200) if i not in (5, 900)]
    places = tuple(np.array(side) for side in zip(*seen, strict=True))
    found = list(zip(*best_items(1.0, users, items, 10, seen=places), strict=True))
    assert found == sorted_lists(1.0, users, items, 10, set(seen))
    assert len(found) == 22


def test_nothing_to_choose_from_gives_no_list() -> None:
    nothing = Half(np.zeros((0, 2)), np.zeros(0))
    assert [len(part) for part in best_items(0.0, made(np.random.default_rng(0), 2, 2), nothing, 3)] == [0, 0]
