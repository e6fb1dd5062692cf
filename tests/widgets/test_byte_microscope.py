"""The byte microscope, computed and driven in process: every byte has a meaning, and what moves is marked."""

from __future__ import annotations

import io
import itertools
import re

import numpy as np
import pytest

from course_utils import recordio
from course_utils.widgets import ByteMicroscope, byte_microscope
from course_utils.widgets.byte_microscope import FILM_COLUMNS, KINDS, STARS, WIDTHS, Slide

SLIDES = [
    Slide(film, width, stars) for film in FILM_COLUMNS for width in WIDTHS for stars in (None, 0.5, 5.0)
]


@pytest.fixture
def microscope() -> ByteMicroscope:
    return ByteMicroscope()


def names(parts: list[byte_microscope.Part]) -> list[str]:
    return [part.segment.name for part in parts]


# ------------------------------------------------------------------------------------------------ computed


@pytest.mark.parametrize("slide", SLIDES, ids=str)
def test_a_slide_is_a_record_of_just_that_rating_or_is_refused(slide) -> None:
    if slide.film >= slide.columns:
        assert f"column {slide.film}" in byte_microscope.look(slide)
        return
    X, y = recordio.read(io.BytesIO(byte_microscope.record_of(slide)))
    assert X.shape == (1, slide.columns)
    assert X.indices.tolist() == [0, slide.film]
    np.testing.assert_array_equal(X.data, [1, 1])
    assert (y is None) == (slide.stars is None)
    assert y is None or y.tolist() == [slide.stars]


@pytest.mark.parametrize("slide", [s for s in SLIDES if s.film < s.columns], ids=str)
def test_the_parts_are_the_record_without_gaps_and_each_has_its_kind(slide) -> None:
    parts = byte_microscope.look(slide)
    assert b"".join(part.raw for part in parts) == byte_microscope.record_of(slide)
    assert {part.kind for part in parts} == set(KINDS)
    assert sum(byte_microscope.counts(parts).values()) == len(byte_microscope.record_of(slide))
    assert all(part.label and part.sentence for part in parts)
    assert len(set(names(parts))) == len(parts)


def test_the_stars_move_their_four_bytes_and_nothing_else() -> None:
    for before, after in itertools.permutations(STARS, 2):
        old, new = byte_microscope.look(Slide(stars=before)), byte_microscope.look(Slide(stars=after))
        assert names(byte_microscope.moved(old, new)) == ["label.values[0]"]


def test_a_longer_message_may_take_its_byte_from_the_padding() -> None:
    old, new = byte_microscope.look(Slide(6, 7)), byte_microscope.look(Slide(6, 10_000))
    assert "Gone: padding. The record is as long as before." in byte_microscope.news(old, new)


def test_a_longer_varint_moves_the_lengths_around_it() -> None:
    old, new = byte_microscope.look(Slide(127, 10_000)), byte_microscope.look(Slide(128, 10_000))
    moved = names(byte_microscope.moved(old, new))
    assert [name for name in moved if name.endswith("length")] == [
        "length",
        "features length",
        "features.value length",
        "features.Float32Tensor length",
        "features.keys length",
    ]
    assert "features.keys[1]" in moved
    assert "4 bytes longer" in byte_microscope.news(old, new)


def test_what_is_gone_is_said() -> None:
    old, new = byte_microscope.look(Slide()), byte_microscope.look(Slide(stars=None))
    assert "Gone: label. The record is 20 bytes shorter." in byte_microscope.news(old, new)
    assert byte_microscope.news(new, new) == "Nothing has moved since the last change."


def test_without_stars_the_record_is_40_bytes() -> None:
    assert byte_microscope.answer(byte_microscope.look(Slide(stars=None))).startswith("40 bytes")


def test_the_words_count_what_belongs_to_the_reader() -> None:
    assert byte_microscope.answer(byte_microscope.look(Slide())).startswith(
        "60 bytes, and 15 of them are yours"
    )


# ------------------------------------------------------------------------------------------------ driven


def test_a_change_is_marked_until_the_next_one(microscope) -> None:
    assert "▲" not in microscope.picture.value
    microscope.stars.value = 4.0
    assert microscope.picture.value.count("▲") == 1
    assert "00 00 80 40" in microscope.picture.value
    microscope.film.value = 5
    assert "label.values" not in microscope.answer.value
    assert "features.keys[1]" in microscope.answer.value


def test_looking_at_another_part_keeps_the_marks(microscope) -> None:
    microscope.stars.value = 4.0
    microscope.part.value = 5
    assert microscope.picture.value.count("▲") == 1
    assert microscope.picture.value.count("▶") == 1


def test_the_arrow_keys_walk_through_the_whole_record(microscope) -> None:
    said = []
    for number in range(1, microscope.part.max + 1):
        microscope.part.value = number
        said.append(microscope.explained.value)
    assert len(set(said)) == microscope.part.max
    assert "magic" in said[0]
    assert "padding" in said[-1]


def test_fewer_parts_leave_the_slider_inside_the_record(microscope) -> None:
    microscope.part.value = microscope.part.max
    microscope.labelled.value = False
    assert microscope.part.value == microscope.part.max < 30
    assert "5 stars" not in microscope.picture.value
    assert microscope.picture.value.count("▶") == 1


def test_a_refused_slide_says_why_and_comes_back(microscope) -> None:
    microscope.film.value = 300
    assert "The writer refuses" in microscope.answer.value
    assert microscope.picture.value == microscope.explained.value == ""
    microscope.part.value = 3
    microscope.columns.value = 1_000
    assert "can be written again" in microscope.answer.value
    assert "column 300" in microscope.picture.value


def test_reset_shows_the_first_record(microscope) -> None:
    first = microscope.describe()
    microscope.film.value, microscope.stars.value, microscope.part.value = 999_999, 0.5, 9
    microscope.labelled.value = False
    microscope.reset.click()
    assert microscope.slide == Slide()
    assert microscope.describe() == first
    assert microscope.part.value == 1
    assert microscope.labelled.value is True


@pytest.mark.parametrize(
    ("film", "width", "stars", "labelled"),
    list(itertools.product([3, 999_999], [7, 1_000_000], [0.5, 5.0], [True, False])),
)
def test_every_corner(microscope, film, width, stars, labelled) -> None:
    microscope.film.value, microscope.columns.value = film, width
    microscope.stars.value, microscope.labelled.value = stars, labelled
    shown = microscope.answer.value + microscope.picture.value + microscope.explained.value
    assert not re.search(r"\bnan\b|None|Traceback", shown)
    assert bool(microscope.picture.value) == (film < width)


# ---------------------------------------------------------------------------------------------- for everybody


def test_kinds_differ_in_frame_and_are_named(microscope) -> None:
    for kind in KINDS:
        assert f"<b>{kind}</b>" in microscope.picture.value
        assert f".fmc-chip-{kind} {{" in microscope.picture.value
    assert microscope.picture.value.count('scope="row"') == 4
    assert 'role="status"' in microscope.answer.value
    assert 'role="status"' in microscope.explained.value


def test_the_twin_shows_the_record_before_and_after(microscope) -> None:
    html = microscope._repr_mimebundle_()["text/html"]
    assert "00 00 a0 40" in html
    assert "00 00 80 40" in html
    assert html.count("▲ 4 stars") == 1
    assert "column 6" in microscope._repr_mimebundle_()["text/plain"]


def test_everybody_can_use_it(microscope, owe_everybody) -> None:
    owe_everybody(microscope, controls=5)
