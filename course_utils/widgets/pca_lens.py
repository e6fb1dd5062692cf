"""What the PCA lens computes: Rendle's grid by SVD, PCA and a factorization machine, blanks read two ways.

Plain functions on plain data, without widgets or figures; lesson 03 checks an exercise with them as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from course_utils.fm.lesson import fit_toy
from course_utils.widgets import star_trek
from course_utils.widgets.star_trek import FILMS, STAR_TREK, USERS

METHODS = ("SVD", "PCA")
READINGS = ("0 stars", "unknown")
ZERO, UNKNOWN = READINGS


@dataclass(frozen=True, eq=False)
class View:
    """What both methods make of the grid.

    Parameters
    ----------
    given : (3, 4) float
        The grid that both were given; NaN where a blank stayed unknown.
    by_table : (3, 4) float or None
        SVD's or PCA's k-th approximation (stars); None where the grid has holes: neither is defined then.
    by_machine : (3, 4) float
        ŷ of a factorization machine fitted to the cells of ``given`` that hold a number.
    """

    given: np.ndarray
    by_table: np.ndarray | None
    by_machine: np.ndarray


def low_rank(grid: ArrayLike, k: int, *, centred: bool = False) -> np.ndarray:
    """The best approximation of a full grid with k factors; ``centred`` takes column means off first (PCA).

    Raises
    ------
    ValueError
        When a cell holds no number.
    """
    grid = np.asarray(grid, dtype=float)
    if not np.isfinite(grid).all():
        raise ValueError("SVD needs a number in every cell; this grid has blanks")
    means = grid.mean(axis=0) if centred else 0.0
    U, sizes, Vt = np.linalg.svd(grid - means, full_matrices=False)
    return means + (U[:, :k] * sizes[:k]) @ Vt[:k]


def view(method: str, reading: str, k: int) -> View:
    """Rendle's seven ratings through both methods, with k factors, from seed 0 and the course settings."""
    given = _given(reading)
    by_table = low_rank(given, k, centred=method == "PCA") if np.isfinite(given).all() else None
    return View(given, by_table, _by_machine(reading, k))


@lru_cache(maxsize=len(READINGS))
def _given(reading: str) -> np.ndarray:
    given = star_trek.rendle_grid()
    given = np.nan_to_num(given) if reading == ZERO else given
    given.flags.writeable = False  # everybody who asks shares it
    return given


@lru_cache(maxsize=8)
def _by_machine(reading: str, k: int) -> np.ndarray:
    """The machine's grid; the method for the table does not matter to it."""
    given = _given(reading)
    known = ~np.isnan(given)
    pairs = np.array([star_trek.one_hot(user, film) for user in USERS for film in FILMS])
    grid = fit_toy(pairs[known.ravel()], given[known], k=k).predict(pairs).reshape(given.shape)
    grid.flags.writeable = False
    return grid


def blanks() -> list[tuple[int, int]]:
    """Row and column of the five cells that nobody rated."""
    return [(int(i), int(j)) for i, j in np.argwhere(np.isnan(_given(UNKNOWN)))]


def answer(method: str, reading: str, k: int) -> str:
    """What both say about Charlie and Star Trek, in two sentences."""
    seen = view(method, reading, k)
    cell = USERS.index("Charlie"), STAR_TREK
    machine = f"the machine says {_stars(seen.by_machine[cell])}"
    if seen.by_table is None:
        return (
            f"Charlie and Star Trek: {machine}. {method} says nothing: it needs a number in every cell, "
            "and five have none."
        )
    return (
        f"Charlie and Star Trek: {method} says {_stars(seen.by_table[cell])}, {machine}. Both were told that "
        "Charlie gave it 0 stars, which he never did."
    )


def _stars(value: float) -> str:
    return f"{value:z.1f}".replace("-", "\N{MINUS SIGN}")
