"""A small lesson to build: prose, a kept output, a stub, a widget with a twin, and a recorded figure."""

from __future__ import annotations

from pathlib import Path

import pytest

LESSON = """\
# %% [markdown] slideshow={"slide_type": "slide"}
# # Square numbers
#
# **You will** square. **You need** nothing. **Time** 1 minute.

# %% [markdown] tags=["notes"]
# Ask the class first.

# %%
from course_utils.learn import record
from course_utils.learn.panel import Panel

# %% tags=["nbval-check-output"]
print(f"area {3 * 3:.2f}")
record("area", 9.0)

# %% tags=["live"]
def square(x):
    ### BEGIN SOLUTION
    result = x * x
    return result
    ### END SOLUTION


# %%
side = 4  ### SOLUTION: side = ...
print("side", side)

# %% tags=["solution"]
assert square(side) == 16

# %% tags=["nbval-check-output"]
Panel([], twin_html="<p>A twin</p>", twin_text="A twin")
"""


@pytest.fixture(scope="session")
def lesson_text() -> str:
    """The small lesson's source."""
    return LESSON


@pytest.fixture
def source_dir(tmp_path: Path) -> Path:
    """A folder of sources with one lesson."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "97_square.py").write_text(LESSON)
    return folder


@pytest.fixture
def edit(source_dir: Path):
    """``edit(old, new)`` changes the lesson's source and returns its path."""

    def change(old: str, new: str) -> Path:
        path = source_dir / "97_square.py"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        return path

    return change
