"""Files that are worthless without each other, saved into one folder: all of one save, or all of the last.

A manifest names the files and their SHA-256. New files are written beside the old ones; putting the new
manifest in the old one's place, which the file system does in one step, is what makes the new save the valid
one. Only then do the new files take their names. Whenever the program dies, the manifest and the files with
its checksums are there, under one name or the other.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path


def save(
    folder: Path, manifest: str, about: Mapping, writers: Mapping[str, Callable[[Path], object]]
) -> None:
    """Write files into ``folder``, in the place of those that an earlier save left there.

    Parameters
    ----------
    folder : Path
        Made where it is missing. Other files in it are left alone.
    manifest : str
        Name of the manifest.
    about : mapping
        What else the manifest shall say; JSON.
    writers : mapping of file name to function
        Each function writes its file to the path that it is given.

    Raises
    ------
    ValueError
        If ``folder`` is a file. Whatever a writer raises is passed on, and the earlier save stays.
    """
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file; give the folder to save into, new or old.")
    folder.mkdir(parents=True, exist_ok=True)
    earlier = {}
    with suppress(FileNotFoundError, ValueError):  # no save there yet, or none that could be read again
        earlier = _read(folder / manifest)["files"]
    _settle(folder, earlier)
    waiting = {name: _waiting(folder / name) for name in (*writers, manifest)}
    try:
        for name, write in writers.items():
            write(waiting[name])
        files = {name: _checksum(waiting[name]) for name in writers}
        content = json.dumps({**about, "files": files}, indent=1, default=_plain)
        waiting[manifest].write_text(content, encoding="utf-8")
        for path in waiting.values():
            _to_disk(path)
    except BaseException:
        for path in waiting.values():
            path.unlink(missing_ok=True)
        raise
    os.replace(waiting[manifest], folder / manifest)
    _settle(folder, files)
    for name in earlier.keys() - files.keys():
        (folder / name).unlink(missing_ok=True)


def load(folder: Path, manifest: str) -> tuple[dict, dict[str, Path]]:
    """The manifest in ``folder``, and where its files lie; each has been checked.

    Raises
    ------
    FileNotFoundError
        If there is no manifest.
    ValueError
        If the manifest is none, or a file is missing or is not the one that was saved with it.
    """
    content = _read(folder / manifest)
    files = content["files"]
    paths = {}
    for name, checksum in files.items():
        places = [path for path in (folder / name, _waiting(folder / name)) if path.is_file()]
        own = [path for path in places if _checksum(path) == checksum]
        if not own:
            raise ValueError(
                f"{name} in {folder} {'is not the file' if places else 'is missing: the one'} that was saved "
                f"with this {manifest}. {manifest} and {', '.join(files)} only make sense together: copy all "
                "of them from the same save, or save again."
            )
        paths[name] = own[0]
    return content, paths


def _settle(folder: Path, files: Mapping[str, str]) -> None:
    """Give the files of a valid save their names, as far as they do not have them yet."""
    for name, checksum in files.items():
        waiting = _waiting(folder / name)
        if waiting.is_file() and _checksum(waiting) == checksum:
            os.replace(waiting, folder / name)


def _read(path: Path) -> dict:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content["files"], dict):
            raise TypeError("its 'files' are not an object")
        if any(Path(name).name != name for name in content["files"]):
            raise ValueError("it names a file outside its folder")
    except (ValueError, KeyError, TypeError) as problem:
        raise ValueError(f"{path} is not the manifest of a save ({problem}).") from problem
    return content


def _waiting(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _plain(value):
    """NumPy's numbers as Python's, which is all that JSON knows."""
    try:
        return value.item()
    except AttributeError:
        raise TypeError(f"{value!r} cannot be written as JSON") from None
