"""The job's settings: hidden defaults, the merging rule, and validation by JSON Schema.

The defaults are those that every real log prints from ``default-conf.json``, in its order. The schema holds
the ranges of the developer guide (Factorization Machines Hyperparameters).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from course_utils.fm_container import messages
from course_utils.fm_container.failure import CustomerError
from course_utils.fm_container.schema import NON_NEGATIVE, NUMBER, POSITIVE_INTEGER, TEXT, Schema, one_of

DEFAULTS_FILE = Path(__file__).with_name("default-conf.json")
# In the order of the real file. Only `epochs` is a number there; everything else is text.
DEFAULTS: dict[str, Any] = json.loads(DEFAULTS_FILE.read_bytes())

GROUPS = ("bias", "linear", "factors")


def _properties() -> dict[str, dict]:
    known = dict.fromkeys(("feature_dim", "num_factors", "epochs", "mini_batch_size"), POSITIVE_INTEGER)
    known["batch_metrics_publish_interval"] = POSITIVE_INTEGER
    known["predictor_type"] = one_of("binary_classifier", "regressor")
    for group in GROUPS:
        known |= {f"{group}_{name}": NON_NEGATIVE for name in ("lr", "wd", "init_sigma", "init_scale")}
        known[f"{group}_init_method"] = one_of("normal", "uniform", "constant")
        known[f"{group}_init_value"] = NUMBER
    known |= dict.fromkeys(("clip_gradient", "eps", "rescale_grad"), NUMBER)
    known["_tuning_objective_metric"] = TEXT
    # What the other hidden settings do is not published, so they may be named but not changed.
    fixed = {name: one_of(value) for name, value in DEFAULTS.items() if name not in known}
    return known | fixed


SCHEMA = Schema(_properties(), required=["feature_dim", "num_factors", "predictor_type"])


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file of ``input/config``.

    Raises
    ------
    CustomerError
        If the file is absent or holds anything but one JSON object.
    """
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise CustomerError(messages.BAD_JSON.format(path=path, reason="there is no such file")) from None
    except ValueError as error:
        raise CustomerError(messages.BAD_JSON.format(path=path, reason=error)) from None
    if not isinstance(content, dict):
        reason = f"found a JSON {type(content).__name__}"
        raise CustomerError(messages.BAD_JSON.format(path=path, reason=reason))
    return content


def merge(provided: dict[str, Any]) -> dict[str, Any]:
    """The final configuration: defaults overwritten in place, then whatever else was given, in its order."""
    return DEFAULTS | provided


def validate(final: dict[str, Any]) -> None:
    """Check a merged configuration.

    Raises
    ------
    CustomerError
        For an unknown name, a missing one, a value out of range, or an initialisation method without its
        number; one at a time, in this order.
    """
    SCHEMA.validate(final)
    for group in GROUPS:
        method = final[f"{group}_init_method"]
        setting = {"uniform": "scale", "constant": "value"}.get(method)
        if setting and f"{group}_init_{setting}" not in final:
            raise CustomerError(messages.NO_INIT_SETTING.format(group=group, method=method, setting=setting))
