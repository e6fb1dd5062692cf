"""The one gate that every SageMaker call of this process passes, whichever SDK or client makes it.

boto3, the SageMaker SDKs and whatever else stands on botocore make their calls through a single method of its
clients. It is wrapped once; from then on each call of SageMaker is shown to the gate first. Hooks of a
session would miss the sessions that SDKs make for themselves, and clients that are older than ``connect``.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol

from botocore.client import BaseClient

TAG = "fm-course"
"""Key of the tag on everything that the course makes; its value names the run."""

_MARK = "_course_watched"
_open: Gate | None = None


class Guard(Protocol):
    """Who may refuse a call before it is sent."""

    def passing(
        self, client: Any, operation: str, parameters: Mapping[str, Any]
    ) -> AbstractContextManager[None]:
        """Entered before the call, left after it; raises to refuse."""


@dataclass(frozen=True)
class Gate:
    """What happens to each SageMaker call: a tag on what it makes, and the guard's word before it is sent.

    Attributes
    ----------
    run : str
        Value of the tag.
    guard : Guard or None
    """

    run: str
    guard: Guard | None = None

    def tagged(self, client: Any, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """The parameters of a call, with the course's tag if the call makes something that can have one."""
        model = client.meta.service_model.operation_model(operation)
        shape = model.input_shape
        if not operation.startswith("Create") or shape is None or "Tags" not in shape.members:
            return parameters
        tags = list(parameters.get("Tags") or [])
        if any(tag["Key"] == TAG for tag in tags):
            return parameters
        return {**parameters, "Tags": [*tags, {"Key": TAG, "Value": self.run}]}

    def passing(
        self, client: Any, operation: str, parameters: Mapping[str, Any]
    ) -> AbstractContextManager[None]:
        return self.guard.passing(client, operation, parameters) if self.guard else nullcontext()


def close(gate: Gate) -> None:
    """From now on every SageMaker call of this process passes ``gate``, and no earlier one."""
    global _open
    _open = gate
    _watch()


def leave_open() -> None:
    """No gate any more: calls pass as they are."""
    global _open
    _open = None


def _watch() -> None:
    call = BaseClient._make_api_call
    if hasattr(call, _MARK):
        return

    @wraps(call)
    def watched(client: BaseClient, operation_name: str, api_params: Mapping[str, Any]) -> Any:
        gate = _open
        if gate is None or not _concerns_sagemaker(client, api_params):
            return call(client, operation_name, api_params)
        api_params = gate.tagged(client, operation_name, api_params)
        with gate.passing(client, operation_name, api_params):
            return call(client, operation_name, api_params)

    setattr(watched, _MARK, True)
    BaseClient._make_api_call = watched


def _concerns_sagemaker(client: BaseClient, parameters: Mapping[str, Any]) -> bool:
    """Whether a call is SageMaker's, or lets Application Auto Scaling change one of its endpoints."""
    service = client.meta.service_model.service_name
    scales = service == "application-autoscaling" and parameters.get("ServiceNamespace") == "sagemaker"
    return service == "sagemaker" or scales
