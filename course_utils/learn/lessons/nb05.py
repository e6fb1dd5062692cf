"""Lesson 05, Make MovieLens sparse: what it asks, and what it says to every answer."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, issparse

from course_utils import recordio
from course_utils.learn.expect import expect, expect_same, same
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Prediction, Question


def _ids(*ids: int) -> pd.Series:
    return pd.Series(ids, name="item")


def _column_map(answer) -> None:
    expect_same(answer(_ids(50, 7, 50, 12), 0), {7: 0, 12: 1, 50: 2}, "`column_map` of the ids 50, 7, 50, 12")
    expect_same(answer(_ids(3, 1), 610), {1: 610, 3: 611}, "`column_map` of the ids 3, 1 with start=610")


def _one_hot(answer) -> None:
    X = answer(np.array([0, 1, 0]), np.array([3, 2, 4]), 5)
    expect(issparse(X), f"Give back a scipy sparse matrix; this is {type(X).__name__}.")
    expect(X.dtype == np.float32, f"The values are {X.dtype}; SageMaker takes float32 only.")
    expected = [[1, 0, 0, 1, 0], [0, 1, 1, 0, 0], [1, 0, 0, 0, 1]]
    expect_same(csr_array(X).toarray(), expected, "`one_hot([0, 1, 0], [3, 2, 4], 5)`")
    expect(
        X.format == "csr",
        f"The right matrix, as {X.format!r}. RecordIO is written row by row, so give back CSR: `.tocsr()`.",
    )


_TWO_ROWS = np.array([0, 1]), np.array([2, 3])


def _as_float64(user_columns, film_columns, d):
    n = len(user_columns)
    indices = np.column_stack([user_columns, film_columns]).ravel()
    return csr_array((np.ones(2 * n), indices, np.arange(0, 2 * n + 1, 2)), shape=(n, d))


def _users_then_films(user_columns, film_columns, d):
    n = len(user_columns)
    indices = np.concatenate([user_columns, film_columns])
    ones = np.ones(2 * n, dtype=np.float32)
    return csr_array((ones, indices, np.arange(0, 2 * n + 1, 2)), shape=(n, d))


def _as_integers(user_columns, film_columns, d):
    return _as_float64(user_columns, film_columns, d).astype(int)


def _dense(user_columns, film_columns, d):
    X = np.zeros((len(user_columns), d), dtype=np.float32)
    X[np.arange(len(X)), user_columns] = 1
    X[np.arange(len(X)), film_columns] = 1
    return X


def _survives(answer) -> None:
    X = csr_array(np.array([[1, 0, 1], [0, 1, 1]], dtype=np.float32))
    y = np.array([4, 3.5], dtype=np.float32)
    packed = io.BytesIO()
    recordio.write(packed, X, y)
    expect(answer(packed.getvalue(), X, y), "These bytes hold exactly X and y, and your function denies it.")
    expect(
        not answer(packed.getvalue(), X, y[::-1]),
        "The labels differ here, and your function says they do not.",
    )
    expect(
        not answer(packed.getvalue(), X[[1, 0]], y),
        "The rows are swapped, and your function does not notice.",
    )


def _compares_labels_only(packed, X, y):
    return np.array_equal(recordio.read(io.BytesIO(packed))[1], y)


def _compares_rows_only(packed, X, y):
    return (recordio.read(io.BytesIO(packed))[0] != X).nnz == 0


def _times_as_many(ratio: float) -> str:
    if ratio > 100:
        return "More than a hundred times as many"
    return "About ten times as many" if ratio > 5 else "About twice as many"


LESSON = Lesson(
    number=5,
    objectives={
        "O5.1": "map ids to columns",
        "O5.2": "build one-hot rows as CSR float32",
        "O5.3": "split ratings without leaking, and judge a model against a plain one",
        "O5.4": "pack the rows as RecordIO-protobuf",
        "O5.5": "say what the data's licence allows",
    },
    exercises=(
        Exercise(
            id="E5.1",
            objective="O5.1",
            verify=_column_map,
            expects="a function of ids and start",
            passed="Each id has its column, and the order of the file does not matter.",
            hints=(
                "Each id once: a set. In ascending order: sorted.",
                "enumerate counts the places 0, 1, 2, …; add start to each.",
                "{id: start + place for place, id in enumerate(sorted(set(ids)))}",
            ),
            solution="""
def column_map(ids, start):
    return {id: start + place for place, id in enumerate(sorted(set(ids)))}
""",
            discussion="Users start at 0, films at the number of users: no column has two meanings.",
            mistakes=(
                Mistake(
                    matches=lambda answer: same(answer(_ids(7, 5), 0), {7: 7, 5: 5}),
                    feedback="You used the id itself as the column. Ids have gaps: MovieLens would need 193,609 "
                    "film columns for 9,724 films.",
                    example=lambda ids, start: {id: start + id for id in ids},
                    misconception="M17",
                ),
                Mistake(
                    matches=lambda answer: same(answer(_ids(50, 7), 0), {50: 0, 7: 1}),
                    feedback="The columns do not follow the ids in ascending order. Sort the ids, so that the same films "
                    "get the same columns next time, whatever the order of the file.",
                    example=lambda ids, start: {id: start + p for p, id in enumerate(dict.fromkeys(ids))},
                    misconception="M18",
                ),
                Mistake(
                    matches=lambda answer: same(answer(_ids(3, 1), 610), {1: 0, 3: 1}),
                    feedback="Begin at `start`: otherwise the first film shares its column with the first user.",
                    example=lambda ids, start: {id: place for place, id in enumerate(sorted(set(ids)))},
                ),
                Mistake(
                    matches=lambda answer: same(answer(_ids(7, 9, 9), 0), {7: 0, 9: 2}),
                    feedback="An id that occurs twice takes two columns. Count each id once: a set, or unique().",
                    example=lambda ids, start: {id: start + place for place, id in enumerate(sorted(ids))},
                ),
                Mistake(
                    matches=lambda answer: same(answer(_ids(7, 5), 2), {2: 5, 3: 7}),
                    feedback="The dictionary is the wrong way round: it should answer the question which column an id has.",
                    example=lambda ids, start: {
                        start + place: id for place, id in enumerate(sorted(set(ids)))
                    },
                ),
            ),
        ),
        Exercise(
            id="E5.2",
            objective="O5.2",
            verify=_one_hot,
            expects="a function of user_columns, film_columns and d",
            passed="Two ones a row, float32, and not one zero stored.",
            hints=(
                "csr_array((data, indices, indptr), shape=(n, d)) takes the three parts directly.",
                "indices: user, film, user, film, …; indptr: 0, 2, 4, …, 2n.",
                "np.column_stack([user_columns, film_columns]).ravel() gives the indices in that order.",
            ),
            solution="""
def one_hot(user_columns, film_columns, d):
    n = len(user_columns)
    indices = np.column_stack([user_columns, film_columns]).ravel()
    indptr = np.arange(0, 2 * n + 1, 2)
    return csr_array((np.ones(2 * n, dtype=np.float32), indices, indptr), shape=(n, d))
""",
            discussion="Filling a `lil_matrix` in a loop gives the same matrix, far more slowly: one Python step for each rating.",
            mistakes=(
                Mistake(
                    matches=lambda answer: answer(np.array([0]), np.array([1]), 2).dtype == np.float64,
                    feedback="The ones are float64, NumPy's default. More digits of 1.0 help nobody, and SageMaker "
                    "refuses them: say dtype=np.float32.",
                    example=_as_float64,
                    misconception="M19",
                ),
                Mistake(
                    matches=lambda answer: answer(np.array([0]), np.array([1]), 2).dtype.kind in "iub",
                    feedback="The ones are whole numbers. SageMaker takes float32 only: say dtype=np.float32.",
                    example=_as_integers,
                ),
                Mistake(
                    matches=lambda answer: same(
                        answer(*_TWO_ROWS, 4).toarray(), _users_then_films(*_TWO_ROWS, 4).toarray()
                    ),
                    feedback="The indices run row by row: user, film, user, film, … Yours name all users first, so row 0 "
                    "gets two users.",
                    example=_users_then_films,
                ),
                Mistake(
                    matches=lambda answer: isinstance(answer(np.array([0]), np.array([1]), 2), np.ndarray),
                    feedback="All the zeros are in there, too. For MovieLens that is gigabytes: build a csr_array.",
                    example=_dense,
                    misconception="M12",
                ),
            ),
        ),
        Exercise(
            id="E5.3",
            objective="O5.4",
            verify=_survives,
            expects="a function of packed, X and y",
            passed="Rows and labels both survive the journey, bit for bit.",
            hints=(
                "recordio.read takes a stream: io.BytesIO(packed).",
                "It gives back X and y; compare both.",
                "(X_back != X).nnz == 0 says that two sparse matrices are equal.",
            ),
            solution="""
def survives(packed, X, y):
    X_back, y_back = recordio.read(io.BytesIO(packed))
    return (X_back != X).nnz == 0 and np.array_equal(y_back, y)
""",
            discussion="float32 goes in and float32 comes out, so equality may be exact here.",
            mistakes=(
                Mistake(
                    matches=lambda answer: (
                        _fooled(answer, swap_rows=True) and _fooled(answer, swap_rows=False)
                    ),
                    feedback="It says True whatever the bytes hold. Read them, and compare X_back with X and y_back with y.",
                    example=lambda packed, X, y: True,
                ),
                Mistake(
                    matches=lambda answer: _fooled(answer, swap_rows=True),
                    feedback="Only the labels are compared. Swap two rows of X, and you would not notice.",
                    example=_compares_labels_only,
                ),
                Mistake(
                    matches=lambda answer: _fooled(answer, swap_rows=False),
                    feedback="Only the rows are compared. Wrong labels would train a wrong model in silence.",
                    example=_compares_rows_only,
                ),
            ),
        ),
    ),
    predictions=(
        Prediction(
            id="P5.1",
            objective="O5.1",
            stem="Of all cells of the table of users and films, how many are filled?",
            unit="percent",
            tolerance=1.0,
            why="Most people rate a small part of what there is. And small data sets like this one keep the busy people: "
            "shops see far emptier tables.",
        ),
        Prediction(
            id="P5.2",
            objective="O5.3",
            stem="Of the latest tenth of all ratings: how many come from users who never rated before?",
            unit="percent",
            tolerance=10.0,
            why="Users come, rate for a while, and stay away. A random split hides that: it spreads each user over both "
            "sides.",
        ),
        Prediction(
            id="P5.3",
            objective="O5.2",
            stem="Dense float32 against CSR: how many times as many bytes?",
            options=("About twice as many", "About ten times as many", "More than a hundred times as many"),
            happened=_times_as_many,
            why="A dense row stores every column; a CSR row stores two of them, with their places.",
        ),
        Prediction(
            id="P5.4",
            objective="O5.3",
            stem="Which step down the ladder is the larger one?",
            options=("From biases to the factorization machine", "From the global mean to biases"),
            happened=lambda judged: (
                "From the global mean to biases"
                if judged["global mean"] - judged["biases"]
                > judged["biases"] - judged["factorization machine"]
                else "From biases to the factorization machine"
            ),
            why="A bias of each user and each film catches who is generous and what is good. Taste is what is left.",
        ),
    ),
    questions=(
        Question(
            id="Q5.1",
            objective="O5.1",
            stem="Why is userId 333 not a feature with the value 333?",
            options=(
                Option(
                    "It is too large; scaled to 0…1 it would be fine",
                    "Scaling keeps the false claim that user 333 lies between 332 and 334.",
                    misconception="M17",
                ),
                Option("It is a name: its size means nothing", "One column for each user, instead.", True),
            ),
            after="Numbers that are names become one-hot columns.",
        ),
        Question(
            id="Q5.2",
            objective="O5.3",
            stem="The map was fitted on learning rows. The judging rows hold a new film. What do you do?",
            options=(
                Option(
                    "Fit a second map on the judging rows",
                    "Then column 700 means one film while learning and another while judging.",
                    misconception="M18",
                ),
                Option("Leave its column cold and say so", "Its bias and factors are unknown.", correct=True),
                Option(
                    "Fit the map on all rows beforehand",
                    "That is a leak: in real life tomorrow's films are not known today.",
                    misconception="M20",
                ),
            ),
            after="One map, fitted on the learning rows, for ever tied to its model.",
        ),
        Question(
            id="Q5.3",
            objective="O5.4",
            stem="What makes RecordIO small?",
            options=(
                Option("Only non-zero columns are written", "Nothing else is saved.", correct=True),
                Option(
                    "It compresses the rows",
                    "It does not compress. A sparse row is short because its zeros are absent.",
                    misconception="M27",
                ),
            ),
            after="RecordIO is a plain frame around sparse rows.",
        ),
        Question(
            id="Q5.4",
            objective="O5.5",
            stem="May you put ml-latest-small into your company's paid product?",
            options=(
                Option(
                    "Yes, it can be downloaded by everybody",
                    "Being able to download something says nothing about what you may do with it.",
                ),
                Option("No: its licence allows no commercial use without permission", "Ask GroupLens.", True),
            ),
            after="Code and data have separate licences. Read both.",
        ),
    ),
)


def _fooled(answer, *, swap_rows: bool) -> bool:
    """Whether the answer calls the truth equal, and changed rows (or, else, changed labels) as well."""
    X = csr_array(np.array([[1, 0, 1], [0, 1, 1]], dtype=np.float32))
    y = np.array([4, 3.5], dtype=np.float32)
    packed = io.BytesIO()
    recordio.write(packed, X, y)
    bytes_ = packed.getvalue()
    return bool(
        answer(bytes_, X, y) and (answer(bytes_, X[[1, 0]], y) if swap_rows else answer(bytes_, X, y[::-1]))
    )
