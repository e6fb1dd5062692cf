"""The MovieLens archives that the course knows, and how to tell a right one from a wrong one."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

SITE = "https://files.grouplens.org/datasets/movielens/"

_LICENCE = (
    "{title} was made by GroupLens Research, University of Minnesota. Use it for research and learning, not for "
    "commercial ends without permission, and do not suggest their endorsement; {sharing}. Published work cites "
    "Harper and Konstan, The MovieLens Datasets (2015). The README inside the archive has the full terms."
)


class ArchiveError(ValueError):
    """An archive that is truncated, corrupt, or another version than the one the course was written for."""


@dataclass(frozen=True)
class Archive:
    """One zip: where to get it, how to recognise it, how to read it.

    ``md5`` is the published hash of the whole zip (None where GroupLens may rebuild it). ``members`` gives the
    SHA-256 of the files that we read: with them a repacked zip is as good as the original. An archive with
    ``url=""`` can only be put in place by hand.
    """

    name: str
    title: str
    url: str
    download_size: str
    layout: Literal["csv", "100k", "1m", "1m-no-timestamps", "10m"]
    md5: str | None = None
    members: dict[str, str] = field(default_factory=dict)
    may_be_shared: bool = False

    @property
    def file_name(self) -> str:
        return f"{self.name}.zip"

    @property
    def licence(self) -> str:
        sharing = "pass it on under the same terms only" if self.may_be_shared else "do not pass it on"
        return _LICENCE.format(title=self.title, sharing=sharing)


def _archive(name: str, title: str, size: str, layout, md5=None, members=None, **more) -> Archive:
    return Archive(name, f"MovieLens {title}", f"{SITE}{name}.zip", size, layout, md5, members or {}, **more)


ARCHIVES: dict[str, Archive] = {
    archive.name: archive
    for archive in (
        _archive(
            "ml-latest-small",
            "latest-small (2018)",
            "1 MB",
            "csv",
            members={
                "ml-latest-small/ratings.csv": "aa289ca83157595d0df6aea1be6a4ded676ddc4385472e8313a8ed9805352646",
                "ml-latest-small/movies.csv": "5a5f32dd9bb3797b8e728a1b98958789d2b13f294a69fdfbc5727f8a9611aa07",
            },
            may_be_shared=True,
        ),
        _archive(
            "ml-100k",
            "100K",
            "5 MB",
            "100k",
            "0e33842e24a9c977be4e0107933c0723",
            {
                "ml-100k/u.data": "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490",
                "ml-100k/u.item": "553841ebc7de3a0fd0d6b62a204ea30c1e651aacfb2814c7a6584ac52f2c5701",
                "ml-100k/u.genre": "9757e0d3e6b298159a80dd48eaf938114690e911e39af97a76949ef1663610bb",
            },
        ),
        _archive("ml-1m", "1M", "6 MB", "1m", "c4d9eecfca2ab87c1945afe126590906"),
        _archive("ml-10m", "10M", "63 MB", "10m", "ce571fd55effeba0271552578f2648bd"),
        _archive("ml-20m", "20M", "190 MB", "csv", "cd245b17a1ae2cc31bb14903e1204af3"),
        _archive("ml-25m", "25M", "250 MB", "csv", "6b51fb2759a8657d3bfcbfc42b592ada"),
        _archive("ml-32m", "32M", "239 MB", "csv", "d472be332d4daa821edc399621853b57"),
    )
}
"""What can be asked for by name."""

STAND_INS: dict[str, Archive] = {
    "ml-1m": Archive(
        "ml-1m-no-timestamps",
        "MovieLens 1M (without timestamps)",
        "",
        "3 MB",
        "1m-no-timestamps",
        members={
            "ml-1m/ratings.csv": "3b1c1c4442a05858ea33829d5cc48ad89fc2d7075fef9021487835bebfe8faba",
            "ml-1m/movies.dat": "0140fc2356357c1a851d0f52e893a1e4d3696df632c4141cea8d5bc3d621f0b9",
        },
    )
}
"""Zips with the same ratings that a folder may hold in place of the original."""


def verify(path: Path, archive: Archive) -> None:
    """Check that a file is this archive, by content.

    Raises
    ------
    ArchiveError
        Saying what was found, what was expected and what to try.
    """
    if not zipfile.is_zipfile(path):
        size = path.stat().st_size
        raise ArchiveError(
            f"{path} is no complete zip file ({size:,} bytes): the download was cut short, or a web page was "
            f"saved in its place. {_what_to_try(archive)}"
        )
    if archive.md5 and _hash_file(path, "md5") == archive.md5:
        return
    if not archive.members:
        raise ArchiveError(
            f"{path} is not the {archive.title} archive that the course knows: its MD5 is "
            f"{_hash_file(path, 'md5')}, expected {archive.md5}. {_what_to_try(archive)}"
        )
    for member, expected in archive.members.items():
        try:
            with zipfile.ZipFile(path) as opened, opened.open(member) as content:
                found = hashlib.file_digest(content, "sha256").hexdigest()
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise ArchiveError(
                f"{member} cannot be read from {path} ({type(error).__name__}: {error}): the zip is damaged or "
                f"is another archive. {_what_to_try(archive)}"
            ) from error
        if found != expected:
            raise ArchiveError(
                f"{path} holds another version of {member} than the course was written for: its SHA-256 is "
                f"{found}, expected {expected}. {_what_to_try(archive)}"
            )


def by_hand(archive: Archive, folder: Path) -> str:
    """How to put an archive in place without this program's download."""
    return (
        f"By hand: get {archive.file_name} ({archive.download_size}) from {archive.url} with your browser or "
        f"from a colleague, leave it zipped, and put it at {folder / archive.file_name} (or into any folder "
        "that COURSE_DATA_DIR names). Its content is checked by hash, so it does not matter how it came."
    )


def _what_to_try(archive: Archive) -> str:
    again = (
        f"fetch it again with 'python3 course.py data get {archive.name}'" if archive.url else "replace it"
    )
    return f"Remove that file, or {again}; COURSE_OFFLINE=1 in an empty COURSE_CACHE_DIR uses the made-up sample."


def _hash_file(path: Path, algorithm: str) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, algorithm).hexdigest()
