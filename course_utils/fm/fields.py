"""The fast path: rows that say "this user, that item" and nothing else.

When every row has exactly two columns with a 1, one from each of two disjoint fields, the derivative of a
rating by v_uf is simply its partner's v_if. Then a user's whole update needs its partners' rows of ``theta``
and nothing else: gather them once into a small tile that stays in the processor's cache, take all 1 + k
coordinate steps there, write the user's row once. The equations are those of
:mod:`~course_utils.fm.coordinate`, with one pass over memory per field.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from course_utils.fm.coordinate import Prior, Rows, sweep_field


class _Field:
    """The rows sorted by the column of one field (and within a column by its partner)."""

    def __init__(self, columns: np.ndarray, own: np.ndarray, partners: np.ndarray, d: int) -> None:
        self.columns = columns
        by_partner = _counting_sort(partners, d)
        self.order = by_partner[_counting_sort(own[by_partner], d)]
        self.indptr = np.concatenate([[0], np.cumsum(np.bincount(own, minlength=d))])
        self.partners = partners[self.order].astype(np.int32)


class Pairs:
    """Training rows of two one-hot columns each, from two disjoint fields.

    A drop-in for :class:`~course_utils.fm.coordinate.Rows`. Columns that occur in no row are drawn from their
    prior with the first field.
    """

    def __init__(self, X: csr_array, y: np.ndarray) -> None:
        left, right, d = X.indices[0::2], X.indices[1::2], X.shape[1]
        in_right = np.zeros(d, bool)
        in_right[right] = True
        self.groups = in_right.astype(np.int64)
        self._fields = (
            _Field(np.flatnonzero(~in_right), left, right, d),
            _Field(np.flatnonzero(in_right), right, left, d),
        )
        self.aim_at(y)

    def aim_at(self, y: np.ndarray) -> None:
        """Take other labels (n,) float32 for the same rows."""
        self._y = [y[field.order] for field in self._fields]

    @staticmethod
    def fits(X: csr_array) -> bool:
        """Whether every row of this canonical CSR is a pair of ones from two fields that share no column."""
        if not X.shape[0] or not (np.diff(X.indptr) == 2).all() or not (X.data == 1).all():
            return False
        in_left, in_right = np.zeros((2, X.shape[1]), bool)
        in_left[X.indices[0::2]] = True
        in_right[X.indices[1::2]] = True
        return not (in_left & in_right).any()

    def sweep(
        self, w0: float, theta: np.ndarray, prior: Prior, alpha: float, z: np.ndarray
    ) -> tuple[float, float]:
        """As :meth:`Rows.sweep`: the first field, then the second."""
        for field, y in zip(self._fields, self._y, strict=True):
            sums = sweep_field(
                field.columns,
                field.indptr,
                field.partners,
                y,
                w0,
                theta,
                alpha,
                prior.group,
                prior.mean,
                prior.precision,
                z,
            )
        return sums


def arrange(X: csr_array, y: np.ndarray) -> Pairs | Rows:
    """The training rows in the form that is swept fastest."""
    return Pairs(X, y) if Pairs.fits(X) else Rows(X, y)


def _counting_sort(keys: np.ndarray, d: int) -> np.ndarray:
    """The stable order of keys in [0, d): SciPy's CSR to CSC conversion is a counting sort."""
    n = len(keys)
    return csr_array((np.empty(n, np.int8), keys, np.arange(n + 1)), shape=(n, d)).tocsc().indices
