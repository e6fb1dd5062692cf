"""Checking hyperparameters: what the containers' JSON Schemas share, and how a breach of one is told."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from jsonschema import Draft4Validator

from course_utils.fm_container import messages
from course_utils.fm_container.failure import CustomerError

_DECIMAL = r"([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$"
POSITIVE_INTEGER = {
    "description": "a whole number from 1 upwards",
    "oneOf": [{"pattern": "^([1-9][0-9]*)$", "type": "string"}, {"minimum": 1, "type": "integer"}],
}
NON_NEGATIVE = {
    "description": "a number from 0 upwards",
    "oneOf": [{"pattern": "^[+]?" + _DECIMAL, "type": "string"}, {"minimum": 0, "type": "number"}],
}
NUMBER = {
    "description": "a number",
    "oneOf": [{"pattern": "^[-+]?" + _DECIMAL, "type": "string"}, {"type": "number"}],
}
TEXT = {"description": "text", "type": "string"}


def one_of(*values: str) -> dict:
    return {"description": " or ".join(map(repr, values)), "enum": list(values)}


class ValidationError(ValueError):
    """Why the settings break the schema. The name is the one that real failure texts give as the cause."""


class Schema:
    """The hyperparameters that a container takes.

    Parameters
    ----------
    properties : mapping
        Name to what it takes, such as :data:`POSITIVE_INTEGER`.
    required : list of str
        Names that must be there.
    """

    def __init__(self, properties: Mapping[str, dict], required: list[str]) -> None:
        self.properties = dict(properties)
        self.required = required
        self._validator = Draft4Validator(
            {
                "$schema": "http://json-schema.org/draft-04/schema#",
                "type": "object",
                "properties": self.properties,
                "required": required,
                "additionalProperties": False,
            }
        )

    def validate(self, final: Mapping[str, Any]) -> None:
        """Check a merged configuration.

        Raises
        ------
        CustomerError
            For an unknown name, a missing one, or a value out of range; one at a time, in this order.
        """
        if unknown := [name for name in final if name not in self.properties]:
            self._refuse_unknown(unknown)
        if missing := [name for name in self.required if name not in final]:
            _refuse_missing(missing)
        for error in self._validator.iter_errors(final):
            self._refuse_value(error.path[0], error.instance, error.validator)
        for name, value in final.items():
            if self.properties[name] in (NON_NEGATIVE, NUMBER) and not math.isfinite(float(value)):
                self._refuse_value(name, value, "oneOf")

    def _refuse_unknown(self, names: list[str]) -> NoReturn:
        message = messages.EXTRA_HYPERPARAMETERS.format(
            names=", ".join(map(repr, names)), verb="was" if len(names) == 1 else "were"
        )
        near = difflib.get_close_matches(names[0], self.properties, n=1, cutoff=0.6)
        hint = messages.DID_YOU_MEAN.format(name=near[0]) if near else ""
        raise CustomerError(message) from ValidationError(message + hint)

    def _refuse_value(self, name: str, value: Any, keyword: str) -> NoReturn:
        schema = self.properties[name]
        if keyword == "enum":
            what = f"{value!r} is not one of {schema['enum']!r}"
        else:
            what = messages.BAD_VALUE.format(value=value)
        cause = what + messages.FAILED_VALIDATING.format(
            keyword=keyword, name=name, schema={keyword: schema[keyword]}
        )
        hint = messages.BAD_VALUE_HINT.format(name=name, expected=schema["description"])
        raise CustomerError(what) from ValidationError(cause + hint)


def _refuse_missing(names: list[str]) -> NoReturn:
    message = messages.MISSING_HYPERPARAMETERS.format(names=", ".join(map(repr, names)))
    raise CustomerError(message) from ValidationError(f"{names[0]!r} is a required property")
