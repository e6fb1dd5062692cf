"""Reads the job's data channels, and says clearly what is wrong with them before any training starts.

The real container finds a bad row when it gets there, one of the test channel only after training; here both
channels are read and checked first, so that nobody waits an hour for a typing error.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from scipy import sparse

from course_utils import recordio
from course_utils.fm_container import messages
from course_utils.fm_container.failure import CustomerError
from course_utils.fm_container.log import ChannelSize
from course_utils.recordio.framing import LAST, LENGTH_LIMIT, MAGIC_BYTES, WHOLE, find_frames, padded

CONTENT_TYPE = "application/x-recordio-protobuf"


Rows = tuple[sparse.csr_array, np.ndarray]


@dataclass(frozen=True)
class Channel:
    """The rows of one channel, file after file: ``X`` (n, feature_dim) float32 CSR, ``y`` (n,) float32.

    In Pipe mode they are those of the first epoch; ``reread(epoch)`` reads those of another, in order.
    """

    X: sparse.csr_array
    y: np.ndarray
    size: ChannelSize
    reread: Callable[[int], Rows] | None = None


def read_all(
    root: Path, input_config: Mapping[str, Mapping[str, Any]], feature_dim: int, mini_batch_size: int
) -> dict[str, Channel]:
    """Read every channel that ``inputdataconfig.json`` names.

    Parameters
    ----------
    root : Path
        The container's root folder.
    input_config : mapping
        Channel name to its settings.
    feature_dim, mini_batch_size : int
        As configured; the second only for what the log tells about batches.

    Returns
    -------
    dict
        ``"train"`` and, if the job has one, ``"test"``.

    Raises
    ------
    CustomerError
        For a missing, unknown, empty or wrongly configured channel, and for rows that cannot be trained on.
    """
    check_settings(input_config)
    readers = {"Pipe": _read_pipe}
    return {
        name: readers.get(input_config[name].get("TrainingInputMode"), _read_files)(
            name, root / "input" / "data" / name, feature_dim, mini_batch_size
        )
        for name in ("train", "test")
        if name in input_config
    }


def check_settings(input_config: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse channels that no row need be read of to know that they are wrong.

    Parameters
    ----------
    input_config : mapping
        Channel name to its settings.

    Raises
    ------
    CustomerError
        For a missing or unknown channel, a content type other than RecordIO, an input mode that is none.
    """
    if "train" not in input_config:
        found = ", ".join(map(repr, input_config)) or "no channel"
        raise CustomerError(messages.MISSING_CHANNEL.format(channel="train", found=found))
    for name, settings in input_config.items():
        if name not in ("train", "test"):
            raise CustomerError(messages.EXTRA_CHANNEL.format(channel=name))
        _check_channel(name, settings)


def check_numbers(channel: str, *arrays: np.ndarray) -> None:
    """Refuse NaN and infinity.

    Raises
    ------
    CustomerError
    """
    for values in arrays:
        if np.isnan(values).any():
            raise CustomerError(messages.NAN_VALUES.format(channel=channel))
        if np.isinf(values).any():
            raise CustomerError(messages.INFINITE_VALUES.format(channel=channel))


def check_labels(channels: Mapping[str, Channel]) -> None:
    """Refuse labels other than 0 and 1, for a binary classifier.

    Raises
    ------
    CustomerError
        Naming the labels that were found.
    """
    for name, channel in channels.items():
        found = np.unique(channel.y)
        if not np.isin(found, (0, 1)).all():
            shown = ", ".join(f"{value:g}" for value in found[:6]) + (", …" if len(found) > 6 else "")
            raise CustomerError(messages.BAD_LABELS.format(channel=name, found=shown))


def _check_channel(name: str, settings: Mapping[str, Any]) -> None:
    if not isinstance(settings, Mapping):
        raise CustomerError(messages.BAD_CHANNEL.format(channel=name))
    content_type = settings.get("ContentType") or CONTENT_TYPE
    if content_type.split(";")[0].strip().lower() != CONTENT_TYPE:
        raise CustomerError(messages.CONTENT_TYPE.format(channel=name, content_type=content_type))
    mode = settings.get("TrainingInputMode") or "File"
    if mode not in ("File", "FastFile", "Pipe"):
        raise CustomerError(messages.INPUT_MODE.format(channel=name, mode=mode))


def _read_files(name: str, folder: Path, feature_dim: int, mini_batch_size: int) -> Channel:
    matrices, labels, record_ends = [], [], [np.zeros(1, np.int64)]
    num_bytes = 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        X, y, ends = _read_records(name, path.relative_to(folder).as_posix(), data, feature_dim)
        if len(y):
            matrices.append(X)
            labels.append(y)
            record_ends.append(num_bytes + ends)
        num_bytes += len(data)
    if not matrices:
        raise CustomerError(messages.EMPTY_CHANNEL.format(channel=name))
    X = matrices[0] if len(matrices) == 1 else sparse.vstack(matrices, format="csr")
    size = _size(folder, np.concatenate(record_ends), num_bytes, mini_batch_size)
    return Channel(X=X, y=np.concatenate(labels), size=size)


def _read_pipe(name: str, folder: Path, feature_dim: int, mini_batch_size: int) -> Channel:
    """A channel that is read anew in every epoch.

    The first pipe is opened for one batch alone, as the real reader does (its log counts that as epoch 0), so
    that wrong data is found at once.
    """

    def pipe(number: int) -> Path:
        return folder.with_name(f"{name}_{number}")

    def read(epoch: int) -> tuple[sparse.csr_array, np.ndarray, np.ndarray, int]:
        path = pipe(epoch + 1)
        data = path.read_bytes()
        return *_read_records(name, path.name, data, feature_dim), len(data)

    with pipe(0).open("rb") as stream:
        _read_records(name, pipe(0).name, first_records(stream, mini_batch_size), feature_dim)
    X, y, ends, num_bytes = read(0)
    if len(y) == 0:
        raise CustomerError(messages.EMPTY_CHANNEL.format(channel=name))
    size = _size(folder, np.append(0, ends), num_bytes, mini_batch_size)
    return Channel(X=X, y=y, size=size, reread=lambda epoch: read(epoch)[:2])


def first_records(stream: BinaryIO, count: int) -> bytes:
    """The bytes of the first ``count`` records; fewer when the stream ends or holds something else."""
    data = b""
    while count:
        head = stream.read(8)
        data += head
        if len(head) < 8 or head[:4] != MAGIC_BYTES:
            break
        word = int.from_bytes(head[4:], "little")
        data += stream.read(padded(word % LENGTH_LIMIT))
        count -= word // LENGTH_LIMIT in (WHOLE, LAST)
    return data


def _size(folder: Path, record_ends: np.ndarray, num_bytes: int, mini_batch_size: int) -> ChannelSize:
    records = len(record_ends) - 1
    first_records = min(records, mini_batch_size)
    return ChannelSize(
        path=str(folder),
        records=records,
        batches=-(-records // mini_batch_size),
        num_bytes=num_bytes,
        first_records=first_records,
        first_bytes=int(record_ends[first_records]),
    )


def _read_records(
    channel: str, file: str, data: bytes, feature_dim: int
) -> tuple[sparse.csr_array, np.ndarray, np.ndarray]:
    """``X``, ``y`` and the byte offset at which each record ends."""
    try:
        X, y = recordio.read(io.BytesIO(data))
        ends = np.append(find_frames(data).offset[1:], len(data))
    except recordio.RecordIOError as error:
        named = recordio.RecordIOError(f"'{file}': {error}")
        message = messages.NOT_THE_CONTENT_TYPE.format(channel=channel, content_type=CONTENT_TYPE)
        raise CustomerError(message) from named
    if X.shape[0] == 0:
        return X, np.empty(0, np.float32), np.empty(0, np.int64)
    if X.shape[1] != feature_dim:
        raise CustomerError(
            messages.WRONG_WIDTH.format(channel=channel, file=file, found=X.shape[1], feature_dim=feature_dim)
        )
    if y is None:
        raise CustomerError(messages.NO_LABELS.format(channel=channel, file=file))
    check_numbers(channel, X.data, y)
    return X, y, ends
