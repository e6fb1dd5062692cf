"""What breaks on Windows and macOS and can be seen from here: encodings, and calls that Unix alone has.

Python on Windows reads and writes text in an old code page unless it is told otherwise.
"""

from __future__ import annotations

import ast
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from course_utils.paths import ROOT

FILES = [
    ROOT / "course.py",
    *sorted((ROOT / "course_utils").rglob("*.py")),
    *sorted((ROOT / "notebooks/source").glob("*.py")),
]
TEXT = {"read_text": 0, "write_text": 1}  # where the encoding stands when it is not named
STARTERS = {"run", "Popen", "check_output", "call", "check_call"}

#: Names that one system or the other lacks; each may stand only below a question which system it is.
UNIX_ONLY = {
    "os": {
        "fork",
        "killpg",
        "setsid",
        "getuid",
        "geteuid",
        "getpgid",
        "mkfifo",
        "uname",
        "wait3",
        "wait4",
        "nice",
    },
    "signal": {"SIGKILL", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "alarm", "pause", "pthread_kill"},
}
ASKED_ELSEWHERE = {"course_utils/local_aws/training/pipes.py"}  # a job with pipes is refused before it starts
UNIX_MODULES = {"fcntl", "resource", "pwd", "grp", "pty", "termios", "tty", "syslog"}


def named(call: ast.Call, keyword: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == keyword), None)


def mode_of(call: ast.Call) -> str | None:
    """The mode of ``open(path, mode)`` and ``path.open(mode)``; None when it is no such call."""
    if isinstance(call.func, ast.Name) and call.func.id == "open":
        place = 1
    elif isinstance(call.func, ast.Attribute) and call.func.attr in ("open", "fdopen"):
        place = 1 if call.func.attr == "fdopen" else 0
    else:
        return None
    given = named(call, "mode") or (call.args[place] if len(call.args) > place else ast.Constant("r"))
    value = given.value if isinstance(given, ast.Constant) else None
    return value if isinstance(value, str) and set(value) <= set("rwaxbt+") else None


def in_the_systems_encoding(tree: ast.AST) -> Iterator[int]:
    """Lines that read or write text without naming its encoding."""
    for call in (
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and not named(node, "encoding")
    ):
        attribute = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        mode = mode_of(call)
        as_text = named(call, "text") or named(call, "universal_newlines")
        if (
            (attribute in TEXT and len(call.args) <= TEXT[attribute])
            or (mode is not None and "b" not in mode)
            or (attribute in STARTERS and as_text is not None)
        ):
            yield call.lineno


def only_on_unix(tree: ast.AST) -> Iterator[int]:
    """Lines that use what Windows lacks, outside of every ``if os.name …``, ``hasattr`` and the like."""
    asked: set[ast.AST] = set()
    for node in ast.walk(tree):
        test = getattr(node, "test", None)
        if isinstance(node, ast.If | ast.IfExp) and {"name", "platform"} & words(test):
            asked |= set(ast.walk(node))
    for node in ast.walk(tree):
        if node in asked:
            continue
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in UNIX_ONLY.get(node.value.id, ()):
                yield node.lineno
        elif isinstance(node, ast.Import) and UNIX_MODULES & {each.name for each in node.names}:
            yield node.lineno


def words(node: ast.AST) -> set[str]:
    """Names and attributes of an expression."""
    found = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
    return found | {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def found_by(search, files: list[Path]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{line}"
        for file in files
        for line in search(ast.parse(file.read_text(encoding="utf-8")))
    ]


def test_text_is_read_and_written_as_utf_8() -> None:
    assert found_by(in_the_systems_encoding, FILES) == []


def test_what_unix_alone_has_is_asked_for_first() -> None:
    files = [file for file in FILES if file.relative_to(ROOT).as_posix() not in ASKED_ELSEWHERE]
    assert found_by(only_on_unix, files) == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("path.read_text()", True),
        ("path.read_text('utf-8')", False),
        ("path.write_text(words)", True),
        ("path.write_text(words, 'utf-8')", False),
        ("open(path, 'w')", True),
        ("open(path, 'wb')", False),
        ("path.open()", True),
        ("path.open('a', encoding='utf-8')", False),
        ("archive.open('ratings.csv')", False),
        ("subprocess.run(command, text=True)", True),
        ("subprocess.run(command, text=True, encoding='utf-8')", False),
    ],
)
def test_the_search_for_encodings_finds_what_it_should(line: str, wrong: bool) -> None:
    assert bool(list(in_the_systems_encoding(ast.parse(line)))) == wrong


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("os.killpg(1, 2)", True),
        ("if os.name == 'posix':\n    os.killpg(1, 2)", False),
        ("import fcntl", True),
        ("signal.SIGTERM", False),
    ],
)
def test_the_search_for_unix_finds_what_it_should(line: str, wrong: bool) -> None:
    assert bool(list(only_on_unix(ast.parse(line)))) == wrong


@pytest.mark.skipif(os.name != "posix", reason="says what is here, to compare with")
def test_the_names_are_real() -> None:
    for module, names in ((os, UNIX_ONLY["os"]), (signal, UNIX_ONLY["signal"])):
        assert all(hasattr(module, name) for name in names)
