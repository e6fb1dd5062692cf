"""One figure for everybody hides those who have just come: slice it."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from course_utils.encode.ids import id_values

COLD_WARM = ("warm", "cold user", "cold item", "cold both")


def cold_warm(train: pd.DataFrame, table: pd.DataFrame, min_ratings: int = 5) -> pd.Series:
    """What the training rows knew about each row's user and film.

    Parameters
    ----------
    train : DataFrame[user, item]
        Training rows.
    table : DataFrame[user, item]
        Rows to label, such as the test rows.
    min_ratings : int
        A user or film with fewer training rows is cold. 1: only complete strangers are.

    Returns
    -------
    Series of categories ``COLD_WARM``, with the table's index
    """
    if min_ratings < 1:
        raise ValueError(f"min_ratings must be at least 1, or nothing is ever cold; got {min_ratings}.")
    user, item = (
        pd.Series(id_values(train, key))
        .value_counts()
        .reindex(id_values(table, key), fill_value=0)
        .to_numpy()
        < min_ratings
        for key in ("user", "item")
    )
    labels = pd.Categorical.from_codes(user + 2 * item, COLD_WARM)
    return pd.Series(labels, index=table.index, name="slice")


def by_slice(metric: Callable[..., float], y, prediction, slices: pd.Series) -> pd.DataFrame:
    """A metric of (truth, prediction), such as ``rmse``, for each slice alone and for all rows.

    Parameters
    ----------
    metric : callable
    y, prediction : (n,)
    slices : (n,) Series of categories
        From :func:`cold_warm`, or any other labels.

    Returns
    -------
    DataFrame[rows, value]
        One row per slice that has rows, then one named "all".
    """
    rows = pd.DataFrame({"y": list(y), "prediction": list(prediction), "slice": pd.Series(slices).array})
    groups = [*rows.groupby("slice", observed=True), ("all", rows)]
    return pd.DataFrame(
        {
            "rows": [len(part) for _, part in groups],
            "value": [metric(part["y"], part["prediction"]) for _, part in groups],
        },
        index=pd.Index([name for name, _ in groups], name="slice"),
    )
