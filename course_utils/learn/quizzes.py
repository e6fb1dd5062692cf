"""``quiz``: questions with feedback for every answer, nothing counted and nothing kept."""

from __future__ import annotations

import ipywidgets as widgets

from course_utils.learn import look
from course_utils.learn.catalogue import UnknownId, questions
from course_utils.learn.look import Card
from course_utils.learn.panel import WIDE, Panel, button, html, note, number_box, radio, read_number
from course_utils.learn.records import Option, Question

_TASK = {"one": "Choose one answer.", "many": "Choose every answer that holds.", "number": "Type a number."}


def quiz(quiz_id: str) -> Panel | Card:
    """Show all questions of a quiz (``"Q2"``) or one of them (``"Q2.1"``)."""
    try:
        asked = questions(quiz_id)
    except UnknownId as error:
        return look.say("quiet", "I do not know this quiz", str(error))
    return QuizPanel(asked)


class QuizPanel(Panel):
    """The widget that `quiz` shows: a column of questions, reachable as ``.questions``."""

    def __init__(self, asked: tuple[Question, ...]) -> None:
        self.questions = tuple(QuestionPanel(question) for question in asked)
        twins = [panel.twin for panel in self.questions]
        super().__init__(
            list(self.questions),
            twin_html="".join(twin["text/html"] for twin in twins),
            twin_text="\n\n".join(twin["text/plain"] for twin in twins),
        )


class QuestionPanel(Panel):
    """One question: ``.choice`` (radio buttons, a number) or ``.boxes`` (check boxes), ``.ask``, ``.answer``.

    Attributes
    ----------
    misconceptions : tuple of str
        Ids of the misconceptions that the answer given last shows.
    tries : tuple of bool
        For each answer so far, whether it was right. Forgotten with the panel.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.misconceptions: tuple[str, ...] = ()
        self.tries: tuple[bool, ...] = ()
        self.boxes: tuple[widgets.Checkbox, ...] = ()
        self.choice: widgets.RadioButtons | widgets.Text | None = None
        if question.kind == "many":
            self.boxes = tuple(
                widgets.Checkbox(description=option.text, indent=False, layout=widgets.Layout(**WIDE))
                for option in question.options
            )
        elif question.kind == "one":
            self.choice = radio([option.text for option in question.options], "Your answer is:")
        else:
            self.choice = number_box("Your number is:")
        self.ask = button("Check my answer")
        self.ask.on_click(self._check)
        self.answer = html()
        stem = look.paragraphs(f"{question.stem}\n\n{_TASK[question.kind]}")
        super().__init__(
            [
                html(look.card("ask", f"Quiz · {question.id}", stem)),
                *(self.boxes or (self.choice,)),
                self.ask,
                self.answer,
            ],
            twin_html=_twin_html(question),
            twin_text=_twin_text(question),
        )

    def _check(self, _: widgets.Button) -> None:
        self.misconceptions = ()
        judge = {"one": self._judge_one, "many": self._judge_many, "number": self._judge_number}
        self.answer.value = judge[self.question.kind]()

    def _judge_one(self) -> str:
        if self.choice.index is None:
            return _empty("Choose one of the answers first.")
        return self._respond(self.question.options[self.choice.index])

    def _judge_number(self) -> str:
        value = read_number(self.choice.value)
        if value is None:
            return _empty("Type a number first, such as 3.5.")
        near = [
            option
            for option in self.question.options
            if abs(float(option.text) - value) <= self.question.tolerance
        ]
        if not near:
            return self._wrong(f"{value:g} is not it. Work it through once more, step by step.")
        return self._respond(min(near, key=lambda option: abs(float(option.text) - value)))

    def _respond(self, option: Option) -> str:
        self.misconceptions = _misconceptions([option])
        return self._right(option.feedback) if option.correct else self._wrong(option.feedback)

    def _judge_many(self) -> str:
        chosen = [option for option, box in zip(self.question.options, self.boxes, strict=True) if box.value]
        if not chosen:
            return _empty("Choose at least one of the answers first.")
        self.misconceptions = _misconceptions(chosen)
        wrong = [option for option in chosen if not option.correct]
        missing = sum(option.correct for option in self.question.options) - (len(chosen) - len(wrong))
        said = "\n\n".join(f"“{option.text}”: {option.feedback}" for option in (wrong or chosen))
        if wrong:
            return self._wrong(said)
        if missing:
            more = "One more answer holds" if missing == 1 else f"{missing} more answers hold"
            return self._wrong(f"What you chose is right. {more}.", "✘ not all yet")
        return self._right(said)

    def _right(self, feedback: str) -> str:
        self.tries += (True,)
        return note(
            "good", "✔ right", _joined(feedback, self.question.after, _place(self.question, "This is"))
        )

    def _wrong(self, feedback: str, heading: str = "✘ not yet") -> str:
        self.tries += (False,)
        return note("bad", heading, _joined(feedback, _place(self.question, "Read again:")))


def _empty(message: str) -> str:
    return note("quiet", "○ not answered yet", message)


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _place(question: Question, lead: str) -> str:
    return f"{lead} {question.again}." if question.again else ""


def _misconceptions(chosen: list[Option]) -> tuple[str, ...]:
    return tuple(option.misconception for option in chosen if option.misconception)


def _twin_html(question: Question) -> str:
    offered = "" if question.kind == "number" else _list(option.text for option in question.options)
    answers = _list(f"{_mark(option)} {option.text}: {option.feedback}" for option in question.options)
    body = (
        look.paragraphs(f"{question.stem}\n\n{_TASK[question.kind]}")
        + offered
        + f"<details><summary>Show the answers to {question.id}</summary>{answers}"
        + look.paragraphs(_joined(question.after, _place(question, "This is")))
        + "</details>"
    )
    return look.card("ask", f"Quiz · {question.id}", body)


def _list(texts) -> str:
    return "<ul>" + "".join(f"<li>{look.inline(text)}</li>" for text in texts) + "</ul>"


def _mark(option: Option) -> str:
    return "✔" if option.correct else "✘"


def _twin_text(question: Question) -> str:
    offered = [] if question.kind == "number" else [f"( ) {option.text}" for option in question.options]
    return "\n".join([f"Quiz · {question.id}", question.stem, _TASK[question.kind], *offered])
