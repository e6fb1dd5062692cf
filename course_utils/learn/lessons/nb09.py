"""Lesson 09, Train and deploy a recommender on SageMaker: what it asks, and what it says to every answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.learn.expect import expect, same
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Prediction, Question

RECORDIO = "application/x-recordio-protobuf"


# ------------------------------------------------------------------------------------ E9.1 a channel


def _channel(answer: dict[str, Any]) -> None:
    channel, folder = answer["channel"], answer["folder"]
    expect(
        isinstance(channel, dict),
        f"`train_channel` is a {type(channel).__name__}. Write a dictionary with the three keys of `test_channel`.",
    )
    for key in ("channel_name", "s3_uri", "content_type"):
        expect(key in channel, f"`{key}` is missing.")
        expect(isinstance(channel[key], str), f"`{key}` is {channel[key]!r}; it should be text.")
    expect(
        channel["channel_name"] == "train",
        f"The channel is called {channel['channel_name']!r}. The algorithm looks for `train`.",
    )
    expect(
        channel["content_type"] == RECORDIO,
        f"The content type is {channel['content_type']!r}; the rows were uploaded as {RECORDIO!r}.",
    )
    uri = channel["s3_uri"]
    expect(
        uri.rstrip("/") in (f"{folder}/train", f"{folder}/train/part-0.pbr"),
        f"The address is {uri!r}. `upload` put the learning rows under `{folder}/train/`.",
    )


def _channel_with(**changes: Any) -> dict[str, Any]:
    folder = "s3://bucket/lesson-09"
    right = {"channel_name": "train", "s3_uri": f"{folder}/train/", "content_type": RECORDIO}
    return {"channel": {**right, **changes}, "folder": folder}


# ------------------------------------------------------------------------------------ E9.2 hyperparameters


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
    expect(required["num_factors"] == "16", f"num_factors is {required['num_factors']}; take 16 here.")
    kind = required["predictor_type"]
    expect(kind == "regressor", f"predictor_type is {kind!r}; stars are numbers, so this is a 'regressor'.")


def _with(**changes: Any) -> dict[str, Any]:
    required = {"feature_dim": "100", "num_factors": "16", "predictor_type": "regressor", **changes}
    return {"required": required, "columns": 100}


# ------------------------------------------------------------------------------------ E9.3 the bug hunt

FAULTY = {
    "feature_dim": 10334,
    "num_factor": "64",
    "predictor_type": "regression",
    "epochs": "30",
    "mini_batch_size": "3000",
    "instance_type": "ml.p3.2xlarge",
}
MENDED = {
    "feature_dim": "10334",
    "num_factors": "64",
    "predictor_type": "regressor",
    "epochs": "30",
    "mini_batch_size": "1000",
    "instance_type": "ml.m5.large",
}
_ROWS = 80_000
_GPU = ("ml.p", "ml.g")


def _mended(answer: dict[str, Any]) -> None:
    expect(
        isinstance(answer, dict), f"`mended` is a {type(answer).__name__}. Write a dictionary like `faulty`."
    )
    unknown = set(answer) - set(MENDED)
    expect(
        not unknown,
        f"The algorithm knows no {sorted(map(str, unknown))[:1]}. An unknown name fails the job: compare each name with "
        "the text of this section, letter by letter.",
    )
    for name in MENDED:
        expect(name in answer, f"`{name}` is missing. Mend entries, and keep all six.")
        expect(isinstance(answer[name], str), f"`{name}` is {answer[name]!r}. All values travel as text.")
    for name in ("feature_dim", "num_factors", "epochs"):
        expect(answer[name] == MENDED[name], f"`{name}` should stay {MENDED[name]!r}; that value was right.")
    expect(
        answer["predictor_type"] == "regressor",
        f"There is no predictor {answer['predictor_type']!r}. Which word stands for numbers?",
    )
    size = answer["mini_batch_size"]
    expect(
        size.isdigit() and int(size) > 0, f"mini_batch_size is {size!r}; it should be a whole number as text."
    )
    left = _ROWS % int(size)
    expect(
        left == 0,
        f"Batches of {size} leave {left:,} of the 80,000 rows for a last batch, which is filled up with empty rows of label "
        "0. Take a size that divides 80,000.",
    )
    kind = answer["instance_type"]
    expect(kind.startswith("ml."), f"The machine is {kind!r}; SageMaker's machines begin with `ml.`.")
    expect(not kind.startswith(_GPU), f"{kind} has a GPU, which these sparse rows cannot use.")


def _mended_with(**changes: Any) -> dict[str, Any]:
    return {**MENDED, **changes}


# ------------------------------------------------------------------------------------ E9.4 the bill


def _job(seconds: int, machines: int) -> dict[str, Any]:
    """What of a job's description matters for its bill; on spot machines, less is billed than was used."""
    return {
        "TrainingTimeInSeconds": 2 * seconds + 7,
        "BillableTimeInSeconds": seconds,
        "ResourceConfig": {"InstanceCount": machines, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5},
    }


_BILLS = ((_job(3600, 1), 0.5, 0, 9.0), (_job(121, 1), 0.115, 64, 0.056), (_job(900, 4), 0.23, 8, 0.115))


def _right_bill(job: dict[str, Any], price: float, endpoint_hours: float, endpoint_price: float) -> float:
    training = job["BillableTimeInSeconds"] / 3600 * job["ResourceConfig"]["InstanceCount"] * price
    return training + endpoint_hours * endpoint_price


def _bill(answer) -> None:
    for job, price, hours, endpoint_price in _BILLS:
        said, right = (
            answer(job, price, hours, endpoint_price),
            _right_bill(job, price, hours, endpoint_price),
        )
        expect(np.ndim(said) == 0 and not isinstance(said, str), "Give one number of dollars.")
        machines = job["ResourceConfig"]["InstanceCount"]
        expect(
            same(said, right),
            f"{job['BillableTimeInSeconds']} billable seconds on {machines} machine(s) at ${price} an hour, and {hours} "
            f"hours of an endpoint at ${endpoint_price}: you get ${said:.4f}, expected ${right:.4f}.",
        )


def _bill_of_seconds(job, price, endpoint_hours, endpoint_price):
    seconds, machines = job["BillableTimeInSeconds"], job["ResourceConfig"]["InstanceCount"]
    return seconds * machines * price + endpoint_hours * endpoint_price


def _bill_of_one_machine(job, price, endpoint_hours, endpoint_price):
    return job["BillableTimeInSeconds"] / 3600 * price + endpoint_hours * endpoint_price


def _bill_of_training_time(job, price, endpoint_hours, endpoint_price):
    hours = job["TrainingTimeInSeconds"] / 3600
    return hours * job["ResourceConfig"]["InstanceCount"] * price + endpoint_hours * endpoint_price


def _bill_without_endpoint(job, price, endpoint_hours, endpoint_price):
    return _right_bill(job, price, 0, endpoint_price)


def _bill_endpoint_per_second(job, price, endpoint_hours, endpoint_price):
    return _right_bill(job, price, endpoint_hours / 3600, endpoint_price)


def _bills_like(wrong: Callable) -> Callable:
    return lambda answer: all(same(answer(*each), wrong(*each)) for each in _BILLS)


# ------------------------------------------------------------------------------------ E9.5 two scores


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


# ------------------------------------------------------------------------------------ E9.6 tear-down


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


# ------------------------------------------------------------------------------------ E9.7 what to report

_TRIES = (
    ([0.86, 0.84, 0.85], [0.87, 0.88, 0.86]),
    ([0.91, 0.90, 0.93, 0.95], [0.90, 0.92, 0.89, 0.94]),
    ([0.8, 0.9], [0.7, 0.6]),
)


def _verdict(answer) -> None:
    for choose, judge in _TRIES:
        said, right = answer(choose, judge), judge[int(np.argmin(choose))]
        expect(np.ndim(said) == 0 and not isinstance(said, str), "Give one number: the RMSE to report.")
        expect(
            same(said, right),
            f"`verdict({choose}, {judge})` gives {said}; expected {right}. Which try does the tuner choose, and what is its "
            "score on rows that had no say in that?",
        )


def _verdict_of_choosing(choose, judge):
    return min(choose)


def _verdict_of_peeking(choose, judge):
    return min(judge)


def _verdict_of_mean(choose, judge):
    return sum(judge) / len(judge)


def _verdict_number(choose, judge):
    return int(np.argmin(choose))


def _verdicts_like(wrong: Callable) -> Callable:
    return lambda answer: all(same(answer(*each), wrong(*each)) for each in _TRIES)


# ------------------------------------------------------------------------------------ E9.8 a batch


def _batch_rmse(answer: dict[str, float]) -> None:
    given, known = answer["batch_rmse"], answer["winner_rmse"]
    expect(
        not isinstance(given, dict | list | tuple | str) and np.ndim(given) == 0,
        f"`batch_rmse` is a {type(given).__name__}. Write one number: rmse(y_test, scores).",
    )
    expect(
        abs(given - known) < 1e-5,
        f"You get {given:.4f}; section 12 had {known:.4f} for the same rows. "
        "Are the answers in the order of the rows, and are they the scores?",
    )


LESSON = Lesson(
    number=9,
    objectives={
        "O9.1": "choose the hyperparameters and the machine that matter",
        "O9.2": "hand data to a training job through S3 channels",
        "O9.3": "deploy a model and ask it in JSON and in RecordIO",
        "O9.4": "work out the bill, tear everything down and prove it",
        "O9.5": "let a tuning job choose, and judge its choice on rows that it never saw (second half)",
        "O9.6": "score a whole file by batch transform, and find the best films by nearest neighbours (second half)",
    },
    exercises=(
        Exercise(
            id="E9.1",
            objective="O9.2",
            verify=_channel,
            expects="a dictionary of three texts",
            passed="Name, address, content type: all that the job knows of your rows.",
            hints=(
                "Copy `test_channel`. Two of its three entries change.",
                "`upload` put the learning rows under the name train.",
                'The address is f"{folder}/train/", and the channel\'s name is "train".',
            ),
            solution="""
train_channel = {
    "channel_name": "train", "s3_uri": f"{folder}/train/", "content_type": RECORDIO,
}
""",
            discussion="The address is a folder, not a file: a channel reads every object under it. So large data can be many "
            "files, and a forgotten old file in the folder is read, too.",
            mistakes=(
                Mistake(
                    matches=lambda answer: answer["channel"]["s3_uri"].endswith("/test/"),
                    feedback="The address is still the test rows': the model would learn what it is to be judged on.",
                    example=_channel_with(s3_uri="s3://bucket/lesson-09/test/"),
                ),
                Mistake(
                    matches=lambda answer: not answer["channel"]["s3_uri"].startswith("s3://"),
                    feedback="That is not an address in S3. The job runs on another machine: it sees neither your files nor "
                    "your variables.",
                    example=_channel_with(s3_uri="train/part-0.pbr"),
                ),
                Mistake(
                    matches=lambda answer: (
                        answer["channel"]["channel_name"] in ("training", "learn", "train/")
                    ),
                    feedback="Close, but the algorithm looks for the name `train`, and for nothing else.",
                    example=_channel_with(channel_name="training"),
                ),
                Mistake(
                    matches=lambda answer: "csv" in answer["channel"]["content_type"],
                    feedback="The algorithm takes no CSV, and the file is none. A content type says what is in the file; it "
                    "converts nothing.",
                    example=_channel_with(content_type="text/csv"),
                ),
            ),
        ),
        Exercise(
            id="E9.2",
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
            id="E9.3",
            objective="O9.1",
            verify=_mended,
            expects="a dictionary of six texts",
            passed="All five. The batch size was the worst of them: no error, no line in the log, a worse model.",
            hints=(
                "Compare names and kinds with your own `hyperparameters`: text, spelling, the two kinds of predictor.",
                "How many rows stay for the last batch? And what can sparse rows do with a GPU?",
                "feature_dim as text; num_factors with an s; regressor; a batch size that divides 80,000; an ml.m5 machine.",
            ),
            solution="""
mended = {
    "feature_dim": "10334", "num_factors": "64", "predictor_type": "regressor",
    "epochs": "30", "mini_batch_size": "1000", "instance_type": "ml.m5.large",
}
""",
            discussion="Three faults are reported by the service, within a minute, for a cent. The other two are reported by "
            "nobody: they are on the bill, and in the model.",
            mistakes=(
                Mistake(
                    matches=lambda answer: answer == FAULTY,
                    feedback="That is still the faulty one. Go through its entries from the left.",
                    example=dict(FAULTY),
                ),
                Mistake(
                    matches=lambda answer: "num_factor" in answer,
                    feedback="`num_factor` is no name that the algorithm knows: it counts several factors.",
                    example={**{k: v for k, v in MENDED.items() if k != "num_factors"}, "num_factor": "64"},
                ),
                Mistake(
                    matches=lambda answer: not isinstance(answer["feature_dim"], str),
                    feedback="`feature_dim` is a number. The service takes text only: quotes around it.",
                    example=_mended_with(feature_dim=10334),
                ),
                Mistake(
                    matches=lambda answer: answer["predictor_type"] == "binary_classifier",
                    feedback="A binary classifier predicts yes or no. The labels are stars.",
                    example=_mended_with(predictor_type="binary_classifier"),
                ),
                Mistake(
                    matches=lambda answer: answer["instance_type"].startswith(_GPU),
                    feedback="That machine has a GPU, and the algorithm uses one for dense rows only. For one-hot rows AWS "
                    "recommends CPU.",
                    example=_mended_with(instance_type="ml.g4dn.xlarge"),
                    misconception="M31",
                ),
                Mistake(
                    matches=lambda answer: answer["mini_batch_size"] == "3000",
                    feedback="80,000 rows in batches of 3,000 leave 2,000 for the last one; 1,000 empty rows with label 0 fill it.",
                    example=_mended_with(mini_batch_size="3000"),
                ),
            ),
        ),
        Exercise(
            id="E9.4",
            objective="O9.4",
            verify=_bill,
            expects="a function of a job, a price, hours and another price",
            passed="Seconds for the job, hours for the endpoint. Only one of the two ends by itself.",
            hints=(
                "Prices are for an hour, the job counts seconds: 3,600 of them are one hour.",
                "Every machine of the job is billed for all of the seconds.",
                "training = seconds / 3600 * machines * price, and endpoint = endpoint_hours * endpoint_price",
            ),
            solution="""
def bill(job, price, endpoint_hours, endpoint_price):
    \"\"\"Dollars for a finished job, a dict like `finished`, and for an endpoint.\"\"\"
    seconds = job["BillableTimeInSeconds"]             # of each machine
    machines = job["ResourceConfig"]["InstanceCount"]
    training = seconds / 3600 * machines * price
    endpoint = endpoint_hours * endpoint_price
    return training + endpoint
""",
            discussion="BillableTimeInSeconds is less than TrainingTimeInSeconds on spot machines, and the same otherwise. "
            "Storage in S3 comes on top; for this lesson it is a fraction of a cent a month.",
            mistakes=(
                Mistake(
                    matches=_bills_like(_bill_of_seconds),
                    feedback="You paid the price of an hour for each second. Divide by 3,600.",
                    example=_bill_of_seconds,
                ),
                Mistake(
                    matches=_bills_like(_bill_of_one_machine),
                    feedback="Right for one machine. With several, each of them is billed for the whole time.",
                    example=_bill_of_one_machine,
                ),
                Mistake(
                    matches=_bills_like(_bill_of_training_time),
                    feedback="That is the time that the job took. On spot machines less of it is billed: take "
                    "BillableTimeInSeconds.",
                    example=_bill_of_training_time,
                ),
                Mistake(
                    matches=_bills_like(_bill_without_endpoint),
                    feedback="The endpoint is missing. It is billed for every hour that it exists, whether the notebook is open "
                    "or not.",
                    example=_bill_without_endpoint,
                    misconception="M30",
                ),
                Mistake(
                    matches=_bills_like(_bill_endpoint_per_second),
                    feedback="`endpoint_hours` are hours already: only the job counts seconds.",
                    example=_bill_endpoint_per_second,
                ),
            ),
        ),
        Exercise(
            id="E9.5",
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
            id="E9.6",
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
    \"\"\"Delete all three, the one that costs money first.\"\"\"
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
            id="E9.7",
            objective="O9.5",
            verify=_verdict,
            expects="a function of two lists",
            passed="One set of rows chooses, another one judges.",
            hints=(
                "The tuner takes the try with the lowest score on the rows that choose. np.argmin gives its place.",
                "That try has a second score, on rows that had no say.",
                "judge[int(np.argmin(choose))]",
            ),
            solution="""
def verdict(choose, judge):
    \"\"\"The RMSE to report, from two lists of RMSE, one number for each try.\"\"\"
    return judge[int(np.argmin(choose))]
""",
            discussion="The reported number is usually larger than the tuner's. That is no bad luck: the tuner's was lucky.",
            mistakes=(
                Mistake(
                    matches=_verdicts_like(_verdict_of_choosing),
                    feedback="These rows chose the winner because it did well on them. Part of that was luck, so the score is "
                    "too good.",
                    example=_verdict_of_choosing,
                ),
                Mistake(
                    matches=_verdicts_like(_verdict_of_peeking),
                    feedback="Now the judging rows choose, and nobody is left to judge.",
                    example=_verdict_of_peeking,
                ),
                Mistake(
                    matches=_verdicts_like(_verdict_of_mean),
                    feedback="The mean is about all tries. You will deploy one of them: which?",
                    example=_verdict_of_mean,
                ),
                Mistake(
                    matches=_verdicts_like(_verdict_number),
                    feedback="That is which try wins. Report its score: look it up in `judge`.",
                    example=_verdict_number,
                ),
            ),
        ),
        Exercise(
            id="E9.8",
            objective="O9.6",
            verify=_batch_rmse,
            expects="a number: the RMSE of the batch's scores",
            passed="The winner's RMSE of section 12: the same model, the same rows, and no endpoint.",
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
                    matches=lambda answer: abs(answer["batch_rmse"] - answer["winner_rmse"] ** 2) < 1e-5,
                    feedback="That is the mean squared error. RMSE is its square root.",
                    example={"batch_rmse": 0.81, "winner_rmse": 0.9},
                ),
                Mistake(
                    matches=lambda answer: isinstance(answer["batch_rmse"], list),
                    feedback="These are the scores. Now compare them with `y_test`: rmse(y_test, scores).",
                    example={"batch_rmse": [3.5, 4.0], "winner_rmse": 0.9},
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
            objective="O9.4",
            stem="The algorithm of the public job was at work for 28 seconds. How many seconds did AWS count?",
            unit="seconds",
            tolerance=60.0,
            why="Fetching the rows and the algorithm's image is counted, too; finding a machine is not.",
        ),
        Prediction(
            id="P9.3",
            objective="O9.4",
            stem="Friday, 17:00. You train a job like the public one (274 billed seconds on one ml.m5.large), deploy to one "
            "small ml.t2.medium, close the notebook and go home. Monday, 9:00, you delete the endpoint. Nobody has "
            "asked it anything. What did it cost?",
            options=(
                "Nothing: the notebook was closed",
                "Less than the training",
                "About ten times the training",
                "Hundreds of times the training",
            ),
            happened=lambda times: (
                "Hundreds of times the training"
                if times >= 100
                else "About ten times the training"
                if times >= 2
                else "Less than the training"
            ),
            why="A job ends by itself, after minutes. An endpoint exists until somebody deletes it.",
        ),
        Prediction(
            id="P9.4",
            objective="O9.1",
            stem="The same job on four machines, each of which reads all the rows: what happens to the test RMSE?",
            options=(
                "It gets better: four times the computing",
                "It stays the same: the rows are the same",
                "It gets worse",
            ),
            why="The machines step on parameters that the others have moved meanwhile, and together they take more steps.",
        ),
        Prediction(
            id="P9.5",
            objective="O9.3",
            stem="Three users, ten films each. How many films will stand on all three lists?",
            unit="films",
            tolerance=1.0,
            why="The film's own bias is the same for everybody; only the pair term can tell users apart.",
        ),
        Prediction(
            id="P9.6",
            objective="O9.5",
            stem="Four tries of the tuner, or your own choice: which model is better on rows that neither has seen?",
            options=("The tuner's winner", "Your own choice"),
            happened=lambda seen: "The tuner's winner" if seen["winner"] < seen["own"] else "Your own choice",
            why="It had four tries, and fewer rows to learn from. Which weighs more differs from data to data.",
        ),
        Prediction(
            id="P9.7",
            objective="O9.6",
            stem="Of the ten films on a user's list in section 9, how many will k-NN find?",
            unit="films",
            tolerance=1.0,
            why="It is the same score, less what is the same for all films; only films that score alike can change places.",
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
            objective="O9.4",
            stem="A job of two minutes on four machines, and an endpoint that was forgotten for a week. Where is the money?",
            options=(
                Option(
                    "In the job: four machines",
                    "Four machines for two minutes are eight minutes of one machine.",
                ),
                Option("In the endpoint", "A week has 10,080 minutes.", True),
                Option(
                    "Nowhere: nobody asked the endpoint, and the notebook was closed",
                    "It is billed for existing, not for answering; your notebook has nothing to do with it.",
                    misconception="M30",
                ),
            ),
            after="Look for what exists, not for what works.",
        ),
        Question(
            id="Q9.6",
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
            id="Q9.7",
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
