from __future__ import annotations

import nbformat
import pytest

from course_utils.build.editions import make
from course_utils.build.source import SourceError, read


@pytest.fixture
def student(source_dir):
    return make(read(source_dir / "97_square.py"), "student")


@pytest.fixture
def live(source_dir):
    return make(read(source_dir / "97_square.py"), "live")


@pytest.fixture
def solved(source_dir):
    return make(read(source_dir / "97_square.py"), "solved")


def text(notebook):
    return "\n".join(cell.source for cell in notebook.cells)


def test_students_get_stubs_and_no_solution(student):
    assert "    ..." in text(student)
    assert "side = ..." in text(student)
    assert "result" not in text(student)
    assert "assert" not in text(student)
    assert "###" not in text(student)


def test_the_solved_edition_has_every_solution_and_no_marker(solved):
    assert "    result = x * x\n    return result" in text(solved)
    assert "side = 4\n" in text(solved)
    assert "assert square(side) == 16" in text(solved)
    assert "###" not in text(solved)


def test_notes_are_for_neither(student, solved):
    assert "Ask the class" not in text(student) + text(solved)


def test_the_live_edition_blanks_what_is_typed_and_says_above_it_how_to_catch_up(live):
    cells = {cell.id: cell.source for cell in live.cells}
    assert list(cells)[4:6] == ["nb97-005-catch-up", "nb97-005"]
    assert cells["nb97-005-catch-up"].endswith('catch_up("nb97-005")')
    assert "Fell behind?" in cells["nb97-005-catch-up"]
    assert cells["nb97-005"] == "# Type along: this cell makes square(x).\n"
    assert "result" not in text(live)


def test_a_live_exercise_keeps_its_stub_and_names_its_solution(edit):
    path = edit('print("side", side)', 'check("E97.1", side)')
    cell = next(cell for cell in make(read(path), "live").cells if cell.id == "nb97-006")
    assert cell.source.splitlines() == [
        '# Fell behind? solution("E97.1"), in a new cell, shows the missing lines.',
        "side = ...",
        'check("E97.1", side)',
    ]


def test_the_live_edition_keeps_imports_and_comments_and_folds_the_notes(edit):
    path = edit("def square(x):", "import math  # roots\n# the side, twice\ndef square(x):")
    cells = {cell.id: cell.source for cell in make(read(path), "live").cells}
    assert cells["nb97-005"].splitlines() == [
        "import math",
        "",
        "# Type along: this cell makes square(x).",
        "# the side, twice",
    ]
    notes = cells["nb97-002"]
    assert notes.startswith("<details><summary>For the instructor</summary>\n\nAsk the class first.")


def test_cells_have_the_same_id_in_every_edition(student, solved):
    ids = {cell.source.splitlines()[0]: cell.id for cell in solved.cells}
    assert student.cells[0].id == "nb97-001"
    assert all(ids.get(cell.source.splitlines()[0], cell.id) == cell.id for cell in student.cells)


def test_metadata_is_what_readers_need_and_no_more(student):
    assert student.metadata.kernelspec.name == "python3"
    assert set(student.metadata) == {"kernelspec", "language_info"}
    assert student.cells[0].metadata == {"slideshow": {"slide_type": "slide"}}
    assert student.cells[2].metadata == {"tags": ["nbval-check-output"]}
    assert student.cells[3].metadata == {}
    nbformat.validate(student)


def test_magics_and_await_are_python_enough(edit):
    make(read(edit("side = 4  ###", "%matplotlib inline\nawait abs(1)\nside = 4  ###")), "student")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "    ### END SOLUTION\n",
            "",
            r"nb97-005 \(97_square.py, line 17\): '### BEGIN SOLUTION' is never ended",
        ),
        ("### SOLUTION: side = ...", "### SOLUTION: sid = ...", r"nb97-006 .*the stub 'sid = ...'"),
        (
            "    return result\n    ### END",
            "    return = 3\n    ### END",
            r"nb97-005 .*line 3 of the cell is not Python",
        ),
        ('print("side", side)', "print(", r"nb97-006 .*line 2 of the cell is not Python"),
    ],
)
def test_what_cannot_be_built_is_named_with_its_place(edit, old, new, words):
    source = read(edit(old, new))
    with pytest.raises(SourceError, match=words):
        _ = make(source, "student"), make(source, "solved")


def test_text_before_the_first_cell_and_odd_names_are_refused(edit, source_dir):
    with pytest.raises(SourceError, match="begins with a line"):
        read(edit("# %% [markdown] slideshow", "x = 1\n\n# %% [markdown] slideshow"))
    with pytest.raises(SourceError, match="02_star_trek"):
        read(source_dir / "square.py")
