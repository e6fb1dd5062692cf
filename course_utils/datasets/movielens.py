"""Real MovieLens ratings: found, or fetched; verified; read.

Order: the folder ``COURSE_DATA_DIR``, the cache (``COURSE_CACHE_DIR``, or the system's own place), a download
from GroupLens (never with ``COURSE_OFFLINE=1``), then the bundled made-up sample with a notice. Wherever a
file comes from, it is trusted by its hash alone.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pooch

from course_utils.datasets import layouts, sample
from course_utils.datasets.archives import ARCHIVES, STAND_INS, Archive, ArchiveError, by_hand, verify
from course_utils.datasets.download import CertificateError, DownloadError, download
from course_utils.datasets.tables import Dataset, Origin

__all__ = ["ARCHIVES", "ArchiveError", "DownloadError", "cache_dir", "fetch", "load", "locate"]

_NO_TIMESTAMPS = (
    "This copy of MovieLens 1M has no timestamps: whatever needs time (a split by time, the time and "
    "last_item blocks) needs the original ml-1m.zip."
)


def load(name: str = "ml-latest-small", *, allow_sample: bool = True) -> Dataset:
    """A MovieLens data set as tables.

    Parameters
    ----------
    name : str
        A key of ``ARCHIVES``.
    allow_sample : bool
        Whether the made-up sample may stand in when there is no archive and none can be fetched. The result
        then has origin "sample" and a ``notice`` that says so and why.

    Raises
    ------
    ArchiveError
        If an archive was found or fetched and is damaged or another version. The sample never hides that.
    DownloadError
        If there is no archive, none can be fetched, and ``allow_sample`` is false.
    """
    archive = _known(name)
    found = _find(archive)
    if found is None:
        try:
            found = _download(archive), archive, "download"
        except DownloadError as error:
            if not allow_sample:
                raise
            stand_in = sample.load()
            return replace(stand_in, notice=f"{stand_in.notice}\n\nWhy not {archive.title}? {error}")
    path, archive, origin = found
    ratings, items = layouts.read(path, archive.layout)
    notice = _NO_TIMESTAMPS if archive.layout == "1m-no-timestamps" else ""
    return Dataset(name, ratings, items, origin, notice, archive.licence)


def locate(name: str = "ml-latest-small") -> Path | None:
    """Where a verified archive lies on this machine; None if there is none. Never downloads.

    Raises
    ------
    ArchiveError
        If there is a file of that name, but with other content.
    """
    found = _find(_known(name))
    return found and found[0]


def fetch(name: str = "ml-latest-small") -> Path:
    """The archive's path, after downloading it to the cache if no good copy is on this machine.

    A damaged file in the cache is replaced, once a good one has arrived.

    Raises
    ------
    ArchiveError
        If ``COURSE_DATA_DIR`` holds a damaged one (that folder is yours: nothing is replaced there), or if
        the server sends something else.
    DownloadError
        If it cannot be fetched.
    """
    archive = _known(name)
    try:
        found = _find(archive)
    except ArchiveError:
        if _in_folder(archive, _data_dir()):
            raise
        found = None
    return found[0] if found else _download(archive)


def cache_dir() -> Path:
    """The folder that downloads go to: ``COURSE_CACHE_DIR``, or the system's cache folder."""
    return Path(os.environ.get("COURSE_CACHE_DIR") or pooch.os_cache("fm-course")).expanduser()


def _data_dir() -> Path | None:
    value = os.environ.get("COURSE_DATA_DIR")
    return Path(value).expanduser() if value else None


def _known(name: str) -> Archive:
    if name not in ARCHIVES:
        raise ValueError(f"There is no MovieLens archive {name!r}; there are {', '.join(ARCHIVES)}.")
    return ARCHIVES[name]


def _find(archive: Archive) -> tuple[Path, Archive, Origin] | None:
    """The first file of the archive's name, verified, and where it was."""
    for folder, origin in ((_data_dir(), "COURSE_DATA_DIR"), (cache_dir(), "cache")):
        here = _in_folder(archive, folder)
        if here:
            verify(*here)
            return *here, origin
    return None


def _in_folder(archive: Archive, folder: Path | None) -> tuple[Path, Archive] | None:
    for one in (archive, STAND_INS.get(archive.name)):
        if folder and one and (folder / one.file_name).is_file():
            return folder / one.file_name, one
    return None


def _download(archive: Archive) -> Path:
    target = cache_dir() / archive.file_name
    route = f"{_where_we_looked(archive)} {by_hand(archive, cache_dir())}"
    if os.environ.get("COURSE_OFFLINE", "0") not in ("", "0"):
        raise DownloadError(f"COURSE_OFFLINE is set, so nothing is downloaded. {route}")
    print(archive.licence)
    try:
        download(archive.url, target, lambda path: verify(path, archive, f"What {archive.url} sent"))
    except CertificateError as error:
        raise CertificateError(
            f"The certificate of {archive.url} was not accepted ({error}). GroupLens has let it expire "
            "before; on some networks a proxy puts its own in the way. The course does not switch the check "
            f"off. {route}"
        ) from None
    except DownloadError as error:  # whoever reads it needs what to do, not the stack of the network library
        raise DownloadError(f"{error}. {route}") from None
    return target


def _where_we_looked(archive: Archive) -> str:
    folder = _data_dir()
    if folder is None:
        hint = "COURSE_DATA_DIR is not set"
    elif not folder.is_dir():
        hint = f"COURSE_DATA_DIR names {folder}, which is not a folder"
    else:
        hint = f"COURSE_DATA_DIR ({folder}) holds no {archive.file_name}"
    return f"{hint}, and the cache ({cache_dir()}) has none either."
