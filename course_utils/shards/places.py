"""Where shards are put: a folder, or S3. A file appears when it is whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def new_file(where: str, name: str) -> Iterator[IO[bytes]]:
    """A file to write. It replaces one of the same name at the end, if nothing went wrong until then.

    Two workers may write the same one: whoever ends last wins, and nobody ever sees half a file.
    """
    folder = None if is_s3(where) else Path(where)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(prefix=".", dir=folder, delete=False) as stream:
        try:
            yield stream
            stream.close()
            if folder:
                os.chmod(stream.name, 0o644)
                os.replace(stream.name, folder / name)
            else:
                bucket, prefix = _bucket_and_prefix(where)
                _s3().upload_file(stream.name, bucket, f"{prefix}{name}")
        finally:
            stream.close()
            Path(stream.name).unlink(missing_ok=True)


def names(where: str) -> list[str]:
    """What lies there already, sorted; hidden files do not count."""
    if not is_s3(where):
        folder = Path(where)
        return sorted(path.name for path in folder.glob("[!.]*")) if folder.is_dir() else []
    bucket, prefix = _bucket_and_prefix(where)
    pages = _s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [found["Key"].removeprefix(prefix) for page in pages for found in page.get("Contents", [])]


def refuse_if_used(where: str) -> None:
    """Raise where files lie: a training job reads everything that it finds under a prefix.

    Raises
    ------
    FileExistsError
    """
    found = names(where)
    if found:
        raise FileExistsError(
            f"{where} holds {len(found)} file(s) already, such as {found[0]}. SageMaker trains on "
            "everything it finds in one place, so old shards would be trained on too. "
            "Name a new place, or empty this one."
        )


def is_s3(where: str) -> bool:
    return where.startswith("s3://")


def inside(where: str, name: str) -> str:
    """A place within a place."""
    return f"{where.rstrip('/')}/{name}" if is_s3(where) else str(Path(where, name))


def _bucket_and_prefix(where: str) -> tuple[str, str]:
    bucket, _, prefix = where.removeprefix("s3://").partition("/")
    return bucket, prefix.rstrip("/") + "/" if prefix else ""


def _s3():
    import boto3  # takes a second; folders do without

    return boto3.client("s3")
