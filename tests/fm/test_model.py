"""The one prediction routine, against the definition and against a model that SageMaker trained."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix, random_array

from course_utils import artifact, recordio
from course_utils.fm import FMParameters, model, sigmoid


def by_definition(params: FMParameters, X: np.ndarray) -> np.ndarray:
    """ŷ = w0 + Σ w_i x_i + Σ_{i<j} <v_i, v_j> x_i x_j, one term after the other, in float64."""
    w, V = params.w.astype(float), params.V.astype(float)
    return np.array(
        [
            params.w0
            + sum(w[i] * x[i] for i in range(len(x)))
            + sum((V[i] @ V[j]) * x[i] * x[j] for i, j in combinations(range(len(x)), 2))
            for x in X
        ]
    )


@pytest.fixture
def params() -> FMParameters:
    rng = np.random.default_rng(7)
    return FMParameters(
        3.5, rng.normal(size=9).astype(np.float32), rng.normal(size=(9, 4)).astype(np.float32)
    )


@pytest.fixture
def X() -> np.ndarray:
    X = random_array((25, 9), density=0.4, rng=np.random.default_rng(1)).toarray().astype(np.float32)
    X[3] = 0
    return X


def test_scores_follow_the_definition(params, X) -> None:
    np.testing.assert_allclose(params.score(X), by_definition(params, X), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("form", [csr_array, csr_matrix, np.asarray, lambda X: csr_array(X.astype(float))])
def test_dense_and_sparse_rows_score_alike(params, X, form) -> None:
    scores = params.score(form(X))
    assert scores.dtype == np.float32
    assert scores.shape == (25,)
    np.testing.assert_array_equal(scores, params.score(X))


def test_long_tables_are_scored_in_blocks(params, X, monkeypatch) -> None:
    rows = 3 * X  # scored nowhere else: freed memory could hold the scores of rows that were
    whole = params.score(rows)
    monkeypatch.setattr(model, "_BLOCK_ROWS", 4)
    np.testing.assert_array_equal(params.score(rows), whole)


def test_a_column_named_twice_counts_once(params) -> None:
    """A CSR row may store x_2 = 3 as 1 + 2; squaring the parts would give 5 and not 9."""
    twice = csr_array((np.float32([1, 2, 1]), np.int32([2, 2, 5]), np.int32([0, 3])), shape=(1, 9))
    once = np.zeros((1, 9), np.float32)
    once[0, [2, 5]] = 3, 1
    np.testing.assert_allclose(params.score(twice), params.score(once))
    assert params.explain(twice).equals(params.explain(once))
    assert twice.data.tolist() == [1, 2, 1], "the caller's rows stay as they were"


def test_no_digits_are_lost_where_the_squares_cancel() -> None:
    """A single hot column has no pair, so its factors must leave no trace in the score."""
    V = np.random.default_rng(0).normal(0, 1000, (3, 64)).astype(np.float32)
    params = FMParameters(1.0, np.zeros(3, np.float32), V)
    np.testing.assert_allclose(params.score(0.1 * np.eye(3)), 1, atol=1e-6)


def test_without_factors_the_model_is_linear(X) -> None:
    w = np.arange(9, dtype=np.float32)
    linear = FMParameters(1.0, w, np.zeros((9, 0), np.float32))
    assert (linear.feature_dim, linear.num_factors) == (9, 0)
    np.testing.assert_allclose(linear.score(X), 1 + X @ w, rtol=1e-5)
    assert linear.explain(X[0])["value"].sum() == pytest.approx(linear.score(X[:1])[0], abs=1e-5)


def test_a_classifier_predicts_probabilities(params, X) -> None:
    classifier = FMParameters(params.w0, params.w, params.V, "binary_classifier")
    np.testing.assert_array_equal(params.predict(X), params.score(X))
    np.testing.assert_allclose(classifier.predict(X), 1 / (1 + np.exp(-by_definition(params, X))), rtol=1e-5)


def test_sigmoid_survives_both_ends() -> None:
    np.testing.assert_allclose(sigmoid(np.float32([-1e4, 0, 1e4])), [0, 0.5, 1])


def test_the_terms_of_an_explanation_add_up_to_the_score(params, X) -> None:
    names = [f"c{i}" for i in range(9)]
    for row in range(len(X)):
        terms = params.explain(csr_array(X[[row]]), names)
        assert terms["value"].sum() == pytest.approx(params.score(X[[row]])[0], abs=1e-5)
        hot = np.count_nonzero(X[row])
        assert terms["kind"].value_counts().to_dict() == {
            kind: count
            for kind, count in (("bias", 1), ("linear", hot), ("pair", hot * (hot - 1) // 2))
            if count
        }


def test_an_explanation_names_its_terms() -> None:
    params = FMParameters(3.0, np.float32([0.5, -1, 9]), np.float32([[1, 0], [2, 5], [9, 9]]))
    terms = params.explain([1, 1, 0], ["Alice", "Star Trek", "Bob"])
    assert terms.to_dict("list") == {
        "term": ["w0", "Alice", "Star Trek", "Alice × Star Trek"],
        "kind": ["bias", "linear", "linear", "pair"],
        "value": [3.0, 0.5, -1.0, 2.0],
    }
    assert params.explain([1, 1, 0])["term"].tolist() == ["w0", "x[0]", "x[1]", "x[0] × x[1]"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"w": [0.0, 0.0]}, "w must be a NumPy array of shape"),
        ({"w": np.zeros((2, 1), np.float32)}, r"shape \(d,\), got shape \(2, 1\)"),
        ({"V": np.zeros(2, np.float32)}, r"shape \(d, k\), got shape \(2,\)"),
        ({"w": np.zeros(2)}, "must be float32.*got float64.*astype"),
        ({"V": np.zeros((3, 1), np.float32)}, "w has 2 entries and V has 3 rows"),
        ({"w": np.float32([0, np.nan])}, "w holds NaN or infinity.*smaller learning rate"),
        ({"V": np.float32([[np.inf], [0]])}, "V holds NaN or infinity"),
        ({"w0": float("nan")}, "w0 holds NaN"),
        ({"w0": 1e39}, "w0 holds NaN or infinity"),  # as float32, in which it is stored
        ({"task": "regression"}, "task must be one of .*got 'regression'"),
    ],
)
def test_parameters_that_cannot_be_a_model_are_refused(change, message) -> None:
    good = {"w0": 0.0, "w": np.zeros(2, np.float32), "V": np.zeros((2, 1), np.float32)}
    with pytest.raises(ValueError, match=message):
        FMParameters(**good | change)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.zeros((2, 5)), "X has 5 columns, but the model has feature_dim 9.*FeatureMap"),
        (np.zeros(9), r"shape \(9,\).*np.newaxis"),
        (np.array([["a"] * 9]), "X must hold real numbers.*one-hot"),
        (np.where(np.arange(18).reshape(2, 9) == 12, np.nan, 1), "X holds nan in row 1, column 3"),
        (csr_array(np.full((1, 9), np.inf)), "X holds inf in row 0, column 0"),
    ],
)
def test_rows_that_the_model_cannot_read_are_refused(params, rows, message) -> None:
    with pytest.raises(ValueError, match=message):
        params.predict(rows)


@pytest.mark.parametrize("shape", [(0, 9), (3, 0), (0, 0), (1, 1)])
def test_empty_tables_and_models_score(shape) -> None:
    n, d = shape
    params = FMParameters(2.0, np.zeros(d, np.float32), np.zeros((d, 2), np.float32))
    assert params.score(np.ones(shape)).tolist() == [2.0] * n
    assert params.predict(csr_array(shape)).tolist() == [2.0] * n
    assert params.explain(np.zeros(d))["value"].tolist() == [2.0]


def test_scores_beyond_float32_are_infinite() -> None:
    """The same number for everybody who asks: no warning, no NaN, and a certain answer of a classifier."""
    w, V = np.float32([3e38, -3e38, 0]), np.float32([[3e38], [0], [3e38]])
    params = FMParameters(0.0, w, V)
    X = 10 * np.eye(3, dtype=np.float32) + np.eye(3, k=2, dtype=np.float32)
    with np.errstate(all="raise"):
        assert params.predict(X).tolist() == [np.inf, -np.inf, 0]
        classifier = FMParameters(0.0, w, V, "binary_classifier")
        assert classifier.predict(X).tolist() == [1, 0, 0.5]


def test_an_explanation_is_of_one_row(params, X) -> None:
    with pytest.raises(ValueError, match="one row, got 2"):
        params.explain(X[:2])
    with pytest.raises(ValueError, match="names has 2 entries"):
        params.explain(X[0], ["a", "b"])


def test_a_real_model_predicts_as_it_did_on_sagemaker(golden_dir) -> None:
    """SageMaker trained this model, scored these rows and logged the RMSE."""
    job = golden_dir / "fm-regressor-ml-100k-u1"
    params = artifact.load(job / "model.tar.gz").params
    with (job / "test.protobuf").open("rb") as stream:
        X, y = recordio.read(stream)
    rmse = np.sqrt(np.mean((params.score(X).astype(float) - y) ** 2))
    assert rmse == pytest.approx(1.0002629925, abs=5e-7)
    np.testing.assert_allclose(params.score(X[:20]), by_definition_sparse(params, X[:20]), atol=1e-6)


def by_definition_sparse(params: FMParameters, X: csr_array) -> list[float]:
    """The definition again, over the non-zeros of rows too wide for the dense one."""
    scores = []
    for row in range(X.shape[0]):
        hot = [(int(i), float(x)) for i, x in zip(X[[row]].indices, X[[row]].data, strict=True)]
        score = params.w0 + sum(float(params.w[i]) * x for i, x in hot)
        for (i, xi), (j, xj) in combinations(hot, 2):
            score += float(params.V[i].astype(float) @ params.V[j].astype(float)) * xi * xj
        scores.append(score)
    return scores


def test_a_few_rows_of_a_wide_model_score_as_all_its_rows_do() -> None:
    rng = np.random.default_rng(3)
    d = 5_000
    params = FMParameters(
        0.5, rng.normal(size=d).astype(np.float32), rng.normal(size=(d, 4)).astype(np.float32)
    )
    X = random_array((4_000, d), density=0.001, rng=rng, dtype=np.float32, format="csr")
    assert X.nnz > d  # scored with the whole model, and below with its occurring columns only
    np.testing.assert_allclose(params.score(X[:7]), params.score(X)[:7], rtol=1e-6, atol=1e-6)
    assert params.score(X[:0]).shape == (0,)
