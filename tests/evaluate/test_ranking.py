"""List metrics against loops that spell out the definitions, and against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.evaluate import (
    auc,
    coverage,
    hit_rate_at_k,
    ndcg_at_k,
    novelty,
    precision_at_k,
    recall_at_k,
)

TRUTH = pd.DataFrame(
    [("Alice", "a", 5.0), ("Alice", "b", 3.0), ("Bob", "c", 4.0), ("Cleo", "a", 2.0)],
    columns=["user", "item", "rating"],
)
LISTS = pd.DataFrame(
    [("Alice", 1, "x"), ("Alice", 2, "b"), ("Alice", 3, "a"), ("Bob", 1, "c"), ("Dora", 1, "a")],
    columns=["user", "rank", "item"],
)  # Cleo has no list, Dora no truth


def test_worked_by_hand() -> None:
    assert precision_at_k(TRUTH, LISTS, 2) == pytest.approx((1 / 2 + 1 / 2 + 0) / 3)
    assert recall_at_k(TRUTH, LISTS, 2) == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert recall_at_k(TRUTH, LISTS, 3) == pytest.approx((1 + 1 + 0) / 3)
    assert hit_rate_at_k(TRUTH, LISTS, 1) == pytest.approx(1 / 3)
    assert hit_rate_at_k(TRUTH, LISTS, 2) == pytest.approx(2 / 3)
    third, second = 1 / math.log2(4), 1 / math.log2(3)
    assert ndcg_at_k(TRUTH, LISTS, 3) == pytest.approx(((second + third) / (1 + second) + 1 + 0) / 3)
    graded = (7 * second + 31 * third) / (31 + 7 * second)
    assert ndcg_at_k(TRUTH, LISTS, 3, graded=True) == pytest.approx((graded + 1 + 0) / 3)


def test_the_textbook_ndcg() -> None:
    """Gains 3 2 3 0 1 2 in this order: DCG and ideal DCG summed by hand, term by term."""
    grades = dict(zip("abcdef", [3, 2, 3, 0.5, 1, 2], strict=True))
    truth = pd.DataFrame({"user": 1, "item": list(grades), "rating": list(grades.values())})
    lists = truth.assign(rank=range(1, 7))
    dcg = 7 + 3 * 0.6309298 + 7 * 0.5 + 0.4142136 * 0.4306766 + 1 * 0.3868528 + 3 * 0.3562072
    ideal = 7 + 7 * 0.6309298 + 3 * 0.5 + 3 * 0.4306766 + 1 * 0.3868528 + 0.4142136 * 0.3562072
    assert ndcg_at_k(truth, lists, 6, graded=True) == pytest.approx(dcg / ideal, abs=1e-6)


def one_user(liked: dict, shown: list, k: int) -> tuple[float, float, float, float, float]:
    """Precision, recall, hit, binary NDCG and graded NDCG of one user, by loops."""
    hits = [item for item in shown[:k] if item in liked]
    dcg = {"binary": 0.0, "graded": 0.0}
    best = dict(dcg)
    for place, item in enumerate(shown[:k], start=1):
        if item in liked:
            dcg["binary"] += 1 / math.log2(place + 1)
            dcg["graded"] += (2 ** liked[item] - 1) / math.log2(place + 1)
    for place, grade in enumerate(sorted(liked.values(), reverse=True)[:k], start=1):
        best["binary"] += 1 / math.log2(place + 1)
        best["graded"] += (2**grade - 1) / math.log2(place + 1)
    ndcg = [dcg[kind] / best[kind] for kind in best]
    return len(hits) / k, len(hits) / len(liked), float(bool(hits)), *ndcg


@given(
    st.dictionaries(
        st.integers(1, 9),
        st.tuples(
            st.dictionaries(st.integers(0, 12), st.sampled_from([0.5, 1, 2.5, 4, 5]), min_size=1),
            st.lists(st.integers(0, 12), unique=True),
        ),
        min_size=1,
    ),
    st.integers(1, 15),
    st.randoms(),
)
def test_every_metric_is_the_mean_of_the_loops(people, k, random) -> None:
    truth = [(u, i, r) for u, (liked, _) in people.items() for i, r in liked.items()]
    lists = [(u, place, i) for u, (_, shown) in people.items() for place, i in enumerate(shown, start=1)]
    random.shuffle(truth)
    random.shuffle(lists)
    truth = pd.DataFrame(truth, columns=["user", "item", "rating"])
    lists = pd.DataFrame(lists, columns=["user", "rank", "item"], dtype=np.int64)
    expected = np.mean([one_user(liked, shown, k) for liked, shown in people.values()], axis=0)
    found = [metric(truth, lists, k) for metric in (precision_at_k, recall_at_k, hit_rate_at_k, ndcg_at_k)]
    np.testing.assert_allclose([*found, ndcg_at_k(truth, lists, k, graded=True)], expected, atol=1e-12)


def test_what_makes_no_sense_is_refused() -> None:
    for metric in (precision_at_k, recall_at_k, hit_rate_at_k, ndcg_at_k):
        with pytest.raises(ValueError, match="at least one place"):
            metric(TRUTH, LISTS, 0)
        with pytest.raises(ValueError, match="at least one film"):
            metric(TRUTH.iloc[:0], LISTS)
        with pytest.raises(ValueError, match="1 of them repeated"):
            metric(pd.concat([TRUTH, TRUTH[:1]]), LISTS)
        with pytest.raises(ValueError, match="stand once"):
            metric(TRUTH, pd.concat([LISTS, LISTS[:1]]))
        with pytest.raises(ValueError, match="count from 1"):
            metric(TRUTH, LISTS.assign(rank=LISTS["rank"] - 1))
    with pytest.raises(ValueError, match="above 0"):
        ndcg_at_k(TRUTH.assign(rating=0.0), LISTS, graded=True)


def test_coverage() -> None:
    assert coverage(LISTS, ["a", "b", "c", "x", "y", "z", "z"]) == pytest.approx(4 / 6)
    with pytest.raises(ValueError, match="outside the catalogue"):
        coverage(LISTS, ["a", "b", "c"])


def test_novelty_counts_bits() -> None:
    ratings = pd.DataFrame(
        [(1, "all"), (2, "all"), (3, "all"), (4, "all"), (1, "half"), (2, "half"), (2, "half"), (3, "one")],
        columns=["user", "item"],
    )
    lists = pd.DataFrame([(1, "all"), (1, "half"), (2, "one"), (3, "none")], columns=["user", "item"])
    assert novelty(lists, ratings) == pytest.approx(((0 + 1) / 2 + 2 + 2) / 3)
    with pytest.raises(ValueError, match="0 and 8 rows"):
        novelty(lists[:0], ratings)


rows = st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 3), st.sampled_from("ABC")), min_size=1)


@given(rows)
def test_auc_counts_the_pairs_in_right_order(rows) -> None:
    y, score, users = map(list, zip(*rows, strict=True))

    def loop(part) -> float | None:
        pairs = [(s > t) + 0.5 * (s == t) for a, s, _ in part if a for b, t, _ in part if not b]
        return sum(pairs) / len(pairs) if pairs else None

    own = [loop([row for row in rows if row[2] == user]) for user in "ABC"]
    for found, expected in ((lambda: auc(y, score), [loop(rows)]), (lambda: auc(y, score, users), own)):
        expected = [value for value in expected if value is not None]
        if expected:
            assert found() == pytest.approx(sum(expected) / len(expected))
        else:
            with pytest.raises(ValueError, match="nobody has both labels"):
                found()


def test_auc_by_hand() -> None:
    assert auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) == 0.75  # 3 of 4 pairs in right order
    # Each user is ordered perfectly, but one gives low scores and the other high ones.
    assert auc([0, 1, 0, 1], [1, 2, 3, 4]) == 0.75
    assert auc([0, 1, 0, 1], [1, 2, 3, 4], users=["A", "A", "B", "B"]) == 1
    with pytest.raises(ValueError, match="one user per row"):
        auc([0, 1], [1, 2], users=["A"])
