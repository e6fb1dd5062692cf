"""Films that the model takes for alike, whatever their titles say."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from course_utils.encode import FeatureMap
from course_utils.fm.model import FMParameters
from course_utils.recommend.halves import item_half
from course_utils.recommend.lists import check_length


def similar_items(
    params: FMParameters, feature_map: FeatureMap, item, n: int = 10, *, items: Iterable | None = None
) -> pd.DataFrame:
    """The n films whose factors point most nearly in the same direction.

    Compares V'x_I by their cosine: the film's own factors plus, where the map has a genre block, those of its
    genres. Biases do not count, so a liked and a disliked film can be alike.

    Parameters
    ----------
    params, feature_map
        The model and the map it was trained with.
    item : id
    n : int
    items : iterable of ids, optional
        Choose among these; by default among the films of the map's item block.

    Returns
    -------
    DataFrame[rank, item, similarity]
        ``similarity`` from -1 to 1; 0 for a film without factors. Equal ones are ordered by id.

    Raises
    ------
    ValueError
        If the model knows nothing about ``item``.
    """
    check_length(n)
    others = pd.Index(list(feature_map.ids("item") if items is None else items), name="item").unique()
    others = others[others != item].sort_values()
    own = item_half(params, feature_map, [item]).factors[0]
    if not own.any():
        raise ValueError(
            f"The model has no factors for film {item!r}: it was not among the training rows (or k is 0), so "
            "it is like no other. Ids are the data set's own; see feature_map.ids('item')."
        )
    factors = item_half(params, feature_map, others).factors
    length = np.linalg.norm(factors, axis=1) * np.linalg.norm(own)
    cosine = np.divide(factors @ own, length, out=np.zeros(len(others)), where=length > 0)
    best = np.argsort(-cosine, kind="stable")[:n]
    return pd.DataFrame(
        {"rank": np.arange(1, len(best) + 1), "item": others[best], "similarity": cosine[best]}
    )
