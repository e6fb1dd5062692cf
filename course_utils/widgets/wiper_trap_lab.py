"""The wiper trap of lesson 01: a shopper's year, and three switches of the shop."""

from __future__ import annotations

import html
from functools import lru_cache
from typing import Any

import ipywidgets as widgets

from course_utils import plots
from course_utils.learn.panel import Panel
from course_utils.widgets import parts, wiper_trap
from course_utils.widgets.wiper_trap import BOUGHT_ON, EVENTS, LAST_DAY, Offer, Switches

_FIRST_DAY = 10
_SHOWN = {
    "All switches off, day 10": (_FIRST_DAY, Switches()),
    "Trained again every night, day 10": (_FIRST_DAY, Switches(retrain=True)),
    "The bought pair hidden as well, day 10": (_FIRST_DAY, Switches(retrain=True, hide=True)),
    "With a rest for the kind, day 10": (_FIRST_DAY, Switches(True, True, True)),
    "The same, day 200": (200, Switches(True, True, True)),
}


class WiperTrap(Panel):
    """A day and three switches; the list of that day, and the places that wipers take over the year.

    Attributes
    ----------
    day : IntSlider
    retrain, hide, rest : Checkbox
    answer, offers, course : HTML
        Sentences, the list, the figure.
    """

    def __init__(self) -> None:
        self.day = parts.whole_slider("Day of the list", _FIRST_DAY, BOUGHT_ON + 1, LAST_DAY)
        self.retrain = _switch("Train again every night")
        self.hide = _switch("Hide what was bought")
        self.rest = _switch("Let the kind that was bought rest")
        self.answer = widgets.HTML()
        self.offers = widgets.HTML(layout=widgets.Layout(flex="0 0 auto"))
        self.course = widgets.HTML(layout=widgets.Layout(flex="1 1 28em", min_width="26em", max_width="39em"))
        super().__init__(
            [
                widgets.HTML(_diary()),
                widgets.HBox(
                    [widgets.VBox([self.retrain, self.hide, self.rest]), self.day],
                    layout=widgets.Layout(flex_flow="row wrap"),
                ),
                self.answer,
                widgets.HBox([self.offers, self.course], layout=widgets.Layout(flex_flow="row wrap")),
            ],
            twin_html=_twin_html(),
            twin_text="\n\n".join(f"{name}\n{describe(*state)}" for name, state in _SHOWN.items()),
        )
        for control in (self.day, self.retrain, self.hide, self.rest):
            control.observe(self._refresh, names="value")
        self._refresh()

    @property
    def switches(self) -> Switches:
        """The switches as they stand."""
        return Switches(self.retrain.value, self.hide.value, self.rest.value)

    def _refresh(self, _: Any = None) -> None:
        day, switches = self.day.value, self.switches
        self.answer.value = _words(day, switches)
        self.offers.value = _offers(day, switches)
        self.course.value = _course(day, switches)


def describe(day: int, switches: Switches) -> str:
    """One day in plain text."""
    places = "\n".join(
        f"  {place}. {offer.thing} ({offer.score:.2f}){', bought before' if offer.owned else ''}"
        for place, offer in enumerate(wiper_trap.offers(day, switches), start=1)
    )
    return f"{wiper_trap.verdict(day, switches)} {wiper_trap.reason(day, switches)}\n{places}"


def _switch(description: str) -> widgets.Checkbox:
    return widgets.Checkbox(
        value=False, description=description, indent=False, layout=widgets.Layout(width="22em")
    )


def _diary() -> str:
    lines = "; ".join(f"day {event.day}, {event.did} {event.thing}" for event in EVENTS)
    return f"<p><strong>The shopper:</strong> {html.escape(lines)}.</p>"


def _words(day: int, switches: Switches) -> str:
    return parts.sentence(wiper_trap.verdict(day, switches), wiper_trap.reason(day, switches))


def _offers(day: int, switches: Switches) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in ("place", "thing", "score", "remark"))
    rows = "".join(
        f'<tr><th scope="row">{place}</th><td>{html.escape(offer.thing)}</td><td>{offer.score:.2f}</td>'
        f"<td>{_remark(offer)}</td></tr>"
        for place, offer in enumerate(wiper_trap.offers(day, switches), start=1)
    )
    return (
        f'{parts.STYLE}<table class="fmc-facts"><caption>What the shop shows on day {day}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _remark(offer: Offer) -> str:
    return ", ".join(["▲ wipers"] * (offer.kind == wiper_trap.WIPERS) + ["bought before"] * offer.owned)


@lru_cache(maxsize=64)
def _course(day: int, switches: Switches) -> str:
    days = range(BOUGHT_ON, LAST_DAY + 1)
    fig = plots.places_by_day(
        list(days),
        [wiper_trap.wiper_places(each, switches) for each in days],
        marked={event.day: f"buys {event.thing}" for event in EVENTS if event.did == "buys"},
        chosen=day,
        top=wiper_trap.PLACES,
        title=wiper_trap.course_title(switches),
        ylabel="places for wipers",
    )
    return parts.picture(fig, wiper_trap.course_alt(day, switches))


def _twin_html() -> str:
    """For pages without a kernel: the switches, one after the other."""
    return _diary() + "".join(
        parts.folded(name, _words(*state) + _offers(*state) + _course(*state))
        for name, state in _SHOWN.items()
    )
