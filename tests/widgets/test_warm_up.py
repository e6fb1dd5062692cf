"""The warm-up slider, driven to its ends: a sentence for every place, and one for pages without a kernel."""

from __future__ import annotations

from course_utils.widgets.warm_up import WANTED, WarmUp


def test_the_sentence_follows_the_slider_to_both_ends() -> None:
    warm_up = WarmUp()
    assert "The slider is at 0" in warm_up.sentence.value
    for value in range(warm_up.slider.max, warm_up.slider.min - 1, -1):
        warm_up.slider.value = value
        if value == WANTED:
            assert "✔ It works" in warm_up.sentence.value
        else:
            assert f"The slider is at {value}" in warm_up.sentence.value
            assert f"Move it {'higher' if value < WANTED else 'lower'}, to 7." in warm_up.sentence.value


def test_it_has_a_name_an_alert_and_a_twin() -> None:
    warm_up = WarmUp()
    assert len(warm_up.slider.description.split()) >= 3
    assert 'role="status"' in warm_up.sentence.value
    shown = warm_up._repr_mimebundle_()
    assert "run the cell in JupyterLab" in shown["text/html"]
    assert "run the cell in JupyterLab" in shown["text/plain"]
