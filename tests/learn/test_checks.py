from __future__ import annotations

import dataclasses
import html

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.learn import CheckFailed, check
from course_utils.learn.answers import LearnersFunction, NotAttempted
from course_utils.learn.checks import METADATA_KEY
from course_utils.learn.expect import NotYet


def square(x):
    return x * x


@dataclasses.dataclass
class Box:
    content: object


def loop():
    items = [1]
    items.append(items)
    return items


PLACEHOLDERS = [
    ...,
    [1, [2, ...]],
    (..., 0),
    {"a": {"b": ...}},
    {...: 1},
    {1, ...},
    np.array([1, ...], dtype=object),
    pd.DataFrame({"a": [1, ...]}),
    pd.Series([..., 2]),
    Box([...]),
    None,
]


@pytest.mark.parametrize("answer", PLACEHOLDERS, ids=lambda answer: type(answer).__name__)
def test_placeholders_anywhere_are_not_attempted(answer):
    result = check("E97.2", answer)
    assert result.outcome == "not attempted"
    assert 'hint("E97.2")' in result.message


def gap_statement(x): ...


def gap_return(x):
    return ...


def gap_inside(x):
    return 2 * (... - x)


def gap_named(x):
    s = ...
    return s.sum()


def gap_without_return(x):
    s = x @ ...  # noqa: F841


@pytest.mark.parametrize(
    "stub", [gap_statement, gap_return, gap_inside, gap_named, gap_without_return, lambda x: ...]
)
def test_stub_functions_are_not_attempted(stub):
    assert check("E97.1", stub).outcome == "not attempted"


def test_right_answers_pass():
    result = check("E97.1", square)
    assert (result.outcome, result.message) == ("passed", "A square is never negative.")
    assert check("E97.2", np.array([1.0, 0.0, 1.0])).outcome == "passed"
    assert check("E97.3", None).outcome == "passed"


def test_a_sloppy_matcher_never_spoils_a_right_answer():
    assert check("E97.2", [1, 0, 1]).outcome == "passed"
    assert check("E97.2", [1, 0, 0]).message.startswith("Begins well.")


def test_a_known_mistake_gets_its_own_words():
    result = check("E97.1", lambda x: x + x)
    assert (result.outcome, result.misconception) == ("not yet", "M01")
    assert result.message == 'You doubled it.\n\nStuck? `hint("E97.1")`'


def test_an_unknown_mistake_gets_the_first_difference():
    result = check("E97.1", lambda x: 9)
    assert result.outcome == "not yet"
    assert result.message.startswith("`square(-2.5)`: it is 9, expected 6.25")
    assert result.misconception == ""


def raises_inside(x):
    y = x + 1
    return helper(y)


def helper(y):
    raise KeyError(y)


def test_an_exception_in_the_learners_function_is_explained():
    message = check("E97.1", raises_inside).message
    assert "I called `raises_inside(3)`" in message
    assert "`KeyError: 4`" in message
    assert "line 2 of `helper`: `raise KeyError(y)`" in message


def test_a_wrong_number_of_arguments_is_explained():
    message = check("E97.1", lambda: 1).message
    assert "takes 0 positional arguments but 1 was given" in message


def forgets_return(x):
    x * x


def test_a_forgotten_return_is_told_from_an_open_gap():
    result = check("E97.1", forgets_return)
    assert result.outcome == "not yet"
    assert "returned nothing" in result.message


def uses_numpy_ellipsis(x):
    return np.array([x, x])[..., 0] ** 2


def forgets_return_with_numpy_ellipsis(x):
    np.array([x])[..., 0] ** 2


def means_none(x):
    return None


def test_none_can_be_meant_but_not_by_a_stub():
    assert LearnersFunction(means_none, none_is_an_answer=True)(3) is None
    with pytest.raises(NotAttempted):
        LearnersFunction(gap_statement, none_is_an_answer=True)(3)
    with pytest.raises(NotYet):
        LearnersFunction(means_none)(3)


def test_without_source_a_missing_result_is_not_held_against_the_learner():
    namespace = {}
    exec("def f(x):\n    pass", namespace)
    with pytest.raises(NotAttempted):
        LearnersFunction(namespace["f"])(3)


def test_an_ellipsis_index_is_not_a_gap():
    assert check("E97.1", uses_numpy_ellipsis).outcome == "passed"
    assert check("E97.1", forgets_return_with_numpy_ellipsis).outcome == "not yet"


def quits(x):
    raise SystemExit(3)


def endless(x):
    return endless(x)


class Hostile:
    def __getattr__(self, name):
        raise RuntimeError("no")

    def __len__(self):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")

    def __eq__(self, other):
        raise RuntimeError("no")

    __hash__ = None


@pytest.mark.parametrize("exercise", ["E97.1", "E97.2", "E97.3"])
def test_no_answer_makes_check_raise(exercise):
    for answer in (quits, endless, 3, "x", int, Hostile(), loop(), [[1], [1, 2]], len, np.nan):
        assert check(exercise, answer).outcome == "not yet"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(...),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=8,
)


@given(answer=anything)
def test_check_never_raises_and_always_displays(answer):
    result = check("E97.2", answer)
    data, _ = result._repr_mimebundle_()
    assert result.outcome in ("passed", "not attempted", "not yet")
    assert data["text/plain"] == repr(result)


def test_an_answer_of_the_wrong_kind_hears_what_was_expected():
    message = check("E97.1", 9).message
    assert "expects a function of one number" in message
    assert "of type `int`" in message


@pytest.mark.parametrize("exercise", ["E97.9", "E55.1", "Alice", "Q97.1", "", None])
def test_an_unknown_exercise_is_said_to_be_unknown(exercise):
    result = check(exercise, 1)
    assert result.outcome == "not attempted"
    assert "do not know" in result.message


def test_strict_mode_raises_unless_passed(monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "1")
    assert check("E97.1", square).outcome == "passed"
    for exercise, answer in [("E97.1", ...), ("E97.1", lambda x: 2 * x), ("E97.9", 1)]:
        with pytest.raises(CheckFailed, match=r"E97"):
            check(exercise, answer)


def test_strict_mode_for_notebooks_as_shipped_raises_once_something_was_answered(monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "unsolved")
    assert check("E97.1", ...).outcome == "not attempted"
    for answer in (square, lambda x: 2 * x):
        with pytest.raises(CheckFailed, match=r"E97"):
            check("E97.1", answer)


def test_symbol_word_and_live_region():
    for answer, heading in [
        (square, "✔ passed · E97.1"),
        (..., "○ not attempted · E97.1"),
        (abs, "✘ not yet · E97.1"),
    ]:
        result = check("E97.1", answer)
        data, metadata = result._repr_mimebundle_()
        assert repr(result).splitlines()[0] == heading
        assert heading in data["text/html"]
        assert 'role="status"' in data["text/html"]
        assert metadata[METADATA_KEY] == {"exercise": "E97.1", "outcome": result.outcome}


def shouts(x):
    raise ValueError("<script>alert(1)</script>")


def test_what_the_learner_wrote_is_escaped():
    data, _ = check("E97.1", shouts)._repr_mimebundle_()
    assert "<script>" not in data["text/html"]
    assert html.escape("<script>alert(1)</script>") in data["text/html"]
