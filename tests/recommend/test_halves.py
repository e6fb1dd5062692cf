"""The identity by which all pairs are scored, against the model's own score of every row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from course_utils.encode import BLOCKS, FeatureMap
from course_utils.fm.model import FMParameters
from course_utils.recommend.halves import item_half, pair_scores, user_half


def every_pair(users, items) -> pd.DataFrame:
    return pd.DataFrame({"user": np.repeat(users, len(items)), "item": np.tile(items, len(users))})


@pytest.mark.parametrize(
    "blocks", [("user", "item"), ("item", "time", "user", "genre"), BLOCKS, ("user",), ("genre", "last_item")]
)
@pytest.mark.parametrize("unknown", ["zero", "column", "error"])
def test_halves_add_up_to_the_score(data, blocks, unknown) -> None:
    feature_map = FeatureMap.fit(data.ratings, blocks, items=data.items, unknown=unknown)
    rng = np.random.default_rng(1)
    d = feature_map.feature_dim
    params = FMParameters(
        -1.5, rng.normal(size=d).astype(np.float32), rng.normal(size=(d, 5)).astype(np.float32)
    )
    users, items = data.ratings["user"].unique()[:7], data.ratings["item"].unique()[:40]
    now = int(data.ratings["timestamp"].median())
    expected = params.score(feature_map.transform(every_pair(users, items).assign(timestamp=now)))
    people, films = user_half(params, feature_map, users, now), item_half(params, feature_map, items)
    found = pair_scores(params.w0, people[np.repeat(range(7), 40)], films[np.tile(range(40), 7)])
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-5)


def test_the_k_nn_identity_ranks_as_the_model_does(params, feature_map, data) -> None:
    """user · item = <v_u, v_i> + w_i: users as (v_u, 1), items as (v_i, w_i), as AWS puts them into k-NN."""
    users, items = (feature_map.columns_of(block) for block in ("user", "item"))
    V, w = params.V.astype(float), params.w.astype(float)
    knn_items = np.column_stack([V[items.start : items.stop], w[items.start : items.stop]])
    for user in feature_map.ids("user")[::60]:
        knn_user = np.append(V[feature_map.column("user", user)], 1)
        rows = feature_map.transform(every_pair([user], feature_map.ids("item")))
        scores, products = params.score(rows), knn_items @ knn_user
        np.testing.assert_array_equal(
            np.argsort(-products[np.argsort(-scores, kind="stable")]), range(len(items))
        )
        # What is left out is the same for all films of the user.
        assert np.ptp(scores - products) < 1e-5
    assert users.stop == items.start
