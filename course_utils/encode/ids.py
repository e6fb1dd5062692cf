"""Ids as the source gives them, and the code (0, 1, 2, …) of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from pandas.api import types


class UnknownIdError(ValueError):
    """An id that was not among the training rows, where the map was told to refuse such ids."""


def column(table: pd.DataFrame, name: str) -> pd.Series:
    """One column, present and without gaps."""
    if name not in table:
        raise ValueError(f"The table has no column {name!r}; it has {list(table)}.")
    values = table[name]
    missing = values.isna()
    if missing.any():
        first = table.index[missing.to_numpy().argmax()]
        raise ValueError(
            f"Column {name!r} is empty in {int(missing.sum())} row(s), the first with index {first!r}. "
            "Drop or fill these rows before encoding."
        )
    return values


def id_values(table: pd.DataFrame, name: str) -> np.ndarray:
    """A column of ids: (n,) int64 for whole numbers, (n,) object of str for text."""
    values = column(table, name)
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    if types.is_integer_dtype(values.dtype):
        return values.to_numpy(dtype=np.int64)
    if types.infer_dtype(values, skipna=False) == "string" or not len(values):
        return values.to_numpy(dtype=object)
    raise ValueError(
        f"Column {name!r} has dtype {values.dtype}, but ids must be whole numbers or text. "
        f"Numbers such as 12.0 become ids with table[{name!r}].astype('int64')."
    )


class IdIndex:
    """Known ids in ascending order; an id's code is its place in that order.

    Parameters
    ----------
    ids : iterable of int or of str
        Duplicates are allowed and count once.
    """

    def __init__(self, ids: Iterable) -> None:
        self._index = pd.Index(np.sort(pd.unique(np.asarray(ids))))
        self.is_text = not types.is_integer_dtype(self._index.dtype)

    @property
    def ids(self) -> list:
        """The ids as plain int or str, ascending."""
        return self._index.tolist()

    def __len__(self) -> int:
        return len(self._index)

    def codes(self, values: np.ndarray, what: str) -> np.ndarray:
        """The code of each id, (n,) intp; -1 for an id that is not known.

        Raises
        ------
        ValueError
            When text is looked up among numbers or the reverse: every id would silently be unknown.
        """
        if len(values) and (values.dtype == object) != self.is_text:
            kinds = ("whole numbers", "text")
            raise ValueError(
                f"{what!r} ids are {kinds[not self.is_text]} here, but this map was fitted on "
                f"{kinds[self.is_text]}: {values[0]!r} and {self.ids[0]!r} can never match. "
                "Give the column the type that it had in training."
            )
        return self._index.get_indexer(values)


def refuse_unknown(codes: np.ndarray, values: Sequence, what: str) -> None:
    """Raise for the first ids whose code is -1, by name."""
    unknown = pd.unique(np.asarray(values)[codes < 0])
    if len(unknown):
        shown = ", ".join([repr(value) for value in unknown[:3].tolist()] + ["…"] * (len(unknown) > 3))
        raise UnknownIdError(
            f"{len(unknown)} {what} id(s) were not in the training rows: {shown}. "
            'Fit on rows that hold them, or choose unknown="zero" (no column is hot) or unknown="column" '
            "(one spare column per block)."
        )
