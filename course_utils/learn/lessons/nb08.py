"""Lesson 08, Pack RecordIO, speak JSON. What it asks, and what it says to every answer."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_array

from course_utils import payload
from course_utils.learn.expect import expect, expect_same, same
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Prediction, Question
from course_utils.recordio import framing, protobuf
from course_utils.widgets.payload_doctor import BROKEN, MEANT, TOY_COLUMNS, toy_map


def _answers_like(wrong: Callable, *inputs: tuple) -> Callable:
    """A matcher for functions that give what ``wrong`` gives."""
    return lambda answer: all(same(answer(*each), wrong(*each)) for each in inputs)


# ------------------------------------------------------------------------------------ E8.0 CSV


_TABLES = ((1, 7), (3, 5), (100, 10_000))


def _csv_bytes(answer) -> None:
    for n, d in _TABLES:
        said = answer(n, d)
        expect(np.ndim(said) == 0 and not isinstance(said, str), "Give one number of bytes.")
        expect(
            same(said, 2 * n * d),
            f"`csv_bytes({n}, {d})` gives {said}. Write one row of 7 columns on paper, `0,0,1,0,0,1,0` and a line end, "
            "and count the characters.",
        )


def _csv_digits_only(n, d):
    return n * d


def _csv_floats(n, d):
    return 4 * n * d


def _csv_without_line_ends(n, d):
    return n * (2 * d - 1)


def _csv_ones_only(n, d):
    return 4 * n


# ------------------------------------------------------------------------------------ E8.1 padding

_LENGTHS = tuple((length,) for length in (51, 52, 53, 54, 0, 1, 4, 1023))


def _pad4(answer) -> None:
    for (length,) in _LENGTHS:
        said = answer(length)
        expect(
            same(said, framing.padded(length) - length),
            f"`pad4({length})` gives {said!r}. Which is the next multiple of 4 from {length} on, and how far is it?",
        )


def _pad_remainder(length):
    return length % 4


def _pad_four_for_none(length):
    return 4 - length % 4


def _pad_whole(length):
    return framing.padded(length)


def _pad_bytes(length):
    return bytes(-length % 4)


# ------------------------------------------------------------------------------------ E8.2 varint

_NUMBERS = (0, 1, 127, 128, 300, 9_999, 16_383, 16_384, 1_000_000)


def _varint(answer) -> None:
    for number in _NUMBERS:
        said, right = answer(number), protobuf.varint(number)
        expect(isinstance(said, bytes), f"`varint({number})` should be bytes, not {type(said).__name__}.")
        expect(
            said == right,
            f"`varint({number})` gives {said.hex(' ') or 'nothing'}; expected {right.hex(' ')}. Each byte: seven bits, and "
            "128 on top unless it is the last.",
        )


def _varint_with(more: Callable[[int], int], last: Callable[[int], int] = lambda number: number):
    """A ``varint`` that appends ``more(number)`` while bits are left, and then ``last(number)``."""

    def varint(number):
        out = bytearray()
        while number > 127:
            out.append(more(number))
            number >>= 7
        out.append(last(number))
        return bytes(out)

    return varint


def _varint_high_first(number):
    groups = [number & 127]
    while number := number >> 7:
        groups.insert(0, number & 127 | 128)
    return bytes(groups)


_varint_unmarked = _varint_with(lambda number: number & 127)
_varint_all_marked = _varint_with(lambda number: number & 127 | 128, lambda number: number | 128)


def _gives_bytes_like(wrong: Callable) -> Callable:
    return lambda answer: all(answer(number) == wrong(number) for number in _NUMBERS)


# ------------------------------------------------------------------------------------ E8.3 a JSON instance


def _rows() -> csr_array:
    """Three rows of nine columns, with other values than 1, so that no wrong place looks right."""
    data = np.array([1, 1, 0.5, 2, 1, 1], np.float32)
    return csr_array((data, [0, 6, 1, 4, 8, 3], [0, 2, 5, 6]), shape=(3, 9))


def _features(X, i) -> dict:
    place = slice(X.indptr[i], X.indptr[i + 1])
    return {"keys": X.indices[place].tolist(), "shape": [X.shape[1]], "values": X.data[place].tolist()}


def _instance(answer) -> None:
    X = _rows()
    for i in range(X.shape[0]):
        said = answer(X, i)
        expect(isinstance(said, dict), f"`instance(X, {i})` should be a dict, not {type(said).__name__}.")
        try:
            text = json.dumps({"instances": [said]})
        except TypeError as problem:
            expect(
                False,
                f"`json.dumps` cannot write it: {problem}. Which of the three still holds NumPy's numbers?",
            )
        features = said.get("data", said)
        features = features.get("features") if isinstance(features, dict) else None
        expect(
            isinstance(features, dict) and {"keys", "shape", "values"} <= set(features),
            'Somewhere on the way `["data"]["features"]` must hold `keys`, `shape` and `values`.',
        )
        right = _features(X, i)
        for name in ("keys", "values", "shape"):
            expect_same(features[name], right[name], f"`{name}` of row {i}")
        try:
            payload.decode_request(text.encode(), payload.JSON, X.shape[1])
        except payload.PayloadError as problem:
            expect(False, f"The endpoint refuses it. {problem.hint}")


def _instance_with(change: Callable[[csr_array, int], dict]):
    """An ``instance`` whose features differ from the right ones in what ``change`` gives."""

    def instance(X, i):
        return {"data": {"features": _features(X, i) | change(X, i)}}

    return instance


_shape_of_nonzeros = _instance_with(lambda X, i: {"shape": [len(_features(X, i)["keys"])]})
_shape_of_matrix = _instance_with(lambda X, i: {"shape": list(X.shape)})
_shape_unlisted = _instance_with(lambda X, i: {"shape": X.shape[1]})
_all_rows = _instance_with(lambda X, i: {"keys": X.indices.tolist(), "values": X.data.tolist()})
_numpy_inside = _instance_with(lambda X, i: {"keys": X.indices[X.indptr[i] : X.indptr[i + 1]]})
_ids_in_place = _instance_with(lambda X, i: {"keys": [key + 1 for key in _features(X, i)["keys"]]})


def _instance_bare(X, i):
    return _features(X, i)


def _shape_is(wanted: Callable[[csr_array, int], object]) -> Callable:
    def matches(answer) -> bool:
        X = _rows()
        return all(answer(X, i)["data"]["features"]["shape"] == wanted(X, i) for i in range(3))

    return matches


def _features_of(answer, i: int = 1) -> dict:
    return answer(_rows(), i)["data"]["features"]


# ------------------------------------------------------------------------------------ E8.4 a reply


def _replies() -> list[tuple[bytes, str, list[float]]]:
    """Bodies, their content types, and the scores in them: not sorted, and on both sides of one half."""
    found = []
    for task, scores in (("regressor", [3.5, 1.25, 4.75]), ("binary_classifier", [0.75, 0.125, 0.625])):
        for kind in (payload.JSON, payload.JSONLINES):
            found.append((payload.encode_response(np.array(scores), accept=kind, task=task), kind, scores))
    return found


def _read_scores(answer) -> None:
    for body, kind, scores in _replies():
        what = f"`read_scores` of a reply in {kind}, {body[:40].decode()}…"
        expect_same(list(answer(body, kind)), scores, what)


def _reads_like(wrong: Callable) -> Callable:
    return lambda answer: all(same(list(answer(b, k)), wrong(b, k)) for b, k, _ in _replies())


def _rows_of(body, kind):
    return (
        json.loads(body)["predictions"]
        if kind == payload.JSON
        else [json.loads(t) for t in body.splitlines()]
    )


def _scores_sorted(body, kind):
    return sorted((row["score"] for row in _rows_of(body, kind)), reverse=True)


def _labels(body, kind):
    return [row.get("predicted_label", row["score"]) for row in _rows_of(body, kind)]


def _first_only(body, kind):
    return [_rows_of(body, kind)[0]["score"]]


def _rows_themselves(body, kind):
    return _rows_of(body, kind)


def _json_only(body, kind):
    return [row["score"] for row in json.loads(body)["predictions"]]


def _reads_json_only(answer) -> bool:
    """Right about the replies in JSON; for JSON Lines it raises, which the checker has put into words."""
    return all(same(list(answer(b, k)), s) for b, k, s in _replies() if k == payload.JSON)


# ------------------------------------------------------------------------------------ E8.5 bug hunt

_RIGHT = {
    letter: {
        "keys": [toy_map().column("user", user), toy_map().column("item", film)],
        "shape": [7],
        "values": [1, 1],
    }
    for letter, (user, film) in MEANT.items()
}


def _mended(answer) -> None:
    expect(isinstance(answer, dict), "Give a dict with the keys A, B, C, D and E.")
    for letter, (user, film) in MEANT.items():
        expect(letter in answer, f"{letter} is missing.")
        text = json.dumps({"instances": [{"data": {"features": answer[letter]}}]}, default=_plain_number)
        try:
            X = payload.decode_request(text.encode(), payload.JSON, TOY_COLUMNS)
        except payload.PayloadError as problem:
            expect(False, f"{letter} is still refused. {problem.hint.replace('Instance 0: ', '')}")
        names = " and ".join(toy_map().column_names[j] for j in X.indices)
        expect(
            X.indices.tolist() == sorted(_RIGHT[letter]["keys"]),
            f"{letter} is answered, but it asks about {names or 'nothing'}; meant were {user} and {film}.",
        )
        expect(
            (X.data == 1).all(),
            f"{letter} is answered, but it holds {X.data.tolist()} as values. What does a 5 say in a one-hot row?",
        )


def _plain_number(value):
    return value.tolist()


def _still(letter: str) -> Callable:
    return lambda answer: (
        answer[letter] == BROKEN[letter]
        and all(answer[other] == _RIGHT[other] for other in "ABCDE"[: "ABCDE".index(letter)])
    )


def _but(**changed: dict) -> dict:
    return _RIGHT | changed


LESSON = Lesson(
    number=8,
    objectives={
        "O8.1": "say why training reads float32 RecordIO-protobuf and not CSV, and what that format does not do",
        "O8.2": "encode one record: frame, varints, floats",
        "O8.3": "write a sparse row as a JSON request, and mend one that is refused",
        "O8.4": "read replies: scores and labels, in JSON, JSON Lines and RecordIO",
    },
    exercises=(
        Exercise(
            id="E8.0",
            objective="O8.1",
            verify=_csv_bytes,
            expects="a function of n and d that gives a number of bytes",
            passed="Two bytes for each cell, hot or not. With ten thousand columns one rating takes 20,000 bytes.",
            hints=(
                "A row of 3 columns is `0,1,0` and a line end: how many characters is that?",
                "Every column has a digit, and behind each digit stands a comma or the line end.",
                "2 characters for each of d columns, in each of n rows.",
            ),
            solution="""
def csv_bytes(n, d):
    \"""Bytes of n one-hot rows of d columns as CSV.\"""
    return 2 * n * d
""",
            discussion="The size grows with the number of columns, although each row says only two things. That is why "
            "sparse rows need a format that names what is there.",
            mistakes=(
                Mistake(
                    matches=_answers_like(_csv_digits_only, *_TABLES),
                    feedback="Those are the digits alone. A comma or a line end stands behind each of them.",
                    example=_csv_digits_only,
                ),
                Mistake(
                    matches=_answers_like(_csv_floats, *_TABLES),
                    feedback="Four bytes is a 32-bit float in memory. CSV is text: a character for the digit, and one "
                    "that separates.",
                    example=_csv_floats,
                ),
                Mistake(
                    matches=_answers_like(_csv_without_line_ends, *_TABLES),
                    feedback="Nearly: the line end behind the last column is a character, too.",
                    example=_csv_without_line_ends,
                ),
                Mistake(
                    matches=_answers_like(_csv_ones_only, *_TABLES),
                    feedback="That counts the two ones of a row. CSV writes every zero as well; it has no way to leave "
                    "one out.",
                    example=_csv_ones_only,
                    misconception="M12",
                ),
            ),
        ),
        Exercise(
            id="E8.1",
            objective="O8.2",
            verify=_pad4,
            expects="a function of a length that gives 0, 1, 2 or 3",
            passed="Behind 51 bytes comes 1, behind 52 none. So each record begins at a multiple of four.",
            hints=(
                "Try 51, 52 and 53 by hand: the next multiples of four are 52, 52 and 56.",
                "`length % 4` says how far it is past the last multiple. You want how far it is to the next.",
                "In Python, `-51 % 4` is 1: the remainder is never negative.",
            ),
            solution="""
def pad4(length):
    \"""Zero bytes behind a message: 0, 1, 2 or 3.\"""
    return -length % 4
""",
            discussion="`(4 - length % 4) % 4` is the same. Processors read four bytes at once, and like them to begin at "
            "a multiple of four.",
            mistakes=(
                Mistake(
                    matches=_answers_like(_pad_remainder, *_LENGTHS),
                    feedback="That is how far the length is past the last multiple of four. The question is how far it is "
                    "to the next one: 51 needs 1, not 3.",
                    example=_pad_remainder,
                ),
                Mistake(
                    matches=_answers_like(_pad_four_for_none, *_LENGTHS),
                    feedback="Right, but for lengths that are multiples of four: 52 needs no padding, and gets 4 from "
                    "you.",
                    example=_pad_four_for_none,
                ),
                Mistake(
                    matches=_answers_like(_pad_whole, *_LENGTHS),
                    feedback="That is the length with its padding. The exercise asks for the padding alone.",
                    example=_pad_whole,
                ),
                Mistake(
                    matches=lambda answer: all(answer(*each) == _pad_bytes(*each) for each in _LENGTHS),
                    feedback="Those are the zero bytes themselves. The exercise asks how many they are.",
                    example=_pad_bytes,
                ),
            ),
        ),
        Exercise(
            id="E8.2",
            objective="O8.2",
            verify=_varint,
            expects="a function of a whole number that gives bytes",
            passed="127 takes one byte, 128 takes two, 16,384 takes three: small columns are short.",
            hints=(
                "Inside the loop more bytes follow, so the byte carries the bit 128. Behind the loop, none follows.",
                "Seven bits: `number & 127`. With 128 on top: `| 128`.",
                "`number & 127 | 128` inside, `number` behind.",
            ),
            solution="""
def varint(number):
    \"""A whole number as a varint, in bytes.\"""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)
""",
            discussion="`number % 128 + 128` and `number //= 128` do the same with plain arithmetic.",
            mistakes=(
                Mistake(
                    matches=_gives_bytes_like(_varint_unmarked),
                    feedback="The bit 128 is missing. Without it a reader takes the first byte for the whole number: 300 "
                    "would be read as 44.",
                    example=_varint_unmarked,
                ),
                Mistake(
                    matches=_gives_bytes_like(_varint_all_marked),
                    feedback="The last byte carries 128 as well, so the reader waits for another one, and takes what "
                    "comes next in the record.",
                    example=_varint_all_marked,
                ),
                Mistake(
                    matches=_gives_bytes_like(_varint_high_first),
                    feedback="The high bits stand first, as we write numbers. A varint begins with the lowest seven: 300 "
                    "is ac 02.",
                    example=_varint_high_first,
                ),
            ),
        ),
        Exercise(
            id="E8.3",
            objective="O8.3",
            verify=_instance,
            expects="a function of a CSR matrix and a row number that gives a dict",
            passed="The endpoint's reader takes it, and reads the row that you meant.",
            hints=(
                "Cut the row's part out of `X.indices` and `X.data`; both with the same slice.",
                "`shape` is a list with one number: how many columns X has. `.tolist()` makes plain Python of arrays.",
                '`{"data": {"features": {"keys": keys, "shape": [X.shape[1]], "values": values}}}`',
            ),
            solution="""
def instance(X, i):
    \"""Row i as a dict: {"data": {"features": {"keys": …, "shape": …, "values": …}}}.\"""
    place = slice(X.indptr[i], X.indptr[i + 1])
    keys, values = X.indices[place].tolist(), X.data[place].tolist()
    features = {"keys": keys, "shape": [X.shape[1]], "values": values}
    return {"data": {"features": features}}
""",
            discussion="In real code, `payload.encode_request(X)` does it for all rows, and checks them.",
            mistakes=(
                Mistake(
                    matches=_shape_is(lambda X, i: [len(_features(X, i)["keys"])]),
                    feedback="`shape` is not how many keys there are. It is how many columns a row has, with all its "
                    "zeros: `[X.shape[1]]`.",
                    example=_shape_of_nonzeros,
                    misconception="M28",
                ),
                Mistake(
                    matches=_shape_is(lambda X, i: list(X.shape)),
                    feedback="That is the shape of the whole matrix. One instance is one row: its shape is the number of "
                    "columns alone.",
                    example=_shape_of_matrix,
                ),
                Mistake(
                    matches=_shape_is(lambda X, i: X.shape[1]),
                    feedback="The number is right; `shape` is a list with that number in it.",
                    example=_shape_unlisted,
                ),
                Mistake(
                    matches=lambda answer: len(_features_of(answer)["keys"]) == _rows().nnz,
                    feedback="Those are the columns of all rows, one behind the other. Row i has the places "
                    "`X.indptr[i]` to `X.indptr[i + 1]`.",
                    example=_all_rows,
                ),
                Mistake(
                    matches=lambda answer: any(
                        isinstance(value, np.ndarray | np.generic) for value in _features_of(answer).values()
                    ),
                    feedback="`json.dumps` cannot write NumPy's arrays and numbers. `.tolist()` makes plain Python of "
                    "them.",
                    example=_numpy_inside,
                ),
                Mistake(
                    matches=lambda answer: (
                        _features_of(answer)["keys"] == _features_of(_ids_in_place)["keys"]
                    ),
                    feedback="Your keys are one too high. Columns are counted from 0, and `X.indices` holds them as they "
                    "travel. An endpoint would answer, about other people.",
                    example=_ids_in_place,
                    misconception="M29",
                ),
                Mistake(
                    matches=lambda answer: "keys" in answer(_rows(), 0),
                    feedback="The three parts are right. Wrap them: they stand under `features`, and that under `data`.",
                    example=_instance_bare,
                ),
            ),
        ),
        Exercise(
            id="E8.4",
            objective="O8.4",
            verify=_read_scores,
            expects="a function of a body and a content type that gives a list of scores",
            passed="Both forms, both kinds of model, and the order is kept: it is all that ties scores to pairs.",
            hints=(
                "Ask the content type first: `if content_type == payload.JSON`.",
                'JSON: `json.loads(body)["predictions"]` is a list of dicts. JSON Lines: each line is such a dict.',
                'In both cases, end with `[row["score"] for row in rows]`.',
            ),
            solution="""
def read_scores(body, content_type):
    \"""Scores of a reply in order, from payload.JSON or payload.JSONLINES.\"""
    if content_type == payload.JSON:
        rows = json.loads(body)["predictions"]
    else:
        rows = [json.loads(line) for line in body.splitlines()]
    return [row["score"] for row in rows]
""",
            discussion="`payload.decode_response` also knows RecordIO, and says what is wrong with a reply that is none.",
            mistakes=(
                Mistake(
                    matches=_reads_like(_scores_sorted),
                    feedback="You sorted them. Then nobody knows any more which score belongs to which pair: sort pairs "
                    "and scores together, later.",
                    example=_scores_sorted,
                ),
                Mistake(
                    matches=_reads_like(_labels),
                    feedback="You took predicted_label where there is one. It is the score, cut at one half; a list is "
                    "ordered by the score.",
                    example=_labels,
                    misconception="M25",
                ),
                Mistake(
                    matches=_reads_like(_first_only),
                    feedback="That is the first row alone. There is one score for each row that was sent.",
                    example=_first_only,
                ),
                Mistake(
                    matches=lambda answer: all(answer(b, k) == _rows_of(b, k) for b, k, _ in _replies()),
                    feedback="Those are the dicts. Take the score out of each of them.",
                    example=_rows_themselves,
                ),
                Mistake(
                    matches=_reads_json_only,
                    feedback="JSON is read well. JSON Lines has no predictions around it: each line is a JSON text of its "
                    "own, so read line by line.",
                    example=_json_only,
                ),
            ),
        ),
        Exercise(
            id="E8.5",
            objective="O8.3",
            verify=_mended,
            expects="a dict of five dicts with keys, shape and values",
            passed="All five are answered, and about the pairs that were meant.",
            hints=(
                "Choose “Broken A” in the doctor's list, read, and edit the text until the doctor reads the right pair.",
                "A: columns are counted from 0. B: one value for each key. C: numbers have no quotes. D: seven columns.",
                "E is answered as it is. The 5 was the rating; a one-hot row holds ones.",
            ),
            solution="""
mended = {
    "A": {"keys": [2, 6], "shape": [7], "values": [1, 1]},
    "B": {"keys": [0, 3], "shape": [7], "values": [1, 1]},
    "C": {"keys": [1, 5], "shape": [7], "values": [1, 1]},
    "D": {"keys": [0, 4], "shape": [7], "values": [1, 1]},
    "E": {"keys": [2, 5], "shape": [7], "values": [1, 1]},
}
""",
            discussion="Four of the five were refused, and cost an afternoon at most. E would have been answered for "
            "months.",
            mistakes=(
                Mistake(
                    matches=_still("A"),
                    feedback="A: with seven columns the last one is 6, so 7 is none. Somebody counted from 1, and then the "
                    "first key is one too high as well.",
                    example=dict(BROKEN),
                    misconception="M29",
                ),
                Mistake(
                    matches=lambda answer: answer["A"]["shape"] == [8],
                    feedback="A: a larger shape makes room for key 7, but the model has seven columns and refuses eight. "
                    "Mend the keys.",
                    example=_but(A={"keys": [3, 7], "shape": [8], "values": [1, 1]}),
                    misconception="M32",
                ),
                Mistake(
                    matches=lambda answer: answer["A"]["keys"] == [3, 6],
                    feedback="A is answered, about two films and no user: both keys were counted from 1, so both go down "
                    "by one.",
                    example=_but(A={"keys": [3, 6], "shape": [7], "values": [1, 1]}),
                    misconception="M29",
                ),
                Mistake(
                    matches=lambda answer: len(answer["B"]["keys"]) == 1,
                    feedback="B: now the lengths agree, and half of the question is gone. Add the missing value; keep both "
                    "keys.",
                    example=_but(B={"keys": [0], "shape": [7], "values": [1]}),
                ),
                Mistake(
                    matches=_still("C"),
                    feedback='C: "1" is a text, 1 is a number. JSON keeps the two apart, and so does the endpoint.',
                    example=_but(C=BROKEN["C"]),
                ),
                Mistake(
                    matches=_still("D"),
                    feedback="D: shape is how many columns a row has, zeros included. That two of them are hot, the keys "
                    "say already.",
                    example=_but(D=BROKEN["D"]),
                    misconception="M28",
                ),
                Mistake(
                    matches=_still("E"),
                    feedback="E: the 5 is Charlie's rating of Star Wars. It is what the model should say, not what it is "
                    "told; the row says who and what, with ones.",
                    example=_but(E=BROKEN["E"]),
                    misconception="M06",
                ),
            ),
        ),
    ),
    predictions=(
        Prediction(
            id="P8.1",
            objective="O8.1",
            stem="In memory a row takes 24 bytes. How many bytes will it take in the RecordIO file?",
            options=(
                "Clearly fewer: a binary format packs tightly",
                "About as many",
                "More than twice as many",
            ),
            happened=lambda ratio: (
                "More than twice as many"
                if ratio > 2
                else "Clearly fewer: a binary format packs tightly"
                if ratio < 0.8
                else "About as many"
            ),
            why="Each record repeats its magic number, its lengths, and the names of its parts. Binary is not the same as "
            "compressed.",
        ),
        Prediction(
            id="P8.2",
            objective="O8.2",
            stem="The label goes from 5 stars to 1, and nothing else changes. How many of the record's 60 bytes are "
            "others than before?",
            unit="bytes",
            why="The float has four bytes, but 5 and 1 differ in two of them. Nothing moves its place: a float always takes "
            "four.",
        ),
        Prediction(
            id="P8.3",
            objective="O8.3",
            stem="A request with the key 333, meant as user 333. What does the endpoint do?",
            options=(
                "It looks user 333 up and answers about them",
                "It refuses: 333 is an id and no column",
                "It answers about whoever has column 333",
            ),
            happened=lambda name: (
                "It looks user 333 up and answers about them"
                if name == "user=333"
                else "It answers about whoever has column 333"
            ),
            why="Keys are columns. Which id owns which column, only the map knows, and the endpoint has no map.",
        ),
        Prediction(
            id="P8.4",
            objective="O8.4",
            stem="What in a reply says which score belongs to which of the three pairs?",
            options=(
                "The names of user and film beside each score",
                "The keys that were sent, repeated",
                "Its place: first row, first score",
            ),
            why="A reply holds scores (and labels) and nothing else, in the order of the rows.",
        ),
    ),
    questions=(
        Question(
            id="Q8.1",
            objective="O8.1",
            stem="Why is a RecordIO file of one-hot rows so much smaller than the same rows in CSV?",
            options=(
                Option(
                    "RecordIO compresses what it stores",
                    "gzip made the file more than ten times smaller: nothing had been compressed before.",
                    misconception="M27",
                ),
                Option(
                    "Zeros are not stored: a record names its columns",
                    "Two keys and two values, however many columns there are.",
                    correct=True,
                ),
                Option(
                    "Its numbers take fewer bytes than digits do",
                    "A float takes four bytes, the digit 1 takes one. It is the zeros that make the difference.",
                ),
            ),
            after="Sparse is not compressed. Leaving out and squeezing are two things.",
        ),
        Question(
            id="Q8.2",
            objective="O8.1",
            stem="A colleague sends float64 values, “to be on the safe side”. What happens, and what is lost with float32?",
            options=(
                Option(
                    "Training is more exact with float64",
                    "The algorithm reads Float32 tensors only, and computes in float32.",
                    misconception="M19",
                ),
                Option(
                    "It is refused; and ones and stars lose nothing in float32",
                    "1, 0.5 and 5 are exact in 32 bits.",
                    correct=True,
                ),
                Option(
                    "It is accepted, at twice the size",
                    "The writer refuses it before it travels: only Float32 is read.",
                ),
            ),
            after="float32 is what the algorithm reads. One-hot rows need no more.",
        ),
        Question(
            id="Q8.3",
            objective="O8.2",
            stem="A message of 70 bytes: how many bytes does its record take in the file, frame and padding included?",
            kind="number",
            options=(
                Option("80", "8 bytes of frame, 70 of message, 2 of padding.", correct=True),
                Option("78", "Frame and message make 78, which is no multiple of four. Two zeros follow."),
                Option(
                    "72",
                    "That is the message with its padding. Magic and length stand before it, 4 bytes each.",
                ),
                Option("70", "That is the message alone."),
            ),
            after="8 + the message + zeros up to a multiple of four.",
        ),
        Question(
            id="Q8.4",
            objective="O8.2",
            stem="The film's column goes from 127 to 128. What changes in the record?",
            options=(
                Option(
                    "Its key takes two bytes in place of one, and the lengths around it grow by one",
                    "Seven bits end at 127.",
                    correct=True,
                ),
                Option(
                    "One byte, as with any other column",
                    "From 6 to 7, yes. But 128 needs eight bits, and a byte of a varint holds seven.",
                ),
                Option(
                    "Nothing: the value is 1 as before",
                    "The value is. The key says where that 1 stands.",
                ),
            ),
            after="Varints grow with the number, and lengths are nested around them.",
        ),
        Question(
            id="Q8.5",
            objective="O8.3",
            stem="A model with 10,000 columns is asked about a row with a user, a film and three genres. What is `shape`?",
            options=(
                Option(
                    "[5]",
                    "Five columns are hot, and five keys say so. The shape is the width of the whole row.",
                    misconception="M28",
                ),
                Option("[1, 10000]", "One instance is one row; the 1 is left out."),
                Option("[10000]", "All columns, hot or not.", correct=True),
            ),
            after="Shape is the width that the model was trained with.",
        ),
        Question(
            id="Q8.6",
            objective="O8.3",
            stem="Which of these requests does an endpoint answer, without an error? The model has 10,000 columns.",
            kind="many",
            options=(
                Option(
                    "The key 333, when user 333 owns column 332",
                    "333 is a column like any other. The answer is about somebody else.",
                    correct=True,
                    misconception="M29",
                ),
                Option("The key 10000", "Columns run from 0 to 9,999."),
                Option(
                    "Two users and no film",
                    "Two columns are hot, which is all that it sees.",
                    correct=True,
                    misconception="M29",
                ),
                Option("Keys [3, 700] and values [1]", "One value for each key, or it is refused."),
            ),
            after="It checks the form. The meaning is with the map, and the map is with you.",
        ),
        Question(
            id="Q8.7",
            objective="O8.4",
            stem="A classifier answers `score` 0.34 and `predicted_label` 0. What is the 0.34?",
            options=(
                Option(
                    "How sure it is of its label 0",
                    "Then 0 would have to be at least one half likely. The score is always about label 1.",
                ),
                Option("The probability of label 1", "Below one half, so the label is 0.", correct=True),
                Option(
                    "A rating of 0.34 stars",
                    "A regressor's score is in stars. A reply with labels comes from a classifier.",
                ),
            ),
            after="Rank by the score. The label is the score, cut at one half.",
        ),
    ),
)
