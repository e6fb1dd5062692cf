"""Requests: every documented form is read, everything else is refused with a reason."""

from __future__ import annotations

import io
import json
import re
import traceback

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from course_utils import payload, recordio
from course_utils.payload import JSON, JSONLINES, RECORDIO, PayloadError

WIDE = 9737


def decode(content, feature_dim: int = 4, content_type: str = JSON) -> list:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return payload.decode_request(body, content_type, feature_dim).toarray().tolist()


# ---- documented and recorded forms ----


def test_a_sparse_request_as_real_notebooks_send_it():
    body = (
        b'{"instances": [{"data": {"features": {"keys": [341, 1416], "shape": [9737], "values": [1, 1]}}}]}'
    )
    X = payload.decode_request(body, JSON, WIDE)
    assert (X.shape, X.dtype, X.indices.tolist(), X.data.tolist()) == (
        (1, WIDE),
        np.float32,
        [341, 1416],
        [1, 1],
    )


DENSE = [1.5, 16.0, 0.0, 23.0]
SPARSE = {"keys": [0, 1, 3], "shape": [4], "values": [1.5, 16, 23]}


@pytest.mark.parametrize(
    "instance",
    [
        {"features": DENSE},
        {"features": {"values": DENSE}},
        {"data": {"features": DENSE}},
        {"data": {"features": {"values": DENSE}}},
        {"data": {"features": {"values": DENSE, "shape": [4]}}},
        {"data": {"features": SPARSE}},
        {"features": SPARSE},
        {"data": {"features": {"keys": [3, 0, 1], "shape": [4], "values": [23, 1.5, 16.0]}}},
        {"data": {"features": SPARSE}, "configuration": {}},
        {"configuration": {"verbose": True}, "features": DENSE},
    ],
)
def test_all_documented_forms_are_the_same_row(instance):
    assert decode({"instances": [instance, instance]}) == [DENSE, DENSE]
    line = json.dumps(instance).encode()
    assert decode(line, content_type=JSONLINES) == [DENSE]
    assert decode(line + b"\n\r\n" + line + b"\n", content_type=JSONLINES) == [DENSE, DENSE]


def test_rows_without_entries_are_rows():
    assert decode({"instances": [{"features": {"keys": [], "shape": [4], "values": []}}]}) == [[0, 0, 0, 0]]


@pytest.mark.parametrize(
    "header", ["application/json", "application/json; charset=utf-8", " Application/JSON "]
)
def test_content_types_are_read_as_headers(header):
    assert decode({"instances": [{"features": DENSE}]}, content_type=header) == [DENSE]


def test_labels_of_a_training_file_are_passed_over():
    stream = io.BytesIO()
    recordio.write(stream, np.float32([DENSE]), np.float32([5]))
    assert decode(stream.getvalue(), content_type=RECORDIO) == [DENSE]


# ---- both ways ----


@settings(max_examples=60)
@given(
    rows=st.lists(
        st.dictionaries(
            st.integers(0, 99), st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=6
        ),
        min_size=1,
        max_size=5,
    ),
    content_type=st.sampled_from(payload.CONTENT_TYPES),
    dense=st.booleans(),
)
def test_what_was_encoded_is_decoded(rows, content_type, dense):
    X = np.zeros((len(rows), 100), np.float32)
    for i, row in enumerate(rows):
        X[i, list(row)] = list(row.values())
    for form in (
        X,
        X.astype(np.float64),
        X.tolist(),
        sparse.csr_array(X),
        sparse.csc_array(X),
        sparse.coo_array(X),
    ):
        body = payload.encode_request(form, content_type, dense=dense)
        np.testing.assert_array_equal(payload.decode_request(body, content_type, 100).toarray(), X)


def test_bodies_word_for_word():
    X = sparse.csr_array(np.float32([[0, 1, 0], [0.1, 0, 2]]))
    assert payload.encode_request(X[[0]]) == (
        b'{"instances": [{"data": {"features": {"keys": [1], "shape": [3], "values": [1.0]}}}]}'
    )
    assert payload.encode_request(X[[0]], dense=True) == b'{"instances": [{"features": [0.0, 1.0, 0.0]}]}'
    assert payload.encode_request(X, JSONLINES) == (
        b'{"data": {"features": {"keys": [1], "shape": [3], "values": [1.0]}}}\n'
        b'{"data": {"features": {"keys": [0, 2], "shape": [3], "values": [0.10000000149011612, 2.0]}}}\n'
    )
    stream = io.BytesIO()
    recordio.write(stream, X)
    assert payload.encode_request(X, RECORDIO) == stream.getvalue()


def test_repeated_columns_are_added_up_and_the_matrix_left_alone():
    X = sparse.csr_array((np.float32([1, 2, 4]), np.array([2, 0, 2]), np.array([0, 3])), shape=(1, 3))
    for content_type in payload.CONTENT_TYPES:
        body = payload.encode_request(X, content_type)
        assert payload.decode_request(body, content_type, 3).toarray().tolist() == [[2, 0, 5]]
    assert X.indices.tolist() == [2, 0, 2]


@pytest.mark.parametrize(
    ("X", "content_type", "status", "hint"),
    [
        (np.ones((1, 2), np.float32), "text/csv", 415, "CSV is not"),
        (np.ones(2, np.float32), JSON, 400, r"shape \(2,\).*X\[np\.newaxis, :\]"),
        (np.ones((0, 2), np.float32), JSON, 400, r"shape \(0, 2\), so there is nothing to send"),
        (np.ones((2, 0), np.float32), RECORDIO, 400, r"shape \(2, 0\), so there is nothing to send"),
        (np.float32([[1, np.nan]]), JSON, 400, "X holds nan in row 0, column 1"),
        (sparse.csr_array(np.float32([[np.inf, 0]])), RECORDIO, 400, "X holds inf in row 0, column 0"),
        (np.array([[1e39]]), JSONLINES, 400, "X holds inf in row 0.*up to 3.4e38"),
        ([["user", "film"]], JSON, 400, "must hold real numbers"),
        (None, JSON, 400, "X must be a table"),
    ],
)
def test_requests_that_cannot_be_made(X, content_type, status, hint):
    with pytest.raises(PayloadError) as caught:
        payload.encode_request(X, content_type)
    assert caught.value.status == status
    assert re.search(hint, caught.value.hint)


def test_a_traceback_ends_with_the_hint():
    with pytest.raises(PayloadError) as caught:
        payload.encode_request(np.float32([[np.nan]]))
    *_, error, hint = traceback.format_exception(caught.value)
    assert error.endswith("PayloadError: unable to evaluate payload provided\n")
    assert "X holds nan in row 0, column 0" in hint


# ---- what is refused ----


def refusal(body: bytes, content_type: str | None = JSON, feature_dim: int = 4) -> PayloadError:
    with pytest.raises(PayloadError) as caught:
        payload.decode_request(body, content_type, feature_dim)
    return caught.value


@pytest.mark.parametrize("content_type", ["text/csv", "application/octet-stream", "", None, "json"])
def test_other_content_types(content_type):
    error = refusal(b'{"instances": []}', content_type)
    assert error.status == 415
    assert str(error) == f"Customer Error: Content-Type header value '{content_type or ''}' not supported"
    assert "application/x-recordio-protobuf" in error.hint


def features(**content) -> dict:
    return {"instances": [{"features": DENSE}, {"data": {"features": content}}]}


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"", "no body"),
        (b"  \n", "no body"),
        (b"1,2,3", "not valid JSON"),
        (b"\xff\xfe{", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"instances": [{"features": [NaN, 0, 0, 0]}]}', "NaN is no JSON number"),
        (b'{"instances": [{"features": [0, -Infinity, 0, 0]}]}', "-Infinity is no JSON number"),
        ({"instances": []}, "no instances"),
        ({"instances": {}}, 'list called "instances"'),
        ({"features": DENSE}, 'list called "instances"'),
        ([DENSE], 'list called "instances"'),
        ({"instances": [DENSE]}, 'Instance 0: there are no "features"'),
        ({"instances": [{}]}, 'Instance 0: there are no "features"'),
        ({"instances": [{"data": None}]}, 'Instance 0: there are no "features"'),
        ({"instances": [{"features": {"keys": [1]}}]}, 'no "features" with "values"'),
        ({"instances": [{"features": [1, 2, 3]}]}, "there are 3 values. The model has 4"),
        ({"instances": [{"features": [1, 2, "3", 4]}]}, "'3' is no number"),
        ({"instances": [{"features": [1, 2, True, 4]}]}, "True is no number"),
        ({"instances": [{"features": [1, 2, None, 4]}]}, "None is no number"),
        ({"instances": [{"features": [1, 2, [3], 4]}]}, "[3] is no number"),
        ({"instances": [{"features": "1 2 3 4"}]}, 'no "features" with "values"'),
        ({"instances": [{"features": [1, 2, 3, 1e39]}]}, "too large for a float32"),
        (b'{"instances": [{"features": [1, 2, 3, 1e999]}]}', "too large for a float32"),
        ({"instances": [{"features": [1, 2, 3, 10**400]}]}, "too large for a float32"),
        (features(values="1"), '"values" must be a list'),
        (features(values=[1], keys=[4], shape=[4]), "Instance 1: key 4 is outside of the columns, 0 to 3"),
        (features(values=[1], keys=[-1], shape=[4]), "key -1 is outside"),
        (features(values=[1], keys=[10**30], shape=[4]), "key 1000000000000000000000000000000 is outside"),
        (features(values=[1], keys=["1"], shape=[4]), '"keys" must be a list of whole numbers'),
        (features(values=[1], keys=[1.0], shape=[4]), '"keys" must be a list of whole numbers'),
        (features(values=[1], keys=[True], shape=[4]), '"keys" must be a list of whole numbers'),
        (features(values=[1], keys=1, shape=[4]), '"keys" must be a list of whole numbers'),
        (features(values=[1, 2], keys=[1], shape=[4]), "there are 1 keys and 2 values"),
        (features(values=[1], keys=[1]), 'need a "shape" beside them'),
        (features(values=[1], keys=[1], shape=[5]), '"shape" is [5], expected [4]'),
        (features(values=[1], keys=[1], shape=4), '"shape" is 4, expected [4]'),
        (features(values=[1], keys=[1], shape=[1, 4]), '"shape" is [1, 4], expected [4]'),
        (features(values=[1, 2], keys=[1, 1], shape=[4]), "names a key twice"),
    ],
)
def test_bodies_that_cannot_be_scored(content, hint):
    error = refusal(content if isinstance(content, bytes) else json.dumps(content).encode())
    assert error.status == 400
    assert str(error) == "unable to evaluate payload provided"
    assert hint in error.hint


def test_a_bad_line_is_named():
    good = json.dumps({"features": DENSE}).encode()
    assert "Instance 1 is not valid JSON" in refusal(good + b"\n{\n", JSONLINES).hint
    assert "Instance 1: there are 1 values" in refusal(good + b'\n{"features": [1]}', JSONLINES).hint


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        (b'{"instances": []}', "not the RecordIO-protobuf that was announced. Record 0 (at byte 0)"),
        (payload.encode_request(np.ones((2, 5), np.float32), RECORDIO), "have 5 columns. The model has 4"),
        (payload.encode_request(np.ones((2, 4), np.float32), RECORDIO)[:-4], "Record 1"),
    ],
)
def test_recordio_that_cannot_be_scored(body, hint):
    error = refusal(body, RECORDIO)
    assert error.status == 400
    assert hint in error.hint


def test_recordio_with_numbers_that_are_not_finite():
    body = bytearray(payload.encode_request(np.ones((2, 4), np.float32), RECORDIO))
    at = body.rindex(np.float32(1).tobytes())
    body[at : at + 4] = np.float32("nan").tobytes()
    assert "Instance 1 holds a number that is NaN" in refusal(bytes(body), RECORDIO).hint


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(
            st.sampled_from(["instances", "features", "data", "keys", "shape", "values", "configuration"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
NEARLY_RIGHT = st.fixed_dictionaries(
    {"values": st.lists(st.integers(-2, 5) | st.floats(), max_size=4)},
    optional={
        "keys": st.lists(st.integers(-1, 5), max_size=4) | st.none(),
        "shape": st.just([4]) | st.lists(st.integers(0, 5), max_size=2),
    },
)


@settings(max_examples=300)
@given(
    body=st.binary(max_size=60)
    | JSON_VALUES.map(lambda value: json.dumps(value).encode())
    | st.lists(JSON_VALUES | st.builds(lambda f: {"data": {"features": f}}, NEARLY_RIGHT), max_size=3).map(
        lambda instances: json.dumps({"instances": instances}).encode()
    ),
    content_type=st.sampled_from([*payload.CONTENT_TYPES, "text/csv", None]),
)
def test_any_body_is_rows_or_a_payload_error(body, content_type):
    try:
        X = payload.decode_request(body, content_type, 4)
    except PayloadError:
        return
    assert X.shape[1] == 4
    assert X.shape[0] > 0
    assert np.isfinite(X.data).all()
    assert X.has_canonical_format


@settings(max_examples=200)
@given(
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=3),
    kind=st.sampled_from(payload.CONTENT_TYPES),
)
def test_a_damaged_body_is_rows_or_a_payload_error(changes, kind):
    body = bytearray(payload.encode_request(sparse.csr_array(np.eye(3, 4, dtype=np.float32)), kind))
    for at, byte in changes:
        body[at % len(body)] = byte
    try:
        assert payload.decode_request(bytes(body), kind, 4).shape[1] == 4
    except PayloadError:
        return
