"""What a factorization machine has learned, and the one routine that predicts with it.

    ŷ(x) = w0 + Σ_i w_i x_i + Σ_{i<j} <v_i, v_j> x_i x_j                (Rendle 2010, equation 1)

Every solver in this package ends in an :class:`FMParameters`; the artifact reader, the endpoint and the
recommender start from one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from scipy.sparse import csr_array, issparse
from scipy.special import expit

from course_utils.fm.rows import as_csr

if TYPE_CHECKING:
    import pandas as pd

Task = Literal["regressor", "binary_classifier"]

# Rows scored at once: keeps the (rows, k) table of factor sums near 32 MB at k = 64.
_BLOCK_ROWS = 1 << 16
_FLOAT32_MAX = float(np.finfo(np.float32).max)


def sigmoid(score) -> np.ndarray:
    """1 / (1 + exp(-score)) without overflow at either end; keeps float32."""
    return expit(score)


@dataclass(frozen=True, eq=False)
class FMParameters:
    """A fitted factorization machine.

    Parameters
    ----------
    w0 : float
        The bias: what an empty row scores.
    w : (d,) float32
        One weight per column.
    V : (d, k) float32
        One vector of k factors per column. k may be 0: then the model is linear.
    task : "regressor" or "binary_classifier"
        Decides whether :meth:`predict` returns the score itself or its sigmoid.

    Raises
    ------
    ValueError
        If shapes disagree, a dtype is not float32, a number is not finite (as float32, for w0) or the task is
        unknown.

    Examples
    --------
    >>> fm = FMParameters(3.0, np.array([0.5, -1], np.float32), np.array([[1], [2]], np.float32))
    >>> fm.score([[1, 1]])  # 3 + 0.5 - 1 + 1·2
    array([4.5], dtype=float32)
    """

    w0: float
    w: np.ndarray
    V: np.ndarray
    task: Task = "regressor"

    def __post_init__(self) -> None:
        object.__setattr__(self, "w0", float(self.w0))
        for name, ndim, axes in (("w", 1, "(d,)"), ("V", 2, "(d, k)")):
            array = getattr(self, name)
            if not isinstance(array, np.ndarray) or array.ndim != ndim:
                raise ValueError(f"{name} must be a NumPy array of shape {axes}, got {_describe(array)}.")
            if array.dtype != np.float32:
                raise ValueError(
                    f"{name} must be float32, as SageMaker stores it; got {array.dtype}. "
                    f"Convert it with {name}.astype(np.float32)."
                )
        if len(self.w) != len(self.V):
            raise ValueError(
                f"w has {len(self.w)} entries and V has {len(self.V)} rows; both need one per column of X."
            )
        for name in ("w0", "w", "V"):
            value = getattr(self, name)
            # w0 is stored as float32 too: its limit is theirs
            if not (abs(value) <= _FLOAT32_MAX if name == "w0" else np.isfinite(value).all()):
                raise ValueError(
                    f"{name} holds NaN or infinity, so this model cannot predict. "
                    "Training has diverged: try a smaller learning rate, or scale large columns of X down."
                )
        if self.task not in get_args(Task):
            raise ValueError(f"task must be one of {get_args(Task)}, got {self.task!r}.")

    @property
    def feature_dim(self) -> int:
        """d, the number of columns of X."""
        return self.V.shape[0]

    @property
    def num_factors(self) -> int:
        """k, the number of factors of each column."""
        return self.V.shape[1]

    def score(self, X) -> np.ndarray:
        """The raw ŷ of each row.

        Uses Rendle's linear-time form (2010, lemma 3.1), ½ Σ_f [(Σ_i v_if x_i)² - Σ_i v_if² x_i²], and sums
        in float64: the two squares nearly cancel, and float32 would lose the digits that are left.

        Parameters
        ----------
        X : (n, d) CSR or dense
            Feature rows, made with the same FeatureMap as the training rows.

        Returns
        -------
        (n,) float32
            Infinite where the score lies beyond float32; never NaN.
        """
        rows, w, V = as_csr(X, self.feature_dim), self.w, self.V
        if rows.nnz < self.feature_dim:  # a few rows of a wide model: only the columns that occur matter
            used, places = np.unique(rows.indices, return_inverse=True)
            rows = csr_array((rows.data, places, rows.indptr), shape=(rows.shape[0], len(used)))
            w, V = w[used], V[used]
        w, V = w.astype(np.float64), V.astype(np.float64)
        squared_length = np.einsum("ik,ik->i", V, V)
        scores = np.empty(rows.shape[0], dtype=np.float32)
        for start in range(0, len(scores), _BLOCK_ROWS):
            x = rows[start : start + _BLOCK_ROWS].astype(np.float64)
            factor_sums = x @ V
            pairs = 0.5 * (np.einsum("nk,nk->n", factor_sums, factor_sums) - x.power(2) @ squared_length)
            with np.errstate(over="ignore"):
                scores[start : start + _BLOCK_ROWS] = self.w0 + x @ w + pairs
        return scores

    def predict(self, X) -> np.ndarray:
        """The predicted rating of each row, or the probability of label 1 for a classifier; (n,) float32."""
        score = self.score(X)
        return sigmoid(score) if self.task == "binary_classifier" else score

    def explain(self, x, names: Sequence[str] | None = None) -> pd.DataFrame:
        """Every term of one row's score; their values add up to ``score(x)``.

        Parameters
        ----------
        x : (d,) dense, or (1, d) CSR or dense
            One feature row.
        names : sequence of str, optional
            A name per column, such as ``FeatureMap.column_names``; ``x[0]``, ``x[1]``, … without it.

        Returns
        -------
        DataFrame
            ``term`` (str), ``kind`` ("bias", "linear" or "pair") and ``value`` (float64, as the score):
            one linear term per non-zero of the row and one pair term for each two of them.
        """
        import pandas as pd  # here, because every container start would wait for it

        if not issparse(x):
            x = np.atleast_2d(x)
        row = as_csr(x, self.feature_dim)
        if row.shape[0] != 1:
            raise ValueError(f"explain looks at one row, got {row.shape[0]}. Pass X[[i]] to pick row i.")
        if names is not None and len(names) != self.feature_dim:
            raise ValueError(f"names has {len(names)} entries, but the model has {self.feature_dim} columns.")

        hot = [(int(i), float(value)) for i, value in zip(row.indices, row.data, strict=True) if value]
        name = {i: f"x[{i}]" if names is None else str(names[i]) for i, _ in hot}
        V = self.V.astype(np.float64)
        terms = [("w0", "bias", self.w0)]
        terms += [(name[i], "linear", float(self.w[i]) * xi) for i, xi in hot]
        terms += [
            (f"{name[i]} × {name[j]}", "pair", float(V[i] @ V[j]) * xi * xj)
            for (i, xi), (j, xj) in combinations(hot, 2)
        ]
        return pd.DataFrame(terms, columns=["term", "kind", "value"])


def _describe(value) -> str:
    return f"shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__


@dataclass(frozen=True)
class Epoch:
    """One pass over the training rows.

    ``epoch`` counts from 0; ``metrics`` are named as in SageMaker's log; ``seconds`` is wall time;
    ``records`` is the number of real rows seen in this pass.
    """

    epoch: int
    metrics: dict[str, float]
    seconds: float
    records: int


@dataclass(frozen=True)
class FitResult:
    """What a solver returns: the parameters, and one :class:`Epoch` per finished pass."""

    params: FMParameters
    history: list[Epoch] = field(default_factory=list)
