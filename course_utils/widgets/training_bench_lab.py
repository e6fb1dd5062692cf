"""The training bench of lesson 04: five sliders, and the training that belongs to them."""

from __future__ import annotations

from functools import lru_cache

import ipywidgets as widgets
import numpy as np

from course_utils import plots
from course_utils.widgets import parts, training_bench
from course_utils.widgets.gated import GatedPanel
from course_utils.widgets.training_bench import EPOCHS, MOST_FACTORS, RATES, STRENGTHS

START = (8, 2, 0, 0, 40)  # k, learning rate, λ for w, λ for V, epochs
LONGER = (8, 20, 0, 0, 40)  # ten times the step: the second setting that the static twin shows
REMEMBERED = 4
LIMITS = (0.1, 1.3)  # stars; the same for every run, so that runs can be compared by eye

Setting = tuple[int, float, float, float, int]


class TrainingBench(GatedPanel):
    """Sliders for k, learning rate, both λ and epochs; two curves, the best epoch, and the last few runs.

    Parameters
    ----------
    question : str, optional
        Id of the prediction to lock in first; None opens the bench at once.

    Attributes
    ----------
    k, lr, lambda_w, lambda_V, epochs : sliders
    answer, chart, table : HTML
        The results.
    runs : list of tuple
        The settings tried, oldest first.
    """

    def __init__(self, question: str | None = "P4.5") -> None:
        k, lr, lambda_w, lambda_V, epochs = START
        self.k = parts.whole_slider("Number of factors k", k, 0, MOST_FACTORS)
        self.lr = parts.choice_slider("Learning rate (step length)", RATES, lr)
        self.lambda_w = parts.choice_slider("Regularisation λ for w", STRENGTHS, lambda_w)
        self.lambda_V = parts.choice_slider("Regularisation λ for V", STRENGTHS, lambda_V)
        self.epochs = parts.choice_slider("Number of epochs", EPOCHS, epochs)
        self.answer = widgets.HTML()
        self.chart = widgets.HTML()
        self.table = widgets.HTML()
        self.runs: list[Setting] = []
        controls = [self.k, self.lr, self.lambda_w, self.lambda_V, self.epochs]
        super().__init__(
            question,
            controls,
            [self.answer, self.chart, self.table],
            hint="Train at other settings; the run before stays in the figure as a thin line.",
            twin_html=_twin_html(),
            twin_text=_says(START)[0],
        )
        for control in controls:
            control.observe(self._refresh, names="value")

    def _show(self) -> None:
        """Train what is set and show it; words first, since the figure takes longest."""
        setting = tuple(each.value for each in (self.k, self.lr, self.lambda_w, self.lambda_V, self.epochs))
        earlier = self.runs[-1] if self.runs else None
        self.runs.append(setting)
        self.answer.value = parts.sentence(*_says(setting))
        self.table.value = _table(self.runs)
        self.chart.value = _chart(setting, earlier)


def _says(setting: Setting) -> tuple[str, str]:
    run = training_bench.train(*setting)
    return f"Rows kept back: {training_bench.verdict(run)}.", training_bench.meaning(run)


def _table(runs: list[Setting]) -> str:
    rows = {}
    for place, setting in list(enumerate(runs, start=1))[-REMEMBERED:]:
        run = training_bench.train(*setting)
        best = f"{_stars(run.judging[run.best])} ({run.best})"
        ends = [_stars(run.judging[-1]), _stars(run.learning[-1])]
        rows[f"run {place}"] = [*(f"{value:g}" for value in setting), best, *ends]
    return parts.fact_table(
        (
            "k",
            "rate",
            "λ for w",
            "λ for V",
            "epochs",
            "kept back, best (epoch)",
            "kept back, at the end",
            "learned from, at the end",
        ),
        rows,
        f"Your last runs, at most {REMEMBERED}: RMSE in stars. Epoch 0 is before training.",
    )


def _stars(error: float) -> str:
    return f"{error:.2f}" if error < training_bench.BEYOND else f"beyond {training_bench.BEYOND:.0f}"


@lru_cache(maxsize=128)
def _chart(setting: Setting, earlier: Setting | None) -> str:
    run = training_bench.train(*setting)
    fig = plots.learning_curves(
        _drawable(run.learning),
        _drawable(run.judging),
        title=training_bench.finding(run),
        first=0,
        earlier=None if earlier is None else _drawable(training_bench.train(*earlier).judging),
        limits=LIMITS,
        epochs=setting[-1],
    )
    k, lr, lambda_w, lambda_V, _ = setting
    alt = (
        f"Error by epoch with k = {k}, learning rate {lr:g}, λ for w {lambda_w:g}, λ for V {lambda_V:g}. "
        f"Rows kept back, dashed: {training_bench.verdict(run)}. "
        f"Rows learned from, solid: {_stars(run.learning[0])} at first, "
        f"{_stars(run.learning[-1])} at the end."
    )
    return parts.picture(fig, alt)


def _drawable(errors: tuple[float, ...]) -> np.ndarray:
    """Errors as a figure can hold them: whatever is beyond leaves the chart through its top."""
    return np.nan_to_num(np.minimum(errors, training_bench.BEYOND), nan=training_bench.BEYOND)


def _twin_html() -> str:
    """For pages without a kernel: the bench as it opens, and with steps ten times as long."""
    found = "".join(
        parts.sentence(*_says(setting)) + _chart(setting, earlier)
        for setting, earlier in ((START, None), (LONGER, START))
    )
    return parts.folded("Made your prediction? Show what the bench trains", found + _table([START, LONGER]))
