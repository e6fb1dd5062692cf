"""The one-hot inspector of lesson 05: choose a user and a film, and see which columns are hot."""

from __future__ import annotations

import ipywidgets as widgets
import pandas as pd

from course_utils import plots
from course_utils.widgets import one_hot_inspector, parts
from course_utils.widgets.gated import GatedPanel
from course_utils.widgets.one_hot_inspector import BLOCKS, POLICIES, Choice, Inspector, Row

_CAPTION = (
    "CSR: two ratings of the table (thin frames), then your row (▶). indptr says where each row begins, and "
    "where the last one ends."
)
_KINDS = {"before": "another row", **BLOCKS}


class OneHotInspector(GatedPanel):
    """One row of features, taken apart.

    Parameters
    ----------
    ratings : DataFrame[user, item, rating]
        The rows that the map is fitted on.
    items : DataFrame[title, genres] indexed by item
    question : str, optional
        Id of the prediction to lock in first; None opens the inspector at once.

    Attributes
    ----------
    user : BoundedIntText
        Any whole number, known to the map or not.
    film, unknown : Dropdown
        A film; what becomes of an id that the map does not know.
    genres : Checkbox
    answer, strip, record, csr, bytes : HTML
        The results.
    """

    def __init__(self, ratings: pd.DataFrame, items: pd.DataFrame, question: str | None = "P5.4") -> None:
        self._inspector = inspector = Inspector(ratings, items)
        first = Choice(inspector.users[-1], inspector.films[0])
        self.user = _whole_number("Id of the user", first.user)
        self.film = _list("Film, by its id", {inspector.title(film): film for film in inspector.films})
        self.genres = widgets.Checkbox(value=False, description="Add the genre block", indent=False)
        self.unknown = _list("An unknown id …", {text: policy for policy, text in POLICIES.items()})
        self.answer, self.strip, self.record = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.csr, self.bytes = widgets.HTML(), widgets.HTML()
        tables = widgets.HBox([self.record, self.bytes], layout=widgets.Layout(flex_flow="row wrap"))
        super().__init__(
            question,
            [self.user, self.film, self.genres, self.unknown],
            [self.answer, self.strip, self.csr, tables],
            hint="Type 999998 and then 999999 as the user.",
            twin_html=_twin_html(inspector, first),
            twin_text=describe(inspector.look(first)),
        )
        for control in (self.user, self.film, self.genres, self.unknown):
            control.observe(self._refresh, names="value")

    @property
    def choice(self) -> Choice:
        """What the controls ask for."""
        return Choice(self.user.value, self.film.value, self.genres.value, self.unknown.value)

    def describe(self) -> str:
        """The state of the inspector as plain text."""
        return describe(self._inspector.look(self.choice))

    def _show(self) -> None:
        seen = self._inspector.look(self.choice)
        self.answer.value = _words(seen)
        if isinstance(seen, str):
            self.strip.value = self.record.value = self.csr.value = self.bytes.value = ""
            return
        self.record.value, self.bytes.value = _record(seen), _bytes(seen, self._inspector.count)
        self.csr.value = _csr(seen)
        self.strip.value = _strip(seen)


def describe(seen: Row | str) -> str:
    """A row as plain text."""
    lines = [one_hot_inspector.answer(seen), one_hot_inspector.details(seen)]
    if not isinstance(seen, str):
        lines += [f"{name} {value}" for name, value in one_hot_inspector.record_fields(seen).items()]
    return "\n".join(lines)


def _whole_number(description: str, value: int) -> widgets.BoundedIntText:
    return widgets.BoundedIntText(
        value=value,
        min=0,
        max=2**31 - 1,
        description=description,
        continuous_update=False,
        style={"description_width": "13.5em"},
        layout=widgets.Layout(width="22em"),
    )


def _list(description: str, options: dict) -> widgets.Dropdown:
    return widgets.Dropdown(
        options=list(options.items()),
        description=description,
        style={"description_width": "13.5em"},
        layout=widgets.Layout(width="46em", max_width="100%"),
    )


def _words(seen: Row | str) -> str:
    return parts.sentence(one_hot_inspector.answer(seen), one_hot_inspector.details(seen))


def _record(row: Row) -> str:
    rows = {name: [value] for name, value in one_hot_inspector.record_fields(row).items()}
    return parts.fact_table(["as a record holds it"], rows, "Your row, in three parts")


def _bytes(row: Row, count: int) -> str:
    rows = {form: [plots.size_in_words(size) for size in sizes] for form, sizes in row.weights.items()}
    return parts.fact_table(["your row", f"all {count:,} learning rows"], rows, "What it weighs")


def _csr(row: Row) -> str:
    """The three arrays; what belongs to the last row is marked."""
    block_of = {column: block for block, own in row.blocks.items() for column in own}
    start = int(row.rows.indptr[-2])
    indices, data = [], []
    for place, (column, value) in enumerate(zip(row.rows.indices, row.rows.data, strict=True)):
        mine = place >= start
        kind = block_of[int(column)] if mine else "before"
        name = row.hot[place - start].name if mine else "another row"
        indices.append(parts.Chip(str(column), "▶ " * mine + name, kind))
        data.append(parts.Chip(f"{value:g}", "▶ " * mine + f"place {place}", kind))
    last = len(row.rows.indptr) - 1
    indptr = [
        parts.Chip(str(place), "▶ " * (i >= last - 1) + ("the end" if i == last else f"row {i}"), "before")
        for i, place in enumerate(row.rows.indptr)
    ]
    return parts.byte_table({"indptr": indptr, "indices": indices, "data": data}, _KINDS, _CAPTION)


def _strip(row: Row) -> str:
    hot = [each.column for each in row.hot]
    fig = plots.hot_columns(row.blocks, hot, title=one_hot_inspector.strip_title(row))
    return parts.picture(fig, f"The blocks of columns side by side. {one_hot_inspector.details(row)}")


def _twin_html(inspector: Inspector, first: Choice) -> str:
    """For pages without a kernel: a known pair with genres, and strangers."""
    shown = (
        first,
        Choice(first.user, first.film, genres=True),
        Choice(999_999, inspector.films[-1], genres=True),
    )
    body = ""
    for choice in shown:
        seen = inspector.look(choice)
        title = parts.sentence(f"User {choice.user}, {inspector.title(choice.film)}")
        body += title + _words(seen) + _csr(seen) + _record(seen) + _bytes(seen, inspector.count)
    return parts.folded("Made your prediction? Show three rows", body)
