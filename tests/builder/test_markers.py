from __future__ import annotations

import ast

import pytest

from course_utils.build.markers import MarkerError, solved, stub

BLOCK = """\
def f(x):
    a = 1
    ### BEGIN SOLUTION
    b = x * x
    if b:
        return b
    ### END SOLUTION
"""


def test_a_block_becomes_one_gap_at_its_own_indentation():
    assert stub(BLOCK) == "def f(x):\n    a = 1\n    ...\n"
    assert solved(BLOCK) == "def f(x):\n    a = 1\n    b = x * x\n    if b:\n        return b\n"


def test_a_block_may_say_what_is_seen_instead():
    code = "### BEGIN SOLUTION: rows = [...]\nrows = [\n    1,\n    2,\n]\n### END SOLUTION"
    assert stub(code) == "rows = [...]"
    assert solved(code) == "rows = [\n    1,\n    2,\n]"


@pytest.mark.parametrize(
    ("line", "student", "teacher"),
    [
        ("x = 5  ### SOLUTION: x = ...", "x = ...", "x = 5"),
        ("    return a + b  ### SOLUTION: return ... + ...", "    return ... + ...", "    return a + b"),
        ("print(1)  ### SOLUTION", "...", "print(1)"),
        ("x = [..., 1]  ### SOLUTION: x = [..., ...]", "x = [..., ...]", "x = [..., 1]"),
    ],
)
def test_a_line_shows_its_stub(line, student, teacher):
    assert (stub(line), solved(line)) == (student, teacher)


def test_both_forms_are_python_and_text_without_markers_is_left_alone():
    for code in (BLOCK, "x = 5  ### SOLUTION: x = ...", "### a heading\n#### SOLUTION of old"):
        ast.parse(stub(code))
        ast.parse(solved(code))
    assert stub("x = 1\n\n\ny = 2  # SOLUTION") == "x = 1\n\n\ny = 2  # SOLUTION"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("### BEGIN SOLUTION\nx = 1", "never ended"),
        ("x = 1\n### END SOLUTION", "line 2: '### END SOLUTION' has no partner"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", "line 2: .* has no partner"),
        ("x = 5  ### SOLUTION: y = ...", "should be the solution with"),
        ("x = 5  ### SOLUTION: x = 6", "should be the solution with"),
        ("x = 5  ### SOLUTION: x = 5", "should be the solution with"),
        ("x = f(1)  ### SOLUTION: x = g(...)", "should be the solution with"),
        ("### BEGIN SOLUTION: y = ...\nx = 1\n### END SOLUTION", "should be the solution with"),
        ("### BEGIN SOLUTION\n### END SOLUTION", "should be the solution with"),
    ],
)
def test_a_stub_that_is_not_its_solution_is_refused(code, words):
    with pytest.raises(MarkerError, match=words):
        stub(code)
