"""What SageMaker's own algorithms let a tuning job do: their objectives and their tunable hyperparameters.

The tables are the developer guide's (Tune a Factorization Machines Model, Tune a k-NN Model). There the
ranges are called recommended; here they are limits. The guide's ``epoch`` is the hyperparameter ``epochs``,
and each initialisation setting depends on the method of its own group.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """An objective: whether it is to be maximised or minimised, and the ``predictor_type`` that emits it."""

    type: str
    predictor_type: str


@dataclass(frozen=True)
class Tunable:
    """A hyperparameter that may be tuned, from ``low`` to ``high``.

    ``kind`` is ``Integer`` or ``Continuous``. It may depend on another one: ``needs`` is that one's name, the
    value it must have, and its default.
    """

    kind: str
    low: float
    high: float
    needs: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class Algorithm:
    """Objectives and tunable hyperparameters, by name.

    All objectives are computed on the channel ``test``.
    """

    objectives: dict[str, Goal]
    tunable: dict[str, Tunable]


def _factorization_machines() -> Algorithm:
    tunable = {"epochs": Tunable("Integer", 1, 1000), "mini_batch_size": Tunable("Integer", 100, 10_000)}
    methods = {"scale": "uniform", "sigma": "normal", "value": "constant"}
    for group in ("bias", "linear", "factors"):
        tunable |= {f"{group}_{name}": Tunable("Continuous", 1e-8, 512) for name in ("lr", "wd")}
        for setting, method in methods.items():
            needs = (f"{group}_init_method", method, "normal")
            tunable[f"{group}_init_{setting}"] = Tunable("Continuous", 1e-8, 512, needs)
    return Algorithm(
        {
            "test:rmse": Goal("Minimize", "regressor"),
            "test:binary_classification_accuracy": Goal("Maximize", "binary_classifier"),
            "test:binary_classification_cross_entropy": Goal("Minimize", "binary_classifier"),
            "test:binary_f_beta": Goal("Maximize", "binary_classifier"),
        },
        tunable,
    )


ALGORITHMS = {
    "factorization-machines": _factorization_machines(),
    "knn": Algorithm(
        {"test:accuracy": Goal("Maximize", "classifier"), "test:mse": Goal("Minimize", "regressor")},
        {"k": Tunable("Integer", 1, 1024), "sample_size": Tunable("Integer", 256, 20_000_000)},
    ),
}
"""By the name of the image's repository. Any other image may tune whatever it likes."""
