"""One calm look for all that the course says: escaping, small text formatting, and the only style sheet.

Colours are the Jupyter theme's own variables, so that light and dark themes both work; where a viewer has no
such variables, text keeps the page's colour. Meaning is always carried by a symbol and a word as well.
"""

from __future__ import annotations

import html
import re

_EMPHASIS = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+)(?<=\S)\*(?![\w*])")  # not the stars of 2 * 3 * 4

STYLE = """<style>
.fmc-card {border-left: 4px solid var(--fmc-line); padding: .35em .9em; margin: .3em 0; max-width: 60em;
  line-height: 1.5; color: var(--jp-content-font-color1, inherit);
  font-size: var(--jp-content-font-size1, inherit)}
.fmc-card p {margin: .3em 0; white-space: normal}
.fmc-card ol, .fmc-card ul {margin: .3em 0 .3em 1.4em; padding: 0}
.fmc-card code, .fmc-card pre {font-family: var(--jp-code-font-family, monospace); font-size: .95em;
  background: var(--jp-layout-color2, rgba(128, 128, 128, .12)); padding: 0 .25em; white-space: pre-wrap}
.fmc-card pre {padding: .5em .8em; margin: .4em 0}
.fmc-card pre code {background: none; padding: 0}
.fmc-quiet {--fmc-line: var(--jp-border-color1, #8a8a8a)}
.fmc-ask {--fmc-line: var(--jp-brand-color1, #1976d2)}
.fmc-good {--fmc-line: var(--jp-success-color1, #2e7d32)}
.fmc-bad {--fmc-line: var(--jp-warn-color1, #ef6c00)}
</style>"""


def inline(text: str) -> str:
    """Escape a text; set its `backticked` parts as code and its *starred* words as emphasis."""
    pieces = re.split(r"`([^`\n]+)`", html.escape(text, quote=False))
    pieces[::2] = [_EMPHASIS.sub(r"<em>\1</em>", piece) for piece in pieces[::2]]
    pieces[1::2] = [f"<code>{piece}</code>" for piece in pieces[1::2]]
    return "".join(pieces)


def paragraphs(text: str) -> str:
    """Escape a text and set its blank-line-separated parts as paragraphs."""
    return "".join(f"<p>{inline(part)}</p>" for part in re.split(r"\n\s*\n", text.strip()) if part)


def code_line(code: str) -> str:
    """Escape one line of code and set it as code, its indentation kept."""
    return f"<code>{html.escape(code, quote=False)}</code>"


def code_block(code: str) -> str:
    """Escape code and set it as a block."""
    return f"<pre><code>{html.escape(code.strip(), quote=False)}</code></pre>"


def card(tone: str, heading: str, body: str, *, status: bool = False) -> str:
    """Return one card.

    Parameters
    ----------
    tone : {"quiet", "ask", "good", "bad"}
        Colour of the line at the left.
    heading : str
        Plain text; escaped here.
    body : str
        HTML; the caller has escaped it.
    status : bool
        True for answers to what the learner did: screen readers then read it out when it appears.
    """
    role = ' role="status"' if status else ""
    return (
        f'{STYLE}<div class="fmc-card fmc-{tone}"{role}><p><strong>{inline(heading)}</strong></p>{body}</div>'
    )


class Card:
    """Something to display: a card in a notebook, plain text everywhere else."""

    def __init__(self, tone: str, heading: str, body: str, text: str, *, status: bool = False) -> None:
        self._html = card(tone, heading, body, status=status)
        self._text = text

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        return self._html


def say(tone: str, heading: str, message: str, *, status: bool = False) -> Card:
    """Return a card of plain text: a heading and paragraphs. Parameters are those of `card`."""
    return Card(tone, heading, paragraphs(message), f"{heading}\n{message}", status=status)
