"""Which rows to learn from and which to be examined on."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from course_utils.encode.ids import column, id_values

_FULL_CIRCLE = 2.0**64


def split_by_hash(
    ratings: pd.DataFrame, test_share: float = 0.1, salt: str = ""
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train and test rows, drawn by a hash of (user, item).

    A pair's side depends on its two ids and the salt alone: not on row order, on the other rows, on a random
    generator, or on the version of any library. Figures stay the same everywhere.

    Parameters
    ----------
    ratings : DataFrame[user, item, …]
    test_share : float in (0, 1)
        Expected share of test rows; the actual one differs by chance.
    salt : str
        Another salt, another split.

    Returns
    -------
    train, test : DataFrame
        Together all rows, in the given order and with their index.
    """
    _check_share(test_share)
    user, item = (_hash_ids(id_values(ratings, name), salt) for name in ("user", "item"))
    # Mixing in between makes (1, 2) and (2, 1) differ.
    in_test = _mix(_mix(user) + item) < test_share * _FULL_CIRCLE
    return ratings[~in_test], ratings[in_test]


def split_by_time(ratings: pd.DataFrame, test_share: float = 0.1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train on the past, test on the future: one moment for all users divides the rows.

    Rows of one second stay together, so the test share is at most ``test_share`` and may fall short of it.

    Returns
    -------
    train, test : DataFrame
        Every test row is later than every training row; both in the given order and with their index.

    Raises
    ------
    ValueError
        If timestamps are missing, or so many are equal that one side would be empty.
    """
    _check_share(test_share)
    seconds = column(ratings, "timestamp").to_numpy(dtype=np.int64)
    if not len(seconds):
        raise ValueError("There is nothing to split: the table has no rows.")
    # The largest training timestamp: everything after it makes up at most test_share of the rows.
    last = np.sort(seconds)[max(int(np.ceil(len(seconds) * (1 - test_share))), 1) - 1]
    in_test = seconds > last
    if not in_test.any():
        raise ValueError(
            f"No row is later than the first {1 - test_share:.0%}: too few rows or too many equal timestamps."
        )
    return ratings[~in_test], ratings[in_test]


def _hash_ids(ids: np.ndarray, salt: str) -> np.ndarray:
    """64 well-mixed bits per id, (n,) uint64."""
    seed = _digest(salt)
    if ids.dtype == object:
        codes, names = pd.factorize(ids)
        return np.array([_digest(f"{salt}\0{name}") for name in names], dtype=np.uint64)[codes]
    return _mix(ids.astype(np.uint64) ^ np.uint64(seed))


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _mix(x: np.ndarray) -> np.ndarray:
    """The splitmix64 finaliser (Steele, Lea and Flood 2014): a bijection whose every bit looks random."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _check_share(test_share: float) -> None:
    if not 0 < test_share < 1:
        raise ValueError(f"test_share must lie between 0 and 1, such as 0.1; got {test_share!r}.")
