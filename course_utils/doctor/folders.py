"""What lies on this machine's disks: lessons, data, room."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from course_utils.doctor import typed
from course_utils.doctor.finding import Finding
from course_utils.paths import NOTEBOOKS, ROOT, lesson_notebooks

NEEDED_BYTES = 1 << 30
ARCHIVE = "ml-latest-small"
BUNDLED = ("rendle.csv", "sample/ratings.csv.gz", "sample/items.csv")


def lessons() -> Finding:
    """The notebooks are built."""
    have = lesson_notebooks(NOTEBOOKS)
    if not have:
        return Finding("lessons", f"there is no notebook in {NOTEBOOKS}", typed.course("build"))
    return Finding("lessons", f"{len(have)} notebooks in {NOTEBOOKS.name}/")


def data() -> Finding:
    """The course's own tables are here, and MovieLens is whole, and where the learner says that it is."""
    from course_utils.datasets import movielens, tables

    get = typed.course(f"data get {ARCHIVE}")
    try:
        for name in BUNDLED:
            tables.bundled(name)
        place = movielens.locate(ARCHIVE)
    except FileNotFoundError as error:
        return Finding("data", str(error).split(". ")[0], "git restore data")
    except movielens.ArchiveError as error:
        return Finding("data", str(error).splitlines()[0], get)
    folder = os.environ.get("COURSE_DATA_DIR")
    if place is None and folder:
        return Finding("data", f"COURSE_DATA_DIR names {folder}, and there is no {ARCHIVE}.zip in it", get)
    if place is None:
        return Finding(
            "data", f"{ARCHIVE} is not here yet: the lessons fetch it, or use the made-up sample offline"
        )
    return Finding("data", f"{ARCHIVE} at {place}")


def disk() -> Finding:
    """There is room for archives, models and logs, wherever they go."""
    from course_utils.datasets import movielens
    from course_utils.local_aws import server

    places = {_nearest(folder) for folder in (ROOT, movielens.cache_dir(), server.default_state_dir())}
    free, place = min((shutil.disk_usage(place).free, str(place)) for place in places)
    if free < NEEDED_BYTES:
        short = f"{free / 2**20:,.0f} MiB free at {place}, the course needs {NEEDED_BYTES / 2**20:,.0f}"
        return Finding("disk", short, typed.largest_folders())
    return Finding("disk", f"{free / 2**30:,.1f} GiB free (needs {NEEDED_BYTES / 2**30:,.0f})")


def _nearest(folder: Path) -> Path:
    """The folder, or what there is of the way to it."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())
