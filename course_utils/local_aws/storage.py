"""What the platform does with S3 objects: lists, reads and writes them; packs and unpacks archives."""

from __future__ import annotations

import gzip
import io
import shutil
import sqlite3
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from course_utils.local_aws import texts
from course_utils.local_aws.errors import AwsError
from course_utils.local_aws.s3.body import Body
from course_utils.local_aws.s3.store import PIECE, About, ObjectStore

UNPACKED_LIMIT = 20 * 1024**3  # of an artefact; far above what this machine could serve
MOST_MEMBERS = 10_000


class StorageError(Exception):
    """An object that is not there, or a bucket; the text is for the learner."""


class Storage:
    """Objects named by ``s3://bucket/key``.

    Parameters
    ----------
    store : ObjectStore
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def list(self, uri: str) -> list[str]:
        """Keys under a prefix, without "folder" markers; empty when there is, or can be, no such bucket."""
        bucket, prefix = split_uri(uri)
        keys: list[str] = []
        after, more = "", True
        try:
            while more:
                entries, more = self._store.list(bucket, prefix, after=after)
                keys += [each.name for each in entries]
                after = keys[-1] if more else ""
        except AwsError:
            return []
        return [key for key in keys if not key.endswith("/")]

    def region(self, uri: str) -> str | None:
        """Where the bucket lies; None when there is none."""
        try:
            return self._store.bucket(split_uri(uri)[0]).region
        except AwsError:
            return None

    def exists(self, uri: str) -> bool:
        """Whether there is an object of exactly this name."""
        return self._store.find(*split_uri(uri)) is not None

    def open(self, uri: str) -> BinaryIO:
        """The body of an object, to be read from its beginning; close it.

        Raises
        ------
        StorageError
            When there is none.
        """
        try:
            _, reader = self._store.open(*split_uri(uri))
        except AwsError as error:
            raise StorageError(f"{uri}: {error.message}") from error
        return io.BufferedReader(reader, PIECE)

    def read(self, uri: str) -> bytes:
        """The whole body of an object.

        Raises
        ------
        StorageError
            When there is none.
        """
        with self.open(uri) as body:
            return body.read()

    def download(self, uri: str, path: Path) -> None:
        """Copy one object into a file.

        Raises
        ------
        StorageError
            When there is none, its name collides with another's or can be no file's, or the disk is full.
        """
        with self.open(uri) as body:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                file = path.open("wb")
            except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
                raise StorageError(texts.names_collide(uri)) from error
            except (OSError, ValueError) as error:  # too long a name, or one with a zero byte
                raise StorageError(texts.no_file_name(uri, getattr(error, "strerror", str(error)))) from error
            try:
                with file:
                    shutil.copyfileobj(body, file, PIECE)
            except OSError as error:
                path.unlink(missing_ok=True)
                raise StorageError(f"{uri}: {error.strerror}") from error

    def upload(self, path: Path, uri: str) -> None:
        """Store one file.

        Raises
        ------
        StorageError
            When there is no such bucket, or the disk is full.
        """
        bucket, key = split_uri(uri)
        try:
            self._store.bucket(bucket)
            with path.open("rb") as file:
                body = Body({}, file)
                stored = self._store.save(body)
            self._store.put(bucket, key, [stored], body.etag, About())
        except AwsError as error:
            raise StorageError(f"{uri}: {error.message}") from error
        except (OSError, sqlite3.OperationalError) as error:
            raise StorageError(f"{uri}: {texts.disk_failed(str(error))}") from error


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


def unpack(archive: Path, folder: Path, limit: int = UNPACKED_LIMIT) -> None:
    """Unpack a ``tar.gz`` into ``folder``: plain files and folders only, and none outside ``folder``.

    Parameters
    ----------
    archive : Path
    folder : Path
        Empty, or not there yet. When unpacking fails, it is empty afterwards.
    limit : int
        Bytes that all files together may have; what is free on the disk is a limit, too.

    Raises
    ------
    StorageError
        When the archive is truncated, not a tar.gz, unsafe, or too large.
    """
    folder.mkdir(parents=True, exist_ok=True)
    room = min(limit, shutil.disk_usage(folder).free)
    try:
        # "r:" and not "r:gz", so that every read passes through the careful file
        with _CarefulGzip(archive) as plain, tarfile.open(fileobj=plain, mode="r:") as tar:
            for number, member in enumerate(tar, 1):
                room -= member.size
                if number > MOST_MEMBERS:
                    raise StorageError(texts.archive_too_many(MOST_MEMBERS))
                if room < 0:
                    raise StorageError(texts.archive_too_large(limit))
                _unpack_one(tar, member, folder.resolve())
            while padding := plain.read(PIECE):  # up to the checksum, which stands at the very end
                room -= len(padding)
                if room < 0:
                    raise StorageError(texts.archive_too_large(limit))
    except BaseException as error:
        _empty(folder)
        if isinstance(
            error, tarfile.TarError | EOFError | OSError | ValueError | zlib.error | RecursionError
        ):
            raise StorageError(f"{type(error).__name__}: {error}") from error
        raise


class _CarefulGzip(gzip.GzipFile):
    """Hands out no more than 256 KiB at once: tarfile reads a header of any claimed size into memory."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= PIECE:
            raise StorageError(texts.archive_header_too_large())
        return super().read(size)


def _unpack_one(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    place = (folder / member.name).resolve()
    plain = member.isdir() or (member.isfile() and not member.issparse() and member.size >= 0)
    if not place.is_relative_to(folder) or not plain:
        raise StorageError(texts.archive_unsafe(member.name))
    if member.isdir():
        place.mkdir(parents=True, exist_ok=True)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    with tar.extractfile(member) as source, place.open("wb") as target:
        shutil.copyfileobj(source, target)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
