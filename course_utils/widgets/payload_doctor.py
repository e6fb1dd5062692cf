"""What the payload doctor computes: what an endpoint does with a request, why, and what to mend.

The verdict is that of `course_utils.payload`, which the local SageMaker reads requests with. The doctor asks
it about every instance by itself, so that one fault does not hide the next, and looks at accepted rows once
more: an endpoint answers many of those that mean nothing.
"""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.sparse import csr_array

from course_utils import payload
from course_utils.datasets import rendle
from course_utils.encode import FeatureMap
from course_utils.payload import JSON, JSONLINES, PayloadError

CSV = "text/csv"
TYPES = (JSON, JSONLINES, CSV)
TOY_COLUMNS = 7
MOST_COLUMNS = 12


@lru_cache(maxsize=1)
def toy_map() -> FeatureMap:
    """The map of Rendle's seven ratings: three users, then four films."""
    return FeatureMap.fit(rendle.load().ratings)


@dataclass(frozen=True)
class Case:
    """A request to examine."""

    body: str
    content_type: str = JSON


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor found.

    Parameters
    ----------
    status : int
        The HTTP status: 200 for an answer.
    message : str
        What a real endpoint says; empty for 200.
    faults : tuple of str
        Why it is refused, and what to mend.
    warnings : tuple of str
        What is accepted and probably not meant.
    readings : tuple of str
        What the model reads, one text for each instance; empty where it reads nothing.
    """

    status: int
    message: str = ""
    faults: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()


#: The five payloads of exercise E8.5, and the pair that each should ask about.
BROKEN: dict[str, dict] = {
    "A": {"keys": [3, 7], "shape": [7], "values": [1, 1]},
    "B": {"keys": [0, 3], "shape": [7], "values": [1]},
    "C": {"keys": ["1", "5"], "shape": [7], "values": [1, 1]},
    "D": {"keys": [0, 4], "shape": [2], "values": [1, 1]},
    "E": {"keys": [2, 5], "shape": [7], "values": [1, 5]},
}
MEANT: dict[str, tuple[str, str]] = {
    "A": ("Charlie", "Titanic"),
    "B": ("Alice", "Notting Hill"),
    "C": ("Bob", "Star Wars"),
    "D": ("Alice", "Star Trek"),
    "E": ("Charlie", "Star Wars"),
}


def body_of(*features: dict) -> str:
    """A JSON request, one line for each instance, so that it can be read in a text box."""
    lines = ",\n".join("  " + json.dumps({"data": {"features": each}}) for each in features)
    return f'{{"instances": [\n{lines}\n]}}'


HEALTHY = {"keys": [0, 4], "shape": [7], "values": [1, 1]}

CASES: dict[str, Case] = {
    "Healthy: Alice and Star Trek": Case(body_of(HEALTHY)),
    "Healthy: the same row, dense": Case('{"instances": [{"features": [1, 0, 0, 0, 1, 0, 0]}]}'),
    "Healthy: two rows as JSON Lines": Case(
        "\n".join(
            json.dumps({"data": {"features": each}}) for each in (HEALTHY, BROKEN["E"] | {"values": [1, 1]})
        ),
        JSONLINES,
    ),
    **{f"Broken {letter}": Case(body_of(features)) for letter, features in BROKEN.items()},
    "A dict as Python prints it": Case(str({"instances": [{"data": {"features": HEALTHY}}]})),
    "Two rows, each with a fault": Case(body_of(BROKEN["C"], BROKEN["D"])),
    "Two users and no film": Case(body_of({"keys": [0, 2], "shape": [7], "values": [1, 1]})),
    "The user's id as a key": Case(body_of({"keys": [333], "shape": [7], "values": [1]})),
    "A row of CSV": Case("1,0,0,0,1,0,0", CSV),
}


def examine(body: str, content_type: str, feature_dim: int) -> Diagnosis:
    """Say what an endpoint of a model with ``feature_dim`` columns does with a request, and why."""
    try:
        X = payload.decode_request(body.encode(), content_type, feature_dim)
    except PayloadError as refusal:
        faults = _faults_by_instance(body, content_type, feature_dim) or (_plain(refusal.hint),)
        return Diagnosis(refusal.status, str(refusal), faults + _advice(body))
    return Diagnosis(200, warnings=tuple(_warnings(X)), readings=tuple(_readings(X)))


def _faults_by_instance(body: str, content_type: str, feature_dim: int) -> tuple[str, ...]:
    """What is wrong with each instance; empty where the request is no list of instances."""
    try:
        if content_type == JSON:
            instances = json.loads(body)["instances"]
        elif content_type == JSONLINES:
            instances = [json.loads(line) for line in body.splitlines() if line.strip()]
        else:
            return ()
        alone = [json.dumps({"instances": [instance]}) for instance in instances]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ()
    faults = []
    for number, text in enumerate(alone):
        try:
            payload.decode_request(text.encode(), JSON, feature_dim)
        except PayloadError as refusal:
            faults.append(_plain(refusal.hint).replace("Instance 0", f"Instance {number}", 1))
    return tuple(faults)


def _plain(hint: str) -> str:
    """A hint without the examples of whole requests that follow some of them."""
    return hint.split(" Send {")[0]


def _advice(body: str) -> tuple[str, ...]:
    """A word about the commonest slip: Python's own way to print a dict is not JSON."""
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        try:
            is_python = isinstance(ast.literal_eval(body.strip()), dict)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return ()
        if is_python:
            return ("This is how Python prints a dict. JSON wants double quotes: write it with json.dumps.",)
    return ()


def _hot(X: csr_array, row: int) -> tuple[np.ndarray, np.ndarray]:
    place = slice(X.indptr[row], X.indptr[row + 1])
    return X.indices[place], X.data[place]


def _readings(X: csr_array) -> list[str]:
    names = _names(X.shape[1])
    readings = []
    for row in range(X.shape[0]):
        keys, values = _hot(X, row)
        terms = [names[j] if v == 1 else f"{v:g} times {names[j]}" for j, v in zip(keys, values, strict=True)]
        readings.append(" × ".join(terms) or "nothing at all: the answer is the bias alone")
    return readings


def _names(feature_dim: int) -> list[str]:
    """What the columns stand for; of the toy model by name."""
    if feature_dim != TOY_COLUMNS:
        return [f"column {j}" for j in range(feature_dim)]
    return [name.split("=")[1] for name in toy_map().column_names]


def _warnings(X: csr_array) -> list[str]:
    found = []
    for row in range(X.shape[0]):
        keys, values = _hot(X, row)
        where = f"Instance {row}"
        if len(keys) and not (values == 1).all():
            found.append(
                f"{where} holds the value {values[values != 1][0]:g}. A one-hot row says who and what with "
                "1; stars do not belong in it."
            )
        if X.shape[1] != TOY_COLUMNS:
            continue
        users = int(np.isin(keys, toy_map().columns_of("user")).sum())
        films = len(keys) - users
        if (users, films) != (1, 1):
            found.append(
                f"{where} names {_many(users, 'user')} and {_many(films, 'film')}; a pair is one of each. "
                "The endpoint cannot know that."
            )
    return found


def _many(number: int, thing: str) -> str:
    return f"{('no', 'one', 'two', 'three', 'four')[number]} {thing}{'' if number == 1 else 's'}"


# ------------------------------------------------------------------------------------------------ in words


def verdict(diagnosis: Diagnosis) -> str:
    """Accepted or refused, in one sentence."""
    if diagnosis.status != 200:
        return f"✘ Refused, status {diagnosis.status}. A real endpoint says only: {diagnosis.message}"
    if diagnosis.warnings:
        return "▲ Accepted, status 200, and probably not what you mean."
    return "✔ Accepted, status 200."
