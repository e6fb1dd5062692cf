"""Buckets, objects and multipart uploads on disk.

The body of an object is one file, or one for each part of its upload; files have random names, so that no key
can name a place on disk. A file counts only once the index names it: an upload that is cut off, or a server
that is killed, leaves a file that nobody knows, and the next start removes it.
"""

from __future__ import annotations

import contextlib
import io
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from course_utils.local_aws.database import Database
from course_utils.local_aws.s3.errors import s3_error

PIECE = 256 * 1024  # larger ones are no faster, and each connection holds a few
_SCHEMA = """
CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, region TEXT, created REAL);
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT, key BLOB, size INTEGER, etag TEXT, modified REAL, about TEXT, files TEXT,
    PRIMARY KEY (bucket, key));
CREATE TABLE IF NOT EXISTS uploads (id TEXT PRIMARY KEY, bucket TEXT, key BLOB, started REAL, about TEXT);
CREATE TABLE IF NOT EXISTS parts (
    upload TEXT, number INTEGER, file TEXT, size INTEGER, etag TEXT, modified REAL, checksum TEXT,
    PRIMARY KEY (upload, number));
"""
_OBJECT = "key, size, etag, modified, about, files"


class File(NamedTuple):
    """A body, or a part of one, on disk."""

    name: str
    size: int


class Bucket(NamedTuple):
    name: str
    region: str
    created: float


@dataclass(frozen=True)
class About:
    """What an object carries beside its body.

    Attributes
    ----------
    headers : dict
        Headers that a reply repeats, lower case: ``content-type``, ``x-amz-meta-…``.
    tags : dict
    checksum : dict
        ``x-amz-checksum-…`` headers.
    """

    headers: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    checksum: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> str:
        return json.dumps([self.headers, self.tags, self.checksum])

    @classmethod
    def from_json(cls, text: str) -> About:
        return cls(*json.loads(text))


class Object(NamedTuple):
    """An object as the index knows it; ``modified`` in seconds since 1970."""

    key: str
    size: int
    etag: str
    modified: float
    about: About
    files: list[File]


class Upload(NamedTuple):
    """A multipart upload that is neither completed nor aborted."""

    id: str
    bucket: str
    key: str
    started: float
    about: About


class Part(NamedTuple):
    number: int
    file: File
    etag: str
    modified: float
    checksum: dict[str, str]


class Entry(NamedTuple):
    """A line of a listing: an object, or (``object`` is None) a prefix that several may share."""

    name: str
    object: Object | None


class ObjectStore:
    """All buckets of one state folder. Safe to use from several threads.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._files = folder / "objects"
        self._files.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._index = Database(folder / "index.db", _SCHEMA)
        self._lock = threading.Lock()
        self._read_now: Counter[str] = Counter()
        self._doomed: set[str] = set()
        self._sweep()

    def _sweep(self) -> None:
        """Remove the files of uploads that were cut off by the end of the last server."""
        known = {name for (name,) in self._index.rows("SELECT file FROM parts")}
        for (files,) in self._index.rows("SELECT files FROM objects"):
            known.update(name for name, _ in json.loads(files))
        for path in self._files.iterdir():
            if path.name not in known:
                path.unlink()

    def close(self) -> None:
        self._index.close()

    # --- buckets --------------------------------------------------------------------------------------------

    def create_bucket(self, name: str, region: str) -> bool:
        """Make a bucket; False (and nothing changes) when it is there already."""
        with self._index.changing() as index:
            new = index.execute(
                "INSERT INTO buckets VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (name, region, time.time())
            )
            return new.rowcount == 1

    def bucket(self, name: str) -> Bucket:
        """The bucket of that name.

        Raises
        ------
        AwsError
            ``NoSuchBucket``.
        """
        row = self._index.row("SELECT * FROM buckets WHERE name = ?", name)
        if row is None:
            raise s3_error("NoSuchBucket", BucketName=name)
        return Bucket(*row)

    def buckets(self) -> list[Bucket]:
        """All buckets, by name."""
        return [Bucket(*row) for row in self._index.rows("SELECT * FROM buckets ORDER BY name")]

    def delete_bucket(self, name: str) -> None:
        """Remove an empty bucket, with the uploads that were begun in it.

        Raises
        ------
        AwsError
            ``NoSuchBucket``, ``BucketNotEmpty``.
        """
        with self._index.changing() as index:
            self.bucket(name)
            if index.execute("SELECT 1 FROM objects WHERE bucket = ? LIMIT 1", (name,)).fetchone():
                raise s3_error("BucketNotEmpty", BucketName=name)
            uploads = [row[0] for row in index.execute("SELECT id FROM uploads WHERE bucket = ?", (name,))]
            files = [file for upload in uploads for file in self._forget_upload(index, upload)]
            index.execute("DELETE FROM buckets WHERE name = ?", (name,))
        self.discard(files)

    # --- bodies ---------------------------------------------------------------------------------------------

    def save(self, pieces: Iterable[bytes]) -> File:
        """Write a body to disk; when that fails, or ``pieces`` raises, nothing is left of it."""
        name, size = uuid4().hex, 0
        path = self._files / name
        try:
            with path.open("xb") as file:
                for piece in pieces:
                    file.write(piece)
                    size += len(piece)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return File(name, size)

    def discard(self, files: Iterable[File]) -> None:
        """Remove bodies; what is being read goes when its last reader has closed it."""
        with self._lock:
            for name, _ in files:
                if self._read_now[name]:
                    self._doomed.add(name)
                else:
                    self._unlink(name)

    def _unlink(self, name: str) -> None:
        self._read_now.pop(name, None)
        with contextlib.suppress(OSError):  # the next start tries again
            (self._files / name).unlink()

    @contextmanager
    def _unless_it_fails(self, files: list[File]) -> Iterator[None]:
        """Discard ``files`` when what is done inside does not succeed."""
        try:
            yield
        except BaseException:
            self.discard(files)
            raise

    def open(self, bucket: str, key: str) -> tuple[Object, Reader]:
        """An object and its body, which stays readable while it is replaced or deleted; close it.

        Raises
        ------
        AwsError
            ``NoSuchBucket``, ``NoSuchKey``.
        """
        with self._index.reading():  # nobody can discard the files in between
            found = self.get(bucket, key)
            with self._lock:
                self._read_now.update(name for name, _ in found.files)
        return found, Reader(self._files, found.files, self._let_go)

    def _let_go(self, files: list[File]) -> None:
        with self._lock:
            for name, _ in files:
                self._read_now[name] -= 1
                if not self._read_now[name]:
                    del self._read_now[name]
                    if name in self._doomed:
                        self._doomed.remove(name)
                        self._unlink(name)

    # --- objects --------------------------------------------------------------------------------------------

    def get(self, bucket: str, key: str) -> Object:
        """The object of that name.

        Raises
        ------
        AwsError
            ``NoSuchBucket``, ``NoSuchKey``.
        """
        found = self.find(bucket, key)
        if found is None:
            self.bucket(bucket)
            raise s3_error("NoSuchKey", Key=key)
        return found

    def find(self, bucket: str, key: str) -> Object | None:
        """The object of that name, or None."""
        query = f"SELECT {_OBJECT} FROM objects WHERE bucket = ? AND key = ?"
        row = self._index.row(query, bucket, key.encode())
        return _object(row) if row else None

    def put(
        self,
        bucket: str,
        key: str,
        files: list[File],
        etag: str,
        about: About,
        allow: Callable[[Object | None], None] = lambda _: None,
    ) -> Object:
        """Make ``files`` the body of an object, in one piece; they are discarded when that fails.

        Parameters
        ----------
        bucket, key : str
        files : list of File
            From :meth:`save`, in order.
        etag : str
            Without quotes.
        about : About
        allow : callable
            Is asked, at the last moment, with what is there now; raises to prevent it.
        """
        with self._unless_it_fails(files), self._index.changing() as index:
            self.bucket(bucket)
            old = self.find(bucket, key)
            allow(old)
            new = self._put(index, bucket, key, files, etag, about)
        if old:
            self.discard(old.files)
        return new

    @staticmethod
    def _put(index: Any, bucket: str, key: str, files: list[File], etag: str, about: About) -> Object:
        new = Object(key, sum(size for _, size in files), etag, time.time(), about, files)
        index.execute(
            "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?)",
            (bucket, key.encode(), new.size, etag, new.modified, about.as_json(), json.dumps(files)),
        )
        return new

    def describe(self, bucket: str, key: str, change: Callable[[About], About]) -> None:
        """Change what an object carries beside its body.

        Raises
        ------
        AwsError
            ``NoSuchBucket``, ``NoSuchKey``.
        """
        with self._index.changing() as index:
            about = change(self.get(bucket, key).about)
            index.execute(
                "UPDATE objects SET about = ? WHERE bucket = ? AND key = ?",
                (about.as_json(), bucket, key.encode()),
            )

    def delete(self, bucket: str, key: str, allow: Callable[[Object | None], None] = lambda _: None) -> None:
        """Remove an object, if it is there.

        Raises
        ------
        AwsError
            ``NoSuchBucket``, and whatever ``allow`` raises.
        """
        with self._index.changing() as index:
            self.bucket(bucket)
            old = self.find(bucket, key)
            allow(old)
            index.execute("DELETE FROM objects WHERE bucket = ? AND key = ?", (bucket, key.encode()))
        if old:
            self.discard(old.files)

    def list(
        self, bucket: str, prefix: str = "", delimiter: str = "", after: str = "", limit: int = 1000
    ) -> tuple[list[Entry], bool]:
        """Up to ``limit`` entries in the order of their UTF-8 bytes, and whether there are more.

        Parameters
        ----------
        bucket, prefix : str
        delimiter : str
            Keys that share what lies between ``prefix`` and the first delimiter become one entry.
        after : str
            Entries up to this one, itself included, are left out.
        limit : int

        Raises
        ------
        AwsError
            ``NoSuchBucket``.
        """
        entries: list[Entry] = []
        start, end = prefix.encode(), _behind(prefix)
        if after:
            folder = _folder(after, prefix, delimiter)
            start = max(start, after.encode() + b"\0" if folder is None else _behind(folder))
        with self._index.reading() as index:
            self.bucket(bucket)
            while True:
                for row in index.execute(
                    f"SELECT {_OBJECT} FROM objects WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key",
                    (bucket, start, end),
                ):
                    if len(entries) >= limit:
                        return entries, limit > 0
                    folder = _folder(row[0].decode(), prefix, delimiter)
                    if folder is not None:  # the next key of interest is the first behind it
                        entries.append(Entry(folder, None))
                        start = _behind(folder)
                        break
                    found = _object(row)
                    entries.append(Entry(found.key, found))
                else:
                    return entries, False

    # --- multipart uploads ----------------------------------------------------------------------------------

    def begin_upload(self, bucket: str, key: str, about: About) -> str:
        """Start a multipart upload; returns its id."""
        upload = uuid4().hex
        with self._index.changing() as index:
            self.bucket(bucket)
            index.execute(
                "INSERT INTO uploads VALUES (?, ?, ?, ?, ?)",
                (upload, bucket, key.encode(), time.time(), about.as_json()),
            )
        return upload

    def upload(self, bucket: str, key: str, upload: str) -> Upload:
        """An upload in progress.

        Raises
        ------
        AwsError
            ``NoSuchBucket``, ``NoSuchUpload``.
        """
        row = self._index.row("SELECT * FROM uploads WHERE id = ?", upload)
        if row is None or (row[1], row[2].decode()) != (bucket, key):
            self.bucket(bucket)
            raise s3_error("NoSuchUpload", UploadId=upload)
        return _upload(row)

    def uploads(self, bucket: str, prefix: str = "") -> list[Upload]:
        """The uploads in progress, by key, then by age."""
        self.bucket(bucket)
        rows = self._index.rows(
            "SELECT * FROM uploads WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key, started",
            bucket,
            prefix.encode(),
            _behind(prefix),
        )
        return [_upload(row) for row in rows]

    def add_part(self, upload: Upload, part: Part) -> None:
        """Add or replace one part; its file is discarded when that fails."""
        with self._unless_it_fails([part.file]), self._index.changing() as index:
            self.upload(upload.bucket, upload.key, upload.id)  # it may have ended while the part came in
            query = "SELECT file, size FROM parts WHERE upload = ? AND number = ?"
            old = [File(*row) for row in index.execute(query, (upload.id, part.number))]
            index.execute(
                "INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?, ?)",
                (upload.id, part.number, *part.file, part.etag, part.modified, json.dumps(part.checksum)),
            )
        self.discard(old)

    def parts(self, upload: str) -> list[Part]:
        """The parts of an upload, by number."""
        query = (
            "SELECT number, file, size, etag, modified, checksum FROM parts WHERE upload = ? ORDER BY number"
        )
        return [
            Part(number, File(file, size), etag, modified, json.loads(checksum))
            for number, file, size, etag, modified, checksum in self._index.rows(query, upload)
        ]

    def complete(
        self,
        upload: Upload,
        parts: list[Part],
        etag: str,
        about: About,
        allow: Callable[[Object | None], None],
    ) -> Object:
        """Turn an upload into an object, in one piece; parts that are not chosen go away."""
        with self._index.changing() as index:
            self.upload(upload.bucket, upload.key, upload.id)
            old = self.find(upload.bucket, upload.key)
            allow(old)
            chosen = [part.file for part in parts]
            unused = set(self._forget_upload(index, upload.id)) - set(chosen)
            new = self._put(index, upload.bucket, upload.key, chosen, etag, about)
        self.discard([*unused, *(old.files if old else [])])
        return new

    def abort(self, upload: Upload) -> None:
        with self._index.changing() as index:
            files = self._forget_upload(index, upload.id)
        self.discard(files)

    @staticmethod
    def _forget_upload(index: Any, upload: str) -> list[File]:
        query = "SELECT file, size FROM parts WHERE upload = ?"
        files = [File(*row) for row in index.execute(query, (upload,))]
        index.execute("DELETE FROM parts WHERE upload = ?", (upload,))
        index.execute("DELETE FROM uploads WHERE id = ?", (upload,))
        return files


class Reader(io.RawIOBase):
    """A body, or a range of it, read from its files one after the other."""

    def __init__(self, folder: Path, files: list[File], let_go: Callable[[list[File]], None]) -> None:
        self._folder, self._files, self._let_go = folder, files, let_go
        self._next = 0  # which file to open when this one ends
        self._skip = 0  # how much of that to leave out
        self._left = sum(size for _, size in files)
        self._file: io.BufferedReader | None = None

    def limit(self, start: int, stop: int) -> None:
        """Read only bytes ``start`` to ``stop`` (that one not included); before anything has been read."""
        self._skip, self._left = start, stop - start
        while self._next < len(self._files) and self._skip >= self._files[self._next].size:
            self._skip -= self._files[self._next].size
            self._next += 1

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a part of ``buffer``; 0 at the end."""
        view = memoryview(buffer).cast("B")[: self._left]
        while len(view):
            if self._file is None:
                self._file = (self._folder / self._files[self._next].name).open("rb", buffering=0)
                self._file.seek(self._skip)
                self._next, self._skip = self._next + 1, 0
            count = self._file.readinto(view)
            if count:
                self._left -= count
                return count
            self._file.close()
            self._file = None
        return 0

    def pieces(self) -> Iterator[bytes]:
        """The rest, 256 KiB at a time; closes at the end."""
        with self:
            while piece := self.read(PIECE):
                yield piece

    def close(self) -> None:
        if not self.closed:
            if self._file is not None:
                self._file.close()
            self._let_go(self._files)
        super().close()


def _object(row: tuple) -> Object:
    key, size, etag, modified, about, files = row
    return Object(
        key.decode(),
        size,
        etag,
        modified,
        About.from_json(about),
        [File(*each) for each in json.loads(files)],
    )


def _upload(row: tuple) -> Upload:
    identity, bucket, key, started, about = row
    return Upload(identity, bucket, key.decode(), started, About.from_json(about))


def _folder(key: str, prefix: str, delimiter: str) -> str | None:
    """What ``key`` is listed under: ``prefix`` and on to the first delimiter; None when it has none."""
    if not delimiter or not key.startswith(prefix):
        return None
    place = key.find(delimiter, len(prefix))
    return None if place < 0 else key[: place + len(delimiter)]


def _behind(prefix: str) -> bytes:
    """The first bytes that sort behind every key with that prefix."""
    encoded = prefix.encode()
    # UTF-8 has no byte 0xFF, so the last one can always be counted up.
    return encoded[:-1] + bytes([encoded[-1] + 1]) if encoded else b"\xff"
