"""What the tests of all explorables share: nothing locked in before, and what each owes to everybody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import ipywidgets as widgets
import pytest
from ipywidgets import ValueWidget

from course_utils.learn.panel import Panel
from course_utils.learn.predictions import forget_predictions

UNTOUCHED = (widgets.HTML, widgets.Label)  # they hold a value, and nobody can change it


@pytest.fixture(autouse=True)
def _nothing_locked() -> Iterator[None]:
    forget_predictions()
    yield
    forget_predictions()


@pytest.fixture
def owe_everybody() -> Callable[..., None]:
    """What every explorable owes to people without eyes, mouse or kernel, in a function to call on one.

    It takes an opened explorable and the number of its controls.
    """

    def check(explorable: Panel, controls: int) -> None:
        inside = list(parts_of(explorable))
        pages = [each for each in inside if isinstance(each, widgets.HTML)]
        found = [each for each in inside if isinstance(each, ValueWidget) and not isinstance(each, UNTOUCHED)]
        assert len(found) == controls
        for control in found:
            assert len(control.description.split()) >= 3, "a name that a screen reader can say"
            assert not getattr(control, "continuous_update", False), "it reports when released"
        assert any('role="status"' in page.value for page in pages), "changes are read out"
        for picture in re.findall(r"<img[^>]*>", "".join(page.value for page in pages)):
            assert re.search(r'alt="[^"]{40,}"', picture), "a picture has its words"
        assert not any(isinstance(each, widgets.Output) for each in inside), "notebook tests lose outputs"
        twin = explorable._repr_mimebundle_()
        assert twin["text/html"]
        assert twin["text/plain"]

    return check


def parts_of(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    """A widget and all that it holds."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from parts_of(child)
