"""The computation graph: text, structure, and that it computes what the model computes."""

from __future__ import annotations

import json
import tarfile
import zipfile

import numpy as np
import pytest

from course_utils.artifact import symbol_json
from course_utils.fm.adam import AdamConfig
from course_utils.fm.model import FMParameters, sigmoid


def test_text_of_the_real_graph(golden_dir):
    with (
        tarfile.open(golden_dir / "fm-regressor-ml-100k-u1" / "model.tar.gz") as tar,
        zipfile.ZipFile(tar.extractfile("model_algo-1")) as members,
    ):
        real = members.read("symbol.json").decode()
    assert symbol_json(AdamConfig(num_factors=64), 2625) == real


def nodes(**settings) -> list[dict]:
    return json.loads(symbol_json(AdamConfig(num_factors=3, **settings), 5))["nodes"]


def attributes(**settings) -> dict[str, dict]:
    return {node["name"]: node.get("attrs") for node in nodes(**settings)}


def test_a_classifier_differs_in_its_last_node_alone():
    regressor, classifier = nodes(), nodes(predictor_type="binary_classifier")
    assert regressor[:-1] == classifier[:-1]
    assert regressor[-1]["op"] == "LinearRegressionOutput"
    assert classifier[-1]["op"] == "LogisticRegressionOutput"


def test_initial_values_rates_and_decays_are_noted():
    noted = attributes(
        bias_init_method="constant",
        bias_init_value=3.5,
        linear_init_method="uniform",
        linear_init_scale=0.25,
        factors_init_sigma=0.02,
        factors_lr=5.357593337770278e-05,
        linear_wd=0,
        bias_wd=10,
    )
    assert noted["w0_weight"]["__init__"] == '["constant", {"value": 3.5}]'
    assert noted["w1_weight"]["__init__"] == '["uniform", {"scale": 0.25}]'
    assert noted["v"]["__init__"] == '["normal", {"sigma": 0.02}]'
    assert noted["v"]["__lr_mult__"] == "5.357593337770278e-05"
    assert noted["v"]["__shape__"] == "(5, 3)"
    assert noted["w1_weight"]["__wd_mult__"] == "0.0"
    assert noted["w0_weight"]["__wd_mult__"] == "10.0"


OPERATIONS = {
    "dot": lambda a, b: a @ b,
    "broadcast_add": np.add,
    "square": np.square,
    "_mul_scalar": lambda a, scalar: a * float(scalar),
    "Concat": lambda a, b, dim, num_args: np.concatenate([a, b], axis=int(dim)),
    "sum": lambda a, axis, keepdims: a.sum(axis=int(axis), keepdims=keepdims == "True"),
    "_square_sum": lambda a, axis, keepdims: np.square(a).sum(axis=int(axis), keepdims=keepdims == "True"),
    "negative": np.negative,
    "elemwise_add": np.add,
    "LinearRegressionOutput": lambda score, label: score,
    "LogisticRegressionOutput": lambda score, label: sigmoid(score),
}


@pytest.mark.parametrize("task", ["regressor", "binary_classifier"])
def test_running_the_graph_predicts_what_the_model_predicts(task):
    rng = np.random.default_rng(0)
    draw = lambda *shape: rng.normal(size=shape).astype(np.float32)  # noqa: E731
    params = FMParameters(0.5, draw(5), draw(5, 3), task)
    X = draw(4, 5)
    given = {
        "data": X,
        "w1_weight": params.w[:, None],
        "w0_weight": np.float32([0.5]),
        "v": params.V,
        "out_label": None,
    }
    graph = json.loads(symbol_json(AdamConfig(num_factors=3, predictor_type=task), 5))
    values = []
    for node in graph["nodes"]:
        if node["op"] == "null":
            values.append(given[node["name"]])
        else:
            inputs = [values[i] for i, _, _ in node["inputs"]]
            values.append(OPERATIONS[node["op"]](*inputs, **node.get("attrs", {})))
    head = graph["heads"][0][0]
    np.testing.assert_allclose(values[head][:, 0], params.predict(X), rtol=1e-5)
    assert [graph["nodes"][i]["op"] for i in graph["arg_nodes"]] == ["null"] * 5
