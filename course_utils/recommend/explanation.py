"""Why this film? The terms of one score."""

from __future__ import annotations

import pandas as pd

from course_utils.datasets import Dataset
from course_utils.encode import FeatureMap
from course_utils.fm.model import FMParameters
from course_utils.recommend.lists import just_after


def explain_score(
    params: FMParameters, feature_map: FeatureMap, user, item, dataset: Dataset
) -> pd.DataFrame:
    """Every term of the score that :func:`~course_utils.recommend.top_n` gives a pair, films by their titles.

    Parameters
    ----------
    params, feature_map
        The model and the map it was trained with.
    user, item : id
    dataset : Dataset
        Gives the titles, and the moment: just after its last rating.

    Returns
    -------
    DataFrame[term, kind, value]
        As :meth:`FMParameters.explain` returns it: the values add up to the score (for a classifier, to the
        log-odds).
    """
    names = feature_map.column_names
    for block in {"item", "other_items", "last_item"} & set(feature_map.blocks):
        for place, id in zip(feature_map.columns_of(block), feature_map.ids(block), strict=False):
            if id in dataset.items.index:
                names[place] = f"{block}={dataset.items.at[id, 'title']}"
    row = pd.DataFrame({"user": [user], "item": [item], "timestamp": just_after(dataset)})
    return params.explain(feature_map.transform(row), names)
