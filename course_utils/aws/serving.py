"""An endpoint that cannot be forgotten: it lives as long as a ``with`` block."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from course_utils.aws.budget import BudgetRefused

if TYPE_CHECKING:
    from course_utils.aws.connection import Connection

_GONE = ("ValidationException", "ResourceNotFound")
_TRIES = 5  # of a tear-down that the service answers with errors


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
    connection: Connection,
    name: str,
    container: Mapping[str, Any],
    variant: Mapping[str, Any],
    timeout: float,
) -> Iterator[Endpoint]:
    """Make model, configuration and endpoint, wait for it, and take all three away after the block."""
    sagemaker = connection.client("sagemaker")
    pause = 0.2 if connection.mode == "local" else 5
    made: list[str] = []  # what is taken away: never what somebody else made under the same name
    try:
        with _making(made, "model"):
            sagemaker.create_model(
                ModelName=name, PrimaryContainer=container, ExecutionRoleArn=connection.role_arn
            )
        with _making(made, "endpoint config"):
            sagemaker.create_endpoint_config(
                EndpointConfigName=name, ProductionVariants=[{**variant, "ModelName": name}]
            )
        with _making(made, "endpoint"):
            sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        _wait(sagemaker, name, pause, timeout)
        yield Endpoint(name, connection.client("sagemaker-runtime"))
    finally:
        _tear_down(sagemaker, name, made, pause)


@contextmanager
def _making(made: list[str], kind: str) -> Iterator[None]:
    """Note what is being made before it is, since Ctrl-C may come in the middle; a refusal takes it back."""
    made.append(kind)
    try:
        yield
    except BudgetRefused:
        made.remove(kind)
        raise
    except ClientError as error:
        reply = error.response.get("ResponseMetadata", {})
        # After a lost answer, botocore asks again: a refusal may then come from what the first call has made.
        if reply.get("HTTPStatusCode", 500) < 500 and not reply.get("RetryAttempts"):
            made.remove(kind)
        raise


def _wait(sagemaker: Any, name: str, pause: float, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while (there := sagemaker.describe_endpoint(EndpointName=name))["EndpointStatus"] != "InService":
        if there["EndpointStatus"] == "Failed":
            raise EndpointFailed(f"The endpoint {name} did not come up: {there.get('FailureReason', '')}")
        if time.monotonic() > deadline:
            raise EndpointFailed(f"The endpoint {name} was not in service after {timeout:g} seconds.")
        time.sleep(pause)


def _tear_down(sagemaker: Any, name: str, made: list[str], pause: float) -> None:
    """What costs money first. A second Ctrl-C leaves the rest to ``clean_up``, which finds it by its tag."""
    if "endpoint" in made:
        try:
            _delete_endpoint(sagemaker, name, pause)
        except BaseException:
            print(
                f"THE ENDPOINT {name} MAY STILL RUN AND COST MONEY. Call clean_up(), or type in a terminal: "
                "python3 course.py aws leftovers --delete"
            )
            raise
    if "endpoint config" in made:
        _unless_gone(sagemaker.delete_endpoint_config, EndpointConfigName=name)
    if "model" in made:
        _unless_gone(sagemaker.delete_model, ModelName=name)


def _delete_endpoint(sagemaker: Any, name: str, pause: float) -> None:
    """Delete before looking, and again until it is gone: AWS refuses while it is still being made."""
    told, errors = False, 0
    while True:
        try:
            _unless_gone(sagemaker.delete_endpoint, EndpointName=name)
            status = _status(sagemaker, name)
        except (ClientError, BotoCoreError):
            errors += 1
            if errors == _TRIES:
                raise
        else:
            if status is None:
                return
            if status == "Creating" and not told:
                print(
                    f"The endpoint {name} is still being made. It goes as soon as the service lets it: wait."
                )
                told = True
        time.sleep(pause)


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
