"""The Star Trek lab of lesson 02: change Rendle's ratings and see what the machine concludes."""

from __future__ import annotations

from functools import lru_cache

import ipywidgets as widgets
import numpy as np

from course_utils import plots
from course_utils.widgets import parts, star_trek
from course_utils.widgets.gated import GatedPanel
from course_utils.widgets.star_trek import COURSE_SETTINGS, FILMS, KINDS, NAMES, USERS, Outcome, Settings

_CAPTION = "What the model says. Solid frame: rated. Dashed frame: predicted."


class StarTrekLab(GatedPanel):
    """An editable grid of ratings, four knobs, and what a factorization machine makes of them.

    Results stay hidden until the learner has locked in a prediction.

    Parameters
    ----------
    question : str, optional
        Id of the prediction to lock in first; None opens the lab at once.

    Attributes
    ----------
    ratings : dict of (user, film) to Dropdown
        What each user says about each film; `parts.BLANK` is a blank.
    seed, k, lambda_w, lambda_V : sliders
    reset : Button
        Puts Rendle's ratings and the course settings back.
    answer, table, map : HTML
        The results: sentences, the filled grid, the factor map.
    """

    def __init__(self, question: str | None = "P2.3") -> None:
        rendle = star_trek.rendle_grid()
        self.ratings = {
            (user, film): parts.rating_picker(user, film, rendle[i, j])
            for i, user in enumerate(USERS)
            for j, film in enumerate(FILMS)
        }
        self.seed = parts.whole_slider("Seed of the start", COURSE_SETTINGS.seed, 0, 99)
        self.k = parts.whole_slider("Number of factors k", COURSE_SETTINGS.k, 1, 8)
        self.lambda_w = parts.strength_slider("Regularisation of w, λ_w", COURSE_SETTINGS.lambda_w)
        self.lambda_V = parts.strength_slider("Regularisation of V, λ_V", COURSE_SETTINGS.lambda_V)
        self.reset = widgets.Button(
            description="Reset to Rendle's ratings",
            tooltip="Puts the seven ratings and the course settings back",
            layout=widgets.Layout(width="auto", align_self="flex-start"),
        )
        self.answer = widgets.HTML()
        self.table = widgets.HTML(layout=widgets.Layout(flex="0 0 auto"))
        self.map = widgets.HTML(layout=widgets.Layout(flex="1 1 28em", min_width="26em", max_width="39em"))
        self._paused = False
        super().__init__(
            question,
            [
                widgets.HBox(
                    [widgets.VBox([self._editor(), self.reset]), self._knobs()],
                    layout=widgets.Layout(flex_flow="row wrap"),
                )
            ],
            [
                self.answer,
                widgets.HBox([self.table, self.map], layout=widgets.Layout(flex_flow="row wrap")),
            ],
            hint="Try it: the lists hold the ratings, and every change is refitted.",
            twin_html=_twin_html(),
            twin_text=describe(star_trek.fit_grid(rendle)),
        )
        for control in (*self.ratings.values(), self.seed, self.k, self.lambda_w, self.lambda_V):
            control.observe(self._refresh, names="value")
        self.reset.on_click(self._reset)

    # ---------------------------------------------------------------- what is set, what comes out

    @property
    def grid(self) -> np.ndarray:
        """The ratings as they stand, (3, 4), NaN for a blank."""
        stars = np.array([[self.ratings[user, film].value for film in FILMS] for user in USERS], dtype=float)
        return np.where(stars == parts.BLANK, np.nan, stars)

    @property
    def settings(self) -> Settings:
        """The knobs as they stand."""
        return Settings(self.seed.value, self.k.value, self.lambda_w.value, self.lambda_V.value)

    def describe(self) -> str:
        """The state of the lab as plain text."""
        return describe(star_trek.fit_grid(self.grid, self.settings))

    # ---------------------------------------------------------------- reacting

    def _reset(self, _: widgets.Button) -> None:
        self._paused = True
        rendle = star_trek.rendle_grid()
        for (user, film), picker in self.ratings.items():
            picker.value = parts.stars_or_blank(rendle[USERS.index(user), FILMS.index(film)])
        for knob in ("seed", "k", "lambda_w", "lambda_V"):
            getattr(self, knob).value = getattr(COURSE_SETTINGS, knob)
        self._paused = False
        self._refresh()

    def _show(self) -> None:
        """Fit what is set and show it; words first, since the figure takes longest."""
        if self._paused:
            return
        rated = self.grid
        outcome = star_trek.fit_grid(rated, self.settings)
        self.answer.value = parts.sentence(star_trek.answer(outcome), star_trek.agreement(outcome))
        self.table.value = _table(rated, outcome)
        self.map.value = _map(outcome)

    # ---------------------------------------------------------------- laying out

    def _editor(self) -> widgets.GridBox:
        heading = widgets.Layout(width="auto")
        cells: list[widgets.Widget] = [widgets.HTML(parts.STYLE)]
        cells += [widgets.Label(film, layout=heading) for film in FILMS]
        for user in USERS:
            cells.append(widgets.Label(user, layout=heading))
            cells += [self.ratings[user, film] for film in FILMS]
        return widgets.GridBox(
            cells, layout=widgets.Layout(grid_template_columns="5em repeat(4, 7em)", grid_gap="2px 4px")
        )

    def _knobs(self) -> widgets.VBox:
        return widgets.VBox(
            [self.seed, self.k, self.lambda_w, self.lambda_V], layout=widgets.Layout(margin="0 0 0 2em")
        )


def describe(outcome: Outcome | None) -> str:
    """One state of the lab as plain text: the grid, the answer, and how far ten seeds agree."""
    if outcome is None:
        return star_trek.answer(None)
    width = max(len(film) for film in FILMS) + 2
    rows = [" " * 8 + "".join(film.rjust(width) for film in FILMS)]
    for user, rated, predicted in zip(USERS, outcome.rated, outcome.predicted, strict=True):
        cells = (
            f"{p:.1f}?".rjust(width) if np.isnan(r) else f"{r:.0f}".rjust(width)
            for r, p in zip(rated, predicted, strict=True)
        )
        rows.append(user.ljust(8) + "".join(cells))
    return "\n".join([*rows, star_trek.answer(outcome), star_trek.agreement(outcome)])


def _table(rated: np.ndarray, outcome: Outcome | None) -> str:
    return parts.rating_table(USERS, FILMS, rated, None if outcome is None else outcome.predicted, _CAPTION)


@lru_cache(maxsize=64)
def _map(outcome: Outcome | None) -> str:
    if outcome is None:
        return ""
    fig = plots.factor_map(
        star_trek.map_coordinates(outcome.V),
        NAMES,
        KINDS,
        title=star_trek.map_title(outcome),
        emphasise=("Alice", "Charlie", "Star Trek"),
    )
    return parts.picture(fig, star_trek.map_alt(outcome))


def _twin_html() -> str:
    """For pages without a kernel: the lab with Rendle's ratings, and after Bob has changed his mind."""
    rated = star_trek.rendle_grid()
    changed = rated.copy()
    changed[USERS.index("Bob"), FILMS.index("Star Trek")] = 1
    given = parts.rating_table(USERS, FILMS, rated, None, "What the lab starts from: Rendle's seven ratings")
    found = "".join(
        f"<p><strong>{heading}</strong></p>{_everything(grid)}"
        for heading, grid in (("With Rendle's ratings", rated), ("After Bob gives Star Trek 1 star", changed))
    )
    return given + parts.folded("Made your prediction? Show what the lab answers", found)


def _everything(rated: np.ndarray) -> str:
    """All results of one grid with the course settings, one below the other."""
    outcome = star_trek.fit_grid(rated)
    words = parts.sentence(star_trek.answer(outcome), star_trek.agreement(outcome))
    return words + _table(rated, outcome) + _map(outcome)
