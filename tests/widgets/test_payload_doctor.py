"""The payload doctor, computed and driven in process: it never contradicts the endpoint, nor breaks."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils import payload
from course_utils.payload import JSON, JSONLINES, PayloadError
from course_utils.widgets import PayloadDoctor, payload_doctor
from course_utils.widgets.payload_doctor import BROKEN, CASES, CSV, HEALTHY, MEANT, TYPES, body_of, examine


@pytest.fixture
def doctor() -> PayloadDoctor:
    return PayloadDoctor()


def toy(features: dict) -> payload_doctor.Diagnosis:
    return examine(body_of(features), JSON, 7)


# ------------------------------------------------------------------------------------------------ computed


@pytest.mark.parametrize(
    ("letter", "says"),
    [
        ("A", "key 7 is outside"),
        ("B", "2 keys and 1 values"),
        ("C", "whole numbers"),
        ("D", '"shape" is [2]'),
    ],
)
def test_the_faults_of_the_bug_hunt_are_named(letter, says) -> None:
    diagnosis = toy(BROKEN[letter])
    assert diagnosis.status == 400
    assert diagnosis.message == "unable to evaluate payload provided"
    assert says in " ".join(diagnosis.faults)
    assert not diagnosis.readings


def test_the_fifth_is_answered_and_the_doctor_frowns() -> None:
    diagnosis = toy(BROKEN["E"])
    assert diagnosis.status == 200
    assert "stars do not belong" in diagnosis.warnings[0]


def test_every_broken_one_but_the_first_names_the_pair_that_was_meant() -> None:
    names = payload_doctor.toy_map()
    for letter, (user, film) in MEANT.items():
        right = [names.column("user", user), names.column("item", film)]
        given_keys = [int(key) for key in BROKEN[letter]["keys"]]
        assert given_keys == ([key + 1 for key in right] if letter == "A" else right)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ([0, 2], "two users and no films"),
        ([4], "no users and one film"),
        ([0, 1, 2, 3, 4, 5, 6], "three users and four films"),
        ([], "no users and no films"),
    ],
)
def test_rows_that_are_no_pair_get_a_warning(keys, says) -> None:
    diagnosis = toy({"keys": keys, "shape": [7], "values": [1] * len(keys)})
    assert diagnosis.status == 200
    assert says in diagnosis.warnings[0]


def test_every_instance_is_examined_by_itself() -> None:
    faults = examine(body_of(HEALTHY, BROKEN["B"], HEALTHY, BROKEN["D"]), JSON, 7).faults
    assert [fault.split(":")[0] for fault in faults] == ["Instance 1", "Instance 3"]
    lines = "\n".join(json.dumps({"data": {"features": f}}) for f in (BROKEN["B"], HEALTHY, BROKEN["D"]))
    faults = examine(lines, JSONLINES, 7).faults
    assert [fault.split(":")[0] for fault in faults] == ["Instance 0", "Instance 2"]


def test_pythons_way_to_print_is_recognised() -> None:
    assert "json.dumps" in examine(str({"instances": [HEALTHY]}), JSON, 7).faults[-1]
    assert "json.dumps" not in " ".join(examine("{'instances'", JSON, 7).faults)


def test_csv_is_refused_for_its_type() -> None:
    diagnosis = examine("1,0,0", CSV, 7)
    assert diagnosis.status == 415
    assert "CSV is not among them" in diagnosis.faults[0]


def test_the_three_healthy_cases_are_healthy_and_no_other() -> None:
    for name, case in CASES.items():
        diagnosis = examine(case.body, case.content_type, 7)
        assert (diagnosis.status == 200 and not diagnosis.warnings) == name.startswith("Healthy"), name


_NUMBERS = st.lists(st.integers(-2, 9) | st.floats() | st.text(max_size=2) | st.none(), max_size=4)
_FEATURES = st.fixed_dictionaries({}, optional={"keys": _NUMBERS, "shape": _NUMBERS, "values": _NUMBERS})
_REQUESTS = st.lists(_FEATURES, max_size=3).map(lambda rows: body_of(*rows))


@given(body=_REQUESTS | st.text(max_size=40), kind=st.sampled_from(TYPES), columns=st.integers(1, 12))
def test_the_doctor_agrees_with_the_endpoint_whatever_is_pasted(body, kind, columns) -> None:
    diagnosis = examine(body, kind, columns)
    status, rows = endpoint_says(body, kind, columns)
    assert diagnosis.status == status
    assert len(diagnosis.readings) == rows
    assert bool(diagnosis.faults) == (status != 200)
    assert payload_doctor.verdict(diagnosis)


def endpoint_says(body: str, kind: str, columns: int) -> tuple[int, int]:
    """Status and number of answers."""
    try:
        return 200, payload.decode_request(body.encode(), kind, columns).shape[0]
    except PayloadError as refusal:
        return refusal.status, 0


# ------------------------------------------------------------------------------------------------ driven


@pytest.mark.parametrize("name", CASES)
def test_every_example_fills_the_box_and_is_examined(doctor, name) -> None:
    doctor.case.value = name
    assert doctor.body.value == CASES[name].body
    assert doctor.content_type.value == CASES[name].content_type
    assert doctor.diagnosis() == examine(CASES[name].body, CASES[name].content_type, 7)
    assert ("✔" in doctor.answer.value) == name.startswith("Healthy")
    assert not re.search(r"None|Traceback", doctor.answer.value)


def test_typing_makes_the_text_ones_own(doctor) -> None:
    before = doctor.answer.value
    doctor.body.value = "hello"
    assert doctor.case.value == "Your own text"
    assert "not valid JSON" in doctor.answer.value != before
    doctor.case.value = "Broken D"
    doctor.case.value = "Your own text"
    assert doctor.body.value == CASES["Broken D"].body


def test_another_number_of_columns_refuses_old_rows(doctor) -> None:
    doctor.columns.value = 8
    assert "status 400" in doctor.answer.value
    doctor.body.value = body_of(HEALTHY | {"shape": [8]})
    assert "column 0 × column 4" in doctor.answer.value


@pytest.mark.parametrize("columns", [1, 12])
@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    "body", ["", " ", "{}", "[]", "null", '{"instances": 3}', '{"instances": []}', "<b>&"]
)
def test_every_corner(doctor, columns, kind, body) -> None:
    doctor.columns.value, doctor.content_type.value = columns, kind
    doctor.body.value = body
    assert "Refused" in doctor.answer.value
    assert "<b>" not in doctor.answer.value


# ---------------------------------------------------------------------------------------------- for everybody


def test_the_twin_holds_every_example_with_its_diagnosis(doctor) -> None:
    bundle = doctor._repr_mimebundle_()
    assert bundle["text/html"].count("<details>") == len(CASES)
    assert "Alice × Star Trek" in bundle["text/plain"]
    assert 'role="status"' in doctor.answer.value


def test_everybody_can_use_it(doctor, owe_everybody) -> None:
    owe_everybody(doctor, controls=4)
