"""The fault table in README.md has a row for every test in ``faults/``, and no other rows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent


def test_the_table_is_whole():
    rows = re.findall(r"^\| (.*?) \|", (HERE / "README.md").read_text("utf-8"), re.MULTILINE)
    sources = "".join(path.read_text("utf-8") for path in (HERE / "faults").glob("test_*.py"))
    faults = [row for row in rows if row != "Fault"]
    assert [fault for fault in faults if fault not in sources] == []
    assert sorted(set(faults)) != []
    without = [
        function.name
        for function in ast.walk(ast.parse(sources.replace("from __future__ import annotations", "")))
        if isinstance(function, ast.FunctionDef)
        and function.name.startswith("test_")
        and "fault" not in (names := [each.arg for each in function.args.args])
        and "report" in names
        and ast.get_docstring(function).splitlines()[0] not in faults
    ]
    assert without == []
