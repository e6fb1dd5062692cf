"""What the pair race computes: four ways to one sum over pairs, their multiplications, their time.

Plain functions on plain data, without widgets or figures. Multiplications are counted by formula and are
exact; seconds are measured on the machine that runs this, and differ from one machine to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, islice
from time import perf_counter

import numpy as np

LENGTHS = (10, 20, 50, 100, 200, 400, 800)
"""How many columns a row may have in the race."""

WAYS = ("every pair, a Python loop", "every pair, NumPy", "the identity", "the identity, non-zeros only")

_LOOPED = 2_000  # pairs that the Python loop really does; more are estimated from these
_BEST_OF = 3


@dataclass(frozen=True)
class Run:
    """One way to sum over pairs: its result, its multiplications, and the seconds that it took.

    ``estimated`` says that the Python loop did some of the pairs only: ``seconds`` is scaled up from them,
    and ``value`` is None.
    """

    way: str
    multiplications: int
    seconds: float
    value: float | None
    estimated: bool = False


def pair_count(n: int) -> int:
    """How many pairs i < j there are among n columns: n(n - 1)/2."""
    return n * (n - 1) // 2


def multiplications(n: int, k: int, nonzeros: int) -> tuple[int, int, int, int]:
    """Multiplications that each of ``WAYS`` needs for one row of n columns, with k factors.

    A pair takes k for its inner product and two for x_i x_j; NumPy does it for all n² places of a square. The
    identity takes two for each column and factor (v x and its square), one for each factor, and the ½.
    """
    return (
        pair_count(n) * (k + 2),
        n * n * (k + 2),
        k * (2 * n + 1) + 1,
        k * (2 * nonzeros + 1) + 1,
    )


def some_row(n: int, k: int, nonzeros: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A row x (n,) with so many non-zeros, and factors V (n, k)."""
    rng = np.random.default_rng(seed)
    x = np.zeros(n)
    x[rng.choice(n, min(nonzeros, n), replace=False)] = rng.uniform(0.5, 1.5, min(nonzeros, n))
    return x, rng.normal(0, 0.1, (n, k))


def by_loop(x: np.ndarray, V: np.ndarray, most: int | None = None) -> float:
    """Σ_{i<j} <v_i, v_j> x_i x_j, pair by pair; of the first ``most`` pairs only, if given."""
    total = 0.0
    for i, j in islice(combinations(range(len(x)), 2), most):
        total += (V[i] @ V[j]) * x[i] * x[j]
    return float(total)


def by_square(x: np.ndarray, V: np.ndarray) -> float:
    """The same sum, from the (n, n) square of all products; what is above its diagonal counts."""
    return float(np.triu((V @ V.T) * np.outer(x, x), 1).sum())


def by_identity(x: np.ndarray, V: np.ndarray) -> float:
    """The same sum, as half of square of sums minus sum of squares."""
    a = V * x[:, None]
    return float(0.5 * (a.sum(axis=0) ** 2 - (a**2).sum(axis=0)).sum())


def race(n: int, k: int, nonzeros: int) -> tuple[Run, ...]:
    """Run all four ``WAYS`` on one row, and time them; a few milliseconds."""
    nonzeros = min(nonzeros, n)
    x, V = some_row(n, k, nonzeros)
    keys = np.flatnonzero(x)
    values, rows = x[keys], V[keys]
    counts = multiplications(n, k, nonzeros)
    looped = min(pair_count(n), _LOOPED)
    whole = looped == pair_count(n)
    value, seconds = _timed(lambda: by_loop(x, V, looped), 1)
    loop = Run(WAYS[0], counts[0], seconds * pair_count(n) / looped, value if whole else None, not whole)
    functions = (lambda: by_square(x, V), lambda: by_identity(x, V), lambda: by_identity(values, rows))
    rest = []
    for way, count, function in zip(WAYS[1:], counts[1:], functions, strict=True):
        value, seconds = _timed(function, _BEST_OF)
        rest.append(Run(way, count, seconds, value))
    return (loop, *rest)


def _timed(function: Callable[[], float], repeats: int) -> tuple[float, float]:
    """What a function gives, and the seconds of its quickest run."""
    seconds = []
    for _ in range(repeats):
        started = perf_counter()
        value = function()
        seconds.append(perf_counter() - started)
    return value, min(seconds)


# ------------------------------------------------------------------------------------------------ in words


def answer(n: int, k: int, nonzeros: int) -> str:
    """How much work the identity saves, in one or two sentences."""
    nonzeros = min(nonzeros, n)
    loop, _, identity, sparse = multiplications(n, k, nonzeros)
    first = f"{pair_count(n):,} pairs. {_compared(loop, identity)}"
    if nonzeros == n:
        return f"{first} No column is zero, so there is nothing to skip."
    return f"{first} Skipping the zeros leaves {sparse:,}."


def _compared(loop: int, identity: int) -> str:
    if loop <= identity:
        return (
            f"The loop multiplies {loop:,} times, the identity {identity:,} times: too few columns to gain."
        )
    times = loop / identity
    shown = f"{times:,.0f}" if times >= 10 else f"{times:.1f}"
    return f"The identity multiplies {identity:,} times, the loop {loop:,} times: {shown} times as many."


def seconds_in_words(seconds: float) -> str:
    """A duration with two digits and a unit: ``970 ms``."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{float(f'{seconds / size:.2g}'):g} {unit}"
    return f"{float(f'{seconds / 1e-9:.2g}'):g} ns"
