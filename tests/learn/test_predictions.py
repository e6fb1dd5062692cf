from __future__ import annotations

import pytest

from course_utils.learn import predict, reveal
from course_utils.learn.predictions import LOCK, UNLOCK, _words
from course_utils.learn.records import Prediction

SCORES = {"Alice": 2.2, "Charlie": 4.0}


def test_nothing_locked_in_is_said_calmly():
    predict("P97.2")
    text = repr(reveal("P97.2", SCORES))
    assert text == (
        "○ nothing was locked in · P97.2\nWhat happened: Charlie. Next time, guess first.\nWhy? It is so."
    )


def test_reveal_without_a_predict_cell_works_too():
    assert "nothing was locked in" in repr(reveal("P97.1", 4.0))


@pytest.mark.parametrize(
    ("choice", "heading"), [("Charlie", "✔ as you predicted"), ("Alice", "✘ a surprise")]
)
def test_a_locked_option_is_compared(choice, heading):
    panel = predict("P97.2")
    panel.choice.value = choice
    panel.lock.click()
    assert f"You said: {choice}" in panel.status.value
    text = repr(reveal("P97.2", SCORES))
    assert heading in text
    assert f"You said: {choice}. What happened: Charlie." in text


@pytest.mark.parametrize(
    ("typed", "right"), [("3.5", True), ("3,5", True), (" 4.5 ", True), ("3.4", False), ("-1e9", False)]
)
def test_a_locked_number_is_compared_within_its_tolerance(typed, right):
    panel = predict("P97.1")
    panel.choice.value = typed
    panel.lock.click()
    assert ("as you predicted" in repr(reveal("P97.1", 4.0))) == right


@pytest.mark.parametrize("typed", ["", "four", "nan", "inf", "1e999", "<b>4</b>"])
def test_what_is_no_number_cannot_be_locked(typed):
    panel = predict("P97.1")
    panel.choice.value = typed
    panel.lock.click()
    assert "nothing to lock in yet" in panel.status.value
    assert not panel.choice.disabled
    assert "nothing was locked in" in repr(reveal("P97.1", 4.0))


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [("films", 1.0, "1 film"), ("films", 2, "2 films"), ("percent", 1, "1 percent"), ("", 1, "1"),
     ("million pairs", 1, "1 million pairs"), ("stars", 0.5, "0.5 stars")],
)  # fmt: skip
def test_one_of_a_unit_is_singular(unit, value, words):
    asked = Prediction(id="P97.9", objective="O97.1", stem="How many?", why="So.", unit=unit, tolerance=1.0)
    assert _words(asked, value) == words


def test_no_option_chosen_cannot_be_locked():
    panel = predict("P97.2")
    panel.lock.click()
    assert "Choose one of the options" in panel.status.value


def test_zero_is_a_prediction_like_any_other():
    panel = predict("P97.1")
    panel.choice.value = "0"
    panel.lock.click()
    assert "You said: 0 stars" in repr(reveal("P97.1", 4.0))


def test_the_lock_opens_before_the_reveal_and_never_after():
    panel = predict("P97.2")
    panel.choice.value = "Alice"
    panel.lock.click()
    assert panel.choice.disabled
    assert panel.lock.description == UNLOCK
    panel.lock.click()
    assert not panel.choice.disabled
    assert panel.lock.description == LOCK
    panel.lock.click()
    reveal("P97.2", SCORES)
    assert panel.choice.disabled
    assert panel.lock.disabled
    panel.lock.click()  # a click that was already under way
    assert "You said: Alice" in repr(reveal("P97.2", SCORES))


def test_running_the_cell_again_keeps_the_locked_answer():
    first = predict("P97.2")
    first.choice.value = "Alice"
    first.lock.click()
    again = predict("P97.2")
    assert again.choice.value == "Alice"
    assert again.choice.disabled
    again.lock.click()
    assert not first.choice.disabled


def test_after_the_reveal_nothing_can_be_locked_in_late():
    reveal("P97.2", SCORES)
    late = predict("P97.2")
    late.choice.value = "Charlie"
    late.lock.click()
    assert late.lock.disabled
    assert "nothing was locked in" in repr(reveal("P97.2", SCORES))


def test_an_unsolved_cell_above_is_no_reason_to_raise():
    assert "not there yet" in repr(reveal("P97.1", ...))
    assert not predict("P97.1").lock.disabled


def test_a_result_that_is_still_to_come_leaves_the_prediction_open():
    assert "not there yet" in repr(reveal("P97.1", None))
    assert not predict("P97.1").lock.disabled


def test_unknown_ids_get_words():
    assert "P97.1, P97.2" in repr(predict("P97.9"))
    assert "P97.1, P97.2" in repr(reveal("P97.9", 1))
