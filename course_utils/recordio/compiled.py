"""When to load the compiled kernels."""

from __future__ import annotations

from types import ModuleType

FEW_BYTES = 1 << 14


def kernels_for(num_bytes: int) -> ModuleType | None:
    """The module :mod:`course_utils.recordio.kernels`, or None where so few bytes are quicker read plainly.

    Loading numba takes as long as reading or writing thousands of records one by one. A program that
    handles a few at a time, such as an endpoint, never has to.
    """
    if num_bytes < FEW_BYTES:
        return None
    from course_utils.recordio import kernels

    return kernels
