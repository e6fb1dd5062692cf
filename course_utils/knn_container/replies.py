"""Replies: neighbours into bytes.

A reply holds one ``predicted_label`` per row; with ``verbose=true`` behind the type in the Accept header also
the ``distances`` and ``labels`` of the neighbours, in ascending order of the distances (developer guide,
*k-NN Request and Response Formats*).
"""

from __future__ import annotations

import json

import numpy as np

from course_utils import recordio
from course_utils.knn_container.model import Neighbours
from course_utils.payload import CONTENT_TYPES, JSON, JSONLINES, RECORDIO, response_type, transform_number


def wanted(accept: str | None, content_type: str, *, batch: bool) -> tuple[str, bool]:
    """The type to answer in, and whether verbosely.

    Parameters
    ----------
    accept : str or None
        The request's Accept header; nothing and ``*/*`` leave the choice to the server.
    content_type : str
        Of the request, a supported one: the answer is of the same type, but JSON to CSV.
    batch : bool
        Whether a batch transform job asks, which gets JSON Lines.

    Raises
    ------
    PayloadError
        With status 406 if nothing that the header names is supported.
    """
    own = JSONLINES if batch else content_type if content_type in CONTENT_TYPES else JSON
    for part in (accept or "*/*").split(","):
        kind, *parameters = (each.strip().lower() for each in part.split(";"))
        verbose = "verbose=true" in (each.replace(" ", "") for each in parameters)
        if kind == "*/*":
            return own, verbose
        if kind in CONTENT_TYPES:
            return kind, verbose
    return response_type(accept), False


def encode(found: Neighbours, kind: str, *, verbose: bool, batch: bool = False) -> bytes:
    """The body of a reply.

    Parameters
    ----------
    found : Neighbours
    kind : str
        :data:`JSON`, :data:`JSONLINES` or :data:`RECORDIO`.
    verbose : bool
        Tell about the neighbours, too.
    batch : bool
        JSON Lines as a batch transform job writes them: seen with factorization machines (see
        :func:`course_utils.payload.encode_transform_lines`), and supposed here.
    """
    columns = {"predicted_label": found.predicted_label}
    if verbose:
        columns |= {"distances": found.distances, "labels": found.labels}
    if kind == RECORDIO:
        return recordio.write_labels(columns)
    rows = _rows(columns)
    if kind == JSONLINES:
        form = _transform_line if batch else json.dumps
        return "".join(form(row) + "\n" for row in rows).encode()
    return json.dumps({"predictions": rows}).encode()


def _rows(columns: dict[str, np.ndarray]) -> list[dict]:
    """One dict per row; a float32 widened to a Python float prints with the digits that real replies have."""
    lists = (column.tolist() for column in columns.values())
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


def _transform_line(row: dict[str, float | list[float]]) -> str:
    parts = []
    for name, value in sorted(row.items()):
        numbers = (
            ",".join(map(transform_number, value)) if isinstance(value, list) else transform_number(value)
        )
        parts.append(f'"{name}":[{numbers}]' if isinstance(value, list) else f'"{name}":{numbers}')
    return f"{{{','.join(parts)}}}"
