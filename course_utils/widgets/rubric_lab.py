"""The capstone's rubric as check boxes that add up, for lesson 99."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets as widgets

from course_utils.learn.panel import Panel
from course_utils.widgets import parts, rubric
from course_utils.widgets.rubric import CRITERIA, LEVELS


class CapstoneRubric(Panel):
    """Three check boxes for each criterion; the total, and what to do next.

    Attributes
    ----------
    boxes : dict of criterion name to tuple of Checkbox
        In the order of `rubric.LEVELS`.
    answer : HTML
    """

    def __init__(self) -> None:
        self.boxes = {
            criterion.name: tuple(
                widgets.Checkbox(
                    description=f"{points}. {text}",
                    indent=False,
                    layout=widgets.Layout(width="60em", max_width="100%"),
                )
                for points, text in enumerate(criterion.levels, start=1)
            )
            for criterion in CRITERIA
        }
        self.answer = widgets.HTML()
        groups = [
            widgets.VBox([widgets.HTML(f"<strong>{html.escape(name)}</strong>"), *boxes])
            for name, boxes in self.boxes.items()
        ]
        super().__init__([*groups, self.answer], twin_html=_twin_html(), twin_text=_twin_text())
        for boxes in self.boxes.values():
            for box in boxes:
                box.observe(self._refresh, names="value")
        self._refresh()

    def standing(self) -> rubric.Standing:
        """The points as they are ticked now."""
        return rubric.standing(
            {name: tuple(box.value for box in boxes) for name, boxes in self.boxes.items()}
        )

    def _refresh(self, _: Any = None) -> None:
        now = self.standing()
        self.answer.value = parts.sentence(rubric.verdict(now), rubric.advice(now))


def _twin_html() -> str:
    """For pages without a kernel: the rubric as a table."""
    left = 'style="text-align: left"'
    head = "".join(
        f'<th scope="col" {left}>{points}: {name}</th>' for points, name in enumerate(LEVELS, start=1)
    )
    rows = "".join(
        f'<tr><th scope="row" {left}>{html.escape(criterion.name)}</th>'
        + "".join(f"<td {left}>{html.escape(text)}</td>" for text in criterion.levels)
        + "</tr>"
        for criterion in CRITERIA
    )
    return f"<table><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _twin_text() -> str:
    return "\n\n".join(
        "\n".join([criterion.name, *(f"[ ] {n}. {text}" for n, text in enumerate(criterion.levels, start=1))])
        for criterion in CRITERIA
    )
