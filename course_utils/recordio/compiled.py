"""When to load the compiled kernels."""

from __future__ import annotations

from types import ModuleType

FEW_BYTES = 1 << 12  # about sixty ratings


def kernels_for(num_bytes: int) -> ModuleType | None:
    """The module :mod:`course_utils.recordio.kernels`, or None for a few records.

    Loading numba and the kernels takes a third of a second, once. A program that reads and writes a few
    records at a time, such as most endpoints, never has to.
    """
    if num_bytes < FEW_BYTES:
        return None
    from course_utils.recordio import kernels

    return kernels
