"""Files saved together: whenever the program dies, what can be loaded is one save, whole."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from course_utils.estimator import bundle

NAMES = ("model", "map")
RENAME = os.replace


class Died(BaseException):
    """Stands for the end of the program: nothing tidies up after it."""


def save(folder: Path, text: str, names=NAMES) -> None:
    writers = {name: lambda path, name=name: path.write_text(f"{text} {name}") for name in names}
    bundle.save(folder, "about.json", {"text": text}, writers)


def loaded(folder: Path) -> str:
    """The text of the save that loads; every file must be of it."""
    about, paths = bundle.load(folder, "about.json")
    for name, path in paths.items():
        assert path.read_text() == f"{about['text']} {name}"
    return about["text"]


@pytest.fixture
def dies_at(monkeypatch):
    """The program ends just before its n-th change of a name in the file system."""

    def arm(n: int) -> None:
        left = iter(range(n - 1))

        def replace(*names) -> None:
            if next(left, None) is None:
                raise Died
            RENAME(*names)

        monkeypatch.setattr(bundle.os, "replace", replace)

    return arm


def test_what_is_saved_is_loaded(tmp_path) -> None:
    save(tmp_path / "a" / "b", "first")
    assert loaded(tmp_path / "a" / "b") == "first"
    save(tmp_path / "a" / "b", "second")
    assert loaded(tmp_path / "a" / "b") == "second"
    assert {path.name for path in (tmp_path / "a" / "b").iterdir()} == {*NAMES, "about.json"}


@pytest.mark.parametrize(("death", "expected"), [(1, "first"), (2, "second"), (3, "second")])
def test_one_save_is_whole_whenever_the_program_dies(tmp_path, dies_at, monkeypatch, death, expected) -> None:
    save(tmp_path, "first")
    dies_at(death)
    with pytest.raises(Died):
        save(tmp_path, "second")
    monkeypatch.undo()
    assert loaded(tmp_path) == expected
    save(tmp_path, "third")
    assert loaded(tmp_path) == "third"
    assert {path.name for path in tmp_path.iterdir()} == {*NAMES, "about.json"}


@pytest.mark.parametrize("second_death", [1, 2, 3, 4])
def test_a_save_that_dies_after_one_that_died(tmp_path, dies_at, monkeypatch, second_death) -> None:
    """The second save first finishes the renaming of the one before it, and may die there too."""
    save(tmp_path, "first")
    dies_at(2)
    with pytest.raises(Died):
        save(tmp_path, "second")
    dies_at(second_death)
    with pytest.raises(Died):
        save(tmp_path, "third")
    monkeypatch.undo()
    assert loaded(tmp_path) == ("third" if second_death > 3 else "second")


@pytest.mark.parametrize("half_written", ["model.new", "map.new", "about.json.new"])
@pytest.mark.parametrize(("death", "expected"), [(1, "first"), (2, "second")])
def test_a_half_written_file_harms_nothing(
    tmp_path, dies_at, monkeypatch, half_written, death, expected
) -> None:
    save(tmp_path, "first")
    (tmp_path / half_written).write_text("sec")
    assert loaded(tmp_path) == "first"
    dies_at(death)
    with pytest.raises(Died):
        save(tmp_path, "second")
    monkeypatch.undo()
    assert loaded(tmp_path) == expected


def test_a_writer_that_fails_leaves_the_earlier_save_and_nothing_else(tmp_path) -> None:
    def fail(path: Path) -> None:
        path.write_text("half")
        raise ValueError("disk full")

    save(tmp_path, "first")
    with pytest.raises(ValueError, match=r"disk full"):
        bundle.save(tmp_path, "about.json", {}, {"model": lambda path: path.write_text("new"), "map": fail})
    with pytest.raises(TypeError, match="cannot be written as JSON"):
        bundle.save(tmp_path, "about.json", {"text": object()}, {})
    assert loaded(tmp_path) == "first"
    assert {path.name for path in tmp_path.iterdir()} == {*NAMES, "about.json"}


def test_a_file_that_is_no_longer_saved_goes_and_strangers_stay(tmp_path) -> None:
    save(tmp_path, "first")
    (tmp_path / "notes.txt").write_text("mine")
    save(tmp_path, "second", names=("model",))
    assert {path.name for path in tmp_path.iterdir()} == {"model", "about.json", "notes.txt"}


def test_a_changed_a_missing_and_a_foreign_file(tmp_path) -> None:
    save(tmp_path, "first")
    (tmp_path / "map").write_text("first Map")
    with pytest.raises(ValueError, match=r"map in .* is not the file that was saved.*model, map only make"):
        bundle.load(tmp_path, "about.json")
    (tmp_path / "map").unlink()
    with pytest.raises(ValueError, match=r"map in .* is missing"):
        bundle.load(tmp_path, "about.json")
    save(tmp_path, "second")
    assert loaded(tmp_path) == "second"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"files": 3}', "not json", "\xff"])
def test_a_manifest_that_is_none(tmp_path, content) -> None:
    (tmp_path / "about.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(ValueError, match=r"about\.json is not the manifest of a save"):
        bundle.load(tmp_path, "about.json")
    save(tmp_path, "first")
    assert loaded(tmp_path) == "first"


def test_a_manifest_cannot_name_files_elsewhere(tmp_path) -> None:
    save(tmp_path / "a", "first")
    about = tmp_path / "a" / "about.json"
    content = json.loads(about.read_text())
    (tmp_path / "secret").write_text("first model")
    content["files"]["../secret"] = content["files"].pop("model")
    about.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="names a file outside"):
        bundle.load(tmp_path / "a", "about.json")


def test_saving_into_a_file_is_refused(tmp_path) -> None:
    (tmp_path / "model.tar.gz").write_text("old")
    with pytest.raises(ValueError, match="is a file; give the folder"):
        save(tmp_path / "model.tar.gz", "first")
    assert (tmp_path / "model.tar.gz").read_text() == "old"
