"""The k-NN trick: inner products of users and films rank as the model does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from course_utils import artifact
from course_utils.datasets import movielens
from course_utils.encode import BLOCKS, FeatureMap
from course_utils.fm.model import FMParameters
from course_utils.knn_container.index import Index
from course_utils.knn_container.model import Model
from course_utils.recommend import (
    item_vectors,
    neighbours_needed,
    top_n,
    top_n_from_neighbours,
    user_vectors,
)


def ask(items, users, k):
    """What an endpoint of k-NN answers."""
    model = Model(Index(items.X, "INNER_PRODUCT"), items.labels, k, "classifier")
    found = model.predict(sparse.csr_array(users.X))
    return [
        {"predicted_label": 0.0, "distances": distances, "labels": labels}
        for distances, labels in zip(found.distances.tolist(), found.labels.tolist(), strict=True)
    ]


def same_lists(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """The same films in the same order, and scores that differ by one number for each user."""
    pd.testing.assert_frame_equal(found.drop(columns="score"), expected.drop(columns="score"))
    difference = (expected["score"] - found["score"]).groupby(expected["user"])
    assert (difference.max() - difference.min()).max() < 2e-6 * expected["score"].abs().max() + 1e-6


@pytest.mark.parametrize("blocks", [("user", "item"), ("item", "genre", "time", "user"), BLOCKS])
@pytest.mark.parametrize("exclude_seen", [True, False])
def test_lists_are_those_of_the_model(data, blocks, exclude_seen):
    feature_map = FeatureMap.fit(data.ratings, blocks, items=data.items)
    rng = np.random.default_rng(1)
    d = feature_map.feature_dim
    params = FMParameters(
        3.5, rng.normal(0, 0.3, d).astype(np.float32), rng.normal(0, 0.3, (d, 6)).astype(np.float32)
    )
    items, users = item_vectors(params, feature_map), user_vectors(params, feature_map, None, data)
    assert items.X.dtype == users.X.dtype == np.float32
    assert items.X.shape[1] == users.X.shape[1] == 7
    k = neighbours_needed(users, items, data, 8) if exclude_seen else 8
    found = top_n_from_neighbours(ask(items, users, k), users, items, data, 8, exclude_seen)
    same_lists(found, top_n(params, feature_map, None, data, 8, exclude_seen))


def test_the_planted_model(data, truth, true_params):
    items, users = (
        item_vectors(true_params, truth.feature_map),
        user_vectors(true_params, truth.feature_map, None, data),
    )
    k = neighbours_needed(users, items, data, 10)
    assert k == 10 + data.ratings.groupby("user").size().max()
    found = top_n_from_neighbours(ask(items, users, k), users, items, data)
    same_lists(found, top_n(true_params, truth.feature_map, None, data))


def test_a_model_of_users_and_films_is_what_the_blog_post_makes_of_it(params, feature_map, data):
    """Rows as AWS's notebook cuts them out of V and w."""
    users = len(feature_map.ids("user"))
    np.testing.assert_array_equal(
        item_vectors(params, feature_map).X, np.column_stack([params.V[users:], params.w[users:]])
    )
    np.testing.assert_array_equal(
        user_vectors(params, feature_map, None, data).X,
        np.column_stack([params.V[:users], np.ones(users, np.float32)]),
    )


def test_a_real_job(golden_dir, movielens_dir):
    """The artefact of an AWS job on ml-100k, whose columns are 943 users and 1682 films."""
    data = movielens.load("ml-100k", allow_sample=False)
    feature_map = FeatureMap.fit(data.ratings)
    params = artifact.load(golden_dir / "fm-regressor-ml-100k-u1" / "model.tar.gz").params
    items, users = item_vectors(params, feature_map), user_vectors(params, feature_map, None, data)
    assert (items.X.shape, users.X.shape) == ((1682, 65), (943, 65))
    k = neighbours_needed(users, items, data)
    assert k == 10 + data.ratings.groupby("user").size().max()
    found = top_n_from_neighbours(ask(items, users, k), users, items, data)
    same_lists(found, top_n(params, feature_map, None, data))


def test_some_users_and_some_films(params, feature_map, data):
    chosen = feature_map.ids("item")[5:60]
    items, users = (
        item_vectors(params, feature_map, items=chosen),
        user_vectors(params, feature_map, [5, 3], data),
    )
    assert (list(items.ids), list(users.ids)) == (sorted(chosen), [5, 3])
    k = neighbours_needed(users, items, data, 4)
    found = top_n_from_neighbours(ask(items, users, k), users, items, data, 4)
    same_lists(found, top_n(params, feature_map, [5, 3], data, 4, items=chosen))


def test_who_has_seen_nearly_all_gets_a_short_list(params, feature_map, data):
    user = data.ratings["user"].iloc[0]
    seen = data.ratings.loc[data.ratings["user"] == user, "item"].tolist()
    chosen = [*seen, next(id for id in feature_map.ids("item") if id not in seen)]
    items, users = (
        item_vectors(params, feature_map, items=chosen),
        user_vectors(params, feature_map, [user], data),
    )
    k = neighbours_needed(users, items, data)
    assert k == len(chosen)
    assert top_n_from_neighbours(ask(items, users, k), users, items, data)["item"].tolist() == chosen[-1:]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda answers: answers[:-1], "2 answers for 3 users"),
        (lambda answers: [{"predicted_label": 1.0}] * 3, "no 'labels'. Ask with Accept .*verbose=true"),
        (lambda answers: [{**each, "labels": [1.5] * 12} for each in answers], "trained on others"),
        (lambda answers: [{**each, "labels": [9999] * 12} for each in answers], "trained on others"),
        (lambda answers: answers, r"Of the 12 neighbours of user \d+ only \d+ are new.*Train k-NN with k="),
    ],
)
def test_answers_that_make_no_lists(params, feature_map, data, spoil, message):
    items = item_vectors(params, feature_map)
    users = user_vectors(params, feature_map, feature_map.ids("user")[:3], data)
    with pytest.raises(ValueError, match=message):
        top_n_from_neighbours(spoil(ask(items, users, 12)), users, items, data, 12)
