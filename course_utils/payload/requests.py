"""Requests for predictions: rows into bytes, and bytes into rows."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import sparse

from course_utils import recordio
from course_utils.fm.rows import as_csr
from course_utils.payload.content import (
    JSON,
    JSONLINES,
    RECORDIO,
    content_type_of,
    lines_of,
    parse_json,
    unusable,
)

EXAMPLE = (
    '{"instances": [{"features": [0, 1, 0]}]} (dense) or '
    '{"instances": [{"data": {"features": {"keys": [1], "shape": [3], "values": [1]}}}]} (sparse)'
)


def encode_request(X, content_type: str = JSON, *, dense: bool = False) -> bytes:
    """The body of a request for predictions of all rows of ``X``.

    Parameters
    ----------
    X : sparse array or matrix, or dense array, shape (n, d)
        Rows as the model was trained on; numbers are sent as float32. Never changed.
    content_type : str
        :data:`JSON`, :data:`JSONLINES` or :data:`RECORDIO`.
    dense : bool
        Send all ``d`` numbers of a row instead of those that are not zero.

    Raises
    ------
    PayloadError
        For another content type (415); for no rows, or anything but finite numbers (400).
    """
    kind = content_type_of(content_type)
    try:
        X = as_csr(X)
    except ValueError as problem:
        raise unusable(str(problem)) from None
    if 0 in X.shape:
        raise unusable(f"X has shape {X.shape}, so there is nothing to send. It needs rows and columns.")
    if dense:
        X = X.toarray()
    if kind == RECORDIO:
        stream = io.BytesIO()
        recordio.write(stream, X)
        return stream.getvalue()
    instances = _dense_instances(X) if dense else _sparse_instances(X)
    if kind == JSONLINES:
        return "".join(json.dumps(instance) + "\n" for instance in instances).encode()
    return json.dumps({"instances": list(instances)}).encode()


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
    kind = content_type_of(content_type)
    if not body.strip():
        raise unusable(f"The request has no body. Send {EXAMPLE}.")
    X = _from_recordio(body) if kind == RECORDIO else _from_instances(_instances(body, kind), feature_dim)
    return checked_rows(X, feature_dim)


def checked_rows(X: sparse.csr_array, feature_dim: int) -> sparse.csr_array:
    """``X`` with sorted columns, or a PayloadError (400) that says why a model cannot take its rows."""
    if X.shape[0] == 0:
        raise unusable("The request holds no instances; send at least one row.")
    if X.shape[1] != feature_dim:
        raise unusable(f"The rows have {X.shape[1]} columns. {_expected_width(feature_dim)}")
    finite = np.isfinite(X.data)
    if not finite.all():
        row = int(np.searchsorted(X.indptr, np.argmin(finite), side="right")) - 1
        raise unusable(f"Instance {row} holds a number that is NaN, infinite or too large for a float32.")
    X.sort_indices()
    if not X.has_canonical_format:
        raise unusable("An instance names a key twice. A column has one value: add them up before sending.")
    return X


def _expected_width(feature_dim: int) -> str:
    return (
        f"The model has {feature_dim}: make rows as for its training (of ratings: with its own FeatureMap)."
    )


def _from_recordio(body: bytes) -> sparse.csr_array:
    try:
        return recordio.read(io.BytesIO(body))[0]
    except recordio.RecordIOError as problem:
        raise unusable(f"The body is not the RecordIO-protobuf that was announced. {problem}") from problem


def _instances(body: bytes, kind: str) -> list:
    if kind == JSONLINES:
        return [parse_json(line, f"Instance {number}") for number, line in enumerate(lines_of(body))]
    content = parse_json(body, "The body")
    if not isinstance(content, dict) or not isinstance(content.get("instances"), list):
        raise unusable(f'The body lacks a list called "instances". Send {EXAMPLE}.')
    return content["instances"]


def _from_instances(instances: list, feature_dim: int) -> sparse.csr_array:
    keys: list[np.ndarray] = []
    values: list[np.ndarray] = []
    for number, instance in enumerate(instances):
        try:
            row_keys, row_values = _row(instance, feature_dim)
        except (ValueError, RecursionError) as problem:
            raise unusable(f"Instance {number}: {problem}") from None
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
    wrong = [value for value in values if type(value) not in (int, float)]
    if wrong:
        raise ValueError(
            f'{wrong[0]!r:.40} is no number. Write 1, not "1" or true; leave out what is not there.'
        )
    try:
        with np.errstate(over="ignore"):  # infinity is refused with the whole request
            return np.array(values, np.float64).astype(np.float32)
    except OverflowError:
        raise ValueError("a value is too large for a float32.") from None
