"""Filters and joins of batch transform, judged by the examples of SageMaker's documentation."""

from __future__ import annotations

import json
import re

import pytest

from course_utils.local_aws.transform.batches import BadInput
from course_utils.local_aws.transform.data_processing import CSV, JSON, JSONLINES, Path, Processing

ROW = {"id": 7, "features": [1, 2, 3, 4, 5, 6], "user": {"name": "a.b", "age": 30}}


@pytest.mark.parametrize(
    ("path", "picked"),
    [
        ("$", ROW),
        ("$.id", 7),
        ("$.user.age", 30),
        ("$['user']['name']", "a.b"),
        ("$.user.['name','age']", {"name": "a.b", "age": 30}),
        ("$['id','features']", {"id": 7, "features": [1, 2, 3, 4, 5, 6]}),
        ("$.user.*", ["a.b", 30]),
        ("$.user[*]", ["a.b", 30]),
        ("$.features[0]", 1),
        ("$.features[-1]", 6),
        ("$.features[1:]", [2, 3, 4, 5, 6]),
        ("$.features[:2]", [1, 2]),
        ("$.features[-2:]", [5, 6]),
        ("$.features[1:3]", [2, 3]),
        ("$.features[0,3:]", [1, 4, 5, 6]),
        ("$.features[ -1 , 0 ]", [6, 1]),
    ],
)
def test_paths_pick(path, picked):
    assert Path(path).pick(ROW) == picked


@pytest.mark.parametrize(
    "path", ["id", "$id", "$.", "$[", "$['a]", "$[a]", "$..a", "$[?(@.a)]", "$.a b", "$[1:2:3]", "$[]"]
)
def test_paths_that_cannot_be_read_are_refused(path):
    with pytest.raises(ValueError, match=re.escape(path)):
        Path(path)


def processing(content_type, accept, *, split=True, **settings):
    defaults = {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}
    return Processing(defaults | settings, content_type, accept, split=split)


def test_without_filters_bytes_pass_untouched():
    plain = processing("image/png", "any/thing")
    assert plain.request([b"\xff\x00", b"\xfe"]) == b"\xff\x00\xfe"
    assert plain.output([b"\xff"], b"\xfd\n") == b"\xfd\n"


def test_csv_rows_are_arrays_of_cells():
    joined = processing(CSV, CSV, InputFilter="$[1:]", JoinSource="Input", OutputFilter="$[0,-1]")
    records = [b'1,"a, b",x\r\n', b"2,c,y\r\n"]
    assert joined.request(records) == b'"a, b",x\nc,y\n'
    assert joined.output(records, b"0.5\n0.25\n") == b"1,0.5\n2,0.25\n"
    one = processing(CSV, CSV, JoinSource="Input", OutputFilter="$[-1]")
    assert one.output(records, b"0.5\n0.25") == b"0.5\n0.25\n"


def test_json_lines_get_the_answer_as_an_attribute():
    joined = processing(JSONLINES, JSONLINES, JoinSource="Input")
    assert joined.output([b'{"id": 1}\n', b"[2]\n"], b'{"score":0.5}\n{"score":1}\n') == (
        b'{"id":1,"SageMakerOutput":{"score":0.5}}\n{"SageMakerInput":[2],"SageMakerOutput":{"score":1}}\n'
    )


def test_a_json_document_is_one_record():
    document = json.dumps({"id": "ü", "instances": [{"features": [1]}]}, indent=1).encode()
    joined = processing(JSON, JSON, split=False, InputFilter="$['instances']", JoinSource="Input",
                        OutputFilter="$['id','SageMakerOutput']")  # fmt: skip
    assert joined.request([document]) == b'[{"features":[1]}]'
    answer = json.loads(joined.output([document], b'{"predictions": [{"score": 1.5}]}\n'))
    assert answer == {"id": "ü", "SageMakerOutput": {"predictions": [{"score": 1.5}]}}


@pytest.mark.parametrize(
    ("settings", "records", "answer", "says"),
    [
        ({"InputFilter": "$.b"}, [b'{"a": 1}\n'], b"1\n", r"nothing at \$\.b"),
        ({"InputFilter": "$[3]"}, [b"[1]\n"], b"1\n", r"nothing at \$\[3\]"),
        ({"InputFilter": "$.a[0]"}, [b'{"a": 1}\n'], b"1\n", "nothing at"),
        ({"InputFilter": "$.a"}, [b"1,2\n"], b"1\n", "not application/jsonlines"),
        ({"InputFilter": "$.a"}, [b"\xff\n"], b"1\n", "not application/jsonlines"),
        ({"JoinSource": "Input"}, [b"1\n", b"2\n"], b"1\n", "the answer to 2 records has 1"),
        ({"JoinSource": "Input"}, [b"1\n"], b"oh no\n", "not application/jsonlines"),
    ],
)
def test_what_does_not_fit_is_named(settings, records, answer, says):
    both = processing(JSONLINES, JSONLINES, **settings)

    def go() -> None:
        both.request(records)
        both.output(records, answer)

    with pytest.raises(BadInput, match=says):
        go()
