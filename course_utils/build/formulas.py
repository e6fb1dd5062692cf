"""Formulas as MathML, which browsers typeset by themselves: no script, no font file, no network."""

from __future__ import annotations

import re

from latex2mathml.converter import convert
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

#: How formulas look on a page; the rest is the browser's own.
CSS = """\
math { font-family: "Cambria Math", "STIX Two Math", "Latin Modern Math", serif; font-size: 1.1em; }
math[display="block"] { margin: 0.8em 0; overflow-x: auto; overflow-y: hidden; }
"""

# after "=", "(" or "," a minus is a sign and stands close to its number
_SIGN = re.compile(r"((?:&#x0003D;|&#x00028;|&#x0002C;)</mo>(?:<mspace[^>]*/>)?<mo)(>&#x02212;</mo>)")
_COMMAND = re.compile(r"\\[A-Za-z]+")


class FormulaError(ValueError):
    """A formula is not TeX that can be shown; the text quotes it."""


def mathml(tex: str, *, display: bool = False) -> str:
    r"""Return the ``<math>`` element of a formula.

    Parameters
    ----------
    tex : str
        Without its dollar signs or brackets: ``\hat y = w_0``.
    display : bool
        True for a formula on a line of its own.

    Raises
    ------
    FormulaError
        If braces do not match, or a command is unknown: latex2mathml itself would leave it standing.

    Examples
    --------
    >>> mathml("x", display=True)
    '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block"><mrow><mi>x</mi></mrow></math>'
    """
    unescaped = re.sub(r"\\[{}]", "", tex)
    if unescaped.count("{") != unescaped.count("}"):
        raise FormulaError(f"the braces of the formula {tex!r} do not match: count {{ and }}")
    try:
        made = convert(tex, display="block" if display else "inline")
    except Exception as error:  # latex2mathml's own errors have no common parent, and most have no text
        raise FormulaError(f"the formula {tex!r} is not complete: {type(error).__name__}") from error
    if left_over := _COMMAND.search(made):
        raise FormulaError(f"the formula {tex!r} has a command that is not known here: {left_over[0]}")
    return _SIGN.sub(r'\1 form="prefix"\2', made)


def markdown_to_html(markdown: str) -> str:
    r"""Turn Markdown into HTML, with its formulas as MathML.

    Formulas are ``$…$``, ``$$…$$``, ``\\(…\\)``, ``\\[…\\]``, where JupyterLab sees them, never in code.
    This is nbconvert's own Markdown, and stands in for its filter ``markdown2html``.
    """
    return MarkdownWithMath(renderer=_MathMLRenderer(escape=False, anchor_link_text="")).render(markdown)


class _MathMLRenderer(IPythonRenderer):
    """nbconvert's renderer, which would leave TeX to MathJax."""

    def inline_math(self, body: str) -> str:
        return mathml(body)

    def block_math(self, body: str) -> str:
        return mathml(body, display=True)

    def latex_environment(self, name: str, body: str) -> str:
        return mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", display=True)
