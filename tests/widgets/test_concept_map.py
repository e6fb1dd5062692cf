"""The concept map, computed, drawn, and driven in process: every blank, every choice."""

from __future__ import annotations

import html
import re
from itertools import combinations

import ipywidgets as widgets
import pytest

from course_utils.widgets import ConceptMap, concept_map, concept_map_svg
from course_utils.widgets.concept_map import BLANKS, IDEAS, KINDS, LINKS

FULL = concept_map.everything_right()
WORST = {blank.number: max((c.text for c in blank.choices if not c.correct), key=len) for blank in BLANKS}


@pytest.fixture
def board() -> ConceptMap:
    return ConceptMap()


def put(board: ConceptMap, number: int, text: str) -> None:
    board.blank.value = number
    board.choice.value = text
    board.place.click()


# ------------------------------------------------------------------------------------------------ the map


def test_every_idea_has_a_place_a_kind_and_a_link() -> None:
    assert len({(idea.column, idea.row) for idea in IDEAS}) == len({idea.name for idea in IDEAS}) == 20
    assert {idea.kind for idea in IDEAS} == set(KINDS)
    ends = {end for link in LINKS for end in (link.source, link.target)}
    assert ends == {idea.name for idea in IDEAS}


def test_links_join_neighbours_so_that_none_runs_through_an_idea() -> None:
    place = {idea.name: (idea.column, idea.row) for idea in IDEAS}
    for link in LINKS:
        (a, b), (c, d) = place[link.source], place[link.target]
        assert max(abs(a - c), abs(b - d)) == 1, link


def test_no_two_links_cross_or_share_a_gap() -> None:
    place = {idea.name: (idea.column, idea.row) for idea in IDEAS}
    middles = [
        tuple((a + b) / 2 for a, b in zip(place[link.source], place[link.target], strict=True))
        for link in LINKS
    ]
    assert len(set(middles)) == len(middles)


def test_the_right_choice_is_what_the_map_says() -> None:
    labels = {(link.source, link.target): link.label for link in LINKS}
    for blank in BLANKS:
        assert blank.answer == (blank.where if isinstance(blank.where, str) else labels[blank.where])


def test_blanks_have_one_right_choice_and_a_word_on_each() -> None:
    assert [blank.number for blank in BLANKS] == list(range(1, 11))
    said = [choice.feedback for blank in BLANKS for choice in blank.choices]
    assert len(set(said)) == len(said)
    for blank in BLANKS:
        assert len(blank.choices) == 3
        assert sum(choice.correct for choice in blank.choices) == 1
        for choice in blank.choices:
            assert choice.correct or re.search(r"lesson \d\d|Titles", choice.feedback), choice
    places = {[choice.correct for choice in blank.choices].index(True) for blank in BLANKS}
    assert places == {0, 1, 2}


def test_the_next_open_blank_goes_round() -> None:
    assert concept_map.next_open({}, 1) == 2
    assert concept_map.next_open({}, 10) == 1
    assert concept_map.next_open({number: FULL[number] for number in range(2, 11)}, 5) == 1
    assert concept_map.next_open({**FULL, 4: WORST[4]}, 4) == 4
    assert concept_map.next_open(FULL, 3) is None


# ---------------------------------------------------------------------------------------------- the drawing


def boxes_and_labels(svg: str) -> tuple[list[tuple[float, float]], list[tuple[float, float, str]]]:
    nodes = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)"', svg)
    links = "".join(re.findall(r'<g class="fmc-link.*?</g>', svg))
    lines = re.findall(r'<tspan x="([\d.]+)" y="([\d.-]+)">(.*?)</tspan>', links)
    return (
        [(float(x), float(y)) for x, y in nodes],
        [(float(x), float(y), html.unescape(text)) for x, y, text in lines],
    )


@pytest.mark.parametrize("placed", [{}, FULL, WORST], ids=["blank", "full", "wrong"])
def test_labels_keep_clear_of_ideas_of_each_other_and_of_the_edge(placed) -> None:
    svg = concept_map_svg.draw(placed)
    width, height = map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups())
    nodes, lines = boxes_and_labels(svg)
    half = 4.1  # of a bold letter of 14 pixels, on average
    spans = [(x - half * len(text), x + half * len(text), y - 12, y + 3) for x, y, text in lines]
    for left, right, top, bottom in spans:
        assert left >= 0
        assert right <= width
        assert top >= -4
        assert bottom <= height
        for x, y in nodes:
            assert right <= x or left >= x + 164 or bottom <= y or top >= y + 48
    for (l1, r1, t1, b1), (l2, r2, t2, b2) in combinations(spans, 2):
        assert r1 <= l2 or r2 <= l1 or b1 <= t2 + 1 or b2 <= t1 + 1


@pytest.mark.parametrize("placed", [FULL, WORST], ids=["full", "wrong"])
def test_everything_placed_is_drawn_with_its_sign(placed) -> None:
    svg = concept_map_svg.draw(placed, current=3)
    words = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", svg)).split())
    for blank in BLANKS:
        assert " ".join(placed[blank.number].split()) in words
    assert words.count("✔") == (10 if placed == FULL else 0)
    assert words.count("✘") == (0 if placed == FULL else 10)
    assert svg.count("fmc-current") - concept_map_svg._CSS.count("fmc-current") == 1


def test_the_drawing_speaks_to_screen_readers() -> None:
    svg = concept_map_svg.draw({1: FULL[1]})
    assert 'role="img"' in svg
    assert "1 of 10 blanks are right" in re.search(r'aria-label="([^"]+)"', svg)[1]


# ------------------------------------------------------------------------------------------------ driven


def test_every_choice_of_every_blank(board) -> None:
    for blank in BLANKS:
        for choice in blank.choices:
            put(board, blank.number, choice.text)
            assert html.escape(choice.feedback, quote=False) in board.answer.value
            assert ("✔ right" in board.answer.value) == choice.correct
            assert board.placed[blank.number] == choice.text


def test_nothing_chosen_is_no_mistake(board) -> None:
    board.place.click()
    assert "nothing chosen yet" in board.answer.value
    assert board.placed == {}


def test_going_from_blank_to_blank_completes_the_map(board) -> None:
    for _ in BLANKS:
        board.choice.value = FULL[board.blank.value]
        board.place.click()
        board.onward.click()
    assert board.placed == FULL
    assert "the map is complete" in board.answer.value
    assert "All ten blanks are filled" in board.map.value


def test_coming_back_finds_what_was_placed(board) -> None:
    put(board, 5, "accuracy")
    board.blank.value = 6
    assert board.choice.value is None
    assert board.answer.value == ""
    board.blank.value = 5
    assert board.choice.value == "accuracy"
    assert "1 to think over" in concept_map.progress(board.placed)


# ---------------------------------------------------------------------------------------------- for everybody


def test_every_control_has_a_name(board) -> None:
    for control in (board.blank, board.choice, board.place, board.onward):
        assert isinstance(control, widgets.Widget)
        assert len(control.description.split()) >= 3


def test_the_twin_shows_blanks_first_and_the_finished_map_behind_a_click(board) -> None:
    bundle = board._repr_mimebundle_()
    before, after = bundle["text/html"].split("Show the finished map")
    assert "✔" not in before
    assert after.count("✔") >= 10
    assert len(bundle["text/plain"].splitlines()) == len(LINKS)
    assert "① ?" in bundle["text/plain"]
