"""``parsons``: put the lines of a proof or a program in order, with buttons that a keyboard reaches too."""

from __future__ import annotations

import random

import ipywidgets as widgets

from course_utils.learn import look
from course_utils.learn.catalogue import UnknownId, puzzle
from course_utils.learn.look import Card
from course_utils.learn.panel import Panel, button, html, note
from course_utils.learn.records import Parsons


def parsons(puzzle_id: str) -> Panel | Card:
    """Show the lines of a puzzle in a shuffled order, each with buttons to move it."""
    try:
        asked = puzzle(puzzle_id)
    except UnknownId as error:
        return look.say("quiet", "I do not know this puzzle", str(error))
    return ParsonsPanel(asked)


def shuffled(asked: Parsons) -> list[str]:
    """The lines in the order in which the puzzle opens: the same every time, and never the right one."""
    lines = list(asked.lines)
    shuffler = random.Random(asked.id)
    while lines == list(asked.lines):
        shuffler.shuffle(lines)
    return lines


class ParsonsPanel(Panel):
    """The widget that `parsons` shows.

    Attributes
    ----------
    order : list of str
        The lines as they stand now.
    ups, downs : list of Button
        One pair per place, from the top.
    """

    def __init__(self, asked: Parsons) -> None:
        self.asked = asked
        self.order = shuffled(asked)
        places = range(len(self.order))
        self.ups = [button(f"Move line {place + 1} up") for place in places]
        self.downs = [button(f"Move line {place + 1} down") for place in places]
        self.ups[0].disabled = self.downs[-1].disabled = True
        self._texts = [html() for _ in places]
        for place in places:
            self.ups[place].on_click(lambda _, place=place: self.move(place, place - 1))
            self.downs[place].on_click(lambda _, place=place: self.move(place, place + 1))
        self.ask = button("Check my order")
        self.ask.on_click(self._check)
        self.answer = html()
        rows = [
            widgets.HBox([up, down, text], layout=widgets.Layout(align_items="center"))
            for up, down, text in zip(self.ups, self.downs, self._texts, strict=True)
        ]
        stem = html(look.card("ask", f"Put in order · {asked.id}", look.paragraphs(asked.stem)))
        super().__init__(
            [stem, *rows, self.ask, self.answer],
            twin_html=_twin_html(asked, self.order),
            twin_text="\n".join([f"Put in order · {asked.id}", asked.stem, *self.order]),
        )
        self._draw()

    def move(self, place: int, to: int) -> None:
        """Swap the lines at two neighbouring places; the keyboard focus follows the line that was moved."""
        if not 0 <= to < len(self.order):
            return
        self.order[place], self.order[to] = self.order[to], self.order[place]
        self._draw()
        onwards = self.ups[to] if to < place else self.downs[to]
        back = self.downs[to] if to < place else self.ups[to]
        (back if onwards.disabled else onwards).focus()

    def _draw(self) -> None:
        for text, line in zip(self._texts, self.order, strict=True):
            text.value = f'{look.STYLE}<div class="fmc-card fmc-quiet">{look.code_line(line)}</div>'
        self.answer.value = ""

    def _check(self, _: widgets.Button) -> None:
        if self.order == list(self.asked.lines):
            self.answer.value = note("good", "✔ right", self.asked.after)
            return
        for mistake in self.asked.mistakes:
            if mistake.matches(tuple(self.order)):
                self.answer.value = note("bad", "✘ not yet", mistake.feedback)
                return
        right = next(i for i, (a, b) in enumerate(zip(self.order, self.asked.lines, strict=True)) if a != b)
        start = "The first line is not the start." if right == 0 else f"In order so far: {right}."
        self.answer.value = note(
            "bad", "✘ not yet", f"{start} Look at line {right + 1}: what must be known before it?"
        )


def _twin_html(asked: Parsons, order: list[str]) -> str:
    answer = look.code_block("\n".join(asked.lines)) + look.paragraphs(asked.after)
    body = (
        look.paragraphs(asked.stem)
        + look.code_block("\n".join(order))
        + f"<details><summary>Show the order of {asked.id}</summary>{answer}</details>"
    )
    return look.card("ask", f"Put in order · {asked.id}", body)
