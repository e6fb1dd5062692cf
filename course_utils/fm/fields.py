"""The fast path: rows that say "this user, that item", or "this user, that item, that day", and nothing else.

When every row has exactly one 1 in each of m fields that share no column, the derivative of a rating by v_jf
is simply the sum of its partners' v_pf. Then a user's whole update needs its partners' rows of ``theta`` and
nothing else: gather them once into a small tile that stays in the processor's cache, take all 1 + k
coordinate steps there, write the user's row once. The equations are those of
:mod:`~course_utils.fm.coordinate`, with one pass over memory per field.

Two columns of one field never meet in a row. So several cores may draw the columns of a field at the same
time, and what they draw is, bit by bit, what one core would have drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from scipy.sparse import csr_array

from course_utils.encode.sides import Side
from course_utils.fm.coordinate import Prior, Rows, sweep_field
from course_utils.fm.crew import PORTION_ROWS, Crew


class _Field:
    """The rows sorted by the column of one field, and within a column by their partners."""

    def __init__(self, columns: np.ndarray, own: np.ndarray, partners: np.ndarray, d: int) -> None:
        self.order = np.arange(len(own), dtype=np.int32)
        for keys in (*partners.T[::-1], own):
            self.order = self.order[_counting_sort(keys[self.order], d)]
        self.indptr = np.concatenate([[0], np.cumsum(np.bincount(own, minlength=d))])
        self.partners = partners[self.order].astype(np.int32)
        self.errors = np.empty(len(own), np.float32)
        # Portions depend on the rows alone, never on the number of cores: nor do the sums over them.
        rows_before = np.cumsum(np.diff(self.indptr)[columns])
        parts = max(1, len(own) // PORTION_ROWS)
        cuts = np.searchsorted(rows_before, len(own) * np.arange(1, parts) / parts, side="right")
        self.portions = [part for part in np.split(columns, cuts) if len(part)]


class Fields:
    """Training rows with one hot column in each of m fields, 2 to 4 of them.

    A drop-in for :class:`~course_utils.fm.coordinate.Rows`. A column that occurs in no row belongs to the
    field of its kin, which are the columns that the same side describes, or else those of its group. Without
    either it does not matter where it belongs.

    Parameters
    ----------
    X : (n, d) csr_array, canonical
        Rows that :meth:`fits`.
    y : (n,) float32
    groups : (d,) int64, optional
        The group of each column; by default its field.
    sides : sequence of Side
        What else is known of the columns.
    crew : Crew, optional
        Who does the work; by default one thread.
    """

    def __init__(
        self,
        X: csr_array,
        y: np.ndarray,
        groups: np.ndarray | None = None,
        sides: Sequence[Side] = (),
        crew: Crew | None = None,
    ) -> None:
        self._n, d = X.shape
        members = X.indices.reshape(self._n, -1)
        m = members.shape[1]
        field_of = np.zeros(d, np.int64)
        for number, columns in enumerate(members.T):
            field_of[columns] = number
        kin = np.zeros(d, np.int64) if groups is None else groups.copy()
        for number, side in enumerate(sides, kin.max(initial=0) + 1):
            kin[side.columns] = number
        seen = np.zeros(d, bool)
        seen[members] = True
        for number in np.unique(kin[~seen]):
            field_of[~seen & (kin == number)] = field_of[seen & (kin == number)].min(initial=m - 1)
        self.groups = field_of if groups is None else groups
        self._fields = [
            _Field(np.flatnonzero(field_of == number), own, np.delete(members, number, axis=1), d)
            for number, own in enumerate(members.T)
        ]
        self._crew = crew or Crew(1)
        self.aim_at(y)

    def aim_at(self, y: np.ndarray) -> None:
        """Take other labels (n,) float32 for the same rows."""
        self._y = [y[field.order] for field in self._fields]

    @staticmethod
    def fits(X: csr_array) -> bool:
        """Whether every row of this canonical CSR is 2 to 4 ones, each from a field that shares no column.

        The cost of a row here grows with m², that of rows of any kind with m: from m = 5 on, those win.
        """
        n, d = X.shape
        m = X.nnz // max(n, 1)
        if not 2 <= m <= 4 or not (np.diff(X.indptr) == m).all() or not (X.data == 1).all():
            return False
        fields = np.zeros(d, np.int64)
        for columns in X.indices.reshape(n, m).T:
            occurs = np.zeros(d, bool)
            occurs[columns] = True
            fields += occurs
        return bool((fields <= 1).all())

    def sweep(
        self, w0: float, theta: np.ndarray, prior: Prior, alpha: float, z: np.ndarray
    ) -> tuple[float, float]:
        """As :meth:`Rows.sweep`: one field after the other."""
        for field, y in zip(self._fields, self._y, strict=True):
            draw = partial(
                sweep_field,
                indptr=field.indptr,
                partners=field.partners,
                y=y,
                w0=w0,
                theta=theta,
                alpha=alpha,
                mean=prior.mean,
                group=prior.group,
                precision=prior.precision,
                z=z,
                errors=field.errors,
            )
            sums = self._crew.each(draw, field.portions)
        return sum(e for e, _ in sums), sum(ee for _, ee in sums)

    def residuals(self) -> np.ndarray:
        """e (n,) float32 of each row after the last sweep."""
        errors = np.empty(self._n, np.float32)
        errors[self._fields[-1].order] = self._fields[-1].errors
        return errors


def arrange(
    X: csr_array, y: np.ndarray, groups: np.ndarray | None, sides: Sequence[Side], crew: Crew
) -> Fields | Rows:
    """The training rows in the form that is swept fastest."""
    return Fields(X, y, groups, sides, crew) if Fields.fits(X) else Rows(X, y, groups)


def _counting_sort(keys: np.ndarray, d: int) -> np.ndarray:
    """The stable order of keys in [0, d): SciPy's CSR to CSC conversion is a counting sort."""
    n = len(keys)
    return csr_array((np.empty(n, np.int8), keys, np.arange(n + 1)), shape=(n, d)).tocsc().indices
