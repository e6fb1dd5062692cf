"""The three files of a model: what is written, and everything that may be wrong with what is read."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from course_utils.knn_container import faiss_file, model
from course_utils.knn_container.faiss_file import FaissError
from course_utils.knn_container.index import METRICS, Index, unit_length
from course_utils.knn_container.model import Model, ModelError

# What faiss 1.15 makes of IndexFlatL2(3) and IndexFlatIP(3) with the points (0, 1, 2) and (3, 4, 5).
HEADERS = {False: "4978463203000000", True: "4978464903000000"}
REST = "020000000000000000001000000000000000100000000000" + "01{measure}" + "0600000000000000"
POINTS = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.mark.parametrize("inner_product", [False, True])
def test_bytes_are_those_of_faiss(inner_product):
    measure = "00000000" if inner_product else "01000000"
    expected = bytes.fromhex(HEADERS[inner_product] + REST.format(measure=measure)) + struct.pack(
        "<6f", *range(6)
    )
    assert faiss_file.write(POINTS, inner_product=inner_product) == expected
    points, found = faiss_file.read(expected)
    np.testing.assert_array_equal(points, POINTS)
    assert found is inner_product


@pytest.mark.parametrize("metric", METRICS)
def test_there_and_back(tmp_path, points, metric):
    X = unit_length(points.X) if metric == "COSINE" else points.X
    model.save(tmp_path, Model(Index(X, metric), points.y, 4, "regressor"))
    found = model.load(tmp_path)
    np.testing.assert_array_equal(found.index.points, X)
    np.testing.assert_array_equal(found.labels, points.y)
    assert (found.index.metric, found.k, found.predictor_type) == (metric, 4, "regressor")


def test_damaged_indexes_are_refused():
    data = faiss_file.write(POINTS, inner_product=True)
    for size in range(len(data)):
        with pytest.raises(FaissError):
            faiss_file.read(data[:size])
    for spoilt in (b"IwFl" + data[4:], data + b"\0", data[:4] + bytes(4) + data[8:], b"IxF2" + data[4:]):
        with pytest.raises(FaissError):
            faiss_file.read(spoilt)
    huge = struct.pack("<4siqqq?iQ", b"IxFI", 2**31 - 1, 2**62, 0, 0, True, 0, 6) + data[45:]
    with pytest.raises(FaissError, match="announces 4611686018427387904 points"):
        faiss_file.read(huge)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"k": 121}, "k = 121 neighbours of 120 points"),
        ({"k": 0}, "whole number k from 1"),
        ({"k": "5"}, "whole number k from 1"),
        ({"k": True}, "whole number k from 1"),
        ({"predictor_type": "both"}, "needs a predictor_type of"),
        ({"normalize": True}, "says normalize, but the index is one for L2"),
        ({"dimension_reduction": {"type": "sign"}}, "asks for dimension_reduction"),
    ],
)
def test_metadata_that_cannot_be(toy_job, change, message):
    toy_job.train()
    about = toy_job.root / "model" / "model_algo-1.json"
    about.write_text(json.dumps({**json.loads(about.read_text()), **change}))
    with pytest.raises(ModelError, match=message):
        model.load(toy_job.root)


@pytest.mark.parametrize(
    ("suffix", "content", "message"),
    [
        ("", b"", "model_algo-1 cannot be used: it has 0 bytes"),
        ("", b"PK\3\4" + bytes(60), "it begins with b'PK"),
        (".labels", bytes(479), "has 479 bytes, and 120 labels take 4 each"),
        (".json", b"{", "model_algo-1.json is not valid JSON"),
        (".json", b"\xff", "model_algo-1.json is not valid JSON"),
        (".json", b"[]", "holds no JSON object"),
    ],
)
def test_files_that_cannot_be(toy_job, suffix, content, message):
    toy_job.train()
    (toy_job.root / "model" / f"model_algo-1{suffix}").write_bytes(content)
    with pytest.raises(ModelError, match=message):
        model.load(toy_job.root)


def test_points_that_are_no_numbers(toy_job):
    toy_job.train()
    path = toy_job.root / "model" / "model_algo-1"
    path.write_bytes(path.read_bytes()[:-4] + struct.pack("<f", np.nan))
    with pytest.raises(ModelError, match="NaN or infinite"):
        model.load(toy_job.root)
