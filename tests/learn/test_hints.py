from __future__ import annotations

from course_utils.learn import hint, solution
from course_utils.learn.hints import forget_hints


def test_hints_get_stronger_and_end_at_the_solution():
    texts = [repr(hint("E97.1")) for _ in range(5)]
    assert texts[0] == "Hint 1 of 3 · E97.1\nWhat is 3 times 3?"
    assert texts[2] == "Hint 3 of 3 · E97.1\nReturn `x * x`."
    assert 'solution("E97.1")' in texts[3]
    assert texts[3] == texts[4]


def test_every_exercise_counts_for_itself():
    hint("E97.1")
    assert "Hint 1 of 3" in repr(hint("E97.2"))
    forget_hints()
    assert "Hint 1 of 3" in repr(hint("E97.1"))


def test_solution_shows_code_and_discussion_escaped():
    shown = solution("E97.1")
    assert "def square(x):\n    return x * x" in repr(shown)
    assert "<pre><code>def square(x):" in shown._repr_html_()
    assert "<code>x ** 2</code> &amp; <code>x * x</code> agree." in shown._repr_html_()


def test_unknown_ids_get_words():
    assert "there are: E97.1, E97.2" in repr(hint("E97.8"))
    assert "there are: E97.1, E97.2" in repr(solution("E97.8"))
