"""The best films of every user, fast and exact: float32 finds the candidates, float64 decides.

Ranking by ŷ is ranking by the inner product of (V'x_U, 1) with (V'x_I, ŷ(x_I) - w0): see
:mod:`course_utils.recommend.halves`. float32 multiplies at twice the speed of float64 and more, and what it
may get wrong has a known limit. So whatever lies within that limit of a place in the list stays a candidate,
and only candidates are scored in float64.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from course_utils.recommend.halves import Half, pair_scores

# Pairs scored at once by each thread: whatever the number of users, about 16 MB are in use.
_BLOCK_PAIRS = 1 << 22
_GROUPS = 512


def best_items(
    w0: float,
    users: Half,
    items: Half,
    n: int,
    *,
    seen: tuple[np.ndarray, np.ndarray] | None = None,
    threads: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """Each user's n best films; among equal scores (float32, as a model predicts) the first places.

    Parameters
    ----------
    w0, users, items
        As in :func:`~course_utils.recommend.halves.pair_scores`.
    n : int
        Length of each list; shorter for who has seen almost everything.
    seen : (user places, film places), optional
        Pairs to leave out, ascending by user.
    threads : int
        Blocks of users that are worked on at the same time.

    Returns
    -------
    user, film : (m,) int places
        Ascending by user, then best first.
    """
    count = len(items.own)
    groups = min(max(_GROUPS, 8 * n), count)
    if not groups:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    queries = np.column_stack([users.factors, np.ones(len(users.own))]).astype(np.float32)
    films = np.zeros((queries.shape[1], -(-count // groups) * groups), np.float32)
    films[:-1, :count], films[-1, :count] = items.factors.T, items.own
    films[-1, count:] = -np.inf  # padding that is never shown
    doubt = _rounding(w0, users, items)
    step = max(1, _BLOCK_PAIRS // films.shape[1])

    def block(start: int) -> tuple[np.ndarray, np.ndarray]:
        scores = queries[start : start + step] @ films
        if seen is not None:
            first, last = np.searchsorted(seen[0], [start, start + len(scores)])
            scores[seen[0][first:last] - start, seen[1][first:last]] = -np.inf
        user, film = _within_reach(scores, n, groups, doubt[start : start + step])
        user += start
        order = np.lexsort((film, -pair_scores(w0, users[user], items[film]), user))
        user, film = user[order], film[order]
        best = np.arange(len(user)) - np.searchsorted(user, user) < n
        return user[best], film[best]

    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(block, range(0, len(queries), step)))
    user, film = zip(*found, strict=True)
    return np.concatenate(user), np.concatenate(film)


def _rounding(w0: float, users: Half, items: Half) -> np.ndarray:
    """By how much rounding can bring two films of a user out of order, (users,) float32.

    A float32 inner product of length m is off by at most about m u ‖a‖ ‖b‖, with u = 2⁻²⁴ (Higham 2002,
    *Accuracy and Stability of Numerical Algorithms*, section 3.1); rounding its arguments first and the
    exact score last adds a few u of their size. Twice that for two films, and twice again to be safe.
    """
    length = np.sqrt(np.square(users.factors).sum(axis=1) + 1)
    longest = np.sqrt((np.square(items.factors).sum(axis=1) + np.square(items.own)).max())
    size = length * longest + np.abs(users.own + w0)
    return (4 * (users.factors.shape[1] + 8) * 2.0**-24 * size).astype(np.float32)


def _within_reach(
    scores: np.ndarray, n: int, groups: int, doubt: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(user, film) of every score that may be among the user's n best, ascending by user.

    Cut the films into many more than n groups: n films at least reach the nth best of the groups' winners.
    Finding it takes one pass over the scores, where looking for the nth best of all takes several, and
    only the groups whose winners reach it need a second look.
    """
    table = scores.reshape(len(scores), -1, groups)
    winners = table.max(axis=1)
    place = groups - min(n, groups)
    bar = np.partition(winners, place, axis=1)[:, place] - doubt
    user, group = np.nonzero((winners >= bar[:, None]) & (winners > -np.inf))
    own = table[user, :, group]
    row, place = np.nonzero((own >= bar[user, None]) & (own > -np.inf))
    return user[row], place * groups + group[row]
