"""The platform's own S3 client: lists, downloads and uploads objects; packs and unpacks archives.

It talks to the server's own port like any client, so whatever keeps the objects can be replaced.
"""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from course_utils.local_aws import texts


class StorageError(Exception):
    """An object that is not there, or a bucket; the text is for the learner."""


class Storage:
    """Objects named by ``s3://bucket/key``.

    Parameters
    ----------
    client
        boto3 client of S3.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def list(self, uri: str) -> list[str]:
        """Keys under a prefix, without "folder" markers; empty when there is, or can be, no such bucket."""
        bucket, prefix = split_uri(uri)
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        try:
            return [
                item["Key"]
                for page in pages
                for item in page.get("Contents", [])
                if not item["Key"].endswith("/")
            ]
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchBucket":
                return []
            raise
        except ParamValidationError:
            return []

    def exists(self, uri: str) -> bool:
        """Whether there is an object of exactly this name."""
        bucket, key = split_uri(uri)
        try:
            self._client.head_object(Bucket=bucket, Key=key)
        except (ClientError, ParamValidationError):
            return False
        return True

    def download_prefix(self, uri: str, folder: Path, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Copy all objects under a prefix into ``folder``, keeping the folders below the prefix."""
        bucket, prefix = split_uri(uri)
        for key in self.list(uri):
            if cancelled():
                return
            self.download(f"s3://{bucket}/{key}", inside(folder, _name_below(prefix, key)))

    def download(self, uri: str, path: Path) -> None:
        """Stream one object into a file."""
        bucket, key = split_uri(uri)
        try:
            # One plain GET: the server re-reads a whole object for every ranged part that a transfer manager
            # asks for.
            body = self._client.get_object(Bucket=bucket, Key=key)["Body"]
        except ClientError as error:
            raise StorageError(f"{uri}: {error.response['Error']['Message']}") from error
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open("wb")
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            raise StorageError(texts.names_collide(uri)) from error
        with file:
            shutil.copyfileobj(body, file, 1024 * 1024)

    def upload(self, path: Path, uri: str) -> None:
        """Store one file."""
        bucket, key = split_uri(uri)
        try:
            with path.open("rb") as file:
                self._client.put_object(Bucket=bucket, Key=key, Body=file)
        except ClientError as error:
            raise StorageError(f"{uri}: {error.response['Error']['Message']}") from error
        except ParamValidationError as error:
            raise StorageError(f"{uri}: The specified bucket is not valid.") from error


def _name_below(prefix: str, key: str) -> str:
    """``a/train`` names a folder for ``a/train/x``, and the beginning of a name for ``a/train-1``."""
    is_folder = prefix.endswith("/") or key.startswith(f"{prefix}/")
    return key[len(prefix) :].lstrip("/") if is_folder else key[prefix.rfind("/") + 1 :]


def split_uri(uri: str) -> tuple[str, str]:
    """``s3://bucket/key`` as ``(bucket, key)``; ``https://…`` addresses of S3 objects are read path-style."""
    rest = uri.split("://", 1)[1]
    if uri.startswith("https://"):
        rest = rest.split("/", 1)[1] if "/" in rest else ""
    bucket, _, key = rest.partition("/")
    return bucket, key


def join_uri(uri: str, *parts: str) -> str:
    return "/".join([uri.rstrip("/"), *parts])


def inside(folder: Path, name: str) -> Path:
    """``folder/name``, refused when it would lie outside ``folder``.

    Raises
    ------
    StorageError
        For absolute names and names with ``..``.
    """
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts:
        raise StorageError(f"the object name {name!r} would leave the channel's folder")
    return folder.joinpath(*parts)


def pack(folder: Path, archive: Path) -> None:
    """Write ``folder``'s files to a ``tar.gz`` as real artefacts are: owned by root, no names, mode 0644."""

    def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mode = 0o755 if member.isdir() else 0o644
        member.mtime = int(member.mtime)  # a fraction would need an extended header
        return member

    with tarfile.open(archive, "w:gz", compresslevel=6) as tar:
        for path in sorted(folder.iterdir()):
            tar.add(path, path.name, filter=anonymous)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a ``tar.gz`` into ``folder``: plain files and folders only, and none outside ``folder``.

    Raises
    ------
    StorageError
        When the archive is truncated, not a tar.gz, or unsafe.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive, "r:gz") as tar:  # extractall's own filter came only with Python 3.11.4
            for member in tar:
                _unpack_one(tar, member, folder.resolve())
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise StorageError(f"{type(error).__name__}: {error}") from error


def _unpack_one(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    place = (folder / member.name).resolve()
    if not place.is_relative_to(folder) or not (member.isfile() or member.isdir()):
        raise StorageError(f"{member.name!r} is not a plain file or folder inside the archive")
    if member.isdir():
        place.mkdir(parents=True, exist_ok=True)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    with tar.extractfile(member) as source, place.open("wb") as target:
        shutil.copyfileobj(source, target)
