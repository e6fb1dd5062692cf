"""The ad slot of lesson 07: where and when it is free, what each ad bids, and who gets it."""

from __future__ import annotations

from functools import lru_cache

import ipywidgets as widgets

from course_utils import plots
from course_utils.datasets.clicks import ADS, DEVICES, HOURS, PAGES
from course_utils.widgets import ad_slot, parts
from course_utils.widgets.ad_slot import HIGHEST_BID, Slot
from course_utils.widgets.gated import GatedPanel

_START = Slot()
_SHOWN = {
    "The slot as it opens: games, 20:00, phone": _START,
    "Mowers bid 60 cents": Slot(bids=(55, 40, 50, 60, 60, 15)),
    "A sport page": Slot(page="sport"),
}


class AdSlot(GatedPanel):
    """Page, hour, device and six bids; each ad's click rate and worth by two models, and who gets the slot.

    Parameters
    ----------
    question : str, optional
        Id of the prediction to lock in first; None opens the slot at once.

    Attributes
    ----------
    page, device : Dropdown
    hour : IntSlider
    bids : dict of ad to IntSlider
        Cents per click.
    answer, table, chart : HTML
        The results.
    """

    def __init__(self, question: str | None = "P7.5") -> None:
        self.page = parts.choice_list("Kind of page", PAGES, _START.page)
        self.device = parts.choice_list("Kind of device", DEVICES, _START.device)
        self.hour = parts.whole_slider("Hour of the day", _START.hour, HOURS[0], HOURS[-1])
        self.bids = {ad: _bid_slider(ad, bid) for ad, bid in zip(ADS, _START.bids, strict=True)}
        self.answer = widgets.HTML()
        self.table = widgets.HTML(layout=widgets.Layout(flex="0 0 auto"))
        self.chart = widgets.HTML(layout=widgets.Layout(flex="1 1 26em", min_width="24em", max_width="42em"))
        super().__init__(
            question,
            [
                widgets.HBox(
                    [
                        widgets.VBox([self.page, self.device, self.hour]),
                        widgets.VBox(list(self.bids.values())),
                    ],
                    layout=widgets.Layout(flex_flow="row wrap"),
                )
            ],
            [
                self.answer,
                widgets.HBox([self.table, self.chart], layout=widgets.Layout(flex_flow="row wrap")),
            ],
            hint="Now change a bid, the page or the hour.",
            twin_html=_twin_html(),
            twin_text=f"{ad_slot.verdict(_START)} {ad_slot.reason(_START)}",
        )
        for control in (self.page, self.device, self.hour, *self.bids.values()):
            control.observe(self._refresh, names="value")

    @property
    def slot(self) -> Slot:
        """The slot as the controls stand."""
        bids = tuple(slider.value for slider in self.bids.values())
        return Slot(self.page.value, self.hour.value, self.device.value, bids)

    def _show(self) -> None:
        self.answer.value = _answer(self.slot)
        self.table.value = _table(self.slot)
        self.chart.value = _chart(self.slot)


def _bid_slider(ad: str, bid: int) -> widgets.IntSlider:
    slider = parts.whole_slider(f"Bid for {ad}, cents", bid, 0, HIGHEST_BID)
    slider.step, slider.style.description_width = 5, "12.5em"
    return slider


def _answer(slot: Slot) -> str:
    return parts.sentence(ad_slot.verdict(slot), ad_slot.reason(slot))


def _table(slot: Slot) -> str:
    by_linear, by_machine = ad_slot.ad_rates(slot, "linear"), ad_slot.ad_rates(slot, "machine")
    most = [values == values.max() for values in (by_linear, by_machine)]
    rows = {
        ad: [f"{rate:.1%}{' ▲' * int(first)}" for rate, first in cells]
        for ad, *cells in zip(
            ADS, zip(by_linear, most[0], strict=True), zip(by_machine, most[1], strict=True), strict=True
        )
    }
    return parts.fact_table(("linear model", "machine"), rows, "Promised click rates. ▲ clicked most.")


@lru_cache(maxsize=64)
def _chart(slot: Slot) -> str:
    fig = plots.slot_bars(
        ADS,
        {"machine": ad_slot.worth(slot, "machine"), "linear model": ad_slot.worth(slot, "linear")},
        title=ad_slot.finding(slot),
        xlabel="rate × bid, cents per 1,000 impressions",
    )
    return parts.picture(fig, ad_slot.words(slot))


def _twin_html() -> str:
    """For pages without a kernel: some slots, one after the other."""
    return "".join(
        parts.folded(name, _answer(slot) + _table(slot) + _chart(slot)) for name, slot in _SHOWN.items()
    )
