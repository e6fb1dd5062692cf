"""The baselines against a dense solve, and on the golden split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from course_utils.datasets import rendle
from course_utils.evaluate import Biases, GlobalMean, rmse


@pytest.fixture
def toy() -> pd.DataFrame:
    return rendle.load().ratings


def test_global_mean(toy) -> None:
    assert GlobalMean().fit(toy).predict(toy).tolist() == [24 / 7] * 7


@pytest.mark.parametrize("alpha", [0.1, 2.0, 30.0])
def test_biases_solve_the_ridge_equations(toy, alpha) -> None:
    users, items = (pd.get_dummies(toy[side]).astype(float) for side in ("user", "item"))
    X = np.hstack([users, items])
    y = toy["rating"].to_numpy() - toy["rating"].mean()
    # Ridge as ordinary least squares with sqrt(alpha) times the identity added below.
    below = np.sqrt(alpha) * np.eye(X.shape[1])
    expected = np.linalg.lstsq(np.vstack([X, below]), np.append(y, np.zeros(len(below))), rcond=None)[0]
    fitted = Biases(alpha).fit(toy)
    np.testing.assert_allclose(fitted.bias, expected, atol=1e-10)
    np.testing.assert_allclose(fitted.predict(toy), toy["rating"].mean() + X @ expected, atol=1e-10)


def test_strangers_get_the_mean_and_half_strangers_one_bias(toy) -> None:
    model = Biases().fit(toy)
    table = pd.DataFrame({"user": ["Dora", "Alice"], "item": ["Jaws", "Jaws"]})
    assert model.predict(table).tolist() == [
        pytest.approx(24 / 7),
        pytest.approx(24 / 7 + model.bias[model.feature_map.column("user", "Alice")]),
    ]


def test_a_user_bias_never_reorders_the_users_list(toy) -> None:
    pairs = pd.DataFrame(
        [(u, i) for u in toy.user.unique() for i in toy.item.unique()], columns=["user", "item"]
    )
    orders = pairs.assign(p=Biases().fit(toy).predict(pairs)).groupby("user")["p"].apply(np.argsort)
    assert len({tuple(order) for _, order in orders.groupby(level=0)}) == 1


@pytest.mark.parametrize("model", [GlobalMean(), Biases()])
def test_bad_tables_are_refused(model, toy) -> None:
    with pytest.raises(ValueError, match="'rating'"):
        model.fit(toy.drop(columns="rating"))
    with pytest.raises(ValueError, match="0 rows"):
        model.fit(toy.iloc[:0])
    with pytest.raises(ValueError, match="NaN"):
        model.fit(toy.assign(rating=np.nan))


def test_alpha_must_be_positive() -> None:
    with pytest.raises(ValueError, match="alpha must be positive"):
        Biases(0)


def read_svm(path: Path) -> pd.DataFrame:
    """Rows such as ``2.5 426:1 943:1``: a rating, the user's column and the film's."""
    fields = [line.replace(":1", "").split() for line in path.read_text().splitlines()]
    table = pd.DataFrame(fields, columns=["rating", "user", "item"])
    return table.astype({"rating": float, "user": int, "item": int})


def test_on_the_golden_split(golden_dir) -> None:
    """The figures that an independent ridge solve gave on the rows of a real SageMaker job."""
    folder = golden_dir / "fm-regressor-ml-latest-small"
    train, test = (read_svm(folder / f"user_movie_{part}.svm") for part in ("train", "test"))
    assert (len(train), len(test)) == (70_585, 30_251)
    assert rmse(test["rating"], GlobalMean().fit(train).predict(test)) == pytest.approx(1.0450, abs=5e-5)
    assert rmse(test["rating"], Biases(alpha=2).fit(train).predict(test)) == pytest.approx(0.8670, abs=1e-4)
