"""Lesson 05 is true: its checks, its claims on the sample and over many seeds, and the sizes in its prose."""

from __future__ import annotations

import io
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array, hstack

from course_utils import recordio
from course_utils.build.editions import make
from course_utils.build.source import read
from course_utils.datasets import archives, sample
from course_utils.encode import FeatureMap
from course_utils.estimator import FactorizationMachine
from course_utils.evaluate import rmse, split_by_hash, split_by_time
from course_utils.learn import lesson
from course_utils.learn.checks import judge

SOURCE = Path(__file__).parents[2] / "notebooks" / "source" / "05_movielens.py"
LESSON = lesson(5)
TASKS = {task.id: task for task in LESSON.exercises}
NAMES = {
    "np": np,
    "csr_array": csr_array,
    "hstack": hstack,
    "FeatureMap": FeatureMap,
    "split_by_time": split_by_time,
}
THE_ANSWER = {
    "E5.0": "allowed",
    "E5.1": "column_map",
    "E5.3": "to_csr",
    "E5.2": "past_and_future",
    "E5.4": "add_genres",
    "E5.5": "mended",
}


def solved(number: str):
    """What the solution of an exercise ends in."""
    names = dict(NAMES)
    exec(TASKS[number].solution, names)
    return names[THE_ANSWER[number]]


def code_cell(text: str) -> str:
    """The first code cell of the student's edition that holds ``text``."""
    cells = make(read(SOURCE), "student").cells
    return next(cell.source for cell in cells if cell.cell_type == "code" and text in cell.source)


@pytest.fixture(scope="module")
def data():
    return sample.load()


@pytest.fixture(scope="module")
def splits(data) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    ratings = data.ratings
    return {"at random": split_by_hash(ratings, 0.1), "at a moment": split_by_time(ratings, 0.1)}


# ------------------------------------------------------------------------------------------------ the checks


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_solution_passes(task) -> None:
    assert judge(task, solved(task.id)).outcome == "passed"


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
@pytest.mark.parametrize(
    "answer",
    [
        "MovieLens",
        7,
        [],
        {},
        {"A": "yes"},
        lambda: 1,
        lambda *_: "x",
        lambda *_: (1, 2),
        lambda *_: csr_array((2, 2)),
        lambda *_: {None: 0},
        lambda *_, **__: pd.DataFrame({"timestamp": []}),
        float("nan"),
    ],
)
def test_strange_answers_get_words(task, answer) -> None:
    result = judge(task, answer)
    assert result.outcome == "not yet"
    assert len(result.message.split()) > 3


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (
            "E5.1",
            lambda ids, start: dict(zip([*np.unique(ids).tolist(), None], count(start), strict=False)),
        ),
        ("E5.3", lambda u, f, d: csr_array(np.eye(d, dtype=np.float32)[u] + np.eye(d, dtype=np.float32)[f])),
        ("E5.2", lambda t, share: split_by_time(t, share)),
        (
            "E5.4",
            lambda X, genres, names: csr_array(
                np.hstack(
                    [
                        X.toarray(),
                        np.array([[name in own for name in names] for own in genres], np.float32),
                    ]
                )
            ),
        ),
        (
            "E5.5",
            lambda t: tuple(
                FeatureMap.fit(split_by_time(t, 0.25)[0], unknown="column").transform(side)
                for side in split_by_time(t, 0.25)
            ),
        ),
    ],
)
def test_other_right_ways_pass(number, answer) -> None:
    assert judge(TASKS[number], answer).outcome == "passed"


@pytest.mark.parametrize("seed", range(10))
def test_a_random_split_is_called_random_from_every_seed(seed) -> None:
    def drawn(table, share):
        future = table.sample(frac=share, random_state=seed)
        return table.drop(future.index), future

    result = judge(TASKS["E5.2"], drawn)
    assert result.outcome == "not yet"
    assert result.misconception == "M20"


# ------------------------------------------------------------------------------------------------ the claims


def test_the_learners_pieces_make_the_rows_of_the_package(data, splits) -> None:
    past, future = splits["at a moment"]
    column_map, to_csr, add_genres = (solved(number) for number in ("E5.1", "E5.3", "E5.4"))
    users = column_map(past["user"], 0)
    films = column_map(past["item"], len(users))
    names = sorted({genre for own in data.items["genres"] for genre in own})
    package = FeatureMap.fit(past, ("user", "item", "genre"), items=data.items, unknown="column")
    for table in (past, future):
        X = to_csr(
            [users.get(user, users[None]) for user in table["user"]],
            [films.get(film, films[None]) for film in table["item"]],
            len(users) + len(films),
        )
        mine = add_genres(X, list(data.items["genres"].loc[table["item"]]), names)
        theirs = package.transform(table)
        assert mine.dtype == np.float32
        assert mine.shape[1] == theirs.shape[1] - 1  # the package keeps a spare column for genres, too
        assert (mine != theirs[:, :-1]).nnz == 0


def test_the_learners_split_is_that_of_the_package(data) -> None:
    for share in (0.1, 0.25, 0.5):
        mine, theirs = solved("E5.2")(data.ratings, share), split_by_time(data.ratings, share)
        assert [abs(len(a) - len(b)) <= 1 for a, b in zip(mine, theirs, strict=True)] == [True, True]
        assert mine[0]["timestamp"].max() < mine[1]["timestamp"].min()


@pytest.mark.parametrize("salt", [str(number) for number in range(10)])
def test_any_random_split_knows_later_ratings_and_flatters(data, splits, salt) -> None:
    names = {"split_by_hash": split_by_hash, "ratings": data.ratings}
    exec(code_cell("def knows_later"), names)
    drawn = split_by_hash(data.ratings, 0.1, salt=salt)
    assert names["knows_later"](*drawn) > 0.98
    assert names["knows_later"](*splits["at a moment"]) == 0
    errors = []
    for learn, judged in (drawn, splits["at a moment"]):
        own = FeatureMap.fit(learn, unknown="column")
        machine = FactorizationMachine("als", random_state=int(salt))
        machine.fit(own.transform(learn), learn["rating"].to_numpy(np.float32))
        error = rmse(judged["rating"], machine.predict(own.transform(judged)))
        assert error < rmse(judged["rating"], np.full(len(judged), learn["rating"].mean()))
        assert machine.params_.w[own.columns_of("user")[-1]] == 0
        errors.append(error)
    assert errors[0] < errors[1]


def test_sizes_of_movielens_and_of_the_sample(data) -> None:
    n, d = 100_836, 610 + 9_724
    assert f"{4 * n * d / 1e9:.2f}" == "4.17"
    assert f"{(16 * n + 4 * (n + 1)) / 1e6:.2f}" == "2.02"
    X = FeatureMap.fit(data.ratings).transform(data.ratings)
    arrays = X.data.nbytes + X.indices.nbytes + X.indptr.nbytes
    assert arrays == 16 * X.shape[0] + 4 * (X.shape[0] + 1)
    assert 4 * X.shape[0] * X.shape[1] > 300 * arrays
    stream = io.BytesIO()
    recordio.write(stream, X, data.ratings["rating"].to_numpy(np.float32))
    assert 2.5 < len(stream.getvalue()) / arrays < 4


def test_ids_as_numbers_explain_nothing_on_the_sample(data) -> None:
    ratings, stars = data.ratings, data.ratings["rating"]
    numbers = np.column_stack([np.ones(len(stars)), ratings["user"], ratings["item"]])
    line = numbers @ np.linalg.lstsq(numbers, stars, rcond=None)[0]
    assert 1 - ((stars - line) ** 2).mean() / stars.var() < 0.01
    own = stars.groupby(ratings["user"]).transform("mean")
    assert 1 - ((stars - own) ** 2).mean() / stars.var() > 0.1


def test_the_licence_says_what_the_lesson_says() -> None:
    words = archives.ARCHIVES["ml-latest-small"].licence
    for term in ("research and learning", "commercial", "endorsement", "same terms"):
        assert term in words
    assert "do not pass it on" in archives.ARCHIVES["ml-1m"].licence


def test_the_colleagues_code_runs_and_has_its_faults(data) -> None:
    names = {"split_by_hash": split_by_hash, "FeatureMap": FeatureMap, "np": np, "ratings": data.ratings}
    exec(code_cell("def colleague"), names)
    X_learn, X_judge = names["colleague"](data.ratings)
    assert X_learn.shape[1] != X_judge.shape[1]
    assert X_learn.dtype == np.float64
    result = judge(TASKS["E5.5"], names["colleague"])
    assert result.outcome == "not yet"
    assert "the colleague's code as it was" in result.message
