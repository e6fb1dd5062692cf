"""``read_again``: the score of a quiz and what to read again, kept nowhere but on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from course_utils.learn import look
from course_utils.learn.panel import Panel, html, note
from course_utils.learn.quizzes import QuestionPanel, QuizPanel

_NOT_YET = "Answer the questions above; this list follows along."


def read_again(quiz_panel: QuizPanel) -> ReadAgainPanel:
    """Show the score of a quiz and what to read again, as the answers come in.

    Parameters
    ----------
    quiz_panel : QuizPanel
        What ``quiz("Q99")`` returned, displayed in the same notebook. Its questions say in `Question.again`
        where they come from.
    """
    return ReadAgainPanel(quiz_panel)


@dataclass(frozen=True)
class Standing:
    """How a quiz stands: ids of questions right at the first try, right later, wrong so far, and open."""

    first: tuple[str, ...]
    later: tuple[str, ...]
    wrong: tuple[str, ...]
    open: tuple[str, ...]


def standing(questions: tuple[QuestionPanel, ...]) -> Standing:
    """Sort the questions of a quiz by what was answered so far."""
    found: dict[str, list[str]] = {"first": [], "later": [], "wrong": [], "open": []}
    for panel in questions:
        tries = panel.tries
        state = "open" if not tries else "first" if tries[0] else "later" if any(tries) else "wrong"
        found[state].append(panel.question.id)
    return Standing(**{state: tuple(ids) for state, ids in found.items()})


class ReadAgainPanel(Panel):
    """The widget that `read_again` shows.

    Attributes
    ----------
    right_at_first : int or None
        How many questions were right at the first try; None while some are still open.
    answer : HTML
        The score, and where to read again.
    """

    def __init__(self, quiz_panel: QuizPanel) -> None:
        self.questions = quiz_panel.questions
        self.answer = html()
        places = "".join(
            f"<li>{panel.question.id}: {look.inline(panel.question.again)}</li>" for panel in self.questions
        )
        super().__init__(
            [self.answer],
            twin_html=look.card("quiet", "Where each question comes from", f"<ul>{places}</ul>"),
            twin_text="\n".join(f"{panel.question.id}: {panel.question.again}" for panel in self.questions),
        )
        for panel in self.questions:
            panel.answer.observe(self._refresh, names="value")
        self._refresh()

    @property
    def right_at_first(self) -> int | None:
        """How many questions were right at the first try; None while some are still open."""
        now = standing(self.questions)
        return None if now.open else len(now.first)

    def _refresh(self, _: Any = None) -> None:
        now = standing(self.questions)
        answered = len(self.questions) - len(now.open)
        if not answered:
            self.answer.value = note("quiet", "○ nothing answered yet", _NOT_YET)
            return
        score = f"{len(now.first)} of {answered} right at the first try"
        still = f"; {len(now.open)} still open" if now.open else ""
        self.answer.value = look.card(
            "quiet" if now.later or now.wrong else "good", score + still, self._places(now), status=True
        )

    def _places(self, now: Standing) -> str:
        again = [panel.question for panel in self.questions if panel.question.id in (*now.later, *now.wrong)]
        if not again:
            return look.paragraphs("Nothing to read again so far.")
        by_place: dict[str, list[str]] = {}
        for question in again:
            by_place.setdefault(question.again, []).append(question.id)
        lines = "".join(
            f"<li>{look.inline(place)} ({', '.join(ids)})</li>" for place, ids in sorted(by_place.items())
        )
        return f"<p>To read again:</p><ul>{lines}</ul>"
