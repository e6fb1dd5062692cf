"""The coverage matrix against the lessons themselves."""

from __future__ import annotations

import re

import pytest

from course_utils.learn.catalogue import lesson, lesson_numbers
from course_utils.learn.coverage import coverage
from course_utils.learn.records import lesson_number
from course_utils.learn.topics import TOPICS, Topic
from course_utils.paths import SOURCES

OF_THE_LECTURES = (
    "recommender is",
    "unique to each user",
    "new-product",
    "high cardinality",
    "sparse data",
    "collaborative filtering",
    "predictive modelling",
    "wipers",
    "data fluidity",
    "periodic rebuilding",
    "click rates",
    "content personalisation",
    "PCA",
    "Star Trek",
    "user-movie",
    "user-user",
    "movie-movie",
    "linear time",
    "one-hot",
    "RecordIO-protobuf with float32",
    "JSON or RecordIO",
    "building a MovieLens",
    "deploying",
    "rebuilding a MovieLens",
    "paper",
)
"""A word or two of every bullet of the lectures."""


def headings(number: int) -> dict[str, str]:
    """``{"3": its text}`` for every numbered section of a lesson's source."""
    (source,) = SOURCES.glob(f"{number:02d}_*.py")
    parts = re.split(r"^# ## (\d+)\. ", source.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("words", OF_THE_LECTURES)
def test_every_bullet_of_the_lectures_has_a_row(words: str) -> None:
    assert [topic for topic in TOPICS if words.lower() in topic.bullet.lower()]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.bullet)
def test_no_cell_is_empty_and_each_names_what_is_there(topic: Topic) -> None:
    assert all((topic.sections, topic.objectives, topic.checks, topic.quiz))
    for section in topic.sections:
        number, _, place = section.partition(" §")
        assert place in headings(int(number)), section
    for name in topic.objectives:
        assert name in lesson(lesson_number(name)).objectives
    for name in (*topic.checks, *topic.quiz):
        (item,) = (item for item in lesson(lesson_number(name)).items() if item.id == name)
        assert item.objective in topic.objectives, f"{name} proves {item.objective}"
    assert {name[0] for name in topic.checks} == {"E"}
    assert {name[0] for name in topic.quiz} == {"Q"}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.bullet)
def test_what_is_checked_is_taught_in_the_sections_named(topic: Topic) -> None:
    text = "".join(
        headings(int(number))[place] for number, _, place in (s.partition(" §") for s in topic.sections)
    )
    for name in topic.checks:
        assert f'"{name}"' in text, f"{name} stands in none of {topic.sections}"


@pytest.mark.parametrize("number", [number for number in lesson_numbers() if number not in (0, 99)])
def test_no_objective_of_a_lesson_is_without_a_topic(number: int) -> None:
    served = {name for topic in TOPICS for name in topic.objectives}
    assert set(lesson(number).objectives) <= served


def test_the_page_links_every_lesson_it_names() -> None:
    page = coverage()
    for topic in TOPICS:
        for section in topic.sections:
            assert re.search(rf'<a href="{section[:2]}_\w+\.ipynb">{section}</a>', page._repr_html_())
            assert section in repr(page)
