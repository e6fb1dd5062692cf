"""The job timeline of lesson 09: the stages of a training job, and the bill of the job and of an endpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import ipywidgets as widgets

from course_utils import plots
from course_utils.widgets import job_timeline, parts
from course_utils.widgets.gated import GatedPanel
from course_utils.widgets.job_timeline import ENDPOINT_PRICE, HOURS, MINUTES, PRICES, PUBLISHED, Stage

RAN = "the job that you ran"
KNOWN = "a public job of 2024"
WHAT_IF = "a what-if: minutes below"
WEEKEND = 64


class JobTimeline(GatedPanel):
    """Choose a job, its machines, and the hours of an endpoint; see the stages and the running bill.

    Prices are assumptions, and can be changed.

    Parameters
    ----------
    job : mapping, optional
        DescribeTrainingJob's reply for a job that has ended; without one there is only the public job.
    question : str, optional
        Id of the prediction to lock in first; None opens the timeline at once.

    Attributes
    ----------
    job, kind : Dropdown
        Whose stages are drawn, and the kind of machine.
    minutes, machines, hours : sliders
        Training in the what-if; how many machines; how long the endpoint runs.
    price, endpoint_price : BoundedFloatText
        Dollars an hour.
    answer, table, chart : HTML
        The results.
    """

    def __init__(self, job: Mapping[str, Any] | None = None, question: str | None = "P9.3") -> None:
        self._stages = {KNOWN: PUBLISHED}
        if job is not None:
            self._stages[RAN] = job_timeline.stages(job)
        kind = next(iter(PRICES))
        self.job = parts.choice_list("Stages of the job", [*self._stages, WHAT_IF], KNOWN)
        self.minutes = parts.choice_slider("Minutes in the what-if", MINUTES, 5)
        self.kind = parts.choice_list("Kind of training machine", list(PRICES), kind)
        self.price = _price_box("Its price, dollars an hour", PRICES[kind])
        self.machines = parts.whole_slider("Number of machines", 1, 1, 16)
        self.hours = parts.choice_slider("Hours the endpoint runs", HOURS, WEEKEND)
        self.endpoint_price = _price_box("Endpoint, dollars an hour", ENDPOINT_PRICE)
        self.answer = widgets.HTML()
        self.table = widgets.HTML()
        self.chart = widgets.HTML()
        controls = [self.job, self.minutes, self.kind, self.price]
        controls += [self.machines, self.hours, self.endpoint_price]
        super().__init__(
            question,
            controls,
            [self.answer, self.chart, self.table],
            hint="Prices are assumed: change them to today's.",
            twin_html=_twin_html(),
            twin_text=_words(PUBLISHED, 1, PRICES[kind], WEEKEND, ENDPOINT_PRICE),
        )
        self.kind.observe(self._price_of_kind, names="value")
        self.minutes.observe(self._ask_what_if, names="value")
        for control in controls:
            control.observe(self._refresh, names="value")

    def _price_of_kind(self, change: Mapping[str, Any]) -> None:
        self.price.value = PRICES[change["new"]]

    def _ask_what_if(self, _: Any) -> None:
        self.job.value = WHAT_IF

    def _show(self) -> None:
        """Work out what is set and show it; words first, since the figure takes longest."""
        chosen = self.job.value
        stages = (
            job_timeline.training_for(60 * self.minutes.value) if chosen == WHAT_IF else self._stages[chosen]
        )
        setting = (
            stages,
            self.machines.value,
            self.price.value,
            self.hours.value,
            self.endpoint_price.value,
        )
        self.answer.value = parts.sentence(_words(*setting))
        self.table.value = _table(*setting)
        self.chart.value = _chart(*setting)


def _price_box(description: str, value: float) -> widgets.BoundedFloatText:
    return widgets.BoundedFloatText(
        value=value,
        min=0,
        max=1000,
        step=0.001,
        description=description,
        continuous_update=False,
        style={"description_width": "13.5em"},
        layout=widgets.Layout(width="29em"),
    )


def _words(stages: Sequence[Stage], machines: int, price: float, hours: int, endpoint_price: float) -> str:
    cost = job_timeline.bill(stages, machines, price, hours, endpoint_price)
    return job_timeline.answer(stages, machines, hours, cost)


def _table(stages: Sequence[Stage], machines: int, price: float, hours: int, endpoint_price: float) -> str:
    cost = job_timeline.bill(stages, machines, price, hours, endpoint_price)
    rows = {}
    for stage in stages:
        dollars = stage.seconds / 3600 * machines * price if stage.billed else 0.0
        charged = job_timeline.dollars(dollars) if stage.billed else "not billed"
        rows[stage.name] = (_seconds(stage.seconds), charged)
    rows["Job, in whole seconds"] = (
        f"{job_timeline.billed_seconds(stages):,} s billed",
        job_timeline.dollars(cost.training),
    )
    rows["Endpoint"] = (f"{hours:,} h", job_timeline.dollars(cost.endpoint))
    rows["Bill"] = ("", job_timeline.dollars(cost.total))
    caption = (
        f"{machines} × ${price:g} an hour for training, ${endpoint_price:g} an hour for the endpoint. "
        f"Assumed prices ({job_timeline.PRICES_OF}): they change, and storage comes on top."
    )
    return parts.fact_table(("takes", "costs"), rows, caption)


def _seconds(seconds: float) -> str:
    return f"{seconds:,.0f} s" if seconds >= 10 else f"{seconds:.1f} s"


@lru_cache(maxsize=64)
def _chart(stages: tuple[Stage, ...], machines: int, price: float, hours: int, endpoint_price: float) -> str:
    cost = job_timeline.bill(stages, machines, price, hours, endpoint_price)
    when, by_then = job_timeline.meter(stages, cost, hours)
    fig = plots.job_and_bill(
        [(stage.name, stage.seconds, stage.billed) for stage in stages],
        when,
        by_then,
        title=job_timeline.finding(cost),
    )
    told = ", ".join(f"{stage.name} {_seconds(stage.seconds)}" for stage in stages)
    alt = (
        f"Above, the stages of the job as a bar: {told}. Below, the bill as a line over hours: it ends at "
        f"{job_timeline.dollars(cost.total)}. {_words(stages, machines, price, hours, endpoint_price)}"
    )
    return parts.picture(fig, alt)


def _twin_html() -> str:
    """For pages without a kernel: the public job with an endpoint for a weekend, and with none."""
    price = next(iter(PRICES.values()))
    found = "".join(
        parts.sentence(_words(PUBLISHED, 1, price, hours, ENDPOINT_PRICE))
        + _chart(PUBLISHED, 1, price, hours, ENDPOINT_PRICE)
        + _table(PUBLISHED, 1, price, hours, ENDPOINT_PRICE)
        for hours in (WEEKEND, 0)
    )
    return parts.folded("Made your prediction? Show the bill", found)
