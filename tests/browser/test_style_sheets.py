"""Every rule of every style sheet arrives: after a broken one a browser drops the rest, and says nothing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from course_utils.learn import look
from course_utils.paths import ROOT
from course_utils.widgets import parts

pytestmark = pytest.mark.browser

FILES = ("build/slides_assets/slides.css", "build/handout/website/static/handout.css")
SHEETS = {
    "learn/look.py": look.STYLE,
    "widgets/parts.py": parts.STYLE,
    **{name: (ROOT / "course_utils" / name).read_text(encoding="utf-8") for name in FILES},
}
# As the browser counts: rules, and those within @media and the like, each with at least one declaration.
COUNT = """() => {
  const count = (rules) => [...rules].reduce(
    (sum, rule) => sum + (rule.style?.length ? 1 : 0) + (rule.cssRules?.length ? count(rule.cssRules) : 0), 0
  );
  return count(document.styleSheets[0].cssRules);
}"""


def written(css: str) -> int:
    """Blocks in the text that hold declarations and no blocks."""
    css = re.sub(r"/\*.*?\*/|<[^>]*>", "", css, flags=re.DOTALL)
    css = re.sub(r"url\([^)]*\)|\"[^\"\n]*\"", "", css)
    return len(re.findall(r"\{[^{}]*:[^{}]*\}", css))


def understood(page: Page, css: str) -> int:
    page.set_content(f"<style>{css.replace('<style>', '').replace('</style>', '')}</style>")
    return page.evaluate(COUNT)


@pytest.mark.parametrize("name", SHEETS)
def test_the_browser_has_as_many_rules_as_were_written(page: Page, name: str) -> None:
    assert understood(page, SHEETS[name]) == written(SHEETS[name]) > 3


def test_a_string_without_its_end_is_noticed(page: Page) -> None:
    broken = 'p {color: red} a {background: url("data:x\n)} b {color: blue} i {color: green} u {margin: 0}'
    assert understood(page, broken) < written(broken)
