"""How long a container that dies is left alone."""

from __future__ import annotations

from course_utils.local_aws.endpoints.fleet import Patience


def test_pauses_double_up_to_a_minute_and_a_steady_life_is_rewarded():
    patience = Patience()
    assert [patience.after(1) for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    assert patience.after(60) == 0.5
    assert patience.after(59) == 1
