"""What the Star Trek lab computes: fit a 3×4 grid of ratings from ten seeds, and say in words what came out.

Plain functions on plain data, without widgets or figures; lesson 02 checks exercises with them as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from course_utils.datasets import rendle
from course_utils.fm.lesson import fit_toy_many

USERS = ("Alice", "Bob", "Charlie")
FILMS = rendle.PAPER_ORDER
NAMES = (*USERS, *FILMS)
KINDS = ("user",) * len(USERS) + ("film",) * len(FILMS)
SEEDS = tuple(range(10))

ALICE, CHARLIE = USERS.index("Alice"), USERS.index("Charlie")
STAR_TREK = FILMS.index("Star Trek")

_TIE = 0.05  # stars; a smaller gap disappears when predictions are shown with one decimal
_NO_TASTE = 0.05  # a vector shorter than this adds less than 0.01 stars to anything: it points nowhere
_LEANS = 0.3  # cosine of about 70°: closer than this is a lean, the rest is neither here nor there


@dataclass(frozen=True)
class Settings:
    """The lab's four knobs; the defaults are the course settings."""

    seed: int = 0
    k: int = 2
    lambda_w: float = 1.0
    lambda_V: float = 0.03


COURSE_SETTINGS = Settings()


@dataclass(frozen=True, eq=False)
class Outcome:
    """What fitting one grid of ratings gave.

    Parameters
    ----------
    rated : (3, 4) float
        The ratings, NaN where there is none; users by films, in the order of ``USERS`` and ``FILMS``.
    predicted : (3, 4) float
        ŷ of every pair, from the seed that was asked for (stars; not clipped to 1 … 5).
    V : (7, k) float
        The shared vectors of that seed, in the order of ``NAMES``.
    by_seed : (10, 3, 4) float
        ŷ of every pair for each of ``SEEDS``.
    """

    rated: np.ndarray
    predicted: np.ndarray
    V: np.ndarray
    by_seed: np.ndarray

    @property
    def charlie_above(self) -> int:
        """In how many of the ten seeds Charlie's Star Trek is predicted above Alice's."""
        return int((self.by_seed[:, CHARLIE, STAR_TREK] > self.by_seed[:, ALICE, STAR_TREK]).sum())


def rendle_grid() -> np.ndarray:
    """Rendle's seven ratings as a (3, 4) grid of users by films, NaN where nothing is known."""
    table = rendle.load().ratings.pivot(index="user", columns="item", values="rating")
    return table.reindex(index=list(USERS), columns=list(FILMS)).to_numpy(dtype=float, copy=True)


def one_hot(user: str, film: str) -> np.ndarray:
    """The row (7,) of a user and a film: three user columns, then four film columns."""
    return np.array([float(name in (user, film)) for name in NAMES])


def fit_grid(rated: ArrayLike, settings: Settings = COURSE_SETTINGS) -> Outcome | None:
    """Fit the ratings of a grid, from the ten ``SEEDS`` and from ``settings.seed``; None if nothing is rated.

    Raises
    ------
    ValueError
        When the grid is not (3, 4).
    """
    rated = np.array(rated, dtype=float)
    if rated.shape != (len(USERS), len(FILMS)):
        raise ValueError(f"the grid has shape {rated.shape}; three users and four films make it (3, 4)")
    if np.isnan(rated).all():
        return None
    return _fit(tuple(tuple(None if np.isnan(r) else float(r) for r in row) for row in rated), settings)


@lru_cache(maxsize=256)
def _fit(rows: tuple[tuple[float | None, ...], ...], settings: Settings) -> Outcome:
    rated = np.array(rows, dtype=float)  # None becomes NaN
    known = ~np.isnan(rated)
    pairs = np.array([one_hot(user, film) for user in USERS for film in FILMS])
    seeds = [*SEEDS, *({settings.seed} - set(SEEDS))]
    models = fit_toy_many(
        pairs[known.ravel()],
        rated[known],
        seeds,
        k=settings.k,
        lambda_w=settings.lambda_w,
        lambda_V=settings.lambda_V,
    )
    grids = np.array([model.score(pairs).reshape(rated.shape) for model in models], dtype=float)
    chosen = seeds.index(settings.seed)
    outcome = Outcome(rated, grids[chosen], models[chosen].V.astype(float), grids[: len(SEEDS)])
    for array in (outcome.rated, outcome.predicted, outcome.V, outcome.by_seed):
        array.flags.writeable = False  # one outcome is shared by everybody who asks for these settings
    return outcome


def map_coordinates(V: ArrayLike) -> np.ndarray:
    """Turn the vectors ``V (n, k)`` into points (n, 2), so that pictures of different seeds look alike.

    Predictions depend on angles and lengths only, so V may be turned and mirrored freely. The axes are the
    two directions in which the vectors spread most (from the SVD), with the last of ``NAMES``, Star Trek, on
    their positive sides.
    """
    V = np.asarray(V, dtype=float)
    left, sizes, _ = np.linalg.svd(V, full_matrices=False)
    points = np.zeros((len(V), 2))
    points[:, : min(2, V.shape[1])] = (left * sizes)[:, :2]
    for axis in points.T:
        if axis[-1] < 0:
            axis *= -1
    return points


# ------------------------------------------------------------------------------------------------ in words


def answer(outcome: Outcome | None) -> str:
    """Would Alice, or Charlie, like Star Trek? One or two sentences."""
    if outcome is None:
        return "Nobody has rated anything, so there is nothing to learn from. Set at least one rating."
    opinions = [_opinion(outcome, "Alice"), _opinion(outcome, "Charlie")]
    facts = f"{opinions[0]}, {opinions[1]}."
    if not np.isnan(outcome.rated[[ALICE, CHARLIE], STAR_TREK]).all():
        return f"Star Trek: {facts}"
    gap = outcome.predicted[CHARLIE, STAR_TREK] - outcome.predicted[ALICE, STAR_TREK]
    if abs(gap) < _TIE:
        return f"Star Trek: {facts} The model cannot tell the two apart."
    return f"Star Trek: {facts} It would rather recommend the film to {'Charlie' if gap > 0 else 'Alice'}."


def _opinion(outcome: Outcome, user: str) -> str:
    row = USERS.index(user)
    rated = outcome.rated[row, STAR_TREK]
    if not np.isnan(rated):
        return f"{user} has rated it ({rated:.0f}; the model says {outcome.predicted[row, STAR_TREK]:.1f})"
    return f"{user} is predicted {outcome.predicted[row, STAR_TREK]:.1f} stars"


def agreement(outcome: Outcome | None) -> str:
    """How far the ten seeds agree about Alice and Charlie, in one sentence."""
    if outcome is None:
        return "Ten seeds: nothing to fit."
    gaps = outcome.by_seed[:, CHARLIE, STAR_TREK] - outcome.by_seed[:, ALICE, STAR_TREK]
    count = outcome.charlie_above
    head = f"Ten seeds: Charlie is above Alice in {count} of {len(gaps)}"
    if np.abs(gaps).max() < _TIE:
        return "Ten seeds: Alice and Charlie are level in all of them. Nothing to choose between them."
    if count in (0, len(gaps)):
        low, high = f"{gaps.min():+.1f}", f"{gaps.max():+.1f}"
        width = f"is {low}" if low == high else f"lies between {low} and {high}"
        return f"{head}; the gap (Charlie minus Alice) {width} stars. The order does not hang on the seed."
    return f"{head}. The order is seed luck."


def map_title(outcome: Outcome) -> str:
    """What the factor map shows about Star Trek, as a title."""
    near, far = companions(outcome)
    if np.linalg.norm(outcome.V[NAMES.index("Star Trek")]) < _NO_TASTE:
        return "Star Trek has no direction: V has shrunk"
    films = [name for name in near if name in FILMS]
    if films:
        return f"Star Trek leans towards {films[0]}"
    against = [name for name in far if name in FILMS]
    if against:
        return f"Star Trek leans away from {against[0]}"
    return "Star Trek goes its own way"


def map_alt(outcome: Outcome) -> str:
    """The factor map in words, for readers who cannot see it."""
    near, far = companions(outcome)
    return (
        f"Factor map of three users and four films. {map_title(outcome)}. "
        f"Leaning the same way as Star Trek: {', '.join(near) or 'nobody'}. "
        f"Leaning the opposite way: {', '.join(far) or 'nobody'}."
    )


def companions(outcome: Outcome) -> tuple[list[str], list[str]]:
    """Who leans the same way as Star Trek (nearest first), and who the opposite way (furthest first)."""
    lengths = np.linalg.norm(outcome.V, axis=1)
    if lengths[NAMES.index("Star Trek")] < _NO_TASTE:
        return [], []
    target = outcome.V[NAMES.index("Star Trek")]
    cosines = {
        name: float(v @ target / length / np.linalg.norm(target))
        for name, v, length in zip(NAMES, outcome.V, lengths, strict=True)
        if name != "Star Trek" and length >= _NO_TASTE
    }
    ranked = sorted(cosines, key=cosines.get, reverse=True)
    return (
        [name for name in ranked if cosines[name] > _LEANS],
        [name for name in reversed(ranked) if cosines[name] < -_LEANS],
    )
