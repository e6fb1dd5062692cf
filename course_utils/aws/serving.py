"""An endpoint that cannot be forgotten: it lives as long as a ``with`` block."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from course_utils.aws.connection import Connection

_GONE = ("ValidationException", "ResourceNotFound")


class EndpointFailed(RuntimeError):
    """The endpoint did not come up; the text holds the service's reason."""


@dataclass(frozen=True)
class Endpoint:
    """An endpoint in service.

    Attributes
    ----------
    name : str
        Of the endpoint, its configuration and its model.
    """

    name: str
    _runtime: Any

    def invoke(self, body: bytes | str, content_type: str, accept: str | None = None) -> bytes:
        """Ask the endpoint.

        Parameters
        ----------
        body : bytes or str
        content_type : str
            Of ``body``.
        accept : str, optional
            Wanted type of the answer.
        """
        wanted = {"Accept": accept} if accept else {}
        reply = self._runtime.invoke_endpoint(
            EndpointName=self.name, Body=body, ContentType=content_type, **wanted
        )
        return reply["Body"].read()


@contextmanager
def endpoint(
    connection: Connection, name: str, container: Mapping[str, Any], variant: Mapping[str, Any]
) -> Iterator[Endpoint]:
    """Make model, configuration and endpoint, wait for it, and take all three away after the block."""
    sagemaker = connection.client("sagemaker")
    pause = 0.2 if connection.mode == "local" else 5
    try:
        sagemaker.create_model(
            ModelName=name, PrimaryContainer=container, ExecutionRoleArn=connection.role_arn
        )
        sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[{**variant, "ModelName": name}]
        )
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        _wait(sagemaker, name, pause)
        yield Endpoint(name, connection.client("sagemaker-runtime"))
    finally:
        _tear_down(sagemaker, name, pause)


def _wait(sagemaker: Any, name: str, pause: float) -> None:
    while (there := sagemaker.describe_endpoint(EndpointName=name))["EndpointStatus"] != "InService":
        if there["EndpointStatus"] == "Failed":
            raise EndpointFailed(f"The endpoint {name} did not come up: {there.get('FailureReason', '')}")
        time.sleep(pause)


def _tear_down(sagemaker: Any, name: str, pause: float) -> None:
    """What costs money first. A second Ctrl-C leaves the rest to ``clean_up``, which finds it by its tag."""
    while (status := _status(sagemaker, name)) is not None:
        if status != "Deleting":
            # AWS refuses while the endpoint is still being made: asked again then.
            _unless_gone(sagemaker.delete_endpoint, EndpointName=name)
        time.sleep(pause)
    _unless_gone(sagemaker.delete_endpoint_config, EndpointConfigName=name)
    _unless_gone(sagemaker.delete_model, ModelName=name)


def _status(sagemaker: Any, name: str) -> str | None:
    try:
        return sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"]
    except ClientError as error:
        if error.response["Error"]["Code"] in _GONE:
            return None
        raise


def _unless_gone(delete: Any, **name: str) -> None:
    try:
        delete(**name)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise
