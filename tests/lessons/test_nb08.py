"""Lesson 08 is true: its checks, the numbers in its prose, and its bytes against files that others wrote."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from course_utils import payload, recordio
from course_utils.build.editions import make
from course_utils.build.source import read
from course_utils.datasets import rendle, sample
from course_utils.encode import FeatureMap
from course_utils.learn import lesson
from course_utils.learn.checks import judge

SOURCE = Path(__file__).parents[2] / "notebooks" / "source" / "08_recordio.py"
LESSON = lesson(8)
TASKS = {task.id: task for task in LESSON.exercises}
NAMES = {"json": json, "payload": payload, "np": np}
THE_ANSWER = {
    "E8.0": "csv_bytes",
    "E8.1": "pad4",
    "E8.2": "varint",
    "E8.3": "instance",
    "E8.4": "read_scores",
    "E8.5": "mended",
}


def solved(task) -> object:
    """What the solution of an exercise ends in."""
    names = dict(NAMES)
    exec(task.solution, names)
    return names[THE_ANSWER[task.id]]


def code_cell(edition: str, text: str) -> str:
    """The first code cell of an edition that holds ``text``."""
    cells = make(read(SOURCE), edition).cells
    return next(cell.source for cell in cells if cell.cell_type == "code" and text in cell.source)


@pytest.fixture(scope="module")
def field() -> Callable[[int, bytes], bytes]:
    """The lesson's own ``field``, as it stands in the notebook."""
    code = code_cell("student", "def field(").split("\nones")[0]
    names: dict = {}
    exec(code, names)
    return names["field"]


def pack(X, y=None) -> bytes:
    stream = io.BytesIO()
    recordio.write(stream, X, y)
    return stream.getvalue()


# ------------------------------------------------------------------------------------------------ the checks


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_solution_passes(task) -> None:
    assert judge(task, solved(task)).outcome == "passed"


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
@pytest.mark.parametrize(
    "answer",
    ["RecordIO", 7, [], {}, {"A": 1}, lambda: 1, lambda *_: "x", lambda *_: {"data": 1}, float("nan")],
)
def test_strange_answers_get_words(task, answer) -> None:
    result = judge(task, answer)
    assert result.outcome == "not yet"
    assert len(result.message.split()) > 3


@pytest.mark.parametrize("wrapped", [True, False])
def test_an_instance_may_leave_out_the_outer_dict_as_the_endpoint_allows(wrapped) -> None:
    right = solved(TASKS["E8.3"])
    answer = right if wrapped else lambda X, i: right(X, i)["data"]
    assert judge(TASKS["E8.3"], answer).outcome == "passed"


def test_numbers_of_numpy_mend_a_request_as_well() -> None:
    answer = {
        letter: {name: np.array(numbers) for name, numbers in features.items()}
        for letter, features in solved(TASKS["E8.5"]).items()
    }
    assert judge(TASKS["E8.5"], answer).outcome == "passed"


# ------------------------------------------------------------------------------------------------ the claims


def test_sizes_of_the_sample() -> None:
    ratings = sample.load().ratings
    X = FeatureMap.fit(ratings).transform(ratings)
    packed = pack(X, ratings["rating"].to_numpy(np.float32))
    assert round(len(packed) / len(ratings)) == 64
    assert 2 * X.shape[0] * X.shape[1] > 50 * len(packed)
    half = len(payload.encode_request(X, payload.RECORDIO)) / len(payload.encode_request(X, payload.JSON))
    assert 0.45 < half < 0.55


def test_of_a_label_at_most_two_bytes_move_at_a_time() -> None:
    stars = [struct.pack("<f", half / 2) for half in range(1, 11)]
    assert max(sum(a != b for a, b in zip(p, q, strict=True)) for p in stars for q in stars) == 2
    assert sum(a != b for a, b in zip(struct.pack("<f", 5), struct.pack("<f", 1), strict=True)) == 2


def test_float32_skips_whole_numbers_above_16777216() -> None:
    assert int(np.float32(16_777_216)) == 16_777_216
    assert int(np.float32(16_777_217)) == 16_777_216


def by_hand(field, X, row: int, stars: float) -> bytes:
    """One record, built as the lesson builds its own, with the learner's functions."""
    varint, pad4 = solved(TASKS["E8.2"]), solved(TASKS["E8.1"])
    keys, values = X[[row]].indices, X[[row]].data
    tensor = field(1, values.astype("<f4").tobytes()) + field(2, b"".join(varint(int(k)) for k in keys))
    tensor += field(3, varint(X.shape[1]))
    features = field(1, field(1, b"values") + field(2, field(2, tensor)))
    label = field(2, field(1, b"values") + field(2, field(2, field(1, struct.pack("<f", stars)))))
    message = features + label
    return struct.pack("<II", recordio.MAGIC, len(message)) + message + bytes(pad4(len(message)))


def test_the_lessons_way_gives_every_record_of_rendles_ratings(field) -> None:
    seven = rendle.load().ratings
    X, y = FeatureMap.fit(seven).transform(seven), seven["rating"].to_numpy(np.float32)
    assert b"".join(by_hand(field, X, i, y[i]) for i in range(len(y))) == pack(X, y)


def test_the_lessons_way_gives_the_bytes_of_a_file_that_a_real_job_read(field, golden_dir) -> None:
    data = (golden_dir / "fm-regressor-ml-latest-small" / "user_movie_test.recordio").read_bytes()
    X, y = recordio.read(io.BytesIO(data))
    built = b"".join(by_hand(field, X, i, y[i]) for i in range(50))
    assert data.startswith(built)
