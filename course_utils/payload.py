"""Requests to an endpoint and its replies: JSON, JSON Lines and RecordIO-protobuf, both ways.

The forms are those of the developer guide (*Common data formats for inference*, *Factorization Machines
response formats*) and of recorded replies of real endpoints. Encoding a request and decoding a reply is the
client's half, decoding a request and encoding a reply the server's.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from scipy import sparse

from course_utils import recordio
from course_utils.fm.model import Task

JSON = "application/json"
JSONLINES = "application/jsonlines"
RECORDIO = "application/x-recordio-protobuf"
CONTENT_TYPES = (JSON, JSONLINES, RECORDIO)

CANNOT_EVALUATE = (
    "unable to evaluate payload provided"  # word for word what real endpoints answer, and all they say
)
TYPE_NOT_SUPPORTED = "Customer Error: Content-Type header value '{}' not supported"
ACCEPT_NOT_SUPPORTED = "Customer Error: Accept header value '{}' not supported"
EXAMPLE = (
    '{"instances": [{"features": [0, 1, 0]}]} (dense) or '
    '{"instances": [{"data": {"features": {"keys": [1], "shape": [3], "values": [1]}}}]} (sparse)'
)
THRESHOLD = 0.5  # a classifier predicts label 1 from this score on
DECIMALS = 15  # of a score in the output of a batch transform


class PayloadError(ValueError):
    """A request or reply that cannot be used.

    Attributes
    ----------
    status : int
        The HTTP status to answer with: 400 for a bad body, 415 for its content type, 406 for the wanted
        reply's.
    hint : str
        What is wrong and what to try, in plain words. The text of the exception is the sparse one that
        SageMaker sends.
    """

    def __init__(self, status: int, message: str, hint: str):
        super().__init__(message)
        self.status = status
        self.hint = hint


@dataclass(frozen=True, eq=False)
class Predictions:
    """Scores (n,) float32 and, of a classifier, predicted labels (n,) float32, 0 or 1."""

    score: np.ndarray
    predicted_label: np.ndarray | None = None


def _unusable(hint: str) -> PayloadError:
    return PayloadError(400, CANNOT_EVALUATE, hint)


# ---- requests ----------------------------------------------------------------------------------------------


def encode_request(X, content_type: str = JSON, *, dense: bool = False) -> bytes:
    """The body of a request for predictions of all rows of ``X``.

    Parameters
    ----------
    X : sparse matrix or ndarray, shape (n, d)
        Rows as the model was trained on; numbers are sent as float32.
    content_type : str
        :data:`JSON`, :data:`JSONLINES` or :data:`RECORDIO`.
    dense : bool
        Send all ``d`` numbers of a row instead of those that are not zero.

    Raises
    ------
    PayloadError
        For another content type (415), for no rows or numbers that are not finite (400).
    """
    kind = _request_type(content_type)
    if X.ndim != 2 or 0 in X.shape:
        raise _unusable(f"X has shape {X.shape}; expected rows and columns. One row alone is X[:1].")
    X = _dense(X) if dense else _sparse(X)
    if not np.isfinite(X.data if sparse.issparse(X) else X).all():
        raise _unusable(
            "X holds NaN or infinity, which an endpoint cannot score. Fill or drop such numbers first."
        )
    if kind == RECORDIO:
        stream = io.BytesIO()
        recordio.write(stream, X)
        return stream.getvalue()
    instances = _dense_instances(X) if dense else _sparse_instances(X)
    if kind == JSONLINES:
        return "".join(json.dumps(instance) + "\n" for instance in instances).encode()
    return json.dumps({"instances": list(instances)}).encode()


def _dense(X) -> np.ndarray:
    return np.asarray(X.toarray() if sparse.issparse(X) else X, np.float32)


def _sparse(X) -> sparse.csr_array:
    X = sparse.csr_array(X, dtype=np.float32)
    if not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    return X


def _dense_instances(X: np.ndarray) -> Iterator[dict]:
    return ({"features": row} for row in X.tolist())


def _sparse_instances(X: sparse.csr_array) -> Iterator[dict]:
    keys, values = X.indices.tolist(), X.data.tolist()
    for start, stop in zip(X.indptr[:-1], X.indptr[1:], strict=True):
        features = {"keys": keys[start:stop], "shape": [X.shape[1]], "values": values[start:stop]}
        yield {"data": {"features": features}}


def decode_request(body: bytes, content_type: str | None, feature_dim: int) -> sparse.csr_array:
    """The rows of a request.

    Parameters
    ----------
    body : bytes
    content_type : str or None
        The header's value; parameters such as ``; charset=utf-8`` are passed over.
    feature_dim : int
        d, the number of columns that the model has.

    Returns
    -------
    csr_array, shape (n, d), float32
        With sorted columns; labels in a RecordIO body are passed over.

    Raises
    ------
    PayloadError
        And nothing else, whatever the body: 415 for the content type, 400 for what is in it.
    """
    kind = _request_type(content_type)
    if not body.strip():
        raise _unusable(f"The request has no body. Send {EXAMPLE}.")
    X = _from_recordio(body) if kind == RECORDIO else _from_instances(_instances(body, kind), feature_dim)
    if X.shape[0] == 0:
        raise _unusable("The request holds no instances; send at least one row.")
    if X.shape[1] != feature_dim:
        raise _unusable(f"The rows have {X.shape[1]} columns. {_expected_width(feature_dim)}")
    finite = np.isfinite(X.data)
    if not finite.all():
        row = int(np.searchsorted(X.indptr, np.argmin(finite), side="right")) - 1
        raise _unusable(f"Instance {row} holds a number that is NaN, infinite or too large for a float32.")
    X.sort_indices()
    if not X.has_canonical_format:
        raise _unusable(
            "An instance names the same key twice. Each column has one value: add them up before sending."
        )
    return X


def _request_type(content_type: str | None) -> str:
    kind = _media_type(content_type or "")
    if kind not in CONTENT_TYPES:
        raise PayloadError(
            415,
            TYPE_NOT_SUPPORTED.format(content_type or ""),
            f"Factorization machines read {', '.join(CONTENT_TYPES)}; set ContentType to what you send. "
            "CSV is not among them, because rows are sparse.",
        )
    return kind


def _media_type(header: str) -> str:
    return header.split(";")[0].strip().lower()


def _expected_width(feature_dim: int) -> str:
    return f"The model has {feature_dim}: encode rows with the FeatureMap that was saved with it."


def _from_recordio(body: bytes) -> sparse.csr_array:
    try:
        return recordio.read(io.BytesIO(body))[0]
    except recordio.RecordIOError as problem:
        raise _unusable(f"The body is not the RecordIO-protobuf that was announced. {problem}") from problem


def _parse(text: bytes, what: str) -> Any:
    def not_json(constant: str):
        raise ValueError(f"{constant} is no JSON number")

    try:
        return json.loads(text.decode(), parse_constant=not_json)
    except (ValueError, RecursionError) as problem:
        raise _unusable(f"{what} is not valid JSON: {problem}.") from problem


def _instances(body: bytes, kind: str) -> list:
    if kind == JSONLINES:
        lines = (line for line in body.split(b"\n") if line.strip())
        return [_parse(line, f"Line {number} (counted from 0)") for number, line in enumerate(lines)]
    content = _parse(body, "The body")
    if not isinstance(content, dict) or not isinstance(content.get("instances"), list):
        raise _unusable(f'The body lacks a list called "instances". Send {EXAMPLE}.')
    return content["instances"]


def _from_instances(instances: list, feature_dim: int) -> sparse.csr_array:
    keys: list[np.ndarray] = []
    values: list[np.ndarray] = []
    for number, instance in enumerate(instances):
        try:
            row_keys, row_values = _row(instance, feature_dim)
        except (ValueError, RecursionError) as problem:
            raise _unusable(f"Instance {number}: {problem}") from None
        keys.append(row_keys)
        values.append(row_values)
    ends = np.cumsum([0, *map(len, keys)])
    data = np.concatenate([np.empty(0, np.float32), *values])
    return sparse.csr_array(
        (data, np.concatenate([np.empty(0, np.int64), *keys]), ends), shape=(len(instances), feature_dim)
    )


def _row(instance: Any, feature_dim: int) -> tuple[np.ndarray, np.ndarray]:
    """Keys and values of one instance, or a ValueError that says what is wrong with it."""
    features = instance.get("data", instance) if isinstance(instance, dict) else None
    features = features.get("features") if isinstance(features, dict) else None
    if isinstance(features, list):
        features = {"values": features}
    if not isinstance(features, dict) or "values" not in features:
        raise ValueError(f'there are no "features" with "values" in it. Send {EXAMPLE}.')
    values = _numbers(features["values"])
    shape = features.get("shape")
    if shape is not None and shape != [feature_dim]:
        raise ValueError(
            f'"shape" is {shape!r:.80}, expected [{feature_dim}]. {_expected_width(feature_dim)}'
        )
    if features.get("keys") is None:  # dense
        if len(values) != feature_dim:
            raise ValueError(f"there are {len(values)} values. {_expected_width(feature_dim)}")
        keys = np.flatnonzero(values)
        return keys, values[keys]
    keys = features["keys"]
    if shape is None:
        raise ValueError(f'"keys" need a "shape" beside them: "shape": [{feature_dim}].')
    if not isinstance(keys, list) or not all(type(key) is int for key in keys):
        raise ValueError('"keys" must be a list of whole numbers, the columns that are not zero.')
    if len(keys) != len(values):
        raise ValueError(
            f"there are {len(keys)} keys and {len(values)} values; expected one value for each key."
        )
    if keys and (min(keys) < 0 or max(keys) >= feature_dim):
        wrong = next(key for key in keys if not 0 <= key < feature_dim)
        raise ValueError(
            f"key {wrong!r:.40} is outside of the columns, 0 to {feature_dim - 1}. Keys are column "
            "numbers of the FeatureMap, not the ids of users and films."
        )
    return np.array(keys, np.int64), values


def _numbers(values: Any) -> np.ndarray:
    if not isinstance(values, list):
        raise ValueError('"values" must be a list of numbers.')
    wrong = next((value for value in values if type(value) not in (int, float)), None)
    if wrong is not None or None in values:
        raise ValueError(
            f'{wrong!r:.40} is no number. Write 1, not "1" or true; leave out what is not there.'
        )
    try:
        with np.errstate(over="ignore"):  # infinity is refused with the whole request
            return np.array(values, np.float64).astype(np.float32)
    except OverflowError:
        raise ValueError("a value is too large for a float32.") from None


# ---- replies -----------------------------------------------------------------------------------------------


def response_type(accept: str | None) -> str:
    """Which of the content types a reply has, given the request's Accept header; JSON where that leaves it
    open.

    Raises
    ------
    PayloadError
        With status 406, where the header asks for something else.
    """
    wanted = [_media_type(part) for part in (accept or JSON).split(",")]
    for kind in wanted:
        if kind in CONTENT_TYPES:
            return kind
        if kind in ("*/*", "application/*", ""):
            return JSON
    raise PayloadError(
        406, ACCEPT_NOT_SUPPORTED.format(accept), f"Set Accept to one of {', '.join(CONTENT_TYPES)}."
    )


def encode_response(scores: np.ndarray, *, accept: str | None, task: Task) -> bytes:
    """The body of a real-time reply.

    Parameters
    ----------
    scores : array, shape (n,)
        Ratings of a regressor, probabilities of label 1 of a classifier; sent as float32.
    accept : str or None
        The request's Accept header; :func:`response_type` says which content type it leads to.
    task : "regressor" or "binary_classifier"
        A classifier's reply has a ``predicted_label`` beside each score.

    Raises
    ------
    PayloadError
        406 for a type that is not offered; 400 for scores that are not finite, which no JSON can hold.
    """
    kind = response_type(accept)
    columns = _columns(scores, task)
    if kind == RECORDIO:
        return recordio.write_labels(columns)
    rows = _rows(columns)
    if kind == JSONLINES:
        return "".join(json.dumps(row) + "\n" for row in rows).encode()
    return json.dumps({"predictions": rows}).encode()


def encode_transform_lines(scores: np.ndarray, *, task: Task) -> bytes:
    """The output file of a batch transform, which another program writes: JSON Lines of a form of their own.

    Names are sorted, there are no spaces, and scores are cut (not rounded) after 15 decimals. Seen in the
    file of a real job, of which all 47,739 lines agree with this rule; its smallest score was 0.256.
    Parameters are those of :func:`encode_response`.
    """
    columns = _columns(scores, task)
    lines = []
    for row in _rows(columns):
        label = f'"predicted_label":{row["predicted_label"]},' if "predicted_label" in row else ""
        lines.append(f'{{{label}"score":{_cut(row["score"])}}}\n')
    return "".join(lines).encode()


def _cut(score: float) -> str:
    whole, decimals = format(Decimal(repr(score)), "f").split(".")
    return f"{whole}.{decimals[:DECIMALS].rstrip('0') or '0'}"


def _columns(scores: np.ndarray, task: Task) -> dict[str, np.ndarray]:
    score = np.asarray(scores, np.float32)
    if not np.isfinite(score).all():
        row = int(np.argmin(np.isfinite(score)))
        raise _unusable(
            f"The score of instance {row} is {score[row]}: its values are too large for this model."
        )
    if task == "regressor":
        return {"score": score}
    return {"score": score, "predicted_label": (score >= THRESHOLD).astype(np.float32)}


def _rows(columns: dict[str, np.ndarray]) -> list[dict[str, float]]:
    """One dict per row; a float32 widened to a Python float prints with the digits that real replies have."""
    names = list(columns)
    return [
        dict(zip(names, row, strict=True))
        for row in zip(*(c.tolist() for c in columns.values()), strict=True)
    ]


def decode_response(body: bytes, content_type: str) -> Predictions:
    """Scores and labels out of a reply, real-time or from a batch transform.

    Raises
    ------
    PayloadError
        Where the body is not a reply in that content type.
    """
    kind = _request_type(content_type)
    if kind == RECORDIO:
        try:
            columns = recordio.read_labels(body)
        except recordio.RecordIOError as problem:
            raise _unusable(
                f"The reply is not the RecordIO-protobuf that was announced. {problem}"
            ) from problem
    else:
        columns = _reply_columns(body, kind)
    if "score" not in columns:
        raise _unusable('The reply has no "score". Is it the reply of a factorization machine?')
    return Predictions(columns["score"], columns.get("predicted_label"))


def _reply_columns(body: bytes, kind: str) -> dict[str, np.ndarray]:
    if kind == JSONLINES:
        rows = [_parse(line, "A line of the reply") for line in body.split(b"\n") if line.strip()]
    else:
        content = _parse(body, "The reply")
        rows = content.get("predictions") if isinstance(content, dict) else None
    try:
        return {name: np.array([float(row[name]) for row in rows], np.float32) for name in rows[0]}
    except (TypeError, KeyError, IndexError, ValueError, OverflowError) as problem:
        raise _unusable(
            'Expected {"predictions": [{"score": …}, …]}, or a line {"score": …} for each row; found '
            f"{body[:80].decode(errors='replace')!r}."
        ) from problem
