"""Several cores at one piece of work that falls into independent portions."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

Portion = TypeVar("Portion")
Result = TypeVar("Result")

# Rows in a portion: some milliseconds of work, so that handing it over costs next to nothing.
PORTION_ROWS = 1 << 16


class Crew:
    """As many threads as there are cores to use; what they call must let go of Python's lock.

    Parameters
    ----------
    threads : int, optional
        By default as many as there are cores that this process may use.

    Raises
    ------
    ValueError
        If ``threads`` is less than 1.
    """

    def __init__(self, threads: int | None = None) -> None:
        if threads is None:
            threads = _cores()
        elif threads < 1:
            raise ValueError(f"threads must be at least 1, got {threads}; leave it out to use all cores.")
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def each(self, work: Callable[[Portion], Result], portions: Iterable[Portion]) -> list[Result]:
        """The result of ``work`` on each portion, in their order."""
        portions = list(portions)
        if self._pool is None or len(portions) == 1:
            return [work(portion) for portion in portions]
        running = [self._pool.submit(work, portion) for portion in portions]
        try:
            return [portion.result() for portion in running]
        finally:  # after an interrupt, too, nobody may still be at work on what the caller will use
            wait(running)


def slices(n: int, rows: int = PORTION_ROWS) -> list[slice]:
    """n rows in portions; they depend on n alone, and so does whatever is summed over them."""
    return [slice(start, min(start + rows, n)) for start in range(0, n, rows)]


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
