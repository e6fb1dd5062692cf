"""A factorization machine with scikit-learn's manners, for ratings tables as well as for feature rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import numpy as np
import pandas as pd

from course_utils import artifact
from course_utils.encode import FeatureMap, sides
from course_utils.encode.ids import column
from course_utils.estimator import bundle
from course_utils.evaluate.metrics import accuracy
from course_utils.fm.model import Epoch, FMParameters, sigmoid
from course_utils.fm.probit import probabilities

Solver = Literal["gibbs", "als", "adam", "sgd"]
Task = Literal["regressor", "binary_classifier", "ordinal"]

MODEL, MAP, ABOUT = "model.tar.gz", "feature_map.json", "estimator.json"
_FORMAT = "fm-course estimator 1"


class _Names(NamedTuple):
    """What differs between the solvers in name only."""

    config: str
    epochs: str


_SOLVERS = {
    "gibbs": _Names("GibbsConfig", "iterations"),
    "als": _Names("ALSConfig", "epochs"),
    "adam": _Names("AdamConfig", "epochs"),
    "sgd": _Names("SGDConfig", "epochs"),
}
_SIDES = {
    "seen_items": lambda feature_map, ratings, items: sides.seen_items(feature_map, ratings),
    "seen_by": lambda feature_map, ratings, items: sides.seen_by(feature_map, ratings),
    "genre": lambda feature_map, ratings, items: sides.genres(feature_map, items),
}


class FactorizationMachine:
    """A factorization machine, fitted by the solver of your choice.

    Follows scikit-learn's conventions without needing it: ``clone``, ``cross_val_score`` and ``GridSearchCV``
    work. Nothing is checked before :meth:`fit`.

    Parameters
    ----------
    solver : "gibbs", "als", "adam" or "sgd"
        :mod:`~course_utils.fm.gibbs` predicts best and needs no tuning; :mod:`~course_utils.fm.als` is the
        quickest to a good model; :mod:`~course_utils.fm.adam` is what SageMaker runs, its defaults included
        (one epoch!), and uses rows in the order given; :mod:`~course_utils.fm.sgd` is the lesson's.
    num_factors : int
        k, the factors of each column. A model of ``gibbs`` is an average of many draws, as one model of up to
        ``keep · k`` factors: ``params_.num_factors`` and the saved model are that much larger.
    task : "regressor", "binary_classifier" or "ordinal"
        "ordinal" takes ratings as ordered classes, and predicts ratings: ``gibbs`` only. ``als`` fits
        regressors only.
    epochs : int, optional
        Passes over the rows, which ``gibbs`` calls iterations; without it the solver's default.
    blocks : sequence of str
        For tables: the blocks of the :class:`~course_utils.encode.FeatureMap`, in column order.
    sides : sequence of "seen_items", "seen_by", "genre"
        For tables: side information on users and films, made by :mod:`course_utils.encode.sides` from the
        training rows. For solvers that take it: ``gibbs`` and ``als``.
    solver_options : dict, optional
        Any other settings of the solver's configuration, such as ``{"lambda_V": 10}`` for ``als``: see
        :class:`~course_utils.fm.als.ALSConfig`, and its like for each solver.
    random_state : int, optional
        The solver's seed: same seed, same rows, same model.

    Attributes
    ----------
    params_ : FMParameters
        The fitted model.
    feature_map_ : FeatureMap or None
        Which column stands for what; None when the model was fitted on X.
    history_ : list of Epoch
        One entry per finished epoch, with the solver's metrics.
    n_features_in_ : int
        d, the number of columns of X (for tables: of the encoded rows).
    classes_ : array
        What the columns of :meth:`predict_proba` stand for: 0 and 1, or the ratings that occur ("ordinal").
        Regressors have none.
    cutpoints_ : array
        "ordinal" only: between which scores each rating lies. ``params_`` alone, and so a deployed
        ``model.tar.gz``, ranks films as well, but its scores are not ratings.
    hyperparameters_ : dict
        The solver of this fit and its whole configuration, defaults included.
    test_prediction_ : (m,) array
        ``gibbs`` only, and only if :meth:`fit` was given ``predict_X``; not saved.

    Examples
    --------
    >>> from course_utils.datasets import sample
    >>> data = sample.load()
    >>> machine = FactorizationMachine("als", epochs=5, random_state=1).fit(data.ratings)
    >>> machine
    FactorizationMachine(solver='als', epochs=5, random_state=1)
    >>> machine.predict(data.ratings[["user", "item"]]).dtype
    dtype('float32')
    """

    def __init__(
        self,
        solver: Solver = "gibbs",
        num_factors: int = 8,
        *,
        task: Task = "regressor",
        epochs: int | None = None,
        blocks: Sequence[str] = ("user", "item"),
        sides: Sequence[str] = (),
        solver_options: Mapping | None = None,
        random_state: int | None = None,
    ) -> None:
        self.solver = solver
        self.num_factors = num_factors
        self.task = task
        self.epochs = epochs
        self.blocks = blocks
        self.sides = sides
        self.solver_options = solver_options
        self.random_state = random_state

    # --- parameters

    @classmethod
    def _defaults(cls) -> dict:
        return {name: given.default for name, given in signature(cls).parameters.items()}

    def get_params(self, deep: bool = True) -> dict:
        """The parameters by name, exactly as they were given; ``deep`` changes nothing here."""
        return {name: getattr(self, name) for name in self._defaults()}

    def set_params(self, **params) -> FactorizationMachine:
        """Change parameters by name. A fitted model stays as it is until the next :meth:`fit`.

        Raises
        ------
        ValueError
            For a name that is none of the parameters; then nothing is changed.
        """
        unknown = [name for name in params if name not in self._defaults()]
        if unknown:
            raise ValueError(
                f"FactorizationMachine has no parameter {unknown[0]!r}; it has {list(self._defaults())}. "
                "Settings of a solver go into solver_options."
            )
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        changed = [
            f"{name}={getattr(self, name)!r}"
            for name, default in self._defaults().items()
            if getattr(self, name) is not default and getattr(self, name) != default
        ]
        return f"FactorizationMachine({', '.join(changed)})"

    # --- fitting

    def fit(
        self,
        X,
        y=None,
        *,
        items: pd.DataFrame | None = None,
        validation: tuple | pd.DataFrame | None = None,
        predict_X=None,
        on_epoch: Callable[[Epoch], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> FactorizationMachine:
        """Learn from ratings. Ctrl-C ends the training early and keeps what was learned.

        Parameters
        ----------
        X : DataFrame[user, item, rating, …], or (n, d) CSR or dense
            A table is encoded by a FeatureMap of ``blocks``, which is fitted on it and kept. Feature columns
            in a DataFrame go in as ``table.to_numpy()``.
        y : (n,) array, optional
            Ratings, or classes 0 and 1; for a table by default its column ``rating``.
        items : DataFrame[genres] indexed by item, optional
            For the block and the side "genre".
        validation : table, or (X, y), optional
            Held-out rows, whose error is then part of ``history_``; ``als`` and ``sgd`` keep the epoch that
            is best on them.
        predict_X : table or (m, d) array, optional
            ``gibbs`` only: rows to predict while sampling. ``test_prediction_`` is the average over all
            draws after the burn-in, each limited to the range of the training ratings; :meth:`predict` uses
            ``params_``, without limits, and is a little worse.
        on_epoch, should_stop : callable, optional
            As for every solver: called with each finished epoch; asked whether to end.

        Returns
        -------
        FactorizationMachine
            This one.

        Raises
        ------
        ValueError
            For parameters, options or rows that the solver cannot use; an earlier fit is kept.
        """
        solve, config = self._solver()
        takes = signature(solve).parameters
        if isinstance(self.sides, str) or not set(self.sides) <= set(_SIDES):
            raise ValueError(f"sides must be a sequence of some of {tuple(_SIDES)}, got {self.sides!r}.")
        asked = {"sides": self.sides or None, "validation": validation, "predict_X": predict_X}
        for name, value in asked.items():
            if value is not None and name not in takes:
                raise ValueError(
                    f"Solver {self.solver!r} takes no {name}; of the others, {_solvers_taking(name)} do."
                )
        labels = _labels(X, y)
        feature_map, given = self._learn_columns(X, items, takes)
        if validation is not None:
            pair = (validation, None) if isinstance(validation, pd.DataFrame) else validation
            if not (isinstance(pair, tuple) and len(pair) == 2):
                raise ValueError(
                    f"validation must be a ratings table or a tuple (X, y), got {type(validation).__name__}."
                )
            given["validation"] = _encoded(pair[0], feature_map), _labels(*pair)
        if predict_X is not None:
            given["predict_X"] = _encoded(predict_X, feature_map)
        result = solve(
            _encoded(X, feature_map),
            labels,
            config,
            seed=self.random_state,
            on_epoch=on_epoch,
            should_stop=should_stop,
            **given,
        )
        self._keep(
            result.params,
            feature_map,
            result.history,
            {"solver": self.solver, **asdict(config)},
            getattr(result, "levels", None),
            getattr(result, "cutpoints", None),
        )
        if predict_X is not None:
            self.test_prediction_ = result.test_prediction
        return self

    def _solver(self) -> tuple[Callable, object]:
        """The solver's function, and its configuration from the parameters."""
        if self.solver not in _SOLVERS:
            raise ValueError(f"solver must be one of {tuple(_SOLVERS)}, got {self.solver!r}.")
        module, names = _module(self.solver), _SOLVERS[self.solver]
        config = getattr(module, names.config)
        known = {field.name for field in fields(config)}
        options = self._options(known, names.epochs)
        if not isinstance(self.random_state, int | np.integer | None):
            raise ValueError(f"random_state must be a whole number or None, got {self.random_state!r}.")
        if self.task not in get_args(Task):
            raise ValueError(f"task must be one of {get_args(Task)}, got {self.task!r}.")
        if "predictor_type" in known:
            options["predictor_type"] = self.task
        elif self.task != "regressor":
            raise ValueError(
                f"Solver {self.solver!r} fits task 'regressor' only, got {self.task!r}. Every other solver "
                "learns classes, and 'gibbs' ordinal ratings too."
            )
        if self.epochs is not None:
            options[names.epochs] = self.epochs
        return module.fit, config(num_factors=self.num_factors, **options)

    def _options(self, known: set[str], epochs: str) -> dict:
        """``solver_options``, checked against the names that the solver's configuration has."""
        if not isinstance(self.solver_options, Mapping | None):
            raise ValueError(
                f"solver_options must be a dict, such as {{'init_sigma': 0.1}}; got {self.solver_options!r}."
            )
        options = dict(self.solver_options or {})
        elsewhere = {"num_factors": "num_factors", "predictor_type": "task", epochs: "epochs"}
        for name in options:
            if name in elsewhere:
                raise ValueError(f"{name!r} is no solver option here: give {elsewhere[name]}=... instead.")
            if name not in known:
                free = sorted(known - set(elsewhere))
                raise ValueError(f"Solver {self.solver!r} has no option {name!r}; it has {free}.")
        return options

    def _learn_columns(
        self, X, items: pd.DataFrame | None, takes: Mapping
    ) -> tuple[FeatureMap | None, dict[str, object]]:
        """The map of a ratings table, and what its solver is told of the columns beside the rows."""
        if not isinstance(X, pd.DataFrame):
            if self.sides:
                raise ValueError(
                    "sides are made from a ratings table, and X is none. Give fit the table, or call the "
                    f"solver itself: course_utils.fm.{self.solver}.fit(X, y, sides=...)."
                )
            return None, {}
        feature_map, given = FeatureMap.fit(X, self.blocks, items=items), {}
        if "groups" in takes:
            widths = [len(feature_map.columns_of(block)) for block in feature_map.blocks]
            given["groups"] = np.repeat(np.arange(len(widths)), widths)
        if self.sides:
            given["sides"] = [_SIDES[name](feature_map, X, items) for name in self.sides]
        return feature_map, given

    def _keep(
        self,
        params: FMParameters,
        feature_map: FeatureMap | None,
        history: list[Epoch],
        hyperparameters: dict,
        levels: np.ndarray | None,
        cutpoints: np.ndarray | None,
    ) -> None:
        """Take the fitted attributes, and forget those of an earlier fit."""
        for name in [name for name in vars(self) if name.endswith("_")]:
            delattr(self, name)
        # As the artefact stores it: a saved and loaded model predicts the same to the last bit.
        self.params_ = replace(params, w0=float(np.float32(params.w0)))
        self.feature_map_, self.history_, self.hyperparameters_ = feature_map, history, hyperparameters
        self.n_features_in_ = params.feature_dim
        if params.task == "binary_classifier":
            self.classes_ = np.array([0, 1])
        if cutpoints is not None:
            self.classes_, self.cutpoints_ = levels, cutpoints

    # --- predicting

    def predict(self, X) -> np.ndarray:
        """The rating of each row, (n,) float32; of a classifier the class, (n,) int64 of 0 and 1.

        Parameters
        ----------
        X : table with the columns that the blocks need, or (n, d) CSR or dense
            The block of a user or film that training has not seen stays blank.
        """
        scores = self._scores(X)
        if self.params_.task == "binary_classifier":
            return (scores >= 0).astype(np.int64)
        if hasattr(self, "cutpoints_"):
            return (probabilities(scores, self.cutpoints_) @ self.classes_).astype(np.float32)
        return scores

    def predict_proba(self, X) -> np.ndarray:
        """The probability of each of ``classes_``, (n, classes); not for regressors."""
        scores = self._scores(X)
        if hasattr(self, "cutpoints_"):
            return probabilities(scores, self.cutpoints_)
        if self.params_.task == "regressor":
            raise ValueError(
                "A regressor knows no probabilities: use predict, or task='binary_classifier' or 'ordinal'."
            )
        return np.column_stack((sigmoid(-scores), sigmoid(scores)))

    def _scores(self, X) -> np.ndarray:
        """Raw ŷ, (n,) float32."""
        self._must_be_fitted()
        return self.params_.score(_encoded(X, self.feature_map_))

    def _must_be_fitted(self) -> None:
        if not hasattr(self, "params_"):
            raise ValueError(f"{self!r} has not been fitted: call fit(X, y) or fit(ratings) first.")

    def score(self, X, y=None) -> float:
        """How well the rows are predicted; more is better, as scikit-learn wants it.

        Of a regressor R², the share of the ratings' variance that is explained: 1 is perfect, 0 no better
        than the rows' own mean rating. Of a classifier the accuracy. For the course's usual figure call
        ``course_utils.evaluate.rmse(y, machine.predict(X))``.

        Parameters
        ----------
        X : table, or (n, d) CSR or dense
        y : (n,) array, optional
            For a table by default its column ``rating``.
        """
        y, prediction = np.asarray(_labels(X, y)), self.predict(X)
        return accuracy(y, prediction) if self.params_.task == "binary_classifier" else _r2(y, prediction)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "params_")

    def __sklearn_tags__(self):
        """What scikit-learn asks before it uses an estimator; nobody else calls this."""
        from sklearn.utils import ClassifierTags, InputTags, RegressorTags, Tags, TargetTags

        classifies = self.task == "binary_classifier"
        return Tags(
            estimator_type="classifier" if classifies else "regressor",
            target_tags=TargetTags(required=False),
            classifier_tags=ClassifierTags(multi_class=False) if classifies else None,
            regressor_tags=None if classifies else RegressorTags(),
            input_tags=InputTags(sparse=True),
        )

    # --- saving

    def save(self, folder: str | Path) -> None:
        """Save the fitted model, its FeatureMap and the parameters into one folder.

        ``model.tar.gz`` is a SageMaker artefact, ready to be deployed; ``feature_map.json`` and
        ``estimator.json`` are readable text. The latter holds the checksums of the others, so that a model
        never meets the map of another one. An earlier save in the folder stays good until the new one is
        complete.

        Raises
        ------
        ValueError
            If nothing is fitted, or the model has no artefact (k = 0 factors, or more than 1 GiB).
        """
        self._must_be_fitted()
        settings = {name: str(value) for name, value in self.hyperparameters_.items() if value is not None}
        # Of the solvers Adam alone has the settings that SageMaker knows.
        hyperparameters = settings if settings.pop("solver") == "adam" else {}
        writers = {MODEL: lambda path: artifact.save(path, self.params_, hyperparameters)}
        if self.feature_map_ is not None:
            writers[MAP] = self.feature_map_.save
        about = {
            "format": _FORMAT,
            "parameters": self.get_params(),
            "hyperparameters": self.hyperparameters_,
            "history": [asdict(epoch) for epoch in self.history_],
        }
        if hasattr(self, "cutpoints_"):
            about |= {"levels": self.classes_.tolist(), "cutpoints": self.cutpoints_.tolist()}
        bundle.save(Path(folder), ABOUT, about, writers)

    @classmethod
    def load(cls, folder: str | Path) -> FactorizationMachine:
        """Read what :meth:`save` wrote; predictions are the same to the last bit.

        Raises
        ------
        FileNotFoundError
            If the folder holds no ``estimator.json``.
        ValueError
            If files are missing, are damaged or come from different saves.
        """
        about, paths = bundle.load(Path(folder), ABOUT)
        if about.get("format") != _FORMAT:
            raise ValueError(
                f"{Path(folder) / ABOUT} has format {about.get('format')!r}; this course reads {_FORMAT!r}."
            )
        parameters = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in about["parameters"].items()
        }
        machine = cls(**parameters)
        machine._keep(
            artifact.load(paths[MODEL]).params,
            FeatureMap.load(paths[MAP]) if MAP in paths else None,
            [Epoch(**epoch) for epoch in about["history"]],
            about["hyperparameters"],
            *(np.array(about[name]) if name in about else None for name in ("levels", "cutpoints")),
        )
        return machine


def _module(solver: Solver):
    """Compiled code, which a loaded model can do without."""
    return import_module(f"course_utils.fm.{solver}")


def _solvers_taking(name: str) -> list[str]:
    return [solver for solver in _SOLVERS if name in signature(_module(solver).fit).parameters]


def _labels(X, y):
    """The labels as given, or else the ratings of a table."""
    if y is not None:
        return y
    if isinstance(X, pd.DataFrame):
        return column(X, "rating")
    raise ValueError("Feature rows X need labels beside them: (X, y). Only a ratings table brings its own.")


def _encoded(X, feature_map: FeatureMap | None):
    """Rows for the model: a table through its map, X as it is."""
    if not isinstance(X, pd.DataFrame):
        return X
    if feature_map is None:
        raise ValueError(
            "This model was fitted on feature rows X, so it has no FeatureMap for a table. Encode the table "
            "with the map that made X; feature columns go in as table.to_numpy()."
        )
    return feature_map.transform(X.drop(columns="rating", errors="ignore"))


def _r2(y: np.ndarray, prediction: np.ndarray) -> float:
    """1 - Σ (y - ŷ)² / Σ (y - mean y)². Where all y are equal: 1 if each is hit, else 0."""
    y = y.astype(np.float64)
    left, spread = float(np.square(y - prediction).sum()), float(np.square(y - y.mean()).sum())
    if spread == 0:
        return float(left == 0)
    return 1 - left / spread
