"""What the one-hot inspector of lesson 05 computes: one row of features, and the room that rows take.

Plain functions on plain data, without widgets. The maps and rows are those of `course_utils.encode`, the
records those of `course_utils.recordio`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from course_utils import recordio
from course_utils.encode import FeatureMap, UnknownIdError

#: What a map can do with an id that it has not learned.
POLICIES = {
    "column": "goes to the spare column",
    "zero": "leaves its block blank",
    "error": "is refused",
}
#: Kinds of columns, and what each says. Keys are the blocks of a `FeatureMap`.
BLOCKS = {"user": "who", "item": "which film", "genre": "what kind of film"}
#: An id that no film of MovieLens has.
NO_FILM = 0
_BYTES = 4  # of a float32, and of a column number
_BEFORE = 2  # rows shown before the chosen one, so that indptr has something to point at
_MOST_RATED, _NEW = 20, 3


@dataclass(frozen=True)
class Choice:
    """What to inspect: a user and a film by their ids, and how the map is made."""

    user: int
    film: int
    genres: bool = False
    unknown: str = "column"


@dataclass(frozen=True)
class Hot:
    """One hot column: its number, its name such as ``"user=7"``, its block, and what stands there."""

    column: int
    name: str
    block: str
    value: float


@dataclass(frozen=True, eq=False)
class Row:
    """One row of features, with two others before it.

    Parameters
    ----------
    hot : tuple of Hot
        In the order of the columns.
    blocks : dict of block to range
        Which columns each block has.
    rows : (3, d) CSR float32
        Two ratings of the table, then this row.
    weights : dict of form to (bytes of this row, bytes of all learning rows)
    """

    hot: tuple[Hot, ...]
    blocks: dict[str, range]
    rows: sparse.csr_array
    weights: dict[str, tuple[int, int]]

    @property
    def width(self) -> int:
        """d, the number of columns."""
        return self.rows.shape[1]


class Inspector:
    """Maps of some learning rows, with genres and without, and what their rows look like.

    Parameters
    ----------
    ratings : DataFrame[user, item, rating]
        Learning rows.
    items : DataFrame[title, genres] indexed by item
        The catalogue; it may hold films that nobody has rated.
    """

    def __init__(self, ratings: pd.DataFrame, items: pd.DataFrame) -> None:
        self.count = len(ratings)
        self._titles = items["title"]
        self._before = ratings.head(_BEFORE)
        self._maps, self._weights = {}, {}
        stars = ratings["rating"].to_numpy(np.float32)
        for genres in (False, True):
            blocks = tuple(BLOCKS)[: 2 + genres]
            for policy in POLICIES:
                each = FeatureMap.fit(ratings, blocks, items=items, unknown=policy)
                self._maps[genres, policy] = each
                if policy != "error":  # its columns are those of "zero"
                    self._weights[genres, policy] = _weights(each.transform(ratings), stars)
            self._weights[genres, "error"] = self._weights[genres, "zero"]
        rated = (
            ratings["item"]
            .value_counts()
            .sort_index(kind="stable")
            .sort_values(ascending=False, kind="stable")
        )
        new = items.index[~items.index.isin(rated.index)]
        #: Films to choose from: the most rated ones, some that no learning row is about, and one in no table.
        self.films = [*rated.index[:_MOST_RATED], *new[-_NEW:], NO_FILM]
        self.users = self._maps[False, "zero"].ids("user")
        self._known = set(rated.index)

    def title(self, film: int) -> str:
        """A film as the list offers it: its id first, for that is what a row is made of."""
        if film not in self._titles.index:
            return f"{film}, in no table at all"
        note = "" if film in self._known else ", not in the map"
        return f"{film}{note}: {self._titles[film]}"

    def look(self, choice: Choice) -> Row | str:
        """The row of a choice, or why the map refuses it."""
        this = self._maps[choice.genres, choice.unknown]
        pair = pd.DataFrame({"user": [choice.user], "item": [choice.film]})
        try:
            row = this.transform(pair)
        except UnknownIdError as problem:
            return f"The map refuses. {str(problem).split('. ')[0]}."
        names = this.column_names
        blocks = {block: this.columns_of(block) for block in this.blocks}
        hot = tuple(
            Hot(
                int(column),
                names[column],
                next(b for b, own in blocks.items() if column in own),
                float(value),
            )
            for column, value in zip(row.indices, row.data, strict=True)
        )
        rows = sparse.vstack([this.transform(self._before), row], format="csr")
        whole = self._weights[choice.genres, choice.unknown]
        one = _weights(row, np.array([1.0], np.float32))
        one["CSR arrays"] -= _BYTES  # where the last row ends is counted with all rows, not with each
        return Row(hot, blocks, rows, {form: (one[form], whole[form]) for form in whole})


def _weights(X: sparse.csr_array, stars: np.ndarray) -> dict[str, int]:
    """Bytes of rows: with all zeros, as CSR arrays, and as a file of records with stars."""
    stream = io.BytesIO()
    recordio.write(stream, X, stars)
    return {
        "Dense float32": _BYTES * X.shape[0] * X.shape[1],
        "CSR arrays": _BYTES * (2 * X.nnz + X.shape[0] + 1),
        "RecordIO, with stars": stream.getbuffer().nbytes,
    }


# ------------------------------------------------------------------------------------------------ in words


def answer(seen: Row | str) -> str:
    """How many columns are hot."""
    if isinstance(seen, str):
        return seen
    return f"{len(seen.hot)} of {seen.width:,} columns {'is' if len(seen.hot) == 1 else 'are'} hot."


def strip_title(row: Row) -> str:
    """What the picture of the blocks shows."""
    return f"The other {row.width - len(row.hot):,} columns are zero, and are not stored"


def details(seen: Row | str) -> str:
    """Which columns are hot, and what is missing, in one or two sentences."""
    if isinstance(seen, str):
        return "There is no row: nothing could be sent, and you know about it."
    named = "; ".join(f"column {each.column:,} is {each.name}" for each in seen.hot)
    blank = [block for block in seen.blocks if block not in {each.block for each in seen.hot}]
    spare = [each.block for each in seen.hot if each.name.endswith("=?")]
    said = [f"{named[0].upper()}{named[1:]}." if named else "Nothing is known of this row."]
    if blank:
        said.append(f"Blank: {' and '.join(blank)}. Nobody is told.")
    if spare:
        said.append(
            f"The spare column stands for every {' and every '.join(spare)} that the map does not know."
        )
    return " ".join(said)


def record_fields(row: Row) -> dict[str, str]:
    """The row as a record holds it: ``keys``, ``values`` and ``shape``."""
    return {
        "keys": _listed(each.column for each in row.hot),
        "values": _listed(f"{each.value:g}" for each in row.hot),
        "shape": _listed([row.width]),
    }


def _listed(things) -> str:
    return f"[{', '.join(str(thing) for thing in things)}]"
