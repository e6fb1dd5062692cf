"""Turns a stored record into the reply of an operation: the members of the output shape, and nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from botocore.model import Shape


def project(shape: Shape | None, value: Any) -> Any:
    """``value`` cut down to ``shape``, ready for ``json.dumps``.

    Unknown members and members that are None go away, and so do empty structures: the SageMaker SDK v3
    rejects ``"VpcConfig": {}``. Times become seconds since 1970, as the JSON protocol writes them.
    """
    if shape is None:
        return {}
    if shape.type_name == "structure":
        members = {
            name: project(member, value.get(name))
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
        return {name: member for name, member in members.items() if not _empty_structure(shape, name, member)}
    if shape.type_name == "list":
        return [project(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: project(shape.value, item) for key, item in value.items()}
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    return value


def _empty_structure(shape: Shape, name: str, member: Any) -> bool:
    return member == {} and shape.members[name].type_name == "structure"
