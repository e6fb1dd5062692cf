"""What the training bench computes: mini-batch training on a table small enough to train at every move.

Plain functions on plain data, without widgets or figures. The machine and its gradients are those of
`course_utils.fm.lesson`; they are written for rows with one user and one film, where every sum over the
columns of a row has two terms, and a batch is a handful of cells in a grid of users × films.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from course_utils.datasets import sample
from course_utils.evaluate.split import split_by_hash

USERS, FILMS = 40, 60
RATES = (0.1, 0.5, 1, 2, 5, 10, 20, 50)
STRENGTHS = (0, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
EPOCHS = (5, 10, 20, 40, 60)
MOST_FACTORS = 16

BEYOND = 5.0
"""Stars of error at which a run is given up: no two ratings are further apart than 4.5."""

_BATCH = 100
_BIAS_RATE = 0.1
_SIGMA = 0.1
_CLEAR = 0.015  # stars; a smaller rise after the best epoch is called level
_SLIGHT = 0.001  # stars; what the last tenth of the epochs must still bring to be called falling
_BY_HEART = 0.1  # stars; how far the error on the rows learned from falls after the best epoch


@dataclass(frozen=True)
class Run:
    """The errors of one training, in stars (RMSE); place 0 is before the first epoch.

    A run that has diverged ends with the epoch in which it did.
    """

    learning: tuple[float, ...]
    judging: tuple[float, ...]
    diverged: bool

    @property
    def best(self) -> int:
        """The epoch with the lowest error on the rows kept back; 0 if training never helped."""
        return int(np.nanargmin(self.judging))


@dataclass(frozen=True)
class Cells:
    """Some cells of the grid: users (n,), films (n,) and stars (n,)."""

    users: np.ndarray
    films: np.ndarray
    stars: np.ndarray


@lru_cache(maxsize=1)
def cells() -> tuple[Cells, Cells]:
    """What is learned from and what is kept back: the sample's busiest users and their most rated films."""
    ratings = sample.load().ratings
    ratings = ratings[ratings["user"].isin(ratings["user"].value_counts().index[:USERS])]
    ratings = ratings[ratings["item"].isin(ratings["item"].value_counts().index[:FILMS])]
    users, films = np.sort(ratings["user"].unique()), np.sort(ratings["item"].unique())

    def placed(table) -> Cells:
        return Cells(
            np.searchsorted(users, table["user"]),
            np.searchsorted(films, table["item"]),
            table["rating"].to_numpy(),
        )

    learn, judge = split_by_hash(ratings, test_share=0.3)
    return placed(learn), placed(judge)


@lru_cache(maxsize=256)
def train(
    k: int = 8,
    lr: float = 2,
    lambda_w: float = 0,
    lambda_V: float = 0,
    epochs: int = 40,
    seed: int = 0,
) -> Run:
    """Train a machine on the small table; some 20 ms.

    Parameters
    ----------
    k : int
        Factors per column; 0 leaves a linear model.
    lr : float
        Step length of w and V. w0 takes steps of its own.
    lambda_w, lambda_V : float
        Regularisation of w and of V.
    """
    learn, judge = cells()
    rng = np.random.default_rng(seed)
    w0, V = learn.stars.mean(), rng.normal(0, _SIGMA, (USERS + FILMS, k))
    # With w as one more factor, which meets a 1 on the other side, one product of a user's row and a film's
    # gives their pair and both weights. Steps of length 0 keep the 1s as they are.
    users = np.column_stack([V[:USERS], np.zeros(USERS), np.ones(USERS)])  # v, w, 1
    films = np.column_stack([V[USERS:], np.ones(FILMS), np.zeros(FILMS)])  # v, 1, w
    steps = np.full(k, lr, dtype=float)
    steps_users, steps_films = np.append(steps, [lr, 0]), np.append(steps, [0, lr])
    pulls = np.append(np.full(k, lambda_V, dtype=float), [lambda_w, lambda_w])
    kept_users, kept_films = 1 - steps_users * pulls, 1 - steps_films * pulls
    places = learn.users * FILMS + learn.films  # in the flattened grid
    error = np.zeros(USERS * FILMS)
    error_grid = error.reshape(USERS, FILMS)  # a view
    before = np.full(error_grid.shape, w0)
    learning, judging = [_rmse(learn, before)], [_rmse(judge, before)]
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(epochs):
            order = rng.permutation(len(learn.stars))
            for start in range(0, len(order), _BATCH):
                rows = order[start : start + _BATCH]
                batch = places[rows]
                score = w0 + (users @ films.T).ravel()[batch]
                error.fill(0)
                error[batch] = (score - learn.stars[rows]) / len(rows)
                # With x = 1 in two places, x_i Σ_j v_j x_j - v_i x_i² is the other column's vector.
                slope_users, slope_films = error_grid @ films, error_grid.T @ users
                w0 -= _BIAS_RATE * error.sum()
                users = kept_users * users - steps_users * slope_users
                films = kept_films * films - steps_films * slope_films
            grid = w0 + users @ films.T
            learning.append(_rmse(learn, grid))
            judging.append(_rmse(judge, grid))
            if not learning[-1] < BEYOND:  # so that "not a number" stops as well
                return Run(tuple(learning), tuple(judging), diverged=True)
    return Run(tuple(learning), tuple(judging), diverged=False)


def _rmse(of: Cells, grid: np.ndarray) -> float:
    return float(np.sqrt(np.mean((grid[of.users, of.films] - of.stars) ** 2)))


# ------------------------------------------------------------------------------------------------ in words


def finding(run: Run) -> str:
    """The shape of the run in a few words: the title of its figure."""
    last = len(run.judging) - 1
    if run.diverged:
        return f"Diverged in epoch {last}"
    if run.best == 0:
        return "Training made it worse"
    if run.judging[-1] > run.judging[run.best] + _CLEAR:
        return f"Lowest at epoch {run.best}, then up again"
    return "Still falling at the end" if _falling(run) else f"Level at the end, at {run.judging[-1]:.2f}"


def verdict(run: Run) -> str:
    """How low the error on the rows kept back came, and what became of it afterwards."""
    before, best, last = run.judging[0], run.judging[run.best], len(run.judging) - 1
    if run.diverged:
        return f"diverged in epoch {last}, from {before:.2f} to beyond {BEYOND:.0f} stars"
    if run.best == 0:
        return f"never below {before:.2f}, what the mean rating alone gets"
    if run.judging[-1] > best + _CLEAR:
        return f"lowest {best:.2f} after epoch {run.best}, then up to {run.judging[-1]:.2f}"
    if _falling(run):
        return f"down to {best:.2f} after epoch {run.best} of {last}, and still falling"
    return f"lowest {best:.2f} after epoch {run.best}, then level"


def meaning(run: Run) -> str:
    """What a learner should make of it, in one or two sentences."""
    if run.diverged:
        return (
            "Every step jumps across the valley and lands higher than it began. A shorter step would have "
            "learned; a longer one is no faster, it is lost."
        )
    if run.best == 0:
        return "The steps are too long to settle anywhere below the start."
    if run.judging[-1] > run.judging[run.best] + _CLEAR:
        if run.learning[run.best] - run.learning[-1] > _BY_HEART:
            return "From there on it learns its own rows by heart. Early stopping keeps the marked epoch."
        return "Steps this long cannot settle: even the rows learned from are not learned."
    if _falling(run):
        return "The epochs end before the lowest point. More epochs, or longer steps, would go on."
    return "There is nothing to stop early for: the two lines have settled side by side."


def _falling(run: Run) -> bool:
    """Whether the last tenth of the epochs (one at least) still brought the error down, to its lowest."""
    tenth = max(1, (len(run.judging) - 1) // 10)
    before = len(run.judging) - 1 - tenth
    return run.best > before and run.judging[before] - run.judging[-1] > _SLIGHT
