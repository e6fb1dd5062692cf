"""The scale dial of lesson 12: ratings, machines and factors; hours, dollars, memory, and where it stops."""

from __future__ import annotations

import html
from functools import lru_cache

import ipywidgets as widgets

from course_utils import plots
from course_utils.widgets import parts, scale_dial
from course_utils.widgets.gated import GatedPanel
from course_utils.widgets.scale_dial import FACTORS, INSTANCES, MACHINES, RATINGS, SPEEDS, Plan, Shop

_START = 1_000_000_000


class ScaleDial(GatedPanel):
    """How many ratings, machines and factors; what that takes.

    Parameters
    ----------
    question : str, optional
        Id of the prediction to lock in first; None opens the dial at once.

    Attributes
    ----------
    ratings, machines, factors : SelectionSlider
    instance, speed : Dropdown
    answer, table, chart : HTML
        The results.
    """

    def __init__(self, question: str | None = "P12.5") -> None:
        first = Plan(speed=scale_dial.SAGEMAKER)
        self.ratings = parts.choice_slider("Ratings in the table", RATINGS, _START, plots.short_count)
        self.machines = parts.choice_slider("Machines that share rows", MACHINES, first.machines)
        self.factors = parts.choice_slider("Number of factors k", FACTORS, first.factors)
        self.instance = parts.choice_list("Type of the machines", tuple(INSTANCES), first.instance)
        self.speed = parts.choice_list("Speed of the training", SPEEDS, first.speed)
        self.answer = widgets.HTML()
        self.table = widgets.HTML()
        self.chart = widgets.HTML()
        controls = (self.ratings, self.machines, self.factors, self.instance, self.speed)
        super().__init__(
            question,
            [
                widgets.HBox(
                    [widgets.VBox(controls[:3]), widgets.VBox(controls[3:])],
                    layout=widgets.Layout(flex_flow="row wrap"),
                )
            ],
            [self.answer, self.table, self.chart],
            hint="Now pull the sliders, and watch what stops fitting.",
            twin_html=_twin_html(first),
            twin_text=f"{scale_dial.answer(Shop(_START), first)} {scale_dial.advice(Shop(_START), first)}",
        )
        for control in controls:
            control.observe(self._refresh, names="value")

    @property
    def chosen(self) -> tuple[Shop, Plan]:
        """The shop and the plan as the controls stand."""
        plan = Plan(self.factors.value, self.machines.value, self.instance.value, self.speed.value)
        return Shop(self.ratings.value), plan

    def _show(self) -> None:
        shop, plan = self.chosen
        self.answer.value = _words(shop, plan)
        self.table.value = _table(shop, plan)
        self.chart.value = _chart(shop, plan)


def _words(shop: Shop, plan: Plan) -> str:
    return parts.sentence(scale_dial.answer(shop, plan), scale_dial.advice(shop, plan))


def _table(shop: Shop, plan: Plan) -> str:
    found = scale_dial.estimate(shop, plan)
    price = INSTANCES[plan.instance].price * plan.machines
    rows = {
        step: (scale_dial.time_in_words(hours), scale_dial.dollars(hours * price))
        for step, hours in found.hours.items()
    }
    memory = (
        f"{shop.users:,} users. Memory: table {found.table_gb:,.1f} GB; on each machine rows "
        f"{found.rows_gb:,.1f} GB, model {found.model_gb:,.2f} GB."
    )
    table = parts.fact_table(("time", "machine time"), rows, "Every step")
    return f"<p>{memory}</p>{table}<p><small>Assumed: {html.escape(scale_dial.ASSUMED)}</small></p>"


@lru_cache(maxsize=64)
def _chart(shop: Shop, plan: Plan) -> str:
    fig = plots.hours_by_ratings(
        RATINGS, scale_dial.curves(plan), chosen=shop.ratings, title=scale_dial.title(shop, plan)
    )
    return parts.picture(fig, scale_dial.alt(shop, plan))


def _twin_html(plan: Plan) -> str:
    """For pages without a kernel: three sizes with the first plan."""
    found = ""
    for ratings in (25_000_000, _START, RATINGS[-1]):
        shop = Shop(ratings)
        found += _words(shop, plan) + _table(shop, plan)
    return parts.folded("Made your prediction? Show what the dial says", found + _chart(Shop(_START), plan))
