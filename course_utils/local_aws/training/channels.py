"""The data channels of a training job: which objects they hold, which host gets which, how they get there.

An S3Prefix channel holds all objects whose keys begin so. A ManifestFile channel holds what a JSON list
names: ``[{"prefix": "s3://bucket/folder/"}, "file-1", "file-2"]``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.storage import Storage, StorageError, inside, split_uri

MANIFEST_LIMIT = 16 * 1024 * 1024  # of bytes: nobody's list of files is longer


@dataclass(frozen=True)
class DataObject:
    """One object: where it lies, and what the file is called that a job reads it from."""

    uri: str
    name: str


def input_mode(channel: dict[str, Any], job: dict[str, Any]) -> str:
    """The channel's own InputMode, or else the job's."""
    return channel.get("InputMode") or job["AlgorithmSpecification"]["TrainingInputMode"]


def channel_config(channel: dict[str, Any], job: dict[str, Any]) -> dict[str, str]:
    """One entry of the container's ``inputdataconfig.json``."""
    source = channel["DataSource"]["S3DataSource"]
    return {
        "TrainingInputMode": input_mode(channel, job),
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
        **({"ContentType": channel["ContentType"]} if channel.get("ContentType") else {}),
    }


def objects(storage: Storage, channel: dict[str, Any]) -> list[DataObject]:
    """All objects of a channel.

    Raises
    ------
    StorageError
        When a manifest cannot be read.
    """
    source = channel["DataSource"]["S3DataSource"]
    if source["S3DataType"] == "ManifestFile":
        return _read_manifest(storage, source["S3Uri"])
    bucket, prefix = split_uri(source["S3Uri"])
    return [
        DataObject(f"s3://{bucket}/{key}", _name_below(prefix, key)) for key in storage.list(source["S3Uri"])
    ]


def share(channel: dict[str, Any], everything: list[DataObject], number: int, hosts: int) -> list[DataObject]:
    """The objects for host ``number`` (from 0) of ``hosts``: all of them, or every ``hosts``-th."""
    source = channel["DataSource"]["S3DataSource"]
    sharded = source.get("S3DataDistributionType") == "ShardedByS3Key"
    return everything[number::hosts] if sharded else everything


def download(
    storage: Storage, these: list[DataObject], folder: Path, cancelled: Callable[[], bool] = lambda: False
) -> None:
    """Copy objects into ``folder``, until ``cancelled()``.

    Raises
    ------
    StorageError
        When one is missing, or its name would leave the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for each in these:
        if cancelled():
            return
        storage.download(each.uri, inside(folder, each.name))


def _name_below(prefix: str, key: str) -> str:
    """``a/train`` names a folder for ``a/train/x``, and the beginning of a name for ``a/train-1``."""
    is_folder = prefix.endswith("/") or key.startswith(f"{prefix}/")
    return key[len(prefix) :].lstrip("/") if is_folder else key[prefix.rfind("/") + 1 :]


def _read_manifest(storage: Storage, uri: str) -> list[DataObject]:
    with storage.open(uri) as stream:
        text = stream.read(MANIFEST_LIMIT + 1)
    if len(text) > MANIFEST_LIMIT:
        raise StorageError(texts.manifest_broken(uri, f"it has more than {MANIFEST_LIMIT} bytes"))
    try:
        manifest = json.loads(text)
    except ValueError as error:
        raise StorageError(texts.manifest_broken(uri, f"it is not JSON: {error}")) from error
    match manifest:
        case [{"prefix": str(prefix)}, *names] if prefix.startswith("s3://"):
            for name in names:
                if not isinstance(name, str):
                    raise StorageError(texts.manifest_broken(uri, f"{json.dumps(name)} is not a name"))
            return [DataObject(prefix + name, name) for name in names]
    raise StorageError(texts.manifest_broken(uri, "it is no list that begins with a prefix"))
