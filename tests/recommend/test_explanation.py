"""An explanation adds up to the score in the list."""

from __future__ import annotations

import pytest

from course_utils.recommend import explain_score, top_n


def test_terms_add_up_and_bear_titles(data, truth, true_params) -> None:
    user = data.ratings["user"].iloc[0]
    best = top_n(true_params, truth.feature_map, [user], data, n=1).iloc[0]
    terms = explain_score(true_params, truth.feature_map, user, best["item"], data)
    assert terms["value"].sum() == pytest.approx(best["score"], abs=1e-5)
    assert f"item={best['title']}" in terms["term"].tolist()
    assert f"user={user} × item={best['title']}" in terms["term"].tolist()
    genres = len(data.items.at[best["item"], "genres"])
    assert (terms["kind"] == "linear").sum() == 3 + genres  # user, film, time and the genres
