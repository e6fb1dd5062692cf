"""Environments for other versions of the SDK: made once, made anew when half-made, refused in words."""

from __future__ import annotations

import subprocess

import pytest


@pytest.fixture
def place(tmp_path):
    """Where to make one (a name that needs quotes), and a list of no packages, which needs no network."""
    pins = tmp_path / "pins.txt"
    pins.write_text("# nothing\n")
    return tmp_path / "a newcomer's folder" / "sdk", pins


def test_a_second_call_finds_it_ready(environments, place):
    folder, pins = place
    programs = environments.make(folder, pins)
    outcome = subprocess.run(
        [programs / "python", "-c", "import sys; print(sys.prefix)"], capture_output=True
    )
    assert outcome.stdout.decode().strip() == str(folder)
    (folder / "mine").touch()
    assert environments.make(folder, pins) == programs
    assert (folder / "mine").exists()


def test_other_pins_and_a_half_made_one_are_made_anew(environments, place):
    folder, pins = place
    environments.make(folder, pins)
    for spoil in (lambda: (folder / "course-ready").unlink(), lambda: pins.write_text("# others\n")):
        (folder / "mine").touch()
        spoil()
        environments.make(folder, pins)
        assert not (folder / "mine").exists()


def test_without_a_registry_it_says_so_and_leaves_nothing_that_looks_ready(environments, place, monkeypatch):
    folder, pins = place
    pins.write_text("awscli==1.46.3\n")
    for name in ("UV_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/simple")  # nobody listens there
    monkeypatch.setenv("UV_CACHE_DIR", str(folder.parent / "cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(environments.Unreachable, match="registry"):
        environments.make(folder, pins)
    assert not (folder / "course-ready").exists()
