"""The pair race of lesson 03: how much work a sum over all pairs is, four ways, while the row grows."""

from __future__ import annotations

from functools import lru_cache

import ipywidgets as widgets

from course_utils import plots
from course_utils.widgets import pair_race, parts
from course_utils.widgets.gated import GatedPanel
from course_utils.widgets.pair_race import LENGTHS, WAYS

START = (100, 8, 5)  # columns, factors, non-zeros
MOST_NONZEROS = 50


class PairRace(GatedPanel):
    """Sliders for columns, factors and non-zeros; multiplications counted, seconds measured.

    Parameters
    ----------
    question : str, optional
        Id of the prediction to lock in first; None opens the race at once.

    Attributes
    ----------
    n, k, nonzeros : sliders
        Columns of the row, factors per column, and how many columns are not zero.
    answer, table, chart : HTML
        The results.
    """

    def __init__(self, question: str | None = "P3.3") -> None:
        n, k, nonzeros = START
        self.n = parts.choice_slider("Columns in the row n", LENGTHS, n)
        self.k = parts.whole_slider("Number of factors k", k, 1, 32)
        self.nonzeros = parts.whole_slider("Columns not zero m", nonzeros, 1, MOST_NONZEROS)
        self.answer = widgets.HTML()
        self.table = widgets.HTML()
        self.chart = widgets.HTML()
        super().__init__(
            question,
            [self.n, self.k, self.nonzeros],
            [self.answer, self.table, self.chart],
            twin_html=_twin_html(),
            twin_text=pair_race.answer(*START),
        )
        for control in (self.n, self.k, self.nonzeros):
            control.observe(self._refresh, names="value")

    def _show(self) -> None:
        """Race what is set; words first, since the figure takes longest."""
        setting = self.n.value, self.k.value, min(self.nonzeros.value, self.n.value)
        self.answer.value = parts.sentence(pair_race.answer(*setting))
        self.table.value = _table(*setting, [_took(run) for run in pair_race.race(*setting)])
        self.chart.value = _chart(*setting)


def _took(run: pair_race.Run) -> str:
    words = pair_race.seconds_in_words(run.seconds)
    return f"≈ {words}, estimated" if run.estimated else words


def _table(n: int, k: int, nonzeros: int, times: list[str]) -> str:
    counts = pair_race.multiplications(n, k, nonzeros)
    rows = {way: (f"{count:,}", took) for way, count, took in zip(WAYS, counts, times, strict=True)}
    return parts.fact_table(
        ("multiplications, exact", "time, measured here and now"),
        rows,
        f"One row with n = {n}, k = {k}, m = {nonzeros}. Counts are the same everywhere, times are not. "
        "The first way is a Python loop, the other three are NumPy: compare their times with that in mind. "
        "A long loop is timed on its first pairs and scaled up.",
    )


@lru_cache(maxsize=64)
def _chart(n: int, k: int, nonzeros: int) -> str:
    curves = {
        way: [pair_race.multiplications(length, k, min(nonzeros, length))[place] for length in LENGTHS]
        for way, place in ((WAYS[0], 0), (WAYS[2], 2), (WAYS[3], 3))
    }
    fig = plots.work_curves(
        LENGTHS, curves, chosen=n, title="The loop over pairs climbs twice as steeply as the identity"
    )
    alt = (
        f"Multiplications against the number of columns, k = {k}, both axes in steps of ten times. "
        "The loop over pairs climbs twice as steeply as the identity; the identity on non-zeros stays "
        f"level. At n = {n}: {pair_race.answer(n, k, nonzeros)}"
    )
    return parts.picture(fig, alt)


def _twin_html() -> str:
    """For pages without a kernel: the race at its start and at its longest row; no times."""
    found = "".join(
        parts.sentence(pair_race.answer(*setting))
        + _table(*setting, ["run the cell to measure"] * len(WAYS))
        + _chart(*setting)
        for setting in (START, (LENGTHS[-1], *START[1:]))
    )
    return parts.folded("Made your prediction? Show what the race counts", found)
