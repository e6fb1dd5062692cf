"""What holds for every factorization machine and every table, on tables that nobody would think of."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import sparse

from course_utils.fm import FMParameters, als, gibbs, lesson, sgd
from course_utils.fm.average import average

quick = settings(max_examples=60, derandomize=True, deadline=None)
few = settings(max_examples=25, derandomize=True, deadline=None)

HALF_STEP = np.finfo(np.float32).eps / 2  # a float32 is at most so far from what it stands for, relatively


def arrays(shape, size: float):
    """Float32 arrays of numbers up to ``size``: drawn one by one, or by a generator with zeros between."""

    def random(seed: int, share: float) -> np.ndarray:
        rng = np.random.default_rng(seed)
        return (rng.uniform(-size, size, shape) * (rng.random(shape) < share)).astype(np.float32)

    one_by_one = st.floats(-size, size, width=32, allow_subnormal=False)
    return npst.arrays(np.float32, shape, elements=one_by_one) | st.builds(
        random, st.integers(0, 999), st.sampled_from([0.3, 0.7, 1.0])
    )


def csr(draw, X: np.ndarray) -> sparse.csr_array:
    """The same table as CSR with columns in any order and, here and there, explicit zeros."""
    stored = (X != 0) | draw(npst.arrays(bool, X.shape))
    order = draw(st.permutations(range(X.shape[1])))
    columns = [[j for j in order if row[j]] for row in stored]
    indptr = np.cumsum([0, *map(len, columns)])
    indices = np.array([j for row in columns for j in row], np.int32)
    data = np.array([X[i, j] for i, row in enumerate(columns) for j in row], np.float32)
    return sparse.csr_array((data, indices, indptr), shape=X.shape)


@st.composite
def models(draw, d: int | None = None, k: int | None = None, size: float = 100) -> FMParameters:
    d = draw(st.integers(0, 9)) if d is None else d
    k = draw(st.integers(0, 3)) if k is None else k
    return FMParameters(draw(arrays((), size)), draw(arrays(d, size)), draw(arrays((d, k), size)))


@st.composite
def models_and_rows(draw, size: float = 100) -> tuple[FMParameters, np.ndarray]:
    params = draw(models(size=size))
    return params, draw(arrays((draw(st.integers(0, 5)), params.feature_dim), size))


def by_definition(params: FMParameters, X: np.ndarray) -> np.ndarray:
    """ŷ = w0 + Σ w_i x_i + Σ_{i<j} <v_i, v_j> x_i x_j, term by term in float64."""
    w, V, X = params.w.astype(float), params.V.astype(float), X.astype(float)
    pairs = list(combinations(range(X.shape[1]), 2))
    return np.array([params.w0 + w @ x + sum((V[i] @ V[j]) * x[i] * x[j] for i, j in pairs) for x in X])


def unsigned_terms(params: FMParameters, X: np.ndarray) -> np.ndarray:
    """What a score is summed from, without signs and before squares cancel."""
    w, V, x = (np.abs(array).astype(float) for array in (params.w, params.V, X))
    return abs(params.w0) + x @ w + ((x @ V) ** 2).sum(axis=1)


def tolerance(params: FMParameters, X: np.ndarray) -> np.ndarray:
    """How far two ways to sum a score may lie apart.

    The result is rounded to float32 once. Before that every step is float64, and all their errors together
    are less than 100 of its steps, measured on the terms without their signs.
    """
    terms = unsigned_terms(params, X)
    least = float(np.finfo(np.float32).smallest_subnormal)
    return HALF_STEP * np.abs(by_definition(params, X)) * 1.001 + 100 * np.finfo(float).eps * terms + least


# ---- prediction ----


@settings(quick, max_examples=150)
@given(data=st.data(), drawn=models_and_rows(size=1e4))
def test_the_score_is_the_definition(data, drawn) -> None:
    params, X = drawn
    expected, allowed = by_definition(params, X), tolerance(params, X)
    for form in (X, csr(data.draw, X), sparse.csc_array(X)):
        score = params.score(form)
        assert score.shape == (len(X),)
        assert (np.abs(score - expected) <= allowed).all()


@quick
@given(models_and_rows())
def test_the_terms_of_an_explanation_add_up(drawn) -> None:
    params, X = drawn
    for x, score, allowed in zip(X, params.score(X), tolerance(params, X), strict=True):
        terms = params.explain(x)
        assert abs(terms["value"].sum() - score) <= 2 * allowed
        hot = np.count_nonzero(x)
        assert len(terms) == 1 + hot + hot * (hot - 1) // 2


@quick
@given(data=st.data(), drawn=models_and_rows())
def test_a_row_scores_alike_in_any_company(data, drawn) -> None:
    params, X = drawn
    assume(len(X))
    chosen = data.draw(st.lists(st.integers(0, len(X) - 1), max_size=8))
    np.testing.assert_array_equal(params.score(X[chosen]), params.score(X)[chosen])


@quick
@given(data=st.data(), drawn=models_and_rows())
def test_columns_and_factors_have_no_order(data, drawn) -> None:
    params, X = drawn
    columns = data.draw(st.permutations(range(params.feature_dim)))
    factors = data.draw(st.permutations(range(params.num_factors)))
    signs = data.draw(npst.arrays(np.float32, params.num_factors, elements=st.sampled_from([-1, 1])))
    other = FMParameters(params.w0, params.w[columns], (signs * params.V)[columns][:, factors])
    assert (np.abs(other.score(X[:, columns]) - params.score(X)) <= 2 * tolerance(params, X)).all()


@quick
@given(data=st.data(), drawn=models_and_rows())
def test_columns_that_are_zero_do_not_count(data, drawn) -> None:
    params, X = drawn
    more = data.draw(models(k=params.num_factors))
    wider = FMParameters(params.w0, np.r_[params.w, more.w], np.r_[params.V, more.V])
    X_wider = np.hstack([X, np.zeros((len(X), more.feature_dim), np.float32)])
    np.testing.assert_array_equal(wider.score(X_wider), params.score(X))


@quick
@given(data=st.data(), drawn=models_and_rows())
def test_the_unit_of_a_column_does_not_matter(data, drawn) -> None:
    """Minutes or hours: x_j times c, w_j and v_j divided by c. Powers of 2 leave every digit as it is."""
    params, X = drawn
    exponents = data.draw(npst.arrays(np.int32, params.feature_dim, elements=st.integers(-9, 9)))
    unit = np.ldexp(np.float32(1), exponents)
    other = FMParameters(params.w0, params.w / unit, params.V / unit[:, None])
    assume(not any((np.abs(a[a != 0]) < 1e-30).any() for a in (X, params.w, params.V)))  # nothing underflows
    np.testing.assert_array_equal(other.score(X * unit), params.score(X))


@quick
@given(models_and_rows())
def test_a_probability_rises_with_its_score(drawn) -> None:
    params, X = drawn
    chance = FMParameters(params.w0, params.w, params.V, "binary_classifier").predict(X)
    assert ((chance >= 0) & (chance <= 1)).all()
    assert (np.diff(chance[np.argsort(params.score(X), kind="stable")]) >= 0).all()


@quick
@given(models_and_rows(size=float(np.finfo(np.float32).max)))
def test_a_score_is_never_nan(drawn) -> None:
    params, X = drawn
    with np.errstate(all="raise", under="ignore"):
        score = params.score(X)
    assert not np.isnan(score).any()


@quick
@given(data=st.data(), d=st.integers(0, 5), draws=st.integers(1, 4))
def test_the_average_of_models_scores_as_they_do_on_average(data, d, draws) -> None:
    models_drawn = [data.draw(models(d)) for _ in range(draws)]
    X = data.draw(arrays((3, d), 100))
    mean = average(models_drawn)
    expected = np.mean([by_definition(params, X) for params in models_drawn], axis=0)
    terms = np.mean([unsigned_terms(params, X) for params in models_drawn], axis=0)
    np.testing.assert_array_less(np.abs(mean.score(X) - expected), 1e-6 * (1 + terms))  # w and V are float32


# ---- learning ----


@st.composite
def examples(draw, size: float = 4) -> tuple[sparse.csr_array, np.ndarray]:
    n, d = draw(st.integers(1, 8)), draw(st.integers(0, 5))
    return csr(draw, draw(arrays((n, d), size))), draw(arrays(n, 5))


penalties = st.floats(0.0625, 64)


@quick
@given(examples(), penalties, penalties, st.integers(0, 3), st.integers(0, 9))
def test_als_never_makes_its_objective_larger(drawn, lambda_w, lambda_V, k, seed) -> None:
    X, y = drawn
    config = als.ALSConfig(k, 12, lambda_w=lambda_w, lambda_V=lambda_V, init_sigma=0.5)
    result = als.fit(X, y, config, seed=seed)
    values = np.array([epoch.metrics["objective"] for epoch in result.history])
    rounding = 1e-9 + 1e-5 * (values[:-1] + np.square(y, dtype=float).sum())
    assert (np.diff(values) <= rounding).all()

    end = result.params
    errors = y - by_definition(end, X.toarray())
    objective = (errors**2).sum()
    objective += (
        lambda_w * np.square(end.w, dtype=float).sum() + lambda_V * np.square(end.V, dtype=float).sum()
    )
    assert objective == pytest.approx(values[-1], rel=1e-4, abs=1e-4)


@quick
@given(examples(), st.floats(1, 64), st.floats(1, 64))
def test_als_without_factors_is_ridge_regression(drawn, lambda_w0, lambda_w) -> None:
    X, y = drawn
    config = als.ALSConfig(0, 500, lambda_w0=lambda_w0, lambda_w=lambda_w)
    params = als.fit(X, y, config).params
    penalty = np.sqrt([lambda_w0] + [lambda_w] * X.shape[1])
    A = np.vstack([np.column_stack([np.ones(len(y)), X.toarray()]), np.diag(penalty)])
    b = np.r_[y, np.zeros(len(penalty))]
    best = np.linalg.lstsq(A, b)[0]
    reached = np.r_[params.w0, params.w]
    assert np.square(A @ reached - b).sum() <= np.square(A @ best - b).sum() + 1e-5 * (1 + np.square(b).sum())


FITS = {
    "als": lambda X, y, seed: als.fit(X, y, als.ALSConfig(2, 4), seed=seed).params,
    "gibbs": lambda X, y, seed: gibbs.fit(X, y, gibbs.GibbsConfig(2, 3, 1), seed=seed).params,
    "sgd": lambda X, y, seed: sgd.fit(X, y, sgd.SGDConfig(2, epochs=3), seed=seed).params,
    "lesson": lambda X, y, seed: lesson.sgd(X, y, k=2, epochs=3, lr=0.1, seed=seed).params,
}


@pytest.mark.parametrize("name", FITS)
@few
@given(examples(size=1), st.integers(0, 9))
def test_where_the_scale_of_ratings_begins_does_not_matter(name, drawn, seed) -> None:
    """From 1 to 5 or from 5 to 9: w0 takes the difference, and nothing else changes."""
    X, y = drawn
    assume(np.ptp(y) > 0.1)
    one, other = FITS[name](X, y, seed), FITS[name](X, y + np.float32(4), seed)
    assert other.w0 - one.w0 == pytest.approx(4, abs=2e-3)
    np.testing.assert_allclose(other.w, one.w, atol=2e-3)
    np.testing.assert_allclose(np.abs(other.V), np.abs(one.V), atol=2e-3)


@few
@given(examples(size=50), st.sampled_from(["regressor", "binary_classifier", "ordinal"]), st.integers(0, 9))
def test_gibbs_predicts_nothing_that_was_never_seen(drawn, predictor_type, seed) -> None:
    X, y = drawn
    if predictor_type != "regressor":
        y = np.round(y).clip(0, 1 if predictor_type == "binary_classifier" else 5)
    config = gibbs.GibbsConfig(2, 5, 1, predictor_type=predictor_type)
    prediction = gibbs.fit(X, y, config, predict_X=X, seed=seed).test_prediction
    low, high = (0, 1) if predictor_type == "binary_classifier" else (y.min(), y.max())
    assert ((prediction >= low - 1e-6) & (prediction <= high + 1e-6)).all()
