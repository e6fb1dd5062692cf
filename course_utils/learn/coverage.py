"""``coverage``: the matrix of topics, with links to the lessons that hold them."""

from __future__ import annotations

import html

from course_utils.learn.look import Card
from course_utils.learn.topics import TOPICS, Topic
from course_utils.paths import lesson_notebooks

_LEFT = 'style="text-align: left; vertical-align: top"'


def coverage() -> Card:
    """Show the matrix: one row for each bullet, with links to the lessons that it names."""
    head = "".join(
        f'<th scope="col" {_LEFT}>{name}</th>'
        for name in ("topic", "taught in", "objectives", "exercises", "quiz questions")
    )
    rows = "".join(_row(topic) for topic in TOPICS)
    text = "\n".join(f"{topic.bullet}: {', '.join(topic.sections)}" for topic in TOPICS)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return Card("quiet", "The lectures, point by point", table, text)


def _row(topic: Topic) -> str:
    cells = (
        ", ".join(_link(section) for section in topic.sections),
        *(", ".join(ids) for ids in (topic.objectives, topic.checks, topic.quiz)),
    )
    heading = f'<th scope="row" {_LEFT}>{html.escape(topic.bullet)}</th>'
    return "<tr>" + heading + "".join(f"<td {_LEFT}>{cell}</td>" for cell in cells) + "</tr>"


def _link(section: str) -> str:
    notebook = lesson_notebooks()[section[:2]]
    return f'<span style="white-space: nowrap"><a href="{notebook.name}">{section}</a></span>'
