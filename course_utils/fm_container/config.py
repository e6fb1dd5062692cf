"""The job's settings: hidden defaults, the merging rule, and validation by JSON Schema.

The defaults are those that every real log prints from ``default-conf.json``, in its order. The schema holds
the ranges of the developer guide (Factorization Machines Hyperparameters).
"""

from __future__ import annotations

import difflib
import json
import math
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator

from course_utils.fm_container import messages
from course_utils.fm_container.failure import CustomerError

DEFAULTS_FILE = Path(__file__).with_name("default-conf.json")
# In the order of the real file. Only `epochs` is a number there; everything else is text.
DEFAULTS: dict[str, Any] = json.loads(DEFAULTS_FILE.read_bytes())

GROUPS = ("bias", "linear", "factors")

_DECIMAL = r"([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$"
_POSITIVE_INTEGER = {
    "description": "a whole number from 1 upwards",
    "oneOf": [{"pattern": "^([1-9][0-9]*)$", "type": "string"}, {"minimum": 1, "type": "integer"}],
}
_NON_NEGATIVE = {
    "description": "a number from 0 upwards",
    "oneOf": [{"pattern": "^[+]?" + _DECIMAL, "type": "string"}, {"minimum": 0, "type": "number"}],
}
_NUMBER = {
    "description": "a number",
    "oneOf": [{"pattern": "^[-+]?" + _DECIMAL, "type": "string"}, {"type": "number"}],
}
_TEXT = {"description": "text", "type": "string"}


def _one_of(*values: str) -> dict:
    return {"description": " or ".join(map(repr, values)), "enum": list(values)}


def _properties() -> dict[str, dict]:
    known = dict.fromkeys(("feature_dim", "num_factors", "epochs", "mini_batch_size"), _POSITIVE_INTEGER)
    known["batch_metrics_publish_interval"] = _POSITIVE_INTEGER
    known["predictor_type"] = _one_of("binary_classifier", "regressor")
    for group in GROUPS:
        known |= {f"{group}_{name}": _NON_NEGATIVE for name in ("lr", "wd", "init_sigma", "init_scale")}
        known[f"{group}_init_method"] = _one_of("normal", "uniform", "constant")
        known[f"{group}_init_value"] = _NUMBER
    known |= dict.fromkeys(("clip_gradient", "eps", "rescale_grad"), _NUMBER)
    known["_tuning_objective_metric"] = _TEXT
    # What the other hidden settings do is not published, so they may be named but not changed.
    fixed = {name: _one_of(value) for name, value in DEFAULTS.items() if name not in known}
    return known | fixed


SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "properties": _properties(),
    "required": ["feature_dim", "num_factors", "predictor_type"],
    "additionalProperties": False,
}
_VALIDATOR = Draft4Validator(SCHEMA)


class ValidationError(ValueError):
    """Why the settings break the schema. The name is the one that real failure texts give as the cause."""


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
    if unknown := [name for name in final if name not in SCHEMA["properties"]]:
        _refuse_unknown(unknown)
    if missing := [name for name in SCHEMA["required"] if name not in final]:
        _refuse_missing(missing)
    for error in _VALIDATOR.iter_errors(final):
        _refuse_value(error.path[0], error.instance, error.validator)
    for name, value in final.items():
        if SCHEMA["properties"][name] in (_NON_NEGATIVE, _NUMBER) and not math.isfinite(float(value)):
            _refuse_value(name, value, "oneOf")
    for group in GROUPS:
        method = final[f"{group}_init_method"]
        setting = {"uniform": "scale", "constant": "value"}.get(method)
        if setting and f"{group}_init_{setting}" not in final:
            raise CustomerError(messages.NO_INIT_SETTING.format(group=group, method=method, setting=setting))


def _refuse_unknown(names: list[str]) -> None:
    message = messages.EXTRA_HYPERPARAMETERS.format(
        names=", ".join(map(repr, names)), verb="was" if len(names) == 1 else "were"
    )
    near = difflib.get_close_matches(names[0], SCHEMA["properties"], n=1, cutoff=0.6)
    hint = messages.DID_YOU_MEAN.format(name=near[0]) if near else ""
    raise CustomerError(message + hint) from ValidationError(message)


def _refuse_missing(names: list[str]) -> None:
    message = messages.MISSING_HYPERPARAMETERS.format(names=", ".join(map(repr, names)))
    raise CustomerError(message) from ValidationError(f"{names[0]!r} is a required property")


def _refuse_value(name: str, value: Any, keyword: str) -> None:
    schema = SCHEMA["properties"][name]
    if keyword == "enum":
        what = f"{value!r} is not one of {schema['enum']!r}"
    else:
        what = messages.BAD_VALUE.format(value=value)
    cause = what + messages.FAILED_VALIDATING.format(
        keyword=keyword, name=name, schema={keyword: schema[keyword]}
    )
    message = messages.BAD_VALUE_OF.format(name=name, what=what, expected=schema["description"])
    raise CustomerError(message) from ValidationError(cause)
