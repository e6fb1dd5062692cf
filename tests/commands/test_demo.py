"""`course demo` writes one explorable's notebook and opens it as `lab` opens lessons."""

from __future__ import annotations

import nbformat
import pytest

from course_utils import cli
from course_utils.commands import demo


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """What the command asks JupyterLab to open; nothing is started."""
    calls = []
    monkeypatch.setattr(demo, "ROOT", tmp_path)
    monkeypatch.setattr(demo, "DEMOS", tmp_path / "build/demo")
    monkeypatch.setattr(demo, "open_lab", lambda *arguments: calls.append(arguments) or 0)
    return calls


def test_the_first_explorable_is_opened_alone(opened, tmp_path) -> None:
    assert cli.main(["demo", "1", "--no-browser", "--port", "9000"]) == 0
    ((page, options, setting),) = opened
    assert page == "/doc/tree/build/demo/01_SparsityMicroscope.ipynb"
    assert options.no_browser
    assert options.rest == ["--port", "9000"]
    assert setting.endswith("labextensions")
    notebook = nbformat.read(tmp_path / page.removeprefix("/doc/tree/"), as_version=4)
    assert "SparsityMicroscope()" in notebook.cells[1].source


def test_another_one_is_chosen_by_its_name(opened) -> None:
    assert cli.main(["demo", "01", "WiperTrap"]) == 0
    assert opened[0][0].endswith("01_WiperTrap.ipynb")


def test_the_list_names_them_and_opens_nothing(opened, capsys) -> None:
    assert cli.main(["demo", "--list"]) == 0
    assert "03  PairRace PCALens\n" in capsys.readouterr().out
    assert cli.main(["demo", "2", "--list"]) == 0
    assert capsys.readouterr().out == "02  StarTrekLab\n"
    assert not opened


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Which lesson?"),
        (["55"], "There is no lesson 55. There are: 00 01"),
        (["2", "Map"], "opens no explorable 'Map'; it opens: StarTrekLab"),
    ],
)
def test_what_is_not_there_is_said(opened, capsys, arguments, words) -> None:
    assert cli.main(["demo", *arguments]) == 2
    assert words in capsys.readouterr().err
    assert not opened
