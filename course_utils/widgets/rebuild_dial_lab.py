"""The rebuild dial of lesson 10: how often to rebuild, what it does to a kiosk's model, what it costs."""

from __future__ import annotations

from functools import lru_cache

import ipywidgets as widgets

from course_utils import plots
from course_utils.datasets import kiosk
from course_utils.widgets import parts, rebuild_dial
from course_utils.widgets.gated import GatedPanel
from course_utils.widgets.rebuild_dial import CADENCES, TRAFFIC, Assumptions

START = "weekly"
_COLUMNS = ("rebuilds", "RMSE, stars", "unseen", "machines, USD", "misses, USD", "together, USD")


class RebuildDial(GatedPanel):
    """A schedule, the traffic and three assumptions; error, unseen share and bill of ninety days.

    Parameters
    ----------
    question : str, optional
        Id of the prediction to lock in first; None opens the dial at once.

    Attributes
    ----------
    cadence : SelectionSlider
        never, monthly, weekly or daily.
    traffic : SelectionSlider
        Recommendations a day.
    price, minutes, per_miss : BoundedFloatText
        The assumptions behind the bill.
    answer, table, chart : HTML
        The results.
    """

    def __init__(self, question: str | None = "P10.4") -> None:
        given = Assumptions()
        self.cadence = widgets.SelectionSlider(
            options=list(CADENCES),
            value=START,
            description="Rebuild the model",
            continuous_update=False,
            style={"description_width": "13.5em"},
            layout=widgets.Layout(width="29em"),
        )
        self.traffic = parts.choice_slider("Recommendations a day", TRAFFIC, given.traffic)
        self.price = parts.amount_box("Assumed price, USD an hour", given.price, 1_000.0, 0.01)
        self.minutes = parts.amount_box("Assumed minutes a rebuild", given.minutes, 10_000.0, 10.0)
        self.per_miss = parts.amount_box("Assumed cost of a miss, USD", given.per_miss, 100.0, 0.0001)
        self.answer = widgets.HTML()
        self.table = widgets.HTML()
        self.chart = widgets.HTML()
        super().__init__(
            question,
            [
                widgets.HBox(
                    [
                        widgets.VBox([self.cadence, self.traffic]),
                        widgets.VBox([self.price, self.minutes, self.per_miss]),
                    ],
                    layout=widgets.Layout(flex_flow="row wrap"),
                )
            ],
            [self.answer, self.table, self.chart],
            hint="Now pull the two sliders; the three boxes hold assumptions that are yours to change.",
            twin_html=_twin_html(),
            twin_text=f"{rebuild_dial.answer(START)} {rebuild_dial.advice(START, given)}",
        )
        for control in (self.cadence, self.traffic, self.price, self.minutes, self.per_miss):
            control.observe(self._refresh, names="value")

    @property
    def assumptions(self) -> Assumptions:
        """What the bill hangs on, as it stands."""
        return Assumptions(self.traffic.value, self.price.value, self.minutes.value, self.per_miss.value)

    def _show(self) -> None:
        cadence, given = self.cadence.value, self.assumptions
        self.answer.value = _words(cadence, given)
        self.table.value = _table(cadence, given)
        self.chart.value = _chart(cadence)


def _words(cadence: str, given: Assumptions) -> str:
    return parts.sentence(rebuild_dial.answer(cadence), rebuild_dial.advice(cadence, given))


def _table(chosen: str, given: Assumptions) -> str:
    least = rebuild_dial.cheapest(given)
    rows = {}
    for cadence in CADENCES:
        found = rebuild_dial.scheduled(cadence)
        spent = rebuild_dial.bill(found, given)
        rows["▶ " * (cadence == chosen) + cadence] = (
            f"{found.rebuilds}",
            f"{found.total_rmse:.2f}",
            f"{found.unseen.mean():.0%}",
            f"{spent.machines:,.2f}",
            f"{spent.misses:,.2f}",
            "✔ lowest " * (cadence == least) + f"{spent.together:,.2f}",
        )
    return parts.fact_table(
        _COLUMNS,
        rows,
        f"The kiosk's {rebuild_dial.REPLAYED} days with {given.traffic:,} recommendations a day. Assumed: "
        f"{given.price:g} USD for an hour of the training machine, {given.minutes:g} minutes a rebuild, "
        f"{given.per_miss:g} USD for each miss, which is a prediction more than a star off.",
    )


@lru_cache(maxsize=len(CADENCES))
def _chart(cadence: str) -> str:
    found, never = rebuild_dial.scheduled(cadence), rebuild_dial.scheduled("never")
    shown = {"RMSE, stars": "rmse", "share unseen": "unseen"}
    fig = plots.day_panels(
        range(kiosk.FIRST_DAY, kiosk.DAYS),
        {
            ylabel: {cadence: getattr(found, what)}
            | ({} if cadence == "never" else {"never": getattr(never, what)})
            for ylabel, what in shown.items()
        },
        built=sorted(set(found.built.tolist())),
        arrivals=kiosk.DROPS,
        title=rebuild_dial.course_title(cadence),
    )
    return parts.picture(fig, rebuild_dial.course_alt(cadence))


def _twin_html() -> str:
    """For pages without a kernel: each schedule with the first assumptions. Draws all figures, once."""
    given = Assumptions()
    found = "".join(_words(cadence, given) + _chart(cadence) for cadence in CADENCES)
    return parts.folded("Made your prediction? Show what the dial says", _table(START, given) + found)
