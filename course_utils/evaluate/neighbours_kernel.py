"""The loops of item k-NN, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def add_neighbours(user, item, rated_starts, rated, deviations, starts, near, similarity, k, prediction):
    """Add Σ_j s_ij d_uj / Σ_j s_ij to the predictions of some pairs, over the k largest s_ij of rated j.

    Walks through the films near each film that the user rated, and keeps for each wanted film the k most
    similar ones seen so far, the least similar of them on top (a binary heap).

    Parameters
    ----------
    user, item : (n,) int
        The pairs, those of one user next to each other.
    rated_starts, rated, deviations
        CSR by user: films rated, and d_uj in stars.
    starts, near, similarity
        CSR by film: other films, and s_ij > 0. Symmetric.
    prediction : (n,) float64
        Changed in place.
    """
    n_items = starts.size - 1
    wanted_by = np.full(n_items, -1)
    count = np.zeros(n_items, np.int64)
    weights = np.empty((n_items, k), np.float32)
    stars = np.empty((n_items, k))
    first = 0
    while first < user.size:
        u, last = user[first], first
        while last < user.size and user[last] == u:
            wanted_by[item[last]] = u
            count[item[last]] = 0
            last += 1
        for at in range(rated_starts[u], rated_starts[u + 1]):
            for place in range(starts[rated[at]], starts[rated[at] + 1]):
                i = near[place]
                if wanted_by[i] == u:
                    count[i] = keep_largest(weights[i], stars[i], count[i], similarity[place], deviations[at])
        for row in range(first, last):
            total, met = 0.0, 0.0
            for place in range(count[item[row]]):
                total += weights[item[row], place]
                met += weights[item[row], place] * stars[item[row], place]
            if total > 0:
                prediction[row] += met / total
        first = last


@njit(cache=True, nogil=True)
def keep_largest(weights, stars, count, weight, star):
    """Put (weight, star) into a heap of ``count`` places, or in place of its smallest; the new count."""
    if count < weights.size:
        at = count
        count += 1
        while at and weights[(at - 1) // 2] > weight:
            weights[at], stars[at] = weights[(at - 1) // 2], stars[(at - 1) // 2]
            at = (at - 1) // 2
    elif weight > weights[0]:
        at = 0
        while True:
            child = 2 * at + 1
            if child + 1 < count and weights[child + 1] < weights[child]:
                child += 1
            if child >= count or weights[child] >= weight:
                break
            weights[at], stars[at] = weights[child], stars[child]
            at = child
    else:
        return count
    weights[at], stars[at] = weight, star
    return count
