"""What every panel owes to those who cannot see, click or run it."""

from __future__ import annotations

import re

import ipywidgets as widgets
import pytest

from course_utils.learn import parsons, predict, quiz

PANELS = {
    "predict a number": lambda: predict("P97.1"),
    "predict an option": lambda: predict("P97.2"),
    "quiz": lambda: quiz("Q97"),
    "parsons": lambda: parsons("E97.4"),
}


@pytest.fixture(params=PANELS.values(), ids=PANELS.keys())
def panel(request):
    return request.param()


def inside(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from inside(child)


def test_every_control_says_what_it_is_for(panel):
    for widget in inside(panel):
        if isinstance(widget, widgets.Button | widgets.RadioButtons | widgets.Text):
            assert len(widget.description.split()) >= 3, widget.description
        if isinstance(widget, widgets.Checkbox):
            assert widget.description


def test_nothing_that_nbval_and_screen_readers_lose(panel):
    assert not any(isinstance(widget, widgets.Output) for widget in inside(panel))


def test_reads_without_a_kernel(panel):
    data = panel._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == panel.model_id
    assert "<script" not in data["text/html"]
    for question in ("How many?", "Who wins", "37 + 15 = ?", "Order the steps."):
        if question in data["text/plain"]:
            return
    pytest.fail(data["text/plain"])


def test_the_twin_is_the_same_every_time(panel, request):
    again = request.node.callspec.params["panel"]()
    assert again.twin == panel.twin


def test_texts_are_escaped():
    shown = predict("P97.2")
    assert "Who wins &lt;b&gt;?" in shown.twin["text/html"]
    assert "Who wins &lt;b&gt;?" in shown.children[0].value


def test_the_style_works_without_jupyters_variables(panel):
    style = re.search(r"<style>.*?</style>", panel.twin["text/html"], re.DOTALL)[0]
    for variable in re.findall(r"var\((--jp[^)]*)\)", style):
        assert "," in variable, f"{variable} has no fallback"
