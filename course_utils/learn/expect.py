"""What a lesson's ``verify`` functions are written with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import sparse


class NotYet(Exception):
    """The answer is not right yet; the text goes to the learner."""


def expect(condition: Any, message: str) -> None:
    """Raise `NotYet` with the message unless the condition holds."""
    if not condition:
        raise NotYet(message)


def expect_same(actual: Any, expected: Any, what: str, *, tolerance: float = 1e-6) -> None:
    """Raise `NotYet` unless both are the same; the message names the first difference.

    Parameters
    ----------
    actual, expected : object
        Numbers, texts, arrays (dense or sparse), data frames, lists or dicts of these.
    what : str
        How to call ``actual`` in the message: ``"one_hot_row('Alice', 'Titanic')"``.
    tolerance : float
        Largest absolute difference between numbers that still counts as the same.
    """
    found = difference(actual, expected, tolerance=tolerance)
    expect(not found, f"{what}: {found}")


def same(actual: Any, expected: Any, *, tolerance: float = 1e-6) -> bool:
    """Say whether both are the same, in the sense of `difference`. Handy in ``Mistake.matches``."""
    return not difference(actual, expected, tolerance=tolerance)


def difference(actual: Any, expected: Any, *, tolerance: float = 1e-6) -> str:
    """Describe the first difference in one sentence; empty if there is none.

    >>> difference([1, 0], [1, 1])
    'at position 1 it is 0, expected 1'
    """
    if isinstance(expected, Mapping):
        return _mapping_difference(actual, expected, tolerance)
    wanted = _as_array(expected)
    if wanted is None:
        equal = type(actual) is type(expected) and actual == expected
        return "" if equal else f"it is {actual!r}, expected {expected!r}"
    given = _as_array(actual)
    if given is None:
        return f"it is {_kind(actual)}, expected {_kind(expected)}"
    if given.shape != wanted.shape:
        return f"it has {_shape(given)}, expected {_shape(wanted)}"
    if wanted.dtype.kind in "US" or given.dtype.kind in "US":
        wrong = given != wanted if given.dtype.kind == wanted.dtype.kind else np.ones(wanted.shape, bool)
    else:
        wrong = ~np.isclose(given, wanted, rtol=0.0, atol=tolerance, equal_nan=True)
    if not np.any(wrong):
        return ""
    position = tuple(int(i) for i in np.argwhere(wrong)[0])
    given_text, wanted_text = _show(given[position]), _show(wanted[position])
    if not position:
        return f"it is {given_text}, expected {wanted_text}"
    where = position[0] if len(position) == 1 else position
    return f"at position {where} it is {given_text}, expected {wanted_text}"


def _mapping_difference(actual: Any, expected: Mapping, tolerance: float) -> str:
    if not isinstance(actual, Mapping):
        return f"it is {_kind(actual)}, expected a dict"
    for key in expected:
        if key not in actual:
            return f"the key {key!r} is missing"
    for key in actual:
        if key not in expected:
            return f"the key {key!r} was not expected"
    for key, value in expected.items():
        found = difference(actual[key], value, tolerance=tolerance)
        if found:
            return f"under {key!r}, {found}"
    return ""


def _as_array(value: Any) -> np.ndarray | None:
    """The value as an array of numbers or of texts; None when it is neither (or ragged)."""
    if value is None:
        return None
    if sparse.issparse(value):
        return value.toarray()
    try:
        array = np.asarray(value)
        if array.dtype == object:
            array = array.astype(float)
    except (TypeError, ValueError):
        return None
    return array if array.dtype.kind in "biufUS" else None


def _shape(array: np.ndarray) -> str:
    if array.ndim == 0:
        return "a single value"
    return f"{len(array)} values" if array.ndim == 1 else f"shape {array.shape}"


def _show(value: Any) -> str:
    return repr(value.item()) if value.dtype.kind in "US" else f"{value:.6g}"


def _kind(value: Any) -> str:
    if callable(value):
        return f"a function ({getattr(value, '__name__', 'without a name')})"
    array = _as_array(value)
    if array is not None and array.ndim:
        return f"a {type(value).__name__} with {_shape(array)}"
    return f"a {type(value).__name__}"
