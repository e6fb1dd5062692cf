from __future__ import annotations

import ipywidgets as widgets

from course_utils.learn import parsons
from course_utils.learn.puzzles import shuffled


def sort(panel, wanted):
    """Bring the lines into an order by clicking alone, as a learner would."""
    for place, line in enumerate(wanted):
        for start in range(panel.order.index(line), place, -1):
            panel.ups[start].click()
    assert panel.order == list(wanted)


def test_opens_shuffled_the_same_way_every_time(lesson_97):
    puzzle = lesson_97.parsons[0]
    assert shuffled(puzzle) == shuffled(puzzle) != list(puzzle.lines)
    assert sorted(parsons("E97.4").order) == sorted(puzzle.lines)


def test_sorted_by_clicks_it_is_right(lesson_97):
    panel = parsons("E97.4")
    sort(panel, lesson_97.parsons[0].lines)
    panel.ask.click()
    assert "✔ right" in panel.answer.value
    assert "Done." in panel.answer.value


def test_down_is_the_opposite_of_up():
    panel = parsons("E97.4")
    before = list(panel.order)
    panel.downs[0].click()
    assert panel.order != before
    panel.ups[1].click()
    assert panel.order == before


def test_the_ends_are_closed():
    panel = parsons("E97.4")
    before = list(panel.order)
    assert panel.ups[0].disabled
    assert panel.downs[-1].disabled
    panel.ups[0].click()
    panel.downs[-1].click()
    assert panel.order == before


def test_the_focus_follows_the_line_so_that_a_keyboard_can_move_it_on(monkeypatch):
    focused = []
    monkeypatch.setattr(widgets.Button, "focus", lambda self: focused.append(self))
    panel = parsons("E97.4")  # three lines
    for click, then in (
        (panel.downs[0], panel.downs[1]),
        (panel.downs[1], panel.ups[2]),  # at the bottom there is only the way back
        (panel.ups[2], panel.ups[1]),
        (panel.ups[1], panel.downs[0]),
    ):
        click.click()
        assert focused.pop() is then


def test_a_known_wrong_order_gets_its_own_words(lesson_97):
    panel = parsons("E97.4")
    s, p, end = lesson_97.parsons[0].lines
    sort(panel, (end, s, p))
    panel.ask.click()
    assert "Nothing comes after return." in panel.answer.value
    sort(panel, (s, end, p))
    assert panel.answer.value == ""  # a move takes the old verdict away
    panel.ask.click()
    assert "In order so far: 1. Look at line 2" in panel.answer.value


def test_code_is_escaped_and_keeps_its_indentation():
    panel = parsons("E97.4")
    shown = "".join(text.value for text in panel._texts)
    assert "<code>    p = s * x  # &lt;b&gt;</code>" in shown


def test_unknown_ids_get_words():
    assert "E97.4" in repr(parsons("E97.1"))
