"""What explorables are made of: labelled controls, tables of ratings, and figures in HTML.

How an explorable is put together
---------------------------------
* Computing lives in a module of plain functions (`course_utils.widgets.star_trek`), drawing in
  `course_utils.plots`; the widget class joins the two and does nothing else.
* The class is a `course_utils.learn.panel.Panel`. Its *static twin* holds the same table, sentence and figure
  as HTML: pages without a kernel show it in the widget's place. `folded` keeps results out of sight until a
  reader asks for them, as the lock does in the live widget.
* Results are kept in ``widgets.HTML`` and change through ``observe``; controls report once, when released.
* Every control has a name that a screen reader can say, and everything that colour says, a word says too.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import ipywidgets as widgets
import numpy as np
from matplotlib.figure import Figure

from course_utils.learn import look
from course_utils.plots import figure_html

#: Strengths that a regularisation slider offers: zero, then half-decades.
STRENGTHS = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)

#: What a picker of ratings holds for "not rated". Not None: to a list, None means that nothing is chosen.
BLANK = 0

#: In the grid, the headings of rows and columns say what a control's own label says. The label stays for
#: screen readers only: clipped to one pixel, not removed.
STYLE = """<style>
.fmc-in-grid > .widget-label {position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; margin: 0}
/* The widgets' own arrow is black in every theme. */
[data-jp-theme-light="false"] {--jp-widgets-dropdown-arrow: url("data:image/svg+xml,%3Csvg \
xmlns='http://www.w3.org/2000/svg' viewBox='0 0 18 18'%3E%3Cpath d='M5 7.5l4 4 4-4' fill='none' \
stroke='%23e0e0e0' stroke-width='1.5'/%3E%3C/svg%3E")}
table.fmc-ratings, table.fmc-facts {margin: 0; color: var(--jp-content-font-color1, inherit);
  font-size: var(--jp-content-font-size1, 14px)}
table.fmc-ratings {border-collapse: separate; border-spacing: 4px}
table.fmc-facts {border-collapse: collapse; margin-right: 1em}
table.fmc-ratings caption, table.fmc-facts caption {text-align: left; padding: 0 4px; line-height: 1.3;
  white-space: normal; color: var(--jp-content-font-color1, inherit);
  font-size: var(--jp-content-font-size1, 14px)}
table.fmc-ratings tr, table.fmc-facts tr {background: none !important}
table.fmc-facts tbody tr {border-top: 1px solid var(--jp-border-color2, #bdbdbd)}
table.fmc-ratings th, table.fmc-facts th {text-align: left !important; font-weight: 600; padding: 4px 6px;
  background: none}
table.fmc-facts td {text-align: left !important; padding: 4px 6px; line-height: 1.25}
table.fmc-facts .fmc-fact {text-align: right !important; min-width: 5.6em}
table.fmc-facts td.fmc-fact {white-space: nowrap}
table.fmc-ratings td {text-align: center !important; min-width: 5.6em; padding: 3px 6px; line-height: 1.25;
  border-radius: 4px}
table.fmc-ratings td.fmc-rated {border: 2px solid var(--jp-border-color0, #757575)}
table.fmc-ratings td.fmc-guess {border: 2px dashed var(--jp-brand-color1, #1976d2)}
table.fmc-ratings small {opacity: .85}
table.fmc-bytes {border-collapse: collapse; margin: .4em 0; color: var(--jp-content-font-color1, inherit);
  font-size: var(--jp-content-font-size1, 14px)}
table.fmc-bytes caption {text-align: left; padding: 0 4px 4px; line-height: 1.7; white-space: normal}
table.fmc-bytes tr {background: none !important; border-top: 1px solid var(--jp-border-color2, #bdbdbd)}
table.fmc-bytes th {text-align: left !important; vertical-align: top; font-weight: 600;
  padding: 8px 10px 8px 4px; background: none}
table.fmc-bytes td {text-align: left !important; white-space: normal; padding: 4px}
.fmc-chip {display: inline-block; text-align: center; vertical-align: top; margin: 2px; padding: 1px 5px;
  border-radius: 4px; border: 2px solid #757575; line-height: 1.3}
.fmc-chip code {display: block; background: none !important; color: inherit; padding: 0; white-space: nowrap;
  font-family: var(--jp-code-font-family, monospace)}
.fmc-chip small {display: block; font-size: 11px; white-space: nowrap}
.fmc-chip-frame {border-style: double; border-width: 3px; border-color: #0072B2}
.fmc-chip-mark {border-style: dotted}
.fmc-chip-name {border-style: dashed; border-color: #CC79A7}
.fmc-chip-content {border-color: #009E73; background: rgba(0, 158, 115, .22)}
.fmc-chip-before {border-style: solid; border-width: 1px}
.fmc-chip-user {border-color: #0072B2; background: rgba(0, 114, 178, .18)}
.fmc-chip-item {border-style: dashed; border-color: #D55E00; background: rgba(213, 94, 0, .16)}
.fmc-chip-genre {border-style: dotted; border-width: 3px; border-color: #009E73;
  background: rgba(0, 158, 115, .18)}
.fmc-chip-chosen {outline: 3px solid var(--jp-content-font-color1, #000); outline-offset: 1px}
.fmc-chip-moved small {font-weight: 700}
.fmc-answer {font-size: 1.2em; line-height: 1.4; margin: .4em 0 0; max-width: 60em; white-space: normal;
  color: var(--jp-content-font-color1, inherit)}
</style>"""


def rating_picker(user: str, film: str, value: float) -> widgets.Dropdown:
    """A list of ``–, 1 … 5`` stars for one cell of the grid; NaN is ``–``. Screen readers say its label."""
    picker = widgets.Dropdown(
        options=[("–", BLANK), *((str(stars), stars) for stars in range(1, 6))],
        value=stars_or_blank(value),
        description=f"{user} rates {film}",
        layout=widgets.Layout(width="6.5em"),
    )
    picker.add_class("fmc-in-grid")
    return picker


def stars_or_blank(value: float) -> int:
    """A rating as a picker holds it: whole stars, or `BLANK` for NaN."""
    return BLANK if np.isnan(value) else int(value)


def strength_slider(description: str, value: float) -> widgets.SelectionSlider:
    """A slider over `STRENGTHS`; it reports when released and stops at nothing in between."""
    return widgets.SelectionSlider(
        options=[(f"{strength:g}", strength) for strength in STRENGTHS],
        value=value,
        description=description,
        continuous_update=False,
        style={"description_width": "13.5em"},
        layout=widgets.Layout(width="29em"),
    )


def whole_slider(description: str, value: int, low: int, high: int) -> widgets.IntSlider:
    """A slider over whole numbers that reports when released."""
    return widgets.IntSlider(
        value=value,
        min=low,
        max=high,
        description=description,
        continuous_update=False,
        style={"description_width": "13.5em"},
        layout=widgets.Layout(width="29em"),
    )


def choice_slider(
    description: str, choices: Sequence[float], value: float, name: Callable[[float], str] = "{:,}".format
) -> widgets.SelectionSlider:
    """A slider over some numbers that need not be evenly spaced; it reports when released."""
    return widgets.SelectionSlider(
        options=[(name(choice), choice) for choice in choices],
        value=value,
        description=description,
        continuous_update=False,
        style={"description_width": "13.5em"},
        layout=widgets.Layout(width="29em"),
    )


def choice_list(description: str, choices: Sequence[str], value: str) -> widgets.Dropdown:
    """A list from which one text is chosen."""
    return widgets.Dropdown(
        options=list(choices),
        value=value,
        description=description,
        style={"description_width": "13.5em"},
        layout=widgets.Layout(width="29em"),
    )


def amount_box(description: str, value: float, most: float, step: float) -> widgets.BoundedFloatText:
    """A box for a number from 0 to ``most``; it reports when the number is finished."""
    return widgets.BoundedFloatText(
        value=value,
        min=0.0,
        max=most,
        step=step,
        description=description,
        continuous_update=False,
        style={"description_width": "17em"},
        layout=widgets.Layout(width="25em"),
    )


def fact_table(columns: Sequence[str], rows: Mapping[str, Sequence[str]], caption: str) -> str:
    """Facts in words and figures as an HTML table: a heading for each column and each row.

    Parameters
    ----------
    columns : n strings
    rows : dict of heading to n strings
    """
    head = "".join(f'<th scope="col" class="fmc-fact">{html.escape(column)}</th>' for column in columns)
    body = ""
    for heading, cells in rows.items():
        facts = "".join(f'<td class="fmc-fact">{html.escape(cell)}</td>' for cell in cells)
        body += f'<tr><th scope="row">{html.escape(heading)}</th>{facts}</tr>'
    return (
        f'{STYLE}<table class="fmc-facts"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def rating_table(
    users: Sequence[str], films: Sequence[str], rated: np.ndarray, predicted: np.ndarray | None, caption: str
) -> str:
    """A grid of ratings as an HTML table: rated cells say so, the others hold a prediction or "?".

    Parameters
    ----------
    rated : (users, films) float
        Stars, NaN where nothing is known.
    predicted : (users, films) float, or None
        Stars. None leaves blanks blank.
    """
    head = "".join(f'<th scope="col">{html.escape(film)}</th>' for film in films)
    body = ""
    for i, user in enumerate(users):
        cells = "".join(
            _cell(rated[i, j], None if predicted is None else predicted[i, j]) for j in range(len(films))
        )
        body += f'<tr><th scope="row">{html.escape(user)}</th>{cells}</tr>'
    return (
        f'{STYLE}<table class="fmc-ratings"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cell(rated: float, predicted: float | None) -> str:
    if np.isnan(rated):
        if predicted is None:
            return '<td class="fmc-guess">?<br><small>unknown</small></td>'
        return f'<td class="fmc-guess"><strong>{predicted:z.1f}</strong><br><small>predicted</small></td>'
    model = "" if predicted is None else f", fits {predicted:z.1f}"
    return f'<td class="fmc-rated">{rated:.0f}<br><small>rated{model}</small></td>'


@dataclass(frozen=True)
class Chip:
    """Some bytes in a picture: their hex digits, a few words, their kind, and whether they stand out."""

    digits: str
    label: str
    kind: str
    moved: bool = False
    chosen: bool = False


def byte_table(rows: Mapping[str, Sequence[Chip]], kinds: Mapping[str, str], caption: str) -> str:
    """Bytes as an HTML table: one row for each heading, one framed chip for each run of bytes.

    Parameters
    ----------
    rows : dict of heading to chips
        Moved chips carry a ▲, the chosen one a ▶ and a thick outline.
    kinds : dict of kind to text
        The legend; frames differ in line style as well as in colour.
    """
    legend = " ".join(
        f'<span class="fmc-chip fmc-chip-{kind}"><small><b>{kind}</b>: {html.escape(text)}</small></span>'
        for kind, text in kinds.items()
    )
    body = "".join(
        f'<tr><th scope="row">{html.escape(heading)}</th><td>{"".join(map(_chip, chips))}</td></tr>'
        for heading, chips in rows.items()
    )
    return (
        f'{STYLE}<table class="fmc-bytes"><caption>{html.escape(caption)}<br>{legend}</caption>'
        f"<tbody>{body}</tbody></table>"
    )


def _chip(chip: Chip) -> str:
    classes = f"fmc-chip fmc-chip-{chip.kind}"
    classes += " fmc-chip-moved" * chip.moved + " fmc-chip-chosen" * chip.chosen
    signs = "▶ " * chip.chosen + "▲ " * chip.moved
    return (
        f'<span class="{classes}"><code>{html.escape(chip.digits)}</code>'
        f"<small>{signs}{html.escape(chip.label)}</small></span>"
    )


def sentence(text: str, more: str = "") -> str:
    """What answers the explorable's question, and a smaller line below; screen readers read out changes."""
    below = f"<p>{html.escape(more)}</p>" if more else ""
    return f'{STYLE}<div role="status"><p class="fmc-answer">{html.escape(text)}</p>{below}</div>'


def picture(fig: Figure, alt: str) -> str:
    """A figure as HTML with its alternative text."""
    return figure_html(fig, alt)


def reminder(said: str | None, hint: str = "") -> str:
    """What was locked in before an explorable opened, and what to try now, in one line."""
    prediction = f"✔ You predicted: {said}." if said else "No prediction was locked in."
    return f"<p>{look.inline(f'{prediction} {hint}'.rstrip())}</p>"


def folded(summary: str, body: str) -> str:
    """HTML that a reader has to open: results wait until a prediction is made."""
    return f"<details><summary>{html.escape(summary)}</summary>{body}</details>"
