"""Lesson 09, Train and deploy a recommender on SageMaker: what it asks, and what it says to every answer."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.learn.expect import expect
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Prediction, Question


def _required(answer: dict[str, Any]) -> None:
    required, columns = answer["required"], answer["columns"]
    expect(
        isinstance(required, dict),
        f"`required` is a {type(required).__name__}. Write a dictionary: {{name: text, name: text, name: text}}.",
    )
    for name in ("feature_dim", "num_factors", "predictor_type"):
        expect(name in required, f"`{name}` is missing.")
        value = required[name]
        expect(
            isinstance(value, str), f"`{name}` is {value!r}: values travel as text, so write {str(value)!r}."
        )
    given = required["feature_dim"]
    expect(
        given.isdigit(),
        f"feature_dim is the text {given!r}, not a number as text. Leave the name outside the quotes.",
    )
    expect(given == str(columns), f"feature_dim is {given}; the rows have {columns} columns.")
    expect(
        required["num_factors"].isdigit() and int(required["num_factors"]) > 0,
        f"num_factors is {required['num_factors']!r}; it should be a whole number from 1 upwards.",
    )
    kind = required["predictor_type"]
    expect(kind == "regressor", f"predictor_type is {kind!r}; stars are numbers, so this is a 'regressor'.")


def _with(**changes: Any) -> dict[str, Any]:
    required = {"feature_dim": "100", "num_factors": "16", "predictor_type": "regressor", **changes}
    return {"required": required, "columns": 100}


def _small_difference(answer: dict[str, Any]) -> None:
    scores = [prediction["score"] for prediction in answer["answer"]["predictions"]]
    largest = max(abs(own - score) for own, score in zip(answer["own"], scores, strict=True))
    given = answer["difference"]
    expect(
        not isinstance(given, bool | np.bool_),
        "That is a yes or no. How far apart are they? Write the number.",
    )
    expect(
        not isinstance(given, str) and np.ndim(given) == 0,
        "Two differences, one for each row: take the larger.",
    )
    expect(given >= 0, "A largest difference is not negative: use abs before max.")
    expect(
        abs(given - largest) < 1e-6,
        f"You say {given:.1e}; the larger of the two differences is {largest:.1e}. Take abs first, then max.",
    )
    expect(largest < 1e-4, f"The two differ by {largest}: is `fm` the one that the endpoint serves?")


class _StandIn:
    """Something with a ``delete`` that writes down when it was called."""

    def __init__(self, name: str, deleted: list[str]) -> None:
        self._name, self._deleted = name, deleted

    def delete(self) -> None:
        self._deleted.append(self._name)


def _deleted_by(tear_down) -> list[str]:
    deleted: list[str] = []
    names = ("endpoint", "configuration", "model")
    tear_down(*(_StandIn(name, deleted) for name in names))
    return deleted


def _tear_down(answer) -> None:
    deleted = _deleted_by(answer)
    for name in ("endpoint", "configuration", "model"):
        expect(name in deleted, f"The {name} is still there.")
    expect(deleted[0] == "endpoint", f"You delete the {deleted[0]} first. Begin with what costs money.")
    expect(len(deleted) == 3, "Something is deleted twice; AWS answers that with an error.")


def _example_answer(difference: float) -> dict[str, Any]:
    return {
        "difference": difference,
        "own": [3.5, 4.0],
        "answer": {"predictions": [{"score": 3.5}, {"score": 4.00001}]},
    }


def _batch_rmse(answer: dict[str, float]) -> None:
    given, known = answer["batch_rmse"], answer["test_rmse"]
    expect(
        not isinstance(given, dict | list | tuple | str) and np.ndim(given) == 0,
        f"`batch_rmse` is a {type(given).__name__}. Write one number: rmse(y_test, scores).",
    )
    expect(
        abs(given - known) < 1e-5,
        f"You get {given:.4f}; the training job reported {known:.4f} for the same rows. "
        "Are the answers in the order of the rows, and are they the scores?",
    )


LESSON = Lesson(
    number=9,
    objectives={
        "O9.1": "choose the hyperparameters that matter",
        "O9.2": "hand data to a training job through S3 channels",
        "O9.3": "deploy a model and ask it in JSON and in RecordIO",
        "O9.4": "tear everything down and prove it",
        "O9.5": "let a tuning job choose, and judge its choice on rows that it never saw",
        "O9.6": "score a whole file by batch transform, and find the best films by nearest neighbours",
    },
    exercises=(
        Exercise(
            id="E9.1",
            objective="O9.1",
            verify=_required,
            expects="a dictionary of three texts",
            passed="SageMaker would accept these three.",
            hints=(
                "The number of columns is feature_map.feature_dim.",
                "All values are text: str(feature_map.feature_dim).",
                "The kinds of predictor are 'regressor' and 'binary_classifier'. Stars are numbers.",
            ),
            solution="""
required = {"feature_dim": str(feature_map.feature_dim), "num_factors": "16", "predictor_type": "regressor"}
""",
            discussion="16 factors are plenty here. AWS suggests 64 as a start for larger data.",
            mistakes=(
                Mistake(
                    matches=lambda answer: answer["required"].get("predictor_type") == "binary_classifier",
                    feedback="A binary classifier predicts yes or no, for example a click. Stars are numbers: regressor.",
                    example=_with(predictor_type="binary_classifier"),
                ),
                Mistake(
                    matches=lambda answer: not isinstance(answer["required"].get("feature_dim"), str),
                    feedback="The API sends every hyperparameter as text: wrap the number in str().",
                    example=_with(feature_dim=100),
                ),
            ),
        ),
        Exercise(
            id="E9.2",
            objective="O9.3",
            verify=_small_difference,
            expects="a number: the largest difference",
            passed="The endpoint computes what you computed. It is the same machine in another place.",
            hints=(
                "`own` and `served` hold two numbers each.",
                "`own` is an array, so own - served subtracts one by one.",
                "max(abs(own - served))",
            ),
            solution="""
difference = max(abs(own - served))
""",
            discussion="float32 keeps about seven digits, so a difference near 1e-7 is nothing but rounding.",
            mistakes=(
                Mistake(
                    matches=lambda answer: answer["difference"] < 0,
                    feedback="That is a signed difference. Take abs before max, or large errors hide behind a minus.",
                    example=_example_answer(-0.5),
                ),
            ),
        ),
        Exercise(
            id="E9.3",
            objective="O9.4",
            verify=_tear_down,
            expects="a function of endpoint, configuration and model",
            none_is_an_answer=True,
            passed="All three are gone, the expensive one first.",
            hints=(
                "Each of the three has a method delete().",
                "Order matters for your bill: the endpoint first.",
                "endpoint.delete(), configuration.delete(), model.delete()",
            ),
            solution="""
def tear_down(endpoint, configuration, model):
    endpoint.delete()
    configuration.delete()
    model.delete()
""",
            discussion="Only the endpoint costs money by the hour. The other two are entries in a list, and clutter.",
            mistakes=(
                Mistake(
                    matches=lambda answer: _deleted_by(answer) == [],
                    feedback="Nothing has been deleted. Call the method, with brackets: endpoint.delete(). Python's own "
                    "`del` only forgets the name.",
                    example=lambda endpoint, configuration, model: (endpoint.delete, model.delete),
                ),
                Mistake(
                    matches=lambda answer: _deleted_by(answer) == ["endpoint"],
                    feedback="The bill has stopped. The configuration and the model are still there: tidy up fully.",
                    example=lambda endpoint, configuration, model: endpoint.delete(),
                ),
                Mistake(
                    matches=lambda answer: "endpoint" not in _deleted_by(answer),
                    feedback="The endpoint still runs, and it is the one thing that costs money by the hour.",
                    example=lambda endpoint, configuration, model: (configuration.delete(), model.delete()),
                    misconception="M30",
                ),
            ),
        ),
        Exercise(
            id="E9.4",
            objective="O9.6",
            verify=_batch_rmse,
            expects="a number: the RMSE of the batch's scores",
            passed="The job's own test RMSE: the same model, the same rows, and no endpoint.",
            hints=(
                'A list of the scores: [answer["score"] for answer in answers].',
                "Make an array of it, so that rmse can subtract.",
                'rmse(y_test, np.array([answer["score"] for answer in answers]))',
            ),
            solution="""
batch_rmse = rmse(y_test, np.array([answer["score"] for answer in answers]))
""",
            discussion="Rows in, lines out, in the same order: that is why no ids need to travel along.",
            mistakes=(
                Mistake(
                    matches=lambda answer: abs(answer["batch_rmse"] - answer["test_rmse"] ** 2) < 1e-5,
                    feedback="That is the mean squared error. RMSE is its square root.",
                    example={"batch_rmse": 0.81, "test_rmse": 0.9},
                ),
                Mistake(
                    matches=lambda answer: isinstance(answer["batch_rmse"], list),
                    feedback="These are the scores. Now compare them with `y_test`: rmse(y_test, scores).",
                    example={"batch_rmse": [3.5, 4.0], "test_rmse": 0.9},
                ),
            ),
        ),
    ),
    predictions=(
        Prediction(
            id="P9.1",
            objective="O9.1",
            stem="Whose test RMSE will be lower?",
            options=("The plain biases'", "The factorization machine's"),
            happened=lambda seen: (
                "The factorization machine's" if seen["machine"] < seen["biases"] else "The plain biases'"
            ),
            why="It knows the biases, too, and adds taste. On unshuffled rows the same settings lose to the biases.",
        ),
        Prediction(
            id="P9.2",
            objective="O9.3",
            stem="Three users, ten films each. How many films will stand on all three lists?",
            unit="films",
            tolerance=1.0,
            why="The film's own bias is the same for everybody; only the pair term can tell users apart.",
        ),
        Prediction(
            id="P9.3",
            objective="O9.5",
            stem="Six tries of the tuner, or your own choice: which model is better on rows that neither has seen?",
            options=("The tuner's winner", "Your own choice"),
            happened=lambda seen: "The tuner's winner" if seen["winner"] < seen["own"] else "Your own choice",
            why="It had six tries, and fewer rows to learn from. Which weighs more differs from data to data.",
        ),
    ),
    questions=(
        Question(
            id="Q9.1",
            objective="O9.4",
            stem="You close the notebook and shut your laptop. What happens to the endpoint?",
            options=(
                Option(
                    "It stops after a while without requests",
                    "Real-time endpoints never stop by themselves, asked or not.",
                    misconception="M30",
                ),
                Option("It runs on, and is billed", "Until somebody deletes it.", correct=True),
            ),
            after="Delete endpoints, and let a list prove it.",
        ),
        Question(
            id="Q9.2",
            objective="O9.1",
            stem="Would a GPU machine train these sparse rows faster?",
            options=(
                Option("No: AWS recommends CPU for sparse data", "GPU training takes dense data only.", True),
                Option(
                    "Yes, machine learning runs on GPUs",
                    "The algorithm's GPU training is for dense data. For one-hot rows you would pay for nothing.",
                    misconception="M31",
                ),
            ),
            after="Sparse rows, CPU.",
        ),
        Question(
            id="Q9.3",
            objective="O9.3",
            stem="You retrained with more films, so feature_dim grew. May you send yesterday's rows?",
            options=(
                Option(
                    "Yes, the endpoint finds users by their id",
                    "The endpoint sees columns only. Ids live in your FeatureMap.",
                    misconception="M29",
                ),
                Option(
                    "Yes, if you pad the rows to the new width",
                    "The width would fit and the meaning would not: a new user shifts all film columns.",
                    misconception="M32",
                ),
                Option("No: rows and model must come from the same FeatureMap", "Columns have moved.", True),
            ),
            after="Model and map are one thing, with one version.",
        ),
        Question(
            id="Q9.4",
            objective="O9.2",
            stem="What does a training job need to read your rows?",
            options=(
                Option("Your notebook's memory", "The job runs on another machine and sees only S3."),
                Option("An S3 address and a role that may read it", "Each channel names its address.", True),
            ),
            after="Notebook and job meet in S3.",
        ),
        Question(
            id="Q9.5",
            objective="O9.5",
            stem="A tuning job of 50 tries reports a best RMSE of .842 on its test channel. What do you expect on new rows?",
            options=(
                Option("Rather more than .842", "The winner was also the luckiest on those rows.", True),
                Option(
                    "The same: a test channel is a test",
                    "These rows chose the winner. A score that was chosen for being small is too small.",
                ),
                Option("Rather less than .842", "Nothing makes new rows easier than the ones that chose."),
            ),
            after="Rows that choose must not judge.",
        ),
        Question(
            id="Q9.6",
            objective="O9.6",
            stem="Every night each of a million users shall get a list by mail. What do you set up?",
            options=(
                Option(
                    "A batch transform job",
                    "All questions are known beforehand, and it ends by itself.",
                    True,
                ),
                Option(
                    "An endpoint, asked a million times",
                    "It works, and you pay for it day and night. It is for questions that come at any moment.",
                ),
            ),
            after="Known questions: batch. Questions at any moment: an endpoint.",
        ),
    ),
)
