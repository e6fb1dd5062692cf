from __future__ import annotations

from types import SimpleNamespace

from course_utils.learn import notice
from course_utils.learn.look import card, inline, paragraphs


def test_text_is_escaped_and_backticks_become_code():
    assert inline("a < b, `x & y` & `unclosed") == "a &lt; b, <code>x &amp; y</code> &amp; `unclosed"


def test_stars_around_words_are_emphasis_and_other_stars_are_not():
    assert inline("*each* user, *at the end*.") == "<em>each</em> user, <em>at the end</em>."
    for text in ("2 * 3 * 4", "x*y*z", "f(*args, **more)", "* a list *", "`*code*`", "a *\nb* c"):
        assert "<em>" not in inline(text)


def test_blank_lines_begin_paragraphs():
    assert paragraphs("one\n\ntwo\n") == "<p>one</p><p>two</p>"


def test_headings_are_escaped_and_only_answers_are_announced():
    assert "&lt;i&gt;" in card("ask", "<i>", "")
    assert "role=" not in card("ask", "x", "")
    assert 'role="status"' in card("ask", "x", "", status=True)


def test_a_notice_is_shown_only_where_there_is_one():
    assert notice(SimpleNamespace(notice="")) is None
    shown = notice(SimpleNamespace(notice="These ratings are <made up>."))
    assert "&lt;made up&gt;" in shown._repr_html_()
    assert repr(shown) == "About this data\nThese ratings are <made up>."
