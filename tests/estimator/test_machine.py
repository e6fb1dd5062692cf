"""The estimator against the solvers called by hand, scikit-learn's protocol, and its saved form."""

from __future__ import annotations

import doctest
import inspect
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils import artifact
from course_utils.datasets import rendle
from course_utils.encode import FeatureMap, sides
from course_utils.estimator import FactorizationMachine, machine
from course_utils.fm import adam, als, gibbs, sgd

SOLVERS = {
    "gibbs": (gibbs.fit, gibbs.GibbsConfig, "iterations", {"burn_in": 2}),
    "als": (als.fit, als.ALSConfig, "epochs", {"lambda_V": 3.0}),
    "adam": (adam.fit, adam.AdamConfig, "epochs", {"factors_lr": 0.01, "mini_batch_size": 50}),
    "sgd": (sgd.fit, sgd.SGDConfig, "epochs", {"lambda_V": 0.1}),
}
GENRES = [("Drama",), ("War", "Drama"), ()]


def ratings_table(n: int, seed: int) -> pd.DataFrame:
    """Ratings with something to learn in them; ids are numbers."""
    rng = np.random.default_rng(seed)
    user, item = rng.integers(1, 20, n), rng.integers(100, 115, n)
    stars = 3 + np.sin(user) + np.cos(item) + np.sin(user * item) + rng.normal(0, 0.3, n)
    rating = stars.round().clip(1, 5)
    return pd.DataFrame(
        {"user": user, "item": item, "rating": rating, "timestamp": rng.integers(0, 10**7, n)}
    )


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return ratings_table(600, 0)


@pytest.fixture(scope="module")
def other() -> pd.DataFrame:
    """Other rows, with users and films that training does not know."""
    rows = ratings_table(60, 1)
    rows.loc[:2, "user"], rows.loc[2:4, "item"] = 999, 888
    return rows


@pytest.fixture(scope="module")
def items() -> pd.DataFrame:
    films = pd.RangeIndex(100, 115, name="item")
    return pd.DataFrame({"genres": [GENRES[film % 3] for film in films]}, index=films)


def assert_same(params, expected) -> None:
    """Equal up to w0, which the estimator rounds as the artefact does."""
    np.testing.assert_array_equal(params.w, expected.w)
    np.testing.assert_array_equal(params.V, expected.V)
    assert params.w0 == np.float32(expected.w0)
    assert params.task == expected.task


# --- the solvers, called by hand


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_solver_gets_its_settings(solver, table, other) -> None:
    fit, config, epochs, options = SOLVERS[solver]
    feature_map = FeatureMap.fit(table)
    X, y = feature_map.transform(table), table["rating"]
    expected = fit(X, y, config(num_factors=3, **{epochs: 4}, **options), seed=5)
    fitted = FactorizationMachine(solver, 3, epochs=4, solver_options=options, random_state=5).fit(X, y)
    assert_same(fitted.params_, expected.params)
    assert [epoch.metrics for epoch in fitted.history_] == [epoch.metrics for epoch in expected.history]
    assert fitted.n_features_in_ == X.shape[1]
    assert fitted.feature_map_ is None
    assert fitted.hyperparameters_ == {"solver": solver, **vars(config(3, **{epochs: 4}, **options))}
    rows = feature_map.transform(other)
    np.testing.assert_array_equal(fitted.predict(rows), fitted.params_.predict(rows))


def test_without_settings_the_solvers_own_apply(table) -> None:
    assert len(FactorizationMachine("als").fit(table).history_) == als.ALSConfig().epochs
    assert FactorizationMachine("als").fit(table).params_.num_factors == als.ALSConfig().num_factors


@pytest.mark.parametrize("solver", ["als", "sgd"])
def test_a_table_is_encoded_by_its_own_map(solver, table, other, items) -> None:
    blocks = ("item", "user", "genre", "time", "day", "other_items", "last_item")
    feature_map = FeatureMap.fit(table, blocks, items=items)
    make = FactorizationMachine(solver, 2, epochs=2, blocks=blocks, random_state=1)
    by_hand = make.fit(feature_map.transform(table), table["rating"]).params_
    fitted = make.fit(table, items=items)
    assert_same(fitted.params_, by_hand)
    assert fitted.feature_map_.column_names == feature_map.column_names
    expected = by_hand.predict(feature_map.transform(other))
    np.testing.assert_array_equal(fitted.predict(other), expected)
    np.testing.assert_array_equal(fitted.predict(other.assign(rating=np.nan)), expected)
    np.testing.assert_array_equal(fitted.predict(other.drop(columns="rating")), expected)
    np.testing.assert_array_equal(fitted.predict(feature_map.transform(other)), expected)


def test_labels_of_a_table_may_come_from_elsewhere(table) -> None:
    make = FactorizationMachine("als", 2, epochs=2, random_state=1)
    expected = make.fit(table.assign(rating=6 - table["rating"])).params_
    assert_same(make.fit(table.drop(columns="rating"), 6 - table["rating"]).params_, expected)


def test_gibbs_gives_each_block_a_prior_of_its_own(table, items) -> None:
    blocks = ("user", "item", "genre")
    feature_map = FeatureMap.fit(table, blocks, items=items)
    groups = [number for number, block in enumerate(blocks) for _ in feature_map.columns_of(block)]
    config = gibbs.GibbsConfig(num_factors=2, iterations=12)
    expected = gibbs.fit(feature_map.transform(table), table["rating"], config, groups=groups, seed=1)
    fitted = FactorizationMachine("gibbs", 2, epochs=12, blocks=blocks, random_state=1).fit(
        table, items=items
    )
    assert_same(fitted.params_, expected.params)


@pytest.mark.parametrize("solver", ["als", "gibbs"])
def test_sides_are_made_from_the_table(solver, table, items) -> None:
    fit, config, epochs, options = SOLVERS[solver]
    feature_map = FeatureMap.fit(table)
    made = [
        sides.genres(feature_map, items),
        sides.seen_items(feature_map, table),
        sides.seen_by(feature_map, table),
    ]
    X, y = feature_map.transform(table), table["rating"]
    expected = fit(X, y, config(num_factors=2, **{epochs: 5}, **options), sides=made, seed=1)
    make = FactorizationMachine(solver, 2, epochs=5, solver_options=options, random_state=1)
    plain = make.fit(table).params_
    fitted = make.set_params(sides=("genre", "seen_items", "seen_by")).fit(table, items=items)
    assert_same(fitted.params_, expected.params)
    assert (plain.V != fitted.params_.V).any()


def test_a_gibbs_model_is_an_average_of_draws(table, other) -> None:
    feature_map = FeatureMap.fit(table)
    config = gibbs.GibbsConfig(num_factors=2, iterations=20, keep=4)
    expected = gibbs.fit(
        feature_map.transform(table),
        table["rating"],
        config,
        predict_X=feature_map.transform(other),
        groups=np.repeat([0, 1], [len(feature_map.columns_of(block)) for block in ("user", "item")]),
        seed=1,
    )
    make = FactorizationMachine("gibbs", 2, epochs=20, solver_options={"keep": 4}, random_state=1)
    fitted = make.fit(table, predict_X=other)
    assert_same(fitted.params_, expected.params)
    assert 2 < fitted.params_.num_factors <= 8
    np.testing.assert_array_equal(fitted.test_prediction_, expected.test_prediction)
    assert not hasattr(make.fit(table), "test_prediction_")


@pytest.mark.parametrize("held_out", ["table", "rows"])
def test_validation_picks_the_epoch(held_out, table, other) -> None:
    feature_map = FeatureMap.fit(table)
    rows = feature_map.transform(other), other["rating"]
    options = {"lambda_V": 0.0, "lambda_w": 0.0}
    make = FactorizationMachine("als", 6, epochs=6, solver_options=options, random_state=1)
    fitted = make.fit(table, validation=other if held_out == "table" else rows)
    errors = [epoch.metrics["validation_rmse"] for epoch in fitted.history_]
    assert min(errors) < errors[-1]
    assert np.sqrt(np.mean((rows[1] - fitted.predict(other)) ** 2)) == pytest.approx(min(errors), rel=1e-5)


@pytest.mark.parametrize("solver", ["gibbs", "adam", "sgd"])
def test_a_classifier_predicts_classes_and_probabilities(solver, table, other) -> None:
    liked = table.assign(rating=(table["rating"] >= 4).astype(int))
    fitted = FactorizationMachine(solver, 2, task="binary_classifier", epochs=15, random_state=1).fit(liked)
    probability = fitted.predict_proba(other)
    np.testing.assert_allclose(probability.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(
        probability[:, 1], fitted.params_.predict(fitted.feature_map_.transform(other))
    )
    assert fitted.classes_.tolist() == [0, 1]
    np.testing.assert_array_equal(fitted.predict(other), fitted.classes_[probability.argmax(axis=1)])
    assert fitted.score(liked) == np.mean(fitted.predict(liked) == liked["rating"])


def test_ordinal_ratings(table, other) -> None:
    feature_map = FeatureMap.fit(table)
    config = gibbs.GibbsConfig(num_factors=2, iterations=30, predictor_type="ordinal")
    expected = gibbs.fit(feature_map.transform(table), table["rating"], config, seed=1)
    fitted = FactorizationMachine("gibbs", 2, task="ordinal", epochs=30, random_state=1).fit(
        feature_map.transform(table), table["rating"]
    )
    rows = feature_map.transform(other)
    np.testing.assert_allclose(fitted.predict(rows), expected.predict(rows), rtol=1e-6)
    assert fitted.classes_.tolist() == [1, 2, 3, 4, 5]
    probability = fitted.predict_proba(rows)
    assert probability.shape == (60, 5)
    np.testing.assert_allclose(probability.sum(axis=1), 1)
    np.testing.assert_allclose(probability @ [1, 2, 3, 4, 5], fitted.predict(rows), rtol=1e-5)


def test_an_interrupted_fit_keeps_what_was_learned(table) -> None:
    def interrupt(epoch) -> None:
        if epoch.epoch == 1:
            raise KeyboardInterrupt

    make = FactorizationMachine("als", 2, epochs=50, random_state=1)
    assert len(make.fit(table, on_epoch=interrupt).history_) == 2
    stopped = make.fit(table, should_stop=lambda: len(seen) == 3, on_epoch=(seen := []).append)
    assert stopped.history_ == seen


# --- the figure that scikit-learn asks for


def test_score_is_the_explained_share_of_the_variance(table, other) -> None:
    from sklearn.metrics import r2_score

    fitted = FactorizationMachine("als", 3, epochs=10, random_state=1).fit(table)
    assert fitted.score(other) == pytest.approx(r2_score(other["rating"], fitted.predict(other)))
    X = fitted.feature_map_.transform(other)
    assert fitted.score(X, other["rating"]) == fitted.score(other)
    assert fitted.score(other.assign(rating=3.0)) == 0
    assert FactorizationMachine("als", 0).fit(np.ones((3, 1)), [2, 2, 2]).score(np.ones((2, 1)), [2, 2]) == 1


# --- parameters

VALUES = {
    "solver": st.sampled_from([*SOLVERS, "none"]),
    "num_factors": st.integers(),
    "task": st.text(),
    "epochs": st.none() | st.integers(),
    "blocks": st.lists(st.text()).map(tuple) | st.lists(st.text()),
    "sides": st.lists(st.text()).map(tuple),
    "solver_options": st.none() | st.dictionaries(st.text(), st.floats()),
    "random_state": st.none() | st.integers(),
}


@given(first=st.fixed_dictionaries({}, optional=VALUES), second=st.fixed_dictionaries({}, optional=VALUES))
def test_parameters_are_kept_exactly_as_given(first, second) -> None:
    """What ``sklearn.base.clone`` relies on: the very same objects, unread until ``fit``."""
    defaults = FactorizationMachine().get_params()
    assert defaults.keys() == VALUES.keys()
    made = FactorizationMachine(**first)
    expected = defaults | first
    assert all(made.get_params()[name] is expected[name] for name in expected)
    assert made.set_params(**second) is made
    expected |= second
    assert all(made.get_params(deep=False)[name] is expected[name] for name in expected)
    assert all(getattr(made, name) is expected[name] for name in expected)
    assert not [name for name in vars(made) if name.endswith("_")]


@given(name=st.text(), good=st.integers())
def test_an_unknown_parameter_changes_nothing(name, good) -> None:
    made = FactorizationMachine()
    if name in VALUES:
        return
    with pytest.raises(ValueError, match=r"no parameter .*; it has \['solver', 'num_factors'"):
        made.set_params(num_factors=good, **{name: 1})
    assert made.get_params() == FactorizationMachine().get_params()


@given(st.fixed_dictionaries({}, optional=VALUES))
def test_the_name_of_an_estimator_is_how_to_make_it(params) -> None:
    made = FactorizationMachine(**params)
    again = eval(repr(made), {"FactorizationMachine": FactorizationMachine, "nan": np.nan, "inf": np.inf})
    assert repr(again) == repr(made)


def test_setting_a_parameter_leaves_the_fitted_model_alone(table, other, tmp_path) -> None:
    fitted = FactorizationMachine("adam", 2, random_state=1).fit(table)
    before = fitted.predict(other)
    fitted.set_params(solver="als", num_factors=5)
    np.testing.assert_array_equal(fitted.predict(other), before)
    fitted.save(tmp_path)
    assert artifact.load(tmp_path / "model.tar.gz").hyperparameters["mini_batch_size"] == "1000"
    loaded = FactorizationMachine.load(tmp_path)
    np.testing.assert_array_equal(loaded.predict(other), before)
    assert loaded.get_params() == fitted.get_params()


def test_scikit_learn_can_use_it(table) -> None:
    """The course itself does without scikit-learn; only the tests need it."""
    from sklearn.base import clone, is_classifier, is_regressor
    from sklearn.model_selection import GridSearchCV, cross_val_score

    make = FactorizationMachine("als", 2, epochs=3, blocks=["user", "item"], random_state=1)
    assert clone(make.fit(table)).get_params() == make.get_params()
    assert not hasattr(clone(make), "params_")
    assert is_regressor(make)
    scores = cross_val_score(make, table, table["rating"], cv=3)
    third = np.arange(600) < 200
    assert scores[0] == make.fit(table[~third]).score(table[third])
    grid = GridSearchCV(make, {"solver_options": [{"lambda_V": 1e6}, {"lambda_V": 1.0}]}, cv=2)
    assert grid.fit(table, table["rating"]).best_params_["solver_options"] == {"lambda_V": 1.0}
    classifier = FactorizationMachine("sgd", 2, task="binary_classifier", random_state=1)
    assert is_classifier(classifier)
    liked = (table["rating"] >= 4).astype(int)
    assert (cross_val_score(classifier, table, liked, cv=2, scoring="roc_auc") > 0.6).all()


def test_the_example_in_the_docstring() -> None:
    assert doctest.testmod(machine).failed == 0


# --- refusals


@pytest.mark.parametrize(
    ("params", "given", "message"),
    [
        ({"solver": "newton"}, {}, r"solver must be one of \('gibbs', 'als', 'adam', 'sgd'\), got 'newton'"),
        ({"task": "ranker"}, {}, "task must be one of .*'ranker'"),
        ({"task": "binary_classifier"}, {}, "'als' fits task 'regressor' only"),
        ({"solver": "sgd", "task": "ordinal"}, {}, "predictor_type must be .*'ordinal'"),
        ({"num_factors": -1}, {}, "num_factors must be a whole number"),
        ({"solver_options": {"lambda": 1}}, {}, r"no option 'lambda'; it has \['init_sigma', 'lambda_V'"),
        ({"solver_options": {"epochs": 1}}, {}, r"'epochs' is no solver option here: give epochs=\.\.\."),
        ({"solver": "gibbs", "solver_options": {"iterations": 1}}, {}, r"'iterations' .*give epochs=\.\.\."),
        ({"solver": "sgd", "solver_options": {"predictor_type": "regressor"}}, {}, r"give task=\.\.\."),
        ({"solver_options": {"lambda_V": -1}}, {}, "lambda_V must be"),
        ({"solver_options": "lambda_V"}, {}, "solver_options must be a dict.*got 'lambda_V'"),
        ({"random_state": "one"}, {}, "random_state must be a whole number or None, got 'one'"),
        ({"sides": "genre"}, {}, "sides must be a sequence of some of .*got 'genre'"),
        ({"sides": ("director",)}, {}, "sides must be a sequence .*'director'"),
        ({"solver": "adam", "sides": ("genre",)}, {}, r"'adam' takes no sides; .*\['gibbs', 'als'\] do"),
        ({"solver": "adam"}, {"validation": "table"}, "'adam' takes no validation"),
        ({"solver": "als"}, {"predict_X": "table"}, r"'als' takes no predict_X; .*\['gibbs'\] do"),
        ({"sides": ("genre",)}, {}, "items=dataset.items"),
        ({"blocks": ("genre",)}, {}, "items=dataset.items"),
        ({"blocks": ("director",)}, {}, "blocks must name some of"),
    ],
)
def test_fit_refuses_and_keeps_the_earlier_model(table, params, given, message) -> None:
    make = FactorizationMachine("als", 2, epochs=1).fit(table)
    before = make.params_
    with pytest.raises(ValueError, match=message):
        make.set_params(**params).fit(table, **dict.fromkeys(given, table))
    assert make.params_ is before


def test_rows_and_tables_are_told_apart(table) -> None:
    make = FactorizationMachine("als", 1, epochs=1)
    X = np.eye(3, dtype=np.float32)
    with pytest.raises(ValueError, match=r"need labels beside them: \(X, y\)"):
        make.fit(X)
    with pytest.raises(ValueError, match="no column 'rating'"):
        make.fit(table.drop(columns="rating"))
    with pytest.raises(ValueError, match=r"made from a ratings table.*fm\.als\.fit\(X, y, sides"):
        FactorizationMachine("als", sides=("seen_by",)).fit(X, [1, 2, 3])
    for wrong in (X, (X,), [X, [1, 2, 3]]):
        with pytest.raises(ValueError, match=r"validation must be a ratings table or a tuple \(X, y\), got"):
            make.fit(X, [1, 2, 3], validation=wrong)
    make.fit(X, [1, 2, 3])
    with pytest.raises(ValueError, match="no FeatureMap for a table"):
        make.predict(table)
    with pytest.raises(ValueError, match="need labels"):
        make.score(X)
    with pytest.raises(ValueError, match="knows no probabilities"):
        make.predict_proba(X)


@pytest.mark.parametrize("use", ["predict", "predict_proba", "score", "save"])
def test_before_fit_there_is_nothing(use, table, tmp_path) -> None:
    with pytest.raises(ValueError, match=r"FactorizationMachine\(solver='als'\) has not been fitted"):
        getattr(FactorizationMachine("als"), use)(tmp_path / "x" if use == "save" else table)
    assert not list(tmp_path.iterdir())


# --- saving


def assert_loads_the_same(fitted: FactorizationMachine, folder, rows) -> FactorizationMachine:
    fitted.save(folder)
    loaded = FactorizationMachine.load(folder)
    assert_same(loaded.params_, fitted.params_)
    np.testing.assert_array_equal(loaded.predict(rows), fitted.predict(rows))
    assert loaded.get_params() == fitted.get_params()
    assert loaded.history_ == fitted.history_
    assert loaded.hyperparameters_ == fitted.hyperparameters_
    assert vars(loaded).keys() == vars(fitted).keys()
    return loaded


def test_a_regressor_with_everything(table, other, items, tmp_path) -> None:
    make = FactorizationMachine(
        "als",
        3,
        epochs=np.int64(2),
        blocks=("user", "item", "genre", "day"),
        sides=("genre", "seen_by"),
        solver_options={"lambda_V": np.float32(0.5)},
        random_state=1,
    )
    loaded = assert_loads_the_same(make.fit(table, items=items), tmp_path / "new" / "model", other)
    assert loaded.feature_map_.column_names == make.feature_map_.column_names
    files = {path.name for path in (tmp_path / "new" / "model").iterdir()}
    assert files == {"model.tar.gz", "feature_map.json", "estimator.json"}
    again = loaded.fit(table, items=items)  # a loaded machine can be fitted like any other
    assert_same(again.params_, make.params_)


def test_an_ordinal_model(table, other, tmp_path) -> None:
    fitted = FactorizationMachine("gibbs", 2, task="ordinal", epochs=15, random_state=1).fit(table)
    loaded = assert_loads_the_same(fitted, tmp_path, other)
    np.testing.assert_array_equal(loaded.predict_proba(other), fitted.predict_proba(other))
    np.testing.assert_array_equal(loaded.classes_, fitted.classes_)


def test_a_classifier_on_rows_of_numbers(tmp_path) -> None:
    X = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    fitted = FactorizationMachine("sgd", 2, task="binary_classifier", random_state=1).fit(X, X[:, 0] > 0)
    loaded = assert_loads_the_same(fitted, tmp_path, X)
    assert loaded.feature_map_ is None
    np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))


def test_the_model_is_an_artefact_that_sagemaker_could_have_written(table, tmp_path) -> None:
    FactorizationMachine(
        "adam", 3, epochs=2, solver_options={"factors_lr": 0.01, "clip_gradient": 2.0}, random_state=1
    ).fit(table).save(tmp_path)
    saved = artifact.load(tmp_path / "model.tar.gz").hyperparameters
    assert {name: saved[name] for name in ("num_factors", "epochs", "factors_lr", "clip_gradient")} == {
        "num_factors": "3",
        "epochs": "2",
        "factors_lr": "0.01",
        "clip_gradient": "2.0",
    }
    assert "solver" not in saved
    FactorizationMachine("gibbs", 3, epochs=14, random_state=1).fit(table).save(tmp_path)
    assert artifact.load(tmp_path / "model.tar.gz").hyperparameters["num_factors"] == "12"  # 4 draws of 3


def test_saving_again_leaves_no_file_of_the_earlier_model(table, tmp_path) -> None:
    make = FactorizationMachine("als", 2, epochs=1)
    make.fit(table).save(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    make.fit(np.eye(3, dtype=np.float32), [1, 2, 3]).save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"model.tar.gz", "estimator.json", "notes.txt"}
    assert FactorizationMachine.load(tmp_path).feature_map_ is None


@pytest.mark.parametrize("name", ["model.tar.gz", "feature_map.json"])
def test_files_of_two_models_do_not_mix(name, table, tmp_path) -> None:
    make = FactorizationMachine("als", 2, epochs=1)
    make.fit(table).save(tmp_path / "a")
    make.fit(table.assign(user=-table["user"])).save(tmp_path / "b")  # same shape, other columns
    shutil.copy(tmp_path / "b" / name, tmp_path / "a" / name)
    with pytest.raises(
        ValueError, match=rf"{name} in .*a is not the file that was saved with this estimator"
    ):
        FactorizationMachine.load(tmp_path / "a")
    (tmp_path / "a" / name).unlink()
    with pytest.raises(ValueError, match=f"{name} in .*a is missing.*copy all of them"):
        FactorizationMachine.load(tmp_path / "a")


def test_a_linear_model_has_no_artefact_and_harms_none(table, other, tmp_path) -> None:
    good = FactorizationMachine("als", 2, epochs=1).fit(table)
    good.save(tmp_path)
    with pytest.raises(ValueError, match="one factor"):
        FactorizationMachine("als", 0, epochs=1).fit(table).save(tmp_path)
    np.testing.assert_array_equal(FactorizationMachine.load(tmp_path).predict(other), good.predict(other))


def test_load_refuses_other_folders_and_other_versions(table, tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=r"estimator\.json"):
        FactorizationMachine.load(tmp_path)
    FactorizationMachine("als", 2, epochs=1).fit(table).save(tmp_path)
    about = tmp_path / "estimator.json"
    about.write_text(about.read_text().replace("estimator 1", "estimator 2"))
    with pytest.raises(ValueError, match="format 'fm-course estimator 2'; this course reads"):
        FactorizationMachine.load(tmp_path)


def test_a_loaded_model_predicts_without_compiled_code(table, tmp_path) -> None:
    """Compiled code takes a second to import, and only fitting needs it."""
    FactorizationMachine("als", 2, epochs=1).fit(rendle.load().ratings).save(tmp_path)
    code = f"""
        import sys
        import pandas as pd
        from course_utils.estimator import FactorizationMachine
        row = pd.DataFrame({{"user": ["Alice"], "item": ["Titanic"]}})
        print(FactorizationMachine.load({str(tmp_path)!r}).predict(row).shape, "numba" in sys.modules)
    """
    run = [sys.executable, "-c", inspect.cleandoc(code)]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "(1,) False\n"


def test_a_pickled_machine(table, other) -> None:
    fitted = FactorizationMachine("als", 2, epochs=1, blocks=("user", "item", "day")).fit(table)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict(other), fitted.predict(other))


def test_the_readme_example_runs(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setenv("COURSE_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("COURSE_DATA_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    example = readme.partition("```python\n")[2].partition("```")[0]
    assert "FactorizationMachine" in example
    exec(compile(example, "README.md", "exec"), {})
    assert FactorizationMachine.load("my-model").feature_map_ is not None
