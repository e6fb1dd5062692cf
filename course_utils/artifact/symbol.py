"""``symbol.json``: the factorization machine as MXNet's computation graph.

    ŷ = w0 + x·w + ½ Σ_f (x·V)_f² - ½ x²·(Σ_f V²)

Each node is an operation with the numbers of the nodes that it reads. MXNet needs this file to load a model;
reading it is a good way to see that a factorization machine is a dozen matrix operations.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course_utils.fm.adam import AdamConfig

MXNET_VERSION = 10301
OUTPUTS = {"regressor": "LinearRegressionOutput", "binary_classifier": "LogisticRegressionOutput"}
INIT_ARGUMENT = {"normal": "sigma", "uniform": "scale", "constant": "value"}


def symbol_json(config: AdamConfig, feature_dim: int) -> str:
    """The text of ``symbol.json``, as MXNet 1.3.1 writes it.

    Parameters
    ----------
    config : AdamConfig
        Hyperparameters of the job; its learning rates, decays and initialisation are noted in the graph.
    feature_dim : int
        d, the number of columns.

    Notes
    -----
    Known from a real regressor. That a classifier's last node is a ``LogisticRegressionOutput`` is inferred.
    """
    d, k = feature_dim, config.num_factors
    nodes = [
        _node("null", "data", {"__storage_type__": "2"}),  # 0: x, as CSR
        _node("null", "w1_weight", _parameter(config, "linear", (d, 1), sparse=True)),
        _node("dot", "dot0", inputs=(0, 1)),
        _node("null", "w0_weight", _parameter(config, "bias", (1,), sparse=False)),
        _node("broadcast_add", "broadcast_plus0", inputs=(2, 3)),  # 4: w0 + x·w
        _node("null", "v", _parameter(config, "factors", (d, k), sparse=True)),
        _node("dot", "dot2", inputs=(0, 5)),
        _node("square", "Square", inputs=(6,)),
        _node("_mul_scalar", "_mulscalar0", {"scalar": "0.5"}, (7,)),  # 8: ½ (x·V)²
        _node("Concat", "concat0", {"dim": "1", "num_args": "2"}, (4, 8)),
        _node("sum", "sum0", {"axis": "1", "keepdims": "True"}, (9,)),  # 10: both, summed over the factors
        _node("square", "x_square", inputs=(0,)),
        _node("_square_sum", "_square_sum0", {"axis": "1", "keepdims": "True"}, (5,)),
        _node("dot", "dot1", inputs=(11, 12)),  # 13: x²·(Σ_f V²)
        _node("negative", "negative0", inputs=(13,)),
        _node("_mul_scalar", "_mulscalar1", {"scalar": "0.5"}, (14,)),
        _node("elemwise_add", "Final_Summation", inputs=(10, 15)),  # 16: ŷ
        _node("null", "out_label"),
        _node(OUTPUTS[config.predictor_type], "out", inputs=(16, 17)),
    ]
    graph = {
        "nodes": nodes,
        "arg_nodes": [i for i, node in enumerate(nodes) if node["op"] == "null"],
        "node_row_ptr": list(range(len(nodes) + 1)),
        "heads": [[len(nodes) - 1, 0, 0]],
        "attrs": {"mxnet_version": ["int", MXNET_VERSION]},
    }
    return _text(graph)


def _node(op: str, name: str, attrs: dict[str, str] | None = None, inputs: tuple[int, ...] = ()) -> dict:
    return (
        {"op": op, "name": name}
        | ({"attrs": attrs} if attrs else {})
        | {"inputs": [[i, 0, 0] for i in inputs]}
    )


def _parameter(config: AdamConfig, group: str, shape: tuple[int, ...], *, sparse: bool) -> dict[str, str]:
    method = getattr(config, f"{group}_init_method")
    argument = INIT_ARGUMENT[method]
    return {
        "__init__": json.dumps([method, {argument: float(getattr(config, f"{group}_init_{argument}"))}]),
        "__lr_mult__": str(float(getattr(config, f"{group}_lr"))),
        "__shape__": str(shape),
        **({"__storage_type__": "1"} if sparse else {}),
        "__wd_mult__": str(float(getattr(config, f"{group}_wd"))),
    }


def _text(value, indent: str = "") -> str:
    """JSON as MXNet lays it out: one line per member in objects of several and in lists of more than ten."""
    deeper = indent + "  "
    if isinstance(value, dict):
        members = [f"{json.dumps(name)}: {_text(member, deeper)}" for name, member in value.items()]
        several, (left, right) = len(members) > 1, "{}"
    elif isinstance(value, list):
        members = [_text(member, deeper) for member in value]
        several, (left, right) = len(members) > 10, "[]"
    else:
        return json.dumps(value)
    if several:
        return f"{left}\n{deeper}" + f", \n{deeper}".join(members) + f"\n{indent}{right}"
    return left + ", ".join(members) + right
