"""The MovieLens archives that the course knows, and how to tell a right one from a wrong one."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

SITE = "https://files.grouplens.org/datasets/movielens/"

_LICENCE = (
    "{title} was made by GroupLens Research, University of Minnesota. Use it for research and learning, not "
    "for commercial ends without permission, and do not suggest their endorsement; {sharing}. Published work "
    "cites Harper and Konstan, The MovieLens Datasets (2015). The README in the archive has the full terms."
)


# What zipfile raises for a damaged zip: wrong checksum, broken stream, unknown method, missing password.
_UNREADABLE = (KeyError, OSError, RuntimeError, zipfile.BadZipFile, zlib.error)


class ArchiveError(ValueError):
    """An archive that is truncated, corrupt, or another version than the one the course was written for."""


@dataclass(frozen=True)
class Archive:
    """One zip: where to get it, how to recognise it, how to read it.

    ``md5`` is the published hash of the whole zip (None where GroupLens may rebuild it). ``members`` gives
    the SHA-256 of the files that we read: with them a repacked zip is as good as the original. An archive
    with ``url=""`` can only be put in place by hand.
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
                "ratings.csv": "aa289ca83157595d0df6aea1be6a4ded676ddc4385472e8313a8ed9805352646",
                "movies.csv": "5a5f32dd9bb3797b8e728a1b98958789d2b13f294a69fdfbc5727f8a9611aa07",
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
                "u.data": "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490",
                "u.item": "553841ebc7de3a0fd0d6b62a204ea30c1e651aacfb2814c7a6584ac52f2c5701",
                "u.genre": "9757e0d3e6b298159a80dd48eaf938114690e911e39af97a76949ef1663610bb",
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
            "ratings.csv": "3b1c1c4442a05858ea33829d5cc48ad89fc2d7075fef9021487835bebfe8faba",
            "movies.dat": "0140fc2356357c1a851d0f52e893a1e4d3696df632c4141cea8d5bc3d621f0b9",
        },
    )
}
"""Zips with the same ratings that a folder may hold in place of the original."""


def open_member(archive: zipfile.ZipFile, file_name: str) -> IO[bytes]:
    """A file by its own name, whatever the folder inside the zip is called (ml-10m.zip holds ml-10M100K/)."""
    for name in archive.namelist():
        if name.split("/")[-1] == file_name:
            return archive.open(name)
    raise KeyError(f"there is no {file_name} in it")


def verify(path: Path, archive: Archive, subject: str = "") -> None:
    """Check that a file is this archive, by content.

    Parameters
    ----------
    path : Path
    archive : Archive
    subject : str
        What to call the file in an error message; its path by default.

    Raises
    ------
    ArchiveError
        Saying what was found, what was expected and what to try.
    """
    subject = subject or str(path)
    advice = (
        f"Remove or replace it: 'python3 course.py data get {archive.name}' fetches a good copy. To go on "
        "with the made-up sample meanwhile, remove it and set COURSE_OFFLINE=1."
    )
    if not zipfile.is_zipfile(path):
        raise ArchiveError(
            f"{subject} is no complete zip file ({path.stat().st_size:,} bytes): the download was cut short, "
            f"or a web page was saved in its place. {advice}"
        )
    if archive.md5:
        md5 = _hash_file(path, "md5")
        if md5 == archive.md5:
            return
        if not archive.members:
            raise ArchiveError(
                f"{subject} is not the {archive.title} archive that the course knows: its MD5 is {md5}, "
                f"expected {archive.md5}. {advice}"
            )
    for member, expected in archive.members.items():
        try:
            with zipfile.ZipFile(path) as opened, open_member(opened, member) as content:
                found = hashlib.file_digest(content, "sha256").hexdigest()
        except _UNREADABLE as error:
            raise ArchiveError(
                f"{member} cannot be read from {subject} ({type(error).__name__}: {error}): the zip is "
                f"damaged or is another archive. {advice}"
            ) from error
        if found != expected:
            raise ArchiveError(
                f"{subject} holds another version of {member} than the course was written for: its SHA-256 "
                f"is {found}, expected {expected}. {advice}"
            )


def by_hand(archive: Archive, folder: Path) -> str:
    """How to put an archive in place without this program's download."""
    return (
        f"By hand: get {archive.file_name} ({archive.download_size}) from {archive.url} with your browser or "
        f"from a colleague, leave it zipped, and put it at {folder / archive.file_name} (or into any folder "
        "that COURSE_DATA_DIR names). Its content is checked by hash, so it does not matter how it came."
    )


def _hash_file(path: Path, algorithm: str) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, algorithm).hexdigest()
