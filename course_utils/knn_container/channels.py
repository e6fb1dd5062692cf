"""Reads a channel piece by piece, and says what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from course_utils.fm_container import messages as family
from course_utils.fm_container.channels import check_numbers
from course_utils.fm_container.failure import CustomerError
from course_utils.knn_container import messages, rows
from course_utils.payload import RECORDIO

Piece = tuple[sparse.csr_array, np.ndarray, int]


def check(input_config: Mapping[str, Any]) -> None:
    """Refuse channels that ``inputdataconfig.json`` describes wrongly.

    Raises
    ------
    CustomerError
        For a missing or unknown channel, a content type or an input mode that is not read.
    """
    if "train" not in input_config:
        found = ", ".join(map(repr, input_config)) or "no channel"
        raise CustomerError(family.MISSING_CHANNEL.format(channel="train", found=found))
    for name, settings in input_config.items():
        if name not in ("train", "test"):
            raise CustomerError(messages.EXTRA_CHANNEL.format(channel=name))
        if not isinstance(settings, Mapping):
            raise CustomerError(family.BAD_CHANNEL.format(channel=name))
        _kind(name, settings)
        mode = settings.get("TrainingInputMode") or "File"
        if mode not in ("File", "FastFile", "Pipe"):
            raise CustomerError(family.INPUT_MODE.format(channel=name, mode=mode))


def _kind(name: str, settings: Mapping[str, Any]) -> str:
    content_type = settings.get("ContentType") or RECORDIO
    kind = content_type.split(";")[0].strip().lower()
    if kind not in (RECORDIO, rows.CSV):
        raise CustomerError(messages.CONTENT_TYPE.format(channel=name, content_type=content_type))
    if rows.parameter(content_type, "label_size") not in (None, "1"):
        raise CustomerError(messages.LABEL_SIZE.format(channel=name, content_type=content_type))
    return kind


def read(root: Path, name: str, settings: Mapping[str, Any], feature_dim: int) -> Iterator[Piece]:
    """The channel's files, one after the other: ``X`` (n, feature_dim), labels (n,), and the file's bytes.

    In Pipe mode all of it comes as one piece, through the pipe of the first epoch; there is no second one.

    Raises
    ------
    CustomerError
        For an empty channel, and for rows that cannot be used.
    """
    folder = root / "input" / "data" / name
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    if settings.get("TrainingInputMode") == "Pipe":
        paths, folder = [folder.with_name(f"{name}_0")], folder.parent
    kind, empty = _kind(name, settings), True
    for path in paths:
        data = path.read_bytes()
        X, y = _rows(name, path.relative_to(folder).as_posix(), data, kind, feature_dim)
        if X.shape[0]:
            empty = False
            yield X, y, len(data)
    if empty:
        raise CustomerError(family.EMPTY_CHANNEL.format(channel=name))


def _rows(
    channel: str, file: str, data: bytes, kind: str, feature_dim: int
) -> tuple[sparse.csr_array, np.ndarray]:
    try:
        X, y = rows.from_csv(data, label_size=1) if kind == rows.CSV else rows.from_recordio(data)
    except rows.RowsError as error:
        named = rows.RowsError(f"'{file}': {error}")
        message = family.NOT_THE_CONTENT_TYPE.format(channel=channel, content_type=kind)
        raise CustomerError(message) from named
    if X.shape[0] == 0:
        return X, np.empty(0, np.float32)
    if X.shape[1] != feature_dim:
        raise CustomerError(
            family.WRONG_WIDTH.format(channel=channel, file=file, found=X.shape[1], feature_dim=feature_dim)
        )
    if y is None:
        raise CustomerError(family.NO_LABELS.format(channel=channel, file=file))
    check_numbers(channel, X.data, y)
    return X, y
