"""Who is to blame, and the text that says so."""

from __future__ import annotations

import pytest

from course_utils.fm_container import failure


def test_text_is_prefix_message_and_cause():
    error = failure.CustomerError("The rows are bad")
    assert error.failure_text() == "Customer Error: The rows are bad"
    error.__cause__ = KeyError("x")
    assert error.failure_text() == ("Customer Error: The rows are bad (caused by KeyError)\n\nCaused by: 'x'")
    assert failure.AlgorithmError("").failure_text() == "Algorithm Error: unknown error occurred"


@pytest.mark.parametrize(
    ("error", "prefix", "code"),
    [
        (failure.CustomerError("a"), "Customer Error: a", 2),
        (ZeroDivisionError("b"), "Algorithm Error: b (caused by ZeroDivisionError)", 1),
        (OSError(28, "No space left on device"), "Platform Error: An unexpected error has occurred", 3),
        (MemoryError(), "Platform Error: An unexpected error has occurred", 3),
    ],
)
def test_each_exception_has_a_culprit(tmp_path, error, prefix, code):
    classified = failure.classified(error)
    failure.write(tmp_path, classified)
    assert (tmp_path / "output" / "failure").read_text().startswith(prefix)
    assert classified.exit_code == code
