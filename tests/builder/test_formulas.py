from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from course_utils.build.formulas import FormulaError, markdown_to_html, mathml
from course_utils.build.source import sources
from course_utils.paths import SOURCES

NS = "{http://www.w3.org/1998/Math/MathML}"
LESSONS = sources(SOURCES)


def formulas_of(markdown: str) -> list[str]:
    """The formulas of a text, found here without the parser under test."""
    prose = re.sub(r"```.*?```|`[^`\n]+`", "", markdown, flags=re.DOTALL)
    return [block or inline for block, inline in re.findall(r"\$\$(.+?)\$\$|\$(.+?)\$", prose, re.DOTALL)]


@pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.path.stem for lesson in LESSONS])
def test_every_formula_of_the_lessons_is_mathematics_and_none_is_left_as_tex(lesson):
    for cell in lesson.cells:
        if cell.cell_type == "markdown":
            page = markdown_to_html(cell.source)
            assert page.count("<math ") == len(formulas_of(cell.source))
            assert "$" not in re.sub(r"<code>.*?</code>|<pre>.*?</pre>", "", page, flags=re.DOTALL)


def test_the_lessons_do_have_formulas():
    count = sum(
        len(formulas_of(cell.source))
        for lesson in LESSONS
        for cell in lesson.cells
        if cell.cell_type == "markdown"
    )
    assert count > 200


def test_a_formula_is_well_formed_mathml():
    root = ET.fromstring(mathml(r"\hat y = w_0 + \sum_{i=1}^{d} w_i x_i", display=True))
    assert root.tag == f"{NS}math"
    assert root.get("display") == "block"
    assert [sub.text for sub in root.find(f".//{NS}msub")] == ["w", "0"]
    assert root.find(f".//{NS}munderover/{NS}mo").text == "∑"
    assert ET.fromstring(mathml("x")).get("display") == "inline"


def test_a_minus_is_a_sign_or_subtracts():
    def minus(tex):
        return [mo.get("form") for mo in ET.fromstring(mathml(tex)).iter(f"{NS}mo") if mo.text == "−"]

    assert minus(r"x = -1") == ["prefix"]
    assert minus(r"(-1,\; -2)") == ["prefix", "prefix"]
    assert minus("a - b") == minus("(a) - b") == [None]


def test_all_four_ways_to_write_a_formula():
    page = markdown_to_html("one $a$ two \\\\(b\\\\)\n\n$$c$$\n\n\\\\[d\\\\]\n")
    assert re.findall(r'display="(\w+)"><mrow><mi>(\w)</mi>', page) == [
        ("inline", "a"),
        ("inline", "b"),
        ("block", "c"),
        ("block", "d"),
    ]


def test_code_keeps_its_dollars():
    assert "<math" not in markdown_to_html("`$HOME and $PATH`\n\n```sh\necho $HOME $PATH\n```\n")


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        (r"\frac{1}{2", "braces"),
        (r"\nosuch x", r"not known here: \\nosuch"),
        ("x_", "not complete"),
        (r"\left( x", "not complete"),
    ],
)
def test_a_broken_formula_is_named(tex, words):
    with pytest.raises(FormulaError, match=words):
        mathml(tex)
