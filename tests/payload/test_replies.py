"""Replies: recorded ones are reproduced, all three content types say the same."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import payload, recordio
from course_utils.payload import JSON, JSONLINES, RECORDIO, PayloadError

SCORES = st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (2.8631527423858643, "2.8631527423858643"),  # replies of real endpoints
        (4.107213020324707, "4.107213020324707"),
        (0.6729488968849182, "0.6729488968849182"),
        (0.5895045399665833, "0.5895045399665833"),
        (0.1, "0.10000000149011612"),
        (3, "3.0"),
    ],
)
def test_scores_print_as_real_endpoints_print_them(score, text):
    body = payload.encode_response(np.float32([score]), accept=JSON, task="regressor")
    assert body == f'{{"predictions": [{{"score": {text}}}]}}'.encode()
    lines = payload.encode_response(np.float32([score]), accept=JSONLINES, task="regressor")
    assert lines == f'{{"score": {text}}}\n'.encode()


def test_a_classifier_answers_labels_as_floats():
    scores = np.float32(
        [0.6729488968849182, 0.19272500276565552, 0.5, np.nextafter(np.float32(0.5), np.float32(0))]
    )
    reply = json.loads(payload.encode_response(scores, accept=None, task="binary_classifier"))
    assert reply["predictions"][:2] == [
        {"score": 0.6729488968849182, "predicted_label": 1.0},
        {"score": 0.19272500276565552, "predicted_label": 0.0},
    ]
    labels = [row["predicted_label"] for row in reply["predictions"]]
    assert labels == [1, 0, 1, 0]
    assert all(type(label) is float for label in labels)
    lines = payload.encode_response(scores[:1], accept=JSONLINES, task="binary_classifier")
    assert lines == b'{"score": 0.6729488968849182, "predicted_label": 1.0}\n'


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (
            0.853027641773223877,
            "0.853027641773223",
        ),  # the recorded line; its last digits are cut, not rounded
        (0.5, "0.5"),
        (0.1, "0.100000001490116"),
        (0.6729488968849182, "0.672948896884918"),
        (2.8631527423858643, "2.863152742385864"),
        (4.107213020324707, "4.107213020324707"),
        (3, "3.0"),
        (-0.0, "-0.0"),
        (0.0001, "0.000099999997473"),
        (1e-20, "0.0"),
        (1e22, "9999999778196308000000.0"),
    ],
)
def test_batch_transform_cuts_scores_after_15_decimals(score, text):
    line = payload.encode_transform_lines(np.float32([score]), task="regressor")
    assert line == f'{{"score":{text}}}\n'.encode()


def test_batch_transform_sorts_names_and_leaves_no_spaces():
    body = payload.encode_transform_lines(np.float32([0.853027641773223877, 0.25]), task="binary_classifier")
    assert body == (
        b'{"predicted_label":1.0,"score":0.853027641773223}\n{"predicted_label":0.0,"score":0.25}\n'
    )


@settings(max_examples=60)
@given(scores=SCORES, task=st.sampled_from(["regressor", "binary_classifier"]))
def test_all_content_types_say_the_same(scores, task):
    scores = np.array(scores, np.float32)
    for accept in payload.CONTENT_TYPES:
        reply = payload.decode_response(payload.encode_response(scores, accept=accept, task=task), accept)
        np.testing.assert_array_equal(reply.score, scores)
        assert reply.score.dtype == np.float32
        if task == "regressor":
            assert reply.predicted_label is None
        else:
            np.testing.assert_array_equal(reply.predicted_label, scores >= 0.5)
    lines = payload.decode_response(payload.encode_transform_lines(scores, task=task), JSONLINES)
    np.testing.assert_allclose(lines.score, scores, rtol=1e-6, atol=1e-15)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/jsonlines; verbose=true", JSONLINES),
        ("text/html, Application/X-RecordIO-Protobuf;q=0.9, */*", RECORDIO),
    ],
)
def test_accept_headers(accept, kind):
    assert payload.response_type(accept) == kind


def test_accept_headers_that_cannot_be_met():
    with pytest.raises(
        PayloadError, match="Customer Error: Accept header value 'text/csv' not supported"
    ) as caught:
        payload.encode_response(np.float32([1]), accept="text/csv", task="regressor")
    assert caught.value.status == 406
    assert "application/jsonlines" in caught.value.hint


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("accept", payload.CONTENT_TYPES)
@pytest.mark.parametrize("scores", [np.float32([1, np.inf]), np.array([1, 1e39])], ids=["inf", "1e39"])
def test_scores_that_are_not_finite(accept, scores):
    with pytest.raises(PayloadError) as caught:
        payload.encode_response(scores, accept=accept, task="regressor")
    assert caught.value.status == 400
    assert "score of instance 1 is inf" in caught.value.hint


@pytest.mark.parametrize(
    ("body", "content_type", "hint"),
    [
        (b"", JSON, "not valid JSON"),
        (b"{}", JSON, "Expected"),
        (b'{"predictions": []}', JSON, "Expected"),
        (b'{"predictions": [1]}', JSON, "Expected"),
        (b'{"predictions": [{"score": null}]}', JSON, "Expected"),
        (b'{"predictions": [{"score": 1}, {"label": 1}]}', JSON, "Expected"),
        (b'{"predictions": [{"closest_cluster": 1.0}]}', JSON, 'no "score"'),
        (b'{"predictions": [{"score": 1e39}]}', JSON, "too large for a float32"),
        (recordio.write_labels({"score": np.float32([np.nan])}), RECORDIO, "NaN, infinite"),
        (b'{"score": 1}\n{"score"', JSONLINES, "not valid JSON"),
        (b"", JSONLINES, "Expected"),
        (b'{"predictions": []}', RECORDIO, "not the RecordIO-protobuf"),
        (b"", RECORDIO, 'no "score"'),
    ],
)
def test_replies_that_are_none(body, content_type, hint):
    with pytest.raises(PayloadError) as caught:
        payload.decode_response(body, content_type)
    assert caught.value.status == 400
    assert hint in caught.value.hint


@settings(max_examples=150)
@given(
    body=st.binary(max_size=40)
    | st.recursive(
        st.none() | st.floats() | st.text(max_size=2),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["predictions", "score", "predicted_label"]), inner, max_size=3)
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps({"predictions": value}).encode()),
    content_type=st.sampled_from(payload.CONTENT_TYPES),
)
def test_any_reply_is_read_or_refused(body, content_type):
    try:
        reply = payload.decode_response(body, content_type)
    except PayloadError:
        return
    assert reply.score.ndim == 1
