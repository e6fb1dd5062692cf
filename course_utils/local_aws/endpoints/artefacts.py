"""Puts a model's artefact where its container looks for it: ``/opt/ml/model``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from course_utils.local_aws import texts
from course_utils.local_aws.storage import Storage, StorageError, inside, split_uri, unpack
from course_utils.local_aws.training import channels


class ArtefactError(Exception):
    """The artefact is missing or cannot be unpacked; the text is for the learner."""


def location(container: dict[str, Any]) -> tuple[str | None, str]:
    """Where a container's artefact lies, and in which of three forms.

    Returns
    -------
    uri : str or None
        None for a container without an artefact.
    form : str
        ``archive`` (a model.tar.gz), ``object`` (one plain file) or ``prefix`` (all files below a prefix).
    """
    source = container.get("ModelDataSource", {}).get("S3DataSource")
    if source is None:
        return container.get("ModelDataUrl"), "archive"
    if source["CompressionType"] == "Gzip":
        return source["S3Uri"], "archive"
    return source["S3Uri"], "object" if source["S3DataType"] == "S3Object" else "prefix"


def present(storage: Storage, container: dict[str, Any]) -> bool:
    """Whether there is what the container names."""
    uri, form = location(container)
    return uri is None or (bool(storage.list(uri)) if form == "prefix" else storage.exists(uri))


def fetch(storage: Storage, container: dict[str, Any], root: Path) -> None:
    """Fill ``root/model``.

    Raises
    ------
    ArtefactError
        When the artefact is gone, truncated, or unsafe to unpack.
    """
    folder = root / "model"
    folder.mkdir(parents=True)
    uri, form = location(container)
    if uri is None:
        return
    source = container.get("ModelDataSource")
    try:
        if form == "archive":
            archive = root / "model.tar.gz"
            storage.download(uri, archive)
            unpack(archive, folder)
            archive.unlink()
        elif form == "object":
            storage.download(uri, inside(folder, split_uri(uri)[1].rpartition("/")[2]))
        else:
            channels.download(storage, channels.objects(storage, {"DataSource": source}), folder)
    except StorageError as error:
        why = texts.model_data_broken if form == "archive" else texts.model_data_lost
        raise ArtefactError(why(uri, str(error))) from error
