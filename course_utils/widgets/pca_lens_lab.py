"""The PCA lens of lesson 03: the same small table by SVD or PCA and by a factorization machine."""

from __future__ import annotations

from functools import lru_cache

import ipywidgets as widgets

from course_utils import plots
from course_utils.widgets import parts, pca_lens
from course_utils.widgets.gated import GatedPanel
from course_utils.widgets.pca_lens import METHODS, READINGS, UNKNOWN, ZERO
from course_utils.widgets.star_trek import FILMS, USERS

START = ("SVD", ZERO, 3)


class PCALens(GatedPanel):
    """Choose the table method, how blanks are read, and k; see what each says about the five blanks.

    Parameters
    ----------
    question : str, optional
        Id of the prediction to lock in first; None opens the lens at once.

    Attributes
    ----------
    method, reading : Dropdown
        "SVD" or "PCA"; a blank is "0 stars" or "unknown".
    k : IntSlider
    answer, tables, chart : HTML
        The results.
    """

    def __init__(self, question: str | None = "P3.5") -> None:
        method, reading, k = START
        self.method = parts.choice_list("Method for the table", METHODS, method)
        self.reading = parts.choice_list("Read a blank as", READINGS, reading)
        self.k = parts.whole_slider("Number of factors k", k, 1, 3)
        self.answer = widgets.HTML()
        self.tables = widgets.HTML()
        self.chart = widgets.HTML()
        super().__init__(
            question,
            [self.method, self.reading, self.k],
            [self.answer, self.chart, self.tables],
            twin_html=_twin_html(),
            twin_text=pca_lens.answer(*START),
        )
        for control in (self.method, self.reading, self.k):
            control.observe(self._refresh, names="value")

    def _show(self) -> None:
        """Fit what is set and show it; words first, since the figure takes longest."""
        setting = self.method.value, self.reading.value, self.k.value
        self.answer.value = parts.sentence(pca_lens.answer(*setting))
        self.tables.value = _tables(*setting)
        self.chart.value = _chart(*setting)


def _tables(method: str, reading: str, k: int) -> str:
    seen = pca_lens.view(method, reading, k)
    rated = pca_lens.view(method, UNKNOWN, k).given
    rows = {"by the machine": seen.by_machine}
    if seen.by_table is not None:
        rows = {f"by {method}": seen.by_table, **rows}
    told = "Dashed: nobody rated it" + ("; told 0 stars." if reading == ZERO else ".")
    return "".join(
        parts.rating_table(USERS, FILMS, rated, grid, f"The table {who}, k = {k}. {told}")
        for who, grid in rows.items()
    )


@lru_cache(maxsize=16)
def _chart(method: str, reading: str, k: int) -> str:
    seen = pca_lens.view(method, reading, k)
    cells = pca_lens.blanks()
    names = [f"{USERS[i]} × {FILMS[j]}" for i, j in cells]
    says = {"factorization machine": [seen.by_machine[cell] for cell in cells]}
    if seen.by_table is not None:
        says = {method: [seen.by_table[cell] for cell in cells], **says}
    finding = (
        "Read as 0, the blanks are pulled towards 0"
        if reading == ZERO
        else "Left unknown, the blanks are predicted"
    )
    fig = plots.blank_dots(names, says, title=finding)
    told = "; ".join(
        f"{name}: " + ", ".join(f"{who} {values[place]:z.1f}" for who, values in says.items())
        for place, name in enumerate(names)
    )
    return parts.picture(
        fig, f"Predicted stars for the five blanks, k = {k}, a blank read as {reading}. {told}."
    )


def _twin_html() -> str:
    """For pages without a kernel: the lens as it opens, and with blanks left unknown."""
    found = "".join(
        parts.sentence(pca_lens.answer(*setting)) + _tables(*setting) + _chart(*setting)
        for setting in (START, ("SVD", UNKNOWN, 2))
    )
    return parts.folded("Made your prediction? Show what the lens answers", found)
